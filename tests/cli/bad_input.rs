//! What cannot be meant: told before anything is called, with the attribute, what was given, and what is wanted.

use serde_json::Value;

use crate::accounts::{alice, user};
use crate::workspace::Workspace;

/// A client user that is right but for these lines, which come last.
fn account(label: &str, wrong: &str) -> String {
    let name = wrong.split(" = ").next().unwrap_or_default();
    let right = ["user_mail = \"a@example.com\"", "bandwidth = 1", "sag_id = \"sag-emulator0001\""];
    let right: Vec<_> = right.into_iter().filter(|line| !line.starts_with(&format!("{name} "))).collect();
    format!("resource \"smartag_client_user\" {label:?} {{\n  {}\n  {wrong}\n}}\n", right.join("\n  "))
}

/// The diagnostics of `validate`, which finds those of all resources in one run.
fn validate(workspace: &Workspace, config: &str) -> Vec<Value> {
    workspace.write("main.tf", config);
    let run = workspace.run(&["validate", "-json"]);
    let answer: Value = serde_json::from_str(run.stdout()).unwrap_or_else(|error| panic!("{error}: {run}"));
    assert!(workspace.emulator.calls().is_empty(), "validation needs no call");
    answer["diagnostics"].as_array().cloned().unwrap_or_default()
}

fn of<'a>(diagnostics: &'a [Value], address: &str) -> Vec<&'a Value> {
    diagnostics.iter().filter(|diagnostic| diagnostic["address"] == address).collect()
}

