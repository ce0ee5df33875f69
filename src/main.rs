//! The program: its flags, then what it serves.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use lexopt::{Arg, Parser};
use terraform_provider_smartag::plugin::{Identity, Mode, serve, usage};
use terraform_provider_smartag::provider::SmartagProvider;
use terraform_provider_smartag::tfplugin6;
use terraform_provider_smartag::world::World;

const IDENTITY: Identity = Identity {
    name: "smartag",
    address: "registry.terraform.io/smartag/smartag",
    aliases: &["registry.opentofu.org/smartag/smartag"],
    version: env!("CARGO_PKG_VERSION"),
    protocol: 6,
};

/// What the command line asks for.
enum Command {
    Serve(Mode),
    Version,
    Help,
}

fn main() -> ExitCode {
    match command(Parser::from_env()) {
        Ok(Command::Serve(mode)) => {
            let world = World::of_process();
            let provided = world.clone();
            serve(&IDENTITY, mode, &world, move || {
                tfplugin6::service(SmartagProvider::new(provided.clone()), provided.clone())
            })
        }
        Ok(Command::Version) => print(&usage::version(&IDENTITY)),
        Ok(Command::Help) => print(&usage::help(&IDENTITY)),
        Err(error) => {
            // Where stderr is gone there is nobody left to tell.
            let _ = writeln!(stderr(), "Error: {error}. --help shows the flags.");
            ExitCode::from(2)
        }
    }
}

/// The last flag counts.
fn command(mut arguments: Parser) -> Result<Command, lexopt::Error> {
    let mut command = Command::Serve(Mode::Host);
    while let Some(argument) = arguments.next()? {
        command = match argument {
            Arg::Long("debug") => Command::Serve(Mode::Debug),
            Arg::Long("version") | Arg::Short('V') => Command::Version,
            Arg::Long("help") | Arg::Short('h') => Command::Help,
            other => return Err(other.unexpected()),
        };
    }
    Ok(command)
}

fn print(text: &str) -> ExitCode {
    match stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
