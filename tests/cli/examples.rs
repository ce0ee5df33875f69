//! Every example that is shipped works as it is written: what the Registry shows, and the module with its tests.

use std::fs;
use std::path::{Path, PathBuf};

use smartag_emulator::{InstanceConfig, NewUser, Outside};

use crate::workspace::Workspace;

/// The instance that the examples name.
const EXAMPLE_INSTANCE: &str = "sag-abc123";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The folders below one of `examples`.
fn folders(of: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(examples().join(of)).expect("a folder can be listed");
    let mut folders: Vec<_> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    folders.sort();
    folders
}

/// A workspace with the examples' instance, and with the accounts that they take for granted.
fn workspace(users: &[&str]) -> Option<Workspace> {
    let instance = |config: &mut smartag_emulator::Config| {
        config.instances.push(InstanceConfig::new(EXAMPLE_INSTANCE));
    };
    let mut workspace = Workspace::with(instance)?;
    for name in users {
        workspace.outside(Outside::AddUser(NewUser::new(EXAMPLE_INSTANCE, name)));
    }
    for variable in ["TF_VAR_alice_password", "TF_VAR_carol_password"] {
        workspace.set(variable, "hush-example-1");
    }
    Some(workspace)
}

fn hcl(folder: &Path, starts_with: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(folder).expect("a folder can be listed").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "tf"))
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), fs::read_to_string(&path).ok()?)))
        .filter(|(name, _)| name.starts_with(starts_with))
        .collect();
    files.sort();
    files
}

#[test]
fn every_resource_example_applies_and_then_plans_nothing() {
    let folders = folders("resources");
    assert_eq!(folders.len(), 2, "{folders:?}");
    for folder in folders {
        for (_, text) in hcl(&folder, "resource") {
            let kicks = folder.ends_with("smartag_kick_clients");
            let Some(workspace) = workspace(if kicks { &["alice.w", "bob@example.com"] } else { &[] }) else { return };
            workspace.apply(&text);
        }
    }
}

#[test]
fn the_import_example_takes_an_account_over() {
    let folder = examples().join("resources/smartag_client_user");
    let Some(workspace) = workspace(&["alice.w"]) else { return };
    let (_, import) = hcl(&folder, "import").remove(0);
    let account = format!(
        "resource \"smartag_client_user\" \"alice\" {{\n  sag_id = {EXAMPLE_INSTANCE:?}\n  user_name = \"alice.w\"\n  \
         user_mail = \"alice.w@example.com\"\n  bandwidth = 2000\n}}\n"
    );
    workspace.apply(&format!("{import}\n{account}")).says("1 imported, 0 added, 0 changed");
}

#[test]
fn every_data_source_and_function_example_works() {
    let (data_sources, functions) = (folders("data-sources"), folders("functions"));
    assert_eq!((data_sources.len(), functions.len()), (4, 2), "{data_sources:?} {functions:?}");
    for folder in data_sources.into_iter().chain(functions) {
        let Some(workspace) = workspace(&["alice.w", "bob@example.com"]) else { return };
        for (_, text) in hcl(&folder, "") {
            workspace.apply(&text);
        }
    }
}

#[test]
fn the_module_passes_its_own_tests_against_a_mocked_provider() {
    let Some(workspace) = workspace(&[]) else { return };
    fs::remove_file(workspace.path().join("provider.tf")).expect("a module has no provider block of its own");
    for (name, text) in hcl(&examples().join("modules/client_users"), "") {
        workspace.write(&name, &text);
    }
    fs::create_dir_all(workspace.path().join("tests")).expect("a folder can be made");
    fs::create_dir_all(workspace.path().join("mocks")).expect("a folder can be made");
    let read = |path: &str| fs::read_to_string(examples().join(path)).expect("it is shipped");
    let test = read("modules/client_users/tests/client_users.tftest.hcl").replace("../../mocks", "./mocks");
    workspace.write("tests/client_users.tftest.hcl", &test);
    workspace.write("mocks/smartag.tfmock.hcl", &read("mocks/smartag.tfmock.hcl"));
    workspace.run(&["test"]).succeeded().says("0 failed");
    assert_eq!(workspace.emulator.calls().len(), 0);
}
