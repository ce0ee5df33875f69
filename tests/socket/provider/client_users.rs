//! The data sources of users: what they show, and what it costs.

use smartag_emulator::{
    DEFAULT_INSTANCE, DEFAULT_REGION, Fault, Filter, InstanceConfig, ListOrder, NewUser, Outside, What,
};
use terraform_provider_smartag::value::Value;

use crate::Outcome;
use crate::terraform::{Stored, Terraform, alice, errors};

const ONE: &str = "smartag_client_user";
const ALL: &str = "smartag_client_users";
const LIST: &str = "DescribeSmartAccessGatewayClientUsers";

fn sag_id() -> (&'static str, Value) {
    ("sag_id", DEFAULT_INSTANCE.into())
}

fn list(of: &[&str]) -> Value {
    Value::List(of.iter().copied().map(Value::from).collect())
}

/// An account with a static address, one that is suspended, and one that differs in little.
fn people(terraform: &Terraform) -> Outcome {
    let person = |name: &str| NewUser::new(DEFAULT_INSTANCE, name);
    for user in [
        NewUser { enabled: false, bandwidth: 5000, ..person("bob-w77") },
        NewUser { client_ip: Some("10.0.0.7".parse()?), ..person("alice.w") },
        NewUser { user_mail: Some("alice.w@example.com".to_owned()), ..person("alice.w2") },
    ] {
        terraform.emulator.outside(Outside::AddUser(user))?;
    }
    Ok(())
}

fn fleet(terraform: &Terraform, count: u32) -> Outcome {
    let (sag_id, prefix) = (DEFAULT_INSTANCE.to_owned(), "worker".to_owned());
    Ok(terraform.emulator.outside(Outside::AddFleet { sag_id, prefix, count })?)
}

fn listed(name: &str, mail: &str, bandwidth: i64, client_ip: Option<&str>, enabled: bool) -> Value {
    Value::object([
        ("id", Value::String(format!("{DEFAULT_INSTANCE}:{name}"))),
        ("sag_id", DEFAULT_INSTANCE.into()),
        ("user_name", name.into()),
        ("user_mail", mail.into()),
        ("bandwidth", bandwidth.into()),
        ("client_ip", client_ip.map_or(Value::Null, Value::from)),
        ("enabled", enabled.into()),
    ])
}

#[tokio::test]
async fn all_users_are_shown_sorted_and_with_the_region_that_was_used() -> Outcome {
    let terraform = Terraform::configured().await?;
    people(&terraform)?;
    let state = terraform.data(ALL, &[sag_id()]).await?;
    let expected = Value::object([
        ("sag_id", DEFAULT_INSTANCE.into()),
        ("region", DEFAULT_REGION.into()),
        ("name_regex", Value::Null),
        ("user_mail", Value::Null),
        ("enabled", Value::Null),
        (
            "users",
            Value::List(vec![
                listed("alice.w", "alice.w@example.com", 2000, Some("10.0.0.7"), true),
                listed("alice.w2", "alice.w@example.com", 2000, None, true),
                listed("bob-w77", "bob-w77@example.com", 5000, None, false),
            ]),
        ),
        ("names", list(&["alice.w", "alice.w2", "bob-w77"])),
        (
            "ids",
            list(
                &["alice.w", "alice.w2", "bob-w77"]
                    .map(|name| format!("{DEFAULT_INSTANCE}:{name}"))
                    .each_ref()
                    .map(|id| id.as_str()),
            ),
        ),
    ]);
    assert_eq!(state, expected);
    Ok(())
}

