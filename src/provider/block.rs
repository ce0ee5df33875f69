//! The provider block: its arguments, and how they become a client.

use std::sync::Arc;
use std::time::Duration;

use super::client::{Apis, Client, ClientSettings, check_published};
use super::identity::{AssumeRole, AssumeRoleWithOidc, chain, written};
use super::when_in_use::{WHEN_IN_USE, WhenInUse};
use crate::alibaba::credentials::{ProfileSettings, Sts, Variable, outdated};
use crate::alibaba::{Http, Kms, Network, Protocol, Route, Settings};
use crate::framework::checks::{characters, no_empty_name, text, whole_number};
use crate::framework::schema::{block, optional};
use crate::framework::{Attr, Diagnostic, Diagnostics, Host};
use crate::model;
use crate::secret::Secret;
use crate::smartag::Smartag;
use crate::value::{Path, Step};
use crate::world::World;

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
        /// Text that follows the names of the provider and of Terraform in the header `User-Agent`, to tell who calls. Can
        /// also be given by the environment variable `TF_APPEND_USER_AGENT`.
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

/// Whether text can be the id of a region.
pub fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
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

/// Makes the client. Nothing is called; arguments that are not known yet are an error once a call needs them.
pub fn configure(config: ProviderBlock, host: &Host, world: &World) -> Result<Client, Diagnostics> {
    let of_profile = of_profile(&config, world);
    let (region, region_place) = match (&config.region, Variable::REGION.set(world)) {
        (Attr::Null, Some((name, region))) => (Attr::Known(region), Some(format!("the environment variable {name}"))),
        (Attr::Null, None) => (of_profile.region.into(), Some(of_profile.place)),
        (written, _) => (written.clone(), None),
    };
    let in_environment = Variable::ENDPOINT_TYPE.value(world);
    let network = in_environment.or(of_profile.endpoint_type).map_or(Network::Public, |text| Network::parse(&text));
    let takes_any_region = takes_any_region(&config, world);
    // One that only happens to be set elsewhere is checked once it counts.
    if let Some(region) = config.region.known().filter(|_| !takes_any_region) {
        check_published(region).map_err(|unknown| unknown.at(ProviderBlock::region()))?;
    }
    let limit = number(&config.max_retry_timeout, "MAX_RETRY_TIMEOUT", world)?.filter(|seconds| *seconds > 0);
    let settings = ClientSettings {
        region: region.clone(),
        region_place,
        takes_any_region,
        max_retry_timeout: limit.map(|seconds| Duration::from_secs(u64::from(seconds))),
        when_in_use: config.destroy_when_in_use.known().and_then(|text| WhenInUse::parse(text)).unwrap_or_default(),
    };
    let apis = match unknown_arguments(&config) {
        names if names.is_empty() => Ok(apis(&config, region.known(), network, host, world)?),
        names => Err(names),
    };
    Ok(Client::new(apis, settings, world.clone()))
}

/// What the profile says that counts, once it is known which one that is. Its hosts count only with its keys.
fn of_profile(config: &ProviderBlock, world: &World) -> ProfileSettings {
    let (Ok(profile), Ok(file)) = (config.profile.opt(), config.shared_credentials_file.opt()) else {
        return ProfileSettings::default();
    };
    let found = ProfileSettings::found(profile.cloned(), file.cloned(), world);
    let is_used = written(config).is_ok_and(|written| written.looks_into_profiles(world));
    ProfileSettings { endpoint_type: found.endpoint_type.filter(|_| is_used), ..found }
}

/// Whether a region may be another than the published ones: an endpoint or the user says that one is meant.
fn takes_any_region(config: &ProviderBlock, world: &World) -> bool {
    let endpoint = match &config.endpoints {
        Attr::Known(endpoints) => !endpoints.smartag.is_null(),
        endpoints => endpoints.is_unknown(),
    };
    let elsewhere =
        ["ALIBABA_CLOUD_ENDPOINT_SMARTAG", "SMARTAG_ENDPOINT"].iter().any(|name| world.variable(name).is_some());
    let skipped = match &config.skip_region_validation {
        Attr::Null => Variable::SKIP_REGION_VALIDATION.is_true(world),
        skip => skip.known() != Some(&false),
    };
    endpoint || elsewhere || skipped
}

