//! Who calls: credentials, and the chain of sources they come from.
//!
//! A source is taken whole or not at all; fields of two sources are never mixed. Only "not configured" moves on to the
//! next source: one that is half there or broken stops the search, so that nobody acts as somebody else by accident.
//!
//! - [`Written`]: what a user wrote, as a [`Chain`].
//! - [`Chain`]: asks the sources, keeps what they gave, and renews it in time.
//! - [`Source`]: a place to look at. Looking takes no network and ends with a [`Way`].
//! - [`Way`]: how the keys are had in the end; one file for each kind.
//! - `sts`: the calls that give out temporary keys. `session`: how such keys look in JSON.
//! - `variables`: the names of environment variables, new and old.

mod block;
#[cfg(test)]
mod cases;
mod chain;
mod environment;
mod external;
mod metadata;
mod oidc;
mod profile;
#[cfg(test)]
mod renewal;
mod role;
mod session;
mod sts;
mod uri;
mod variables;
mod way;
mod written;

use time::OffsetDateTime;

use crate::secret::Secret;
use crate::world::World;

pub use block::Block;
pub use chain::Chain;
pub use environment::Environment;
pub use oidc::{Oidc, OidcBlock};
pub use profile::ProfileSettings;
pub use role::Role;
pub use sts::Sts;
pub use variables::{Variable, outdated};
pub use way::Way;
pub use written::Written;

/// What a call is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The id of the access key; not a secret.
    pub access_key_id: String,
    /// The secret of the access key; never sent.
    pub access_key_secret: Secret,
    /// The STS token that belongs to temporary keys; sent with every call.
    pub security_token: Option<Secret>,
    /// When they end, where their source says so.
    pub expires: Option<OffsetDateTime>,
}

/// What a source has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding<T> {
    /// What was looked for.
    Found(T),
    /// The source is not used here, with the reason in a few words; the next one is asked.
    NotConfigured(String),
    /// It is meant to be used but cannot be, with the reason as a sentence; the search ends.
    Broken(String),
}

impl<T> Finding<T> {
    /// The same about what is made of it.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Finding<U> {
        self.and_then(|found| Finding::Found(make(found)))
    }

    /// What is made of it, which may not be found in turn.
    pub fn and_then<U>(self, make: impl FnOnce(T) -> Finding<U>) -> Finding<U> {
        match self {
            Self::Found(found) => make(found),
            Self::NotConfigured(why) => Finding::NotConfigured(why),
            Self::Broken(why) => Finding::Broken(why),
        }
    }

    /// The same of a source that somebody asked for by name: it may not be passed over.
    #[must_use]
    pub fn demanded(self) -> Self {
        match self {
            Self::NotConfigured(why) => Self::Broken(why),
            other => other,
        }
    }
}

impl<T> From<Result<T, String>> for Finding<T> {
    /// What cannot be had is broken.
    fn from(outcome: Result<T, String>) -> Self {
        outcome.map_or_else(Self::Broken, Self::Found)
    }
}

/// One place where credentials may be found.
pub trait Source: Send + Sync {
    /// The place in a user's words, as it stands in an error: "the provider block".
    fn name(&self) -> String;

    /// Where just what was found stands, once it was found.
    fn origin(&self) -> String {
        self.name()
    }

    /// Looks there, without the network.
    fn look(&self, world: &World) -> Finding<Way>;
}

