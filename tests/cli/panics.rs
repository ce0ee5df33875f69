//! A defect of a provider, as a user of the CLI meets it: a provider that panics on purpose takes the real one's place.

use std::env::consts::EXE_SUFFIX;
use std::path::Path;

use crate::workspace::{PROGRAM, Run, Workspace};

const APPLY: [&str; 2] = ["apply", "-auto-approve"];

/// What the CLI prints about a plugin that crashed, with all that it said last.
const BANNER: &str = "Stack trace from the terraform-provider-panicking plugin";

/// A workspace whose provider is the one of `tests/stub/panicking`.
fn workspace() -> Option<Workspace> {
    let workspace = Workspace::open()?;
    let plugins = Path::new(PROGRAM).with_file_name("examples");
    let program = plugins.join(format!("terraform-provider-panicking{EXE_SUFFIX}"));
    assert!(program.exists(), "{} is missing: `cargo build --examples` makes it", program.display());
    workspace.write(
        "cli.tfrc",
        &format!("provider_installation {{\n  dev_overrides {{\n    \"smartag/panicking\" = {plugins:?}\n  }}\n}}\n"),
    );
    workspace.write(
        "provider.tf",
        "terraform {\n  required_providers {\n    panicking = {\n      source = \"smartag/panicking\"\n    }\n  }\n}\n",
    );
    Some(workspace)
}

/// A thing that holds a secret while the provider panics at this point.
fn thing(label: &str, when: &str) -> String {
    format!("resource \"panicking_thing\" {label:?} {{\n  when = {when:?}\n  password = \"hush-{label}-1\"\n}}\n")
}

fn run(workspace: &Workspace, arguments: &[&str], config: &str) -> Run {
    workspace.write("main.tf", config);
    workspace.broken_off(arguments, workspace.start(arguments))
}

#[test]
fn a_panic_after_a_create_is_an_error_that_keeps_the_state_and_ends_nobody_elses_work() {
    let Some(workspace) = workspace() else { return };
    // One at a time, so that the provider must still be alive for at least one of the two that are well.
    let alone = ["apply", "-auto-approve", "-parallelism=1"];
    let config = [thing("a", "never"), thing("b", "after create"), thing("c", "never")].concat();
    let told = run(&workspace, &alone, &config).failed();
    let told =
        told.says("Error: Defect in the provider").says("the forge went cold over Thing").says("password: Known(***)");
    let told = told.says("with panicking_thing.b").says("is kept in the state").says("Please report this");
    let told = told.omits("crashed!").omits("Stack trace").omits("panic:").omits("did not respond");
    assert_eq!(told.count("Error: "), 1, "{told}");
    for label in ["a", "b", "c"] {
        assert_eq!(workspace.state(&format!("panicking_thing.{label}"))["id"], "made", "{label}");
    }
    assert!(workspace.is_tainted("panicking_thing.b"), "as after every create that failed with something there");

    let repaired = [thing("a", "never"), thing("b", "never"), thing("c", "never")].concat();
    run(&workspace, &APPLY, &repaired).succeeded().says("1 added, 0 changed, 1 destroyed");
    workspace.assert_settled();
}

#[test]
fn a_panic_in_a_read_is_an_error_and_nothing_is_taken_for_gone() {
    let Some(workspace) = workspace() else { return };
    run(&workspace, &APPLY, &thing("a", "in read")).succeeded();
    let before = workspace.state("panicking_thing.a");
    let told = run(&workspace, &["apply", "-refresh-only", "-auto-approve"], &thing("a", "in read")).failed();
    told.says("Error: Defect in the provider").says("the glass is broken").omits("crashed!").omits("panic:");
    assert_eq!(workspace.state("panicking_thing.a"), before);
}

#[test]
fn only_a_panic_outside_of_all_calls_is_shown_as_a_crash() {
    let Some(workspace) = workspace() else { return };
    // The CLI shows what a plugin said last only where the run fails as well.
    let told = run(&workspace, &APPLY, &thing("a", "in a thread, and it fails")).failed();
    assert_eq!(told.text().matches("panic: ").count(), 1, "{told}");
    let told = told.says(BANNER).says("panic: panicked at tests/stub/panicking/main.rs:");
    told.says("a thread fell over Thing").says("password: Known(***)").says("Error: The thread is gone");

    let told = run(&workspace, &APPLY, &thing("a", "in a thread")).succeeded();
    told.omits("crashed!").omits("panic:");
}
