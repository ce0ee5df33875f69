//! The data source of sessions: who is shown, and what it costs.

use std::time::Duration;

use smartag_emulator::{DEFAULT_INSTANCE, DEFAULT_REGION, NewUser, Outside};
use terraform_provider_smartag::value::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Outcome;
use crate::terraform::{Terraform, errors};

const ONLINE: &str = "smartag_online_clients";
const COUNT: &str = "DescribeUserOnlineClientStatistics";
const DETAILS: &str = "DescribeUserOnlineClients";

fn sag_id() -> (&'static str, Value) {
    ("sag_id", DEFAULT_INSTANCE.into())
}

fn names(of: &[&str]) -> (&'static str, Value) {
    ("user_names", Value::set(of.iter().copied().map(Value::from).collect()))
}

fn dial_in(terraform: &Terraform, user_name: &str, client_ip: &str) -> Outcome {
    let (sag_id, user_name) = (DEFAULT_INSTANCE.to_owned(), user_name.to_owned());
    Ok(terraform.emulator.outside(Outside::OpenSession { sag_id, user_name, client_ip: Some(client_ip.parse()?) })?)
}

fn fleet(terraform: &Terraform, count: u32) -> Outcome {
    let (sag_id, prefix) = (DEFAULT_INSTANCE.to_owned(), "worker".to_owned());
    Ok(terraform.emulator.outside(Outside::AddFleet { sag_id, prefix, count })?)
}

/// Name and address of every client that is shown.
fn shown(state: &Value) -> Vec<(String, String)> {
    let Some(Value::List(clients)) = state.attribute("clients") else { panic!("no list: {state:?}") };
    let text = |client: &Value, name: &str| match client.attribute(name) {
        Some(Value::String(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    };
    clients.iter().map(|client| (text(client, "user_name"), text(client, "client_ip"))).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, address)| ((*name).to_owned(), (*address).to_owned())).collect()
}

#[tokio::test]
async fn each_client_is_shown_with_its_address_and_the_second_it_dialled_in() -> Outcome {
    for quoted in [true, false] {
        let terraform = Terraform::configured().await?;
        terraform.emulator.change_switches(|switches| switches.session_numbers_as_strings = quoted);
        for name in ["bob-w77", "alice.w", "carol.w"] {
            terraform.emulator.outside(Outside::AddUser(NewUser::new(DEFAULT_INSTANCE, name)))?;
        }
        let before = OffsetDateTime::now_utc().replace_nanosecond(0)?;
        for (name, address) in [("bob-w77", "10.0.0.9"), ("alice.w", "10.0.0.8")] {
            dial_in(&terraform, name, address)?;
        }
        let state = terraform.data(ONLINE, &[sag_id()]).await?;
        assert_eq!(shown(&state), pairs(&[("alice.w", "10.0.0.8"), ("bob-w77", "10.0.0.9")]));
        assert_eq!(state.attribute("region"), Some(&DEFAULT_REGION.into()));
        let Some(Value::List(clients)) = state.attribute("clients") else { unreachable!() };
        for client in clients {
            let Some(Value::String(since)) = client.attribute("online_since") else { panic!("{client:?}") };
            assert!(since.ends_with('Z') && since.len() == "2006-01-02T15:04:05Z".len(), "{since}");
            let since = OffsetDateTime::parse(since, &Rfc3339)?;
            assert!(before <= since && since <= OffsetDateTime::now_utc(), "{since}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn looking_at_all_costs_two_calls_for_every_fifty_users_and_one_for_each_who_is_online() -> Outcome {
    for (count, online, calls) in [(0, 0, 1), (1, 1, 2), (50, 0, 2), (51, 1, 4), (120, 3, 6)] {
        let terraform = Terraform::configured().await?;
        fleet(&terraform, count)?;
        for number in 1..=online {
            dial_in(&terraform, &format!("worker{number:05}"), &format!("10.0.1.{number}"))?;
        }
        let state = terraform.data(ONLINE, &[sag_id()]).await?;
        let expected: Vec<_> =
            (1..=online).map(|number| (format!("worker{number:05}"), format!("10.0.1.{number}"))).collect();
        assert_eq!(shown(&state), expected, "{count} users");
        assert_eq!(terraform.emulator.calls().len(), calls + online, "{count} users");
        assert_eq!(terraform.emulator.count(DETAILS), online, "{count} users");
    }
    Ok(())
}

#[tokio::test]
async fn only_those_who_are_named_are_asked_for() -> Outcome {
    for absent_are_listed in [true, false] {
        let terraform = Terraform::configured().await?;
        terraform.emulator.change_switches(|switches| switches.statistics_list_absent = absent_are_listed);
        fleet(&terraform, 120)?;
        dial_in(&terraform, "worker00001", "10.0.1.9")?;
        dial_in(&terraform, "worker00002", "10.0.1.1")?;
        terraform.emulator.advance(Duration::from_secs(5));
        dial_in(&terraform, "worker00001", "10.0.1.3")?;
        let state = terraform.data(ONLINE, &[sag_id(), names(&["worker00001", "worker00003", "nobody7"])]).await?;
        let expected = pairs(&[("worker00001", "10.0.1.9"), ("worker00001", "10.0.1.3")]);
        assert_eq!(shown(&state), expected, "both sessions of the one, the older first, and nobody else");
        assert_eq!((terraform.emulator.count(COUNT), terraform.emulator.count(DETAILS)), (1, 1));
        assert_eq!(terraform.emulator.calls().len(), 2, "no list is read");
    }
    Ok(())
}

#[tokio::test]
async fn asking_for_nobody_shows_nobody_and_calls_nothing() -> Outcome {
    let terraform = Terraform::configured().await?;
    let state = terraform.data(ONLINE, &[sag_id(), names(&[])]).await?;
    assert_eq!(state.attribute("clients"), Some(&Value::List(vec![])));
    assert_eq!(terraform.emulator.calls().len(), 0);
    Ok(())
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_an_error() -> Outcome {
    let terraform = Terraform::configured().await?;
    for arguments in [vec![], vec![names(&["alice.w"])]] {
        let arguments: Vec<_> = [("sag_id", "sag-nowhere".into())].into_iter().chain(arguments).collect();
        let text = terraform.data_error(ONLINE, &arguments).await?;
        assert!(text.contains("SAG.InstanceNoFound") && text.contains("sag-nowhere"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn names_that_are_empty_or_null_are_refused() -> Outcome {
    let terraform = Terraform::configured().await?;
    for name in [Value::from(""), Value::Null] {
        let set = Value::set(vec!["alice.w".into(), name]);
        let config = terraform.data_config(ONLINE, &[sag_id(), ("user_names", set)]);
        let told = errors(&terraform.validate_data(ONLINE, &config).await?);
        assert!(told.len() == 1 && told[0].starts_with("[user_names]"), "{told:?}");
    }
    Ok(())
}
