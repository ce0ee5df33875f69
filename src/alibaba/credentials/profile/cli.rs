//! The file of the `aliyun` CLI: profiles in JSON, each with a mode.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};
use time::OffsetDateTime;

use super::config::{Config, Entry};
use super::{Found, ProfileSettings};
use crate::alibaba::credentials::external::External;
use crate::alibaba::credentials::metadata::Metadata;
use crate::alibaba::credentials::oidc::{Oidc, Token};
use crate::alibaba::credentials::uri::Uri;
use crate::alibaba::credentials::{Credentials, Finding, Role, Way, keys};
use crate::alibaba::endpoints::{Protocol, Route, is_region};
use crate::secret::Secret;
use crate::world::World;

/// `1` or `true`: neither a program nor a URL that stands in a profile is asked for keys.
const EXTERNAL_DISABLED: &str = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS";

/// How many profiles may stand behind each other by `source_profile`.
const DEEPEST: usize = 5;

/// A profile; names and meanings are the CLI's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    #[serde(deserialize_with = "text")]
    name: Option<String>,
    #[serde(deserialize_with = "text")]
    mode: Option<String>,
    #[serde(deserialize_with = "text")]
    access_key_id: Option<String>,
    #[serde(deserialize_with = "secret")]
    access_key_secret: Option<Secret>,
    #[serde(deserialize_with = "secret")]
    sts_token: Option<Secret>,
    sts_expiration: Option<i64>,
    #[serde(deserialize_with = "text")]
    sts_region: Option<String>,
    #[serde(deserialize_with = "text")]
    sts_endpoint: Option<String>,
    #[serde(deserialize_with = "text")]
    endpoint_type: Option<String>,
    enable_vpc: Option<bool>,
    #[serde(deserialize_with = "text")]
    ram_role_name: Option<String>,
    #[serde(deserialize_with = "text")]
    ram_role_arn: Option<String>,
    #[serde(deserialize_with = "text")]
    ram_session_name: Option<String>,
    expired_seconds: Option<u32>,
    #[serde(deserialize_with = "text")]
    policy: Option<String>,
    #[serde(deserialize_with = "secret")]
    external_id: Option<Secret>,
    #[serde(deserialize_with = "text")]
    source_profile: Option<String>,
    #[serde(deserialize_with = "text")]
    oidc_provider_arn: Option<String>,
    #[serde(deserialize_with = "text")]
    oidc_token_file: Option<String>,
    #[serde(deserialize_with = "text")]
    credentials_uri: Option<String>,
    #[serde(deserialize_with = "text")]
    process_command: Option<String>,
    #[serde(deserialize_with = "text")]
    region_id: Option<String>,
}

/// Text; one that is empty counts as not written, as the CLI writes all it does not know.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    Ok(text(from)?.map(Secret::new))
}

/// The profile of a CLI that nobody has set up.
const DEFAULT: &str = "default";

/// Looks for a profile; where no name is given, for the one that was found before or else for the current one.
pub fn look(content: &[u8], path: &str, wanted: Option<&str>, found: &OnceLock<Found>, world: &World) -> Finding<Way> {
    let config = match Config::read(content, path) {
        Ok(config) => config,
        Err(why) => return Finding::Broken(why),
    };
    let wanted = wanted.or_else(|| found.get().map(|found| found.profile.as_str()));
    let name = wanted.or_else(|| config.current()).unwrap_or(DEFAULT);
    let is_default = wanted.is_none() && name == DEFAULT;
    if config.is_empty() && is_default {
        return Finding::NotConfigured(format!("{path} has no profiles"));
    }
    let Some(entry) = config.profile(name) else {
        return Finding::Broken(format!("{path} has no profile {name:?}; it has these: {}", config.names()));
    };
    let label = label(name, path, entry);
    let told = |why: String| format!("{label}: {why}");
    let place = Place { config: &config, path, world };
    match Finding::from(entry.read::<Profile>()).and_then(|profile| place.way(&profile, &[name])) {
        Finding::Broken(why) => Finding::Broken(told(why)),
        // Somebody chose this one.
        Finding::NotConfigured(why) if !is_default => Finding::Broken(told(why)),
        Finding::NotConfigured(why) => Finding::NotConfigured(told(why)),
        Finding::Found(way) => {
            found.get_or_init(|| Found { profile: name.to_owned(), label: label.clone() });
            Finding::Found(Way::Of(label, Box::new(way)))
        }
    }
}

