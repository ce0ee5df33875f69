//! Waiting until the sessions that were there are gone.
//!
//! A session is told by who has it, its address and when it began, all as the service says them: clocks need not agree.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::alibaba::{Error, Patience};
use crate::smartag::{InstanceRef, Smartag};

/// Pauses between two looks; the last one repeats.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

/// The sessions of some users, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions(BTreeMap<String, BTreeSet<(Option<String>, OffsetDateTime)>>);

impl Sessions {
    /// Asks for the sessions of `names`: counted by 50 a call, and details only of those who are online.
    pub async fn of<'a>(
        smartag: &Smartag,
        instance: &InstanceRef,
        names: impl Iterator<Item = &'a String>,
        patience: &Patience,
    ) -> Result<Self, Error> {
        let names: Vec<&str> = names.map(String::as_str).collect();
        let mut sessions = BTreeMap::new();
        for (name, count) in smartag.online_counts(instance, &names, patience).await? {
            if count > 0 {
                let clients = smartag.online_clients(instance, &name, patience).await?;
                let clients = clients.into_iter().map(|client| (client.client_ip, client.online_since)).collect();
                sessions.insert(name, clients);
            }
        }
        Ok(Self(sessions))
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Those of these that are in `earlier` too.
    fn left_of(&self, earlier: &Self) -> BTreeSet<String> {
        let is_left = |name: &String, sessions: &BTreeSet<_>| {
            earlier.0.get(name).is_some_and(|earlier| !earlier.is_disjoint(sessions))
        };
        self.0.iter().filter(|(name, sessions)| is_left(name, sessions)).map(|(name, _)| name.clone()).collect()
    }
}

/// How waiting ended.
#[derive(Debug)]
pub enum Waited {
    /// No earlier session is left; these users have dialled in again.
    Offline {
        /// Their names.
        again: BTreeSet<String>,
    },
    /// The time was up, or Terraform wants to stop, while sessions of these users were left.
    TimeUp {
        /// Their names.
        online: BTreeSet<String>,
    },
}

/// Looks until none of the sessions `before` a kick is left.
pub async fn until_offline(
    smartag: &Smartag,
    instance: &InstanceRef,
    before: &Sessions,
    patience: &Patience,
) -> Result<Waited, Error> {
    let mut pauses = PAUSES.iter().chain(std::iter::repeat(&PAUSES[PAUSES.len() - 1]));
    let mut now = Sessions::of(smartag, instance, before.names(), patience).await?;
    loop {
        let online = now.left_of(before);
        if online.is_empty() {
            return Ok(Waited::Offline { again: now.0.into_keys().collect() });
        }
        let pause = pauses.next().copied().unwrap_or_default();
        if patience.sleep_until(Instant::now() + pause).await.is_err() {
            return Ok(Waited::TimeUp { online });
        }
        now = Sessions::of(smartag, instance, online.iter(), patience).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(of: &[(&str, &[(&str, i64)])]) -> Sessions {
        let session = |(address, since): &(&str, i64)| {
            (Some((*address).to_owned()), OffsetDateTime::from_unix_timestamp(*since).unwrap())
        };
        Sessions(of.iter().map(|(name, list)| ((*name).to_owned(), list.iter().map(session).collect())).collect())
    }

    #[test]
    fn only_a_session_that_was_there_before_is_left() {
        let before = sessions(&[("anna", &[("10.0.0.1", 5), ("10.0.0.2", 6)]), ("bert", &[("10.0.0.3", 7)])]);
        let left = |now: &[(&str, &[(&str, i64)])]| Vec::from_iter(sessions(now).left_of(&before));
        assert_eq!(left(&[("anna", &[("10.0.0.2", 6)]), ("bert", &[("10.0.0.3", 7)])]), ["anna", "bert"]);
        assert_eq!(left(&[("bert", &[("10.0.0.3", 9)])]), [""; 0], "the same address, but dialled in later");
        assert_eq!(left(&[("carl", &[("10.0.0.1", 5)])]), [""; 0]);
        assert_eq!(left(&[]), [""; 0]);
    }
}
