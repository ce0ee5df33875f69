//! `smartag_client_user`: an account with which one person dials in.
//!
//! This file has the table and what Terraform calls; `validate` and `plan` have the rules, `create`, `update` and `delete`
//! the writes, `refresh` the reads, `lag` what to believe after a write, `password` the ways to give one, and `moved` takes accounts over from alicloud.

mod create;
mod delete;
mod lag;
mod moved;
mod password;
mod plan;
mod refresh;
mod update;
mod validate;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::block::{REGION, is_region};
use super::client::Client;
use super::when_in_use::{WHEN_IN_USE, WhenInUse};
use super::{duration, failure};
use crate::alibaba::{Error, Patience};
use crate::framework::checks::{characters, text, whole_number};
use crate::framework::schema::{Verdict, block, computed, optional, optional_computed, required};
use crate::framework::{Attr, Context, Diagnostic, Diagnostics, Plan, Resource, Source, Taken};
use crate::model;
use crate::secret::Secret;
use crate::smartag::{InstanceRef, Lookup, Smartag};
use crate::value::Value;

/// How long writes may take where `timeouts` says nothing.
const WRITE: Duration = Duration::from_secs(5 * 60);
/// How long a read may take where `timeouts` says nothing.
const READ: Duration = Duration::from_secs(2 * 60);

model! {
    /// The account with which one person dials in to a Smart Access Gateway (SAG) software instance. The instance and the
    /// name are what makes it this account; all else is changed in place.
    pub struct ClientUser {
        /// Instance and name of the account, as `sag_id:user_name`.
        id: Attr<String> = computed(),
        /// Software instance of the account, such as `sag-abc123`. Changing it makes a new account.
        sag_id: Attr<String> = required().replace(),
        /// Region of the instance, such as `cn-shanghai`. Where it is not written, the provider's region counts when the
        /// account is created, and the account stays in that region whatever the provider's becomes. Changing it together
        /// with `sag_id` makes a new account; changing it alone is an error, as an instance lives in one region.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Name of the account: 7 to 33 letters, digits, `_`, `@`, `.` or `-`, first a letter or digit. (A name
        /// of another shape is warned of, as older accounts have such.) Where it is not written, the service takes the mail
        /// address. Changing it makes a new account.
        user_name: Attr<String> = optional_computed().replace(),
        /// Mail address, with an `@`, to which the service sends the login details. Changed in place.
        user_mail: Attr<String> = required().check(text(is_mail, "a mail address, with an \"@\" in it")),
        /// Highest rate in Kbit/s, a whole number from 1 to 20000. Changed in place.
        bandwidth: Attr<u32> = required().check(whole_number(1..=20_000, "Kbit/s")),
        /// Static IPv4 address, out of the private range of the instance. Where it is not written, the account gets another
        /// address with each connection. Changed in place.
        client_ip: Attr<String> = optional().check(is_client_ip),
        /// Password, 8 to 32 characters. It is stored in the state; `password_wo` is not. Changed in place. When an account
        /// is created, a password and `user_name` go together: both, or neither. On an account that exists, no password means
        /// that it is not managed here, and one that appears is set once. At most one of `password`, `password_wo` and
        /// `kms_encrypted_password` may be written.
        password: Attr<Secret> = optional().sensitive().check(characters(8..=32)),
        /// Password, 8 to 32 characters, that never enters plan or state. It is used when the account is created, and
        /// again whenever `password_wo_version` changes. Needs Terraform 1.11 or OpenTofu 1.11, or later.
        password_wo: WriteOnly<Secret> = optional().sensitive().check(characters(8..=32)),
        /// A whole number from 0 to 4294967295. Each change of it sets the password to `password_wo`, once; so does the first
        /// version on an account that was imported or moved here. Needs `password_wo` beside it.
        password_wo_version: Attr<u32> = optional().check(whole_number(0..=i64::from(u32::MAX), "any number will do")),
        /// Cipher text of the password, in base64, as the Key Management Service (KMS) made it. KMS in the region of the
        /// instance decrypts it while changes are applied, to 8 to 32 characters that enter neither plan nor state. Only a
        /// changed cipher text sets the password again.
        kms_encrypted_password: Attr<String> = optional(),
        /// Encryption context with which the password was encrypted. Needs `kms_encrypted_password` beside it; changing the
        /// context alone sets no password.
        kms_encryption_context: Attr<BTreeMap<String, Attr<String>>> = optional(),
        /// Whether the account may dial in. Where it is not written, it is left as the service has it, so that nobody who
        /// was suspended elsewhere is let in again.
        enabled: Attr<bool> = optional_computed(),
        /// Whether the sessions of the account are ended right after it was disabled. Defaults to `false`.
        kick_on_disable: Attr<bool> = optional(),
        /// Whether the sessions of the account are ended before it is deleted. Defaults to `false`. It counts as
        /// last applied, since destroying knows the state only.
        kick_on_destroy: Attr<bool> = optional(),
        /// What destroying does with an account that the service does not delete because it was used this month: `fail`
        /// stops with an error and leaves the account as it is; `suspend` disables it, ends its sessions, keeps it in the
        /// state and stops with an error, so that the next run tries again; `abandon` disables it, ends its sessions and
        /// forgets it. Where it is not written, the provider's argument of the same name counts; where it
        /// is, it counts as last applied.
        destroy_when_in_use: Attr<String> = optional().check(text(|text| WhenInUse::parse(text).is_some(), WHEN_IN_USE)),
        /// How long operations may take.
        timeouts: Attr<Timeouts> = block(),
    }
}

