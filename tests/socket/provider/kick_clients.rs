//! Kicks: whom, when, and what is waited for.

use std::collections::BTreeSet;

use smartag_emulator::{DEFAULT_INSTANCE, Fault, NewUser, Outside, What};
use terraform_provider_smartag::value::Value;

use crate::Outcome;
use crate::terraform::{Stored, Terraform, errors, texts};

const KICK: &str = "smartag_kick_clients";

fn names(names: &[&str]) -> Value {
    Value::set(names.iter().map(|name| Value::from(*name)).collect())
}

fn kick(terraform: &Terraform, of: &[&str], arguments: &[(&str, Value)]) -> Value {
    let mut config = terraform.config(KICK, &[("sag_id", DEFAULT_INSTANCE.into()), ("user_names", names(of))]);
    arguments.iter().for_each(|(name, value)| config.set_attribute(name, value.clone()));
    config
}

async fn with_users() -> Result<Terraform, Box<dyn std::error::Error>> {
    let terraform = Terraform::configured().await?;
    for name in ["alice.w", "bobby.x", "carol.y"] {
        terraform.emulator.outside(Outside::AddUser(NewUser::new(DEFAULT_INSTANCE, name)))?;
    }
    Ok(terraform)
}

fn dial_in(terraform: &Terraform, user_name: &str) -> Outcome {
    let (sag_id, user_name) = (DEFAULT_INSTANCE.to_owned(), user_name.to_owned());
    Ok(terraform.emulator.outside(Outside::OpenSession { sag_id, user_name, client_ip: None })?)
}

fn kicked(terraform: &Terraform) -> BTreeSet<String> {
    let calls = terraform.emulator.calls().into_iter().filter(|call| call.action == "KickOutClients");
    calls.filter_map(|call| call.user_name).collect()
}

#[tokio::test]
async fn all_are_kicked_at_first_and_only_the_added_one_later() -> Outcome {
    let terraform = with_users().await?;
    let stored = terraform.converge(KICK, Stored::nothing(), &kick(&terraform, &["alice.w", "bobby.x"], &[])).await?;
    assert_eq!(kicked(&terraform), BTreeSet::from(["alice.w".to_owned(), "bobby.x".to_owned()]));

    terraform.emulator.clear_calls();
    let stored = terraform.converge(KICK, stored, &kick(&terraform, &["bobby.x", "carol.y"], &[])).await?;
    assert_eq!(kicked(&terraform), BTreeSet::from(["carol.y".to_owned()]));
    let Some(Value::Map(request_ids)) = stored.state.attribute("request_ids") else { panic!("{stored:?}") };
    assert_eq!(request_ids.keys().collect::<Vec<_>>(), ["bobby.x", "carol.y"]);

    terraform.emulator.clear_calls();
    let before = stored.state.attribute("kicked_at").cloned();
    let stored = terraform.converge(KICK, stored, &kick(&terraform, &["carol.y"], &[])).await?;
    assert_eq!(terraform.emulator.calls().len(), 0, "removing a name calls nothing");
    assert_eq!(stored.state.attribute("kicked_at").cloned(), before);

    let triggers = Value::object([("reason", "again".into())]);
    let config = kick(&terraform, &["carol.y"], &[("triggers", triggers)]);
    terraform.converge(KICK, stored, &config).await?;
    assert_eq!(kicked(&terraform), BTreeSet::from(["carol.y".to_owned()]), "changed triggers kick all anew");
    Ok(())
}

