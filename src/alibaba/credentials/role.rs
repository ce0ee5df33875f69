//! A role that is assumed with keys that are there already.

use std::ops::RangeInclusive;

use super::Variable;
use crate::secret::Secret;
use crate::world::World;

/// The seconds that a session may last.
const SESSION: RangeInclusive<u32> = 900..=43_200;

/// The role, and how the session with it is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// `acs:ram::<account>:role/<name>`
    pub arn: String,
    /// What the session is called in the account's logs; `terraform` unless said otherwise.
    pub session_name: Option<String>,
    /// Seconds; 3600 unless said otherwise.
    pub duration: Option<u32>,
    /// A policy in JSON that narrows what the role may do.
    pub policy: Option<String>,
    /// What the role's owner agreed with whoever may assume it.
    pub external_id: Option<Secret>,
    /// Region whose STS is asked, where the role itself says it.
    pub sts_region: Option<String>,
    /// Host or URL of the STS that is asked, where the role itself says it.
    pub sts_endpoint: Option<String>,
    /// Whether STS is asked within a VPC.
    pub vpc: bool,
}

impl Role {
    /// The role, unless STS would refuse it for certain.
    ///
    /// # Errors
    /// Which part is wrong, what it is and what is wanted.
    pub fn checked(self) -> Result<Self, String> {
        self.check().map(|()| self)
    }

    fn check(&self) -> Result<(), String> {
        let arn = self.arn.strip_prefix("acs:ram::").and_then(|rest| rest.split_once(":role/"));
        let is_account = |account: &str| !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        if !arn.is_some_and(|(account, name)| is_account(account) && !name.is_empty()) {
            return Err(format!("the role {:?} is no ARN like acs:ram::123456789012:role/name", self.arn));
        }
        let is_named = |name: &String| {
            (2..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b))
        };
        if let Some(seconds) = self.duration.filter(|seconds| !SESSION.contains(seconds)) {
            return Err(format!(
                "the session with the role {} is to last {seconds} seconds; it must be from {} to {}",
                self.arn,
                SESSION.start(),
                SESSION.end()
            ));
        }
        match &self.session_name {
            Some(name) if !is_named(name) => Err(format!(
                "the name {name:?} of the session with the role {} must be 2 to 64 letters, digits, \".\", \"@\", \"-\" or \"_\"",
                self.arn
            )),
            _ => Ok(()),
        }
    }

    /// The role; what it leaves open about the session comes from the environment.
    ///
    /// # Errors
    /// When the environment gives no usable time.
    pub fn with_session_of_environment(self, world: &World) -> Result<Self, String> {
        Ok(Self {
            session_name: self.session_name.or_else(|| Variable::ROLE_SESSION_NAME.value(world)),
            duration: match self.duration {
                None => session_expiration(world)?,
                written => written,
            },
            ..self
        })
    }
}

/// The seconds that the environment gives a session.
fn session_expiration(world: &World) -> Result<Option<u32>, String> {
    let Some((name, text)) = Variable::ROLE_SESSION_EXPIRATION.set(world) else { return Ok(None) };
    match text.trim().parse() {
        Ok(seconds) if SESSION.contains(&seconds) => Ok(Some(seconds)),
        _ => Err(format!(
            "{name} is {text:?}; it must be a whole number of seconds from {} to {}",
            SESSION.start(),
            SESSION.end()
        )),
    }
}
