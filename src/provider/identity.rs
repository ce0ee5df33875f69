//! The arguments of the provider block that say who calls, as a chain of credentials.

use super::block::ProviderBlock;
use crate::alibaba::credentials::{Block, Chain, OidcBlock, Role, Sts, Written};
use crate::framework::checks::whole_number;
use crate::framework::schema::optional;
use crate::framework::{Diagnostic, Diagnostics};
use crate::model;
use crate::secret::Secret;
use crate::world::World;

model! {
    /// A role to assume with the keys that were found.
    pub struct AssumeRole {
        /// ARN of the role, such as `acs:ram::123456789012:role/deploy`. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_ROLE_ARN`. `""`: no role is assumed.
        role_arn: Attr<String> = optional().keeps_empty(),
        /// Name of the session in the account's logs. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_ROLE_SESSION_NAME`. Defaults to `terraform`.
        session_name: Attr<String> = optional(),
        /// Policy in JSON that narrows what the role may do.
        policy: Attr<String> = optional(),
        /// Seconds that the session lasts, 900 to 43200; it is renewed in time. Defaults to 3600.
        session_expiration: Attr<u32> = optional().check(whole_number(900..=43_200, "seconds")),
        /// What the owner of the role agreed with those who may assume it.
        external_id: Attr<String> = optional(),
    }
}

model! {
    /// A role to assume with the token of an identity provider (OIDC), as in CI. No other keys are needed.
    pub struct AssumeRoleWithOidc {
        /// ARN of the identity provider in RAM. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`.
        oidc_provider_arn: Attr<String> = optional(),
        /// File with the token; it is read again whenever the session is renewed. Can also be given by the environment
        /// variable `ALIBABA_CLOUD_OIDC_TOKEN_FILE`.
        oidc_token_file: Attr<String> = optional(),
        /// The token itself. Can also be given by the environment variable `ALIBABA_CLOUD_OIDC_TOKEN`.
        oidc_token: Attr<Secret> = optional().sensitive(),
        /// ARN of the role. Can also be given by the environment variable `ALIBABA_CLOUD_ROLE_ARN`.
        role_arn: Attr<String> = optional(),
        /// Name of the session in the account's logs. Can also be given by the environment variable
        /// `ALIBABA_CLOUD_ROLE_SESSION_NAME`. Defaults to `terraform`.
        role_session_name: Attr<String> = optional(),
        /// Policy in JSON that narrows what the role may do.
        policy: Attr<String> = optional(),
        /// Seconds that the session lasts, 900 to 43200; it is renewed in time. Defaults to 3600.
        session_expiration: Attr<u32> = optional().check(whole_number(900..=43_200, "seconds")),
    }
}

impl AssumeRole {
    /// Whether a part of it is not known yet.
    pub fn is_unknown(&self) -> bool {
        // Of a role that is not assumed nothing needs to be known.
        if self.role_arn.known().is_some_and(String::is_empty) {
            return false;
        }
        [&self.role_arn, &self.session_name, &self.policy, &self.external_id].iter().any(|part| part.is_unknown())
            || self.session_expiration.is_unknown()
    }

    /// The role; none where the ARN is an empty text, with which modules say so.
    fn role(&self) -> Result<Option<Role>, Diagnostics> {
        let arn = self.role_arn.opt()?;
        if arn.is_some_and(String::is_empty) {
            return Ok(None);
        }
        Ok(Some(Role {
            arn: arn.cloned().unwrap_or_default(),
            session_name: self.session_name.opt()?.cloned(),
            duration: self.session_expiration.opt()?.copied(),
            policy: self.policy.opt()?.cloned(),
            external_id: self.external_id.opt()?.map(|id| Secret::from(id.as_str())),
            ..Role::default()
        }))
    }
}

impl AssumeRoleWithOidc {
    /// Whether a part of it is not known yet.
    pub fn is_unknown(&self) -> bool {
        [&self.oidc_provider_arn, &self.oidc_token_file, &self.role_arn, &self.role_session_name, &self.policy]
            .iter()
            .any(|part| part.is_unknown())
            || self.oidc_token.is_unknown()
            || self.session_expiration.is_unknown()
    }

    fn source(&self) -> Result<OidcBlock, Diagnostics> {
        Ok(OidcBlock {
            provider_arn: self.oidc_provider_arn.opt()?.cloned(),
            token_file: self.oidc_token_file.opt()?.cloned(),
            token: self.oidc_token.opt()?.cloned(),
            role: Role {
                arn: self.role_arn.opt()?.cloned().unwrap_or_default(),
                session_name: self.role_session_name.opt()?.cloned(),
                duration: self.session_expiration.opt()?.copied(),
                policy: self.policy.opt()?.cloned(),
                ..Role::default()
            },
        })
    }
}

/// What the block says about who calls.
///
/// # Errors
/// When a part of it is not known yet.
pub fn written(config: &ProviderBlock) -> Result<Written, Diagnostics> {
    let allowed = config.allowed_account_ids.opt()?;
    Ok(Written {
        keys: Block {
            access_key: config.access_key.opt()?.cloned(),
            secret_key: config.secret_key.opt()?.cloned(),
            security_token: config.security_token.opt()?.cloned(),
        },
        profile: config.profile.opt()?.cloned(),
        shared_credentials_file: config.shared_credentials_file.opt()?.cloned(),
        credentials_uri: config.credentials_uri.opt()?.map(|uri| Secret::from(uri.as_str())),
        ecs_role_name: config.ecs_role_name.opt()?.cloned(),
        assume_role: config
            .assume_role
            .opt()?
            .filter(|blocks| !blocks.is_empty())
            .map(|blocks| roles(blocks))
            .transpose()?,
        assume_role_with_oidc: config.assume_role_with_oidc.opt()?.map(AssumeRoleWithOidc::source).transpose()?,
        allowed_account_ids: allowed.into_iter().flatten().map(|id| id.trim().to_owned()).collect(),
    })
}

fn roles(blocks: &[AssumeRole]) -> Result<Vec<Role>, Diagnostics> {
    blocks.iter().filter_map(|block| block.role().transpose()).collect()
}

/// The chain of the block. Nothing is asked yet, but what is certain without the network is told.
///
/// # Errors
/// When a part of it is not known yet, when a source is broken, and when there is none.
pub fn chain(config: &ProviderBlock, sts: Sts, world: &World) -> Result<Chain, Diagnostics> {
    let unusable = |problem: String| Diagnostic::error("No usable credentials for Alibaba Cloud", sentence(&problem));
    let chain = written(config)?.chain(world, sts).map_err(unusable)?;
    chain.check(world).map_err(unusable)?;
    Ok(chain)
}

/// What would follow a colon elsewhere, standing alone.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map_or_else(String::new, |first| first.to_uppercase().to_string());
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", rest.as_str())
}
