//! Accounts that move in from alicloud's resource.

use smartag_emulator::{DEFAULT_INSTANCE, NewUser, Outside};
use terraform_provider_smartag::value::Value;
use tfplugin_host::wire;

use crate::Outcome;
use crate::terraform::{Stored, Terraform, alice, decoded, errors, texts};

const USER: &str = "smartag_client_user";

#[tokio::test]
async fn an_account_moves_in_on_an_unconfigured_provider_and_then_plans_no_change() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let mut user = NewUser::new(DEFAULT_INSTANCE, "alice.w");
    user.user_mail = Some("alice@example.com".to_owned());
    terraform.emulator.outside(Outside::AddUser(user))?;
    let state = format!(
        r#"{{"bandwidth":2000,"client_ip":"","id":"{DEFAULT_INSTANCE}:alice.w","kms_encrypted_password":null,
            "kms_encryption_context":null,"password":"alices-secret","sag_id":"{DEFAULT_INSTANCE}",
            "user_mail":"alice@example.com","user_name":"alice.w"}}"#
    );
    let request = wire::move_resource_state::Request {
        source_provider_address: "registry.terraform.io/aliyun/alicloud".to_owned(),
        source_type_name: "alicloud_sag_client_user".to_owned(),
        source_state: Some(wire::RawState { json: state.into_bytes().into(), ..Default::default() }),
        target_type_name: USER.to_owned(),
        ..Default::default()
    };
    let moved = terraform.client().move_resource_state(request).await?.into_inner();
    assert_eq!(errors(&moved.diagnostics), [""; 0]);
    let told = texts(&moved.diagnostics);
    assert!(told[0].contains("password_wo") && !told[0].contains("alices-secret"), "{told:?}");

    assert_eq!(errors(&terraform.configure(terraform.provider_block(&[])).await?), [""; 0]);
    let stored = Stored { state: decoded(moved.target_state, &terraform.ty(USER))?, private: moved.target_private };
    let read = terraform.read(USER, &stored).await?;
    assert_eq!(read.stored.state.attribute("region"), Some(&"cn-shanghai".into()));
    let planned = terraform.plan(USER, &read.stored, &alice(&terraform, &[])).await?;
    assert_eq!(texts(&planned.diagnostics), [""; 0]);
    assert_eq!(planned.state, read.stored.state);
    let actions: Vec<_> = terraform.emulator.calls().into_iter().map(|call| call.action).collect();
    assert_eq!(actions, ["DescribeSmartAccessGatewayClientUsers"], "nothing but reads");
    Ok(())
}

#[tokio::test]
async fn another_type_cannot_move_in_and_is_named() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    for (provider, resource) in [
        ("registry.terraform.io/aliyun/alicloud", "alicloud_vpc"),
        ("registry.terraform.io/hashicorp/random", "random_password"),
    ] {
        let request = wire::move_resource_state::Request {
            source_provider_address: provider.to_owned(),
            source_type_name: resource.to_owned(),
            target_type_name: USER.to_owned(),
            ..Default::default()
        };
        let response = terraform.client().move_resource_state(request).await?.into_inner();
        let told = errors(&response.diagnostics);
        assert!(told[0].contains(resource) && told[0].contains("import"), "{told:?}");
        assert_eq!(decoded(response.target_state, &terraform.ty(USER))?, Value::Null);
    }
    Ok(())
}
