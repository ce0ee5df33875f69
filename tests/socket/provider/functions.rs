//! The functions, on a provider that is never configured, as core calls them.

use bytes::Bytes;
use terraform_provider_smartag::value::{Type, Value};
use tfplugin_host::wire;

use crate::Outcome;
use crate::terraform::{Terraform, decoded, encoded};

const MAKE: &str = "client_user_id";
const PARSE: &str = "parse_client_user_id";

fn text(text: &str) -> wire::DynamicValue {
    encoded(&text.into(), &Type::String)
}

fn parts() -> Type {
    Type::object([("sag_id", Type::String), ("user_name", Type::String)])
}

#[tokio::test]
async fn an_id_is_made_and_taken_apart() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let made = terraform.call(MAKE, vec![text("sag-abc123"), text("alice.w")]).await?;
    assert_eq!((made.error, decoded(made.result.clone(), &Type::String)?), (None, "sag-abc123:alice.w".into()));
    let parsed = terraform.call(PARSE, vec![made.result.ok_or("no result")?]).await?;
    let expected = Value::object([("sag_id", Value::from("sag-abc123")), ("user_name", "alice.w".into())]);
    assert_eq!((parsed.error, decoded(parsed.result, &parts())?), (None, expected));
    assert_eq!(terraform.emulator.calls().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_bad_argument_is_pointed_at_named_and_quoted() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    for (function, arguments, position, expected) in [
        (MAKE, vec!["", "alice.w"], 0, "sag_id is \"\". Wanted: "),
        (MAKE, vec!["cn-shanghai:sag-abc123", "alice.w"], 0, "sag_id is \"cn-shanghai:sag-abc123\". Wanted: "),
        (MAKE, vec!["sag-abc123", ""], 1, "user_name is \"\". Wanted: "),
        (PARSE, vec!["sag-abc123"], 0, "id is \"sag-abc123\". Wanted: "),
        (PARSE, vec!["cn-shanghai:sag-abc123:alice.w"], 0, "id is \"cn-shanghai:sag-abc123:alice.w\". Wanted: "),
    ] {
        let response = terraform.call(function, arguments.iter().map(|argument| text(argument)).collect()).await?;
        assert_eq!(response.result, None);
        let error = response.error.ok_or("no error")?;
        assert_eq!(error.function_argument, Some(position), "{error:?}");
        assert!(error.text.starts_with(expected), "{error:?}");
        assert!(!error.text.ends_with('.'), "Terraform adds a full stop: {error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn null_unknown_and_nothing_at_all_are_errors_of_their_argument() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let json = wire::DynamicValue { msgpack: Bytes::new(), json: Bytes::from_static(b"null") };
    for bad in [
        encoded(&Value::Null, &Type::String),
        encoded(&Value::unknown(), &Type::String),
        wire::DynamicValue::default(),
        json,
    ] {
        for (function, arguments, position, name) in [
            (MAKE, vec![bad.clone(), text("alice.w")], 0, "sag_id"),
            (MAKE, vec![text("sag-abc123"), bad.clone()], 1, "user_name"),
            (PARSE, vec![bad.clone()], 0, "id"),
        ] {
            let error = terraform.call(function, arguments).await?.error.ok_or("no error")?;
            assert_eq!(error.function_argument, Some(position), "{error:?}");
            assert!(error.text.contains(name) && error.text.contains("not null"), "{error:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn arguments_may_come_as_json_and_must_be_texts() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let json = |text: &'static [u8]| wire::DynamicValue { msgpack: Bytes::new(), json: Bytes::from_static(text) };
    let made = terraform.call(MAKE, vec![json(b"\"sag-abc123\""), text("alice.w")]).await?;
    assert_eq!(decoded(made.result, &Type::String)?, "sag-abc123:alice.w".into());

    let error = terraform.call(MAKE, vec![text("sag-abc123"), json(b"[]")]).await?.error.ok_or("no error")?;
    assert_eq!(error.function_argument, Some(1), "{error:?}");
    assert!(error.text.contains("string"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn too_few_too_many_and_another_function_are_errors_of_the_call() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    for (function, arguments, expected) in [
        (MAKE, vec![text("sag-abc123")], "takes 2 arguments"),
        (PARSE, vec![text("a:b"), text("c")], "takes 1 argument"),
        ("client_user", vec![], "no function \"client_user\""),
    ] {
        let error = terraform.call(function, arguments).await?.error.ok_or("no error")?;
        assert_eq!(error.function_argument, None, "{error:?}");
        assert!(error.text.contains(expected), "{error:?}");
    }
    Ok(())
}
