//! What the service refuses, and what it does only half: told with what to do, and the state holds what is true.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;
use smartag_emulator::{Fault, NewUser, Outside, UserChange, What};

use crate::accounts::{CREATE, DISABLE, LIST, MODIFY, RESET, alice, alice_changes, old_alice, user};
use crate::workspace::{INSTANCE, Workspace};

const ALICE: &str = "smartag_client_user.alice";
const PASSWORD: &str = "password = \"hush-alice-1\"";

#[test]
fn an_unknown_instance_is_told_with_where_it_was_looked_for() {
    let Some(workspace) = Workspace::open() else { return };
    let config = alice(PASSWORD).replace(INSTANCE, "sag-nowhere");
    let run = workspace.apply_fails(&config).says("Could not create client user alice.w").says("SAG.InstanceNoFound");
    run.says("sag-nowhere")
        .says("cn-shanghai")
        .says("Check sag_id, and that region is the region the instance lives in");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn a_name_that_is_taken_is_told_with_who_has_it_and_how_to_take_it_over() {
    let Some(workspace) = Workspace::open() else { return };
    let eve = NewUser { user_mail: Some("eve@example.com".to_owned()), enabled: false, ..old_alice() };
    workspace.outside(Outside::AddUser(eve));
    let before = workspace.account("alice.w");
    let run = workspace.apply_fails(&alice(PASSWORD)).says("Client user alice.w exists already");
    let run = run.says("mail \"eve@example.com\", 2000 Kbit/s, disabled").says("Nothing was changed");
    run.says("import { to = smartag_client_user.<name> id = \"cn-shanghai:sag-emulator0001:alice.w\" }");
    assert!(workspace.addresses().is_empty());
    assert_eq!(workspace.account("alice.w"), before);
    assert_eq!(workspace.writes(), ["create alice.w"]);

    // The block that was told does what it promises.
    let block = "import {\n  to = smartag_client_user.alice\n  id = \"cn-shanghai:sag-emulator0001:alice.w\"\n}\n";
    workspace.apply(&format!("{block}{}", alice("")));
    assert_eq!(workspace.writes(), ["modify alice.w"]);
}

#[test]
fn a_mail_address_that_is_taken_as_a_name_is_told_like_a_name() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "bob@example.com")));
    let config = user("bob", "user_mail = \"bob@example.com\"\n  bandwidth = 2000");
    workspace.apply_fails(&config).says("Client user bob@example.com exists already").says("import {");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn limits_of_the_instance_are_told_with_what_to_do() {
    let small = |config: &mut smartag_emulator::Config| {
        config.instances[0] = smartag_emulator::InstanceConfig::new(INSTANCE).with_quota(1).with_cidr("10.0.0.0/16");
        config.switches.bandwidth_max = 5000;
    };
    let Some(workspace) = Workspace::with(small) else { return };
    let outside = alice(&format!("{PASSWORD}\n  client_ip = \"10.1.0.7\""));
    workspace.apply_fails(&outside).says("ClientUser.InvalidClientIp").says("the private range of the instance");
    let fast = user("alice", "user_mail = \"alice@example.com\"\n  bandwidth = 5001");
    workspace
        .apply_fails(&fast)
        .says("ClientUser.BandwidthInvalid")
        .says("some instances allow less than 20000 Kbit/s");
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "bobby.w")));
    workspace.apply_fails(&alice(PASSWORD)).says("ClientUser.UserOverLimit").says("extend the instance");
    assert!(workspace.addresses().is_empty());
    workspace.outside(Outside::ChangeInstance {
        sag_id: INSTANCE.to_owned(),
        quota: Some(2),
        cidr: Some(String::new()),
    });
    workspace.apply_fails(&alice(PASSWORD)).says("SAG.CidrEmpty").says("Set one in the SAG console first");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn an_account_that_was_used_this_month_stays_in_the_state_when_it_cannot_be_deleted() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(NewUser { used_this_month: true, ..old_alice() });
    let run = workspace.run(&["destroy", "-auto-approve"]).failed().says("cannot be deleted yet");
    run.says("ClientUser.UserInUsing").says("still enabled").says("\"suspend\"").says("terraform state rm");
    assert_eq!(workspace.addresses(), [ALICE]);
    assert_eq!(workspace.writes(), ["delete alice.w"]);
    workspace.outside(Outside::ChangeUser(UserChange { used_this_month: Some(false), ..alice_changes() }));
    workspace.destroy();
    assert!(workspace.addresses().is_empty());
}

#[test]
fn a_change_that_the_service_does_not_follow_is_an_error_and_the_state_keeps_the_old_value() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(NewUser { client_ip: Some(Ipv4Addr::new(10, 0, 0, 7)), ..old_alice() });
    workspace.emulator.change_switches(|switches| switches.modify_follows_client_ip = false);
    for (config, told_by_answer) in
        [(alice("client_ip = \"10.0.0.8\""), true), (alice("client_ip = \"10.0.0.8\""), false), (alice(""), false)]
    {
        workspace.emulator.change_switches(|switches| switches.modify_reports_client_ip = told_by_answer);
        workspace.apply_fails(&config).says("The service did not change client_ip").says("-replace");
        assert_eq!(workspace.state(ALICE)["client_ip"], "10.0.0.7");
        assert_eq!(workspace.writes(), ["modify alice.w"]);
    }
    // What did change is not changed again.
    let other = alice("client_ip = \"10.0.0.8\"").replace("alice@example.com", "new@example.com");
    workspace.apply_fails(&other).says("The service did not change client_ip");
    assert_eq!(workspace.state(ALICE)["user_mail"], "new@example.com");

    workspace.emulator.change_switches(|switches| switches.modify_follows_email = false);
    workspace.apply_fails(&alice("client_ip = \"10.0.0.7\"")).says("The service did not change user_mail");
    assert_eq!(workspace.state(ALICE)["user_mail"], "new@example.com");
    assert_eq!(workspace.state(ALICE)["client_ip"], "10.0.0.7");
}

