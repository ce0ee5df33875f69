//! Who calls: keys in the block and in the environment, wrong ones, temporary ones, none.

use smartag_emulator::{AccessKey, DEFAULT_ACCESS_KEY_ID};

use crate::accounts::{alice, old_alice};
use crate::workspace::{KEY_SECRET, Workspace};

const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
const SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
const TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";

fn new_alice() -> String {
    alice("password = \"hush-alice-1\"")
}

/// Arguments of a provider block with these keys.
fn keys(id: &str, secret: &str) -> String {
    format!("region = \"cn-shanghai\"\n  access_key = {id:?}\n  secret_key = {secret:?}")
}

#[test]
fn keys_in_the_provider_block_count_before_those_in_the_environment() {
    let Some(mut workspace) = Workspace::open() else { return };
    workspace.set(ID, "LTAI-somebody-else");
    workspace.provider(&keys(DEFAULT_ACCESS_KEY_ID, KEY_SECRET));
    workspace.apply(&new_alice());
    assert_eq!(workspace.writes(), ["create alice.w"]);
}

#[test]
fn without_credentials_every_place_that_was_looked_at_is_told() {
    let Some(mut workspace) = Workspace::open() else { return };
    workspace.unset(ID);
    workspace.unset(SECRET);
    let run = workspace.plan_fails(&new_alice()).says("No usable credentials for Alibaba Cloud");
    run.says("the provider block: access_key and secret_key are not set")
        .says("the environment: ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set");
    // Nobody needs them to check a configuration.
    workspace.run(&["validate"]).succeeded();
}

#[test]
fn half_an_access_key_is_an_error_that_names_the_other_half() {
    let Some(mut workspace) = Workspace::open() else { return };
    let config = new_alice();
    workspace.provider("region = \"cn-shanghai\"\n  access_key = \"LTAI-emulator-id\"");
    workspace.plan_fails(&config).says("access_key is given without secret_key");
    workspace.provider("region = \"cn-shanghai\"\n  secret_key = \"hush-key-secret\"");
    workspace.plan_fails(&config).says("secret_key is given without access_key");
    workspace.provider("region = \"cn-shanghai\"\n  security_token = \"hush-token\"");
    workspace.plan_fails(&config).says("security_token is given without access_key and secret_key");
    workspace.provider("region = \"cn-shanghai\"");
    workspace.unset(SECRET);
    workspace.plan_fails(&config).says("ALIBABA_CLOUD_ACCESS_KEY_ID is set but ALIBABA_CLOUD_ACCESS_KEY_SECRET is not");
    assert!(workspace.emulator.calls().is_empty());
}

#[test]
fn a_wrong_key_is_told_with_what_to_check_and_changes_nothing() {
    let disabled = |config: &mut smartag_emulator::Config| {
        config.keys.push(AccessKey::new("LTAI-disabled", KEY_SECRET).disabled());
    };
    let Some(workspace) = Workspace::with(disabled) else { return };
    let workspace = workspace.with_old_alice(old_alice());
    let before = workspace.read("terraform.tfstate");
    for (id, secret, code, advice) in [
        ("LTAI-nobody", KEY_SECRET, "InvalidAccessKeyId.NotFound", "The access key does not exist"),
        ("LTAI-disabled", KEY_SECRET, "InvalidAccessKeyId.Inactive", "The access key is disabled"),
        (DEFAULT_ACCESS_KEY_ID, "hush-wrong-secret", "SignatureDoesNotMatch", "the access key secret is wrong"),
    ] {
        workspace.provider(&keys(id, secret));
        let run = workspace.plan_fails(&alice("")).says("Could not read client user alice.w").says(code).says(advice);
        run.says(&format!("The call was made with the access key {id} of the provider block."));
        assert_eq!(workspace.emulator.calls().len(), 1, "{code}: what is final is not tried again");
        workspace.emulator.clear_calls();
        assert_eq!(workspace.read("terraform.tfstate"), before);
    }
}

#[test]
fn a_secret_in_the_place_of_the_id_is_not_shown() {
    let Some(workspace) = Workspace::open() else { return };
    let workspace = workspace.with_old_alice(old_alice());
    workspace.provider(&keys(KEY_SECRET, DEFAULT_ACCESS_KEY_ID));
    let run = workspace.plan_fails(&alice("")).says("InvalidAccessKeyId.NotFound");
    run.says("The call was made with the access key of the provider block.");
}

#[test]
fn a_wrong_key_makes_nothing() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.provider(&keys("LTAI-nobody", KEY_SECRET));
    let run = workspace.apply_fails(&new_alice()).says("Could not create client user alice.w");
    run.says("InvalidAccessKeyId.NotFound").says("RequestId");
    assert!(workspace.addresses().is_empty());
    assert_eq!(workspace.writes(), ["create alice.w"]);
}

