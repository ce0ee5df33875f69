//! Destroying accounts, also those that the service does not delete because they were used this month.

use smartag_emulator::{DEFAULT_INSTANCE, Emulator, Fault, Outside, UserChange, What};
use terraform_provider_smartag::value::Value;

use crate::Outcome;
use crate::terraform::{Applied, Planned, Stored, Terraform, alice, errors, texts};

const USER: &str = "smartag_client_user";

fn use_this_month(emulator: &Emulator) -> Outcome {
    let change = UserChange { used_this_month: Some(true), ..UserChange::of(DEFAULT_INSTANCE, "alice.w") };
    emulator.outside(Outside::ChangeUser(change))?;
    let (sag_id, user_name) = (DEFAULT_INSTANCE.to_owned(), "alice.w".to_owned());
    Ok(emulator.outside(Outside::OpenSession { sag_id, user_name, client_ip: None })?)
}

/// Creates alice, lets her dial in, and tries to destroy her.
async fn destroy_in_use(
    terraform: &Terraform,
    arguments: &[(&str, Value)],
) -> Result<Applied, Box<dyn std::error::Error>> {
    let stored = terraform.converge(USER, Stored::nothing(), &alice(terraform, arguments)).await?;
    use_this_month(&terraform.emulator)?;
    terraform.apply(USER, &stored, &Planned::destroy(), &Value::Null).await
}

#[tokio::test]
async fn by_default_an_account_in_use_stays_as_it_is_and_the_error_says_so() -> Outcome {
    let terraform = Terraform::configured().await?;
    let failed = destroy_in_use(&terraform, &[]).await?;
    let [text] = &errors(&failed.diagnostics)[..] else { panic!("{failed:?}") };
    for part in ["still enabled", "suspend", "abandon", "UserInUsing"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_ne!(failed.stored.state, Value::Null);
    let [user] = &terraform.emulator.users(DEFAULT_INSTANCE)[..] else { panic!("one user") };
    assert!(user.enabled && user.online == 1);
    Ok(())
}

#[tokio::test]
async fn suspended_means_shut_out_kept_and_tried_again() -> Outcome {
    let terraform = Terraform::configured().await?;
    let failed = destroy_in_use(&terraform, &[("destroy_when_in_use", "suspend".into())]).await?;
    assert_eq!(errors(&failed.diagnostics).len(), 1);
    assert_eq!(failed.stored.state.attribute("enabled"), Some(&false.into()));
    let [user] = &terraform.emulator.users(DEFAULT_INSTANCE)[..] else { panic!("one user") };
    assert!(!user.enabled && user.online == 0);

    let change = UserChange { used_this_month: Some(false), ..UserChange::of(DEFAULT_INSTANCE, "alice.w") };
    terraform.emulator.outside(Outside::ChangeUser(change))?;
    let gone = terraform.apply(USER, &failed.stored, &Planned::destroy(), &Value::Null).await?;
    assert_eq!((errors(&gone.diagnostics).len(), gone.stored.state), (0, Value::Null), "next month it goes");
    Ok(())
}

#[tokio::test]
async fn abandoned_means_shut_out_and_forgotten_with_a_warning() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    // Here the provider block says it.
    let block = terraform.provider_block(&[("destroy_when_in_use", "abandon".into())]);
    assert_eq!(errors(&terraform.configure(block).await?), [""; 0]);
    let gone = destroy_in_use(&terraform, &[]).await?;
    assert_eq!((errors(&gone.diagnostics).len(), &gone.stored.state), (0, &Value::Null));
    assert!(texts(&gone.diagnostics)[0].contains("quota"), "{:?}", gone.diagnostics);
    let [user] = &terraform.emulator.users(DEFAULT_INSTANCE)[..] else { panic!("one user") };
    assert!(!user.enabled && user.online == 0);

    let config = alice(&terraform, &[]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    let taken = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    let [text] = &errors(&taken.diagnostics)[..] else { panic!("{taken:?}") };
    assert!(text.contains("disabled") && text.contains("import {"), "the same name again: {text}");
    Ok(())
}

#[tokio::test]
async fn the_resource_says_more_than_the_provider_block() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let block = terraform.provider_block(&[("destroy_when_in_use", "abandon".into())]);
    assert_eq!(errors(&terraform.configure(block).await?), [""; 0]);
    let failed = destroy_in_use(&terraform, &[("destroy_when_in_use", "fail".into())]).await?;
    assert_eq!(errors(&failed.diagnostics).len(), 1);
    assert_ne!(failed.stored.state, Value::Null);
    Ok(())
}

#[tokio::test]
async fn an_account_that_cannot_be_shut_out_is_not_forgotten() -> Outcome {
    for action in ["DisableSmartAccessGatewayUser", "KickOutClients"] {
        let terraform = Terraform::configured().await?;
        terraform.emulator.fault(Fault::new(action, What::error("Forbidden.RAM")));
        let failed = destroy_in_use(&terraform, &[("destroy_when_in_use", "abandon".into())]).await?;
        assert!(errors(&failed.diagnostics)[0].contains("Forbidden.RAM"), "{failed:?}");
        assert_ne!(failed.stored.state, Value::Null, "{action}");
    }
    Ok(())
}

#[tokio::test]
async fn sessions_end_before_a_destroy_and_after_a_disable_where_that_is_written() -> Outcome {
    let terraform = Terraform::configured().await?;
    let kicks = [("kick_on_destroy", Value::from(true)), ("kick_on_disable", true.into())];
    let stored = terraform.converge(USER, Stored::nothing(), &alice(&terraform, &kicks)).await?;
    terraform.emulator.clear_calls();
    let disabled = alice(&terraform, &[kicks[0].clone(), kicks[1].clone(), ("enabled", false.into())]);
    let stored = terraform.converge(USER, stored, &disabled).await?;
    terraform.apply(USER, &stored, &Planned::destroy(), &Value::Null).await?;
    let writes: Vec<_> = terraform.emulator.calls().into_iter().map(|call| call.action).collect();
    let writes: Vec<_> = writes.iter().map(String::as_str).filter(|action| !action.starts_with("Describe")).collect();
    assert_eq!(
        writes,
        ["DisableSmartAccessGatewayUser", "KickOutClients", "KickOutClients", "DeleteSmartAccessGatewayClientUser"]
    );
    Ok(())
}

#[tokio::test]
async fn settings_of_the_provider_alone_are_one_update_without_a_call() -> Outcome {
    let terraform = Terraform::configured().await?;
    let stored = terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    terraform.emulator.clear_calls();
    let config = alice(&terraform, &[("kick_on_destroy", true.into()), ("destroy_when_in_use", "suspend".into())]);
    let planned = terraform.plan(USER, &stored, &config).await?;
    let applied = terraform.apply(USER, &stored, &planned, &config).await?;
    assert_eq!((errors(&applied.diagnostics).len(), terraform.emulator.calls().len()), (0, 0));
    assert_eq!(applied.stored.state, planned.state);
    Ok(())
}
