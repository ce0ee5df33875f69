//! Somebody ends it in the middle: an interrupt, a killed Terraform, a killed provider. Afterwards the state and the
//! service agree, or the next run tells exactly what to import.
//!
//! All of these apply a department of 40. The first ten accounts are made at once; the calls for the next ten have
//! arrived and wait for their answers when it happens, so it is known what was done and what was not.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use smartag_emulator::{Fault, What};

use crate::accounts::{CREATE, RESET};
use crate::fleet::department;
use crate::program::Running;
use crate::workspace::{INSTANCE, PROGRAM, Run, Workspace};

const APPLY: [&str; 2] = ["apply", "-auto-approve"];

/// How long the answers to the creates under way are held up.
const HOLD: Duration = Duration::from_secs(2);

/// The end of what was interrupted: the answers under way, and as much again for a busy machine as is not yet suspicious.
const SOON: Duration = Duration::from_secs(20);

/// Accounts that are made before the interruption, and as many again are under way.
const TEN: u32 = 10;

/// Lets the first ten creates through, and does these to the next ten. Those that may follow are slow too.
fn hold_up(workspace: &Workspace, ten: &[(u32, Fault)]) {
    assert_eq!(ten.iter().map(|(times, _)| times).sum::<u32>(), TEN);
    for (times, fault) in ten {
        workspace.emulator.fault(fault.clone().skip(TEN).times(*times));
    }
    workspace.emulator.fault(answered_late().skip(TEN).times(TEN * 2));
}

/// The account is there, and the answer comes late.
fn answered_late() -> Fault {
    Fault::new(CREATE, What::Slow).after(HOLD)
}

/// The call has arrived, and the account comes late.
fn made_late() -> Fault {
    Fault::new(CREATE, What::Slow).before(HOLD)
}

/// The account is there, and the answer never comes.
fn never_answered() -> Fault {
    Fault::new(CREATE, What::CloseAfter).after(HOLD)
}

/// Starts to apply the department, and waits until ten accounts are made and ten are under way.
fn half_applied(workspace: &Workspace) -> Running {
    workspace.write("main.tf", &department(40));
    let running = workspace.start(&APPLY);
    wait_for("ten creates under way", || workspace.emulator.faults().len() <= 1);
    running
}

fn wait_for(what: &str, happened: impl Fn() -> bool) {
    let until = Instant::now() + SOON;
    while !happened() {
        assert!(Instant::now() < until, "{what}: waited for {SOON:?} in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The provider that this Terraform runs.
fn provider_of(terraform: &Running) -> Pid {
    let parent = terraform.id().as_raw_nonzero().to_string();
    let processes = fs::read_dir("/proc").expect("Linux has it").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let providers: Vec<_> = ids
        .filter(|id| status(*id).is_some_and(|(_, of)| of == parent))
        .filter(|id| {
            fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|program| program == std::path::Path::new(PROGRAM))
        })
        .collect();
    let [provider] = providers[..] else { panic!("one provider is running at a time, not {providers:?}") };
    Pid::from_raw(provider).expect("a process has a number")
}

/// State and parent of a process.
fn status(id: i32) -> Option<(String, String)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name stands in parentheses and may hold anything.
    let mut words = text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned);
    Some((words.next()?, words.next()?))
}

/// Whether nothing of a process runs any more, be it that nobody has asked for its exit code.
fn has_ended(process: Pid) -> bool {
    status(process.as_raw_nonzero().get()).is_none_or(|(state, _)| state == "Z")
}

/// Names of the accounts in the state, as the CLI tells them.
fn in_state(workspace: &Workspace) -> BTreeSet<String> {
    let listed = workspace.run(&["state", "list"]).succeeded();
    let addresses = listed.stdout().lines();
    addresses.map(|address| workspace.state(address)["user_name"].as_str().unwrap_or(address).to_owned()).collect()
}

/// Names of the accounts that exist.
fn on_service(workspace: &Workspace) -> BTreeSet<String> {
    workspace.emulator.users(INSTANCE).into_iter().map(|user| user.user_name).collect()
}

/// The import blocks in the errors of a run, with the placeholder replaced by the resource that the error is about.
fn pasted_imports(run: &Run) -> Vec<String> {
    let text = run.text();
    // OpenTofu and some versions of Terraform draw frames around errors even without colours.
    let lines: Vec<_> = text.lines().map(|line| line.trim_start_matches('│').trim()).collect();
    let text = lines.join("\n");
    let errors = text.split("\nError: ").filter(|error| error.contains("\nimport {"));
    errors
        .map(|error| {
            let (_, address) = error.split_once("\nwith ").expect("an error names its resource");
            let (address, _) = address.split_once(',').expect("a comma follows it");
            let (_, block) = error.split_once("\nimport {").expect("it was looked for above");
            let (block, _) = block.split_once("\n}").expect("a block ends");
            assert!(block.contains("to = smartag_client_user.<name>\n"), "{block}");
            format!("import {{{}\n}}\n", block.replace("smartag_client_user.<name>", address))
        })
        .collect()
}