#[test]
fn each_bad_value_is_told_with_its_attribute_what_was_given_and_what_is_wanted() {
    let Some(workspace) = Workspace::open() else { return };
    let cases = [
        ("bandwidth = 0", "bandwidth is 0.", "a whole number from 1 to 20000 (Kbit/s)"),
        ("bandwidth = 20001", "bandwidth is 20001.", "a whole number from 1 to 20000 (Kbit/s)"),
        ("bandwidth = 1.5", "bandwidth is 1.5.", "a whole number from 1 to 20000 (Kbit/s)"),
        ("bandwidth = -1", "bandwidth is -1.", "a whole number from 1 to 20000 (Kbit/s)"),
        ("user_mail = \"alice.example.com\"", "user_mail is \"alice.example.com\".", "\"@\""),
        ("client_ip = \"10.0.0\"", "client_ip is \"10.0.0\".", "an IPv4 address such as \"10.0.0.7\""),
        ("client_ip = \"10.0.0.256\"", "client_ip is \"10.0.0.256\".", "an IPv4 address"),
        ("client_ip = \"10.0.0.7/32\"", "client_ip is \"10.0.0.7/32\".", "an IPv4 address"),
        ("client_ip = \"fd00::7\"", "client_ip is \"fd00::7\".", "an IPv4 address"),
        ("client_ip = \"alice.example.com\"", "client_ip is \"alice.example.com\".", "an IPv4 address"),
        ("region = \"CN Shanghai\"", "region is \"CN Shanghai\".", "the id of a region such as \"cn-shanghai\""),
        ("client_ip = \"\"", "client_ip is \"\".", "or null"),
        ("user_name = \"\"", "user_name is \"\".", "or null"),
        ("region = \"\"", "region is \"\".", "or null"),
        ("user_mail = \"\"", "user_mail is \"\".", "some text"),
        ("sag_id = \"\"", "sag_id is \"\".", "some text"),
    ];
    let label = |index: usize| format!("case{index}");
    let config: String = cases.iter().enumerate().map(|(index, (wrong, ..))| account(&label(index), wrong)).collect();
    let diagnostics = validate(&workspace, &config);
    for (index, (wrong, given, wanted)) in cases.iter().enumerate() {
        let told = of(&diagnostics, &format!("smartag_client_user.{}", label(index)));
        assert_eq!(told.len(), 1, "{wrong}: {told:?}");
        let name = wrong.split(" = ").next().unwrap_or_default();
        assert_eq!(told[0]["severity"], "error", "{wrong}");
        assert_eq!(told[0]["summary"], format!("Invalid value for {name}"), "{wrong}");
        let detail = told[0]["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(given) && detail.contains("Wanted: ") && detail.contains(wanted), "{wrong}: {detail}");
        assert_eq!(told[0]["snippet"]["code"], format!("  {wrong}"), "the line of {wrong} is shown");
    }
}

#[test]
fn a_bad_password_is_told_without_it_and_without_its_line() {
    let Some(workspace) = Workspace::open() else { return };
    let long = format!("hush-{}", "x".repeat(28));
    let cases =
        [("short", "hush-1", "8 to 32 characters"), ("long", &long, "8 to 32 characters"), ("empty", "", "null")];
    let config: String = cases
        .iter()
        .map(|(label, password, _)| account(label, &format!("user_name = \"alice.w\"\n  password = {password:?}")))
        .collect();
    let diagnostics = validate(&workspace, &config);
    for (label, _, wanted) in cases {
        let told = of(&diagnostics, &format!("smartag_client_user.{label}"));
        assert_eq!(told.len(), 1, "{label}: {told:?}");
        assert_eq!(told[0]["summary"], "Invalid value for password");
        let detail = told[0]["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(wanted), "{label}: {detail}");
        let line = told[0]["snippet"]["code"].as_str().unwrap_or_default();
        assert!(!line.contains("password"), "{label}: {line}");
    }
}

#[test]
fn bad_values_inside_blocks_and_sets_are_told_with_their_path() {
    let Some(workspace) = Workspace::open() else { return };
    let kick = |label: &str, names: &str| {
        format!(
            "resource \"smartag_kick_clients\" {label:?} {{\n  sag_id = \"sag-emulator0001\"\n  user_names = {names}\n}}\n"
        )
    };
    let config = format!(
        "{}{}{}{}",
        account("times", "timeouts {\n    create = \"soon\"\n    read = \"\"\n  }"),
        kick("nobody", "[]"),
        kick("empty", "[\"alice.w\", \"\"]"),
        kick("null", "[\"alice.w\", null]"),
    );
    let diagnostics = validate(&workspace, &config);
    let times = of(&diagnostics, "smartag_client_user.times");
    assert_eq!(times.len(), 2, "{times:?}");
    assert_eq!(times[0]["summary"], "Invalid value for timeouts.create");
    assert!(times[0]["detail"].as_str().is_some_and(|detail| detail.contains("\"soon\"") && detail.contains("5m")));
    for (label, wanted) in [("nobody", "at least one"), ("empty", "neither empty"), ("null", "nor null")] {
        let told = of(&diagnostics, &format!("smartag_kick_clients.{label}"));
        assert_eq!(told.len(), 1, "{label}: {told:?}");
        let detail = told[0]["detail"].as_str().unwrap_or_default();
        assert!(detail.starts_with("user_names is ") && detail.contains(wanted), "{label}: {detail}");
    }
}

#[test]
fn an_account_is_created_with_both_name_and_password_or_with_neither() {
    let Some(workspace) = Workspace::open() else { return };
    // The same is right for an account that exists, so only a plan can tell.
    let name_only = alice("");
    let password_only = account("carol", "password = \"hush-carol-1\"");
    let config = format!("{name_only}{password_only}");
    let told = validate(&workspace, &config);
    assert!(told.iter().all(|diagnostic| diagnostic["address"].is_null()), "{told:?}");
    let run = workspace.plan_fails(&config);
    assert_eq!(run.count("Error: user_name and a password go together"), 2, "{run}");
    run.says("user_name is \"alice.w\" and no password is written")
        .says("A password is written and user_name is not")
        .says("with smartag_client_user.alice")
        .says("with smartag_client_user.carol");
    assert!(workspace.addresses().is_empty() && workspace.emulator.calls().is_empty());
}

#[test]
fn doubtful_values_are_warned_about_and_left_to_the_service() {
    let Some(workspace) = Workspace::open() else { return };
    let public = account("public", "client_ip = \"8.8.8.8\"");
    let odd = user(
        "odd",
        "user_name = \"al\"\n  password = \"hush-al-12\"\n  user_mail = \"al@example.com\"\n  bandwidth = 1",
    );
    let run = workspace.plan(&format!("{public}{odd}"));
    let run = run.says("Warning: Questionable value for client_ip").says("client_ip is \"8.8.8.8\"");
    run.says("Warning: Unusual user name").says("user_name is \"al\"").says("7 to 33");
    let run = workspace.run(&["apply", "-auto-approve"]).failed();
    run.says("ClientUser.InvalidClientIp").says("ClientUser.NameInvalid");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn an_import_id_of_another_shape_is_refused_with_the_right_ones() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.write("main.tf", &alice(""));
    for id in ["alice.w", "sag-emulator0001:", ":alice.w", "a:b:c:d", "CN SHANGHAI:sag-emulator0001:alice.w"] {
        let run = workspace.import("smartag_client_user.alice", id).failed().says("Invalid import id");
        run.says(&format!("The import id is {id:?}"))
            .says("\"<sag_id>:<user_name>\"")
            .says("\"<region>:<sag_id>:<user_name>\"");
    }
    assert!(workspace.addresses().is_empty() && workspace.emulator.calls().is_empty());
}

#[test]
fn bad_arguments_of_the_provider_block_are_told_like_those_of_a_resource() {
    let Some(workspace) = Workspace::open() else { return };
    let refused = |workspace: &Workspace, arguments: &str| {
        workspace.provider(arguments);
        workspace.plan_fails(&alice("password = \"hush-alice-1\""))
    };
    refused(&workspace, "region = \"Shanghai\"").says("region is \"Shanghai\". Wanted: the id of a region");
    refused(&workspace, "protocol = \"FTP\"").says("protocol is \"FTP\". Wanted: \"HTTPS\" or \"HTTP\"");
    refused(&workspace, "client_read_timeout = -1").says("client_read_timeout is -1. Wanted: a whole number from 0");
    refused(&workspace, "max_retry_timeout = 1.5").says("max_retry_timeout is 1.5. Wanted: a whole number from 0");
    assert!(workspace.emulator.calls().is_empty());
}
