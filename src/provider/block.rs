//! The provider block: its arguments, and what they must be.

use super::identity::{AssumeRole, AssumeRoleWithOidc};
use super::when_in_use::{WHEN_IN_USE, WhenInUse};
pub use crate::alibaba::is_region;
use crate::alibaba::{Network, Protocol, Route};
use crate::framework::checks::{characters, no_empty_name, text, whole_number};
use crate::framework::schema::{block, optional};
use crate::framework::{Attr, Diagnostic, Diagnostics};
use crate::model;
use crate::secret::Secret;
use crate::value::{Path, Step};

model! {
    /// Manages the client users of Alibaba Cloud Smart Access Gateway (SAG) software instances: the accounts with
    /// which employees dial in.
    pub struct ProviderBlock {
        /// Id of the access key. Can also be given by the environment variable `ALIBABA_CLOUD_ACCESS_KEY_ID`.
        /// Needs `secret_key` beside it.
        access_key: Attr<String> = optional(),
        /// Secret of the access key. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_ACCESS_KEY_SECRET`.
        secret_key: Attr<Secret> = optional().sensitive(),
        /// Token that belongs to a temporary access key. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_SECURITY_TOKEN`.
        security_token: Attr<Secret> = optional().sensitive(),
        /// Name of a profile of the `aliyun` CLI, or of the credentials file of the SDKs. Can also be given by the
        /// environment variable `ALIBABA_CLOUD_PROFILE`. Absent: the current profile of the CLI.
        profile: Attr<String> = optional(),
        /// File with profiles, as the `aliyun` CLI (JSON) or the SDKs (INI) write it. Can also be given by the environment
        /// variable `ALIBABA_CLOUD_CREDENTIALS_FILE`. Absent: `~/.aliyun/config.json`, then
        /// `~/.alibabacloud/credentials`.
        shared_credentials_file: Attr<String> = optional(),
        /// URL that hands out temporary keys. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_CREDENTIALS_URI`.
        credentials_uri: Attr<String> = optional().sensitive(),
        /// Name of the RAM role of the ECS instance that Terraform runs on. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_ECS_METADATA`. Absent: the instance's role is found out.
        ecs_role_name: Attr<String> = optional(),
        /// Roles to assume with the keys that were found. Several follow each other in the order in which they are
        /// written.
        assume_role: Attr<Vec<AssumeRole>> = block(),
        /// A role to assume with the token of an identity provider, as in CI.
        assume_role_with_oidc: Attr<AssumeRoleWithOidc> = block(),
        /// Ids of the accounts that may be worked on. STS is asked once whose keys were found, before they are used for
        /// anything else; keys of any other account are refused.
        allowed_account_ids: Attr<Vec<String>> = optional().check(no_empty_name),
        /// Region of the instances where a resource names none, such as `cn-shanghai`. Can also be given by the
        /// environment variable `ALIBABA_CLOUD_REGION`.
        region: Attr<String> = optional().check(text(is_region, REGION)),
        /// How the API is called where an endpoint does not say it: `HTTPS`, the default, or `HTTP`.
        protocol: Attr<String> = optional().check(text(|text| Protocol::parse(text).is_some(), "\"HTTPS\" or \"HTTP\"")),
        /// Longest wait for a connection, in milliseconds, up to 3600000. Can also be given by the environment variable
        /// `CLIENT_CONNECT_TIMEOUT`. Defaults to 60000, which 0 means too.
        client_connect_timeout: Attr<u32> = optional().check(whole_number(0..=3_600_000, "milliseconds")),
        /// Longest wait for an answer, in milliseconds, up to 3600000. Can also be given by the environment variable
        /// `CLIENT_READ_TIMEOUT`. Defaults to 60000, which 0 means too.
        client_read_timeout: Attr<u32> = optional().check(whole_number(0..=3_600_000, "milliseconds")),
        /// Longest time that one operation may take with all its repetitions, in seconds, 0 to 86400. The smaller of it
        /// and the resource's own timeout counts. Can also be given by the environment variable `MAX_RETRY_TIMEOUT`. 0, the
        /// default, leaves it to the resource.
        max_retry_timeout: Attr<u32> = optional().check(whole_number(0..=86_400, "seconds")),
        /// What destroying does with accounts that the service does not delete because they were used this month, where a
        /// resource does not say: `fail`, the default, `suspend` or `abandon`.
        destroy_when_in_use: Attr<String> = optional().check(text(|text| WhenInUse::parse(text).is_some(), WHEN_IN_USE)),
        /// Text that follows the names of the provider and of Terraform in the header `User-Agent`, to tell who calls. What
        /// the environment variable `TF_APPEND_USER_AGENT` says is added to it.
        configuration_source: Attr<String> = optional().check(characters(0..=1024)),
        /// Address that RAM policies see as the caller's. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_SOURCE_IP`.
        source_ip: Attr<String> = optional(),
        /// Whether RAM policies see an encrypted transport: `true` or `false`. Can also be given by the environment
        /// variable `ALIBABA_CLOUD_SECURE_TRANSPORT`.
        secure_transport: Attr<String> = optional().check(text(is_truth, "\"true\" or \"false\"")),
        /// `true`: `region` may be one that this version of the provider does not know. Can also be given by the environment
        /// variable `ALIBABA_CLOUD_SKIP_REGION_VALIDATION`.
        skip_region_validation: Attr<bool> = optional(),
        /// Other addresses than the public ones.
        endpoints: Attr<Endpoints> = block(),
    }
}

