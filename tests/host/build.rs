//! Compiles `proto/` into the client side of the plugin protocol.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    tfplugin_proto_build::compile(tfplugin_proto_build::Side::Client)
}
