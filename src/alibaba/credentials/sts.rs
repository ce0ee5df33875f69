//! The Security Token Service: keys for a role, and whose keys they are.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::session::{self, OF_SERVICES};
use super::{Credentials, Role, Variable};
use crate::alibaba::answer::Answer;
use crate::alibaba::client::{Caller, RpcClient};
use crate::alibaba::endpoints::{Network, Route};
use crate::alibaba::error::Error;
use crate::alibaba::operation::{Operation, Parameters, Product};
use crate::alibaba::patience::Patience;
use crate::alibaba::transport::{Http, Web};
use crate::secret::Secret;
use crate::world::World;

static PRODUCT: Product = Product {
    code: "sts",
    version: "2015-04-01",
    endpoints: &[],
    without_vpc: &[],
    transient_codes: &[],
    final_codes: &[],
};

static ASSUME_ROLE: Operation =
    Operation { action: "AssumeRole", idempotent: true, secret_parameters: &["ExternalId"] };
static ASSUME_ROLE_WITH_OIDC: Operation =
    Operation { action: "AssumeRoleWithOIDC", idempotent: true, secret_parameters: &["OIDCToken"] };
static GET_CALLER_IDENTITY: Operation =
    Operation { action: "GetCallerIdentity", idempotent: true, secret_parameters: &[] };

/// The region that is named in calls to the host that belongs to none.
const CENTRAL: &str = "cn-hangzhou";

/// How long one call may take with all its tries: who waits for keys has not even begun.
const LIMIT: Duration = Duration::from_secs(15);

/// The name of a session where none is given; alicloud's.
const SESSION_NAME: &str = "terraform";

/// The seconds of a session where none are given; alicloud's.
const DURATION: u32 = 3600;

/// The Security Token Service as the settings have it. Cheap to clone.
#[derive(Clone)]
pub struct Sts {
    web: Arc<dyn Web>,
    route: Route,
    /// Region whose host is called, where neither the role nor the environment names one.
    region: Option<String>,
}

impl Default for Sts {
    fn default() -> Self {
        let limit = Duration::from_secs(10);
        Self::new(Arc::new(Http::new(limit, limit, None)), Route::default(), None)
    }
}

impl fmt::Debug for Sts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sts").field("route", &self.route).field("region", &self.region).finish_non_exhaustive()
    }
}

/// A token of an identity provider, and the role it is exchanged for.
pub struct Exchange<'a> {
    /// ARN of the identity provider in RAM.
    pub provider_arn: &'a str,
    /// The token.
    pub token: &'a Secret,
    /// The role; its external id is not used.
    pub role: &'a Role,
}

impl Sts {
    /// `region` is that of the provider.
    pub fn new(web: Arc<dyn Web>, route: Route, region: Option<String>) -> Self {
        Self { web, route, region }
    }

    /// What requests are sent with.
    pub fn web(&self) -> &dyn Web {
        &*self.web
    }

    /// Assumes a role with the given keys.
    ///
    /// # Errors
    /// As a sentence with the role, what came back, and what to do.
    pub async fn assume_role(&self, world: &World, keys: Credentials, role: &Role) -> Result<Credentials, String> {
        let parameters =
            session_parameters(role).with_optional("ExternalId", role.external_id.as_ref().map(Secret::expose));
        let answer = self.call(world, Caller::Keys(keys), &ASSUME_ROLE, parameters, role).await;
        keys_in(answer, &ASSUME_ROLE).map_err(|error| self.refused(world, role, &error))
    }

    /// Exchanges the token of an identity provider for keys of a role. The call is not signed: the token proves it.
    ///
    /// # Errors
    /// As [`Sts::assume_role`].
    pub async fn assume_role_with_oidc(&self, world: &World, exchange: &Exchange<'_>) -> Result<Credentials, String> {
        let role = exchange.role;
        let parameters = session_parameters(role)
            .with("OIDCProviderArn", exchange.provider_arn)
            .with("OIDCToken", exchange.token.expose());
        let answer = self.call(world, Caller::Nobody, &ASSUME_ROLE_WITH_OIDC, parameters, role).await;
        keys_in(answer, &ASSUME_ROLE_WITH_OIDC).map_err(|error| self.refused(world, role, &error))
    }

