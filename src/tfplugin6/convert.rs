//! Framework to wire and back: pure conversions.

use bytes::Bytes;

use super::wire;
use crate::framework::schema::Nested;
use crate::framework::{Block, Diagnostic, Diagnostics, Field, Parameter, Schema, Severity, Signature};
use crate::value::{Error, Path, Step, Type, Value};

/// Reads a value of type `ty`; an absent one is null. `what` names it in the error.
pub fn value(encoded: Option<wire::DynamicValue>, ty: &Type, what: &str) -> Result<Value, Diagnostics> {
    let wire::DynamicValue { msgpack, json } = encoded.unwrap_or_default();
    let value = if msgpack.is_empty() && !json.is_empty() {
        Value::from_json(&json, ty)
    } else {
        Value::from_msgpack(&msgpack, ty)
    };
    value.map_err(|error| malformed(what, &error))
}

/// Reads stored state of type `ty`.
pub fn stored(json: &[u8], ty: &Type) -> Result<Value, Diagnostics> {
    if json.is_empty() {
        return Ok(Value::Null);
    }
    Value::from_json(json, ty).map_err(|error| malformed("the stored state", &error))
}

fn malformed(what: &str, error: &Error) -> Diagnostics {
    Diagnostic::error("Malformed value", format!("Terraform sent {what} in a form that cannot be read: {error}."))
        .into()
}

/// Writes a value of type `ty`.
pub fn encoded(value: &Value, ty: &Type) -> Result<wire::DynamicValue, Diagnostics> {
    match value.to_msgpack(ty) {
        Ok(msgpack) => Ok(wire::DynamicValue { msgpack: msgpack.into(), json: Bytes::new() }),
        Err(error) => {
            let detail =
                format!("The provider made a value that does not fit its schema: {error}. Please report this.");
            Err(Diagnostic::error("Defect in the provider", detail).into())
        }
    }
}

pub fn path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;

    let step = |step: &Step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        wire::attribute_path::Step { selector: Some(selector) }
    };
    wire::AttributePath { steps: path.steps().iter().map(step).collect() }
}

pub fn diagnostics(diagnostics: Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

pub fn diagnostic(diagnostic: Diagnostic) -> wire::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.path.filter(|path| !path.is_root()).as_ref().map(path),
    }
}

pub fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema { version: schema.version, block: Some(block(&schema.block, schema.version)) }
}

fn block(block: &Block, version: i64) -> wire::schema::Block {
    let (blocks, attributes): (Vec<&Field>, _) = block.fields.iter().partition(|field| field.rule.is_block());
    wire::schema::Block {
        version,
        attributes: attributes.into_iter().map(attribute).collect(),
        block_types: blocks.into_iter().filter_map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn attribute(field: &Field) -> wire::schema::Attribute {
    // Either the type is told, or what is inside.
    let (ty, nested_type) = match &field.nested {
        Some(Nested::List(block)) => (Bytes::new(), Some(objects(block))),
        _ => (field.ty.to_json().into(), None),
    };
    wire::schema::Attribute {
        name: field.name.to_owned(),
        r#type: ty,
        nested_type,
        description: field.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
        required: field.rule.is_required(),
        optional: field.rule.is_optional(),
        computed: field.rule.is_computed(),
        sensitive: field.rule.is_sensitive(),
        write_only: field.rule.is_write_only(),
        ..Default::default()
    }
}

fn objects(block: &Block) -> wire::schema::Object {
    wire::schema::Object {
        attributes: block.fields.iter().map(attribute).collect(),
        nesting: wire::schema::object::NestingMode::List.into(),
        ..Default::default()
    }
}

fn nested_block(field: &Field) -> Option<wire::schema::NestedBlock> {
    use wire::schema::nested_block::NestingMode;
    let nested = field.nested.as_ref()?;
    let nesting = match nested {
        Nested::Block(_) => NestingMode::Single,
        Nested::List(_) => NestingMode::List,
    };
    Some(wire::schema::NestedBlock {
        type_name: field.name.to_owned(),
        block: Some(wire::schema::Block { description: field.description.clone(), ..block(nested.block(), 0) }),
        nesting: nesting.into(),
        min_items: 0,
        max_items: 0,
    })
}

pub fn function(signature: &Signature) -> wire::Function {
    let parameter = |parameter: &Parameter| wire::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: parameter.ty.to_json().into(),
        description: parameter.description.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    };
    wire::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        r#return: Some(wire::function::Return { r#type: signature.returns.to_json().into() }),
        summary: signature.summary.to_owned(),
        description: signature.description.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    }
}
