//! The data source of instances: which are shown, and what it costs.

use smartag_emulator::{DEFAULT_INSTANCE, DEFAULT_REGION, Fault, Filter, InstanceConfig, Outside, What};
use terraform_provider_smartag::value::Value;

use crate::Outcome;
use crate::terraform::{Terraform, errors};

const INSTANCES: &str = "smartag_instances";

fn list(of: &[&str]) -> Value {
    Value::List(of.iter().copied().map(Value::from).collect())
}

/// Beside the one that is there: two with names, and one in another region.
fn offices(terraform: &Terraform) -> Outcome {
    for instance in [
        InstanceConfig::new("sag-west1").with_name("Office West").with_quota(25),
        InstanceConfig::new("sag-east1").with_name("Office East").with_cidr(""),
        InstanceConfig::new("sag-far1").with_name("Office Far").in_region("cn-hangzhou"),
    ] {
        terraform.emulator.outside(Outside::AddInstance(instance))?;
    }
    Ok(())
}

fn listed(id: &str, name: Option<&str>, user_count: i64, cidr_block: Option<&str>) -> Value {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    Value::object([
        ("id", id.into()),
        ("name", text(name)),
        ("status", "Active".into()),
        ("user_count", user_count.into()),
        ("end_time", "2034-01-01T00:00:00Z".into()),
        ("cidr_block", text(cidr_block)),
    ])
}

#[tokio::test]
async fn the_instances_of_the_region_are_shown_sorted_by_id() -> Outcome {
    let terraform = Terraform::configured().await?;
    offices(&terraform)?;
    let state = terraform.data(INSTANCES, &[]).await?;
    let expected = Value::object([
        ("region", DEFAULT_REGION.into()),
        ("name_regex", Value::Null),
        ("ids", list(&["sag-east1", DEFAULT_INSTANCE, "sag-west1"])),
        (
            "instances",
            Value::List(vec![
                listed("sag-east1", Some("Office East"), 1000, None),
                listed(DEFAULT_INSTANCE, None, 1000, Some("10.0.0.0/8")),
                listed("sag-west1", Some("Office West"), 25, Some("10.0.0.0/8")),
            ]),
        ),
    ]);
    assert_eq!(state, expected);

    let far = terraform.data(INSTANCES, &[("region", "cn-hangzhou".into())]).await?;
    assert_eq!(far.attribute("ids"), Some(&list(&["sag-far1"])));
    let nowhere = terraform.data(INSTANCES, &[("region", "eu-central-1".into())]).await?;
    assert_eq!(nowhere.attribute("ids"), Some(&list(&[])));
    assert_eq!(nowhere.attribute("instances"), Some(&list(&[])));
    Ok(())
}

#[tokio::test]
async fn filters_narrow_the_list_together_and_ids_stay_as_they_are_written() -> Outcome {
    for filter in [Filter::Exact, Filter::Substring] {
        let terraform = Terraform::configured().await?;
        terraform.emulator.change_switches(|switches| switches.filter = filter);
        offices(&terraform)?;
        let ids = |ids: &[&str]| ("ids", list(ids));
        for (arguments, expected) in [
            (vec![("name_regex", "^Office".into())], &["sag-east1", "sag-west1"][..]),
            (vec![("name_regex", "West|Far".into())], &["sag-west1"]),
            (vec![ids(&["sag-west1", "sag-east1", "sag-nowhere"])], &["sag-east1", "sag-west1"]),
            (vec![ids(&["sag-west1"]), ("name_regex", "East".into())], &[]),
            (vec![ids(&["sag-far1"])], &[]),
        ] {
            let state = terraform.data(INSTANCES, &arguments).await?;
            let Some(Value::List(instances)) = state.attribute("instances") else { panic!("no list: {state:?}") };
            let seen: Vec<_> = instances.iter().filter_map(|instance| instance.attribute("id").cloned()).collect();
            assert_eq!(Value::List(seen), list(expected), "{arguments:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_list_costs_a_call_for_every_fifty_instances_and_none_where_none_is_asked_for() -> Outcome {
    let terraform = Terraform::configured().await?;
    for number in 1..=50 {
        terraform.emulator.outside(Outside::AddInstance(InstanceConfig::new(&format!("sag-office{number}"))))?;
    }
    let state = terraform.data(INSTANCES, &[]).await?;
    let Some(Value::List(ids)) = state.attribute("ids") else { panic!("no list: {state:?}") };
    assert_eq!((ids.len(), terraform.emulator.calls().len()), (51, 2));

    terraform.emulator.clear_calls();
    let state = terraform.data(INSTANCES, &[("ids", list(&[]))]).await?;
    assert_eq!(state.attribute("instances"), Some(&list(&[])));
    assert_eq!(terraform.emulator.calls().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_an_error_and_not_an_empty_list() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.fault(Fault::new("DescribeSmartAccessGateways", What::error("Forbidden")));
    let text = terraform.data_error(INSTANCES, &[]).await?;
    for part in ["Could not list the instances of cn-shanghai", "DescribeSmartAccessGateways", "Forbidden", "RequestId"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_before_anything_is_called() -> Outcome {
    let terraform = Terraform::configured().await?;
    for (argument, value) in [("name_regex", "(".into()), ("ids", list(&["sag-west1", ""]))] {
        let config = terraform.data_config(INSTANCES, &[(argument, value)]);
        let told = errors(&terraform.validate_data(INSTANCES, &config).await?);
        assert!(told.len() == 1 && told[0].starts_with(&format!("[{argument}]")), "{told:?}");
        assert!(told[0].contains("Wanted: "), "{told:?}");
    }
    assert_eq!(terraform.emulator.calls().len(), 0);
    Ok(())
}
