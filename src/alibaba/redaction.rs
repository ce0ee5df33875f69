//! Taking a request's secrets out of texts that came from elsewhere.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// What a secret is replaced by.
const STARS: &str = "***";

/// Longest text of the service that is shown, in characters.
const LONGEST: usize = 1_000;

/// Shorter ones could be parts of any word, and stars in their place would tell more than they hide. (Passwords have eight
/// characters at least.)
const SHORTEST: usize = 6;

/// So many first characters of a secret that is more than twice as long are not shown either.
const ENOUGH: usize = 16;

/// How often a text may be in base64 of base64, and is still looked into.
const DEEPEST: usize = 2;

/// The secrets of one request, to be found in every form in which a service or proxy may echo them: escaped, in hexadecimal
/// digits, within base64, and cut short.
pub struct Redaction {
    secrets: Vec<Zeroizing<String>>,
    /// Worked out when something is to be shown: most requests end without a word.
    hidden: OnceCell<Vec<Hidden>>,
}

/// A secret.
struct Hidden {
    characters: Zeroizing<Vec<char>>,
    /// The escapes of each of them. They mean the same in capitals and small letters.
    escapes: BTreeMap<char, Vec<Zeroizing<String>>>,
    hex: Zeroizing<String>,
}

impl Redaction {
    /// Of these values; very short ones are no secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().filter(|secret| secret.chars().count() >= SHORTEST).collect();
        // Longer ones first: a shorter one may be a part of it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let secrets = secrets.into_iter().map(|secret| Zeroizing::new(secret.to_owned())).collect();
        Self { secrets, hidden: OnceCell::new() }
    }

    /// The text in one line of bounded length, fit to be shown.
    pub fn apply(&self, text: &str) -> String {
        let (mut shown, mut search) =
            (Vec::new(), Search { redaction: self, text, at: 0, looked_into: 0, depth: DEEPEST });
        // What is not shown is not looked at either, however long the text is.
        while shown.len() < LONGEST {
            match search.next() {
                None => break,
                Some(Piece::Secret) => shown.extend(STARS.chars()),
                Some(Piece::Letter(letter)) => shown.push(if letter.is_control() { ' ' } else { letter }),
            }
        }
        shown.into_iter().take(LONGEST).collect()
    }

    /// Whether one of the secrets is just this text.
    pub fn is_exactly(&self, text: &str) -> bool {
        !text.is_empty() && self.hidden().iter().any(|hidden| hidden.at_start_of(text) == Some(text.len()))
    }

    fn hidden(&self) -> &[Hidden] {
        self.hidden.get_or_init(|| self.secrets.iter().map(|secret| Hidden::of(secret)).collect())
    }
}

/// A text that is gone through from its beginning to its end.
struct Search<'a> {
    redaction: &'a Redaction,
    text: &'a str,
    at: usize,
    /// Up to here it was looked into as base64 already.
    looked_into: usize,
    depth: usize,
}

/// What comes next in a text.
enum Piece {
    Letter(char),
    Secret,
}

impl Iterator for Search<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let rest = &self.text[self.at..];
        let letter = rest.chars().next()?;
        let hidden = self.redaction.hidden().iter().find_map(|hidden| hidden.at_start_of(rest));
        match hidden.or_else(|| self.in_base64(rest)) {
            Some(length) => {
                self.at += length;
                Some(Piece::Secret)
            }
            None => {
                self.at += letter.len_utf8();
                Some(Piece::Letter(letter))
            }
        }
    }
}

impl Search<'_> {
    /// The length of the base64 at the beginning of the rest of the text, if there is a secret within it.
    fn in_base64(&mut self, rest: &str) -> Option<usize> {
        if self.depth == 0 || self.at < self.looked_into || self.redaction.secrets.is_empty() {
            return None;
        }
        let (run, letters) = base64_run(rest);
        self.looked_into = self.at + run;
        if letters.len() < SHORTEST * 4 / 3 {
            return None;
        }
        // What stands before it may be of the same letters, so it may begin anywhere.
        let holds_secret =
            ENGINES.iter().any(|engine| (0..4).any(|begin| self.is_secret_within(engine, &letters, begin)));
        holds_secret.then_some(run)
    }

    fn is_secret_within(&self, engine: &GeneralPurpose, letters: &str, begin: usize) -> bool {
        let letters = &letters[begin..];
        // What was cut short ends within a group of four.
        let whole = letters.len() - usize::from(letters.len() % 4 == 1);
        let Ok(decoded) = engine.decode(&letters[..whole]).map(Zeroizing::new) else { return false };
        let text = Zeroizing::new(String::from_utf8_lossy(&decoded).into_owned());
        let mut search =
            Search { redaction: self.redaction, text: &text, at: 0, looked_into: 0, depth: self.depth - 1 };
        search.any(|piece| matches!(piece, Piece::Secret))
    }
}

/// The base64 at the beginning of a text: its length with the line breaks that mail programs and the like put into it, and
/// its first letters.
fn base64_run(text: &str) -> (usize, Zeroizing<String>) {
    let (mut length, mut letters) = (0, Zeroizing::new(String::with_capacity(LOOKED_INTO)));
    while let Some(next) = text[length..].chars().next() {
        if is_of_base64(next) {
            if letters.len() < LOOKED_INTO {
                letters.push(next);
            }
            length += 1;
        } else if matches!(next, '=' | '\r' | '\n') {
            length += 1;
        } else if text[length..].starts_with("\\n") || text[length..].starts_with("\\r") {
            length += 2;
        } else {
            break;
        }
    }
    (length, letters)
}

/// So many letters of base64 are looked into: more than are shown, and enough of a secret that begins in what is shown.
const LOOKED_INTO: usize = 4 * LONGEST;

