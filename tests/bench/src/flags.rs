//! The program's command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lexopt::prelude::{Long, Short, ValueExt};

pub const HELP: &str = "\
Measures what the provider costs: its start, its memory, CPU per call, and calls of the API.

Usage: tfplugin-bench [flags]

  --provider PATH   the provider; terraform-provider-smartag beside this program when absent
  --against PATH    another provider of protocol 5 or 6, to compare start, memory and size with
  --rounds N        how often everything is measured in turn; 40
  --json PATH       writes the figures there as well
  --quick           a small dose: shows that everything runs, but its figures mean little
  --help            this text

Needs Linux, whose kernel counts the CPU time of a process in nanoseconds.
Build the provider alone and for release: cargo build --release -p terraform-provider-smartag
";

/// What the command line asks for.
#[derive(Debug)]
pub enum Flags {
    Help,
    Measure { programs: Programs, dose: Dose, json: Option<PathBuf> },
}

/// What is measured.
#[derive(Debug)]
pub struct Programs {
    pub provider: PathBuf,
    pub against: Option<PathBuf>,
    /// The process that only prints a line.
    pub bare_line: PathBuf,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dose {
    /// How often everything takes its turn.
    pub rounds: u32,
    /// Starts of each program in a round: one is over in a moment, and the moment may be a bad one.
    pub starts: u32,
    /// Calls of each RPC in a round.
    pub calls: u32,
    /// Users that exist while calls are measured.
    pub fleet: u32,
    /// Users that the CLI manages.
    pub managed: u32,
}

impl Dose {
    const FULL: Self = Self { rounds: 40, starts: 5, calls: 100, fleet: 1000, managed: 100 };
    const QUICK: Self = Self { rounds: 3, starts: 1, calls: 10, fleet: 120, managed: 3 };
}

/// Reads the flags behind the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Flags, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut provider, mut against, mut json, mut rounds) = (None, None, None, None);
    let mut dose = Dose::FULL;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("provider") => provider = Some(PathBuf::from(parser.value()?)),
            Long("against") => against = Some(PathBuf::from(parser.value()?)),
            Long("json") => json = Some(PathBuf::from(parser.value()?)),
            Long("rounds") => rounds = Some(parser.value()?.parse_with(at_least_one)?),
            Long("quick") => dose = Dose::QUICK,
            Long("help") | Short('h') => return Ok(Flags::Help),
            other => return Err(other.unexpected()),
        }
    }
    dose.rounds = rounds.unwrap_or(dose.rounds);
    let provider = existing(provider.map_or_else(|| beside("terraform-provider-smartag"), Ok)?)?;
    let against = against.map(existing).transpose()?;
    Ok(Flags::Measure {
        programs: Programs { provider, against, bare_line: existing(beside("bare-line")?)? },
        dose,
        json,
    })
}

fn at_least_one(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|rounds| *rounds > 0).ok_or_else(|| "it must be a number from 1".to_owned())
}

fn beside(name: &str) -> Result<PathBuf, lexopt::Error> {
    let program = std::env::current_exe().map_err(|error| format!("finding {name}: {error}"))?;
    Ok(program.with_file_name(name))
}

fn existing(path: impl AsRef<Path>) -> Result<PathBuf, lexopt::Error> {
    let path = path.as_ref();
    path.canonicalize().map_err(|error| format!("{}: {error}; --help tells how to build it", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Flags, lexopt::Error> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn what_is_no_flag_or_no_program_is_named() {
        for (line, word) in [
            ("--round 1", "round"),
            ("--rounds 0", "from 1"),
            ("--rounds many", "many"),
            ("extra", "extra"),
            ("--provider /nowhere/at-all", "/nowhere/at-all"),
        ] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
        assert!(matches!(parsed("--help"), Ok(Flags::Help)));
    }
}
