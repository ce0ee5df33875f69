//! Ending sessions: when it happens, to whom, and what is remembered when it happens to some only.

use smartag_emulator::{Fault, NewUser, Outside, What};

use crate::accounts::{KICK, kick};
use crate::workspace::{INSTANCE, Workspace};

const NIGHT: &str = "smartag_kick_clients.night";

/// A workspace whose instance has these users, each of them online.
fn online(names: &[&str]) -> Option<Workspace> {
    let workspace = Workspace::open()?;
    for name in names {
        workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, name)));
        dial_in(&workspace, name);
    }
    Some(workspace)
}

fn dial_in(workspace: &Workspace, name: &str) {
    let (sag_id, user_name) = (INSTANCE.to_owned(), name.to_owned());
    workspace.outside(Outside::OpenSession { sag_id, user_name, client_ip: None });
}

/// Kicks by name; order does not matter.
fn kicked(workspace: &Workspace) -> Vec<String> {
    let mut kicked = workspace.writes();
    kicked.sort();
    kicked
}

fn night(names: &[&str], rest: &str) -> String {
    kick("night", &format!("user_names = {names:?}\n  {rest}"))
}

/// Names in the state.
fn kept(workspace: &Workspace) -> Vec<String> {
    let state = workspace.state(NIGHT);
    let names = state["user_names"].as_array().cloned().unwrap_or_default();
    names.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn creating_it_ends_every_session_and_reading_or_destroying_it_calls_nobody() {
    let Some(workspace) = online(&["alice.w", "bobby.w"]) else { return };
    dial_in(&workspace, "alice.w");
    let config = night(&["alice.w", "bobby.w"], "");
    workspace.plan(&config).says("+ kicked_at = (known after apply)");
    workspace.apply(&config);
    assert_eq!(kicked(&workspace), ["kick alice.w", "kick bobby.w"]);
    assert_eq!(workspace.emulator.users(INSTANCE).iter().map(|user| user.online).sum::<usize>(), 0);

    let state = workspace.state(NIGHT);
    let request_ids = state["request_ids"].as_object().expect("a map by user");
    assert_eq!(request_ids.keys().collect::<Vec<_>>(), ["alice.w", "bobby.w"]);
    assert_eq!(state["region"], "cn-shanghai");
    assert!(state["kicked_at"].as_str().is_some_and(|time| time.len() == 20 && time.ends_with('Z')), "{state}");

    workspace.assert_settled();
    workspace.destroy();
    assert!(workspace.emulator.calls().is_empty(), "{:?}", workspace.emulator.calls());
}

#[test]
fn an_added_name_alone_is_kicked_and_a_removed_one_is_not() {
    let Some(workspace) = online(&["alice.w", "bobby.w", "carol.w"]) else { return };
    workspace.apply(&night(&["alice.w"], ""));
    workspace.writes();
    let first = workspace.state(NIGHT);

    let more = night(&["alice.w", "bobby.w"], "");
    workspace.plan(&more).says("will be updated in-place");
    workspace.apply(&more);
    assert_eq!(kicked(&workspace), ["kick bobby.w"]);
    let second = workspace.state(NIGHT);
    assert_eq!(second["request_ids"]["alice.w"], first["request_ids"]["alice.w"]);

    workspace.apply(&night(&["bobby.w"], "")).says("1 changed");
    assert_eq!(kicked(&workspace), [""; 0]);
    let third = workspace.state(NIGHT);
    assert_eq!(third["kicked_at"], second["kicked_at"]);
    assert_eq!(third["request_ids"].as_object().map(serde_json::Map::len), Some(1));

    // Both at once, and a name that comes back is a new one.
    workspace.apply(&night(&["alice.w", "carol.w"], ""));
    assert_eq!(kicked(&workspace), ["kick alice.w", "kick carol.w"]);
    workspace.apply(&night(&["alice.w", "carol.w"], "timeouts {\n    create = \"1m\"\n  }"));
    assert_eq!(kicked(&workspace), [""; 0]);
}

#[test]
fn changed_triggers_kick_everybody_again() {
    let Some(workspace) = online(&["alice.w", "bobby.w"]) else { return };
    let config = |shift: &str| night(&["alice.w", "bobby.w"], &format!("triggers = {{\n    shift = {shift:?}\n  }}"));
    workspace.apply(&config("early"));
    let first = workspace.state(NIGHT);
    workspace.writes();
    workspace.plan(&config("late")).says("must be replaced");
    workspace.apply(&config("late"));
    assert_eq!(kicked(&workspace), ["kick alice.w", "kick bobby.w"]);
    assert_ne!(workspace.state(NIGHT)["id"], first["id"]);
    workspace.apply(&night(&["alice.w", "bobby.w"], ""));
    assert_eq!(kicked(&workspace), ["kick alice.w", "kick bobby.w"], "no triggers are other triggers");
}

#[test]
fn kicking_somebody_who_is_not_online_is_success() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "alice.w")));
    workspace.apply(&night(&["alice.w"], ""));
    assert_eq!(kicked(&workspace), ["kick alice.w"]);
}

