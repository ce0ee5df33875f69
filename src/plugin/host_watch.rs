//! Notices that the host died, which nobody tells a plugin: it would run on for ever.

use super::Services;
use super::clients::Clients;

/// Resolves when the host is gone: it holds the other end of our stdout for as long as it lives. Where stdout is a
/// file there is nothing to watch, and this never resolves.
#[cfg(target_os = "linux")]
pub(super) async fn host_gone<S: Services>(_clients: &Clients<S>) {
    use std::future::pending;
    use std::io::stdout;
    use std::os::fd::AsFd;

    use tokio::io::Interest;
    use tokio::net::unix::pipe::Sender;

    let Ok(stdout) = stdout().as_fd().try_clone_to_owned().and_then(Sender::from_owned_fd) else {
        return pending().await;
    };
    // A pipe that nobody reads is in error, and that is all that is asked of it: nothing more is ever written.
    if stdout.ready(Interest::ERROR).await.is_err() {
        pending().await
    }
}

/// Resolves when the host is gone: no connection has been open for five seconds, after there was one.
#[cfg(not(target_os = "linux"))]
pub(super) async fn host_gone<S: Services>(clients: &Clients<S>) {
    use std::time::Duration;

    use tokio::time::sleep;

    const LOOK: Duration = Duration::from_millis(500);
    const PATIENCE: u32 = 10;

    while clients.are_none() {
        sleep(LOOK).await;
    }
    let mut alone = 0;
    while alone < PATIENCE {
        sleep(LOOK).await;
        alone = if clients.are_none() { alone + 1 } else { 0 };
    }
}
