//! The outside as it is passed in: wall clock, randomness and environment.
//!
//! Code that needs one of them takes a [`World`], so that a test can say what the time is and what comes out of the
//! dice. Waiting goes through `tokio::time`, which tests can pause.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use time::OffsetDateTime;

/// Wall clock, randomness and environment variables. Cheap to clone.
#[derive(Clone)]
pub struct World(Arc<Source>);

enum Source {
    Process,
    Fixed { now: OffsetDateTime, dice: Mutex<u64>, environment: HashMap<String, String> },
}

impl World {
    /// The real ones, of this process.
    pub fn of_process() -> Self {
        Self(Arc::new(Source::Process))
    }

    /// A clock that stands at `now`, dice that repeat themselves, and exactly these variables: for tests.
    pub fn fixed(now: OffsetDateTime, environment: &[(&str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self(Arc::new(Source::Fixed { now, dice: Mutex::new(1), environment }))
    }

    /// The time, in UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> OffsetDateTime {
        match &*self.0 {
            Source::Process => SystemTime::now().into(),
            Source::Fixed { now, .. } => *now,
        }
    }

    /// An environment variable; one that is empty or no Unicode counts as not set.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn variable(&self, name: &str) -> Option<String> {
        match &*self.0 {
            Source::Process => std::env::var(name).ok(),
            Source::Fixed { environment, .. } => environment.get(name).cloned(),
        }
        .filter(|value| !value.is_empty())
    }

    /// 64 random bits.
    pub fn random(&self) -> u64 {
        match &*self.0 {
            Source::Process => getrandom::u64().expect("the operating system always has randomness once it is up"),
            Source::Fixed { dice, .. } => {
                // Marsaglia's xorshift: repeatable, and never twice the same within a test.
                let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
                *dice ^= *dice << 13;
                *dice ^= *dice >> 7;
                *dice ^= *dice << 17;
                *dice
            }
        }
    }

    /// A random (version 4) UUID in lower case.
    pub fn uuid(&self) -> String {
        let bits = (u128::from(self.random()) << 64) | u128::from(self.random());
        let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_shape_of_version_4_and_never_repeats() {
        for world in [World::of_process(), World::fixed(OffsetDateTime::UNIX_EPOCH, &[])] {
            let (one, two) = (world.uuid(), world.uuid());
            assert_ne!(one, two);
            assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert_eq!(&one[14..15], "4");
            assert!("89ab".contains(&one[19..20]), "{one}");
        }
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[("EMPTY", ""), ("FULL", "x")]);
        assert_eq!(world.variable("EMPTY"), None);
        assert_eq!(world.variable("FULL").as_deref(), Some("x"));
        assert_eq!(world.variable("ABSENT"), None);
    }
}
