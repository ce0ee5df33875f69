//! The provider block: one that was written for alicloud, what it says about the way to the API, and what the API sees.

use smartag_emulator::{DEFAULT_ACCESS_KEY_ID, Role};

use crate::accounts::{CREATE, alice};
use crate::proxy::Proxy;
use crate::sources::{ROLE, without_keys};
use crate::workspace::{KEY_SECRET, Workspace};

fn new_alice() -> String {
    alice("password = \"hush-alice-1\"")
}

/// Every argument that both providers have, as modules for alicloud write them: from variables, of which most are empty.
const OF_ALICLOUD: &str = r#"
  access_key              = var.access_key
  secret_key              = file("${path.module}/secret.txt")
  security_token          = var.none
  region                  = var.region
  profile                 = var.none
  shared_credentials_file = var.none
  ecs_role_name           = var.none
  credentials_uri         = var.none
  protocol                = "HTTPS"
  client_read_timeout     = 60000
  client_connect_timeout  = 0
  max_retry_timeout       = 0
  configuration_source    = "terraform-alicloud-modules/sag"
  source_ip               = var.none
  secure_transport        = var.none
  skip_region_validation  = false

  dynamic "assume_role" {
    for_each = [var.none]
    content {
      role_arn           = assume_role.value
      session_name       = "terraform"
      policy             = ""
      session_expiration = 999
      external_id        = ""
    }
  }

  assume_role_with_oidc {
    role_arn          = var.none
    oidc_provider_arn = var.none
    oidc_token_file   = var.none
  }

  endpoints {
    smartag = var.endpoint
    sts     = var.none
    kms     = var.none
  }
"#;

fn variables(workspace: &Workspace) -> String {
    let variable = |name: &str, default: &str| format!("variable {name:?} {{\n  default = {default:?}\n}}\n");
    [
        variable("access_key", DEFAULT_ACCESS_KEY_ID),
        variable("region", "cn-shanghai"),
        variable("endpoint", workspace.emulator.url()),
        variable("none", ""),
    ]
    .concat()
}

#[test]
fn a_block_that_was_written_for_alicloud_works_as_it_is() {
    let Some(mut workspace) = without_keys(Vec::new()) else { return };
    // alicloud asks for a role only where its block names one.
    workspace.set("ALIBABA_CLOUD_ROLE_ARN", ROLE);
    workspace.write("variables.tf", &variables(&workspace));
    workspace.write("secret.txt", &format!("{KEY_SECRET}\n"));
    workspace.whole_provider(OF_ALICLOUD);
    let run = workspace.apply(&new_alice());
    assert_eq!(run.count("Warning: "), 1, "that of the development overrides: {run}");
    let calls = workspace.emulator.calls();
    let create = calls.iter().find(|call| call.action == CREATE).expect("the account was created");
    assert!(create.caller.as_deref().is_some_and(|caller| caller.contains("user/emulator")), "{create}");
    assert_eq!((create.parameter("SourceIp"), create.parameter("SecureTransport")), (None, None));
    workspace.destroy();
}

#[test]
fn what_is_empty_is_filled_from_the_environment() {
    let Some(mut workspace) = without_keys(vec![Role::new(ROLE).trusting(DEFAULT_ACCESS_KEY_ID)]) else { return };
    let url = workspace.emulator.url().to_owned();
    for (name, value) in [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY_ID),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET),
        ("ALIBABA_CLOUD_REGION", "cn-shanghai"),
        ("ALIBABA_CLOUD_ENDPOINT_SMARTAG", &url),
        ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
        ("ALIBABA_CLOUD_SOURCE_IP", "203.0.113.7"),
    ] {
        workspace.set(name, value);
    }
    workspace.whole_provider(
        "access_key = \"\"\n  secret_key = \"\"\n  region = \"\"\n  source_ip = \"\"\n  assume_role {\n    session_name = \"\"\n  }\n  \
         endpoints {\n    smartag = \"\"\n  }",
    );
    workspace.apply(&new_alice());
    let calls = workspace.emulator.calls();
    let create = calls.iter().find(|call| call.action == CREATE).expect("the account was created");
    assert!(create.caller.as_deref().is_some_and(|caller| caller.contains("role/terraform")), "{create}");
    assert_eq!(create.parameter("SourceIp"), Some("203.0.113.7"));
}

#[test]
fn policies_see_what_the_block_says_of_the_caller() {
    let Some(mut workspace) = Workspace::open() else { return };
    workspace.provider("region = \"cn-shanghai\"\n  source_ip = \"198.51.100.4\"\n  secure_transport = \"true\"");
    workspace.apply(&new_alice());
    for call in workspace.emulator.calls() {
        let seen = (call.parameter("SourceIp"), call.parameter("SecureTransport"));
        assert_eq!(seen, (Some("198.51.100.4"), Some("true")), "{call}");
    }
    workspace.provider("region = \"cn-shanghai\"\n  secure_transport = \"yes\"");
    workspace.plan_fails(&new_alice()).says("secure_transport").says("\"yes\"").says("\"true\" or \"false\"");
    workspace.provider("region = \"cn-shanghai\"");
    workspace.set("ALIBABA_CLOUD_SECURE_TRANSPORT", "yes");
    workspace.plan_fails(&new_alice()).says("The environment variable ALIBABA_CLOUD_SECURE_TRANSPORT is \"yes\".");
}

