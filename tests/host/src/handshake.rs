//! The line by which a plugin tells where to connect.

use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::HostError;

/// What a plugin says on stdout. Read more strictly than Terraform reads it: what Terraform forgives is an error here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// Version of the plugin protocol.
    pub protocol: u32,
    /// Where the plugin listens.
    pub address: Address,
    /// The certificate to pin, in DER; none when the connection is in plain text.
    pub certificate: Option<Vec<u8>>,
}

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// On a Unix socket.
    Unix(PathBuf),
    /// On a port.
    Tcp(SocketAddr),
}

impl Handshake {
    /// Reads the line, without its end.
    ///
    /// # Errors
    /// When it is not exactly as go-plugin's hosts want it.
    pub fn parse(line: &str) -> Result<Self, HostError> {
        let wrong = |what: &str| HostError::new(format_args!("reading the handshake line {line:?}"), what);
        let fields: Vec<_> = line.split('|').collect();
        let [core, protocol, network, address, transport, certificate] = fields[..] else {
            return Err(wrong("it must have six fields"));
        };
        if core != "1" {
            return Err(wrong("the core version must be 1"));
        }
        if transport != "grpc" {
            return Err(wrong("the transport must be grpc"));
        }
        Ok(Self {
            protocol: protocol.parse().map_err(|_| wrong("the protocol version must be a number"))?,
            address: Address::parse(network, address).ok_or_else(|| wrong("the address makes no sense"))?,
            certificate: match certificate {
                "" => None,
                text => Some(
                    STANDARD_NO_PAD
                        .decode(text)
                        .map_err(|_| wrong("the certificate must be standard base64 without padding"))?,
                ),
            },
        })
    }
}

impl Address {
    /// Reads an address as Go writes it; none where it makes no sense.
    pub fn parse(network: &str, address: &str) -> Option<Self> {
        match network {
            "unix" => Some(Self::Unix(address.into())).filter(|_| address.starts_with('/')),
            "tcp" => address.parse().ok().map(Self::Tcp),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_certificate_is_read() {
        let handshake = Handshake::parse("1|6|unix|/tmp/a/plugin|grpc|+/8").expect("it is well formed");
        let address = Address::Unix("/tmp/a/plugin".into());
        assert_eq!(handshake, Handshake { protocol: 6, address, certificate: Some(vec![0xfb, 0xff]) });
    }

    #[test]
    fn a_line_without_a_certificate_is_read() {
        let handshake = Handshake::parse("1|5|tcp|127.0.0.1:10000|grpc|").expect("it is well formed");
        let address = Address::Tcp(([127, 0, 0, 1], 10_000).into());
        assert_eq!(handshake, Handshake { protocol: 5, address, certificate: None });
    }

    #[test]
    fn whatever_go_plugin_would_stumble_over_is_refused() {
        for line in [
            "",
            "hello",
            "1|6|unix|/tmp/a|grpc",
            "1|6|unix|/tmp/a|grpc||true",
            "2|6|unix|/tmp/a|grpc|",
            "1|six|unix|/tmp/a|grpc|",
            "1|6|pipe|/tmp/a|grpc|",
            "1|6|unix|a|grpc|",
            "1|6|tcp|localhost|grpc|",
            "1|6|unix|/tmp/a|netrpc|",
            "1|6|unix|/tmp/a|grpc|+/8=",
            "1|6|unix|/tmp/a|grpc|-_8",
            "1|6|unix|/tmp/a|grpc|\r",
        ] {
            Handshake::parse(line).expect_err(line);
        }
    }
}
