//! The places where credentials come from, each once with the real CLI; the emulator plays STS, the metadata service of a
//! machine, and a credentials URI. (What each place may hold, and how it can be broken, is proved case by case beside the
//! code.)

use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

use smartag_emulator::{AccessKey, DEFAULT_ACCESS_KEY_ID, Fault, Oidc, Outside, Role, What};

use crate::accounts::{CREATE, LIST, alice};
use crate::fleet::department;
use crate::workspace::{INSTANCE, KEY_SECRET, Workspace};

pub const ROLE: &str = "acs:ram::1234567890123456:role/terraform";
pub const OIDC_PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/ci";

/// A workspace in which no keys are to be found, and these roles can be assumed.
pub fn without_keys(roles: Vec<Role>) -> Option<Workspace> {
    let mut workspace = Workspace::with(|config| config.roles = roles)?;
    for name in ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"] {
        workspace.unset(name);
    }
    let url = workspace.emulator.url().to_owned();
    workspace.set("ALIBABA_CLOUD_ENDPOINT_STS", &url);
    Some(workspace)
}

fn new_alice() -> String {
    alice("password = \"hush-alice-1\"")
}

/// Creates an account, and tells in whose name.
fn creator(workspace: &Workspace) -> String {
    workspace.apply(&new_alice());
    let calls = workspace.emulator.calls().into_iter();
    let create = calls.rev().find(|call| call.action == CREATE).expect("an account was created");
    create.caller.unwrap_or_default()
}

#[test]
fn a_role_is_assumed_on_top_of_keys_and_another_one_with_it() {
    let second = "acs:ram::1234567890123456:role/network";
    let roles = vec![
        Role::new(ROLE).trusting(DEFAULT_ACCESS_KEY_ID).with_external_id("agreed"),
        Role::new(second).trusting(ROLE),
    ];
    let Some(mut workspace) = without_keys(roles) else { return };
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY_ID);
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET);
    let block = |external_id: &str| {
        format!(
            "region = \"cn-shanghai\"\n  assume_role {{\n    role_arn = {ROLE:?}\n    external_id = {external_id:?}\n  }}\n  \
             assume_role {{\n    role_arn = {second:?}\n    session_name = \"ann\"\n  }}\n  \
             allowed_account_ids = [\"1234567890123456\"]"
        )
    };
    workspace.provider(&block("guessed"));
    let run = workspace.apply_fails(&new_alice()).says("NoPermission").says(ROLE).says("RequestId");
    run.says("external_id must be what that policy demands");
    assert!(workspace.emulator.users(INSTANCE).is_empty());

    workspace.provider(&block("agreed"));
    let creator = creator(&workspace);
    assert!(creator.contains("network/ann"), "{creator}");
}

#[test]
fn keys_of_an_account_that_is_not_allowed_are_not_used() {
    let Some(workspace) = Workspace::open() else { return };
    let url = workspace.emulator.url().to_owned();
    workspace.whole_provider(&format!(
        "region = \"cn-shanghai\"\n  allowed_account_ids = [\"999\"]\n  endpoints {{\n    smartag = {url:?}\n    sts = {url:?}\n  }}"
    ));
    workspace.apply_fails(&new_alice()).says("1234567890123456").says("allowed_account_ids");
    let calls: Vec<_> = workspace.emulator.calls().into_iter().map(|call| call.action).collect();
    assert!(calls.iter().all(|action| action == "GetCallerIdentity"), "{calls:?}");
}

#[test]
fn a_token_of_ci_is_exchanged_for_keys_with_variables_alone() {
    let oidc = Oidc::new(OIDC_PROVIDER, "hush-oidc-token");
    let Some(mut workspace) = without_keys(vec![Role::new(ROLE).with_oidc(oidc)]) else { return };
    workspace.write("token", "hush-oidc-token\n");
    let token_file = workspace.path().join("token").display().to_string();
    workspace.set("ALIBABA_CLOUD_ROLE_ARN", ROLE);
    workspace.set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", OIDC_PROVIDER);
    workspace.set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &token_file);
    assert!(creator(&workspace).contains("terraform"), "the role");
    assert!(workspace.emulator.count("AssumeRoleWithOIDC") >= 1);

    workspace.write("token", "");
    workspace.apply_fails(&alice("password = \"hush-alice-1\"\n  client_ip = \"10.0.0.7\"")).says("is empty");
}

