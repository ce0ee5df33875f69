//! Keys that the caller was given: the provider block.

use super::{Finding, Source, Way, keys};
use crate::secret::Secret;
use crate::world::World;

/// Keys as they were written; an empty text counts as not written.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// `access_key`
    pub access_key: Option<String>,
    /// `secret_key`
    pub secret_key: Option<Secret>,
    /// `security_token`
    pub security_token: Option<Secret>,
}

impl Block {
    /// Whether anything is written.
    pub fn is_written(&self) -> bool {
        !matches!(self.finding(), Finding::NotConfigured(_))
    }

    fn finding(&self) -> Finding<Way> {
        let written = |secret: &Option<Secret>| secret.clone().filter(|secret| !secret.expose().is_empty());
        keys(
            ["access_key", "secret_key", "security_token"],
            self.access_key.clone().filter(|id| !id.is_empty()),
            written(&self.secret_key),
            written(&self.security_token),
        )
    }
}

impl Source for Block {
    fn name(&self) -> String {
        "the provider block".to_owned()
    }

    fn look(&self, _: &World) -> Finding<Way> {
        self.finding()
    }
}