/// What a profile says beside its keys.
pub fn settings(content: &[u8], path: &str, wanted: Option<&str>) -> Option<ProfileSettings> {
    let config = Config::read(content, path).ok()?;
    let name = wanted.or_else(|| config.current()).unwrap_or(DEFAULT);
    let entry = config.profile(name)?;
    let Profile { region_id: region, endpoint_type, .. } = entry.read().ok()?;
    Some(ProfileSettings { place: label(name, path, entry), region, endpoint_type })
}

fn label(name: &str, path: &str, entry: &Entry<'_>) -> String {
    format!("profile {name:?} in {path}, line {}", entry.line())
}

struct Place<'a> {
    config: &'a Config<'a>,
    path: &'a str,
    world: &'a World,
}

impl Place<'_> {
    /// What the mode of a profile comes to. Modes are compared without regard to case, as the CLI does. `names` are those of
    /// the profiles that brought us here, the last of which is its own.
    fn way(&self, profile: &Profile, names: &[&str]) -> Finding<Way> {
        // Whether clear text is allowed shows when it is called.
        let sts = Route { endpoint: profile.sts_endpoint.clone(), protocol: Protocol::Http, ..Route::default() };
        if let Err(why) = sts.check_written("its sts_endpoint") {
            return Finding::Broken(why);
        }
        if let Some(region) = profile.sts_region.as_ref().filter(|region| !is_region(region)) {
            return Finding::Broken(format!("its sts_region {region:?} is no region like cn-shanghai"));
        }
        let mode = profile.mode.as_deref().unwrap_or_else(|| profile.recognized_mode());
        match mode.to_ascii_lowercase().as_str() {
            "ak" => profile.keys(None),
            "ststoken" => match profile.keys(profile.sts_token.clone()) {
                Finding::Found(_) if profile.sts_token.is_none() => needs(mode, "sts_token"),
                other => other,
            },
            "ramrolearn" => profile.assumed(mode, profile.keys(profile.sts_token.clone())),
            "ecsramrole" => Finding::Found(profile.metadata()),
            "ramrolearnwithrolename" => profile.assumed(mode, Finding::Found(profile.metadata())),
            "chainableramrolearn" => profile.assumed(mode, self.source(profile, mode, names)),
            "oidc" => profile.oidc(mode),
            "credentialsuri" | "external" if self.world.is_on(EXTERNAL_DISABLED) => {
                Finding::Broken(format!("its mode {mode} is not allowed here, as {EXTERNAL_DISABLED} is set"))
            }
            "credentialsuri" => match &profile.credentials_uri {
                None => needs(mode, "credentials_uri"),
                Some(uri) => {
                    Uri::parse(uri, "credentials_uri").map_or_else(Finding::Broken, |uri| Finding::Found(Way::Uri(uri)))
                }
            },
            "external" => match &profile.process_command {
                None => needs(mode, "process_command"),
                Some(line) => External::parse(line)
                    .map_or_else(Finding::Broken, |external| Finding::Found(Way::External(external))),
            },
            "cloudsso" | "oauth" => self.logged_in(profile, names.last().copied().unwrap_or_default(), mode),
            _ => Finding::Broken(format!(
                "its mode {mode:?} cannot be used here; AK, StsToken, RamRoleArn, EcsRamRole, OIDC, ChainableRamRoleArn, \
                 CredentialsURI, External, CloudSSO and OAuth can"
            )),
        }
    }

    fn source(&self, profile: &Profile, mode: &str, names: &[&str]) -> Finding<Way> {
        let Some(name) = &profile.source_profile else { return needs(mode, "source_profile") };
        let behind = [names, &[name]].concat();
        if names.contains(&name.as_str()) {
            return Finding::Broken(format!("source_profile leads in a circle: {}", behind.join(" -> ")));
        }
        if names.len() > DEEPEST {
            return Finding::Broken(format!("more than {DEEPEST} profiles stand behind each other by source_profile"));
        }
        let label = format!("its source_profile {name:?}");
        let Some(entry) = self.config.profile(name) else {
            return Finding::Broken(format!(
                "{label} does not exist in {}; it has these: {}",
                self.path,
                self.config.names()
            ));
        };
        let source = match entry.read::<Profile>() {
            Ok(source) => source,
            Err(why) => return Finding::Broken(format!("{label}: {why}")),
        };
        match self.way(&source, &behind).demanded() {
            Finding::Broken(why) => Finding::Broken(format!("{label}: {why}")),
            found => found.map(|way| Way::Of(label, Box::new(way))),
        }
    }

    /// Keys that a log-in with the CLI left, as long as they last.
    fn logged_in(&self, profile: &Profile, name: &str, mode: &str) -> Finding<Way> {
        let log_in = format!("log in with: aliyun configure --profile {name} --mode {mode}");
        let expires = profile.sts_expiration.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        match (profile.access_key_id.clone(), profile.access_key_secret.clone(), profile.sts_token.clone(), expires) {
            (Some(_), Some(_), Some(_), Some(expires)) if expires <= self.world.now() => {
                Finding::Broken(format!("the keys of its last log-in have expired; {log_in}"))
            }
            (Some(access_key_id), Some(access_key_secret), security_token @ Some(_), expires @ Some(_)) => {
                Finding::Found(Way::Keys(Credentials { access_key_id, access_key_secret, security_token, expires }))
            }
            _ => Finding::Broken(format!("it has no keys of a log-in; {log_in}")),
        }
    }
}