model! {
    /// How long operations may take, as `30s`, `5m` or `1h30m`. The provider's `max_retry_timeout` counts where it is
    /// smaller.
    pub struct Timeouts {
        /// Longest time for creating an account. Defaults to `5m`.
        create: Attr<String> = optional().check(duration::is_duration),
        /// Longest time for reading an account. Defaults to `2m`.
        read: Attr<String> = optional().check(duration::is_duration),
        /// Longest time for changing an account. Defaults to `5m`.
        update: Attr<String> = optional().check(duration::is_duration),
        /// Longest time for deleting an account. Defaults to `5m`.
        delete: Attr<String> = optional().check(duration::is_duration),
    }
}

fn is_mail(text: &str) -> bool {
    text.contains('@')
}

fn is_client_ip(value: &Value) -> Verdict {
    let Value::String(text) = value else { return Verdict::Good };
    match text.parse::<Ipv4Addr>() {
        Ok(address) if address.is_private() => Verdict::Good,
        Ok(_) => Verdict::Doubtful(
            "it is no private address, and the service takes addresses from the private range of the instance only"
                .to_owned(),
        ),
        Err(_) => Verdict::Refused("an IPv4 address such as \"10.0.0.7\"".to_owned()),
    }
}

impl ClientUser {
    /// One of the timeouts, if it is written.
    fn timeout(&self, pick: impl Fn(&Timeouts) -> &Attr<String>) -> Option<&String> {
        self.timeouts.known().and_then(|timeouts| pick(timeouts).known())
    }
}

/// The id of an account.
pub fn id(sag_id: &str, user_name: &str) -> String {
    format!("{sag_id}:{user_name}")
}

/// The resource `smartag_client_user`.
#[derive(Debug)]
pub struct ClientUserResource;

impl Resource for ClientUserResource {
    const NAME: &'static str = "smartag_client_user";
    type Model = ClientUser;
    type Client = Client;

    fn validate(config: &ClientUser) -> Diagnostics {
        validate::validate(config)
    }

    fn plan(&self, client: Option<&Client>, plan: &mut Plan<ClientUser>) {
        plan::plan(client, plan);
    }

    async fn create(
        &self,
        client: &Client,
        context: &Context<ClientUser>,
        planned: ClientUser,
        config: ClientUser,
    ) -> Result<ClientUser, Diagnostics> {
        create::create(client, context, planned, config).await
    }

    async fn read(
        &self,
        client: &Client,
        context: &Context<ClientUser>,
        state: ClientUser,
    ) -> Result<Option<ClientUser>, Diagnostics> {
        refresh::read(client, context, state).await
    }

