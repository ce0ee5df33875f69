//! What the provider does over its socket, as a host sees it.

mod plugin;
mod provider;
mod terraform;

/// The provider under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-smartag");

/// What a test returns, so that `?` ends it.
type Outcome = Result<(), Box<dyn std::error::Error>>;
