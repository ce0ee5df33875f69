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

impl Source for Block {
    fn name(&self) -> String {
        "the provider block".to_owned()
    }

    fn look(&self, _: &World) -> Finding<Way> {
        let Self { access_key, secret_key, security_token } = self.clone();
        keys(["access_key", "secret_key", "security_token"], access_key, secret_key, security_token)
    }
}
