//! What the recorder offers.

use terraform_provider_smartag::tfplugin6::wire;
use terraform_provider_smartag::value::{Error, Type};
use wire::schema::nested_block::NestingMode;

/// The type of `value` in `recorder_NAME`.
const VALUES: &[(&str, &str)] = &[
    ("string", r#""string""#),
    ("number", r#""number""#),
    ("bool", r#""bool""#),
    ("dynamic", r#""dynamic""#),
    ("list", r#"["list","string"]"#),
    ("number_list", r#"["list","number"]"#),
    ("set", r#"["set","string"]"#),
    ("number_set", r#"["set","number"]"#),
    ("bool_set", r#"["set","bool"]"#),
    ("object_set", r#"["set",["object",{"name":"string","size":"number"}]]"#),
    ("list_set", r#"["set",["list","string"]]"#),
    ("map", r#"["map","string"]"#),
    ("set_map", r#"["map",["set","string"]]"#),
    ("object", r#"["object",{"any":"dynamic","flag":"bool","name":"string","sizes":["list","number"]}]"#),
    ("tuple", r#"["tuple",["string","number",["map","bool"]]]"#),
    ("deep", r#"["list",["map",["object",{"pair":["tuple",["string",["set","string"]]]}]]]"#),
];

/// The blocks of `recorder_blocks`, each with a `name` and a `size`.
const BLOCKS: &[(&str, NestingMode)] = &[
    ("group", NestingMode::Group),
    ("list", NestingMode::List),
    ("map", NestingMode::Map),
    ("set", NestingMode::Set),
    ("single", NestingMode::Single),
];

/// The answer to the first question of all.
pub fn provider() -> wire::get_provider_schema::Response {
    let values = VALUES.iter().map(|(name, ty)| {
        let attributes = vec![attribute("case", r#""string""#), attribute("value", ty)];
        (format!("recorder_{name}"), schema(wire::schema::Block { attributes, ..Default::default() }))
    });
    let block_types = BLOCKS.iter().map(|(name, nesting)| {
        let attributes = vec![attribute("name", r#""string""#), attribute("size", r#""number""#)];
        wire::schema::NestedBlock {
            type_name: (*name).to_owned(),
            block: Some(wire::schema::Block { attributes, ..Default::default() }),
            nesting: (*nesting).into(),
            ..Default::default()
        }
    });
    let attributes = vec![attribute("case", r#""string""#)];
    let blocks = schema(wire::schema::Block { attributes, block_types: block_types.collect(), ..Default::default() });
    wire::get_provider_schema::Response {
        provider: Some(schema(wire::schema::Block::default())),
        resource_schemas: values.chain([("recorder_blocks".to_owned(), blocks)]).collect(),
        ..Default::default()
    }
}

/// The type of a resource's objects.
///
/// # Errors
/// When there is no such resource.
pub fn resource_type(resource: &str) -> Result<Type, Error> {
    if resource == "recorder_blocks" {
        let content = Type::object([("name", Type::String), ("size", Type::Number)]);
        let blocks = BLOCKS.iter().map(|(name, nesting)| match nesting {
            NestingMode::List => (*name, Type::list_of(content.clone())),
            NestingMode::Set => (*name, Type::set_of(content.clone())),
            NestingMode::Map => (*name, Type::map_of(content.clone())),
            _ => (*name, content.clone()),
        });
        return Ok(Type::object(blocks.chain([("case", Type::String)])));
    }
    let value = VALUES.iter().find(|(name, _)| resource.strip_prefix("recorder_") == Some(*name));
    let (_, ty) = value.ok_or_else(|| Error::new("no such resource"))?;
    Ok(Type::object([("case", Type::String), ("value", Type::from_json(ty.as_bytes())?)]))
}

fn schema(block: wire::schema::Block) -> wire::Schema {
    wire::Schema { version: 0, block: Some(block) }
}

fn attribute(name: &str, ty: &str) -> wire::schema::Attribute {
    wire::schema::Attribute {
        name: name.to_owned(),
        r#type: ty.as_bytes().to_vec().into(),
        optional: true,
        ..Default::default()
    }
}