#[tokio::test]
async fn everybody_is_tried_and_those_who_were_not_kicked_are_listed() -> Outcome {
    let terraform = with_users().await?;
    terraform.emulator.fault(Fault::new("KickOutClients", What::error("Forbidden.RAM")).for_user("bobby.x"));
    let config = kick(&terraform, &["alice.w", "bobby.x", "carol.y"], &[]);
    let planned = terraform.plan(KICK, &Stored::nothing(), &config).await?;
    let failed = terraform.apply(KICK, &Stored::nothing(), &planned, &config).await?;
    let [text] = &errors(&failed.diagnostics)[..] else { panic!("{failed:?}") };
    for part in ["1 of 3", "bobby.x", "smartag:KickOutClients", "kicks all users again"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(failed.stored.state.attribute("user_names"), Some(&names(&["alice.w", "carol.y"])));

    terraform.emulator.fault(Fault::new("KickOutClients", What::error("Forbidden.RAM")).times(3));
    let failed = terraform.apply(KICK, &Stored::nothing(), &planned, &config).await?;
    assert_eq!((errors(&failed.diagnostics).len(), failed.stored.state), (1, Value::Null), "nobody, so no state");
    Ok(())
}

#[tokio::test]
async fn waiting_ends_when_the_sessions_that_were_there_are_gone() -> Outcome {
    let terraform = with_users().await?;
    dial_in(&terraform, "alice.w")?;
    terraform.emulator.change_switches(|switches| switches.kick_lag_ms = 1_200);
    let config = kick(&terraform, &["alice.w", "bobby.x"], &[("wait_until_offline", true.into())]);
    terraform.converge(KICK, Stored::nothing(), &config).await?;
    assert!(terraform.emulator.users(DEFAULT_INSTANCE).iter().all(|user| user.online == 0));
    assert!(terraform.emulator.count("DescribeUserOnlineClientStatistics") >= 3, "before, and until they were gone");
    Ok(())
}

#[tokio::test]
async fn waiting_in_vain_is_an_error_that_names_who_is_left() -> Outcome {
    let terraform = with_users().await?;
    dial_in(&terraform, "alice.w")?;
    terraform.emulator.change_switches(|switches| switches.kick_lag_ms = 600_000);
    let timeouts = Value::object([("create", "2s".into()), ("update", Value::Null)]);
    let arguments = [("wait_until_offline", true.into()), ("timeouts", timeouts)];
    let config = kick(&terraform, &["alice.w", "bobby.x"], &arguments);
    let planned = terraform.plan(KICK, &Stored::nothing(), &config).await?;
    let failed = terraform.apply(KICK, &Stored::nothing(), &planned, &config).await?;
    let [text] = &errors(&failed.diagnostics)[..] else { panic!("{failed:?}") };
    assert!(text.contains("alice.w") && !text.contains("bobby.x"), "{text}");
    assert_ne!(failed.stored.state, Value::Null, "they were kicked, and the state says so");
    Ok(())
}

#[tokio::test]
async fn an_import_is_refused_with_the_reason() -> Outcome {
    let terraform = Terraform::configured().await?;
    let request = tfplugin_host::wire::import_resource_state::Request {
        type_name: KICK.to_owned(),
        id: "anything".to_owned(),
        ..Default::default()
    };
    let response = terraform.client().import_resource_state(request).await?.into_inner();
    assert!(texts(&response.diagnostics)[0].contains("nothing to import"), "{response:?}");
    assert_eq!(response.imported_resources.len(), 0);
    Ok(())
}

#[tokio::test]
async fn the_order_of_names_means_nothing_and_an_empty_map_is_not_an_absent_one() -> Outcome {
    let terraform = with_users().await?;
    let triggers = Value::object::<String>([]);
    let config = kick(&terraform, &["alice.w", "bobby.x"], &[("triggers", triggers.clone())]);
    let stored = terraform.converge(KICK, Stored::nothing(), &config).await?;
    assert_eq!(stored.state.attribute("triggers"), Some(&triggers));

    // As the wire may bring it: in another order, and one of them twice.
    let reordered = Value::Set(vec!["bobby.x".into(), "alice.w".into(), "bobby.x".into()]);
    let config = kick(&terraform, &[], &[("triggers", triggers), ("user_names", reordered)]);
    let planned = terraform.plan(KICK, &stored, &config).await?;
    assert_eq!(planned.state, stored.state);

    let without_triggers = kick(&terraform, &["alice.w", "bobby.x"], &[]);
    let planned = terraform.plan(KICK, &stored, &without_triggers).await?;
    assert_eq!(planned.replace, ["triggers"]);
    Ok(())
}

#[tokio::test]
async fn the_same_question_gets_the_same_plan() -> Outcome {
    let terraform = with_users().await?;
    let config = kick(&terraform, &["alice.w"], &[]);
    let one = terraform.plan(KICK, &Stored::nothing(), &config).await?;
    let two = terraform.plan(KICK, &Stored::nothing(), &config).await?;
    assert_eq!((one.state, one.private, one.replace), (two.state, two.private, two.replace));
    Ok(())
}