/// The arguments without which no call can be made, and which are not known yet.
fn unknown_arguments(config: &ProviderBlock) -> Vec<&'static str> {
    let endpoint_unknown = match &config.endpoints {
        Attr::Known(endpoints) => {
            [&endpoints.smartag, &endpoints.sts, &endpoints.kms].iter().any(|endpoint| endpoint.is_unknown())
        }
        endpoints => endpoints.is_unknown(),
    };
    let roles_unknown = match &config.assume_role {
        Attr::Known(roles) => roles.iter().any(AssumeRole::is_unknown),
        roles => roles.is_unknown(),
    };
    let oidc_unknown = match &config.assume_role_with_oidc {
        Attr::Known(oidc) => oidc.is_unknown(),
        oidc => oidc.is_unknown(),
    };
    [
        ("access_key", config.access_key.is_unknown()),
        ("secret_key", config.secret_key.is_unknown()),
        ("security_token", config.security_token.is_unknown()),
        ("profile", config.profile.is_unknown()),
        ("shared_credentials_file", config.shared_credentials_file.is_unknown()),
        ("credentials_uri", config.credentials_uri.is_unknown()),
        ("ecs_role_name", config.ecs_role_name.is_unknown()),
        ("assume_role", roles_unknown),
        ("assume_role_with_oidc", oidc_unknown),
        ("allowed_account_ids", config.allowed_account_ids.is_unknown()),
        ("configuration_source", config.configuration_source.is_unknown()),
        ("source_ip", config.source_ip.is_unknown()),
        ("secure_transport", config.secure_transport.is_unknown()),
        ("protocol", config.protocol.is_unknown()),
        ("client_connect_timeout", config.client_connect_timeout.is_unknown()),
        ("client_read_timeout", config.client_read_timeout.is_unknown()),
        ("endpoints", endpoint_unknown),
    ]
    .into_iter()
    .filter_map(|(name, unknown)| unknown.then_some(name))
    .collect()
}

fn apis(
    config: &ProviderBlock,
    region: Option<&String>,
    network: Network,
    host: &Host,
    world: &World,
) -> Result<Apis, Diagnostics> {
    let protocol = config.protocol.known().and_then(|text| Protocol::parse(text)).unwrap_or_default();
    let route = |pick: fn(&Endpoints) -> &Attr<String>| {
        let endpoint = config.endpoints.known().and_then(|endpoints| pick(endpoints).known().cloned());
        Route { endpoint, protocol, network }
    };
    let milliseconds =
        |timeout: Option<u32>| Duration::from_millis(timeout.filter(|limit| *limit > 0).unwrap_or(60_000).into());
    let connect_timeout = milliseconds(number(&config.client_connect_timeout, "CLIENT_CONNECT_TIMEOUT", world)?);
    let read_timeout = milliseconds(number(&config.client_read_timeout, "CLIENT_READ_TIMEOUT", world)?);
    let suffix = user_agent(config, host, world);
    let web = Arc::new(Http::new(connect_timeout, read_timeout, Some(&suffix)));
    let sts = Sts::new(web, route(|endpoints| &endpoints.sts), region.cloned());
    let chain = chain(config, sts, world)?;
    let settings = Settings {
        connect_timeout,
        read_timeout,
        user_agent_suffix: Some(suffix),
        common: seen_by_policies(config, world)?,
        ..Settings::new(chain, world.clone())
    };
    let smartag = route(|endpoints| &endpoints.smartag);
    smartag.check("smartag", world).map_err(|problem| Diagnostic::error("Invalid endpoint", format!("{problem}.")))?;
    Ok(Apis {
        smartag: Smartag::new(Settings { route: smartag, ..settings.clone() }),
        kms: Kms::new(Settings { route: route(|endpoints| &endpoints.kms), ..settings }),
    })
}

