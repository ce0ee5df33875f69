//! Being a plugin process.

mod by_hand;
mod debug;
mod handshake;
mod life;
mod log;
mod panics;
mod services;
mod socket;
mod tls;
