//! Requests that Terraform would not send, or sends too early: each gets a diagnostic, and the process lives on.

use bytes::Bytes;
use terraform_provider_smartag::value::Value;
use tfplugin_host::wire;

use crate::Outcome;
use crate::terraform::{Planned, Stored, Terraform, alice, errors};

const USER: &str = "smartag_client_user";

fn raw(bytes: impl Into<Bytes>) -> Option<wire::DynamicValue> {
    Some(wire::DynamicValue { msgpack: bytes.into(), json: Bytes::new() })
}

#[tokio::test]
async fn an_unknown_type_is_named_together_with_those_that_exist() -> Outcome {
    let terraform = Terraform::configured().await?;
    let request = wire::read_resource::Request { type_name: "smartag_nothing".to_owned(), ..Default::default() };
    let told = errors(&terraform.client().read_resource(request).await?.into_inner().diagnostics);
    assert!(told[0].contains("smartag_nothing") && told[0].contains(USER), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_no_value_of_the_type_are_refused_and_nothing_is_called() -> Outcome {
    let terraform = Terraform::configured().await?;
    let mut nils = vec![0xdd];
    nils.extend(200_000_000_u32.to_be_bytes());
    nils.resize(200_000_005, 0xc0);
    for bytes in [vec![0xc1], vec![0x81], vec![0xa1, 0x78], vec![0x80], vec![0x81, 0xa1, 0x78, 0xc0], nils] {
        let request = wire::validate_resource_config::Request {
            type_name: USER.to_owned(),
            config: raw(bytes.clone()),
            ..Default::default()
        };
        let told = errors(&terraform.client().validate_resource_config(request).await?.into_inner().diagnostics);
        assert_eq!(told.len(), 1, "{told:?}");

        let prior = terraform.encoded(USER, &alice(&terraform, &[]));
        let request = wire::apply_resource_change::Request {
            type_name: USER.to_owned(),
            prior_state: prior.clone(),
            planned_state: raw(bytes),
            ..Default::default()
        };
        let response = terraform.client().apply_resource_change(request).await?.into_inner();
        assert_eq!(errors(&response.diagnostics).len(), 1);
        assert_eq!(response.new_state, prior, "what was not touched must stay in the state");
    }
    assert_eq!(terraform.emulator.calls().len(), 0);
    let memory = terraform.host.process().memory()?;
    assert!(memory < 1 << 30, "{memory} bytes after messages of 200 MB");
    Ok(())
}

#[tokio::test]
async fn work_before_configure_is_refused() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let config = alice(&terraform, &[("region", "cn-shanghai".into())]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    assert_eq!(errors(&planned.diagnostics), [""; 0], "planning needs no client");
    let applied = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert!(errors(&applied.diagnostics)[0].contains("not configured"));
    assert_eq!(applied.stored.state, Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_second_configure_takes_the_place_of_the_first() -> Outcome {
    let terraform = Terraform::configured().await?;
    let block = terraform.provider_block(&[("secret_key", "another-secret".into())]);
    assert_eq!(errors(&terraform.configure(block).await?), [""; 0]);
    let config = alice(&terraform, &[]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    let applied = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert!(errors(&applied.diagnostics)[0].contains("SignatureDoesNotMatch"), "{:?}", applied.diagnostics);

    assert_eq!(errors(&terraform.configure(terraform.provider_block(&[])).await?), [""; 0]);
    let applied = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert_eq!(errors(&applied.diagnostics), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn unknown_values_where_all_must_be_known_are_refused() -> Outcome {
    let terraform = Terraform::configured().await?;
    let config = alice(&terraform, &[("user_mail", Value::unknown())]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    let applied = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert!(errors(&applied.diagnostics)[0].contains("still unknown"), "{:?}", applied.diagnostics);
    assert_eq!(terraform.emulator.calls().len(), 0);
    let nothing = terraform.apply(USER, &Stored::nothing(), &Planned::destroy(), &Value::Null).await?;
    assert_eq!((errors(&nothing.diagnostics).len(), nothing.stored.state), (0, Value::Null));
    Ok(())
}
