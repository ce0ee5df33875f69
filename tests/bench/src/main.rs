//! Measures what the provider costs, and prints one table.
//!
//! - `start`: from spawn to handshake line against a bare process, memory, size of the program.
//! - `calls`: CPU of the provider per RPC, over the socket.
//! - `commands`: calls of the API per command of the real CLI.
//! - `figures`: medians, and the table and the JSON made from the same figures.
//!
//! Times of a machine that others use are noise, so what is compared takes turns in one run, and ratios are told. No
//! time is ever a failure; a wrong result is: an error of the provider, a count that cannot be.

mod calls;
mod commands;
mod figures;
mod flags;
mod session;
mod start;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::figures::Report;
use crate::flags::{Dose, Flags, Programs};

/// What ends a measurement.
type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where stderr is gone there is nobody left to tell.
            let _ = writeln!(io::stderr(), "tfplugin-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    match flags::parse(std::env::args_os().skip(1))? {
        Flags::Help => io::stdout().write_all(flags::HELP.as_bytes())?,
        Flags::Measure { programs, dose, json } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let report = runtime.block_on(measure(&programs, &dose))?;
            write!(io::stdout(), "{report}")?;
            if let Some(path) = json {
                save(&report, path)?;
            }
        }
    }
    Ok(())
}

async fn measure(programs: &Programs, dose: &Dose) -> Result<Report, Failure> {
    Ok(Report {
        rounds: dose.rounds,
        sections: vec![
            start::measure(programs, dose).await?,
            calls::measure(&programs.provider, dose).await?,
            commands::measure(&programs.provider, dose).await?,
        ],
    })
}

fn save(report: &Report, path: PathBuf) -> Result<(), Failure> {
    let text = format!("{:#}\n", report.json());
    std::fs::write(&path, text).map_err(|error| format!("writing {}: {error}", path.display()).into())
}