#[test]
fn a_temporary_key_works_with_its_token_only() {
    let temporary = |config: &mut smartag_emulator::Config| {
        config.keys = vec![AccessKey::new("STS.emulator", KEY_SECRET).with_security_token("hush-token")];
    };
    let Some(mut workspace) = Workspace::with(temporary) else { return };
    workspace.set(ID, "STS.emulator");
    workspace.apply_fails(&new_alice()).says("MissingSecurityToken").says("the security token that came with it");
    workspace.set(TOKEN, "hush-another-token");
    workspace.apply_fails(&new_alice()).says("InvalidSecurityToken.Malformed").says("from the same answer of STS");
    assert!(workspace.emulator.users(crate::workspace::INSTANCE).is_empty());

    workspace.set(TOKEN, "hush-token");
    workspace.apply(&new_alice());
    workspace.unset(TOKEN);
    let block = keys("STS.emulator", KEY_SECRET);
    workspace.provider(&format!("{block}\n  security_token = \"hush-token\""));
    workspace.assert_settled();
    workspace.destroy();
}

#[test]
fn a_profile_of_the_cli_is_found_at_home_and_gives_the_region_too() {
    let Some(mut workspace) = Workspace::open() else { return };
    workspace.unset(ID);
    workspace.unset(SECRET);
    workspace.provider("profile = \"work\"");
    std::fs::create_dir(workspace.path().join(".aliyun")).unwrap();
    let profiles = serde_json::json!({"current": "default", "profiles": [{
        "name": "work", "mode": "AK", "access_key_id": DEFAULT_ACCESS_KEY_ID, "access_key_secret": KEY_SECRET,
        "region_id": "cn-shanghai",
    }]});
    workspace.write(".aliyun/config.json", &profiles.to_string());
    workspace.apply(&new_alice());
    workspace.assert_settled();
    workspace.provider("profile = \"wrok\"");
    workspace.plan_fails(&new_alice()).says("has no profile \"wrok\"; it has these: work");
    workspace.write(".aliyun/config.json", "{\"profiles\": [hush-secret]}");
    workspace.plan_fails(&new_alice()).says("is no valid JSON at line 1, column");
}

#[test]
fn blocks_of_alicloud_are_accepted_and_two_sources_are_not() {
    let Some(workspace) = Workspace::open() else { return };
    let roles = "assume_role {\n    role_arn = \"acs:ram::1:role/a\"\n    session_expiration = 900\n  }\n  \
                 assume_role {\n    role_arn = \"acs:ram::2:role/b\"\n    session_expiration = 60\n  }";
    workspace.provider(&format!("region = \"cn-shanghai\"\n  {roles}"));
    workspace.plan_fails(&new_alice()).says("assume_role[1].session_expiration").says("900 to 43200");
    workspace.provider("profile = \"work\"\n  ecs_role_name = \"web\"");
    workspace.plan_fails(&new_alice()).says("More than one source of credentials").says("profile and ecs_role_name");
}

#[test]
fn an_older_name_of_a_variable_works_with_a_warning() {
    let Some(mut workspace) = Workspace::open() else { return };
    workspace.unset(ID);
    workspace.unset(SECRET);
    workspace.set("ALICLOUD_ACCESS_KEY", DEFAULT_ACCESS_KEY_ID);
    workspace.set("ALICLOUD_SECRET_KEY", KEY_SECRET);
    workspace.apply(&new_alice()).says("ALIBABA_CLOUD_ACCESS_KEY_ID instead of ALICLOUD_ACCESS_KEY");
}

#[test]
fn a_region_that_is_not_published_is_told_before_anything_is_asked() {
    let Some(mut workspace) = Workspace::open() else { return };
    workspace.whole_provider("region = \"cn-shangai\"");
    let run = workspace.plan_fails(&new_alice()).says("Unknown region").says("cn-shanghai");
    run.says("skip_region_validation = true");

    // One that only happens to be set counts where nothing else does.
    workspace.whole_provider("");
    workspace.set("ALIBABA_CLOUD_REGION", "CN-Shanghai");
    let run = workspace.plan_fails(&new_alice()).says("Unknown region").says("Write it as cn-shanghai.");
    run.says("It is what the environment variable ALIBABA_CLOUD_REGION says.");
    workspace.plan(&alice("password = \"hush-alice-1\"\n  region = \"cn-shanghai\""));
    workspace.unset("ALIBABA_CLOUD_REGION");

    workspace.whole_provider("region = \"cn-shanghai\"");
    let run = workspace.plan_fails(&alice("password = \"hush-alice-1\"\n  region = \"cn-shangai\""));
    run.says("Unknown region").says("on main.tf").says("It is in these regions: cn-shanghai, cn-hangzhou");
    workspace.write("main.tf", &alice(""));
    let id = "cn-shangai:sag-emulator0001:alice.w";
    workspace.import("smartag_client_user.alice", id).failed().says("not known to be offered in cn-shangai");
    let users = "data \"smartag_client_users\" \"all\" {\n  sag_id = \"sag-x\"\n  region = \"cn-shangai\"\n}\n";
    workspace.plan_fails(users).says("not known to be offered in cn-shangai");
    assert!(workspace.emulator.calls().is_empty());
}
