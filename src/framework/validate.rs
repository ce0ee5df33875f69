//! Checking what is written, attribute by attribute, before anything is planned.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::schema::{Block, Field, Nested, Verdict};
use crate::value::{Path, Step, Type, Value};

/// Longest value quoted back to the user, in characters.
const LONGEST_QUOTE: usize = 80;

/// The verdicts of every attribute's checks on a configuration. Unknown values are left alone: they are checked again
/// once they are known.
pub fn check_block(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_fields(block, config, &Path::root(), &mut diagnostics);
    diagnostics
}

/// Whether there is nothing in a text that must have something in it.
pub(super) fn is_empty_text(field: &Field, value: &Value) -> bool {
    field.ty == Type::String && !field.rule.is_empty_kept() && *value == Value::from("")
}

fn check_fields(block: &Block, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for field in &block.fields {
        let Some(value) = config.attribute(field.name) else { continue };
        let path = path.clone().child(Step::Attribute(field.name.to_owned()));
        match &field.nested {
            Some(Nested::Block(nested)) => check_fields(nested, value, &path, diagnostics),
            Some(Nested::Blocks(nested)) => check_blocks(nested, value, &path, diagnostics),
            Some(Nested::List(_)) | None => check_attribute(field, value, &path, diagnostics),
        }
    }
}

fn check_blocks(block: &Block, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let Value::List(elements) = value else { return };
    for (index, element) in (0..).zip(elements) {
        check_fields(block, element, &path.clone().child(Step::Index(index)), diagnostics);
    }
}

fn check_attribute(field: &Field, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if value.is_null() || value.is_unknown() {
        return;
    }
    if is_empty_text(field, value) {
        let wanted = if field.rule.is_required() {
            "some text"
        } else {
            "some text, or null (or no such line) where it is not meant to be set"
        };
        diagnostics.push(refused(field, value, path, wanted));
        return;
    }
    for verdict in field.rule.verdicts(value) {
        match verdict {
            Verdict::Good => {}
            Verdict::Refused(wanted) => diagnostics.push(refused(field, value, path, &wanted)),
            Verdict::Doubtful(note) => {
                let summary = format!("Questionable value for {path}");
                let detail = format!("{path} is {}: {note}.", quoted(field, value));
                diagnostics.push(placed(field, path, Diagnostic::warning(summary, detail)));
            }
        }
    }
}

fn refused(field: &Field, value: &Value, path: &Path, wanted: &str) -> Diagnostic {
    let detail = format!("{path} is {}. Wanted: {wanted}.", quoted(field, value));
    placed(field, path, Diagnostic::error(format!("Invalid value for {path}"), detail))
}

/// A sensitive attribute is named in words only: Terraform would print the line a path points at.
fn placed(field: &Field, path: &Path, diagnostic: Diagnostic) -> Diagnostic {
    if field.rule.is_sensitive() { diagnostic } else { diagnostic.at(path.clone()) }
}

fn quoted(field: &Field, value: &Value) -> String {
    if field.rule.is_sensitive() {
        return match value {
            Value::String(text) if text.is_empty() => "an empty text".to_owned(),
            _ => "not acceptable as it was given (it is sensitive and not shown)".to_owned(),
        };
    }
    match value {
        Value::String(text) if text.chars().count() > LONGEST_QUOTE => {
            format!("{:?}…", text.chars().take(LONGEST_QUOTE).collect::<String>())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Set(elements) | Value::List(elements) if elements.is_empty() => "empty".to_owned(),
        _ => "not acceptable as it was given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::checks;
    use crate::framework::model::{Attr, field};
    use crate::framework::schema::{optional, required};
    use crate::secret::Secret;

    fn block() -> Block {
        Block {
            description: String::new(),
            fields: vec![
                field::<Attr<u32>>("rate", &[""], required().check(checks::whole_number(1..=10, "Kbit/s"))),
                field::<Attr<String>>("name", &[""], optional()),
                field::<Attr<Secret>>("password", &[""], optional().sensitive().check(checks::characters(8..=32))),
            ],
        }
    }

    fn told(attribute: &str, value: Value) -> Vec<(String, Option<Path>)> {
        let config = Value::object([(attribute, value)]);
        check_block(&block(), &config).into_iter().map(|told| (told.detail, told.path)).collect()
    }

    #[test]
    fn a_bad_value_is_named_quoted_and_told_what_is_wanted() {
        let (detail, path) = told("rate", 11.into()).remove(0);
        assert_eq!(detail, "rate is 11. Wanted: a whole number from 1 to 10 (Kbit/s).");
        assert_eq!(path, Some(Path::attribute("rate")));
        let (detail, _) = told("name", "".into()).remove(0);
        assert!(detail.contains("or null"), "{detail}");
    }

    #[test]
    fn a_sensitive_value_is_neither_quoted_nor_pointed_at() {
        let (detail, path) = told("password", "hunter2".into()).remove(0);
        assert!(!detail.contains("hunter2") && detail.contains("8 to 32"), "{detail}");
        assert_eq!(path, None);
    }

    #[test]
    fn blocks_in_a_list_are_checked_one_by_one() {
        let rate = field::<Attr<u32>>("rate", &[""], required().check(checks::whole_number(1..=10, "Kbit/s")));
        let inner = Block { description: String::new(), fields: vec![rate] };
        let outer = Field {
            name: "limit",
            description: String::new(),
            ty: Type::list_of(inner.ty()),
            rule: crate::framework::schema::block(),
            nested: Some(Nested::Blocks(inner)),
        };
        let block = Block { description: String::new(), fields: vec![outer] };
        let limit = |rate: i64| Value::object([("rate", rate.into())]);
        let config = Value::object([("limit", Value::List(vec![limit(5), limit(11)]))]);
        let told: Vec<_> = check_block(&block, &config).into_iter().map(|told| told.detail).collect();
        assert_eq!(told, ["limit[1].rate is 11. Wanted: a whole number from 1 to 10 (Kbit/s)."]);
        assert!(check_block(&block, &Value::object([("limit", Value::unknown())])).is_empty());
    }

    #[test]
    fn null_and_unknown_pass() {
        for value in [Value::Null, Value::unknown()] {
            assert_eq!(told("rate", value.clone()), []);
            assert_eq!(told("password", value), []);
        }
    }
}
