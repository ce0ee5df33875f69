//! The rules of planning that hold for every resource, each a function of values.

use crate::framework::schema::Block;
use crate::value::{Path, Value};

/// Where nothing is written, the default is planned.
pub fn apply_defaults(block: &Block, config: &Value, planned: &mut Value) {
    for field in &block.fields {
        if let Some(default) = field.rule.default_value().filter(|_| !is_written(config, field.name)) {
            planned.set_attribute(field.name, default.clone());
        }
    }
}

/// Write-only values are in the configuration only. (Terraform proposes them, and refuses a plan that keeps them.)
pub fn drop_write_only(block: &Block, planned: &mut Value) {
    for field in block.fields.iter().filter(|field| field.rule.is_write_only()) {
        planned.set_attribute(field.name, Value::Null);
    }
}

/// When an object is created, what only the provider can say is not known yet. (Terraform proposes null.)
pub fn mark_computed_unknown(block: &Block, config: &Value, planned: &mut Value) {
    for field in block.fields.iter().filter(|field| field.rule.is_computed() && field.rule.default_value().is_none()) {
        if !is_written(config, field.name) {
            planned.set_attribute(field.name, Value::unknown());
        }
    }
}

/// When an update changes anything, what any change may change is not known yet; when nothing changes, it stays.
pub fn mark_volatile_unknown(block: &Block, prior: &Value, config: &Value, planned: &mut Value) {
    if planned == prior {
        return;
    }
    for field in block.fields.iter().filter(|field| field.rule.is_volatile() && !is_written(config, field.name)) {
        planned.set_attribute(field.name, Value::unknown());
    }
}

fn is_written(config: &Value, name: &str) -> bool {
    config.attribute(name).is_some_and(|value| !value.is_null())
}

/// The attributes whose planned change makes a new object: those declared so that differ from the prior state.
pub fn requires_replace(block: &Block, prior: &Value, planned: &Value) -> Vec<Path> {
    if prior.is_null() || planned.is_null() {
        return Vec::new();
    }
    block
        .fields
        .iter()
        .filter(|field| field.rule.replaces() && prior.attribute(field.name) != planned.attribute(field.name))
        .map(|field| Path::attribute(field.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::{Attr, WriteOnly, field};
    use crate::framework::schema::{computed, optional, optional_computed, required};

    fn block() -> Block {
        Block {
            description: String::new(),
            fields: vec![
                field::<Attr<String>>("id", &[""], computed()),
                field::<Attr<String>>("name", &[""], optional_computed().replace()),
                field::<Attr<String>>("group", &[""], required().replace()),
                field::<Attr<String>>("note", &[""], optional()),
            ],
        }
    }

    fn object(id: Value, name: Value, group: Value, note: Value) -> Value {
        Value::object([("id", id), ("name", name), ("group", group), ("note", note)])
    }

    #[test]
    fn only_computed_attributes_without_configuration_become_unknown() {
        let null = || Value::Null;
        for (config, planned) in [
            (
                object(null(), null(), "g".into(), null()),
                object(Value::unknown(), Value::unknown(), "g".into(), null()),
            ),
            (object(null(), "n".into(), "g".into(), null()), object(Value::unknown(), "n".into(), "g".into(), null())),
        ] {
            let mut proposed = config.clone();
            mark_computed_unknown(&block(), &config, &mut proposed);
            assert_eq!(proposed, planned);
        }
    }

    #[test]
    fn a_default_is_planned_only_where_nothing_is_written() {
        let size = field::<Attr<String>>("size", &[""], optional_computed().default("small"));
        let block = Block { description: String::new(), fields: vec![size] };
        for (config, proposed, planned) in [
            (Value::Null, Value::Null, "small".into()),
            (Value::Null, "large".into(), "small".into()),
            ("large".into(), "large".into(), "large".into()),
            (Value::unknown(), Value::unknown(), Value::unknown()),
        ] {
            let config = Value::object([("size", config)]);
            let mut edited = Value::object([("size", proposed)]);
            apply_defaults(&block, &config, &mut edited);
            mark_computed_unknown(&block, &config, &mut edited);
            assert_eq!(edited, Value::object([("size", planned)]), "{config:?}");
        }
    }

    #[test]
    fn a_write_only_value_is_never_planned() {
        let fields = vec![
            field::<WriteOnly<String>>("token", &[""], optional()),
            field::<Attr<String>>("note", &[""], optional()),
        ];
        let block = Block { description: String::new(), fields };
        for token in [Value::Null, Value::unknown(), "secret".into()] {
            let mut planned = Value::object([("token", token), ("note", "n".into())]);
            drop_write_only(&block, &mut planned);
            assert_eq!(planned, Value::object([("token", Value::Null), ("note", "n".into())]));
        }
    }

    #[test]
    fn what_any_change_may_change_is_unknown_only_if_something_changes() {
        let fields = vec![
            field::<Attr<String>>("revision", &[""], computed().volatile()),
            field::<Attr<String>>("note", &[""], optional()),
        ];
        let block = Block { description: String::new(), fields };
        let object = |revision: Value, note: &str| Value::object([("revision", revision), ("note", note.into())]);
        let prior = object("1".into(), "a");
        for (note, revision) in [("a", "1".into()), ("b", Value::unknown())] {
            let mut planned = object("1".into(), note);
            mark_volatile_unknown(&block, &prior, &object(Value::Null, note), &mut planned);
            assert_eq!(planned, object(revision, note));
        }
    }

    #[test]
    fn what_replaces_is_what_differs_and_is_declared_so() {
        let prior = object("1".into(), "n".into(), "g".into(), "x".into());
        for (planned, paths) in [
            (prior.clone(), vec![]),
            (object("2".into(), "n".into(), "g".into(), "y".into()), vec![]),
            (object("1".into(), Value::unknown(), "g".into(), Value::Null), vec!["name"]),
            (object("1".into(), "m".into(), "h".into(), "x".into()), vec!["name", "group"]),
            (Value::Null, vec![]),
        ] {
            let paths: Vec<Path> = paths.into_iter().map(Path::attribute).collect();
            assert_eq!(requires_replace(&block(), &prior, &planned), paths, "{planned:?}");
        }
        assert_eq!(requires_replace(&block(), &Value::Null, &prior), []);
    }
}