#[test]
fn a_kick_cannot_be_imported() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.write("main.tf", &night(&["alice.w"], ""));
    workspace.import(NIGHT, "sag-emulator0001").failed().says("smartag_kick_clients cannot be imported");
    assert!(workspace.addresses().is_empty() && workspace.emulator.calls().is_empty());
}

#[test]
fn a_kick_of_which_nothing_succeeded_leaves_no_state() {
    let Some(workspace) = Workspace::open() else { return };
    let run = workspace.apply_fails(&night(&["alice.w", "bobby.w"], ""));
    let run = run.says("Could not kick 2 of 2 client users").says("- alice.w:").says("- bobby.w:");
    run.says("Nobody was kicked").says("ClientUser.NameInvalid");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn when_creating_it_succeeds_for_some_the_next_apply_kicks_all() {
    let Some(workspace) = online(&["alice.w", "bobby.w", "carol.w"]) else { return };
    let config = night(&["alice.w", "bobby.w", "carol.w"], "");
    workspace.emulator.fault(Fault::new(KICK, What::error("Forbidden.RAM")).for_user("bobby.w"));
    let run = workspace.apply_fails(&config).says("Could not kick 1 of 3 client users").says("- bobby.w:");
    run.says("the next apply kicks all users again").omits("- alice.w:");
    assert_eq!(kicked(&workspace), ["kick alice.w", "kick bobby.w", "kick carol.w"]);
    assert!(workspace.is_tainted(NIGHT));

    workspace.plan(&config).says("is tainted, so");
    workspace.apply(&config);
    assert_eq!(kicked(&workspace), ["kick alice.w", "kick bobby.w", "kick carol.w"]);
}

#[test]
fn when_adding_names_succeeds_for_some_the_next_apply_kicks_the_others() {
    let Some(workspace) = online(&["alice.w", "bobby.w", "carol.w"]) else { return };
    workspace.apply(&night(&["alice.w"], ""));
    workspace.writes();

    let config = night(&["alice.w", "bobby.w", "carol.w"], "");
    workspace.emulator.fault(Fault::new(KICK, What::error("Forbidden.RAM")).for_user("carol.w"));
    workspace.apply_fails(&config).says("Could not kick 1 of 2 client users").says("- carol.w:");
    assert_eq!(kicked(&workspace), ["kick bobby.w", "kick carol.w"]);
    assert_eq!(kept(&workspace), ["alice.w", "bobby.w"]);
    assert!(!workspace.is_tainted(NIGHT));

    workspace.apply(&config);
    assert_eq!(kicked(&workspace), ["kick carol.w"]);
}

#[test]
fn an_unknown_instance_is_told_once_with_where_it_was_looked_for() {
    let Some(workspace) = Workspace::open() else { return };
    let config =
        "resource \"smartag_kick_clients\" \"night\" {\n  sag_id = \"sag-nowhere\"\n  user_names = [\"alice.w\"]\n}\n";
    let run = workspace.apply_fails(config).says("SAG.InstanceNoFound").says("sag-nowhere").says("cn-shanghai");
    assert_eq!(run.count("Error:"), 1, "{run}");
}