#[test]
fn a_machine_with_a_role_needs_nothing_at_all() {
    let Some(mut workspace) = without_keys(Vec::new()) else { return };
    workspace.unset("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
    let url = workspace.emulator.url().to_owned();
    workspace.set("ALIBABA_CLOUD_ECS_METADATA_ADDRESS", &url);
    assert!(creator(&workspace).contains("emulator-ecs"), "the role of the machine");
    assert!(workspace.emulator.count("MetadataToken") >= 1, "with a session token");
}

#[test]
fn a_profile_of_the_sdks_is_found_at_home() {
    let Some(workspace) = without_keys(Vec::new()) else { return };
    std::fs::create_dir(workspace.path().join(".alibabacloud")).expect("a folder can be made");
    let profile = format!(
        "[default]\ntype = access_key\naccess_key_id = {DEFAULT_ACCESS_KEY_ID}\naccess_key_secret = {KEY_SECRET}\n"
    );
    workspace.write(".alibabacloud/credentials", &profile);
    assert!(creator(&workspace).contains("user/emulator"), "whose key it is");
}

#[test]
fn a_url_can_hand_out_keys() {
    let Some(mut workspace) = without_keys(Vec::new()) else { return };
    let url = format!("{}/_credentials", workspace.emulator.url());
    workspace.set("ALIBABA_CLOUD_CREDENTIALS_URI", &url);
    creator(&workspace);
    assert!(workspace.emulator.count("CredentialsUri") >= 1);
}

#[test]
fn keys_that_end_during_an_apply_are_renewed_and_the_call_is_made_again() {
    let Some(mut workspace) = without_keys(vec![Role::new(ROLE).trusting(DEFAULT_ACCESS_KEY_ID)]) else {
        return;
    };
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY_ID);
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET);
    workspace.set("ALIBABA_CLOUD_ROLE_ARN", ROLE);
    let expired = What::error("InvalidSecurityToken.Expired");
    workspace.emulator.fault(Fault::new(CREATE, expired));
    workspace.apply(&new_alice());
    assert_eq!(workspace.emulator.count(CREATE), 2);
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 1);
}

#[test]
fn keys_that_end_while_many_accounts_are_made_are_renewed_once_for_all() {
    let Some(mut workspace) = without_keys(vec![Role::new(ROLE).trusting(DEFAULT_ACCESS_KEY_ID)]) else {
        return;
    };
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY_ID);
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET);
    workspace.set("ALIBABA_CLOUD_ROLE_ARN", ROLE);
    workspace.write("main.tf", &department(60));
    workspace.emulator.fault(Fault::new(CREATE, What::Slow).times(60).before(Duration::from_millis(100)));
    let apply = ["apply", "-auto-approve"];
    let running = workspace.start(&apply);
    let until = Instant::now() + Duration::from_secs(30);
    while workspace.emulator.count(CREATE) < 15 {
        assert!(Instant::now() < until, "the accounts were never made");
        // Another process is waited for, and it tells nobody.
        sleep(Duration::from_millis(10));
    }
    workspace.outside(Outside::ExpireTokens);
    workspace.concluded(&apply, running).succeeded().says("60 added");
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 60);
    assert_eq!(workspace.emulator.count("AssumeRole"), 2, "at first, and once in the middle");
    let calls = workspace.emulator.calls();
    let refused = calls.iter().filter(|call| call.outcome == "InvalidSecurityToken.Expired").count();
    assert!((1..=10).contains(&refused), "{refused} calls were refused: those that were under way");
}

