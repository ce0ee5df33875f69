//! The least that a plugin could do: it prints one line and ends. Starts are measured against it.

use std::io::{Write, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match stdout().write_all(b"ready\n") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
