//! Who may call: access keys, the roles that they may assume, and the temporary keys that are issued for these.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::seed;

/// The account of everybody for whom no other is configured.
pub const DEFAULT_ACCOUNT_ID: &str = "1234567890123456";

/// An access key. `Debug` does not show its secrets.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// AccessKeyId.
    pub id: String,
    /// The secret it signs with.
    pub secret: String,
    /// The SecurityToken that must come with it, when it is a temporary key.
    #[serde(default)]
    pub security_token: Option<String>,
    /// When the token ends.
    #[serde(default, rename = "token_expires_ms")]
    pub token_expires: Option<Moment>,
    /// Whether it answers InvalidAccessKeyId.Inactive.
    #[serde(default)]
    pub is_disabled: bool,
    /// The account that it belongs to.
    #[serde(default = "default_account")]
    pub account_id: String,
    /// Who holds it.
    #[serde(default)]
    pub identity: Identity,
}

/// Who holds an access key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The account itself, which may assume no role.
    Account,
    /// A RAM user of that name.
    User(String),
    /// Somebody who assumed a role.
    Role {
        /// What the role is called.
        role_name: String,
        /// What its user called the session.
        session_name: String,
    },
}

impl Default for Identity {
    fn default() -> Self {
        Self::User("emulator".to_owned())
    }
}

impl AccessKey {
    /// A long-lived key of a RAM user.
    pub fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            security_token: None,
            token_expires: None,
            is_disabled: false,
            account_id: default_account(),
            identity: Identity::default(),
        }
    }

    /// A temporary key, good only together with this token.
    pub fn with_security_token(mut self, token: &str) -> Self {
        self.security_token = Some(token.to_owned());
        self
    }

    /// The token is good until then.
    pub fn expiring(mut self, at: Moment) -> Self {
        self.token_expires = Some(at);
        self
    }

    /// A key that somebody has disabled.
    pub fn disabled(mut self) -> Self {
        self.is_disabled = true;
        self
    }

    /// The same in another account.
    pub fn in_account(mut self, account_id: &str) -> Self {
        self.account_id = account_id.to_owned();
        self
    }

    /// The same in other hands.
    pub fn held_by(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Its holder as GetCallerIdentity names it.
    pub(crate) fn arn(&self) -> String {
        let account = &self.account_id;
        match &self.identity {
            Identity::Account => format!("acs:ram::{account}:root"),
            Identity::User(name) => format!("acs:ram::{account}:user/{name}"),
            Identity::Role { role_name, session_name } => {
                format!("acs:ram::{account}:assumed-role/{role_name}/{session_name}")
            }
        }
    }

    /// The Arn of the role that its holder assumed.
    fn role_arn(&self) -> Option<String> {
        match &self.identity {
            Identity::Role { role_name, .. } => Some(role_arn(&self.account_id, role_name)),
            _ => None,
        }
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).field("secret", &"***").finish_non_exhaustive()
    }
}

/// A role of RAM, and who may assume it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `acs:ram::<account>:role/<name>`.
    pub arn: String,
    /// AccessKeyIds, and Arns of roles whose sessions may assume this one.
    #[serde(default)]
    pub trusted: Vec<String>,
    /// The ExternalId that AssumeRole must be told.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Who may assume it with a token instead of a key.
    #[serde(default)]
    pub oidc: Option<Oidc>,
    /// The longest DurationSeconds; in RAM 3600 unless somebody raised it, 43200 at most.
    #[serde(default = "longest_session")]
    pub max_session_s: u64,
}

impl Role {
    /// A role that nobody may assume as yet.
    pub fn new(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            trusted: Vec::new(),
            external_id: None,
            oidc: None,
            max_session_s: longest_session(),
        }
    }

    /// This AccessKeyId, or whoever assumed the role with this Arn, may assume it too.
    pub fn trusting(mut self, who: &str) -> Self {
        self.trusted.push(who.to_owned());
        self
    }

    /// AssumeRole must be told this ExternalId.
    pub fn with_external_id(mut self, external_id: &str) -> Self {
        self.external_id = Some(external_id.to_owned());
        self
    }

    /// Whoever has this token may assume it.
    pub fn with_oidc(mut self, oidc: Oidc) -> Self {
        self.oidc = Some(oidc);
        self
    }

    /// No session lasts longer.
    pub fn with_max_session(mut self, seconds: u64) -> Self {
        self.max_session_s = seconds;
        self
    }

    pub(crate) fn trusts(&self, key: &AccessKey) -> bool {
        let role_arn = key.role_arn();
        self.trusted.iter().any(|who| *who == key.id || Some(who) == role_arn.as_ref())
    }
}

