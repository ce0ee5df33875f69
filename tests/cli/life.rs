//! The life of an account: created, changed in place, replaced, destroyed; and what each step costs in calls.

use serde_json::json;
use smartag_emulator::{Config, InstanceConfig, NewUser};

use crate::accounts::{alice, old_alice, user};
use crate::workspace::{INSTANCE, Workspace};

const PASSWORD: &str = r#"password = "hush-alice-1""#;

#[test]
fn an_account_is_created_and_destroyed_with_one_call_each() {
    let Some(workspace) = Workspace::open() else { return };
    let config = alice(
        r#"password = "hush-alice-1"
  client_ip = "10.0.0.7"
  timeouts {
    create = "1m"
    delete = "90s"
  }"#,
    );
    workspace.plan(&config).says(r#"+ id = "sag-emulator0001:alice.w""#).says("+ password = (sensitive value)");
    assert!(workspace.emulator.calls().is_empty(), "a plan of something new asks nobody");

    workspace.apply(&config);
    assert_eq!(workspace.writes(), ["create alice.w"]);
    let account = workspace.account("alice.w").expect("the account is there");
    assert_eq!((account.user_mail.as_str(), account.bandwidth, account.enabled), ("alice@example.com", 2000, true));
    assert_eq!(account.client_ip.map(|address| address.to_string()).as_deref(), Some("10.0.0.7"));
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-1"));
    let state = workspace.state("smartag_client_user.alice");
    assert_eq!(state["id"], "sag-emulator0001:alice.w");
    assert_eq!(state["region"], "cn-shanghai");
    assert_eq!(state["enabled"], true);
    assert_eq!(state["client_ip"], "10.0.0.7");

    workspace.destroy();
    assert_eq!(workspace.writes(), ["delete alice.w"]);
    assert_eq!(workspace.account("alice.w"), None);
    assert!(workspace.addresses().is_empty());
}

#[test]
fn each_attribute_changes_in_place_with_one_call() {
    let Some(workspace) = Workspace::open() else { return };
    let config = |mail: &str, bandwidth: u32, rest: &str| {
        user("alice", &format!("user_name = \"alice.w\"\n  user_mail = {mail:?}\n  bandwidth = {bandwidth}\n  {rest}"))
    };
    let (old, new) = ("alice@example.com", "alice.wonder@example.com");
    let second = r#"password = "hush-alice-2""#;
    workspace.apply(&config(old, 2000, PASSWORD));
    workspace.writes();

    for (changed, call) in [
        (config(new, 2000, PASSWORD), "modify alice.w"),
        (config(new, 20_000, PASSWORD), "modify alice.w"),
        (config(new, 20_000, &format!("{PASSWORD}\n client_ip = \"10.0.0.7\"")), "modify alice.w"),
        (config(new, 20_000, &format!("{PASSWORD}\n client_ip = \"10.0.0.8\"")), "modify alice.w"),
        (config(new, 20_000, PASSWORD), "modify alice.w"),
        (config(new, 20_000, second), "reset alice.w"),
        (config(new, 20_000, &format!("{second}\n enabled = false")), "disable alice.w"),
        (config(new, 20_000, &format!("{second}\n enabled = true")), "enable alice.w"),
    ] {
        workspace.apply(&changed).says("0 added, 1 changed, 0 destroyed");
        assert_eq!(workspace.writes(), [call], "{changed}");
    }
    let account = workspace.account("alice.w").expect("the account is there");
    assert_eq!((account.user_mail.as_str(), account.bandwidth), (new, 20_000));
    assert_eq!((account.enabled, account.client_ip, account.password_changes), (true, None, 1));
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-2"));
}

#[test]
fn several_changes_of_one_account_are_one_modify() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.apply(&user(
        "alice",
        "user_name = \"alice.w\"\n user_mail = \"new@example.com\"\n bandwidth = 50\n client_ip = \"10.1.2.3\"",
    ));
    assert_eq!(workspace.writes(), ["modify alice.w"]);
    let account = workspace.account("alice.w").expect("the account is there");
    assert_eq!((account.user_mail.as_str(), account.bandwidth), ("new@example.com", 50));
    assert_eq!(account.client_ip.map(|address| address.to_string()).as_deref(), Some("10.1.2.3"));
}

#[test]
fn disabling_goes_first_and_enabling_goes_last() {
    let Some(workspace) = Workspace::open() else { return };
    let config = |bandwidth: u32, password: &str, enabled: bool| {
        user(
            "alice",
            &format!(
                "user_name = \"alice.w\"\n  user_mail = \"alice@example.com\"\n  bandwidth = {bandwidth}\n  \
                 password = {password:?}\n  enabled = {enabled}"
            ),
        )
    };
    workspace.apply(&config(1, "hush-alice-1", false));
    assert_eq!(workspace.writes(), ["create alice.w", "disable alice.w"]);
    workspace.apply(&config(2, "hush-alice-2", true));
    assert_eq!(workspace.writes(), ["modify alice.w", "reset alice.w", "enable alice.w"]);
    workspace.apply(&config(3, "hush-alice-3", false));
    assert_eq!(workspace.writes(), ["disable alice.w", "modify alice.w", "reset alice.w"]);
    assert_eq!(workspace.account("alice.w").map(|account| account.enabled), Some(false));
}