/// Both alphabets, padded or not, and whatever bits the last character has to spare.
const ENGINES: [GeneralPurpose; 2] = {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [GeneralPurpose::new(&alphabet::STANDARD, lenient), GeneralPurpose::new(&alphabet::URL_SAFE, lenient)]
};

fn is_of_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '-' | '_')
}

impl Hidden {
    fn of(secret: &str) -> Self {
        let hex = Zeroizing::new(secret.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
        let different: BTreeSet<char> = secret.chars().collect();
        let escapes = different.into_iter().map(|character| (character, escapes(character))).collect();
        Self { characters: Zeroizing::new(secret.chars().collect()), escapes, hex }
    }

    /// The length of the secret, if the text begins with it.
    fn at_start_of(&self, text: &str) -> Option<usize> {
        if begins_with(text, &self.hex) { Some(self.hex.len()) } else { self.spelled(text) }
    }

    /// The length of its characters, however each of them is written, if the text begins with them, or with enough of a long
    /// secret: it may have been cut short. What looks like an escape may stand for itself, so every way to read the text is
    /// followed at once.
    fn spelled(&self, text: &str) -> Option<usize> {
        let (mut ends, mut further) = (vec![0], Vec::new());
        for (read, character) in self.characters.iter().enumerate() {
            for &end in &ends {
                let rest = &text[end..];
                let Some(first) = rest.chars().next() else { continue };
                if first.eq_ignore_ascii_case(character) {
                    further.push(end + first.len_utf8());
                }
                // Every escape begins with one of these.
                if matches!(first, '%' | '&' | '\\' | '+') {
                    let escapes = self.escapes.get(character).into_iter().flatten();
                    further.extend(escapes.filter(|escape| begins_with(rest, escape)).map(|escape| end + escape.len()));
                }
            }
            if further.is_empty() {
                let is_enough = read >= ENOUGH && self.characters.len() > 2 * ENOUGH;
                return ends.last().copied().filter(|_| is_enough);
            }
            further.sort_unstable();
            further.dedup();
            std::mem::swap(&mut ends, &mut further);
            further.clear();
        }
        ends.last().copied()
    }
}

/// The ways to write a character that are longer than itself.
fn escapes(character: char) -> Vec<Zeroizing<String>> {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    let percent = |percent: &str| bytes.iter().map(|byte| format!("{percent}{byte:02x}")).collect::<String>();
    let number = u32::from(character);
    let mut utf16 = [0; 2];
    let json: String = character.encode_utf16(&mut utf16).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let mut escapes = vec![
        percent("%"),
        percent("%25"),
        percent("%2525"),
        json,
        format!("&#{number};"),
        format!("&#0{number};"),
        format!("&#x{number:x};"),
        format!("&#x0{number:x};"),
    ];
    let named = match character {
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
    };
    escapes.extend(named.iter().map(|escape| (*escape).to_owned()));
    escapes.into_iter().map(Zeroizing::new).collect()
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
    fn a_secret_is_found_within_base64_and_a_long_one_where_it_was_cut_short() {
        let token = "CAISuwJ1q6Ft5B2yfSjIr5bSEsj4g7BihPWGWHz01gl/eO+PmQ==";
        let redaction = Redaction::of([token, "hush-pw@1"]);
        let form = "Action=Create&Password=hush-pw%401&Version=2018-03-13";
        for echoed in [token, form, &format!("T={token}&x"), &format!("SecurityToken={token}&Version=2015")] {
            for engine in &ENGINES {
                let encoded = engine.encode(echoed);
                let lines =
                    encoded.as_bytes().chunks(20).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();
                let twice = engine.encode(&encoded);
                let texts = [
                    encoded.as_str(),
                    &lines.join("\r\n"),
                    &lines.join("\\n"),
                    &encoded[..encoded.len() - 5],
                    &twice,
                    &format!("e/{encoded}"),
                    &format!("ABC/{encoded}"),
                    &format!("body_{encoded}"),
                ];
                for text in texts {
                    assert_eq!(redaction.apply(&format!("wrong: {text}")), "wrong: ***", "{echoed} as {text}");
                }
            }
        }
        assert_eq!(redaction.apply(&token[..token.len() - 3]), STARS);
        assert_eq!(redaction.apply(&format!("token {} is no good", &token[..20])), "token *** is no good");
        for text in
            ["token CAIS is no good", "72E8E8E2-4C4B-5A5B-8F8B-3A3B3C3D3E3F", "InvalidParameterFormatOfSomething"]
        {
            assert_eq!(redaction.apply(text), text);
        }
    }

    /// What is the worst to look into: one line after the other that could all be one piece of base64.
    #[test]
    fn a_text_is_looked_into_once() {
        let token = "CAISuwJ1q6Ft5B2yfSjIr5bSEsj4g7BihPWGWHz01gl/eO+PmQ==".repeat(400);
        let redaction = Redaction::of([token.as_str()]);
        for line in ["abc\n", "key=value\n", "====\n"] {
            let text = line.repeat(16_000);
            let mut search = Search { redaction: &redaction, text: &text, at: 0, looked_into: 0, depth: DEEPEST };
            assert!(matches!(search.next(), Some(Piece::Letter(_))));
            assert_eq!(search.looked_into, text.len());
            assert_eq!(redaction.apply(&text).chars().count(), LONGEST);
        }
    }

    #[test]
    fn what_is_too_short_to_be_a_secret_spoils_no_word() {
        assert_eq!(Redaction::of(["er", "is", "a"]).apply("ExternalId is other"), "ExternalId is other");
    }

    #[test]
    fn a_text_is_one_line_of_bounded_length() {
        let redaction = Redaction::of([]);
        assert_eq!(redaction.apply("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(redaction.apply(&"é".repeat(5_000)).chars().count(), LONGEST);
    }
}
