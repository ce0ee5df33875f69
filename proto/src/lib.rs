//! Compiles the protocol files beside this crate into Rust, for a build script, without protoc.
//!
//! The provider compiles the server side, the test host the client side; both must see the same messages, so the
//! settings that shape them stand here once.

use std::error::Error;
use std::path::Path;

/// Which half of each service to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Traits to implement and the services that dispatch to them.
    Server,
    /// Clients that call such a service.
    Client,
}

/// The protocol files, as they stand in this crate's folder.
pub const FILES: [&str; 3] = ["tfplugin6.proto", "plugin.proto", "health.proto"];

/// Messages that may carry secrets: their derived `Debug` would print them, so they get one written by hand.
const WITHOUT_DEBUG: [&str; 2] = [".tfplugin6.DynamicValue", ".tfplugin6.RawState"];

/// Generates `tfplugin6.rs`, `plugin.rs` and `grpc.health.v1.rs` into the `OUT_DIR` of the calling build script.
///
/// # Errors
/// When a protocol file does not parse or the output cannot be written.
#[expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
pub fn compile(side: Side) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in FILES {
        println!("cargo:rerun-if-changed={}", folder.join(file).display());
    }
    let descriptors = protox::compile(FILES, [folder])?;
    tonic_prost_build::configure()
        .build_server(side == Side::Server)
        .build_client(side == Side::Client)
        .build_transport(false)
        .disable_comments(["."])
        .bytes(".tfplugin6")
        .skip_debug(WITHOUT_DEBUG)
        .compile_fds(descriptors)?;
    Ok(())
}
