//! Ctrl-C in the middle of something.

use std::thread::sleep;
use std::time::{Duration, Instant};

use smartag_emulator::{Fault, What};

use crate::accounts::{CREATE, alice};
use crate::workspace::{INSTANCE, Run, Workspace};

const APPLY: [&str; 2] = ["apply", "-auto-approve"];

/// Applies, and interrupts as soon as the service is struck by `fault`.
fn apply_interrupted_at(workspace: &Workspace, fault: Fault) -> Run {
    workspace.write("main.tf", &alice("password = \"hush-alice-1\""));
    workspace.emulator.fault(fault);
    let running = workspace.start(&APPLY);
    let until = Instant::now() + Duration::from_secs(30);
    while !workspace.emulator.faults().is_empty() {
        assert!(Instant::now() < until, "the call that was to be interrupted never came");
        // Another process is waited for, and it tells nobody.
        sleep(Duration::from_millis(10));
    }
    running.interrupt();
    workspace.concluded(&APPLY, running)
}

#[test]
fn an_account_that_is_just_being_made_is_not_forgotten() {
    let Some(workspace) = Workspace::open() else { return };
    let slow = Fault::new(CREATE, What::Slow).after(Duration::from_secs(2));
    apply_interrupted_at(&workspace, slow).says("Interrupt received");
    assert_eq!(workspace.state("smartag_client_user.alice")["id"], "sag-emulator0001:alice.w");
    assert!(!workspace.is_tainted("smartag_client_user.alice"));
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 1);
    workspace.assert_settled();
}

#[test]
fn waiting_ends_at_once_and_nothing_is_made() {
    let Some(workspace) = Workspace::open() else { return };
    let throttled = Fault::new(CREATE, What::throttle(Duration::from_secs(50)));
    let begun = Instant::now();
    apply_interrupted_at(&workspace, throttled).failed().says("Could not create client user alice.w");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(workspace.addresses().is_empty() && workspace.emulator.users(INSTANCE).is_empty());
    workspace.apply(&alice("password = \"hush-alice-1\""));
}
