//! What a user of the real CLI sees: Terraform (or OpenTofu) runs the built provider against an emulator.
//!
//! - `program` finds the CLI and runs it, never for longer than a minute.
//! - `workspace` is a directory with a configuration, a state and an emulator of its own.
//! - `proxy` is one that the provider can be told to go through.
//! - `accounts` are short words for what is configured and counted.
//!
//! Each of the other files has one theme. Every apply is followed by a plan that must be empty, and every run is searched
//! for the marks of a broken provider and for secrets: all secrets of these tests begin with `hush-`.

mod accounts;
mod program;
mod workspace;

mod bad_input;
mod credentials;
mod dialects;
mod drift;
mod errors;
mod examples;
mod fleet;
#[cfg(target_os = "linux")]
mod half_applied;
mod import;
mod installation;
#[cfg(unix)]
mod interruption;
mod kick;
mod life;
mod lost_answers;
mod moved;
mod panics;
mod profiles;
mod provider_block;
mod proxy;
mod region;
mod secrets;
mod sources;
mod unknown;