model! {
    /// Other addresses than the public ones.
    pub struct Endpoints {
        /// Host or URL of the Smartag API, such as `smartag-vpc.cn-shanghai.aliyuncs.com`. Can also be given by the
        /// environment variable `ALIBABA_CLOUD_ENDPOINT_SMARTAG`.
        smartag: Attr<String> = optional(),
        /// Host or URL of the STS API, such as `sts-vpc.cn-shanghai.aliyuncs.com`. Can also be given by the environment
        /// variable `ALIBABA_CLOUD_ENDPOINT_STS`.
        sts: Attr<String> = optional(),
        /// Host or URL of the KMS API, such as `kms-vpc.cn-shanghai.aliyuncs.com`. Can also be given by the environment
        /// variable `ALIBABA_CLOUD_ENDPOINT_KMS`.
        kms: Attr<String> = optional(),
    }
}

/// What a region looks like.
pub const REGION: &str = "the id of a region such as \"cn-shanghai\": lower-case letters, digits and hyphens";

/// Whether text is one of the two words for a truth value.
pub fn is_truth(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// The checks that need several arguments.
pub fn validate(config: &ProviderBlock) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let given = |name: &str, lacking: &str| {
        let detail = format!(
            "{name} is given without {lacking}. An access key is an id (access_key) and its secret \
             (secret_key); write both, or neither to use the environment."
        );
        Diagnostic::error("Incomplete access key", detail).at(ProviderBlock::access_key())
    };
    match (&config.access_key, &config.secret_key) {
        (Attr::Known(_), Attr::Null) => diagnostics.push(given("access_key", "secret_key")),
        (Attr::Null, Attr::Known(_)) => diagnostics.push(given("secret_key", "access_key")),
        (Attr::Null, Attr::Null) if config.security_token.known().is_some() => {
            diagnostics.push(given("security_token", "access_key and secret_key"));
        }
        _ => {}
    }
    diagnostics.extend(one_source(config));
    diagnostics.extend(bad_endpoints(config));
    diagnostics
}

/// Hosts and URLs that are none.
fn bad_endpoints(config: &ProviderBlock) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Attr::Known(endpoints) = &config.endpoints else { return diagnostics };
    let protocol = match &config.protocol {
        // It may turn out to allow what HTTPS does not.
        Attr::Unknown => Protocol::Http,
        protocol => protocol.known().and_then(|text| Protocol::parse(text)).unwrap_or_default(),
    };
    for (name, written) in [("smartag", &endpoints.smartag), ("sts", &endpoints.sts), ("kms", &endpoints.kms)] {
        let route = Route { endpoint: written.known().cloned(), protocol, network: Network::Public };
        if let Err(problem) = route.check_written(&format!("endpoints.{name}")) {
            let path = Path::attribute("endpoints").child(Step::Attribute(name.to_owned()));
            let problem = Diagnostic::error("Invalid endpoint", format!("{problem}."));
            // Terraform prints the line that is pointed at, and there may be a password in it.
            let may_be_shown = written.known().is_some_and(|written| !written.contains('@'));
            diagnostics.push(if may_be_shown { problem.at(path) } else { problem });
        }
    }
    diagnostics
}

/// Two places to take keys from, both written, contradict each other.
fn one_source(config: &ProviderBlock) -> Diagnostics {
    let named = [
        ("access_key", config.access_key.known().is_some()),
        ("assume_role_with_oidc", config.assume_role_with_oidc.known().is_some()),
        ("profile", config.profile.known().is_some()),
        ("shared_credentials_file", config.shared_credentials_file.known().is_some()),
        ("ecs_role_name", config.ecs_role_name.known().is_some()),
        ("credentials_uri", config.credentials_uri.known().is_some()),
    ];
    let written: Vec<_> = named.into_iter().filter_map(|(name, written)| written.then_some(name)).collect();
    match written[..] {
        // The name of a profile and its file are one place.
        [] | [_] | ["profile", "shared_credentials_file"] => Diagnostics::new(),
        _ => {
            let detail = format!(
                "{} are written, and each of them says where the keys come from. Keep one; a role to assume with those \
                 keys goes into assume_role.",
                written.join(" and ")
            );
            Diagnostic::error("More than one source of credentials", detail).into()
        }
    }
}
