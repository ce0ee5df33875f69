//! Time as the emulator sees it: milliseconds since 1970, always passed in.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const TIMESTAMP: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// A point in time, in milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(u64);

impl Moment {
    /// Before everything: what happened then is visible whatever the lag.
    pub const ALWAYS: Self = Self(0);

    /// The moment that many milliseconds after 1970 began.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Reads the API's `YYYY-MM-DDThh:mm:ssZ`; nothing else is a timestamp.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != "2018-03-13T00:00:00Z".len() {
            return None;
        }
        let read = PrimitiveDateTime::parse(text, TIMESTAMP).ok()?;
        u64::try_from(read.assume_utc().unix_timestamp()).ok().map(|seconds| Self(seconds * 1000))
    }

    /// The API's `YYYY-MM-DDThh:mm:ssZ`, milliseconds cut off.
    pub fn timestamp(self) -> String {
        let seconds = i64::try_from(self.seconds()).ok();
        let date = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        date.and_then(|date| date.format(TIMESTAMP).ok()).unwrap_or_default()
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970, the unit of `OnlineTime`.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// This much later.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This much earlier, but never before 1970.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// How far two moments lie apart, whichever comes first.
    pub fn distance(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }

    /// Whether both lie in the same calendar month (UTC).
    pub fn same_month(self, other: Self) -> bool {
        self.month() == other.month()
    }

    fn month(self) -> Option<(i32, time::Month)> {
        let seconds = i64::try_from(self.seconds()).ok()?;
        let date = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        Some((date.year(), date.month()))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_form_is_a_timestamp() {
        assert_eq!(Moment::parse("1970-01-01T00:00:01Z"), Some(Moment::from_millis(1000)));
        assert_eq!(Moment::parse("2023-03-13T08:34:30Z"), Some(Moment::from_millis(1_678_696_470_000)));
        assert_eq!(Moment::from_millis(1_678_696_470_999).timestamp(), "2023-03-13T08:34:30Z");
        for wrong in
            ["", "2023-03-13 08:34:30Z", "2023-03-13T08:34:30", "2023-03-13T08:34:30+00:00", "2023-13-13T08:34:30Z"]
        {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_month_ends_at_midnight_utc() {
        let last = Moment::parse("2024-02-29T23:59:59Z").unwrap();
        let next = last.plus(Duration::from_secs(1));
        assert!(last.same_month(Moment::parse("2024-02-01T00:00:00Z").unwrap()));
        assert!(!last.same_month(next));
    }
}
