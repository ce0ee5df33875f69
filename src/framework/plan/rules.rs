//! The rules of planning that hold for every resource, each a function of values.

use crate::framework::schema::Block;
use crate::value::{Path, Value};

/// When an object is created, what only the provider can say is not known yet. (Terraform proposes null.)
pub fn mark_computed_unknown(block: &Block, config: &Value, planned: &mut Value) {
    for field in block.fields.iter().filter(|field| field.rule.is_computed()) {
        if config.attribute(field.name).is_none_or(Value::is_null) {
            planned.set_attribute(field.name, Value::unknown());
        }
    }
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
    use crate::framework::model::field;
    use crate::framework::schema::{computed, optional, optional_computed, required};

    fn block() -> Block {
        Block {
            description: String::new(),
            fields: vec![
                field::<String>("id", &[""], computed()),
                field::<String>("name", &[""], optional_computed().replace()),
                field::<String>("group", &[""], required().replace()),
                field::<String>("note", &[""], optional()),
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
