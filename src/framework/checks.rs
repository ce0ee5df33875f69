//! Checks that any attribute can use; each sees a known, non-null value.

use std::ops::RangeInclusive;

use super::schema::Verdict;
use crate::value::Value;

/// A whole number within `range`, in `unit`.
pub fn whole_number(range: RangeInclusive<i64>, unit: &'static str) -> impl Fn(&Value) -> Verdict + Send + Sync {
    move |value| match value {
        Value::Number(number) if number.as_i64().is_some_and(|number| range.contains(&number)) => Verdict::Good,
        _ => Verdict::Refused(format!("a whole number from {} to {} ({unit})", range.start(), range.end())),
    }
}

/// Text of so many characters.
pub fn characters(range: RangeInclusive<usize>) -> impl Fn(&Value) -> Verdict + Send + Sync {
    move |value| match value {
        Value::String(text) if range.contains(&text.chars().count()) => Verdict::Good,
        _ => Verdict::Refused(format!("{} to {} characters", range.start(), range.end())),
    }
}

/// Text that `accepts` takes; `wanted` completes the sentence "Wanted: …".
pub fn text(accepts: fn(&str) -> bool, wanted: &'static str) -> impl Fn(&Value) -> Verdict + Send + Sync {
    move |value| match value {
        Value::String(text) if accepts(text) => Verdict::Good,
        _ => Verdict::Refused(wanted.to_owned()),
    }
}

/// At least one element, and none of them empty or null. Unknown elements pass.
pub fn some_names(value: &Value) -> Verdict {
    match value {
        Value::Set(names) if names.is_empty() => Verdict::Refused("at least one name".to_owned()),
        _ => no_empty_name(value),
    }
}

/// No element that is empty or null. Unknown elements pass, and so does having none.
pub fn no_empty_name(value: &Value) -> Verdict {
    match value {
        Value::Set(names) | Value::List(names)
            if names.iter().any(|name| name.is_null() || *name == Value::from("")) =>
        {
            Verdict::Refused("elements that are neither empty nor null".to_owned())
        }
        _ => Verdict::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Number;

    #[test]
    fn whole_numbers_are_checked_for_fraction_and_range() {
        let check = whole_number(1..=20_000, "Kbit/s");
        for good in ["1", "20000", "2e3", "7.0"] {
            assert_eq!(check(&Value::Number(Number::parse(good).unwrap())), Verdict::Good, "{good}");
        }
        for bad in ["0", "-1", "20001", "1.5", "1e30"] {
            assert_ne!(check(&Value::Number(Number::parse(bad).unwrap())), Verdict::Good, "{bad}");
        }
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(characters(1..=2)(&"éé".into()), Verdict::Good);
        assert_ne!(characters(1..=2)(&"abc".into()), Verdict::Good);
    }

    #[test]
    fn a_set_of_names_needs_one_and_no_empty_one() {
        assert_eq!(some_names(&Value::set(vec!["a".into(), Value::unknown()])), Verdict::Good);
        for bad in [vec![], vec!["a".into(), "".into()], vec![Value::Null]] {
            assert_ne!(some_names(&Value::set(bad)), Verdict::Good);
        }
    }

    #[test]
    fn names_may_be_none_but_not_empty() {
        for good in [Value::List(vec![]), Value::set(vec![]), Value::List(vec!["a".into(), Value::unknown()])] {
            assert_eq!(no_empty_name(&good), Verdict::Good, "{good:?}");
        }
        for bad in [Value::List(vec!["a".into(), "".into()]), Value::set(vec![Value::Null])] {
            assert_ne!(no_empty_name(&bad), Verdict::Good, "{bad:?}");
        }
    }
}