/// What the three parts of a source that holds keys add up to; `names` are what the user calls them there. Blanks and line
/// breaks around a part belong to the file that it was read from, as no key has any; what is empty then is not set.
fn keys(
    names: [&str; 3],
    access_key_id: Option<String>,
    access_key_secret: Option<Secret>,
    security_token: Option<Secret>,
) -> Finding<Way> {
    let [id, secret, token] = names;
    let access_key_id = access_key_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let trimmed = |secret: Secret| Some(secret.trimmed()).filter(|secret| !secret.expose().is_empty());
    let (access_key_secret, security_token) = (access_key_secret.and_then(trimmed), security_token.and_then(trimmed));
    match (access_key_id, access_key_secret) {
        (Some(access_key_id), Some(access_key_secret)) => {
            Finding::Found(Way::Keys(Credentials { access_key_id, access_key_secret, security_token, expires: None }))
        }
        (Some(_), None) => Finding::Broken(format!("{id} is set but {secret} is not; set both or neither")),
        (None, Some(_)) => Finding::Broken(format!("{secret} is set but {id} is not; set both or neither")),
        (None, None) if security_token.is_some() => Finding::Broken(format!(
            "{token} is set but {id} and {secret} are not; a token is of use only with its keys"
        )),
        (None, None) => Finding::NotConfigured(format!("{id} and {secret} are not set")),
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn chain(block: Block) -> Chain {
        Chain::new(vec![Box::new(block), Box::new(Environment)])
    }

    fn block(id: Option<&str>, secret: Option<&str>, token: Option<&str>) -> Block {
        Block {
            access_key: id.map(str::to_owned),
            secret_key: secret.map(Secret::from),
            security_token: token.map(Secret::from),
        }
    }

    fn found(id: &str, secret: &str, token: Option<&str>) -> Result<Credentials, String> {
        Ok(Credentials {
            access_key_id: id.to_owned(),
            access_key_secret: Secret::from(secret),
            security_token: token.map(Secret::from),
            expires: None,
        })
    }

    const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
    const SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
    const TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";

    #[tokio::test]
    async fn the_first_source_that_is_configured_is_taken_whole() {
        let full: &[(&str, &str)] = &[(ID, "env-id"), (SECRET, "env-secret"), (TOKEN, "env-token")];
        for (block, environment, expected) in [
            (block(Some("id"), Some("secret"), None), full, found("id", "secret", None)),
            (block(Some("id"), Some("secret"), Some("token")), full, found("id", "secret", Some("token"))),
            (block(None, None, None), full, found("env-id", "env-secret", Some("env-token"))),
            (block(Some(""), Some(""), Some("")), &full[..2], found("env-id", "env-secret", None)),
        ] {
            let world = World::fixed(OffsetDateTime::UNIX_EPOCH, environment);
            assert_eq!(chain(block).credentials(&world).await, expected);
        }
    }

    #[tokio::test]
    async fn a_half_configured_source_stops_the_search_and_names_both_halves() {
        let full: &[(&str, &str)] = &[(ID, "env-id"), (SECRET, "env-secret-value")];
        for (block, environment, words) in [
            (block(Some("id"), None, None), full, ["access_key is set", "secret_key is not"]),
            (block(None, Some("secret-value"), None), full, ["secret_key is set", "access_key is not"]),
            (
                block(None, None, Some("token-value")),
                full,
                ["security_token is set", "access_key and secret_key are not"],
            ),
            (block(None, None, None), &full[..1], ["ACCESS_KEY_ID is set", "ACCESS_KEY_SECRET is not"]),
            (block(None, None, None), &full[1..], ["ACCESS_KEY_SECRET is set", "ACCESS_KEY_ID is not"]),
        ] {
            let world = World::fixed(OffsetDateTime::UNIX_EPOCH, environment);
            let error = chain(block).credentials(&world).await.unwrap_err();
            for word in words {
                assert!(error.contains(word), "{error}");
            }
            assert!(!error.contains("-value"), "{error}");
        }
    }

    #[tokio::test]
    async fn when_all_are_absent_the_error_lists_every_place_and_why() {
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[]);
        let error = chain(block(None, None, None)).credentials(&world).await.unwrap_err();
        assert_eq!(
            error,
            "no credentials were found. These places were looked at, in this order:\n\n\
             \x20 - the provider block: access_key and secret_key are not set\n\
             \x20 - the environment: ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set\n\n\
             Set up one of them; the guide Authentication in the documentation of this provider says how."
        );
    }
}
