//! The region of an instance: from the resource, else from the provider when the object is created, else from the state.

use smartag_emulator::{Config, InstanceConfig, Outside};

use crate::workspace::Workspace;

const ALICE: &str = "smartag_client_user.alice";

/// Two instances in Frankfurt beside the one in Shanghai.
fn abroad(config: &mut Config) {
    for sag_id in ["sag-frankfurt1", "sag-frankfurt2"] {
        config.instances.push(InstanceConfig::new(sag_id).in_region("eu-central-1"));
    }
}

fn account(sag_id: &str, arguments: &str) -> String {
    format!(
        "resource \"smartag_client_user\" \"alice\" {{\n  sag_id = {sag_id:?}\n  user_name = \"alice.w\"\n  \
         user_mail = \"alice@example.com\"\n  bandwidth = 1\n  password = \"hush-alice-1\"\n  {arguments}\n}}\n"
    )
}

#[test]
fn the_resources_region_counts_before_the_providers_and_that_before_the_environments() {
    let Some(mut workspace) = Workspace::with(abroad) else { return };
    workspace.set("ALIBABA_CLOUD_REGION", "ap-southeast-1");
    workspace.provider("region = \"eu-central-1\"");
    let config = account("sag-frankfurt1", "");
    workspace.plan(&config).says("+ region = \"eu-central-1\"");
    workspace.apply(&config);
    workspace.destroy();

    workspace.provider("region = \"cn-shanghai\"");
    workspace.apply(&account("sag-frankfurt1", "region = \"eu-central-1\""));
    workspace.destroy();

    workspace.provider("");
    workspace.set("ALIBABA_CLOUD_REGION", "eu-central-1");
    workspace.apply(&account("sag-frankfurt1", ""));
    assert_eq!(workspace.state(ALICE)["region"], "eu-central-1");
}

#[test]
fn without_any_region_the_plan_says_where_one_can_be_written() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.provider("");
    for config in [account("sag-frankfurt1", ""), kick("[\"alice.w\"]", "")] {
        let run =
            workspace.plan_fails(&config).says("Error: No region").says("in the resource or in the provider block");
        run.says("ALIBABA_CLOUD_REGION").omits("(known after apply)");
    }
    assert!(workspace.emulator.calls().is_empty());
}

#[test]
fn an_account_stays_in_its_region_whatever_the_providers_becomes() {
    let Some(workspace) = Workspace::with(abroad) else { return };
    workspace.provider("region = \"eu-central-1\"");
    workspace.apply(&account("sag-frankfurt1", ""));
    workspace.writes();

    for provider in ["region = \"cn-shanghai\"", ""] {
        workspace.provider(provider);
        workspace.assert_settled();
        // Writing what is true changes nothing, and neither does leaving it out again.
        workspace.apply(&account("sag-frankfurt1", "region = \"eu-central-1\""));
        workspace.apply(&account("sag-frankfurt1", ""));
        assert_eq!(workspace.writes(), [""; 0]);
    }

    workspace.provider("");
    workspace.destroy();
    assert!(workspace.emulator.users("sag-frankfurt1").is_empty());
}

/// A workspace with an account in Frankfurt that took its region from the provider, whose region is Shanghai by now.
fn left_behind(lifecycle: &str) -> Option<Workspace> {
    let workspace = Workspace::with(abroad)?;
    workspace.provider("region = \"eu-central-1\"");
    workspace.apply(&account("sag-frankfurt1", lifecycle));
    workspace.provider("region = \"cn-shanghai\"");
    Some(workspace)
}

fn assert_still_in_frankfurt(workspace: &Workspace) {
    assert_eq!(workspace.state(ALICE)["region"], "eu-central-1");
    assert_eq!(workspace.emulator.users("sag-frankfurt1").len(), 1);
    workspace.assert_settled();
}

#[test]
fn a_replacement_stays_in_the_region_whatever_the_providers_became() {
    let Some(workspace) = left_behind("") else { return };
    let renamed = account("sag-frankfurt1", "").replace("\"alice.w\"", "\"alice.wonder\"");
    workspace.apply(&renamed).says("1 added, 0 changed, 1 destroyed");
    assert_still_in_frankfurt(&workspace);
}

