//! The checks that Terraform makes when it loads a schema, some of which end in its crash.

use std::collections::{BTreeMap, BTreeSet};

use terraform_provider_smartag::value::Type;
use tfplugin_host::wire::{
    self,
    schema::{nested_block::NestingMode, object},
};

use crate::Outcome;
use crate::terraform::{Terraform, object_type};

#[tokio::test]
async fn every_schema_passes_the_checks_of_terraform() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let request = wire::get_provider_schema::Request {};
    let schema = terraform.client().get_provider_schema(request).await?.into_inner();
    check(schema.provider.as_ref().ok_or("no provider schema")?, "provider");
    for (name, resource) in &schema.resource_schemas {
        assert!(name.starts_with("smartag_"), "{name}");
        check(resource, name);
    }
    let names: BTreeSet<_> = schema.resource_schemas.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["smartag_client_user", "smartag_kick_clients"]));
    for (name, source) in &schema.data_source_schemas {
        assert!(source.block.as_ref().is_some_and(|block| block.block_types.is_empty()), "{name} has a block");
        check(source, name);
    }
    let names: BTreeSet<_> = schema.data_source_schemas.keys().map(String::as_str).collect();
    let expected =
        ["smartag_client_user", "smartag_client_users", "smartag_instances", "smartag_online_clients"].into_iter();
    assert_eq!(names, expected.collect());
    let capabilities = schema.server_capabilities.ok_or("no capabilities")?;
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    Ok(())
}

#[tokio::test]
async fn every_function_passes_the_checks_of_terraform() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let mut client = terraform.client();
    let alone = client.get_functions(wire::get_functions::Request {}).await?.into_inner().functions;
    let schema = client.get_provider_schema(wire::get_provider_schema::Request {}).await?.into_inner();
    assert_eq!(schema.functions, alone, "both calls tell the same");

    let mut signatures = BTreeMap::new();
    for (name, function) in &alone {
        check_name(name, name);
        assert!(function.summary.ends_with('.') && function.description.ends_with('.'), "{name} is not described");
        let mut parameters = Vec::new();
        for parameter in &function.parameters {
            let of = format!("{name}.{}", parameter.name);
            check_name(&parameter.name, &of);
            assert!(parameter.description.ends_with('.'), "{of} is not described in sentences");
            assert!(!parameter.allow_null_value && !parameter.allow_unknown_values, "{of}");
            parameters.push((parameter.name.as_str(), Type::from_json(&parameter.r#type)?));
        }
        assert!(function.variadic_parameter.is_none(), "{name}");
        let returns = Type::from_json(&function.r#return.as_ref().ok_or("no return type")?.r#type)?;
        signatures.insert(name.as_str(), (parameters, returns));
    }
    let parts = Type::object([("sag_id", Type::String), ("user_name", Type::String)]);
    let expected = [
        ("client_user_id", (vec![("sag_id", Type::String), ("user_name", Type::String)], Type::String)),
        ("parse_client_user_id", (vec![("id", Type::String)], parts)),
    ];
    assert_eq!(signatures, BTreeMap::from(expected));
    Ok(())
}

fn check(schema: &wire::Schema, of: &str) {
    assert!(schema.version >= 0, "{of}");
    let Type::Object(_) = object_type(schema) else { panic!("{of}: no object") };
    check_block(schema.block.as_ref().expect(of), of);
}

fn check_block(block: &wire::schema::Block, of: &str) {
    assert!(!block.description.is_empty(), "{of} has no description");
    let mut names = BTreeSet::new();
    for attribute in &block.attributes {
        let of = format!("{of}.{}", attribute.name);
        assert!(names.insert(&attribute.name), "{of} is there twice");
        check_attribute(attribute, &of);
    }
    for nested in &block.block_types {
        let of = format!("{of}.{}", nested.type_name);
        check_name(&nested.type_name, &of);
        assert!(names.insert(&nested.type_name), "{of} is there twice");
        assert_eq!(nested.nesting(), NestingMode::Single, "{of}");
        assert_eq!((nested.min_items, nested.max_items), (0, 0), "{of}");
        check_block(nested.block.as_ref().expect(&of), &of);
    }
}

fn check_attribute(attribute: &wire::schema::Attribute, of: &str) {
    check_name(&attribute.name, of);
    assert!(attribute.required || attribute.optional || attribute.computed, "{of} has no use");
    assert!(!(attribute.required && (attribute.optional || attribute.computed)), "{of} contradicts itself");
    assert_eq!(attribute.nested_type.is_none(), !attribute.r#type.is_empty(), "{of} needs exactly one type");
    assert!(attribute.description.ends_with(['.', ')', '`']), "{of} is not described in sentences");
    assert!(attribute.deprecated || attribute.deprecation_message.is_empty(), "{of}");
    let Some(nested) = &attribute.nested_type else { return };
    assert_ne!(nested.nesting(), object::NestingMode::Invalid, "{of}");
    let mut names = BTreeSet::new();
    for inner in &nested.attributes {
        let of = format!("{of}.{}", inner.name);
        assert!(names.insert(&inner.name), "{of} is there twice");
        let computed_alone = |attribute: &wire::schema::Attribute| attribute.computed && !attribute.optional;
        assert_eq!(computed_alone(inner), computed_alone(attribute), "{of} can be written, or not, as its list can");
        check_attribute(inner, &of);
    }
}

fn check_name(name: &str, of: &str) {
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    assert!(!name.is_empty() && name.chars().all(fits), "{of} is no name");
}
