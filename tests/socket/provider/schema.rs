//! The checks that Terraform makes when it loads a schema, some of which end in its crash.

use std::collections::BTreeSet;

use terraform_provider_smartag::value::Type;
use tfplugin_host::wire::{self, schema::nested_block::NestingMode};

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
    let capabilities = schema.server_capabilities.ok_or("no capabilities")?;
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
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
        check_name(&attribute.name, &of);
        assert!(names.insert(&attribute.name), "{of} is there twice");
        assert!(attribute.required || attribute.optional || attribute.computed, "{of} has no use");
        assert!(!(attribute.required && (attribute.optional || attribute.computed)), "{of} contradicts itself");
        assert!(attribute.nested_type.is_none() && !attribute.r#type.is_empty(), "{of} needs exactly one type");
        assert!(attribute.description.ends_with(['.', ')', '`']), "{of} is not described in sentences");
        assert!(attribute.deprecated || attribute.deprecation_message.is_empty(), "{of}");
    }
    for nested in &block.block_types {
        let of = format!("{of}.{}", nested.type_name);
        check_name(&nested.type_name, &of);
        assert!(names.insert(&nested.type_name), "{of} is there twice");
        assert!(matches!(nested.nesting(), NestingMode::Single | NestingMode::List), "{of}");
        assert_eq!((nested.min_items, nested.max_items), (0, 0), "{of}");
        check_block(nested.block.as_ref().expect(&of), &of);
    }
}

fn check_name(name: &str, of: &str) {
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    assert!(!name.is_empty() && name.chars().all(fits), "{of} is no name");
}
