//! A server that behaves as the Smartag API (Smart Access Gateway, 2018-03-13) does for its client users, for people
//! without an account and for tests. Beside it, KMS decrypts, STS issues temporary keys, and a machine's metadata service
//! and a credentials URI hand some out.
//!
//! The core knows neither sockets nor clocks: [`Service::answer`] takes the time and a request and gives an answer.
//! - `request`, `signature`, `gate`: what was sent, and whether it may pass.
//! - `identity`: keys, roles, and the temporary keys that are issued.
//! - `metadata`: what hands out keys without a signature.
//! - `operations`: the actions, a file each; `limits` and `cidr` say what values may look like.
//! - `instance`, `account`: what the service holds; a list that lags shows an account as it was.
//! - `reply`, `refusal`: answers in JSON and XML, and the table of errors.
//! - `switches`, `faults`, `outside`: what the documents leave open, what goes wrong, what others change meanwhile.
//! - `moment`, `seed`: time and chance, both passed in.
//! - `calls`, `control`: what was called, and the endpoint that tells it.
//!
//! `server` is HTTP around it. [`Emulator`] puts it on a port of 127.0.0.1, on a thread of its own:
//!
//! ```
//! use smartag_emulator::{Config, Emulator};
//!
//! let emulator = Emulator::start(Config::default())?;
//! assert!(emulator.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(emulator.count("KickOutClients"), 0);
//! # Ok::<(), std::io::Error>(())
//! ```

mod account;
mod calls;
mod cidr;
mod config;
mod control;
mod emulator;
mod faults;
mod gate;
mod identity;
mod instance;
mod limits;
mod metadata;
mod moment;
mod operations;
mod outside;
mod refusal;
mod reply;
mod request;
mod seed;
mod server;
mod service;
mod signature;
mod switches;
#[cfg(test)]
mod testing;
mod tls;

pub use calls::Call;
pub use config::{
    Ciphertext, Config, DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, DEFAULT_INSTANCE, DEFAULT_REGION,
    InstanceConfig,
};
pub use emulator::Emulator;
pub use faults::{Fault, What};
pub use identity::{AccessKey, DEFAULT_ACCOUNT_ID, Identity, Oidc, Role};
pub use moment::Moment;
pub use outside::{NewUser, Outside, UserChange, UserView};
pub use reply::{Delivery, Reply};
pub use request::{Parameters, Request};
pub use service::{Arrival, Service};
pub use switches::{
    AbsentUser, ClientIpCode, CreateAnswer, Filter, ListOrder, Metadata, MetadataToken, Oversize, PageKey,
    StatisticsKey, Switches, Verdict,
};
