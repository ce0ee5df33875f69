//! The life of the process, from its first check to its last act.

use std::future::pending;
use std::io::{Write, stderr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::clients::Clients;
use super::host_watch::host_gone;
use super::signals::{Signal, Signals};
use super::socket::Socket;
use super::tls::AutoMtls;
use super::{Identity, Mode, Services, StartError, core_dumps, handshake, log, reattach, usage};
use crate::panics;
use crate::world::World;

/// One slow handler must not keep StopProvider waiting.
const WORKERS: usize = 2;

/// How long a host that asked for the end is given to close its connection.
const FAREWELL: Duration = Duration::from_millis(50);

/// How long running work is given to end, once nobody waits for it any more.
const WIND_DOWN: Duration = Duration::from_secs(10);

/// Why a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The host asked for it.
    Shutdown,
    /// The host is no more.
    HostGone,
    /// Ctrl-C in debug mode.
    Interrupted,
    /// A signal that was meant for this process.
    Terminated,
}

/// Serves until the host is done, then ends the process; returns only when no host started it.
///
/// `make` makes what is served: once in [`Mode::Host`], for each connection in [`Mode::Debug`].
pub fn serve<S: Services>(
    identity: &Identity,
    mode: Mode,
    world: &World,
    make: impl Fn() -> Arc<S> + Send + 'static,
) -> ExitCode {
    if mode == Mode::Host && !handshake::is_started_by_host(world) {
        say(&usage::by_hand(identity));
        return ExitCode::FAILURE;
    }
    panics::install_hook();
    core_dumps::forbid();
    log::start(identity, world);
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    match runtime.block_on(live(identity, mode, world, make)) {
        // Without the runtime's own end, which waits for whatever hangs in it.
        Ok(end) => leave(end),
        Err(error) => refuse(&error),
    }
}

async fn live<S: Services>(
    identity: &Identity,
    mode: Mode,
    world: &World,
    make: impl Fn() -> Arc<S> + Send + 'static,
) -> Result<End, StartError> {
    // First, so that no signal finds a socket that it would leave behind.
    let mut signals = Signals::catch().map_err(StartError::Signals)?;
    let pem = world.variable("PLUGIN_CLIENT_CERT").filter(|_| mode == Mode::Host);
    let tls = pem.as_deref().map(AutoMtls::new).transpose()?;
    let socket = Socket::bind(identity.name, world).await?;
    match mode {
        Mode::Host => {
            let certificate = tls.as_ref().map(|tls| tls.certificate.as_ref());
            let line = handshake::line(identity.protocol, &socket.address(), certificate);
            handshake::print(&line).map_err(StartError::Handshake)?;
            handshake::compare_versions(identity.protocol, world);
        }
        Mode::Debug => {
            say(&usage::debug(identity));
            handshake::print(&reattach::line(identity, &socket.address())).map_err(StartError::Handshake)?;
        }
    }
    let clients = Clients::new(mode, tls.map(|tls| tls.config), make);
    let end = tokio::select! {
        end = end(mode, &mut signals, &clients) => end,
        never = clients.accept(&socket) => match never {},
    };
    tracing::debug!(reason = ?end, "ending");
    tokio::select! {
        () = part(end, &clients) => {}
        // Asked again, by somebody who does not want to wait.
        _ = asked(mode, &mut signals) => {}
    }
    Ok(end)
}

/// Waits for the first reason to end.
async fn end<S: Services>(mode: Mode, signals: &mut Signals, clients: &Clients<S>) -> End {
    let host_gone = async {
        match mode {
            Mode::Host => host_gone(clients).await,
            Mode::Debug => pending().await,
        }
    };
    tokio::select! {
        () = clients.shutdown() => End::Shutdown,
        () = host_gone => End::HostGone,
        end = asked(mode, signals) => end,
    }
}

/// Waits for a signal to end by.
async fn asked(mode: Mode, signals: &mut Signals) -> End {
    loop {
        match (signals.next().await, mode) {
            (Signal::Terminate, _) => return End::Terminated,
            (Signal::Interrupt, Mode::Debug) => return End::Interrupted,
            // The host got it too, and says through StopProvider what is to be done.
            (Signal::Interrupt, Mode::Host) => tracing::debug!("left an interrupt to the host"),
        }
    }
}

/// Gives clients and running work the time that is due to them.
async fn part<S: Services>(end: End, clients: &Clients<S>) {
    // Nothing depends on whether either wait was long enough.
    let _ = match end {
        End::Shutdown => timeout(FAREWELL, clients.gone()).await,
        End::HostGone | End::Interrupted => timeout(WIND_DOWN, clients.stop()).await,
        End::Terminated => Ok(()),
    };
}

fn runtime() -> Result<Runtime, StartError> {
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().map_err(StartError::Runtime)
}

fn refuse(error: &StartError) -> ExitCode {
    say(&format!("Error: {error}\n"));
    ExitCode::FAILURE
}

/// Speaks to the person at the terminal, or to the host's log.
fn say(text: &str) {
    // Where stderr is gone there is nobody left to tell.
    let _ = stderr().write_all(text.as_bytes());
}

#[expect(clippy::disallowed_methods, reason = "the host has its answer and the socket is removed")]
fn leave(end: End) -> ! {
    std::process::exit(match end {
        End::Shutdown | End::HostGone | End::Interrupted => 0,
        // What a shell reports for a process that this signal ended.
        End::Terminated => 128 + 15,
    })
}
