//! One line of hclog.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::Level;

use super::fields::Fields;
use crate::plugin::Identity;

/// Hosts read lines of at most 64 KiB, and cut a longer one into pieces that are no JSON.
const LONGEST: usize = 64 << 10;

const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Everything that goes into one line.
pub(super) struct Line<'a> {
    pub identity: &'a Identity,
    /// In UTC.
    pub now: OffsetDateTime,
    pub level: Level,
    pub target: &'a str,
    pub fields: Fields,
}

impl Line<'_> {
    /// The JSON object and its line end, less than 64 KiB in all: long texts are cut until it fits.
    pub fn render(&self) -> String {
        let mut limit = LONGEST / 2;
        loop {
            let line = self.render_within(limit);
            if line.len() < LONGEST || limit == 0 {
                return line;
            }
            limit /= 2;
        }
    }

    /// With no text longer than `limit` bytes.
    fn render_within(&self, limit: usize) -> String {
        let mut object: Map<String, Value> =
            self.fields.others.iter().map(|(key, value)| (key.clone(), cut_value(value, limit))).collect();
        object.insert("tf_provider_addr".to_owned(), self.identity.address.into());
        object.insert("tf_proto_version".to_owned(), self.identity.protocol.to_string().into());
        // These four must be texts: the host crashes on anything else.
        let timestamp = self.now.format(TIMESTAMP).expect("a date always has all of these parts");
        object.insert("@timestamp".to_owned(), timestamp.into());
        object.insert("@level".to_owned(), self.level.as_str().to_lowercase().into());
        object.insert("@module".to_owned(), self.module().into());
        object.insert("@message".to_owned(), cut(&self.fields.message, limit).into());
        format!("{}\n", Value::Object(object))
    }

    /// The plugin's name and the room of the house that speaks, as in `smartag.alibaba`.
    fn module(&self) -> String {
        match self.target.split("::").nth(1) {
            Some(room) => format!("{}.{room}", self.identity.name),
            None => self.identity.name.to_owned(),
        }
    }
}

fn cut_value(value: &Value, limit: usize) -> Value {
    match value {
        Value::String(text) => cut(text, limit).into(),
        other => other.clone(),
    }
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}... ({} bytes)", &text[..end], text.len())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const IDENTITY: Identity =
        Identity { name: "tree", address: "registry.example/forest/tree", aliases: &[], version: "1.2.3", protocol: 6 };

    fn line(message: &str, others: &[(&str, Value)]) -> String {
        let others = others.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let fields = Fields { message: message.to_owned(), others };
        let now = datetime!(2026-01-02 03:04:05.006_007 UTC);
        Line { identity: &IDENTITY, now, level: Level::WARN, target: "tree::soil::water", fields }.render()
    }

    fn object(line: &str) -> Value {
        serde_json::from_str(line).expect(line)
    }

    #[test]
    fn a_line_has_what_hclog_wants_and_the_fields() {
        let line = line("two\nlines", &[("tf_rpc", "ReadResource".into()), ("tf_req_duration_ms", 7.into())]);
        assert_eq!(
            object(&line),
            serde_json::json!({
                "@timestamp": "2026-01-02T03:04:05.006007Z",
                "@level": "warn",
                "@module": "tree.soil",
                "@message": "two\nlines",
                "tf_provider_addr": "registry.example/forest/tree",
                "tf_proto_version": "6",
                "tf_rpc": "ReadResource",
                "tf_req_duration_ms": 7,
            })
        );
        assert!(line.ends_with("}\n") && line.lines().count() == 1, "{line}");
    }

    #[test]
    fn a_long_line_is_cut_and_stays_json_whatever_it_is_made_of() {
        for text in ["a".repeat(1 << 20), "\u{1}".repeat(1 << 20), "\u{1f332}".repeat(1 << 18)] {
            let line = line(&text, &[("one", text.as_str().into()), ("two", text.as_str().into())]);
            assert!(line.len() < LONGEST, "{}", line.len());
            let cut = object(&line)["@message"].as_str().expect("a text").to_owned();
            assert!(cut.ends_with("... (1048576 bytes)"), "{}", &cut[cut.len() - 30..]);
            assert!(cut.len() > 1_000, "no more is cut than is needed: {}", cut.len());
        }
    }
}