    async fn update(
        &self,
        client: &Client,
        context: &Context<ClientUser>,
        prior: ClientUser,
        planned: ClientUser,
        config: ClientUser,
    ) -> Result<ClientUser, Diagnostics> {
        update::update(client, context, prior, planned, config).await
    }

    async fn delete(
        &self,
        client: &Client,
        context: &Context<ClientUser>,
        state: ClientUser,
    ) -> Result<(), Diagnostics> {
        delete::delete(client, context, state).await
    }

    fn import(&self, id: &str) -> Result<ClientUser, Diagnostics> {
        let parts: Vec<&str> = id.split(':').collect();
        let (region, sag_id, user_name) = match parts.as_slice() {
            [sag_id, user_name] => (None, *sag_id, *user_name),
            [region, sag_id, user_name] if is_region(region) => (Some((*region).to_owned()), *sag_id, *user_name),
            _ => return Err(wrong_import_id(id)),
        };
        if sag_id.is_empty() || user_name.is_empty() {
            return Err(wrong_import_id(id));
        }
        Ok(ClientUser {
            id: Attr::Known(self::id(sag_id, user_name)),
            sag_id: Attr::Known(sag_id.to_owned()),
            region: region.into(),
            user_name: Attr::Known(user_name.to_owned()),
            ..ClientUser::default()
        })
    }

    fn take_over(&self, source: &Source) -> Option<Result<Taken<ClientUser>, Diagnostics>> {
        moved::from_alicloud(source)
    }
}

/// An account of the service, for as long as one operation may work on it.
struct Account<'a> {
    smartag: &'a Smartag,
    instance: InstanceRef,
    user_name: String,
    patience: Patience,
}

impl<'a> Account<'a> {
    /// The account that a state or a plan is about.
    fn of(client: &'a Client, user: &ClientUser, patience: Patience) -> Result<Self, Diagnostics> {
        Ok(Self {
            smartag: client.smartag()?,
            instance: client.instance(&user.region, &user.sag_id)?,
            user_name: user.user_name.get()?.clone(),
            patience,
        })
    }

    /// What the user is told when something could not be done; `doing` completes "Could not … client user".
    fn failed(&self, doing: &str, error: &Error) -> Diagnostics {
        failure::of_user(doing, &self.instance, &self.user_name, error).into()
    }

    /// Lets the account dial in, or not. What the service answers where that is so already is documented nowhere, and an
    /// earlier try whose answer was lost may have done it: so after a refusal the account itself is asked.
    async fn enable(&self, enabled: bool) -> Result<(), Error> {
        let Self { smartag, instance, user_name, patience } = self;
        let done = if enabled {
            smartag.enable_user(instance, user_name, patience).await
        } else {
            smartag.disable_user(instance, user_name, patience).await
        };
        match done {
            Ok(_) => Ok(()),
            Err(error @ Error::Api(_)) => match self.look_up().await {
                Ok(Lookup::Found(user)) if user.enabled == Some(enabled) => Ok(()),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn kick(&self) -> Result<(), Error> {
        self.smartag.kick_out(&self.instance, &self.user_name, &self.patience).await.map(drop)
    }

    /// What the service says about the account right now.
    async fn look_up(&self) -> Result<Lookup, Error> {
        self.smartag.find_fresh(&self.instance, &self.user_name, &self.patience).await
    }
}

fn wrong_import_id(id: &str) -> Diagnostics {
    let detail = format!(
        "The import id is {id:?}. Wanted: \"<sag_id>:<user_name>\" such as \"sag-abc123:alice.w\", or \
         \"<region>:<sag_id>:<user_name>\" such as \"cn-shanghai:sag-abc123:alice.w\"."
    );
    Diagnostic::error("Invalid import id", detail).into()
}

/// The block that takes an existing account over, ready to paste.
fn import_block(instance: &InstanceRef, user_name: &str) -> String {
    let id = format!("{}:{}:{user_name}", instance.region, instance.sag_id);
    format!("import {{\n  to = smartag_client_user.<name>\n  id = {id:?}\n}}")
}