#[tokio::test]
async fn a_list_costs_a_call_for_every_fifty_users_whatever_its_order() -> Outcome {
    for (count, calls) in [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)] {
        let terraform = Terraform::configured().await?;
        terraform.emulator.change_switches(|switches| switches.list_order = ListOrder::NewestFirst);
        fleet(&terraform, count)?;
        let state = terraform.data(ALL, &[sag_id()]).await?;
        let expected: Vec<String> = (1..=count).map(|number| format!("worker{number:05}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        assert_eq!(state.attribute("names"), Some(&list(&expected)));
        assert_eq!((terraform.emulator.count(LIST), terraform.emulator.calls().len()), (calls, calls), "{count} users");
    }
    Ok(())
}

#[tokio::test]
async fn one_list_serves_every_data_source_until_something_is_written() -> Outcome {
    let terraform = Terraform::configured().await?;
    fleet(&terraform, 60)?;
    terraform.data(ALL, &[sag_id()]).await?;
    terraform.data(ALL, &[sag_id(), ("name_regex", "7$".into())]).await?;
    terraform.data(ONE, &[sag_id(), ("user_name", "worker00060".into())]).await?;
    assert_eq!(terraform.emulator.count(LIST), 2);

    terraform.converge(ONE, Stored::nothing(), &alice(&terraform, &[])).await?;
    let state = terraform.data(ALL, &[sag_id(), ("name_regex", "^alice".into())]).await?;
    assert_eq!(state.attribute("names"), Some(&list(&["alice.w"])));
    Ok(())
}

#[tokio::test]
async fn filters_narrow_the_list_together() -> Outcome {
    let terraform = Terraform::configured().await?;
    people(&terraform)?;
    let mail = || ("user_mail", "alice.w@example.com".into());
    for (filters, expected) in [
        (vec![("name_regex", "w".into())], &["alice.w", "alice.w2", "bob-w77"][..]),
        (vec![("name_regex", "^alice\\.w$".into())], &["alice.w"]),
        (vec![mail()], &["alice.w", "alice.w2"]),
        (vec![("user_mail", "alice".into())], &[]),
        (vec![("enabled", true.into())], &["alice.w", "alice.w2"]),
        (vec![("enabled", false.into())], &["bob-w77"]),
        (vec![mail(), ("enabled", true.into()), ("name_regex", "2".into())], &["alice.w2"]),
        (vec![mail(), ("enabled", false.into())], &[]),
    ] {
        let arguments: Vec<_> = [sag_id()].into_iter().chain(filters).collect();
        let state = terraform.data(ALL, &arguments).await?;
        assert_eq!(state.attribute("names"), Some(&list(expected)), "{arguments:?}");
        let Some(Value::List(users)) = state.attribute("users") else { panic!("no list: {state:?}") };
        assert_eq!(users.len(), expected.len(), "{arguments:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_address_of_a_dynamic_user_is_never_shown() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.change_switches(|switches| switches.dynamic_client_ip = true);
    people(&terraform)?;
    let address = |state: &Value| state.attribute("client_ip").cloned();
    let bob = terraform.data(ONE, &[sag_id(), ("user_name", "bob-w77".into())]).await?;
    let alice = terraform.data(ONE, &[sag_id(), ("user_name", "alice.w".into())]).await?;
    assert_eq!((address(&bob), address(&alice)), (Some(Value::Null), Some("10.0.0.7".into())));

    // Where the service does not tell static from dynamic, no address is safe to show.
    let silent = Terraform::configured().await?;
    silent.emulator.change_switches(|switches| {
        switches.dynamic_client_ip = true;
        switches.is_static_ip = false;
    });
    people(&silent)?;
    let state = silent.data(ALL, &[sag_id()]).await?;
    let Some(Value::List(users)) = state.attribute("users") else { panic!("no list: {state:?}") };
    assert!(users.len() == 3 && users.iter().all(|user| address(user) == Some(Value::Null)), "{users:?}");
    Ok(())
}

#[tokio::test]
async fn one_user_is_shown_with_what_the_resource_has() -> Outcome {
    let terraform = Terraform::configured().await?;
    people(&terraform)?;
    let state = terraform.data(ONE, &[sag_id(), ("user_name", "bob-w77".into())]).await?;
    let mut expected = listed("bob-w77", "bob-w77@example.com", 5000, None, false);
    expected.set_attribute("region", DEFAULT_REGION.into());
    assert_eq!(state, expected);
    Ok(())
}

#[tokio::test]
async fn one_user_of_many_costs_two_calls_and_is_told_from_those_that_a_loose_filter_finds() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.change_switches(|switches| switches.filter = Filter::Substring);
    fleet(&terraform, 600)?;
    people(&terraform)?;
    let state = terraform.data(ONE, &[sag_id(), ("user_name", "alice.w2".into())]).await?;
    assert_eq!(state.attribute("user_name"), Some(&"alice.w2".into()));
    assert_eq!(terraform.emulator.calls().len(), 2);
    let text = terraform.data_error(ONE, &[sag_id(), ("user_name", "alice".into())]).await?;
    assert!(text.contains("does not exist"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_user_who_is_not_there_or_spelt_differently_is_an_error_that_points_at_the_name() -> Outcome {
    let terraform = Terraform::configured().await?;
    people(&terraform)?;
    let text = terraform.data_error(ONE, &[sag_id(), ("user_name", "nobody7".into())]).await?;
    for part in ["[user_name]", "nobody7", DEFAULT_INSTANCE, DEFAULT_REGION, "smartag_client_users"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = terraform.data_error(ONE, &[sag_id(), ("user_name", "Alice.W".into())]).await?;
    for part in ["[user_name]", "differs only in case", "\"Alice.W\"", "user_name = \"alice.w\""] {
        assert!(text.contains(part), "{part}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_an_error_and_not_an_empty_list() -> Outcome {
    let terraform = Terraform::configured().await?;
    for (source, more) in [(ALL, vec![]), (ONE, vec![("user_name", Value::from("alice.w"))])] {
        let elsewhere = [sag_id(), ("region", "cn-hangzhou".into())];
        let nowhere = [("sag_id", "sag-nowhere".into())];
        for arguments in [&elsewhere[..], &nowhere[..]] {
            let arguments: Vec<_> = arguments.iter().cloned().chain(more.clone()).collect();
            let text = terraform.data_error(source, &arguments).await?;
            assert!(text.contains("SAG.InstanceNoFound") && text.contains("Check sag_id"), "{text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_region_that_is_written_wins_over_the_providers() -> Outcome {
    let terraform = Terraform::configured().await?;
    let other = InstanceConfig::new("sag-other1").in_region("cn-hangzhou");
    terraform.emulator.outside(Outside::AddInstance(other))?;
    let state = terraform.data(ALL, &[("sag_id", "sag-other1".into()), ("region", "cn-hangzhou".into())]).await?;
    assert_eq!(state.attribute("region"), Some(&"cn-hangzhou".into()));
    assert_eq!(state.attribute("users"), Some(&list(&[])));
    Ok(())
}

#[tokio::test]
async fn a_region_that_is_missing_or_not_known_yet_is_said_to_be() -> Outcome {
    for (region, expected) in [(Value::Null, "No region"), (Value::unknown(), "only known after apply: region")] {
        let terraform = Terraform::unconfigured().await?;
        let diagnostics = terraform.configure(terraform.provider_block(&[("region", region)])).await?;
        assert_eq!(errors(&diagnostics), [""; 0]);
        let text = terraform.data_error(ALL, &[sag_id()]).await?;
        assert!(text.contains(expected), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_before_anything_is_called() -> Outcome {
    let terraform = Terraform::configured().await?;
    for (argument, value, wanted) in [
        ("name_regex", "[", "a regular expression such as"),
        ("name_regex", "", "some text, or null"),
        ("user_mail", "", "some text, or null"),
        ("region", "Shanghai", "the id of a region"),
        ("sag_id", "", "some text"),
    ] {
        let mut config = terraform.data_config(ALL, &[sag_id()]);
        config.set_attribute(argument, value.into());
        let told = errors(&terraform.validate_data(ALL, &config).await?);
        let [text] = &told[..] else { panic!("one error is wanted: {told:?}") };
        for part in [&format!("[{argument}]"), &format!("{argument} is {value:?}"), wanted] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let unknown = terraform.data_config(ALL, &[sag_id(), ("name_regex", Value::unknown())]);
    assert_eq!(errors(&terraform.validate_data(ALL, &unknown).await?), [""; 0]);
    assert_eq!(terraform.emulator.calls().len(), 0);
    Ok(())
}

#[tokio::test]
async fn reading_takes_no_longer_than_the_provider_allows() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let block = terraform.provider_block(&[("max_retry_timeout", 5.into())]);
    assert_eq!(errors(&terraform.configure(block).await?), [""; 0]);
    let wait = std::time::Duration::from_secs(60);
    terraform.emulator.fault(Fault::new(LIST, What::throttle(wait)));
    let text = terraform.data_error(ALL, &[sag_id()]).await?;
    assert!(text.contains("given up") && text.contains("Throttling.User"), "{text}");
    assert_eq!(terraform.emulator.count(LIST), 1, "a wait that cannot end in time is not begun");
    Ok(())
}

#[tokio::test]
async fn reading_before_configure_is_refused() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let text = terraform.data_error(ALL, &[sag_id()]).await?;
    assert!(text.contains("not configured"), "{text}");
    Ok(())
}