/// The run after something was killed makes what was not made, and tells how to take over what was; doing so settles it.
fn repair_by_pasting(workspace: &Workspace, orphans: &BTreeSet<String>) {
    workspace.emulator.clear_faults();
    let run = workspace.run(&APPLY).failed();
    assert_eq!(run.count("exists already"), orphans.len(), "{run}");
    for orphan in orphans {
        let run = run.unwrapped();
        assert!(run.contains(&format!("Error: Client user {orphan} exists already")), "{orphan}: {run}");
        assert!(run.contains(&format!("id = \"cn-shanghai:sag-emulator0001:{orphan}\"")), "{orphan}: {run}");
    }
    assert_eq!(&(&on_service(workspace) - &in_state(workspace)), orphans, "the rest was made");

    let blocks = pasted_imports(&run);
    assert_eq!(blocks.len(), orphans.len(), "{run}");
    workspace.emulator.clear_calls();
    let run = workspace.apply(&format!("{}{}", blocks.concat(), department(40)));
    run.says(&format!("{} imported, 0 added, {0} changed, 0 destroyed", orphans.len()));
    assert_eq!(workspace.emulator.count(RESET), orphans.len(), "their password was not known to the state");
    assert_eq!(in_state(workspace), on_service(workspace));
    assert_eq!(on_service(workspace).len(), 40);
}

#[test]
fn an_interrupt_leaves_nothing_behind_that_is_not_in_the_state() {
    let Some(workspace) = Workspace::open() else { return };
    hold_up(&workspace, &[(4, answered_late()), (3, made_late()), (3, never_answered())]);
    let running = half_applied(&workspace);
    running.interrupt();
    let interrupted = Instant::now();
    let run = workspace.concluded(&APPLY, running);
    assert!(interrupted.elapsed() < SOON, "{:?}: {run}", interrupted.elapsed());
    let run = run.says("Interrupt received").failed();

    let made = on_service(&workspace);
    assert!((20..40).contains(&made.len()), "{made:?}: {run}");
    assert_eq!(in_state(&workspace), made, "{run}");

    workspace.emulator.clear_faults();
    workspace.apply(&department(40)).says(&format!("{} added, 0 changed, 0 destroyed", 40 - made.len()));
    assert_eq!(in_state(&workspace).len(), 40);
    assert_eq!(on_service(&workspace).len(), 40);
    assert_eq!(workspace.emulator.count(CREATE), 40, "no account was asked for twice");
}

#[test]
fn when_terraform_is_killed_the_provider_ends_and_the_next_run_tells_what_to_import() {
    let Some(workspace) = Workspace::open() else { return };
    hold_up(&workspace, &[(4, answered_late()), (3, made_late()), (3, never_answered())]);
    let running = half_applied(&workspace);
    let provider = provider_of(&running);
    kill_process(running.id(), Signal::KILL).expect("it is running");
    workspace.broken_off(&APPLY, running);
    wait_for("the end of the provider", || has_ended(provider));

    // What was under way when nobody was left to hear of it was done to its end all the same.
    let made = on_service(&workspace);
    assert_eq!(made.len(), 20);
    assert_eq!(in_state(&workspace).len(), 10);
    let orphans = &made - &in_state(&workspace);
    repair_by_pasting(&workspace, &orphans);
}

#[test]
fn when_the_provider_is_killed_the_state_is_kept_and_the_next_run_tells_what_to_import() {
    let Some(workspace) = Workspace::open() else { return };
    // What the service would do with a call whose caller is gone before it acted is not for this test to know.
    hold_up(&workspace, &[(7, answered_late()), (3, never_answered())]);
    let running = half_applied(&workspace);
    kill_process(provider_of(&running), Signal::KILL).expect("it is running");
    // What Terraform says of it depends on how the connection broke.
    let run = workspace.broken_off(&APPLY, running).failed();

    assert_eq!(in_state(&workspace).len(), 10, "{run}");
    let orphans = &on_service(&workspace) - &in_state(&workspace);
    assert_eq!(orphans.len(), 10, "{run}");
    repair_by_pasting(&workspace, &orphans);
}
