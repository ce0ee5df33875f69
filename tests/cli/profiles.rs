//! Every mode of a profile of the `aliyun` CLI, each with the real CLI: Terraform reads the accounts of an instance, and the
//! emulator tells who asked.

use std::path::Path;

use serde_json::{Value, json};
use smartag_emulator::{AccessKey, DEFAULT_ACCESS_KEY_ID, Oidc, Role};

use crate::accounts::LIST;
use crate::sources::{OIDC_PROVIDER, ROLE, without_keys};
use crate::workspace::{INSTANCE, KEY_SECRET, Workspace};

/// Another role, which whoever has [`ROLE`] may assume.
const NEXT: &str = "acs:ram::1234567890123456:role/network";

/// A workspace with this profile, which is the current one.
fn with_profile(roles: Vec<Role>, profile: impl FnOnce(&Workspace) -> Value) -> Option<Workspace> {
    let mut workspace = without_keys(roles)?;
    let temporary = AccessKey::new("STS.log-in", KEY_SECRET).with_security_token("hush-token");
    workspace.emulator.outside(smartag_emulator::Outside::AddKey(temporary)).expect("a key can be added");
    let url = workspace.emulator.url().to_owned();
    workspace.set("ALIBABA_CLOUD_ECS_METADATA_ADDRESS", &url);
    let profile = profile(&workspace);
    workspace.profiles(&[("work", profile)]);
    Some(workspace)
}

impl Workspace {
    /// Writes the file of the `aliyun` CLI with these profiles; the first one is the current one.
    fn profiles(&self, profiles: &[(&str, Value)]) {
        let named = profiles.iter().map(|(name, profile)| {
            let mut profile = profile.clone();
            profile["name"] = json!(name);
            profile["region_id"] = json!("cn-shanghai");
            profile
        });
        let file = json!({"current": profiles[0].0, "profiles": named.collect::<Vec<_>>()});
        let folder = self.path().join(".aliyun");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        self.write(".aliyun/config.json", &file.to_string());
    }

    /// Reads the accounts, and tells in whose name that was.
    fn reader(&self) -> String {
        self.plan(&format!("data \"smartag_client_users\" \"all\" {{\n  sag_id = {INSTANCE:?}\n}}\n"));
        let calls = self.emulator.calls();
        let list = calls.iter().rev().find(|call| call.action == LIST).expect("the accounts were listed");
        assert_eq!(list.outcome, "ok");
        list.caller.clone().unwrap_or_default()
    }

    /// What comes of reading them when that cannot be.
    fn cannot_read(&self) -> crate::workspace::Run {
        self.plan_fails(&format!("data \"smartag_client_users\" \"all\" {{\n  sag_id = {INSTANCE:?}\n}}\n"))
    }
}

fn keys() -> Value {
    json!({"access_key_id": DEFAULT_ACCESS_KEY_ID, "access_key_secret": KEY_SECRET})
}

/// Keys with a role that they may assume.
fn keys_with_role(arn: &str) -> Value {
    let mut profile = keys();
    profile["ram_role_arn"] = json!(arn);
    profile["ram_session_name"] = json!("laptop");
    profile
}

fn trusting_keys() -> Role {
    Role::new(ROLE).trusting(DEFAULT_ACCESS_KEY_ID)
}

#[test]
fn keys_with_a_token() {
    let profile = json!({"mode": "StsToken", "access_key_id": "STS.log-in", "access_key_secret": KEY_SECRET,
                         "sts_token": "hush-token"});
    let Some(workspace) = with_profile(Vec::new(), |_| profile) else { return };
    assert!(workspace.reader().contains("user/emulator"));
}

#[test]
fn a_role_behind_keys() {
    let mut profile = keys_with_role(ROLE);
    profile["mode"] = json!("RamRoleArn");
    profile["expired_seconds"] = json!(900);
    profile["external_id"] = json!("agreed");
    let role = trusting_keys().with_external_id("agreed");
    let Some(workspace) = with_profile(vec![role], |_| profile) else { return };
    assert!(workspace.reader().contains("terraform/laptop"), "the role and its session");
    let calls = workspace.emulator.calls();
    let assumed = calls.iter().find(|call| call.action == "AssumeRole").expect("the role was assumed");
    assert_eq!(assumed.parameter("DurationSeconds"), Some("900"));
}

#[test]
fn a_role_behind_the_role_of_another_profile() {
    let Some(workspace) = with_profile(vec![trusting_keys(), Role::new(NEXT).trusting(ROLE)], |_| json!({})) else {
        return;
    };
    let mut first = keys_with_role(ROLE);
    first["mode"] = json!("RamRoleArn");
    let chained = json!({"mode": "ChainableRamRoleArn", "source_profile": "first", "ram_role_arn": NEXT,
                         "ram_session_name": "second"});
    workspace.profiles(&[("work", chained), ("first", first)]);
    assert!(workspace.reader().contains("network/second"));
    let calls = workspace.emulator.calls();
    let assumed = calls.iter().filter(|call| call.action == "AssumeRole");
    let by: Vec<_> = assumed.map(|call| call.caller.as_deref().unwrap_or_default()).collect();
    assert!(by.len() == 2 && by[0].contains("user/emulator") && by[1].contains("terraform/laptop"), "{by:?}");
}