/// A token of an identity provider. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// `acs:ram::<account>:oidc-provider/<name>`.
    pub provider_arn: String,
    /// The only token that is accepted; any text will do.
    pub token: String,
    /// When the token ends.
    #[serde(default, rename = "expires_ms")]
    pub expires: Option<Moment>,
}

impl Oidc {
    /// A token that does not end.
    pub fn new(provider_arn: &str, token: &str) -> Self {
        Self { provider_arn: provider_arn.to_owned(), token: token.to_owned(), expires: None }
    }

    /// The token is good until then.
    pub fn expiring(mut self, at: Moment) -> Self {
        self.expires = Some(at);
        self
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("provider_arn", &self.provider_arn).finish_non_exhaustive()
    }
}

/// Account and name in the Arn of a role.
pub(crate) fn role_parts(arn: &str) -> Option<(&str, &str)> {
    let (account, name) = arn.strip_prefix("acs:ram::")?.split_once(":role/")?;
    let is_account = !account.is_empty() && account.chars().all(|c| c.is_ascii_digit());
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/".contains(c));
    (is_account && is_name).then_some((account, name))
}

pub(crate) fn role_arn(account_id: &str, name: &str) -> String {
    format!("acs:ram::{account_id}:role/{name}")
}

/// The number by which RAM knows a user or role: 18 digits that depend on nothing but its Arn.
pub(crate) fn ram_id(arn: &str) -> String {
    let hash = arn.bytes().fold(0, |hash, byte| seed::mixed(hash ^ u64::from(byte)));
    format!("3{:017}", hash % 100_000_000_000_000_000)
}

/// All keys and roles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identities {
    keys: Vec<AccessKey>,
    roles: Vec<Role>,
}

impl Identities {
    /// The error says in a person's words which role is wrong.
    pub(crate) fn new(keys: &[AccessKey], roles: &[Role]) -> Result<Self, String> {
        let mut identities = Self { keys: keys.to_vec(), roles: Vec::new() };
        roles.iter().try_for_each(|role| identities.add_role(role.clone()))?;
        Ok(identities)
    }

    /// Adds a key, or puts it in the place of the one with its id.
    pub(crate) fn add_key(&mut self, key: AccessKey) {
        self.keys.retain(|known| known.id != key.id);
        self.keys.push(key);
    }

    /// Adds a role, or puts it in the place of the one with its Arn.
    pub(crate) fn add_role(&mut self, role: Role) -> Result<(), String> {
        if role_parts(&role.arn).is_none() {
            return Err(format!("{:?} is no role: its Arn is \"acs:ram::<account>:role/<name>\"", role.arn));
        }
        self.roles.retain(|known| known.arn != role.arn);
        self.roles.push(role);
        Ok(())
    }

    pub(crate) fn remove_role(&mut self, arn: &str) -> Result<(), String> {
        let position = self.roles.iter().position(|role| role.arn == arn);
        self.roles.remove(position.ok_or_else(|| format!("there is no role {arn:?}"))?);
        Ok(())
    }

    pub(crate) fn roles(&self) -> &[Role] {
        &self.roles
    }

