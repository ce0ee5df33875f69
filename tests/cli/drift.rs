//! What somebody else changes: shown by the next plan, put right by the next apply, and never taken for more than it is.

use std::net::Ipv4Addr;

use serde_json::json;
use smartag_emulator::{NewUser, Outside, UserChange};

use crate::accounts::{LIST, alice, alice_changes, old_alice, user};
use crate::workspace::{INSTANCE, Workspace};

const ALICE: &str = "smartag_client_user.alice";

fn alice_goes() -> Outside {
    Outside::RemoveUser { sag_id: INSTANCE.to_owned(), user_name: "alice.w".to_owned() }
}

#[test]
fn each_change_made_outside_is_shown_and_put_right_with_one_call() {
    let Some(workspace) = Workspace::open() else { return };
    let before = NewUser { client_ip: Some(Ipv4Addr::new(10, 0, 0, 7)), ..old_alice() };
    let workspace = workspace.with_old_alice(before);
    let config = alice("client_ip = \"10.0.0.7\"\n  enabled = true");
    workspace.apply_once(&config);
    workspace.writes();

    for (change, shown, call) in [
        (UserChange { bandwidth: Some(5), ..alice_changes() }, "~ bandwidth = 5 -> 2000", "modify alice.w"),
        (
            UserChange { user_mail: Some("eve@example.com".to_owned()), ..alice_changes() },
            "~ user_mail = \"eve@example.com\" -> \"alice@example.com\"",
            "modify alice.w",
        ),
        (
            UserChange { client_ip: Some("10.0.0.9".to_owned()), ..alice_changes() },
            "~ client_ip = \"10.0.0.9\" -> \"10.0.0.7\"",
            "modify alice.w",
        ),
        (
            UserChange { client_ip: Some(String::new()), ..alice_changes() },
            "+ client_ip = \"10.0.0.7\"",
            "modify alice.w",
        ),
        (UserChange { enabled: Some(false), ..alice_changes() }, "~ enabled = false -> true", "enable alice.w"),
    ] {
        workspace.outside(Outside::ChangeUser(change));
        workspace.plan(&config).says(shown).says("0 to add, 1 to change, 0 to destroy");
        workspace.apply(&config);
        assert_eq!(workspace.writes(), [call], "{shown}");
    }
}

#[test]
fn a_static_address_given_outside_is_taken_back_where_none_is_written() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    let change = UserChange { client_ip: Some("10.0.0.9".to_owned()), ..alice_changes() };
    workspace.outside(Outside::ChangeUser(change));
    workspace.plan(&alice("")).says("- client_ip = \"10.0.0.9\" -> null");
    workspace.apply(&alice(""));
    assert_eq!(workspace.writes(), ["modify alice.w"]);
    assert_eq!(workspace.account("alice.w").and_then(|account| account.client_ip), None);
}

#[test]
fn a_suspension_outside_is_noticed_and_left_alone_where_enabled_is_not_written() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.outside(Outside::ChangeUser(UserChange { enabled: Some(false), ..alice_changes() }));
    workspace.plan(&alice("")).says("No changes.");
    workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded().says("~ enabled = true -> false");
    assert_eq!(workspace.state(ALICE)["enabled"], false);
    workspace.assert_settled();
    assert_eq!(workspace.writes(), [""; 0]);
}

#[test]
fn an_account_removed_outside_is_made_again() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.outside(alice_goes());
    let again = alice("password = \"hush-alice-1\"");
    workspace.plan(&again).says("smartag_client_user.alice will be created");
    workspace.apply(&again).says("1 added, 0 changed, 0 destroyed");
    assert_eq!(workspace.writes(), ["create alice.w"]);
}