#[test]
fn a_change_is_believed_without_an_answer_that_proves_it() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| {
        switches.modify_reports_mail = false;
        switches.modify_reports_client_ip = false;
    });
    let workspace = workspace.with_old_alice(old_alice());
    let config = alice("client_ip = \"10.0.0.8\"").replace("alice@example.com", "new@example.com");
    workspace.apply_once(&config);
    assert_eq!(workspace.writes(), ["modify alice.w"]);
    workspace.assert_settled();
    workspace.apply(&alice(""));
    assert_eq!(workspace.account("alice.w").and_then(|account| account.client_ip), None);
}

#[test]
fn an_update_keeps_what_it_finished_and_the_next_one_does_the_rest() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.apply(&alice(PASSWORD));
    workspace.writes();
    let changed = user(
        "alice",
        "user_name = \"alice.w\"\n  user_mail = \"new@example.com\"\n  bandwidth = 7\n  password = \"hush-alice-2\"\n  \
         enabled = false",
    );
    workspace.emulator.fault(Fault::new(RESET, What::error("Forbidden.RAM")));
    let run = workspace.apply_fails(&changed).says("Could not reset the password of client user alice.w");
    run.says("smartag:ResetSmartAccessGatewayClientUserPassword");
    assert_eq!(workspace.writes(), ["disable alice.w", "modify alice.w", "reset alice.w"]);
    let state = workspace.state(ALICE);
    assert_eq!((&state["user_mail"], &state["bandwidth"]), (&json!("new@example.com"), &json!(7)));
    assert_eq!((&state["enabled"], &state["password"]), (&json!(false), &json!("hush-alice-1")));

    workspace.apply(&changed);
    assert_eq!(workspace.writes(), ["reset alice.w"]);
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-2"));
}

#[test]
fn a_failed_update_leaves_the_state_as_it_was() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    let before = workspace.state(ALICE);
    workspace.emulator.fault(Fault::new(MODIFY, What::error("Forbidden.RAM")));
    workspace.apply_fails(&alice("client_ip = \"10.0.0.8\"")).says("Could not change client user alice.w");
    assert_eq!(workspace.state(ALICE), before);
    workspace.apply(&alice("client_ip = \"10.0.0.8\""));
}

#[test]
fn a_new_account_that_could_not_be_disabled_is_kept_and_disabled_by_the_next_apply() {
    let Some(workspace) = Workspace::open() else { return };
    let config = alice(&format!("{PASSWORD}\n  enabled = false"));
    workspace.emulator.fault(Fault::new(DISABLE, What::error("Forbidden.RAM")));
    workspace.apply_once(&config).says("Warning: The new account is still enabled").says("Forbidden.RAM");
    assert!(!workspace.is_tainted(ALICE));
    workspace.writes();
    workspace.plan(&config).says("~ enabled = true -> false").says("0 to add, 1 to change, 0 to destroy");
    workspace.apply(&config);
    assert_eq!(workspace.writes(), ["disable alice.w"]);
}

#[test]
fn an_error_while_reading_never_means_that_an_account_is_gone() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    let before = workspace.read("terraform.tfstate");
    for code in
        ["Forbidden.RAM", "Forbidden", "ParameterSagClientId", "SagClientUserNotExist", "SmartAccessGatewayInArrears"]
    {
        workspace.emulator.fault(Fault::new(LIST, What::error(code)));
        workspace.plan_fails(&alice("")).says("Could not read client user alice.w").says(code);
        assert_eq!(workspace.read("terraform.tfstate"), before, "{code}");
    }
    workspace.provider("region = \"cn-shanghai\"\n  max_retry_timeout = 1");
    workspace.emulator.fault(Fault::new(LIST, What::Html).times(100));
    workspace.plan_fails(&alice("")).says("Could not read client user alice.w").says("was given up after");
    assert_eq!(workspace.read("terraform.tfstate"), before);
}

#[test]
fn throttling_and_passing_failures_are_waited_out() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.fault(Fault::new(CREATE, What::error("Throttling.User")).times(2));
    workspace.emulator.fault(Fault::new(CREATE, What::throttle(Duration::from_millis(300))));
    workspace.apply(&alice(PASSWORD));
    assert_eq!(workspace.writes(), ["create alice.w"; 4]);
    for what in [
        What::error("InternalError"),
        What::error("ServiceUnavailable"),
        What::error("SignatureNonceUsed"),
        What::Html,
        What::CloseBefore,
        What::Truncate,
    ] {
        workspace.emulator.fault(Fault::new(LIST, what));
    }
    workspace.assert_settled();
    assert!(workspace.emulator.faults().is_empty(), "{:?}", workspace.emulator.faults());
    workspace.emulator.fault(Fault::new(MODIFY, What::error("InternalError")));
    workspace.emulator.fault(Fault::new(MODIFY, What::CloseAfter));
    workspace.emulator.clear_calls();
    workspace.apply(&alice(&format!("{PASSWORD}\n  client_ip = \"10.0.0.7\"")));
    assert_eq!(workspace.writes(), ["modify alice.w"; 3]);
}
