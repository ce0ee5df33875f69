//! A role that is assumed with the token of an identity provider (OIDC), as in CI and in Kubernetes.

use std::path::Path;

use super::sts::Exchange;
use super::{Credentials, Finding, Role, Source, Sts, Variable, Way};
use crate::secret::Secret;
use crate::world::World;

/// What is exchanged for keys, where it is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    /// ARN of the identity provider in RAM.
    pub provider_arn: String,
    /// The token.
    pub token: Token,
    /// The role.
    pub role: Role,
}

/// Where the token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// In a file that is read again each time: CI and Kubernetes put a new token there before the old one ends.
    File(String),
    /// Here.
    Text(Secret),
}

impl Oidc {
    /// Exchanges the token.
    pub(super) async fn fetch(&self, world: &World, sts: &Sts) -> Result<Credentials, String> {
        let token = self.token.read(world)?;
        let exchange = Exchange { provider_arn: &self.provider_arn, token: &token, role: &self.role };
        sts.assume_role_with_oidc(world, &exchange).await
    }
}

impl Token {
    fn read(&self, world: &World) -> Result<Secret, String> {
        let path = match self {
            Self::Text(token) => return Ok(token.clone()),
            Self::File(path) => path,
        };
        let content = world
            .read_file(Path::new(path))
            .map_err(|error| format!("the OIDC token file {path} cannot be read: {error}"))?;
        match std::str::from_utf8(&content).map(str::trim) {
            Ok("") => Err(format!("the OIDC token file {path} is empty")),
            Ok(token) => Ok(Secret::from(token)),
            Err(_) => Err(format!("the OIDC token file {path} is not text")),
        }
    }
}

/// The block `assume_role_with_oidc`; what it leaves out comes from the environment.
#[derive(Clone, Debug, Default)]
pub struct OidcBlock {
    /// `oidc_provider_arn`
    pub provider_arn: Option<String>,
    /// `oidc_token_file`
    pub token_file: Option<String>,
    /// `oidc_token`
    pub token: Option<Secret>,
    /// The rest; the ARN may be empty.
    pub role: Role,
}

impl Source for OidcBlock {
    fn name(&self) -> String {
        "the block assume_role_with_oidc".to_owned()
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let token = match (&self.token_file, &self.token) {
            (Some(_), Some(_)) => {
                return Finding::Broken("oidc_token and oidc_token_file are both written; remove one".to_owned());
            }
            (Some(path), None) => Some(Token::File(path.clone())),
            (None, Some(token)) => Some(Token::Text(token.clone())),
            (None, None) => token_in_environment(world),
        };
        let provider_arn = self.provider_arn.clone().or_else(|| Variable::OIDC_PROVIDER_ARN.value(world));
        let arn = Some(self.role.arn.clone()).filter(|arn| !arn.is_empty());
        let arn = arn.or_else(|| Variable::ROLE_ARN.value(world));
        let names = ["role_arn", "oidc_provider_arn", "oidc_token_file"];
        complete(names, arn, provider_arn, token, self.role.clone(), world).demanded()
    }
}

/// The environment alone.
#[derive(Clone, Copy, Debug)]
pub struct OidcEnvironment;

impl OidcEnvironment {
    /// Whether the role in the environment is one to be assumed with a token.
    pub fn is_meant(world: &World) -> bool {
        [Variable::OIDC_PROVIDER_ARN, Variable::OIDC_TOKEN_FILE, Variable::OIDC_TOKEN]
            .iter()
            .any(|variable| variable.value(world).is_some())
    }
}

impl Source for OidcEnvironment {
    fn name(&self) -> String {
        "the OIDC role of the environment".to_owned()
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let names = [Variable::ROLE_ARN, Variable::OIDC_PROVIDER_ARN, Variable::OIDC_TOKEN_FILE].map(Variable::name);
        if !Self::is_meant(world) {
            // A role alone is assumed with the keys of another source.
            return Finding::NotConfigured(format!("{} and {} are not set", names[1], names[2]));
        }
        let (arn, provider_arn) = (Variable::ROLE_ARN.value(world), Variable::OIDC_PROVIDER_ARN.value(world));
        complete(names, arn, provider_arn, token_in_environment(world), Role::default(), world)
    }
}

fn token_in_environment(world: &World) -> Option<Token> {
    let file = Variable::OIDC_TOKEN_FILE.value(world).map(Token::File);
    file.or_else(|| Variable::OIDC_TOKEN.value(world).map(Secret::new).map(Token::Text))
}

fn complete(
    names: [&str; 3],
    arn: Option<String>,
    provider_arn: Option<String>,
    token: Option<Token>,
    role: Role,
    world: &World,
) -> Finding<Way> {
    let missing: Vec<_> = names
        .into_iter()
        .zip([arn.is_none(), provider_arn.is_none(), token.is_none()])
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect();
    match (arn, provider_arn, token) {
        (Some(arn), Some(provider_arn), Some(token)) => {
            let role = role.with_session_of_environment(world).and_then(|role| Role { arn, ..role }.checked());
            Finding::from(role).map(|role| Way::Oidc(Oidc { provider_arn, token, role }))
        }
        _ => Finding::Broken(format!(
            "an OIDC role needs {}, {} and {}, but {} {} not set",
            names[0],
            names[1],
            names[2],
            missing.join(" and "),
            if missing.len() == 1 { "is" } else { "are" }
        )),
    }
}
