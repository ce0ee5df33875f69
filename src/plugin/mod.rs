//! Being a plugin process: from the magic cookie to the removal of the socket. Nothing here knows what is served.
//!
//! In the order in which a process lives:
//! - `usage`: what a person sees who starts the program by hand.
//! - `log`: hclog lines on stderr.
//! - `core_dumps`: off, because memory holds secrets.
//! - `tls`: the two certificates of AutoMTLS. `socket`: where the host connects. `signals`: what may interrupt.
//! - `handshake`: the one line on stdout. `reattach`: its counterpart for `--debug`.
//! - `clients`: accepts connections, one task each. `dispatch`: finds the service of a call.
//! - `controller`, `quiet`, `health`: go-plugin's own services.
//! - `host_watch`: notices that the host died. `life`: puts all of this in order, and ends the process.

mod clients;
mod controller;
mod core_dumps;
mod dispatch;
mod error;
mod handshake;
mod health;
mod host_watch;
mod life;
mod log;
mod quiet;
mod reattach;
mod signals;
mod socket;
mod tls;
pub mod usage;
mod wire;

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tonic::body::Body;

pub use self::error::StartError;
pub use self::life::serve;

/// Who the plugin is.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// The provider's type, as in `smartag`.
    pub name: &'static str,
    /// Its full source address, as in `registry.terraform.io/smartag/smartag`.
    pub address: &'static str,
    /// Other addresses under which hosts know it, as in `registry.opentofu.org/smartag/smartag`.
    pub aliases: &'static [&'static str],
    /// Its own version.
    pub version: &'static str,
    /// The version of the plugin protocol that it serves.
    pub protocol: u32,
}

/// Who starts the process and speaks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Terraform or OpenTofu, which ends with it.
    Host,
    /// A person with a debugger; hosts come and go through `TF_REATTACH_PROVIDERS`.
    Debug,
}

/// What the process serves beside go-plugin's own services.
pub trait Services: Send + Sync + 'static {
    /// Full name of the gRPC service, as in `tfplugin6.Provider`.
    const NAME: &'static str;

    /// Answers one call of that service.
    fn call(self: Arc<Self>, request: Request<Body>) -> BoxFuture<'static, Response<Body>>;

    /// The host is gone or asked to stop: makes running work end soon. Returns at once.
    fn stop(&self);

    /// Resolves when no call is running any more.
    fn idle(&self) -> impl Future<Output = ()> + Send;
}