    pub(crate) fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.arn == arn)
    }

    pub(crate) fn key(&self, id: &str) -> Option<&AccessKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The key of that id, if it may be used now with the token that was sent.
    pub(crate) fn admit(&self, now: Moment, id: &str, sent: Option<&str>) -> Result<&AccessKey, Refusal> {
        let key = self.key(id).ok_or_else(|| Refusal::of("InvalidAccessKeyId.NotFound"))?;
        if key.is_disabled {
            return Err(Refusal::of("InvalidAccessKeyId.Inactive"));
        }
        match (&key.security_token, sent) {
            (None, None) => Ok(key),
            (None, Some(_)) => Err(Refusal::of("InvalidSecurityToken.MismatchWithAccessKey")),
            (Some(_), None) => Err(Refusal::of("MissingSecurityToken")),
            (Some(token), Some(sent)) if token == sent => {
                let is_over = key.token_expires.is_some_and(|end| end <= now);
                if is_over { Err(Refusal::of("InvalidSecurityToken.Expired")) } else { Ok(key) }
            }
            (Some(_), Some(sent)) => {
                let is_another_keys = self.keys.iter().any(|other| other.security_token.as_deref() == Some(sent));
                let code = if is_another_keys { "MismatchWithAccessKey" } else { "Malformed" };
                Err(Refusal::of(&format!("InvalidSecurityToken.{code}")))
            }
        }
    }

    /// Issues a temporary key. `seed` makes it the same in every run; two keys need two.
    pub(crate) fn issue(&mut self, now: Moment, seed: u64, life: Duration, account_id: &str, who: Identity) -> Issued {
        let text = |salt| seed::text(seed, salt);
        // Answers tell whole seconds, and the token ends when they say.
        let expires = Moment::from_millis(now.plus(life).seconds() * 1000);
        let (id, secret) = (format!("STS.{}", text(1)), format!("{}{}", text(2), text(3)));
        let token = format!("CAIS{}{}{}", text(4), text(5), text(6));
        let key = AccessKey::new(&id, &secret).with_security_token(&token).expiring(expires);
        self.add_key(key.in_account(account_id).held_by(who));
        Issued { id, secret, token, expires }
    }

    /// Ends the token of every temporary key.
    pub(crate) fn expire_tokens(&mut self, now: Moment) {
        self.keys.iter_mut().filter(|key| key.security_token.is_some()).for_each(|key| key.token_expires = Some(now));
    }
}

/// What is handed out of a temporary key.
pub(crate) struct Issued {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) expires: Moment,
}

impl Issued {
    pub(crate) fn fields(&self) -> serde_json::Value {
        serde_json::json!({
            "AccessKeyId": self.id,
            "AccessKeySecret": self.secret,
            "SecurityToken": self.token,
            "Expiration": self.expires.timestamp(),
        })
    }
}

fn default_account() -> String {
    DEFAULT_ACCOUNT_ID.to_owned()
}

fn longest_session() -> u64 {
    43_200
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_of_a_role_has_an_account_and_a_name() {
        assert_eq!(role_parts("acs:ram::1234567890123456:role/ops"), Some(("1234567890123456", "ops")));
        for bad in ["", "ops", "acs:ram::12:role/", "acs:ram:::role/ops", "acs:ram::12:user/ops", "acs:ram::x:role/ops"]
        {
            assert_eq!(role_parts(bad), None, "{bad}");
            assert!(Identities::new(&[], &[Role::new(bad)]).unwrap_err().contains(bad), "{bad}");
        }
    }

    #[test]
    fn nothing_printed_holds_a_secret() {
        let mut identities = Identities::default();
        let oidc = Oidc::new("acs:ram::12:oidc-provider/ci", "hidden-token");
        identities.add_role(Role::new("acs:ram::12:role/ops").with_oidc(oidc)).unwrap();
        let issued = identities.issue(Moment::ALWAYS, 7, Duration::from_secs(900), "12", Identity::Account);
        let printed = format!("{identities:?}");
        for secret in ["hidden-token", &issued.secret, &issued.token] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }

    #[test]
    fn issued_keys_differ_and_depend_on_their_seed_alone() {
        let issue = |seed| {
            let life = Duration::from_secs(900);
            Identities::default().issue(Moment::ALWAYS, seed, life, "12", Identity::Account).fields()
        };
        assert_eq!(issue(1), issue(1));
        assert_ne!(issue(1)["AccessKeyId"], issue(2)["AccessKeyId"]);
        assert_ne!(issue(1)["SecurityToken"], issue(2)["SecurityToken"]);
    }

    #[test]
    fn ids_of_ram_are_18_digits() {
        let id = ram_id("acs:ram::12:role/ops");
        assert!(id.len() == 18 && id.chars().all(|c| c.is_ascii_digit()), "{id}");
        assert_ne!(id, ram_id("acs:ram::12:role/dev"));
    }
}
