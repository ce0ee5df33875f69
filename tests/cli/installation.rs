//! The provider as users get it: installed by `init` from a mirror, and pointed at other endpoints.

use std::fs;

use crate::accounts::alice;
use crate::workspace::{PROGRAM, Workspace};

fn new_alice() -> String {
    alice("password = \"hush-alice-1\"")
}

/// The name of this platform in an unpacked mirror.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{machine}")
}

#[test]
fn it_is_installed_from_a_mirror_and_locked() {
    let Some(workspace) = Workspace::open() else { return };
    let registry = workspace.cli.registry();
    let mirror = workspace.path().join("mirror");
    let version = env!("CARGO_PKG_VERSION");
    let package = mirror.join(registry).join("smartag/smartag").join(version).join(platform());
    fs::create_dir_all(&package).expect("the directory is fresh");
    let program = package.join(format!("terraform-provider-smartag_v{version}{}", std::env::consts::EXE_SUFFIX));
    fs::copy(PROGRAM, program).expect("there is room for the provider");
    workspace.write(
        "cli.tfrc",
        &format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"),
    );
    workspace.write("main.tf", &new_alice());

    workspace.run(&["init"]).succeeded().says(&format!("Installed smartag/smartag v{version}"));
    let lock = workspace.read(".terraform.lock.hcl");
    assert!(lock.contains(&format!("provider \"{registry}/smartag/smartag\"")), "{lock}");
    assert!(lock.contains("h1:"), "{lock}");

    workspace.run(&["version"]).succeeded().says(&format!("{registry}/smartag/smartag v{version}"));
    let schema = workspace.run(&["providers", "schema", "-json"]).succeeded();
    schema.says("smartag_client_user").says("smartag_kick_clients");
    workspace.apply(&new_alice()).omits("development overrides");
    workspace.destroy();
    assert_eq!(workspace.writes(), ["create alice.w", "delete alice.w"]);
}

#[test]
fn an_endpoint_may_be_a_url_or_a_host_in_the_block_or_in_the_environment() {
    let Some(mut workspace) = Workspace::open() else { return };
    let url = workspace.emulator.url().to_owned();
    let host = url.trim_start_matches("http://").to_owned();
    workspace.apply(&new_alice());

    let block = |protocol: &str, endpoint: &str| {
        format!("region = \"cn-shanghai\"\n  {protocol}\n  endpoints {{\n    smartag = {endpoint:?}\n  }}")
    };
    for (protocol, endpoint) in [
        ("", format!("{url}/")),
        ("protocol = \"HTTP\"", host.clone()),
        ("protocol = \"http\"", url.replace("127.0.0.1", "localhost")),
    ] {
        workspace.whole_provider(&block(protocol, &endpoint));
        workspace.assert_settled();
    }
    workspace.whole_provider("region = \"cn-shanghai\"");
    for name in ["ALIBABA_CLOUD_ENDPOINT_SMARTAG", "SMARTAG_ENDPOINT"] {
        workspace.set(name, &url);
        workspace.assert_settled();
        workspace.unset(name);
    }
    workspace.set("SMARTAG_ENDPOINT", &host);
    workspace.whole_provider("region = \"cn-shanghai\"\n  protocol = \"HTTP\"");
    workspace.assert_settled();
    workspace.destroy();
}

#[test]
fn an_endpoint_that_cannot_be_meant_is_told_with_where_it_stands() {
    let Some(mut workspace) = Workspace::open() else { return };
    let refused = |endpoint: &str| {
        workspace
            .whole_provider(&format!("region = \"cn-shanghai\"\n  endpoints {{\n    smartag = {endpoint:?}\n  }}"));
        workspace.plan_fails(&new_alice()).says("endpoints.smartag")
    };
    refused("http://smartag.example.com").says("would send passwords in clear").says("protocol = \"HTTP\"");
    refused("ftp://127.0.0.1").says("whose scheme is neither https nor http");
    refused("https://127.0.0.1/path").says("more than a host");
    refused("https://me:hush-me@127.0.0.1").says("must not contain a user name or password");
    workspace.whole_provider("region = \"cn-shanghai\"");
    for name in ["ALIBABA_CLOUD_ENDPOINT_SMARTAG", "SMARTAG_ENDPOINT"] {
        workspace.set(name, "https://127.0.0.1/path");
        workspace
            .plan_fails(&new_alice())
            .says(&format!("the environment variable {name} is"))
            .says("more than a host");
        workspace.unset(name);
    }
}

#[test]
fn a_service_that_cannot_be_reached_is_told_soon() {
    let Some(workspace) = Workspace::open() else { return };
    // Port 1 of this machine: nobody listens there.
    workspace.whole_provider(
        "region = \"cn-shanghai\"\n  max_retry_timeout = 2\n  endpoints {\n    smartag = \"http://127.0.0.1:1\"\n  }",
    );
    let run = workspace.apply_fails(&new_alice()).says("Could not create client user alice.w");
    run.says("no connection to http://127.0.0.1:1");
    assert!(workspace.addresses().is_empty());
}
