//! How long a caller waits, and what makes it stop.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// How long one operation may take with all its tries and pauses, and the token that ends it early.
#[derive(Clone, Debug)]
pub struct Patience {
    /// The moment after which nothing new is begun and no answer is waited for.
    pub deadline: Instant,
    /// Cancelled when Terraform asks the provider to stop: ends pauses and reads at once.
    pub stop: CancellationToken,
}

/// Why waiting ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impatience {
    /// The caller was asked to stop.
    Stopped,
    /// The deadline passed, or was certain to pass before the wait would end.
    DeadlinePassed,
}

impl Patience {
    /// Patience for `limit` from now on.
    pub fn lasting(limit: Duration, stop: CancellationToken) -> Self {
        Self { deadline: Instant::now() + limit, stop }
    }

    /// Waits for `work` until the deadline or the stop; a stop wins over a result that is ready as well.
    pub async fn bound<W: Future>(&self, work: W) -> Result<W::Output, Impatience> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Impatience::Stopped),
            outcome = timeout_at(self.deadline, work) => outcome.map_err(|_| Impatience::DeadlinePassed),
        }
    }

    /// Sleeps until `moment`. When that lies behind the deadline it says so at once instead of waiting in vain.
    pub async fn sleep_until(&self, moment: Instant) -> Result<(), Impatience> {
        if self.stop.is_cancelled() {
            return Err(Impatience::Stopped);
        }
        if moment.max(Instant::now()) > self.deadline {
            return Err(Impatience::DeadlinePassed);
        }
        if moment <= Instant::now() {
            return Ok(());
        }
        self.bound(tokio::time::sleep_until(moment)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> Patience {
        Patience::lasting(Duration::from_secs(10), CancellationToken::new())
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_cannot_end_in_time_is_not_begun() {
        let (patience, start) = (patience(), Instant::now());
        let outcome = patience.sleep_until(start + Duration::from_secs(11)).await;
        assert_eq!((outcome, start.elapsed()), (Err(Impatience::DeadlinePassed), Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_a_wait_at_once() {
        let (patience, start) = (patience(), Instant::now());
        let stop = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            patience.stop.cancel();
        };
        let (outcome, ()) = tokio::join!(patience.bound(std::future::pending::<()>()), stop);
        assert_eq!((outcome, start.elapsed()), (Err(Impatience::Stopped), Duration::from_secs(3)));
    }
}