/// A number that is written, or stands in a variable that alicloud reads too.
fn number(written: &Attr<u32>, variable: &str, world: &World) -> Result<Option<u32>, Diagnostics> {
    let Attr::Null = written else { return Ok(written.known().copied()) };
    let Some(text) = world.variable(variable) else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| {
        let detail =
            format!("The environment variable {variable} is {text:?}. Wanted: a whole number, or no such variable.");
        Diagnostic::error(format!("Invalid value for {variable}"), detail).into()
    })
}

/// What follows the provider's name: Terraform's, and what the user adds. Each word stands once, and one that no header can
/// hold not at all.
fn user_agent(config: &ProviderBlock, host: &Host, world: &World) -> String {
    let terraform = format!("terraform/{}", host.version);
    let appended = world.variable("TF_APPEND_USER_AGENT").unwrap_or_default();
    let source = config.configuration_source.known().map_or("", String::as_str);
    let mut words = vec![terraform.as_str()];
    for word in source.split_whitespace().chain(appended.split_whitespace()) {
        if !words.contains(&word) && word.bytes().all(|byte| byte.is_ascii_graphic()) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// The parameters that conditions of RAM policies look at.
fn seen_by_policies(config: &ProviderBlock, world: &World) -> Result<Vec<(&'static str, String)>, Diagnostic> {
    let written =
        |attribute: &Attr<String>, variable: Variable| attribute.known().cloned().or_else(|| variable.value(world));
    let unwritten = Variable::SECURE_TRANSPORT.set(world).filter(|_| config.secure_transport.is_null());
    if let Some((name, text)) = unwritten.filter(|(_, text)| !is_truth(text)) {
        let detail = format!("The environment variable {name} is {text:?}. Wanted: \"true\" or \"false\".");
        return Err(Diagnostic::error(format!("Invalid value for {name}"), detail));
    }
    let seen = [
        ("SourceIp", written(&config.source_ip, Variable::SOURCE_IP)),
        ("SecureTransport", written(&config.secure_transport, Variable::SECURE_TRANSPORT)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)));
    Ok(seen.collect())
}

fn is_truth(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// A word about environment variables that still work under older names.
pub fn warnings(world: &World) -> Diagnostics {
    let old = outdated(world);
    if old.is_empty() {
        return Diagnostics::new();
    }
    let pairs: Vec<_> = old.iter().map(|(old, today)| format!("{today} instead of {old}")).collect();
    let detail = format!("They still work, but other names are documented today. Set {}.", pairs.join(", "));
    Diagnostic::warning("Environment variables with older names", detail).into()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_number_of_the_environment_counts_where_none_is_written_and_must_be_one() {
        let world = |text: &str| World::fixed(OffsetDateTime::UNIX_EPOCH, &[("MAX_RETRY_TIMEOUT", text)]);
        let read = |written: Attr<u32>, text: &str| number(&written, "MAX_RETRY_TIMEOUT", &world(text));
        assert_eq!(read(Attr::Null, "30"), Ok(Some(30)));
        assert_eq!(read(Attr::Known(5), "30"), Ok(Some(5)));
        assert_eq!(read(Attr::Null, ""), Ok(None));
        assert_eq!(read(Attr::Unknown, "30"), Ok(None));
        let told = read(Attr::Null, "soon").unwrap_err();
        assert!(told.iter().any(|told| told.detail.contains("\"soon\"") && told.detail.contains("MAX_RETRY_TIMEOUT")));
    }

    #[test]
    fn the_user_agent_has_each_word_once_and_none_that_no_header_can_hold() {
        let world =
            World::fixed(OffsetDateTime::UNIX_EPOCH, &[("TF_APPEND_USER_AGENT", "ci/1 bad\u{7}word team/7 caf\u{e9}")]);
        let config = ProviderBlock {
            configuration_source: Attr::Known("team/7  team/7".to_owned()),
            ..ProviderBlock::default()
        };
        let host = Host { version: "1.11.4".to_owned() };
        assert_eq!(user_agent(&config, &host, &world), "terraform/1.11.4 team/7 ci/1");
    }
}
