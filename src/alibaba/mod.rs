//! Any Alibaba Cloud RPC product: who calls, where to, how it is signed, sent and repeated.
//!
//! In the order of one call:
//!
//! - [`Product`], [`Operation`] and [`Parameters`]: what is called, as data.
//! - [`Patience`]: how long the caller waits, and what makes it stop.
//! - [`credentials`]: who calls, as a chain of sources.
//! - `endpoints`: the host of a product in a region.
//! - `signature`: the RPC signature 1.0.
//! - `transport`: one POST, and whether it was sent.
//! - `answer`: the reply, as an answer or an error.
//! - `retry`, `limiter` and `doors`: whether, when and how fast to try again.
//! - [`RpcClient`]: all of them together.
//! - [`Error`]: everything that can go wrong, in a user's words.
//! - [`Kms`]: the one call of the Key Management Service that passwords need.

pub mod credentials;

mod advice;
mod answer;
mod client;
mod doors;
mod endpoints;
mod error;
mod kms;
mod limiter;
mod operation;
mod patience;
mod redaction;
mod retry;
#[cfg(test)]
pub mod scripted_server;
mod signature;
mod transport;

pub use answer::Answer;
pub use client::{RpcClient, Settings};
pub use endpoints::{Network, Protocol, Route, is_region};
pub use error::{Error, Refusal};
pub use kms::Kms;
pub use operation::{Operation, Parameters, Product};
pub use patience::{Impatience, Patience};
pub use transport::Http;
