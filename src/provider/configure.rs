//! How the provider block becomes a client, with the environment and the profile behind it.

use std::sync::Arc;
use std::time::Duration;

use super::block::{Endpoints, ProviderBlock, is_truth};
use super::client::{Apis, Client, ClientSettings, check_published};
use super::identity::{AssumeRole, chain, written};
use super::when_in_use::WhenInUse;
use crate::alibaba::credentials::{ProfileSettings, Sts, Variable, outdated};
use crate::alibaba::{Http, Kms, Network, Protocol, Route, Settings};
use crate::framework::{Attr, Diagnostic, Diagnostics, Host};
use crate::smartag::Smartag;
use crate::world::World;

/// Makes the client. Nothing is called; arguments that are not known yet are an error once a call needs them.
pub fn client(config: ProviderBlock, host: &Host, world: &World) -> Result<Client, Diagnostics> {
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
    let lacks_region = config.region.is_null() && Variable::REGION.value(world).is_none();
    let is_used = written(config).is_ok_and(|written| written.looks_into_profiles(world));
    let lacks_network = is_used && Variable::ENDPOINT_TYPE.value(world).is_none();
    if !lacks_region && !lacks_network {
        return ProfileSettings::default();
    }
    let found = ProfileSettings::found(profile.cloned(), file.cloned(), world);
    ProfileSettings { endpoint_type: found.endpoint_type.filter(|_| is_used), ..found }
}

/// Whether a region may be another than the published ones: an endpoint or the user says that one is meant.
fn takes_any_region(config: &ProviderBlock, world: &World) -> bool {
    let endpoint = match &config.endpoints {
        Attr::Known(endpoints) => !endpoints.smartag.is_null(),
        endpoints => endpoints.is_unknown(),
    };
    let elsewhere = Route::default().is_overridden("smartag", world);
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
