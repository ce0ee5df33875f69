//! The RAM role of an ECS instance, from the metadata service that only the instance itself can reach.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use reqwest::Url;
use tokio::time::timeout;

use super::session;
use super::{Credentials, Finding, Source, Variable, Way};
use crate::alibaba::transport::{Errand, Reply, Web, is_near};
use crate::world::World;

/// Where every ECS instance has it.
const ADDRESS: &str = "http://100.100.100.200";
/// Another address on this machine, for tests and for forwarders.
const ADDRESS_VARIABLE: &str = "ALIBABA_CLOUD_ECS_METADATA_ADDRESS";
/// `true`: the service is not asked.
const DISABLED: &str = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
/// `true`: it is asked with a session token only.
const V1_DISABLED: &str = "ALIBABA_CLOUD_IMDSV1_DISABLED";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
/// What is not an ECS instance does not answer at all, and nobody should wait for that.
const LIMIT: Duration = Duration::from_secs(1);

/// A role, whose name is asked for where it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The name of the role.
    pub role_name: Option<String>,
}

/// The metadata service as a source: only it knows whether this machine is an ECS instance.
#[derive(Clone, Debug)]
pub struct EcsRole {
    /// `ecs_role_name`; then the service must answer.
    pub written: Option<String>,
}

impl Source for EcsRole {
    fn name(&self) -> String {
        match &self.written {
            Some(name) => format!("the ECS role {name}"),
            None => "the ECS metadata service".to_owned(),
        }
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let off = world.is_on(DISABLED);
        match &self.written {
            Some(_) if off => Finding::Broken(format!("{DISABLED} is set; unset it, or remove ecs_role_name")),
            None if off => Finding::NotConfigured(format!("{DISABLED} is set")),
            written => {
                let role_name = written.clone().or_else(|| Variable::ECS_ROLE_NAME.value(world));
                Finding::Found(Way::Metadata(Metadata { role_name }))
            }
        }
    }
}

/// Why a request brought nothing.
enum Nothing {
    /// Nobody answered in time.
    Silence,
    /// It cannot be asked, for this reason.
    Unreachable(String),
    /// Another status than 200.
    Status(u16),
}

impl Metadata {
    /// Asks the service. Where nobody answers, this is no ECS instance; a role that was named must be there.
    pub(super) async fn fetch(&self, world: &World, web: &dyn Web) -> Finding<Credentials> {
        let finding = self.ask(world, web).await;
        if self.role_name.is_some() { finding.demanded() } else { finding }
    }

    async fn ask(&self, world: &World, web: &dyn Web) -> Finding<Credentials> {
        let address = match world.variable(ADDRESS_VARIABLE) {
            None => ADDRESS.to_owned(),
            Some(address) if Url::parse(&address).is_ok_and(|url| is_near(&url)) => {
                address.trim_end_matches('/').to_owned()
            }
            Some(_) => return Finding::Broken(format!("{ADDRESS_VARIABLE} is no URL of this machine")),
        };
        let strict = world.is_on(V1_DISABLED);
        let mut headers = HeaderMap::new();
        headers.insert("x-aliyun-ecs-metadata-token-ttl-seconds", HeaderValue::from_static("21600"));
        let token = send(web, Method::PUT, format!("{address}/latest/api/token"), headers).await;
        let mut headers = HeaderMap::new();
        match token {
            Ok(reply) => {
                let Ok(mut token) = HeaderValue::from_bytes(reply.body.trim_ascii()) else {
                    return Finding::Broken("the token of the metadata service is not one line of text".to_owned());
                };
                token.set_sensitive(true);
                headers.insert("x-aliyun-ecs-metadata-token", token);
            }
            Err(nothing @ (Nothing::Silence | Nothing::Unreachable(_))) => {
                return Finding::NotConfigured(format!("{}, so this is no ECS instance", nothing.told()));
            }
            Err(Nothing::Status(status)) if strict => {
                return Finding::Broken(format!(
                    "the metadata service gives no token (HTTP {status}), and {V1_DISABLED} is set"
                ));
            }
            // An older service, which wants none.
            Err(Nothing::Status(_)) => {}
        }
        let role_name = match &self.role_name {
            Some(name) => name.clone(),
            None => match send(web, Method::GET, format!("{address}{ROLES}"), headers.clone()).await {
                Err(Nothing::Status(404)) => {
                    return Finding::NotConfigured("this ECS instance has no RAM role".to_owned());
                }
                Err(nothing) => return Finding::Broken(format!("the name of the RAM role: {}", nothing.told())),
                Ok(reply) => match first_line(&reply) {
                    Some(name) => name,
                    None => {
                        return Finding::Broken(format!(
                            "the metadata service names no RAM role ({} bytes came)",
                            reply.body.len()
                        ));
                    }
                },
            },
        };
        if !is_role_name(&role_name) {
            return Finding::Broken("the name of the RAM role has characters that no such name has".to_owned());
        }
        match send(web, Method::GET, format!("{address}{ROLES}{role_name}"), headers).await {
            Err(Nothing::Status(404)) => {
                Finding::Broken(format!("this ECS instance has no RAM role {role_name}; check the name"))
            }
            Err(nothing) => Finding::Broken(format!("the keys of the RAM role {role_name}: {}", nothing.told())),
            Ok(reply) => session::temporary(&reply.body).map_or_else(
                |why| Finding::Broken(format!("the answer for the RAM role {role_name} cannot be used: {why}")),
                Finding::Found,
            ),
        }
    }
}

impl Nothing {
    fn told(&self) -> String {
        match self {
            Self::Silence => format!("the metadata service did not answer within {} s", LIMIT.as_secs()),
            Self::Unreachable(cause) => format!("the metadata service cannot be reached ({cause})"),
            Self::Status(status) => format!("the metadata service answered with HTTP {status}"),
        }
    }
}

async fn send(web: &dyn Web, method: Method, url: String, headers: HeaderMap) -> Result<Reply, Nothing> {
    let Ok(url) = Url::parse(&url) else { return Err(Nothing::Silence) };
    match timeout(LIMIT, web.run(Errand { method, url, headers })).await {
        Ok(Ok(reply)) if reply.status == 200 => Ok(reply),
        Ok(Ok(reply)) => Err(Nothing::Status(reply.status)),
        Ok(Err(lost)) => Err(Nothing::Unreachable(lost.cause())),
        Err(_) => Err(Nothing::Silence),
    }
}

fn first_line(reply: &Reply) -> Option<String> {
    let line = std::str::from_utf8(&reply.body).ok()?.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

fn is_role_name(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}
