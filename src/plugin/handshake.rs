//! The one line on stdout by which the host learns where and how to connect.

use std::io::{self, Write, stdout};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::socket::Address;
use crate::world::World;

/// The variable by which a host shows that it is one.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The variable with the protocol versions that the host speaks, in any order.
const VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";

/// Version of the handshake itself.
const CORE_VERSION: u32 = 1;

/// Whether a host started this process, and not a person.
pub(super) fn is_started_by_host(world: &World) -> bool {
    world.variable(COOKIE.0).as_deref() == Some(COOKIE.1)
}

/// Logs when the host speaks other versions than `protocol`. The answer is `protocol` all the same: the host then tells
/// its user which versions do not fit, as it does with plugins in Go.
pub(super) fn compare_versions(protocol: u32, world: &World) {
    if let Some(list) = world.variable(VERSIONS)
        && !contains(&list, protocol)
    {
        tracing::warn!(host = list, plugin = protocol, "the host speaks no protocol version of this plugin");
    }
}

/// The line, without its end. The certificate is there exactly when the host asked for TLS: a host that did not ask
/// crashes on one.
pub(super) fn line(protocol: u32, address: &Address, certificate: Option<&[u8]>) -> String {
    let network = address.network();
    // Go decodes it without padding, and refuses it with.
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    format!("{CORE_VERSION}|{protocol}|{network}|{address}|grpc|{certificate}")
}

/// Writes a line to stdout, at once: the host reads nothing before its end.
///
/// # Errors
/// When nobody reads stdout any more.
pub(super) fn print(line: &str) -> io::Result<()> {
    let mut stdout = stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes())?;
    stdout.flush()
}

fn contains(list: &str, protocol: u32) -> bool {
    list.split(',').any(|version| version.trim().parse() == Ok(protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp() -> Address {
        Address::Tcp("127.0.0.1:1234".parse().expect("an address"))
    }

    #[test]
    fn without_tls_the_last_field_is_empty() {
        assert_eq!(line(6, &tcp(), None), "1|6|tcp|127.0.0.1:1234|grpc|");
    }

    #[test]
    fn the_certificate_has_no_padding() {
        assert_eq!(line(6, &tcp(), Some(&[0xfb, 0xff])), "1|6|tcp|127.0.0.1:1234|grpc|+/8");
    }

    #[test]
    fn a_version_is_found_wherever_it_stands_in_the_list() {
        for list in ["6", "5,6", "6,5", " 6 , x"] {
            assert!(contains(list, 6), "{list}");
        }
        for list in ["5", "", "16", "x"] {
            assert!(!contains(list, 6), "{list}");
        }
    }
}
