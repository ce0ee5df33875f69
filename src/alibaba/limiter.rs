//! One gate for all calls of a client: when the service throttles one of them, all slow down.
//!
//! Additive rules would take long to find the rate of an account that others use too, so the space between calls is
//! doubled by each refusal and shrinks by an eighth with each success until it is nothing again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::patience::{Impatience, Patience};

/// Space after the first refusal.
const FIRST_SPACE: Duration = Duration::from_millis(50);
/// Space that no refusal makes longer: one call in two seconds.
const LONGEST_SPACE: Duration = Duration::from_secs(2);
/// Space below which calls are free again.
const SHORTEST_SPACE: Duration = Duration::from_millis(10);

/// The gate that every try passes before it is sent.
pub struct Gate(Mutex<State>);

struct State {
    /// Time between two calls; zero while nothing was refused.
    space: Duration,
    /// Nobody passes before this moment.
    closed_until: Instant,
    /// The moment that the next to come gets.
    next: Instant,
    /// When the space was last widened.
    widened: Option<Instant>,
}

impl Gate {
    /// An open gate.
    pub fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(State { space: Duration::ZERO, closed_until: now, next: now, widened: None }))
    }

    /// Waits for the caller's turn.
    pub async fn pass(&self, patience: &Patience) -> Result<(), Impatience> {
        loop {
            let turn = self.with(|state| {
                let turn = state.next.max(state.closed_until).max(Instant::now());
                state.next = turn + state.space;
                turn
            });
            patience.sleep_until(turn).await?;
            // The gate may have been closed meanwhile: then this turn is void.
            if self.with(|state| state.closed_until <= Instant::now()) {
                return Ok(());
            }
        }
    }

    /// A try sent at `sent` was refused: everybody waits for `pause`, and then keeps more distance.
    pub fn throttled(&self, sent: Instant, pause: Duration) {
        let now = Instant::now();
        self.with(|state| {
            state.closed_until = state.closed_until.max(now + pause);
            // Ten calls that were under way together and are refused together are one sign, not ten.
            if state.widened.is_none_or(|widened| sent > widened) {
                state.space = (state.space * 2).clamp(FIRST_SPACE, LONGEST_SPACE);
                state.widened = Some(now);
            }
            state.next = state.closed_until;
        });
    }

    /// A try was not refused for coming too fast: the distance shrinks.
    pub fn succeeded(&self) {
        self.with(|state| {
            state.space = state.space * 7 / 8;
            if state.space < SHORTEST_SPACE {
                state.space = Duration::ZERO;
            }
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn patience() -> Patience {
        Patience::lasting(Duration::from_secs(60), CancellationToken::new())
    }

    /// When each of `count` calls that come together passes, in milliseconds from now.
    async fn passages(gate: &Gate, count: usize) -> Vec<u128> {
        let (start, patience) = (Instant::now(), patience());
        let one = || async {
            gate.pass(&patience).await.unwrap();
            start.elapsed().as_millis()
        };
        let mut times = futures_util::future::join_all((0..count).map(|_| one())).await;
        times.sort_unstable();
        times
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_while_nothing_was_refused() {
        let gate = Gate::new();
        gate.succeeded();
        assert_eq!(passages(&gate, 5).await, [0, 0, 0, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_refusal_holds_everybody_and_spaces_them() {
        let gate = Gate::new();
        gate.throttled(Instant::now(), Duration::from_millis(300));
        assert_eq!(passages(&gate, 4).await, [300, 350, 400, 450]);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_calls_that_were_under_way_together_count_once() {
        let gate = Gate::new();
        let sent = Instant::now();
        tokio::time::advance(Duration::from_millis(20)).await;
        for _ in 0..10 {
            gate.throttled(sent, Duration::from_millis(100));
        }
        assert_eq!(passages(&gate, 3).await, [100, 150, 200]);
        gate.throttled(Instant::now(), Duration::ZERO);
        assert_eq!(passages(&gate, 3).await, [0, 100, 200], "a later refusal doubles the space");
    }

    #[tokio::test(start_paused = true)]
    async fn who_already_waits_is_held_as_well() {
        let gate = Gate::new();
        gate.throttled(Instant::now(), Duration::from_millis(100));
        let close = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            gate.throttled(Instant::now() - Duration::from_secs(1), Duration::from_millis(1_000));
        };
        let (times, ()) = tokio::join!(passages(&gate, 2), close);
        assert_eq!(times, [1_060, 1_110]);
    }

    #[tokio::test(start_paused = true)]
    async fn successes_open_the_gate_again_and_the_space_has_a_bound() {
        let gate = Gate::new();
        for _ in 0..20 {
            tokio::time::advance(Duration::from_millis(1)).await;
            gate.throttled(Instant::now(), Duration::ZERO);
        }
        assert_eq!(passages(&gate, 2).await, [0, 2_000]);
        for _ in 0..50 {
            gate.succeeded();
        }
        tokio::time::advance(LONGEST_SPACE).await;
        assert_eq!(passages(&gate, 3).await, [0, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_cannot_pass_in_time_is_told_at_once() {
        let (gate, start) = (Gate::new(), Instant::now());
        gate.throttled(start, Duration::from_secs(61));
        assert_eq!(gate.pass(&patience()).await, Err(Impatience::DeadlinePassed));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
