//! Taking a request's secrets out of texts that came from elsewhere.

use zeroize::Zeroizing;

use super::signature::encode;

/// What a secret is replaced by.
const STARS: &str = "***";

/// Longest text of the service that is shown, in characters.
const LONGEST: usize = 1_000;

/// The secrets of one request in every form in which a service or proxy may echo them.
pub struct Redaction(Vec<Zeroizing<String>>);

impl Redaction {
    /// Of these values; empty ones are no secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<_> = secrets.into_iter().filter(|secret| !secret.is_empty()).flat_map(forms).collect();
        // Longer ones first: a plain form may be a part of an encoded one.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// The text in one line of bounded length, fit to be shown.
    pub fn apply(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for form in &self.0 {
            shown = replace(&shown, form);
        }
        shown.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
    }
}

/// Plain, percent-encoded once and twice, and as HTML forms write it (space as `+`, `*` kept).
fn forms(secret: &str) -> [Zeroizing<String>; 5] {
    let once = encode(secret);
    let form = Zeroizing::new(once.replace("%20", "+").replace("%2A", "*").replace('~', "%7E"));
    let (twice, form_twice) = (encode(&once), encode(&form));
    [Zeroizing::new(secret.to_owned()), once, twice, form, form_twice]
}

/// Without regard to ASCII case, as percent-encoding may use small letters.
fn replace(text: &str, form: &str) -> String {
    let (lower_text, lower_form) =
        (Zeroizing::new(text.to_ascii_lowercase()), Zeroizing::new(form.to_ascii_lowercase()));
    let mut shown = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, found) in lower_text.match_indices(lower_form.as_str()) {
        shown.push_str(&text[rest..at]);
        shown.push_str(STARS);
        rest = at + found.len();
    }
    shown.push_str(&text[rest..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_secret_becomes_stars() {
        let redaction = Redaction::of(["P@ss w*rd~+1", "", "token/é"]);
        for text in [
            "P@ss w*rd~+1",
            "P%40ss%20w%2Ard~%2B1",
            "P%2540ss%2520w%252Ard~%252B1",
            "p%2540ss%2520w%252ard~%252b1",
            "P%40ss+w*rd%7E%2B1",
            "P%2540ss%2Bw%2Ard%257E%252B1",
            "token/é",
            "token%2F%C3%A9",
            "token%2f%c3%a9",
        ] {
            assert_eq!(redaction.apply(&format!("before {text} and {text}.")), "before *** and ***.", "{text}");
        }
        assert_eq!(redaction.apply("nothing to hide"), "nothing to hide");
    }

    #[test]
    fn a_text_is_one_line_of_bounded_length() {
        let redaction = Redaction::of([]);
        assert_eq!(redaction.apply("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(redaction.apply(&"é".repeat(5_000)).chars().count(), LONGEST);
    }
}
