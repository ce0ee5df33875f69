//! What a user wrote, as a chain.

use super::metadata::EcsRole;
use super::oidc::{OidcBlock, OidcEnvironment};
use super::profile::{Named, Profiles};
use super::uri::CredentialsUri;
use super::{Block, Chain, Environment, Finding, Role, Source, Sts, Variable};
use crate::alibaba::endpoints::is_region;
use crate::secret::Secret;
use crate::world::World;

/// The arguments of the provider block that say who calls.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// `access_key`, `secret_key`, `security_token`
    pub keys: Block,
    /// `profile`
    pub profile: Option<String>,
    /// `shared_credentials_file`
    pub shared_credentials_file: Option<String>,
    /// `credentials_uri`
    pub credentials_uri: Option<Secret>,
    /// `ecs_role_name`
    pub ecs_role_name: Option<String>,
    /// The blocks `assume_role`, in the order in which one follows the other; an ARN that is empty comes from the
    /// environment. Without a block the environment alone may name a role; no role at all is an empty list.
    pub assume_role: Option<Vec<Role>>,
    /// `assume_role_with_oidc`
    pub assume_role_with_oidc: Option<OidcBlock>,
    /// `allowed_account_ids`; empty where every account is.
    pub allowed_account_ids: Vec<String>,
}

impl Written {
    /// The sources in their order. A source that the block names is the only one behind the block's own keys: it was
    /// chosen, so nothing takes its place when it is broken.
    ///
    /// # Errors
    /// In a user's words, when a role cannot be assumed whatever keys are found.
    pub fn chain(self, world: &World, sts: Sts) -> Result<Chain, String> {
        let roles = self.roles(world)?;
        let asks_sts = !roles.is_empty() || !self.allowed_account_ids.is_empty() || OidcEnvironment::is_meant(world);
        if let Some((name, region)) =
            Variable::STS_REGION.set(world).filter(|(_, region)| !is_region(region) && asks_sts)
        {
            return Err(format!("{name} is {region:?}, which is no region like cn-shanghai"));
        }
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(self.keys)];
        let before = sources.len();
        if let Some(oidc) = self.assume_role_with_oidc {
            sources.push(Box::new(oidc));
        }
        let named = Named { profile: self.profile, file: self.shared_credentials_file };
        if named.is_some() {
            sources.push(Box::new(Profiles::named(named.or_in_environment(world))));
        }
        if let written @ Some(_) = self.ecs_role_name {
            sources.push(Box::new(EcsRole { written }));
        }
        if let written @ Some(_) = self.credentials_uri {
            sources.push(Box::new(CredentialsUri { written }));
        }
        if sources.len() == before {
            sources.extend(unwritten(world));
        }
        Ok(Chain::with(sources, roles, sts, self.allowed_account_ids))
    }

    /// Whether a profile is where keys are looked for: nothing before it has any.
    pub fn looks_into_profiles(&self, world: &World) -> bool {
        let is_named = self.profile.is_some() || self.shared_credentials_file.is_some();
        let is_elsewhere =
            self.assume_role_with_oidc.is_some() || self.ecs_role_name.is_some() || self.credentials_uri.is_some();
        let absent = |source: &dyn Source| matches!(source.look(world), Finding::NotConfigured(_));
        absent(&self.keys) && !is_elsewhere && (is_named || absent(&Environment) && absent(&OidcEnvironment))
    }

    /// The roles to assume: those of the block, or the one that the environment names for whatever keys there are.
    fn roles(&self, world: &World) -> Result<Vec<Role>, String> {
        // Where a token is, the role is the one that it is exchanged for.
        let is_of_token = OidcEnvironment::is_meant(world);
        let arn = Variable::ROLE_ARN.value(world).filter(|_| !is_of_token);
        let filled = |role: Role| {
            if role.arn.is_empty() && arn.is_none() {
                let why = if is_of_token { "belongs to the OIDC token of the environment" } else { "is not set" };
                return Err(format!(
                    "a block assume_role has no role_arn, and {} {why}. Write the ARN, or \"\" to assume no role",
                    Variable::ROLE_ARN.name()
                ));
            }
            let role = Role {
                arn: if role.arn.is_empty() { arn.clone().unwrap_or_default() } else { role.arn.clone() },
                ..role.with_session_of_environment(world)?
            };
            role.checked()
        };
        match &self.assume_role {
            Some(roles) => roles.iter().cloned().map(filled).collect(),
            None if self.assume_role_with_oidc.is_some() => Ok(Vec::new()),
            None => arn.iter().map(|_| filled(Role::default())).collect(),
        }
    }
}

/// The sources where the block names none.
fn unwritten(world: &World) -> Vec<Box<dyn Source>> {
    let mut sources: Vec<Box<dyn Source>> = vec![Box::new(Environment), Box::new(OidcEnvironment)];
    let named = Named::default().or_in_environment(world);
    if named.is_some() {
        sources.push(Box::new(Profiles::named(named)));
    } else {
        sources.extend([Box::new(Profiles::cli()) as Box<dyn Source>, Box::new(Profiles::ini())]);
    }
    sources
        .extend([Box::new(EcsRole { written: None }) as Box<dyn Source>, Box::new(CredentialsUri { written: None })]);
    sources
}
