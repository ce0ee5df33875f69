//! Writes the pages in `docs`, or with `--check` tells which are not current.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use terraform_provider_smartag::framework::Server;
use terraform_provider_smartag::provider::SmartagProvider;
use terraform_provider_smartag::world::World;
use tfplugin_docs::{changes, pages, write};

const USAGE: &str = "usage: tfplugin-docs [--check]";

fn main() -> ExitCode {
    let flags: Vec<String> = env::args().skip(1).collect();
    let check = match flags.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Whether all is well: with `check`, that nothing would change.
fn run(check: bool) -> Result<bool, Box<dyn std::error::Error>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let server = Server::new(SmartagProvider::new(World::of_process()));
    let pages = pages("smartag", &server, root)?;
    let changes = changes(&pages, root)?;
    for change in &changes {
        say(&change.to_string());
    }
    if !check {
        write(&pages, &changes, root)?;
        say(&format!("{} pages, {} of them changed", pages.len(), changes.len()));
    } else if !changes.is_empty() {
        say("The pages are not current. Write them with: make docs");
    }
    Ok(!check || changes.is_empty())
}

/// A line for whoever started this. That nobody listens any more is no reason to fail.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
