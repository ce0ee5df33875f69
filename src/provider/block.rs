//! The provider block: its arguments, and how they become a client.

use std::time::Duration;

use futures_util::FutureExt;

use super::client::{Apis, Client, ClientSettings};
use super::when_in_use::{WHEN_IN_USE, WhenInUse};
use crate::alibaba::credentials::{Block, Chain, Environment};
use crate::alibaba::{Kms, Protocol, Settings};
use crate::framework::checks::{text, whole_number};
use crate::framework::schema::{block, optional};
use crate::framework::{Attr, Diagnostic, Diagnostics, Host};
use crate::model;
use crate::secret::Secret;
use crate::smartag::Smartag;
use crate::world::World;

/// Environment variables that give the region, in the order they are asked.
const REGION_VARIABLES: [&str; 2] = ["ALIBABA_CLOUD_REGION", "ALIBABA_CLOUD_REGION_ID"];

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
        /// Region of the instances where a resource names none, such as `cn-shanghai`. Can also be given by the
        /// environment variable `ALIBABA_CLOUD_REGION`.
        region: Attr<String> = optional().check(text(is_region, REGION)),
        /// How the API is called where an endpoint does not say it: `HTTPS`, the default, or `HTTP`.
        protocol: Attr<String> = optional().check(text(|text| Protocol::parse(text).is_some(), "\"HTTPS\" or \"HTTP\"")),
        /// Longest wait for a connection, in milliseconds, 1 to 3600000. Defaults to 60000.
        client_connect_timeout: Attr<u32> = optional().check(whole_number(1..=3_600_000, "milliseconds")),
        /// Longest wait for an answer, in milliseconds, 1 to 3600000. Defaults to 60000.
        client_read_timeout: Attr<u32> = optional().check(whole_number(1..=3_600_000, "milliseconds")),
        /// Longest time that one operation may take with all its repetitions, in seconds, 0 to 86400. The smaller of it
        /// and the resource's own timeout counts. 0, the default, leaves it to the resource.
        max_retry_timeout: Attr<u32> = optional().check(whole_number(0..=86_400, "seconds")),
        /// What destroying does with accounts that the service does not delete because they were used this month, where a
        /// resource does not say: `fail`, the default, `suspend` or `abandon`.
        destroy_when_in_use: Attr<String> = optional().check(text(|text| WhenInUse::parse(text).is_some(), WHEN_IN_USE)),
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
    diagnostics
}

/// Makes the client. Nothing is called; arguments that are not known yet are an error once a call needs them.
pub fn configure(config: ProviderBlock, host: &Host, world: &World) -> Result<Client, Diagnostics> {
    let region = match &config.region {
        Attr::Null => REGION_VARIABLES.iter().find_map(|name| world.variable(name)).into(),
        region => region.clone(),
    };
    let limit = config.max_retry_timeout.known().filter(|seconds| **seconds > 0);
    let settings = ClientSettings {
        region,
        max_retry_timeout: limit.map(|seconds| Duration::from_secs(u64::from(*seconds))),
        when_in_use: config.destroy_when_in_use.known().and_then(|text| WhenInUse::parse(text)).unwrap_or_default(),
    };
    let apis = match unknown_arguments(&config) {
        names if names.is_empty() => Ok(apis(&config, host, world)?),
        names => Err(names),
    };
    Ok(Client::new(apis, settings, world.clone()))
}

/// The arguments without which no call can be made, and which are not known yet.
fn unknown_arguments(config: &ProviderBlock) -> Vec<&'static str> {
    let endpoint_unknown = match &config.endpoints {
        Attr::Known(endpoints) => endpoints.smartag.is_unknown() || endpoints.kms.is_unknown(),
        endpoints => endpoints.is_unknown(),
    };
    [
        ("access_key", config.access_key.is_unknown()),
        ("secret_key", config.secret_key.is_unknown()),
        ("security_token", config.security_token.is_unknown()),
        ("protocol", config.protocol.is_unknown()),
        ("client_connect_timeout", config.client_connect_timeout.is_unknown()),
        ("client_read_timeout", config.client_read_timeout.is_unknown()),
        ("endpoints", endpoint_unknown),
    ]
    .into_iter()
    .filter_map(|(name, unknown)| unknown.then_some(name))
    .collect()
}

fn apis(config: &ProviderBlock, host: &Host, world: &World) -> Result<Apis, Diagnostics> {
    let written = Block {
        access_key: config.access_key.opt()?.cloned(),
        secret_key: config.secret_key.opt()?.cloned(),
        security_token: config.security_token.opt()?.cloned(),
    };
    let chain = Chain::new(vec![Box::new(written), Box::new(Environment)]);
    // Both sources answer at once, so a missing key is told before anything is planned.
    if let Some(Err(problem)) = chain.credentials(world).now_or_never() {
        return Err(Diagnostic::error("No usable credentials for Alibaba Cloud", problem).into());
    }
    let mut settings = Settings::new(chain, world.clone());
    if let Some(protocol) = config.protocol.known().and_then(|text| Protocol::parse(text)) {
        settings.protocol = protocol;
    }
    let milliseconds = |timeout: &u32| Duration::from_millis(u64::from(*timeout));
    if let Some(timeout) = config.client_connect_timeout.known().map(milliseconds) {
        settings.connect_timeout = timeout;
    }
    if let Some(timeout) = config.client_read_timeout.known().map(milliseconds) {
        settings.read_timeout = timeout;
    }
    settings.user_agent_suffix = Some(format!("terraform/{}", host.version));
    let endpoint = |pick: fn(&Endpoints) -> &Attr<String>| {
        config.endpoints.known().and_then(|endpoints| pick(endpoints).known().cloned())
    };
    Ok(Apis {
        smartag: Smartag::new(Settings { endpoint: endpoint(|endpoints| &endpoints.smartag), ..settings.clone() }),
        kms: Kms::new(Settings { endpoint: endpoint(|endpoints| &endpoints.kms), ..settings }),
    })
}
