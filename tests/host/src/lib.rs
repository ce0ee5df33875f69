//! A Terraform host in Rust: it starts a provider, connects as Terraform does, and speaks the plugin protocol.
//!
//! - [`Spawn`] says how a provider is started; [`Spawn::start`] makes a [`Host`], which is connected.
//! - [`Host`]: a provider as Terraform holds it. [`Host::provider`] is the client for its calls.
//! - [`Process`]: a child with its output, for what happens without a connection.
//! - [`Connection`]: one way to the provider; [`Handshake`] tells where it leads.
//!
//! Everything ends within [`LIMIT`], with an error that tells what was waited for.

mod connection;
mod credentials;
mod error;
mod handshake;
mod host;
mod process;
mod spawn;
pub mod wire;

use std::future::Future;
use std::time::Duration;

pub use self::connection::Connection;
pub use self::credentials::Credentials;
pub use self::error::HostError;
pub use self::handshake::{Address, Handshake};
pub use self::host::Host;
pub use self::process::{Ended, Lines, Process};
pub use self::spawn::{Spawn, Tls};
pub use rustix::process::Signal;

/// The longest that anything here is waited for.
pub const LIMIT: Duration = Duration::from_secs(10);

/// Waits for `future`, but not for ever.
async fn within<T>(doing: &str, future: impl Future<Output = T>) -> Result<T, HostError> {
    tokio::time::timeout(LIMIT, future).await.map_err(|_| HostError::new(doing, "nothing happened in ten seconds"))
}
