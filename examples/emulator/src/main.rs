//! The emulator as a program; the library does the work.

mod flags;

use std::io::{self, Write};
use std::process::ExitCode;

use smartag_emulator::{Call, Emulator};

use crate::flags::Flags;

fn main() -> ExitCode {
    let flags = match flags::parse(std::env::args_os().skip(1)) {
        Ok(flags) => flags,
        Err(error) => {
            say(&format!("smartag-emulator: {error}; --help lists the flags"));
            return ExitCode::from(2);
        }
    };
    let result = match flags {
        Flags::Help => io::stdout().write_all(flags::HELP.as_bytes()),
        Flags::Serve { config, is_quiet } => {
            let port = config.port;
            let log = move |call: &Call| {
                if !is_quiet {
                    say(&call.to_string())
                }
            };
            Emulator::start_with_log(*config, log)
                .map_err(|error| io::Error::new(error.kind(), format!("cannot serve on 127.0.0.1:{port}: {error}")))
                .and_then(|emulator| serve(&emulator))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("smartag-emulator: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Announces the address, then waits to be told to end.
fn serve(emulator: &Emulator) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ended = ended()?;
        let mut out = io::stdout();
        writeln!(out, "listening on {}", emulator.url())?;
        out.flush()?;
        ended.await;
        Ok(())
    })
}

/// Waits for SIGINT or SIGTERM. The signals are caught from the call on, not from the first poll.
#[cfg(unix)]
fn ended() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
fn ended() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// One line on stderr; a reader that has gone is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
