//! A URL that hands out keys: a helper on the same machine or in the same network.

use std::time::Duration;

use http::{HeaderMap, Method};
use reqwest::Url;
use tokio::time::{sleep, timeout};

use super::session;
use super::{Credentials, Finding, Source, Variable, Way};
use crate::alibaba::transport::{Errand, Lost, Reply, Web};
use crate::secret::Secret;
use crate::world::World;

/// How long it may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// How long after a failure it is asked once more.
const PAUSE: Duration = Duration::from_millis(500);

/// The URL. What is behind the host is never shown: it may be what proves who asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Uri(Url);

impl std::fmt::Debug for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uri({})", self.host())
    }
}

impl Uri {
    /// Reads a URL that was written at `place`.
    ///
    /// # Errors
    /// When it is none for HTTP or HTTPS.
    pub fn parse(text: &str, place: &str) -> Result<Self, String> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Self(url)),
            _ => Err(format!("{place} is no URL that begins with http:// or https://")),
        }
    }

    fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Asks for the keys.
    pub(super) async fn fetch(&self, web: &dyn Web) -> Result<Credentials, String> {
        let host = self.host();
        let late = |_| format!("{host} did not answer within {} s", LIMIT.as_secs());
        let reply = timeout(LIMIT, self.ask(web)).await.map_err(late)?;
        match reply.map_err(|lost| format!("{host} cannot be asked: {}", lost.cause()))? {
            Reply { status: 200, body, .. } => {
                session::temporary(&body).map_err(|why| format!("the answer of {host} cannot be used: {why}"))
            }
            reply => Err(format!("{host} answered with HTTP {}", reply.status)),
        }
    }

    /// Asks once more after a moment where the helper is not itself.
    async fn ask(&self, web: &dyn Web) -> Result<Reply, Lost> {
        let errand = || Errand { method: Method::GET, url: self.0.clone(), headers: HeaderMap::new() };
        match web.run(errand()).await {
            Ok(reply) if reply.status < 500 => Ok(reply),
            Ok(_) | Err(Lost::NotSent(_) | Lost::NoAnswer(_)) => {
                sleep(PAUSE).await;
                web.run(errand()).await
            }
            lost => lost,
        }
    }
}

/// `credentials_uri`, or the variable where nothing is written.
#[derive(Clone, Debug)]
pub struct CredentialsUri {
    /// What is written in the provider block.
    pub written: Option<Secret>,
}

impl Source for CredentialsUri {
    fn name(&self) -> String {
        "the credentials URI".to_owned()
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let written = self.written.clone().map(|uri| ("credentials_uri", uri));
        let in_environment = || Variable::CREDENTIALS_URI.set(world).map(|(name, uri)| (name, Secret::new(uri)));
        match written.or_else(in_environment) {
            None => Finding::NotConfigured(format!("{} is not set", Variable::CREDENTIALS_URI.name())),
            Some((place, uri)) => {
                Uri::parse(uri.expose(), place).map_or_else(Finding::Broken, |uri| Finding::Found(Way::Uri(uri)))
            }
        }
    }
}
