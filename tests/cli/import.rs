//! Taking over accounts that exist.

use serde_json::json;
use smartag_emulator::{InstanceConfig, NewUser, Outside};

use crate::accounts::{alice, old_alice, user};
use crate::workspace::{INSTANCE, Workspace};

const ALICE: &str = "smartag_client_user.alice";

#[test]
fn both_shapes_of_an_id_import_what_a_plan_then_leaves_alone() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(old_alice()));
    for id in ["sag-emulator0001:alice.w", "cn-shanghai:sag-emulator0001:alice.w"] {
        workspace.write("main.tf", &alice(""));
        workspace.import(ALICE, id).succeeded().says("Import successful!");
        let state = workspace.state(ALICE);
        assert_eq!(state["id"], "sag-emulator0001:alice.w", "{id}");
        assert_eq!(state["region"], "cn-shanghai", "{id}");
        assert_eq!(state["bandwidth"], 2000, "{id}");
        assert_eq!(state["enabled"], true, "{id}");
        assert_eq!(state["password"], json!(null), "{id}");
        workspace.assert_settled();
        workspace.run(&["state", "rm", ALICE]).succeeded();
    }
    assert_eq!(workspace.writes(), [""; 0]);
}

#[test]
fn an_import_leaves_the_same_state_as_a_create() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.apply(&alice("password = \"hush-alice-1\"\n  client_ip = \"10.0.0.7\""));
    let mut created = workspace.state(ALICE);
    workspace.run(&["state", "rm", ALICE]).succeeded();
    workspace.import(ALICE, "sag-emulator0001:alice.w").succeeded();
    created["password"] = json!(null);
    assert_eq!(workspace.state(ALICE), created);
}

#[test]
fn an_imported_account_keeps_its_password_until_one_is_written_and_then_it_is_reset_once() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(NewUser { password: Some("hush-first-1".to_owned()), ..old_alice() });
    workspace.apply(&alice(""));
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-first-1"));

    let written = alice("password = \"hush-alice-1\"");
    workspace.plan(&written).says("Warning: The password of an existing account will be reset").says("1 to change");
    workspace.apply(&written);
    assert_eq!(workspace.writes(), ["reset alice.w"]);
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-1"));
    workspace.plan(&written).omits("Warning: The password");
}

#[test]
fn an_import_block_takes_over_and_changes_in_one_apply() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(old_alice()));
    let import = |bandwidth: u32| {
        format!(
            "import {{\n  to = smartag_client_user.alice\n  id = \"sag-emulator0001:alice.w\"\n}}\n{}",
            user(
                "alice",
                &format!("user_name = \"alice.w\"\n  user_mail = \"alice@example.com\"\n  bandwidth = {bandwidth}")
            )
        )
    };
    workspace.plan(&import(2000)).says("1 to import, 0 to add, 0 to change, 0 to destroy");
    workspace.apply(&import(300)).says("1 imported, 0 added, 1 changed, 0 destroyed");
    assert_eq!(workspace.writes(), ["modify alice.w"]);
}

#[test]
fn generated_configuration_is_valid_and_plans_no_change() {
    let Some(workspace) = Workspace::open() else { return };
    let address = Some(std::net::Ipv4Addr::new(10, 0, 0, 7));
    workspace.outside(Outside::AddUser(NewUser { client_ip: address, enabled: false, ..old_alice() }));
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "bobby.w")));
    let import = |label: &str, name: &str| {
        format!("import {{\n  to = smartag_client_user.{label}\n  id = \"sag-emulator0001:{name}\"\n}}\n")
    };
    workspace.write("main.tf", &format!("{}{}", import("alice", "alice.w"), import("bob", "bobby.w")));
    workspace
        .run(&["plan", "-generate-config-out=generated.tf"])
        .succeeded()
        .says("2 to import, 0 to add, 0 to change");
    let generated = workspace.read("generated.tf");
    let words = generated.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("client_ip = \"10.0.0.7\""), "{generated}");
    workspace.run(&["validate"]).succeeded();
    workspace.run(&["apply", "-auto-approve"]).succeeded().says("2 imported, 0 added, 0 changed, 0 destroyed");
    workspace.assert_settled();
    assert_eq!(workspace.writes(), [""; 0]);
}

#[test]
fn an_import_finds_accounts_in_regions_that_are_not_the_providers() {
    let abroad = |config: &mut smartag_emulator::Config| {
        config.instances.push(InstanceConfig::new("sag-other0002").in_region("eu-central-1"));
    };
    let Some(mut workspace) = Workspace::with(abroad) else { return };
    workspace.outside(Outside::AddUser(NewUser::new("sag-other0002", "alice.w")));
    let config = "resource \"smartag_client_user\" \"alice\" {\n  sag_id = \"sag-other0002\"\n  \
                  user_mail = \"alice.w@example.com\"\n  bandwidth = 2000\n}\n";
    workspace.write("main.tf", config);

    // In the provider's region it is not there.
    workspace.import(ALICE, "sag-other0002:alice.w").failed().says("SAG.InstanceNoFound").says("region");

    workspace.import(ALICE, "eu-central-1:sag-other0002:alice.w").succeeded();
    workspace.assert_settled();
    workspace.run(&["state", "rm", ALICE]).succeeded();

    // Also where the provider names no region at all.
    workspace.provider("");
    workspace.unset("ALIBABA_CLOUD_REGION");
    workspace.import(ALICE, "eu-central-1:sag-other0002:alice.w").succeeded();
    workspace.assert_settled();
    assert_eq!(workspace.writes(), [""; 0]);
}

#[test]
fn an_account_made_under_older_rules_is_imported_without_a_word() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "al")));
    workspace.write("main.tf", &user("al", "user_name = \"al\"\n  user_mail = \"al@example.com\"\n  bandwidth = 2000"));
    workspace.import("smartag_client_user.al", "sag-emulator0001:al").succeeded().omits("Unusual user name");
    workspace.assert_settled();
}

#[test]
fn an_account_that_does_not_exist_is_not_imported() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.write("main.tf", &alice(""));
    workspace.import(ALICE, "sag-emulator0001:alice.w").failed().says("Cannot import non-existent remote object");
    assert!(workspace.addresses().is_empty());
}
