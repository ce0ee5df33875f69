//! What a user wrote, as a chain.

use super::metadata::EcsRole;
use super::oidc::{OidcBlock, OidcEnvironment};
use super::profile::{Named, Profiles};
use super::uri::CredentialsUri;
use super::{Block, Chain, Environment, Role, Source, Sts, Variable};
use crate::world::World;

/// The arguments of the provider block that say who calls. What is empty counts as not written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// `access_key`, `secret_key`, `security_token`
    pub keys: Block,
    /// `profile`
    pub profile: Option<String>,
    /// `shared_credentials_file`
    pub shared_credentials_file: Option<String>,
    /// `credentials_uri`
    pub credentials_uri: Option<String>,
    /// `ecs_role_name`
    pub ecs_role_name: Option<String>,
    /// `assume_role`, in the order in which one follows the other; an ARN that is empty comes from the environment.
    pub assume_role: Vec<Role>,
    /// `assume_role_with_oidc`
    pub assume_role_with_oidc: Option<OidcBlock>,
    /// `allowed_account_ids`; empty where every account is.
    pub allowed_account_ids: Vec<String>,
}

impl Written {
    /// The sources in their order. A source that the block names is the only one behind the block's own keys: it was
    /// chosen, so nothing takes its place when it is broken.
    pub fn chain(self, world: &World, sts: Sts) -> Chain {
        let roles = self.roles(world);
        let named = |name: &Option<String>| name.clone().filter(|text| !text.is_empty());
        let (profile, file) = (named(&self.profile), named(&self.shared_credentials_file));
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(self.keys)];
        let before = sources.len();
        if let Some(oidc) = self.assume_role_with_oidc {
            sources.push(Box::new(oidc));
        }
        if profile.is_some() || file.is_some() {
            let written = Named { profile, file }.or_in_environment(world).unwrap_or_default();
            sources.push(Box::new(Profiles::Named(written)));
        }
        if let written @ Some(_) = named(&self.ecs_role_name) {
            sources.push(Box::new(EcsRole { written }));
        }
        if let written @ Some(_) = named(&self.credentials_uri) {
            sources.push(Box::new(CredentialsUri { written }));
        }
        if sources.len() == before {
            sources.extend(unwritten(world));
        }
        Chain::with(sources, roles, sts, self.allowed_account_ids)
    }

    /// The region of the profile that counts, where no other place names one.
    pub fn region_of_profile(&self, world: &World) -> Option<String> {
        let named = Named { profile: self.profile.clone(), file: self.shared_credentials_file.clone() };
        named.or_in_environment(world).map_or(Profiles::Cli, Profiles::Named).region(world)
    }

    /// The roles to assume: those of the block, or the one that the environment names for whatever keys there are.
    fn roles(&self, world: &World) -> Vec<Role> {
        let in_environment = || Variable::ROLE_ARN.value(world);
        let filled = |role: Role| Role {
            arn: if role.arn.is_empty() { in_environment().unwrap_or_default() } else { role.arn },
            session_name: role.session_name.or_else(|| Variable::ROLE_SESSION_NAME.value(world)),
            duration: role.duration.or_else(|| Variable::ROLE_SESSION_EXPIRATION.value(world)?.parse().ok()),
            ..role
        };
        if !self.assume_role.is_empty() {
            return self.assume_role.iter().cloned().map(filled).collect();
        }
        if self.assume_role_with_oidc.is_some() || OidcEnvironment::is_meant(world) {
            return Vec::new();
        }
        in_environment().map(|_| filled(Role::default())).into_iter().collect()
    }
}

/// The sources where the block names none.
fn unwritten(world: &World) -> Vec<Box<dyn Source>> {
    let mut sources: Vec<Box<dyn Source>> = vec![Box::new(Environment), Box::new(OidcEnvironment)];
    match Named::default().or_in_environment(world) {
        Some(named) => sources.push(Box::new(Profiles::Named(named))),
        None => sources.extend([Box::new(Profiles::Cli) as Box<dyn Source>, Box::new(Profiles::Ini)]),
    }
    sources
        .extend([Box::new(EcsRole { written: None }) as Box<dyn Source>, Box::new(CredentialsUri { written: None })]);
    sources
}
