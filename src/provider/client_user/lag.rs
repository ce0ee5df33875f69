//! The service's list may lag behind writes: asking it again before what it shows is believed.

use std::iter;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Account, ClientUser};
use crate::alibaba::{Error, Impatience};
use crate::framework::Context;
use crate::provider::client::Client;
use crate::smartag::Lookup;

/// How long the list may lag behind a write, at the most.
pub const LONGEST: Duration = Duration::from_secs(30);

/// The call that is made again and again, for messages.
const ACTION: &str = "DescribeSmartAccessGatewayClientUsers";

/// Key of private state: when the account was created, in seconds since 1970.
const CREATED_AT: &str = "created_at";

/// Pauses between two looks; the last one repeats.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// Looks the account up, and again until `settled` likes what it sees or `wait` is over. Gives what was seen last.
///
/// # Errors
/// Also when there is no time or no leave to wait: what was seen until then proves nothing.
pub async fn until(account: &Account<'_>, wait: Duration, settled: impl Fn(&Lookup) -> bool) -> Result<Lookup, Error> {
    let begun = Instant::now();
    let end = begun + wait;
    let mut pauses = PAUSES.iter().chain(iter::repeat(&PAUSES[PAUSES.len() - 1]));
    loop {
        let seen = account.look_up().await?;
        let pause = pauses.next().copied().unwrap_or(LONGEST);
        if settled(&seen) || Instant::now() >= end {
            return Ok(seen);
        }
        let until = (Instant::now() + pause).min(end);
        account.patience.sleep_until(until).await.map_err(|why| match why {
            Impatience::Stopped => Error::Stopped { action: ACTION },
            Impatience::DeadlinePassed => Error::TimedOut { action: ACTION, after: begun.elapsed(), last: None },
        })?;
    }
}

/// Notes that the account was created now, for reads that come before the list shows it.
pub fn remember_creation(client: &Client, context: &Context<ClientUser>) {
    context.keep_private(CREATED_AT, client.world().now().unix_timestamp());
}

/// For how much longer the absence of the account is not to be believed. A clock that was set back since counts as no time
/// passed.
pub fn left(client: &Client, context: &Context<ClientUser>) -> Duration {
    let created = context.private::<i64>(CREATED_AT).and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    created.map_or(Duration::ZERO, |created| {
        let passed = Duration::try_from(client.world().now() - created).unwrap_or(Duration::ZERO);
        LONGEST.saturating_sub(passed)
    })
}
