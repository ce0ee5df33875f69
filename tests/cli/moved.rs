//! Accounts that move in from the alicloud provider, which a program of ours stands in for.

use std::path::Path;

use smartag_emulator::{NewUser, Outside};

use crate::accounts::{LIST, old_alice};
use crate::workspace::{INSTANCE, PROGRAM, Workspace};

const BOTH: &str = r#"terraform {
  required_providers {
    smartag = {
      source = "smartag/smartag"
    }
    alicloud = {
      source = "aliyun/alicloud"
    }
  }
}
"#;

/// The account in the words of both providers, but for the type and what else is written.
fn account(resource: &str, name: &str, arguments: &str) -> String {
    format!(
        "resource {resource:?} \"alice\" {{\n  sag_id = {INSTANCE:?}\n  {name}\n  user_mail = \"alice@example.com\"\n  \
         bandwidth = 2000\n  {arguments}\n}}\n"
    )
}

const NAMED: &str = "user_name = \"alice.w\"\n  password = var.password";

const MOVED: &str = "moved {\n  from = alicloud_sag_client_user.alice\n  to = smartag_client_user.alice\n}\n";

const VARIABLE: &str = "variable \"password\" {\n  sensitive = true\n  default = \"hush-alice-1\"\n}\n";

/// A workspace in which alicloud manages the account of alice, who was there before.
fn with_alicloud(user: NewUser, name: &str, arguments: &str) -> Option<Workspace> {
    let workspace = Workspace::open()?;
    let directory = Path::new(PROGRAM).parent().expect("a program lies in a directory");
    let stand_in = directory.join("examples");
    let program = stand_in.join(format!("terraform-provider-alicloud{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: `cargo build --examples` makes it", program.display());
    workspace.write(
        "cli.tfrc",
        &format!(
            "provider_installation {{\n  dev_overrides {{\n    \"smartag/smartag\" = {directory:?}\n    \
             \"aliyun/alicloud\" = {stand_in:?}\n  }}\n}}\n"
        ),
    );
    let url = workspace.emulator.url();
    workspace.write(
        "provider.tf",
        &format!(
            "{BOTH}\nprovider \"smartag\" {{\n  region = \"cn-shanghai\"\n  endpoints {{\n    smartag = {url:?}\n  }}\n}}\n{VARIABLE}"
        ),
    );
    workspace.outside(Outside::AddUser(user));
    workspace.apply_once(&account("alicloud_sag_client_user", name, arguments));
    assert_eq!(workspace.emulator.calls().len(), 0);
    Some(workspace)
}

#[test]
fn an_account_moves_in_with_the_same_configuration_and_nothing_but_reads() {
    let Some(workspace) = with_alicloud(old_alice(), NAMED, "") else { return };
    let config = format!("{}{MOVED}", account("smartag_client_user", NAMED, ""));
    let run = workspace.apply_once(&config);
    run.says("has moved to").says("0 added, 0 changed, 0 destroyed").says("password_wo");
    workspace.assert_settled();
    let state = workspace.state("smartag_client_user.alice");
    assert_eq!((&state["region"], &state["enabled"]), (&"cn-shanghai".into(), &true.into()));
    assert_eq!(state["client_ip"], serde_json::Value::Null);
    assert!(workspace.emulator.calls().iter().all(|call| call.action == LIST), "{:?}", workspace.emulator.calls());

    // From here on the password can leave the state.
    let write_only = NAMED.replace("password =", "password_wo_version = 1\n  password_wo =");
    workspace.apply(&format!("{}{MOVED}", account("smartag_client_user", &write_only, "")));
    assert_eq!(workspace.writes(), ["reset alice.w"]);
    assert!(!workspace.read("terraform.tfstate").contains("hush-"));
}

#[test]
fn an_account_that_is_named_by_its_mail_address_moves_in_too() {
    let named_by_mail = NewUser { user_name: "alice@example.com".to_owned(), ..old_alice() };
    let Some(workspace) = with_alicloud(named_by_mail, "", "") else { return };
    workspace.apply_once(&format!("{}{MOVED}", account("smartag_client_user", "", ""))).omits("password_wo");
    workspace.assert_settled();
    assert_eq!(workspace.state("smartag_client_user.alice")["user_name"], "alice@example.com");
    assert_eq!(workspace.writes(), [""; 0]);
}

#[test]
fn a_move_from_another_type_is_refused_and_nothing_is_lost() {
    let Some(workspace) = with_alicloud(old_alice(), NAMED, "") else { return };
    let kick = format!(
        "resource \"smartag_kick_clients\" \"alice\" {{\n  sag_id = {INSTANCE:?}\n  user_names = [\"alice.w\"]\n}}\n{}",
        MOVED.replace("to = smartag_client_user", "to = smartag_kick_clients")
    );
    workspace.plan_fails(&kick).says("Move is not possible").says("alicloud_sag_client_user");
    assert_eq!(workspace.addresses(), ["alicloud_sag_client_user.alice"]);
}
