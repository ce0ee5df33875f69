//! Looks for a secret in every form in which a program lets one slip: as it is, and as codecs, escapes and debug prints
//! write it.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986, as Alibaba Cloud and most others encode.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A secret that may be shown nowhere.
pub struct Secret {
    name: &'static str,
    /// How the form is called, and the form in small letters.
    forms: Vec<(String, String)>,
}

impl Secret {
    /// A secret by this name.
    pub fn new(name: &'static str, text: &str) -> Self {
        assert!(text.len() >= 8, "{name} is too short: parts of it would be found by chance");
        let once = encoded(text);
        let twice = encoded(&once);
        let mut forms = vec![
            ("escaped for JSON by Go".to_owned(), escaped_by_go(text)),
            ("escaped by Rust".to_owned(), text.escape_debug().to_string()),
        ];
        for (layer, text) in [("raw", text), ("URL-encoded", once.as_str()), ("URL-encoded twice", twice.as_str())] {
            let bytes = text.as_bytes();
            forms.push((layer.to_owned(), text.to_owned()));
            forms.push((format!("{layer}, in hex"), joined(bytes, "", |byte| format!("{byte:02x}"))));
            forms.push((format!("{layer}, in hex bytes"), joined(bytes, ", ", |byte| format!("{byte:02x}"))));
            forms.push((format!("{layer}, in prefixed hex bytes"), joined(bytes, ", ", |byte| format!("{byte:#04x}"))));
            for separator in [", ", ",", " "] {
                let decimal = joined(bytes, separator, |byte| byte.to_string());
                forms.push((format!("{layer}, in decimal bytes"), decimal));
            }
            for before in 0..3 {
                for engine in [STANDARD, URL_SAFE] {
                    forms.push((format!("{layer}, in base64 after {before} bytes"), inside(&engine, before, bytes)));
                }
            }
        }
        forms.iter_mut().for_each(|(_, form)| form.make_ascii_lowercase());
        forms.sort_by(|(_, one), (_, other)| one.cmp(other));
        forms.dedup_by(|(_, one), (_, other)| one == other);
        Self { name, forms }
    }

    /// The name of the secret and of each form in which `text` has it, and what stands around it.
    pub fn found_in(&self, text: &str) -> Vec<String> {
        let text = text.to_ascii_lowercase();
        let found = self.forms.iter().filter_map(|(kind, form)| text.find(form.as_str()).map(|at| (kind, form, at)));
        found
            .map(|(kind, form, at)| {
                let around = at.saturating_sub(300)..(at + form.len() + 100).min(text.len());
                format!("{}, {kind}: …{}…", self.name, String::from_utf8_lossy(&text.as_bytes()[around]))
            })
            .collect()
    }
}

/// As it stands in a form or in a URL.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// Go's encoder also escapes what means something in HTML.
fn escaped_by_go(text: &str) -> String {
    let json = serde_json::to_string(text).expect("a text is JSON");
    let json = json.trim_matches('"');
    json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

fn joined(bytes: &[u8], separator: &str, write: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(write).collect::<Vec<_>>().join(separator)
}

/// The letters that base64 has for these bytes, whatever `before` many bytes come before them and whatever follows.
fn inside(engine: &impl Engine, before: usize, bytes: &[u8]) -> String {
    let whole = [vec![0; before], bytes.to_vec()].concat();
    let letters = engine.encode(&whole);
    let (first, last) = ((before * 8).div_ceil(6), whole.len() * 8 / 6);
    letters[first..last].to_owned()
}

/// What is packed in a zip archive such as a plan file, one entry after the other, as text.
pub fn unpacked(archive: &[u8]) -> String {
    let mut texts = String::new();
    let mut rest = archive;
    while let Some(at) = rest.windows(4).position(|bytes| bytes == b"PK\x03\x04") {
        rest = &rest[at + 4..];
        let number = |at: usize| usize::from(u16::from_le_bytes([rest[at], rest[at + 1]]));
        let (method, start) = (number(4), 26 + number(22) + number(24));
        assert!([0, 8].contains(&method), "an archive packed by other means: {method}");
        // What is not packed is found in the archive itself.
        if method == 8 {
            let entry = miniz_oxide::inflate::decompress_to_vec(&rest[start..]).expect("an entry can be unpacked");
            writeln!(texts, "{}", String::from_utf8_lossy(&entry)).expect("a String takes everything");
        }
    }
    texts + &String::from_utf8_lossy(archive)
}

#[test]
fn every_form_of_a_secret_is_found_and_nothing_else() {
    let text = "hush-P@ss&\"1/é";
    let secret = Secret::new("password", text);
    let url = "hush-P%40ss%26%221%2F%C3%A9";
    let url_twice = "hush-P%2540ss%2526%25221%252F%25C3%25A9";
    let mut leaks = vec![
        text.to_owned(),
        url.to_owned(),
        url.to_lowercase(),
        url_twice.to_owned(),
        format!("{:?}", Some(text)),
        format!("{:?}", text.as_bytes()),
        format!("{:x?}", text.as_bytes()),
        format!("{:#04X?}", text.as_bytes()).replace(",\n    ", ", "),
        r#"{"password":"hush-P@ss\u0026\"1/é"}"#.to_owned(),
        "[104 117 115 104 45 80 64 115 115 38 34 49 47 195 169]".to_owned(),
    ];
    for form in [text, url, url_twice] {
        for before in ["", "?", "??", "???", "Password=", "&Password="] {
            let message = format!("{before}{form}&Region=cn-shanghai");
            leaks.push(STANDARD.encode(&message));
            leaks.push(URL_SAFE.encode(&message));
            leaks.push(message.bytes().map(|byte| format!("{byte:02X}")).collect());
        }
    }
    for leak in leaks {
        assert!(!secret.found_in(&format!("before {leak} after")).is_empty(), "{leak}");
    }
    for harmless in ["", "hush-P@ss", "***", "password = (sensitive value)", &"a".repeat(10_000)] {
        assert_eq!(secret.found_in(harmless), [""; 0], "{harmless}");
    }
}

#[test]
fn what_an_archive_holds_is_unpacked() {
    let mut archive = Vec::new();
    for (method, content) in [(8, "packed away"), (0, "as it is")] {
        let packed = miniz_oxide::deflate::compress_to_vec(content.as_bytes(), 6);
        archive.extend(b"PK\x03\x04\x14\0\x08\0");
        archive.extend([method, 0]);
        archive.extend([0; 16]);
        archive.extend(b"\x04\0\x02\0nameXX");
        archive.extend(if method == 8 { packed } else { content.into() });
        archive.extend(b"the checksum, and so on");
    }
    let texts = unpacked(&archive);
    assert!(texts.contains("packed away") && texts.contains("as it is"), "{texts}");
}