    /// The account that keys belong to.
    ///
    /// # Errors
    /// As a sentence with what came back and what to do.
    pub async fn account(&self, world: &World, keys: Credentials) -> Result<String, String> {
        let none = Role::default();
        let answer = self.call(world, Caller::Keys(keys), &GET_CALLER_IDENTITY, Parameters::new(), &none).await;
        let account = answer.and_then(|answer| match answer.json.get("AccountId").and_then(Value::as_str) {
            Some(account) if !account.is_empty() => Ok(account.to_owned()),
            _ => Err(malformed(&GET_CALLER_IDENTITY, "AccountId is missing".to_owned())),
        });
        account.map_err(|error| self.told(world, &none, &error))
    }

    /// One call. Boxed, as signing a call asks a chain, which may ask for keys by a call in turn.
    fn call<'a>(
        &'a self,
        world: &'a World,
        caller: Caller,
        operation: &'static Operation,
        parameters: Parameters,
        role: &'a Role,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>> {
        let (client, region) = self.client(world, caller, role);
        let patience = Patience::lasting(LIMIT, CancellationToken::new());
        Box::pin(async move { client.call(operation, &region, parameters, &patience).await })
    }

    /// A client for calls about a role, and the region that they name.
    fn client(&self, world: &World, caller: Caller, role: &Role) -> (RpcClient, String) {
        let region = role.sts_region.clone().or_else(|| Variable::STS_REGION.value(world));
        let region = region.or_else(|| self.region.clone());
        let is_within_vpc = || role.vpc || self.route.network == Network::Vpc || Variable::VPC_ENDPOINT.is_true(world);
        let route = if self.route.is_overridden(PRODUCT.code, world) {
            self.route.clone()
        } else {
            let of_role = role.sts_endpoint.clone();
            let endpoint = of_role.unwrap_or_else(|| host(region.as_deref(), is_within_vpc()));
            Route { endpoint: Some(endpoint), ..self.route.clone() }
        };
        let transport = Box::new(Arc::clone(&self.web));
        let client = RpcClient::signed_by(caller, transport, &PRODUCT, route, world.clone());
        (client, region.unwrap_or_else(|| CENTRAL.to_owned()))
    }

    fn refused(&self, world: &World, role: &Role, error: &Error) -> String {
        format!("the role {} cannot be assumed: {}", role.arn, self.told(world, role, error))
    }

    /// An error of a call about a role, and what to do.
    fn told(&self, world: &World, role: &Role, error: &Error) -> String {
        let mut text = error.to_string();
        let advice = match error {
            // Nobody set this limit, so nobody can raise it.
            Error::TimedOut { last: None, .. } => {
                let (client, region) = self.client(world, Caller::Nobody, role);
                let endpoint = client.endpoint(&region).unwrap_or_default();
                Some(format!("Check what stands between this machine and {endpoint}: a firewall, or a proxy."))
            }
            error => error.advice(),
        };
        if let Some(advice) = advice {
            let stop = if text.ends_with('.') { "" } else { "." };
            text.push_str(&format!("{stop} {advice}"));
        }
        text
    }
}

fn host(region: Option<&str>, vpc: bool) -> String {
    match (region, vpc) {
        (Some(region), false) => format!("sts.{region}.aliyuncs.com"),
        (Some(region), true) => format!("sts-vpc.{region}.aliyuncs.com"),
        (None, _) => "sts.aliyuncs.com".to_owned(),
    }
}

fn session_parameters(role: &Role) -> Parameters {
    Parameters::new()
        .with("RoleArn", role.arn.as_str())
        .with("RoleSessionName", role.session_name.as_deref().unwrap_or(SESSION_NAME))
        .with("DurationSeconds", role.duration.unwrap_or(DURATION).to_string())
        .with_optional("Policy", role.policy.as_deref())
}

fn keys_in(answer: Result<Answer, Error>, operation: &'static Operation) -> Result<Credentials, Error> {
    let mut answer = answer?;
    let mut inner = answer.json.get_mut("Credentials").map(Value::take).unwrap_or_default();
    let keys = session::take(&mut inner, &OF_SERVICES).map_err(|problem| malformed(operation, problem))?;
    match (&keys.security_token, keys.expires) {
        (Some(_), Some(_)) => Ok(keys),
        (None, _) => Err(malformed(operation, "SecurityToken is missing".to_owned())),
        (_, None) => Err(malformed(operation, "Expiration is missing".to_owned())),
    }
}

fn malformed(operation: &'static Operation, problem: String) -> Error {
    Error::Malformed { action: operation.action, problem }
}