/// The same source may give the keys of somebody else later.
#[test]
fn keys_of_another_account_are_not_used_in_the_middle_either() {
    let token = |id: &str| AccessKey::new(id, KEY_SECRET).with_security_token("hush-token");
    let Some(workspace) = without_keys(Vec::new()) else { return };
    workspace.outside(Outside::AddKey(token("STS.one")));
    workspace.outside(Outside::AddKey(token("STS.two").in_account("9999999999999999")));
    let url = workspace.emulator.url().to_owned();
    workspace.whole_provider(&format!(
        "region = \"cn-shanghai\"\n  shared_credentials_file = \"keys.json\"\n  allowed_account_ids = [\"1234567890123456\"]\n  \
         endpoints {{\n    smartag = {url:?}\n  }}"
    ));
    let keys = |id: &str| {
        let profile = serde_json::json!({"name": "work", "mode": "StsToken", "access_key_id": id,
                                         "access_key_secret": KEY_SECRET, "sts_token": "hush-token"});
        workspace.write("keys.json", &serde_json::json!({"current": "work", "profiles": [profile]}).to_string());
    };
    keys("STS.one");
    workspace.apply(&new_alice());
    workspace.emulator.fault(Fault::new(LIST, What::Slow).before(Duration::from_millis(1500)));
    workspace.emulator.clear_calls();
    let refresh = ["apply", "-refresh-only", "-auto-approve"];
    let running = workspace.start(&refresh);
    let until = Instant::now() + Duration::from_secs(30);
    while workspace.emulator.count("GetCallerIdentity") == 0 {
        assert!(Instant::now() < until, "nobody asked whose keys these are");
        // Another process is waited for, and it tells nobody.
        sleep(Duration::from_millis(10));
    }
    keys("STS.two");
    workspace.outside(Outside::ExpireTokens);
    workspace.outside(Outside::AddKey(token("STS.two").in_account("9999999999999999")));
    workspace.concluded(&refresh, running).failed().says("9999999999999999").says("allowed_account_ids");
    assert_eq!(workspace.addresses(), ["smartag_client_user.alice"], "it is not forgotten");
    let calls = workspace.emulator.calls();
    let listed = calls.iter().filter(|call| call.action == LIST);
    let foreign = |call: &&smartag_emulator::Call| call.caller.as_deref().is_some_and(|caller| caller.contains("9999"));
    assert_eq!(listed.filter(foreign).count(), 0, "and nothing was asked with foreign keys");
}

/// A metadata service that is reached and says nothing, as some networks have it.
#[test]
fn a_place_that_stays_silent_is_asked_once_for_all_accounts() {
    let Some(mut workspace) = without_keys(Vec::new()) else { return };
    let silent = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = format!("http://{}", silent.local_addr().expect("it listens"));
    workspace.unset("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
    workspace.set("ALIBABA_CLOUD_ECS_METADATA_ADDRESS", &address);
    let run = workspace.apply_fails(&department(60));
    assert_eq!(run.count("Could not create client user"), 60);
    run.says("the ECS metadata service").says("did not answer within 1 s, so this is no ECS instance");
    silent.set_nonblocking(true).expect("it can be asked without waiting");
    let asked = silent.incoming().take_while(Result::is_ok).count();
    assert!((1..=2).contains(&asked), "{asked} times, where once more is for a run of over ten seconds");
    assert!(workspace.addresses().is_empty());
}

/// A pipe that nobody writes to must not hold Terraform up.
#[cfg(unix)]
#[test]
fn a_file_that_gives_nothing_is_not_waited_for() {
    let Some(mut workspace) = without_keys(Vec::new()) else { return };
    let pipe = workspace.path().join("pipe");
    #[expect(clippy::disallowed_methods, reason = "the standard library has no call for it, and it says nothing")]
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "every Unix has mkfifo");
    let pipe = pipe.display().to_string();
    workspace.set("ALIBABA_CLOUD_CREDENTIALS_FILE", &pipe);
    workspace.plan_fails(&new_alice()).says("it is no plain file and gave nothing within 2 s");

    workspace.unset("ALIBABA_CLOUD_CREDENTIALS_FILE");
    workspace.set("ALIBABA_CLOUD_ROLE_ARN", ROLE);
    workspace.set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", OIDC_PROVIDER);
    workspace.set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &pipe);
    workspace.apply_fails(&new_alice()).says("the OIDC token file").says("gave nothing within 2 s");
}

#[test]
fn over_tls_the_certificate_must_be_trusted() {
    let Some(mut workspace) = Workspace::with(|config| config.is_tls = true) else { return };
    assert!(workspace.emulator.url().starts_with("https://"));
    let another = smartag_emulator::Emulator::start(smartag_emulator::Config { is_tls: true, ..Default::default() });
    let another = another.expect("an emulator starts on a free port");
    let pem = |emulator: &smartag_emulator::Emulator| emulator.certificate().expect("it speaks TLS").to_owned();
    for (certificate, is_trusted) in [(pem(&another), false), (pem(&workspace.emulator), true)] {
        workspace.write("trusted.pem", &certificate);
        let file = workspace.path().join("trusted.pem").display().to_string();
        workspace.set("SSL_CERT_FILE", &file);
        if is_trusted {
            workspace.apply(&new_alice());
        } else {
            workspace.apply_fails(&new_alice()).says("certificate").says("SSL_CERT_FILE");
            assert_eq!(workspace.emulator.calls().len(), 0);
        }
    }
    workspace.write("trusted.pem", "");
    workspace.apply_fails(&alice("client_ip = \"10.0.0.7\"")).says("certificate");
}