/// A workspace without an endpoint in its settings, whose calls in clear go through a proxy.
fn behind_a_proxy(arguments: &str) -> Option<(Workspace, Proxy)> {
    let mut workspace = Workspace::with(|config| config.roles = vec![Role::new(ROLE).trusting(DEFAULT_ACCESS_KEY_ID)])?;
    let proxy = Proxy::before(workspace.emulator.url());
    workspace.set("HTTP_PROXY", &proxy.address);
    workspace.whole_provider(&format!("region = \"cn-shanghai\"\n  protocol = \"HTTP\"\n  {arguments}"));
    Some((workspace, proxy))
}

#[test]
fn the_public_hosts_of_the_region_are_called_through_the_proxy() {
    let Some((workspace, proxy)) = behind_a_proxy(&format!(
        "configuration_source = \"team/7 team/7\"\n  assume_role {{\n    role_arn = {ROLE:?}\n  }}"
    )) else {
        return;
    };
    workspace.apply(&new_alice());
    assert_eq!(proxy.hosts(), ["http://smartag.cn-shanghai.aliyuncs.com", "http://sts.cn-shanghai.aliyuncs.com"]);
    for asked in proxy.asked() {
        let agent = asked.headers["user-agent"].split(' ').collect::<Vec<_>>();
        let [provider, terraform, team] = agent[..] else { panic!("{agent:?}") };
        assert!(
            provider.starts_with("terraform-provider-smartag/") && terraform.starts_with("terraform/1."),
            "{agent:?}"
        );
        assert_eq!(team, "team/7");
    }
}

#[test]
fn the_hosts_within_a_vpc_are_called_where_the_environment_or_the_profile_says_so() {
    let role = format!("assume_role {{\n    role_arn = {ROLE:?}\n  }}");
    let Some((mut workspace, proxy)) = behind_a_proxy(&role) else { return };
    workspace.set("ALIBABA_CLOUD_ENDPOINT_TYPE", "vpc");
    workspace.apply(&new_alice());
    let within = ["http://smartag-vpc.cn-shanghai.aliyuncs.com", "http://sts-vpc.cn-shanghai.aliyuncs.com"];
    assert_eq!(proxy.hosts(), within);

    workspace.unset("ALIBABA_CLOUD_ENDPOINT_TYPE");
    for name in ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"] {
        workspace.unset(name);
    }
    std::fs::create_dir(workspace.path().join(".aliyun")).expect("a folder can be made");
    let profile = serde_json::json!({"current": "vpc", "profiles": [{
        "name": "vpc", "mode": "AK", "access_key_id": DEFAULT_ACCESS_KEY_ID, "access_key_secret": KEY_SECRET,
        "region_id": "cn-shanghai", "endpoint_type": "vpc",
    }]});
    workspace.write(".aliyun/config.json", &profile.to_string());
    workspace.assert_settled();
    assert_eq!(proxy.hosts(), within, "and no other");

    // A profile that nobody takes keys from says nothing about hosts either.
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY_ID);
    workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET);
    workspace.assert_settled();
    assert_eq!(proxy.hosts().len(), 4, "the public hosts too: {:?}", proxy.hosts());
}

#[test]
fn a_proxy_that_lets_nothing_through_is_told_as_one() {
    let Some(mut workspace) = Workspace::open() else { return };
    let proxy = Proxy::before(workspace.emulator.url());
    workspace.set("HTTPS_PROXY", &proxy.address);
    workspace.whole_provider("region = \"cn-shanghai\"\n  max_retry_timeout = 2");
    workspace.apply_fails(&new_alice()).says("https://smartag.cn-shanghai.aliyuncs.com").says("HTTPS_PROXY, NO_PROXY");
    assert!(proxy.asked().iter().all(|asked| asked.line.starts_with("CONNECT smartag.cn-shanghai.aliyuncs.com:443")));
    assert!(!proxy.asked().is_empty());
}

/// On Linux the address 0.0.0.0 is this machine, but it is not written as one.
#[cfg(target_os = "linux")]
#[test]
fn a_host_that_the_environment_excepts_is_called_without_the_proxy_and_this_machine_always() {
    let Some((mut workspace, proxy)) = behind_a_proxy("") else { return };
    let elsewhere = workspace.emulator.url().replace("127.0.0.1", "0.0.0.0");
    workspace.set("ALIBABA_CLOUD_ENDPOINT_SMARTAG", &elsewhere);
    workspace.apply(&new_alice());
    let through = proxy.asked().len();
    assert!(through > 0, "the address is not taken for this machine");
    workspace.set("NO_PROXY", "example.com,0.0.0.0");
    workspace.assert_settled();
    assert_eq!(proxy.asked().len(), through);

    workspace.unset("NO_PROXY");
    let here = workspace.emulator.url().to_owned();
    workspace.set("ALIBABA_CLOUD_ENDPOINT_SMARTAG", &here);
    workspace.assert_settled();
    assert_eq!(proxy.asked().len(), through);
}
