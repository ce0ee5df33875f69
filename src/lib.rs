//! The map of the house. Arrows point down only: nothing below knows anything above, and a test keeps it so.
//!
//! `main` reads the flags and puts the rooms together:
//!
//! - [`plugin`]: being a plugin process. Cookie, handshake line, AutoMTLS, sockets, life and death, logs, reattach. It
//!   knows nothing of what is served.
//! - [`tfplugin6`]: gRPC to framework. Pure conversions, and the one wrapper around every RPC. With `plugin` it is the
//!   only room that sees a gRPC type.
//! - [`framework`]: what an author of a resource writes against. The table of attributes, the traits, diagnostics, and in
//!   `plan` the rules of planning with Terraform's own rules beside them.
//! - [`value`]: values of Terraform's type system: types, numbers, unknowns, paths, and the msgpack and JSON codecs.
//! - [`provider`]: the product. The provider block, `client_user`, `kick_clients`, the data sources in `data`, the
//!   functions; one file or folder for each thing, and a list to which the next one is added.
//! - [`smartag`]: the Smartag API in types, and the user directory that answers questions for single users from shared
//!   lists.
//! - [`alibaba`]: any Alibaba Cloud RPC product. Credentials, endpoints, signature, transport, retry, limiter, errors.
//! - [`secret`], [`world`] and [`panics`]: leaves that all may use.
//!
//! Beside `src`, `proto` holds the protocol files and the crate that compiles them, `examples/emulator` a service to try
//! and test with, `tests/host` a Terraform host in Rust, and `tests/stub/recorder` a provider that records what Terraform
//! sends, for `tests/vectors`. None of them is linked into the provider.

pub mod alibaba;
pub mod framework;
pub mod panics;
pub mod plugin;
pub mod provider;
pub mod secret;
pub mod smartag;
pub mod tfplugin6;
pub mod value;
pub mod world;

#[cfg(test)]
#[path = "../tests/arrows.rs"]
mod arrows;