impl Profile {
    /// The mode of a profile that names none, out of what it has, as the CLI does.
    fn recognized_mode(&self) -> &'static str {
        let has_keys = self.access_key_id.is_some() && self.access_key_secret.is_some();
        match self {
            Self { sts_token: Some(_), .. } if has_keys => "StsToken",
            Self { ram_role_arn: Some(_), .. } if has_keys => "RamRoleArn",
            _ if has_keys => "AK",
            Self { ram_role_name: Some(_), .. } => "EcsRamRole",
            Self { process_command: Some(_), .. } => "External",
            Self { oidc_provider_arn: Some(_), oidc_token_file: Some(_), ram_role_arn: Some(_), .. } => "OIDC",
            _ => "AK",
        }
    }

    fn keys(&self, token: Option<Secret>) -> Finding<Way> {
        let names = ["access_key_id", "access_key_secret", "sts_token"];
        keys(names, self.access_key_id.clone(), self.access_key_secret.clone(), token)
    }

    fn metadata(&self) -> Way {
        Way::Metadata(Metadata { role_name: self.ram_role_name.clone() })
    }

    fn role(&self, arn: &str) -> Result<Role, String> {
        let role = Role {
            arn: arn.to_owned(),
            session_name: self.ram_session_name.clone(),
            duration: self.expired_seconds.filter(|seconds| *seconds > 0),
            policy: self.policy.clone(),
            external_id: self.external_id.clone(),
            sts_region: self.sts_region.clone(),
            sts_endpoint: self.sts_endpoint.clone(),
            vpc: self.enable_vpc.unwrap_or(false),
        };
        role.checked()
    }

    fn assumed(&self, mode: &str, base: Finding<Way>) -> Finding<Way> {
        match (&self.ram_role_arn, base.demanded()) {
            (_, Finding::Broken(why)) => Finding::Broken(why),
            (None, _) => needs(mode, "ram_role_arn"),
            (Some(arn), base) => {
                base.and_then(|base| Finding::from(self.role(arn)).map(|role| Way::Role(Box::new(base), role)))
            }
        }
    }

    fn oidc(&self, mode: &str) -> Finding<Way> {
        match (&self.oidc_provider_arn, &self.oidc_token_file, &self.ram_role_arn) {
            (None, _, _) => needs(mode, "oidc_provider_arn"),
            (_, None, _) => needs(mode, "oidc_token_file"),
            (_, _, None) => needs(mode, "ram_role_arn"),
            (Some(provider), Some(file), Some(arn)) => Finding::from(self.role(arn))
                .map(|role| Way::Oidc(Oidc { provider_arn: provider.clone(), token: Token::File(file.clone()), role })),
        }
    }
}

fn needs(mode: &str, name: &str) -> Finding<Way> {
    Finding::Broken(format!("its mode {mode} needs {name}, which is not set"))
}
