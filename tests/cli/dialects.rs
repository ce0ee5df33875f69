//! The service as older or other documents describe it: what users see stays the same.

use smartag_emulator::{CreateAnswer, Filter, NewUser, Outside, PageKey, Verdict};

use crate::accounts::alice;
use crate::workspace::{INSTANCE, Workspace};

const PASSWORD: &str = "password = \"hush-alice-1\"";

#[test]
fn an_account_lives_the_same_life_in_every_dialect() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| {
        switches.numbers_as_strings = true;
        switches.page_key = PageKey::PageNo;
        switches.filter = Filter::Substring;
        switches.create_answer = CreateAnswer::Y2019;
        switches.max_page_size = 7;
        switches.accelerate_bandwidth = None;
        switches.bandwidth_required = true;
        switches.modify_bandwidth_required = true;
        switches.already_disabled = Verdict::Code("IncorrectStatus".to_owned());
    });
    // Names that hold the one that is looked for, on the pages before it.
    let prefix = "alice.w".to_owned();
    workspace.outside(Outside::AddFleet { sag_id: INSTANCE.to_owned(), prefix, count: 20 });
    workspace.apply(&alice(PASSWORD));
    workspace.apply(&alice(&format!("{PASSWORD}\n  client_ip = \"10.0.9.9\"\n  enabled = false")));
    workspace.apply(&alice(&format!("{PASSWORD}\n  enabled = true")));
    workspace.destroy();
    assert_eq!(
        workspace.writes(),
        ["create alice.w", "disable alice.w", "modify alice.w", "modify alice.w", "enable alice.w", "delete alice.w"]
    );
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 20);
}

#[test]
fn where_case_makes_no_other_name_the_error_tells_the_name_that_is_taken() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| switches.ignore_case = true);
    workspace.outside(Outside::AddUser(NewUser::new(INSTANCE, "Alice.W")));
    let run = workspace.apply_fails(&alice(PASSWORD)).says("Client user Alice.W exists already");
    run.says("id = \"cn-shanghai:sag-emulator0001:Alice.W\"");
    assert!(workspace.addresses().is_empty());
}