#[test]
fn a_replacement_that_comes_before_what_it_replaces_stays_in_the_region() {
    let lifecycle = "lifecycle {\n    create_before_destroy = true\n  }";
    let Some(workspace) = left_behind(lifecycle) else { return };
    let renamed = account("sag-frankfurt1", lifecycle).replace("\"alice.w\"", "\"alice.wonder\"");
    // Terraform before 1.16 tells the provider nothing of what is replaced while it creates first, so planning warns.
    workspace.plan(&renamed).says("write region = \"eu-central-1\"");
    let with_region = renamed.replace("user_name", "region = \"eu-central-1\"\n  user_name");
    workspace.apply(&with_region).says("1 added, 0 changed, 1 destroyed");
    assert_still_in_frankfurt(&workspace);
}

#[test]
fn a_replacement_that_was_asked_for_stays_in_the_region() {
    let Some(workspace) = left_behind("") else { return };
    workspace.run(&["apply", "-auto-approve", "-replace=smartag_client_user.alice"]).succeeded();
    assert_still_in_frankfurt(&workspace);
}

#[test]
fn a_replacement_of_what_is_tainted_stays_in_the_region() {
    let Some(workspace) = left_behind("") else { return };
    workspace.run(&["taint", ALICE]).succeeded();
    workspace.run(&["apply", "-auto-approve"]).succeeded();
    assert_still_in_frankfurt(&workspace);
}

#[test]
fn a_kick_that_is_repeated_stays_in_the_region() {
    let Some(workspace) = Workspace::with(abroad) else { return };
    workspace.outside(staff_in_frankfurt());
    workspace.provider("region = \"eu-central-1\"");
    let night = |shift: &str| kick("[\"staff00001\"]", &format!("triggers = {{\n    shift = {shift:?}\n  }}"));
    workspace.apply(&night("early"));
    workspace.provider("region = \"cn-shanghai\"");
    workspace.apply(&night("late"));
    assert_eq!(workspace.writes(), ["kick staff00001", "kick staff00001"]);
}

#[test]
fn the_region_cannot_change_alone_and_changes_with_the_instance() {
    let Some(workspace) = Workspace::with(abroad) else { return };
    workspace.apply(&account("sag-emulator0001", "region = \"cn-shanghai\""));
    workspace.writes();
    let moved = account("sag-emulator0001", "region = \"eu-central-1\"");
    let run = workspace.plan_fails(&moved).says("The region of an instance cannot change");
    run.says("\"cn-shanghai\"").says("\"eu-central-1\"").says("change sag_id as well");

    let other = account("sag-frankfurt2", "region = \"eu-central-1\"");
    workspace.plan(&other).says("must be replaced");
    workspace.apply(&other);
    assert_eq!(workspace.writes(), ["delete alice.w", "create alice.w"]);
    assert!(workspace.emulator.users("sag-emulator0001").is_empty());
}

#[test]
fn another_instance_without_a_region_of_its_own_is_looked_for_where_the_account_was() {
    let Some(workspace) = Workspace::with(abroad) else { return };
    workspace.provider("region = \"eu-central-1\"");
    workspace.apply(&account("sag-frankfurt1", ""));
    workspace.writes();
    workspace.apply(&account("sag-frankfurt2", "")).says("1 added, 0 changed, 1 destroyed");
    assert_eq!(workspace.state(ALICE)["region"], "eu-central-1");
    assert_eq!(workspace.writes(), ["delete alice.w", "create alice.w"]);
}

#[test]
fn a_kick_stays_in_its_region_too() {
    let Some(workspace) = Workspace::with(abroad) else { return };
    workspace.outside(staff_in_frankfurt());
    workspace.provider("region = \"eu-central-1\"");
    workspace.apply(&kick("[\"staff00001\"]", ""));
    workspace.provider("region = \"cn-shanghai\"");
    workspace.apply(&kick("[\"staff00001\", \"staff00002\"]", ""));
    assert_eq!(workspace.writes(), ["kick staff00001", "kick staff00002"]);
}

fn staff_in_frankfurt() -> Outside {
    Outside::AddFleet { sag_id: "sag-frankfurt1".to_owned(), prefix: "staff".to_owned(), count: 2 }
}

fn kick(names: &str, rest: &str) -> String {
    format!(
        "resource \"smartag_kick_clients\" \"night\" {{\n  sag_id = \"sag-frankfurt1\"\n  user_names = {names}\n  \
         {rest}\n}}\n"
    )
}
