//! Reading fields of answers. The sources of the API's documentation disagree about types, so a number may come as a
//! text and a truth value as 0 or 1.

use std::fmt;

use serde_json::Value;

/// What is wrong with a field. It never quotes the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    field: &'static str,
    what: &'static str,
}

impl Problem {
    /// The field is needed and absent.
    pub fn missing(field: &'static str) -> Self {
        Self { field, what: "missing" }
    }

    /// The field is there and cannot be understood.
    pub fn wrong(field: &'static str, what: &'static str) -> Self {
        Self { field, what }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.field, self.what)
    }
}

/// A text; absent when left out or null.
pub fn text(json: &Value, field: &'static str) -> Result<Option<String>, Problem> {
    match json.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::wrong(field, "no text")),
    }
}

/// A whole number from 0 to 4,294,967,295; absent when left out, null or an empty text.
pub fn number(json: &Value, field: &'static str) -> Result<Option<u32>, Problem> {
    let wrong = Problem::wrong(field, "no whole number from 0 to 4294967295");
    let number = match json.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => {
            number.as_u64().and_then(|number| u32::try_from(number).ok()).or_else(|| whole(number.as_f64()?))
        }
    };
    number.map(Some).ok_or(wrong)
}

/// A whole number, also a negative or a large one; absent when left out, null or an empty text.
pub fn integer(json: &Value, field: &'static str) -> Result<Option<i64>, Problem> {
    let number = match json.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64(),
    };
    number.map(Some).ok_or_else(|| Problem::wrong(field, "no whole number"))
}

/// A list in its wrapper: `Users.User` is `{"Users": {"User": [...]}}`. Absent when the wrapper is left out or null, and
/// empty when there is nothing in it. A list without its wrapper is taken too, and any spelling of what is in the
/// wrapper: one page of the documents has `statistics` where the others have `Statistics`.
pub fn list<'a>(json: &'a Value, field: &'static str) -> Result<Option<&'a [Value]>, Problem> {
    let (wrapper, inner) = field.split_once('.').unwrap_or((field, field));
    let list = match json.get(wrapper) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(wrapper)) => {
            wrapper.iter().find(|(name, _)| name.eq_ignore_ascii_case(inner)).map_or(&Value::Null, |(_, list)| list)
        }
        Some(bare) => bare,
    };
    match list {
        Value::Null => Ok(Some(&[])),
        Value::Array(rows) => Ok(Some(rows)),
        _ => Err(Problem::wrong(field, "no list")),
    }
}

/// `2000.0` is a whole number too.
fn whole(number: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked by the comparison that follows"
    )]
    let whole = number as u32;
    (f64::from(whole) == number).then_some(whole)
}

/// A truth value; absent when left out, null or an empty text.
pub fn boolean(json: &Value, field: &'static str) -> Result<Option<bool>, Problem> {
    match json.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => match number(json, field) {
            Ok(Some(0)) => Ok(Some(false)),
            Ok(Some(1)) => Ok(Some(true)),
            _ => Err(Problem::wrong(field, "neither true nor false")),
        },
    }
}
