//! Answers that never come: no account is made twice, and none is forgotten.

use smartag_emulator::{Fault, NewUser, Outside, What};

use crate::accounts::{CREATE, DELETE, LIST, alice, old_alice, user};
use crate::workspace::{INSTANCE, Workspace};

const ALICE: &str = "smartag_client_user.alice";
const PASSWORD: &str = "password = \"hush-alice-1\"";

#[test]
fn an_account_whose_creation_was_not_answered_is_adopted() {
    let Some(workspace) = Workspace::open() else { return };
    for what in [What::CloseAfter, What::Truncate, What::Garbage, What::error_after("InternalError")] {
        workspace.emulator.fault(Fault::new(CREATE, what.clone()));
        workspace.apply(&alice(PASSWORD)).says("Client user alice.w was looked up after its creation");
        assert_eq!(workspace.writes(), ["create alice.w"], "{what:?}");
        assert!(!workspace.is_tainted(ALICE), "{what:?}");
        workspace.destroy();
        workspace.writes();
    }
    // The name is the service's to choose, also then.
    workspace.emulator.fault(Fault::new(CREATE, What::CloseAfter));
    workspace.apply(&user("bob", "user_mail = \"bob@example.com\"\n  bandwidth = 2000"));
    assert_eq!(workspace.state("smartag_client_user.bob")["user_name"], "bob@example.com");
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 1);
}

#[test]
fn a_creation_that_never_arrived_is_sent_again() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.fault(Fault::new(CREATE, What::CloseBefore));
    workspace.apply(&alice(PASSWORD));
    assert_eq!(workspace.writes(), ["create alice.w"; 2]);
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 1);
}

#[test]
fn an_account_whose_creation_was_not_answered_is_adopted_once_the_list_shows_it() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| switches.list_lag_ms = 3_000);
    workspace.emulator.fault(Fault::new(CREATE, What::CloseAfter));
    workspace.apply(&alice(PASSWORD));
    assert!(!workspace.is_tainted(ALICE));
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 1);
}

#[test]
fn an_account_with_another_mail_address_is_not_adopted() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(NewUser { user_mail: Some("eve@example.com".to_owned()), ..old_alice() }));
    workspace.emulator.fault(Fault::new(CREATE, What::CloseBefore));
    workspace.apply_fails(&alice(PASSWORD)).says("Client user alice.w exists already").says("eve@example.com");
    assert!(workspace.addresses().is_empty());
}

#[test]
fn an_account_that_may_not_dial_in_is_not_adopted() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddUser(NewUser { enabled: false, ..old_alice() }));
    for what in [What::CloseBefore, What::Html, What::error_after("ServiceUnavailable")] {
        workspace.emulator.fault(Fault::new(CREATE, what));
        workspace.apply_fails(&alice(PASSWORD)).says("Client user alice.w exists already").says("disabled");
        assert!(workspace.addresses().is_empty());
    }
}

#[test]
fn when_nobody_can_say_whether_an_account_was_made_the_error_says_how_to_take_it_over() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.fault(Fault::new(CREATE, What::CloseAfter));
    workspace.emulator.fault(Fault::new(LIST, What::error("Forbidden.RAM")).times(9));
    let run = workspace.apply_fails(&alice(PASSWORD));
    run.says("It is not known whether client user alice.w was created").says("cn-shanghai:sag-emulator0001:alice.w");
    assert_eq!(workspace.writes(), ["create alice.w"]);
}

#[test]
fn a_deletion_whose_answer_was_lost_is_a_deletion() {
    let Some(workspace) = Workspace::open() else { return };
    for what in [What::CloseAfter, What::Truncate, What::error_after("InternalError")] {
        assert_destroys_in_spite_of(&workspace, what);
    }
}

#[test]
fn a_deletion_whose_answer_cannot_be_read_is_a_deletion() {
    let Some(workspace) = Workspace::open() else { return };
    assert_destroys_in_spite_of(&workspace, What::Garbage);
}

#[test]
fn a_deletion_whose_answer_was_lost_is_a_deletion_although_the_list_shows_it_late() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.emulator.change_switches(|switches| switches.list_lag_ms = 3_000);
    assert_destroys_in_spite_of(&workspace, What::CloseAfter);
}

fn assert_destroys_in_spite_of(workspace: &Workspace, what: What) {
    workspace.outside(Outside::AddUser(old_alice()));
    workspace.write("main.tf", &alice(""));
    workspace.import(ALICE, "sag-emulator0001:alice.w").succeeded();
    workspace.emulator.fault(Fault::new(DELETE, what.clone()));
    workspace.destroy();
    assert!(workspace.addresses().is_empty(), "{what:?}");
    assert!(workspace.emulator.users(INSTANCE).is_empty(), "{what:?}");
}
