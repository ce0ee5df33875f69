//! The argument `name_regex`: which names are wanted.

use regex_lite::Regex;

use crate::framework::schema::Verdict;
use crate::framework::{Attr, Diagnostic, Diagnostics};
use crate::value::{Path, Value};

/// Check of the argument.
pub fn is_regex(value: &Value) -> Verdict {
    let Value::String(pattern) = value else { return Verdict::Good };
    compiled(pattern).map_or_else(Verdict::Refused, |_| Verdict::Good)
}

/// The names that are wanted: those that match, or all where nothing is written.
pub struct Wanted(Option<Regex>);

impl Wanted {
    /// Reads the argument.
    ///
    /// # Errors
    /// When it is not what [`is_regex`] lets through.
    pub fn by(name_regex: &Attr<String>) -> Result<Self, Diagnostics> {
        let Some(pattern) = name_regex.opt()? else { return Ok(Self(None)) };
        compiled(pattern).map(|regex| Self(Some(regex))).map_err(|wanted| {
            let detail = format!("name_regex is {pattern:?}. Wanted: {wanted}.");
            Diagnostic::error("Invalid value for name_regex", detail).at(Path::attribute("name_regex")).into()
        })
    }

    /// Whether this one is wanted.
    pub fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(name))
    }
}

/// The error says what is wanted.
fn compiled(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| format!("a regular expression such as \"^alice\" ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_anywhere_unless_anchored() {
        for (pattern, name, expected) in [
            ("lic", "alice.w", true),
            ("^lic", "alice.w", false),
            ("^alice\\.w$", "alice.w", true),
            ("(?i)ALICE", "alice.w", true),
            ("", "alice.w", true),
        ] {
            let wanted = Wanted::by(&Attr::Known(pattern.to_owned())).unwrap();
            assert_eq!(wanted.has(name), expected, "{pattern}");
        }
        assert!(Wanted::by(&Attr::Null).unwrap().has("alice.w"));
    }

    #[test]
    fn what_is_no_regular_expression_is_refused_by_check_and_reader_alike() {
        for pattern in ["[", "(", "*", "a{2,1}", "\\p{L}"] {
            let Verdict::Refused(wanted) = is_regex(&pattern.into()) else { panic!("{pattern} was taken") };
            assert!(wanted.contains("regular expression"), "{wanted}");
            assert!(Wanted::by(&Attr::Known(pattern.to_owned())).is_err(), "{pattern}");
        }
    }
}
