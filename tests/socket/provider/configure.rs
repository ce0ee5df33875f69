//! ConfigureProvider: whatever it is told about who calls, it asks nobody. The first call does.

use std::time::Duration;

use serde_json::json;
use smartag_emulator::DEFAULT_INSTANCE;
use terraform_provider_smartag::value::{Type, Value};
use tfplugin_host::Host;
use tokio::net::TcpListener;

use crate::Outcome;
use crate::PROGRAM;
use crate::terraform::{Terraform, errors, filled, texts};

const ROLE: &str = "acs:ram::1234567890123456:role/terraform";

/// A way to say who calls.
struct Source {
    name: &'static str,
    /// Arguments of the provider block.
    block: fn(&Terraform) -> Vec<(&'static str, Value)>,
    /// Environment variables; `URL` stands for where somebody would be asked, and `HOME` for a folder.
    variables: &'static [(&'static str, &'static str)],
    /// The profile in the file of the CLI.
    profile: Option<fn(&str) -> serde_json::Value>,
}

const fn source(name: &'static str, variables: &'static [(&'static str, &'static str)]) -> Source {
    Source { name, block: |_| Vec::new(), variables, profile: None }
}

fn profile(name: &'static str, profile: fn(&str) -> serde_json::Value) -> Source {
    Source { profile: Some(profile), ..source(name, &[]) }
}

fn role(terraform: &Terraform) -> Vec<(&'static str, Value)> {
    let Type::List(role) = terraform.provider_argument("assume_role") else { panic!("the block may stand many times") };
    let roles = Value::List(vec![filled(role, &[("role_arn", ROLE.into())])]);
    vec![("assume_role", roles), ("allowed_account_ids", Value::List(vec!["1234567890123456".into()]))]
}

#[tokio::test]
async fn nobody_is_asked_while_it_is_configured() -> Outcome {
    let keys =
        &[("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-test-id"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hush-test-secret")];
    let sources = [
        source("keys of the environment", keys),
        Source { block: role, ..source("a role on top, of an allowed account", keys) },
        source(
            "an OIDC token",
            &[
                ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
                ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1234567890123456:oidc-provider/ci"),
                ("ALIBABA_CLOUD_OIDC_TOKEN", "hush-token"),
            ],
        ),
        source("the metadata service", &[("ALIBABA_CLOUD_ECS_METADATA_ADDRESS", "URL")]),
        source("a URL", &[("ALIBABA_CLOUD_CREDENTIALS_URI", "URL"), ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")]),
        profile(
            "a profile with a program",
            |home| json!({"mode": "External", "process_command": format!("sh -c 'touch \"{home}/ran\"'")}),
        ),
        profile("a profile with a role", |_| {
            json!({"mode": "RamRoleArn", "access_key_id": "LTAI-test-id", "access_key_secret": "hush-test-secret",
                   "ram_role_arn": ROLE})
        }),
    ];
    for source in sources {
        let name = source.name;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let folder = tempfile::tempdir()?;
        let home = folder.path().display().to_string();
        if let Some(profile) = source.profile {
            let mut profile = profile(&home);
            profile["name"] = json!("default");
            std::fs::create_dir(folder.path().join(".aliyun"))?;
            let file = json!({"current": "default", "profiles": [profile]}).to_string();
            std::fs::write(folder.path().join(".aliyun/config.json"), file)?;
        }
        let spawn = Host::spawn(PROGRAM).variable("HOME", &home);
        let spawn = source.variables.iter().fold(spawn, |spawn, (name, value)| {
            spawn.variable(*name, if *value == "URL" { url.as_str() } else { value })
        });
        let terraform = Terraform::start(spawn).await?;
        let endpoints = filled(
            terraform.provider_argument("endpoints"),
            &[("smartag", url.as_str().into()), ("sts", url.as_str().into())],
        );
        let mut arguments = vec![("access_key", Value::Null), ("secret_key", Value::Null), ("endpoints", endpoints)];
        arguments.extend((source.block)(&terraform));

        let told = terraform.configure(terraform.provider_block(&arguments)).await?;
        assert_eq!(texts(&told), [""; 0], "{name}");
        let nobody = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(nobody.is_err(), "{name}: somebody was asked");
        assert!(!folder.path().join("ran").exists(), "{name}: the program was run");

        // The first call asks, so there was somebody to ask.
        let config = terraform.data_config("smartag_client_users", &[("sag_id", DEFAULT_INSTANCE.into())]);
        tokio::select! {
            accepted = listener.accept() => drop(accepted?),
            read = terraform.read_data("smartag_client_users", &config) => {
                let told = errors(&read?.1);
                assert!(folder.path().join("ran").exists(), "{name}: {told:?}");
            }
        }
    }
    Ok(())
}
