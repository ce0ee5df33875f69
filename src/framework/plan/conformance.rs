//! Terraform's own rules about plans and results, stated again.
//!
//! Terraform refuses a plan or a result that breaks them, and the user reads of a bug in the provider. A build with
//! debug assertions checks every plan and every apply against them, so that every test does.

use crate::framework::schema::{Block, Field, Nested};
use crate::value::{Path, Step, Value};

/// What is wrong with a plan: it must be the configuration, the prior value in its place, or computed.
pub fn plan_violations(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    plan_object(block, prior, config, planned, &Path::root(), &mut violations);
    violations
}

fn plan_object(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &Path, out: &mut Vec<String>) {
    for field in &block.fields {
        let path = path.clone().child(Step::Attribute(field.name.to_owned()));
        let part = |object: &Value| object.attribute(field.name).cloned().unwrap_or(Value::Null);
        let (prior, config) = (part(prior), part(config));
        let Some(planned) = planned.attribute(field.name) else {
            out.push(format!("{path} is missing in the plan"));
            continue;
        };
        match &field.nested {
            Some(Nested::Block(nested)) => plan_block(nested, &prior, &config, planned, &path, out),
            Some(Nested::List(_) | Nested::Blocks(_)) | None => {
                plan_attribute(field, &prior, &config, planned, &path, out)
            }
        }
    }
}

fn plan_block(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &Path, out: &mut Vec<String>) {
    if config.is_unknown() || config.is_null() {
        if config.is_unknown() != planned.is_unknown() || config.is_null() != planned.is_null() {
            out.push(format!("the block {path} is not planned as it is written"));
        }
    } else {
        plan_object(block, prior, config, planned, path, out);
    }
}

fn plan_attribute(field: &Field, prior: &Value, config: &Value, planned: &Value, path: &Path, out: &mut Vec<String>) {
    if field.rule.is_write_only() {
        if !planned.is_null() {
            out.push(format!("{path} is write-only and must not be planned"));
        }
        return;
    }
    let free = field.rule.is_computed() && config.is_null();
    let kept = !prior.is_null() && !config.is_null() && planned == prior;
    let as_written = if config.is_unknown() { planned.is_unknown() } else { planned == config };
    if !(free || kept || as_written) {
        out.push(format!("the planned value of {path} is neither what is written nor what it was"));
    }
}

/// What is wrong with a result: it must be known, and all that was planned and known must have come true.
pub fn result_violations(planned: &Value, result: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    if planned.is_null() != result.is_null() {
        violations.push("an object came or went against the plan".to_owned());
    } else {
        compatible(planned, result, &Path::root(), &mut violations);
        if !result.is_wholly_known() {
            violations.push("a value is still unknown after apply".to_owned());
        }
    }
    violations
}

fn compatible(planned: &Value, result: &Value, path: &Path, out: &mut Vec<String>) {
    match (planned, result) {
        (Value::Unknown(_), _) => {}
        (Value::List(planned), Value::List(result)) if planned.len() == result.len() => {
            for (index, (planned, result)) in (0_i64..).zip(planned.iter().zip(result)) {
                compatible(planned, result, &path.clone().child(Step::Index(index)), out);
            }
        }
        // Unknown elements may turn out equal to others, so a set may shrink; what is known must be there.
        (Value::Set(planned), Value::Set(result)) => {
            let lost = planned.iter().any(|element| element.is_wholly_known() && !result.contains(element));
            let grown = result.len() > planned.len();
            if lost || grown {
                out.push(format!("{path} has other elements than planned"));
            }
        }
        (Value::Map(planned), Value::Map(result)) if planned.keys().eq(result.keys()) => {
            for ((key, planned), result) in planned.iter().zip(result.values()) {
                compatible(planned, result, &path.clone().child(Step::Attribute(key.clone())), out);
            }
        }
        (planned, result) if planned == result => {}
        _ => out.push(format!("{path} is not what was planned")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::{Attr, field};
    use crate::framework::schema::{computed, optional, optional_computed};

    fn block() -> Block {
        Block {
            description: String::new(),
            fields: vec![
                field::<Attr<String>>("id", &[""], computed()),
                field::<Attr<String>>("name", &[""], optional_computed()),
                field::<Attr<String>>("note", &[""], optional()),
            ],
        }
    }

    fn object(id: Value, name: Value, note: Value) -> Value {
        Value::object([("id", id), ("name", name), ("note", note)])
    }

    #[test]
    fn a_plan_is_what_is_written_what_it_was_or_computed() {
        let (null, unknown) = (|| Value::Null, Value::unknown);
        let prior = object("1".into(), "n".into(), "a".into());
        for (config, planned, valid) in [
            (object(null(), null(), null()), object(unknown(), unknown(), null()), true),
            (object(null(), null(), null()), object("2".into(), "other".into(), null()), true),
            (object(null(), "m".into(), "b".into()), object("1".into(), "m".into(), "b".into()), true),
            (object(null(), "m".into(), "b".into()), object("1".into(), "n".into(), "a".into()), true),
            (object(null(), unknown(), unknown()), object(unknown(), unknown(), unknown()), true),
            (object(null(), "m".into(), null()), object("1".into(), "x".into(), null()), false),
            (object(null(), "m".into(), null()), object("1".into(), unknown(), null()), false),
            (object(null(), null(), null()), object("1".into(), null(), unknown()), false),
            (object(null(), null(), null()), object("1".into(), null(), "a".into()), false),
            (object(null(), null(), "b".into()), Value::object([("id", null())]), false),
        ] {
            let violations = plan_violations(&block(), &prior, &config, &planned);
            assert_eq!(violations.is_empty(), valid, "{config:?} {planned:?}: {violations:?}");
        }
    }

    #[test]
    fn a_result_keeps_every_known_value_of_the_plan() {
        let set = |names: &[&str]| Value::set(names.iter().map(|name| Value::from(*name)).collect());
        let half_known = Value::set(vec!["a".into(), Value::unknown()]);
        for (planned, result, valid) in [
            (object(Value::unknown(), "n".into(), Value::Null), object("1".into(), "n".into(), Value::Null), true),
            (object(Value::unknown(), "n".into(), Value::Null), object("1".into(), "m".into(), Value::Null), false),
            (object("1".into(), "n".into(), Value::Null), object("1".into(), "n".into(), "x".into()), false),
            (
                object(Value::unknown(), "n".into(), Value::Null),
                object(Value::unknown(), "n".into(), Value::Null),
                false,
            ),
            (half_known.clone(), set(&["a", "b"]), true),
            (half_known.clone(), set(&["a"]), true),
            (half_known.clone(), set(&["b", "c"]), false),
            (half_known, set(&["a", "b", "c"]), false),
            (Value::Null, Value::Null, true),
            (set(&[]), Value::Null, false),
        ] {
            let violations = result_violations(&planned, &result);
            assert_eq!(violations.is_empty(), valid, "{planned:?} {result:?}: {violations:?}");
        }
    }
}