#[test]
fn the_role_of_the_machine() {
    let Some(workspace) = with_profile(Vec::new(), |_| json!({"mode": "EcsRamRole"})) else { return };
    assert!(workspace.reader().contains("emulator-ecs"));
}

#[test]
fn a_token_of_an_identity_provider() {
    let role = Role::new(ROLE).with_oidc(Oidc::new(OIDC_PROVIDER, "hush-oidc-token"));
    let profile = |workspace: &Workspace| {
        workspace.write("token", "hush-oidc-token\n");
        json!({"mode": "OIDC", "oidc_provider_arn": OIDC_PROVIDER, "ram_role_arn": ROLE, "ram_session_name": "pod",
               "oidc_token_file": workspace.path().join("token").display().to_string()})
    };
    let Some(workspace) = with_profile(vec![role], profile) else { return };
    assert!(workspace.reader().contains("terraform/pod"));
}

#[test]
fn a_url() {
    let profile = |workspace: &Workspace| json!({"mode": "CredentialsURI", "credentials_uri": format!("{}/_credentials", workspace.emulator.url())});
    let Some(workspace) = with_profile(Vec::new(), profile) else { return };
    workspace.reader();
    assert!(workspace.emulator.count("CredentialsUri") >= 1);
}

#[cfg(unix)]
#[test]
fn a_program_that_prints_keys() {
    let profile = |workspace: &Workspace| {
        let printed = json!({"mode": "StsToken", "access_key_id": "STS.log-in", "access_key_secret": KEY_SECRET,
                             "sts_token": "hush-token", "expiration": "2099-01-31T12:00:00Z"});
        workspace.write("printed keys.json", &printed.to_string());
        let file = workspace.path().join("printed keys.json").display().to_string();
        json!({"mode": "External", "process_command": format!("cat '{file}'")})
    };
    let Some(workspace) = with_profile(Vec::new(), profile) else { return };
    assert!(workspace.reader().contains("user/emulator"));
}

/// What a program writes must not get into the handshake, the log or an error, and it must not hold Terraform up.
#[cfg(unix)]
#[test]
fn a_program_that_misbehaves_is_told_of_and_not_quoted() {
    let Some(workspace) = with_profile(Vec::new(), |_| keys()) else { return };
    for (script, told) in [
        ("echo '1|6|unix|/hush-socket|grpc|'", "it is no JSON object"),
        ("echo hush-complaint >&2; exit 3", "ended with exit code 3"),
        // It would read what somebody types, and leaves something behind that keeps its output open.
        ("cat; sleep 12 & exit 4", "ended with exit code 4"),
        ("sleep 60 & echo $! > child; sleep 60", "did not end within 10 s and was stopped"),
    ] {
        workspace.write("helper.sh", script);
        let command = format!("sh '{}'", workspace.path().join("helper.sh").display());
        workspace.profiles(&[("work", json!({"mode": "External", "process_command": command}))]);
        workspace
            .cannot_read()
            .says("the credentials of the profile of the CLI cannot be used: profile \"work\" in ")
            .says(told);
        assert!(workspace.emulator.calls().is_empty(), "{script}");
    }
    let child = workspace.read("child");
    if cfg!(target_os = "linux") {
        let child = Path::new("/proc").join(child.trim()).join("cmdline");
        let left = std::fs::read_to_string(child).unwrap_or_default();
        assert!(!left.contains("sleep"), "what it started was stopped with it");
    }
}

#[test]
fn keys_that_a_log_in_left() {
    let Some(workspace) = with_profile(Vec::new(), |_| keys()) else { return };
    for mode in ["CloudSSO", "OAuth"] {
        let profile = |expiration: i64| {
            json!({"mode": mode, "access_key_id": "STS.log-in", "access_key_secret": KEY_SECRET,
                   "sts_token": "hush-token", "sts_expiration": expiration})
        };
        workspace.profiles(&[("work", profile(4_073_544_000))]);
        assert!(workspace.reader().contains("user/emulator"), "{mode}");
        workspace.profiles(&[("work", profile(1_700_000_000))]);
        let log_in = format!("log in with: aliyun configure --profile work --mode {mode}");
        workspace.cannot_read().says("the keys of its last log-in have expired").says(&log_in);
    }
}

#[test]
fn keys_of_a_profile_that_names_no_mode() {
    let Some(workspace) = with_profile(vec![trusting_keys()], |_| keys()) else { return };
    assert!(workspace.reader().contains("user/emulator"));
    workspace.profiles(&[("work", keys_with_role(ROLE))]);
    assert!(workspace.reader().contains("terraform/laptop"));
}