#[test]
fn without_a_name_the_mail_address_becomes_the_name_and_stays_it() {
    let Some(workspace) = Workspace::open() else { return };
    let config = |mail: &str| user("bob", &format!("user_mail = {mail:?}\n  bandwidth = 2000"));
    workspace
        .plan(&config("bob@example.com"))
        .says("+ user_name = (known after apply)")
        .says("+ id = (known after apply)");
    workspace.apply(&config("bob@example.com"));
    let state = workspace.state("smartag_client_user.bob");
    assert_eq!(state["user_name"], "bob@example.com");
    assert_eq!(state["id"], "sag-emulator0001:bob@example.com");
    workspace.writes();

    // Another address is no other account: its name is what it was called first.
    workspace.apply(&config("robert@example.com"));
    assert_eq!(workspace.writes(), ["modify bob@example.com"]);
    assert_eq!(workspace.state("smartag_client_user.bob")["user_name"], "bob@example.com");
    workspace.destroy();
    assert_eq!(workspace.writes(), ["delete bob@example.com"]);
}

#[test]
fn another_name_or_another_instance_makes_another_account() {
    let two_instances =
        |config: &mut Config| config.instances.push(InstanceConfig::new("sag-other0002").in_region("eu-central-1"));
    let Some(workspace) = Workspace::with(two_instances) else { return };
    let account = |sag_id: &str, region: &str, user_name: &str, rest: &str| {
        format!(
            "resource \"smartag_client_user\" \"alice\" {{\n  sag_id = {sag_id:?}\n  region = {region:?}\n  \
             user_name = {user_name:?}\n  password = \"hush-alice-1\"\n  user_mail = \"a@example.com\"\n  \
             bandwidth = 1\n  {rest}\n}}\n"
        )
    };
    workspace.apply(&account(INSTANCE, "cn-shanghai", "alice.w", ""));
    workspace.writes();

    let renamed = account(INSTANCE, "cn-shanghai", "alice.wonder", "");
    workspace.plan(&renamed).says("must be replaced").says("# forces replacement");
    workspace.apply(&renamed).says("1 added, 0 changed, 1 destroyed");
    assert_eq!(workspace.writes(), ["delete alice.w", "create alice.wonder"]);

    let moved = account("sag-other0002", "eu-central-1", "alice.wonder", "");
    workspace.apply(&moved).says("1 added, 0 changed, 1 destroyed");
    assert_eq!(workspace.writes(), ["delete alice.wonder", "create alice.wonder"]);
    assert!(workspace.emulator.users(INSTANCE).is_empty());
    assert_eq!(workspace.emulator.users("sag-other0002").len(), 1);

    let before = "lifecycle {\n    create_before_destroy = true\n  }";
    workspace.apply(&account("sag-other0002", "eu-central-1", "alice.w", before));
    assert_eq!(workspace.writes(), ["create alice.w", "delete alice.wonder"]);
}

#[test]
fn a_password_that_is_no_longer_written_is_left_alone_and_one_that_comes_back_is_set_once() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.apply(&alice(PASSWORD));
    workspace.writes();
    workspace.apply(&alice(""));
    assert_eq!(workspace.writes(), [""; 0]);
    assert_eq!(workspace.state("smartag_client_user.alice")["password"], json!(null));
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-1"));

    let back = alice(r#"password = "hush-alice-2""#);
    workspace.plan(&back).says("The password of an existing account will be reset").says("mails the user");
    workspace.apply(&back);
    assert_eq!(workspace.writes(), ["reset alice.w"]);
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-2"));
}

#[test]
fn a_password_is_sensitive_in_the_state() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.apply(&alice(PASSWORD));
    let shown = workspace.show();
    let resource = &shown["values"]["root_module"]["resources"][0];
    assert_eq!(resource["sensitive_values"]["password"], true, "{shown}");
    assert_eq!(resource["values"]["password"], "hush-alice-1");
    workspace.run(&["show"]).succeeded().says("password = (sensitive value)");
    workspace.write("output.tf", "output \"password\" {\n  value = smartag_client_user.alice.password\n}\n");
    workspace.run(&["plan"]).failed().says("Output refers to sensitive values");
}

#[test]
fn leaving_enabled_out_lets_nobody_in_again_and_writing_it_does() {
    let Some(workspace) = Workspace::open() else { return };
    let suspended = NewUser { enabled: false, ..old_alice() };
    let workspace = workspace.with_old_alice(suspended);
    // Whatever else changes, a suspended account stays suspended.
    workspace.apply(&alice("client_ip = \"10.0.0.7\""));
    assert_eq!(workspace.writes(), ["modify alice.w"]);
    assert_eq!(workspace.state("smartag_client_user.alice")["enabled"], false);
    workspace.apply(&alice("client_ip = \"10.0.0.7\"\n  enabled = true"));
    assert_eq!(workspace.writes(), ["enable alice.w"]);
    // No longer written, it stays as it is.
    workspace.apply(&alice("client_ip = \"10.0.0.7\""));
    assert_eq!(workspace.writes(), [""; 0]);
    assert_eq!(workspace.account("alice.w").map(|account| account.enabled), Some(true));
}

#[test]
fn settings_of_the_provider_alone_change_without_a_call() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.apply(&alice("timeouts {\n    update = \"30s\"\n  }")).says("1 changed");
    workspace.apply(&alice("timeouts {\n    update = \"30s\"\n    read = \"1h30m\"\n  }")).says("1 changed");
    workspace.apply(&alice("")).says("1 changed");
    assert_eq!(workspace.writes(), [""; 0]);
}
