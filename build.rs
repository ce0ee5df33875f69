//! Compiles `proto/` into the server side of the plugin protocol.

use std::error::Error;

#[expect(clippy::disallowed_methods, reason = "a build script has only the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=AWS_LC_SYS_NO_JITTER_ENTROPY");
    if std::env::var_os("AWS_LC_SYS_NO_JITTER_ENTROPY").is_none() {
        println!(
            "cargo:warning=AWS_LC_SYS_NO_JITTER_ENTROPY is not set: every start of the provider will take about 25 ms \
             longer. Build inside the source folder, where .cargo/config.toml sets it."
        );
    }
    tfplugin_proto_build::compile(tfplugin_proto_build::Side::Server)
}
