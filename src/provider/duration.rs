//! Spans of time as people write them in `timeouts` blocks: `30s`, `5m`, `1h30m`.

use std::time::Duration;

use crate::framework::schema::Verdict;
use crate::value::Value;

/// Reads a span of time as Go writes it: numbers with `ms`, `s`, `m` or `h`. `None` where it is none, or is not above
/// zero, or is beyond a year.
pub fn parse(text: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let unit_at = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, unit) = rest.split_at(unit_at);
        let unit_ends =
            unit.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(unit.len());
        let (unit, left) = unit.split_at(unit_ends);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let span = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(span).filter(|total| *total <= LONGEST)?;
        rest = left;
    }
    (total > Duration::ZERO).then_some(total)
}

/// Check of an attribute of a `timeouts` block.
pub fn is_duration(value: &Value) -> Verdict {
    match value {
        Value::String(text) if parse(text).is_some() => Verdict::Good,
        _ => Verdict::Refused("a span of time above zero such as \"30s\", \"5m\" or \"1h30m\"".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_read_as_go_writes_them() {
        for (text, milliseconds) in
            [("5m", 300_000), ("30s", 30_000), ("1h30m", 5_400_000), ("1m0s", 60_000), ("1.5s", 1_500), ("250ms", 250)]
        {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "soon", "5", "0s", "-5m", "5 m", "5d", "m", "1..5s", "999999h", "1e9h", "٣s"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
