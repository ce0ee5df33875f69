//! Taking a request's secrets out of texts that came from elsewhere.

use std::cell::OnceCell;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// What a secret is replaced by.
const STARS: &str = "***";

/// Longest text of the service that is shown, in characters.
const LONGEST: usize = 1_000;

/// So many first characters of a secret that is more than twice as long are not shown either.
const ENOUGH: usize = 16;

/// The secrets of one request, to be found in every form in which a service or proxy may echo them.
pub struct Redaction {
    secrets: Vec<Zeroizing<String>>,
    /// Worked out when something is to be shown: most requests end without a word.
    hidden: OnceCell<Vec<Hidden>>,
}

/// A secret.
struct Hidden {
    /// Its characters, each in all ways to write it.
    characters: Vec<Spelled>,
    /// Ways to write it as a whole.
    whole: Vec<Zeroizing<String>>,
}

/// The ways to write a character: as it is, and escaped.
struct Spelled {
    plain: Zeroizing<String>,
    escaped: Vec<Zeroizing<String>>,
}

impl Redaction {
    /// Of these values; empty ones are no secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
        // Longer ones first: a shorter one may be a part of it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let secrets = secrets.into_iter().map(|secret| Zeroizing::new(secret.to_owned())).collect();
        Self { secrets, hidden: OnceCell::new() }
    }

    fn hidden(&self) -> &[Hidden] {
        self.hidden.get_or_init(|| self.secrets.iter().map(|secret| Hidden::of(secret)).collect())
    }

    /// The text in one line of bounded length, fit to be shown.
    pub fn apply(&self, text: &str) -> String {
        let (mut shown, mut rest) = (Vec::new(), text);
        // What is not shown is not looked at either, however long the text is.
        while let Some(next) = rest.chars().next().filter(|_| shown.len() < LONGEST) {
            match self.hidden().iter().find_map(|hidden| hidden.at_start_of(rest)) {
                Some(end) => {
                    shown.extend(STARS.chars());
                    rest = &rest[end..];
                }
                None => {
                    shown.push(if next.is_control() { ' ' } else { next });
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        shown.into_iter().take(LONGEST).collect()
    }

    /// Whether one of the secrets is just this text.
    pub fn is_exactly(&self, text: &str) -> bool {
        self.hidden().iter().any(|hidden| hidden.at_start_of(text) == Some(text.len()))
    }
}

impl Hidden {
    fn of(secret: &str) -> Self {
        let hex = Zeroizing::new(secret.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
        let base64 = [STANDARD_NO_PAD, URL_SAFE_NO_PAD].into_iter().flat_map(|engine| in_base64(secret, &engine));
        Self { characters: secret.chars().map(Spelled::of).collect(), whole: base64.chain([hex]).collect() }
    }

    /// The length of the secret, if the text begins with it.
    fn at_start_of(&self, text: &str) -> Option<usize> {
        let whole = self.whole.iter().find(|form| begins_with(text, form)).map(|form| form.len());
        whole.or_else(|| length(text, &self.characters))
    }
}

/// What a text in base64 has of a secret within it, which depends on what stands before: 0, 1 or 2 bytes beyond a group of
/// three. Characters that hold bits of something else are left out.
fn in_base64(secret: &str, engine: &GeneralPurpose) -> Vec<Zeroizing<String>> {
    let within = |before: usize| {
        let bytes = Zeroizing::new([&vec![0; before], secret.as_bytes()].concat());
        let encoded = Zeroizing::new(engine.encode(&*bytes));
        let end = if bytes.len() % 3 == 0 || before == 0 { encoded.len() } else { encoded.len() - 1 };
        let begin = [0, 2, 3][before];
        encoded.get(begin..end).map(|form| Zeroizing::new(form.to_owned()))
    };
    let whole = within(0);
    // The same within a longer text, whose next bytes share the last character.
    let cut = whole
        .as_ref()
        .filter(|_| !secret.len().is_multiple_of(3))
        .map(|form| Zeroizing::new(form[..form.len() - 1].to_owned()));
    // A few characters could be anything.
    let telling = |form: &Zeroizing<String>| form.len() >= 6;
    [whole, cut, within(1), within(2)].into_iter().flatten().filter(telling).collect()
}

impl Spelled {
    fn of(character: char) -> Self {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let percent = |percent: &str| bytes.iter().map(|byte| format!("{percent}{byte:02x}")).collect::<String>();
        let number = u32::from(character);
        let mut utf16 = [0; 2];
        let json: String = character.encode_utf16(&mut utf16).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let mut escaped = vec![
            percent("%"),
            percent("%25"),
            percent("%2525"),
            json,
            format!("&#{number};"),
            format!("&#0{number};"),
            format!("&#x{number:x};"),
            format!("&#x0{number:x};"),
        ];
        escaped.extend(
            match character {
                ' ' => &["+", "%2b", "&nbsp;"][..],
                '&' => &["&amp;"],
                '<' => &["&lt;"],
                '>' => &["&gt;"],
                '"' => &["&quot;", "\\\""],
                '\'' => &["&apos;", "\\'"],
                '/' => &["\\/", "&sol;"],
                '\\' => &["\\\\"],
                '+' => &["&plus;"],
                '=' => &["&equals;"],
                _ => &[],
            }
            .iter()
            .map(|escape| (*escape).to_owned()),
        );
        Self {
            plain: Zeroizing::new(character.to_string()),
            escaped: escaped.into_iter().map(Zeroizing::new).collect(),
        }
    }
}

/// The length of these characters, however each of them is written, if the text begins with them, or with enough of a long
/// secret: it may have been cut short. What looks like an escape may stand for itself, so every way to read the text is
/// followed at once.
fn length(text: &str, characters: &[Spelled]) -> Option<usize> {
    let mut ends = vec![0];
    for (read, written) in characters.iter().enumerate() {
        let forms = || written.escaped.iter().chain([&written.plain]);
        let next = |end: &usize| {
            let (end, rest) = (*end, &text[*end..]);
            forms().filter(move |form| begins_with(rest, form)).map(move |form| end + form.len())
        };
        let mut further: Vec<_> = ends.iter().flat_map(next).collect();
        further.sort_unstable();
        further.dedup();
        if further.is_empty() {
            let is_enough = read >= ENOUGH && characters.len() > 2 * ENOUGH;
            return ends.last().copied().filter(|_| is_enough);
        }
        ends = further;
    }
    ends.last().copied()
}

/// Without regard to the case of letters, as escapes may have either, and some programs write all in small ones.
fn begins_with(text: &str, form: &str) -> bool {
    text.get(..form.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(form))
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
            r"token\/\u00e9",
            r"token\/\u00E9",
            "token&#x2F;&#xe9;",
            "token&#47;&#233;",
            "token&sol;\u{e9}",
            "dG9rZW4vw6k",
            "746f6b656e2fc3a9",
            "746F6B656E2FC3A9",
            "UEBzcyB3KnJkfisx",
        ] {
            assert_eq!(redaction.apply(&format!("before {text} and {text}.")), "before *** and ***.", "{text}");
        }
        for text in ["nothing to hide", "token", "P@ss w*rd~+", "%", "&#x2F;", ""] {
            assert_eq!(redaction.apply(text), text);
        }
        assert!(
            redaction.is_exactly("token%2F%c3%a9") && !redaction.is_exactly("token/é.") && !redaction.is_exactly("")
        );
    }

    #[test]
    fn a_secret_is_found_whole_however_ambiguous_and_however_often() {
        let secret = "%25".repeat(200);
        let redaction = Redaction::of([secret.as_str()]);
        assert_eq!(redaction.apply(&format!("{secret}!")), "***!");
        assert_eq!(redaction.apply(&secret.repeat(500)), "*".repeat(LONGEST));
    }

    #[test]
    fn a_long_secret_is_found_within_base64_and_where_it_was_cut_short() {
        let token = "CAISuwJ1q6Ft5B2yfSjIr5bSEsj4g7BihPWGWHz01gl/eO+PmQ==";
        let redaction = Redaction::of([token]);
        for (before, after) in
            [("", ""), ("=", "&"), ("T=", "&x"), ("Tk=", "&x=1"), ("SecurityToken=", "&Version=2015")]
        {
            let echoed = STANDARD_NO_PAD.encode(format!("{before}{token}{after}"));
            let shown = redaction.apply(&echoed);
            assert!(shown.contains(STARS) && shown.len() < echoed.len() - 60, "{before:?} {after:?}: {shown}");
        }
        assert_eq!(redaction.apply(&token[..token.len() - 3]), STARS);
        assert_eq!(redaction.apply(&format!("token {} is no good", &token[..20])), "token *** is no good");
        assert_eq!(redaction.apply("token CAIS is no good"), "token CAIS is no good");
    }

    #[test]
    fn a_text_is_one_line_of_bounded_length() {
        let redaction = Redaction::of([]);
        assert_eq!(redaction.apply("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(redaction.apply(&"é".repeat(5_000)).chars().count(), LONGEST);
    }
}
