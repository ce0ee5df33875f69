//! Values that are known only while applying: the plan waits for them, and the apply converges.

use crate::accounts::{kick, user};
use crate::workspace::{INSTANCE, Workspace};

/// Something whose output is not known before it is applied.
fn later(label: &str, value: &str) -> String {
    format!("resource \"terraform_data\" {label:?} {{\n  input = {value}\n}}\n")
}

#[test]
fn arguments_of_an_account_may_be_unknown_while_planning() {
    let Some(workspace) = Workspace::open() else { return };
    let config = |mail: &str, rate: &str, address: &str, open: &str| {
        let account = user(
            "alice",
            "user_name = terraform_data.name.output\n  user_mail = terraform_data.mail.output\n  \
             bandwidth = terraform_data.rate.output\n  client_ip = terraform_data.address.output\n  \
             enabled = terraform_data.open.output\n  password = \"hush-alice-1\"",
        );
        let values = [("name", "\"alice.w\""), ("mail", mail), ("rate", rate), ("address", address), ("open", open)];
        values.iter().map(|(label, value)| later(label, value)).chain([account]).collect::<String>()
    };
    let first = config("\"alice@example.com\"", "2000", "\"10.0.0.7\"", "false");
    let plan = workspace.plan(&first).says("+ id = (known after apply)").says("+ bandwidth = (known after apply)");
    plan.says("+ region = \"cn-shanghai\"");
    workspace.apply(&first);
    assert_eq!(workspace.writes(), ["create alice.w", "disable alice.w"]);
    let state = workspace.state("smartag_client_user.alice");
    assert_eq!(state["id"], "sag-emulator0001:alice.w");
    assert_eq!(state["enabled"], false);

    let second = config("\"new@example.com\"", "3000", "null", "true");
    workspace.plan(&second).says("# smartag_client_user.alice will be updated in-place");
    workspace.apply(&second);
    assert_eq!(workspace.writes(), ["modify alice.w", "enable alice.w"]);
    let account = workspace.account("alice.w").expect("the account is there");
    assert_eq!((account.bandwidth, account.client_ip, account.enabled), (3000, None, true));
}

#[test]
fn an_instance_and_a_password_may_be_unknown_while_planning() {
    let Some(workspace) = Workspace::open() else { return };
    let config = |number: &str| {
        let account = "resource \"smartag_client_user\" \"alice\" {\n  sag_id = terraform_data.instance.output\n  \
                       user_name = \"alice.w\"\n  user_mail = \"alice@example.com\"\n  bandwidth = 1\n  \
                       password = \"hush-alice-${terraform_data.number.output}\"\n}\n";
        let instance = later("instance", &format!("{INSTANCE:?}"));
        format!("{instance}{}{account}", later("number", number))
    };
    workspace.apply(&config("1"));
    assert_eq!(workspace.writes(), ["create alice.w"]);
    workspace.apply(&config("2"));
    assert_eq!(workspace.writes(), ["reset alice.w"]);
    assert!(workspace.emulator.password_is(INSTANCE, "alice.w", "hush-alice-2"));
}

#[test]
fn a_name_that_turns_out_to_be_null_is_the_mail_address() {
    let Some(workspace) = Workspace::open() else { return };
    let account =
        user("bob", "user_name = terraform_data.name.output\n  user_mail = \"bob@example.com\"\n  bandwidth = 1");
    let config = format!("{}{account}", later("name", "tostring(null)"));
    workspace.apply(&config);
    assert_eq!(workspace.state("smartag_client_user.bob")["user_name"], "bob@example.com");
}

#[test]
fn what_turns_out_to_be_wrong_while_applying_is_told_as_if_it_had_been_written() {
    let Some(workspace) = Workspace::open() else { return };
    let rate = user("rate", "user_mail = \"rate@example.com\"\n  bandwidth = terraform_data.rate.output");
    let name =
        user("name", "user_name = terraform_data.name.output\n  user_mail = \"name@example.com\"\n  bandwidth = 1");
    let config = format!("{}{}{rate}{name}", later("rate", "20001"), later("name", "\"alice.w\""));
    let run = workspace.apply_fails(&config).says("bandwidth is 20001. Wanted: a whole number");
    run.says("user_name is \"alice.w\" and no password is written");
    assert_eq!(workspace.writes(), [""; 0]);
    assert!(workspace.state("smartag_client_user.rate").is_null());
}