#[test]
fn destroying_what_is_gone_already_succeeds_whatever_the_service_answers() {
    let Some(workspace) = Workspace::open() else { return };
    for answer in ["ClientUser.NameInvalid", "ParameterSagClientId", "success"] {
        workspace.outside(Outside::AddUser(old_alice()));
        workspace.write("main.tf", &alice(""));
        workspace.import(ALICE, "sag-emulator0001:alice.w").succeeded();
        workspace.emulator.change_switches(|switches| switches.absent_user.delete = answer.to_owned().into());
        workspace.outside(alice_goes());
        workspace.emulator.clear_calls();
        // Without a refresh nobody has noticed yet.
        workspace.run(&["destroy", "-auto-approve", "-refresh=false"]).succeeded();
        assert_eq!(workspace.writes(), ["delete alice.w"], "{answer}");
        assert!(workspace.addresses().is_empty(), "{answer}");
    }
    workspace.outside(Outside::AddUser(old_alice()));
    workspace.import(ALICE, "sag-emulator0001:alice.w").succeeded();
    workspace.outside(alice_goes());
    workspace.emulator.clear_calls();
    // To refresh before it destroys, Terraform plans as if it were to apply: that would create the account.
    workspace.write("main.tf", &alice("password = \"hush-alice-1\""));
    workspace.destroy();
    assert_eq!(workspace.writes(), [""; 0], "a refresh has noticed that there is nothing to delete");
}

#[test]
fn an_account_that_the_list_does_not_show_yet_is_waited_for() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| switches.list_lag_ms = 4_000);
    workspace.apply_once(&alice("password = \"hush-alice-1\""));
    workspace.assert_settled();
    assert!(workspace.emulator.count(LIST) > 1, "the list lagged, so it was read again");
    assert_eq!(workspace.writes(), ["create alice.w"]);

    // One that is made anew while the list shows the old one neither confuses nor is confused.
    workspace.run(&["apply", "-auto-approve", "-replace=smartag_client_user.alice"]).succeeded();
    workspace.assert_settled();
    assert_eq!(workspace.writes(), ["delete alice.w", "create alice.w"]);
}

#[test]
fn when_the_instance_is_gone_its_users_are_and_one_warning_says_so() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    let bob = user("bob", "user_mail = \"bobby.w@example.com\"\n  bandwidth = 2000");
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "bobby.w")));
    let config = format!("{}{bob}", alice(""));
    workspace.write("main.tf", &config);
    workspace.import("smartag_client_user.bob", "sag-emulator0001:bobby.w").succeeded();
    workspace.outside(Outside::RemoveInstance { sag_id: INSTANCE.to_owned() });

    let run = workspace.run(&["apply", "-refresh-only", "-auto-approve"]).succeeded();
    assert_eq!(run.count("Warning: Instance sag-emulator0001 does not exist"), 1, "{run}");
    run.says("cn-shanghai").says(workspace.emulator.url());
    assert!(workspace.addresses().is_empty());
}

#[test]
fn destroying_users_of_an_instance_that_is_gone_succeeds() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.outside(Outside::RemoveInstance { sag_id: INSTANCE.to_owned() });
    let run = workspace.run(&["destroy", "-auto-approve", "-refresh=false"]).succeeded();
    run.says("Warning: Instance sag-emulator0001 does not exist");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn the_address_of_a_dynamic_account_never_enters_the_state() {
    let Some(workspace) = Workspace::open() else { return };
    let config = alice("password = \"hush-alice-1\"");
    for says_static in [true, false] {
        workspace.emulator.change_switches(|switches| {
            switches.dynamic_client_ip = true;
            switches.is_static_ip = says_static;
        });
        workspace.apply(&config);
        assert_eq!(workspace.state(ALICE)["client_ip"], json!(null), "IsStaticIp told: {says_static}");
        workspace.destroy();
    }
}

#[test]
fn a_static_address_comes_and_goes_also_where_the_service_does_not_say_which_it_is() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| {
        switches.dynamic_client_ip = true;
        switches.is_static_ip = false;
    });
    let dynamic = alice("password = \"hush-alice-1\"");
    let fixed = alice("password = \"hush-alice-1\"\n  client_ip = \"10.0.7.7\"");
    for config in [&dynamic, &fixed, &dynamic, &fixed] {
        workspace.apply(config);
    }
    let address = workspace.account("alice.w").and_then(|account| account.client_ip);
    assert_eq!(address, Some(Ipv4Addr::new(10, 0, 7, 7)));
}

#[test]
fn a_name_that_differs_in_case_only_is_an_error_and_not_gone() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.outside(alice_goes());
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "Alice.W")));
    workspace.plan_fails(&alice("")).says("Client user alice.w is spelt differently").says("\"Alice.W\"");
    assert_eq!(workspace.state(ALICE)["user_name"], "alice.w");
    assert_eq!(workspace.writes(), [""; 0]);
}
