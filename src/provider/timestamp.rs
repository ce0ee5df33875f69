//! Moments as Terraform's own functions read them.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A moment in UTC, to the second: `2006-01-02T15:04:05Z`. None where the year has not four digits.
pub fn rfc3339(moment: OffsetDateTime) -> Option<String> {
    moment.to_offset(UtcOffset::UTC).replace_nanosecond(0).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_told_in_utc_and_whole_seconds() {
        for (moment, expected) in [
            (datetime!(2024-06-15 12:00:00 UTC), Some("2024-06-15T12:00:00Z")),
            (datetime!(2024-06-15 20:00:00.999 +8), Some("2024-06-15T12:00:00Z")),
            (datetime!(-0001-01-01 00:00:00 UTC), None),
        ] {
            assert_eq!(rfc3339(moment).as_deref(), expected);
        }
    }
}