#[test]
fn names_to_kick_may_be_unknown_while_planning() {
    let Some(workspace) = Workspace::open() else { return };
    let fleet =
        smartag_emulator::Outside::AddFleet { sag_id: INSTANCE.to_owned(), prefix: "staff".to_owned(), count: 3 };
    workspace.outside(fleet);
    let config = |names: &str, values: &str| {
        format!("{values}{}", kick("night", &format!("user_names = {names}\n  triggers = {{\n    at = \"8\"\n  }}")))
    };
    let one = later("one", "\"staff00001\"");
    let first = config("[\"staff00002\", terraform_data.one.output]", &one);
    workspace.plan(&first).says("+ user_names = [ + \"staff00002\", + (known after apply), ]");
    workspace.apply(&first);
    let mut kicked = workspace.writes();
    kicked.sort();
    assert_eq!(kicked, ["kick staff00001", "kick staff00002"]);

    // A third name, unknown while planning, turns up on the update.
    let third = format!("{one}{}", later("third", "\"staff00003\""));
    workspace.apply(&config("[\"staff00002\", terraform_data.one.output, terraform_data.third.output]", &third));
    assert_eq!(workspace.writes(), ["kick staff00003"]);

    // It may turn out to be somebody who was kicked already.
    let again = format!("{third}{}", later("again", "\"staff00001\""));
    workspace.apply(&config("[\"staff00002\", \"staff00003\", terraform_data.again.output]", &again));
    assert_eq!(workspace.writes(), [""; 0]);
}

#[test]
fn a_trigger_that_is_unknown_kicks_anew_once() {
    let Some(workspace) = Workspace::open() else { return };
    let fleet =
        smartag_emulator::Outside::AddFleet { sag_id: INSTANCE.to_owned(), prefix: "staff".to_owned(), count: 1 };
    workspace.outside(fleet);
    let config = |value: &str| {
        let night = kick(
            "night",
            "user_names = [\"staff00001\"]\n  triggers = {\n    shift = terraform_data.shift.output\n  }",
        );
        format!("{}{night}", later("shift", value))
    };
    for shift in ["\"early\"", "\"late\""] {
        workspace.apply(&config(shift));
        assert_eq!(workspace.writes(), ["kick staff00001"], "{shift}");
    }
}

#[test]
fn arguments_of_the_provider_block_may_be_unknown_until_a_call_needs_them() {
    let Some(workspace) = Workspace::open() else { return };
    let url = workspace.emulator.url().to_owned();
    workspace.whole_provider(
        "region = terraform_data.region.output\n  endpoints {\n    smartag = terraform_data.endpoint.output\n  }",
    );
    let config = |arguments: &str| {
        let values = format!("{}{}", later("region", "\"cn-shanghai\""), later("endpoint", &format!("{url:?}")));
        format!("{values}{}", user("bob", &format!("user_mail = \"bob@example.com\"\n  bandwidth = 1\n  {arguments}")))
    };
    workspace.plan(&config("")).says("+ region = (known after apply)").says("3 to add");
    workspace.apply(&config(""));
    assert_eq!(workspace.state("smartag_client_user.bob")["region"], "cn-shanghai");
    workspace.writes();

    // An account that is there must be read, and where to ask is no longer known.
    let moved = config("").replace(&format!("{url:?}"), &format!("replace({url:?}, terraform_data.region.id, \"\")"));
    let unknown = moved.replace("terraform_data.region.id", "terraform_data.new.id");
    let run = workspace.plan_fails(&format!("{unknown}{}", later("new", "1")));
    run.says("The provider block is not known yet").says("endpoints").says("-target");
    assert_eq!(workspace.writes(), [""; 0]);
}
