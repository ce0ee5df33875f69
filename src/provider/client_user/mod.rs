//! `smartag_client_user`: an account with which one person dials in.
//!
//! This file has the table and what Terraform calls; `plan` has the rules of planning, `create` and `update` the writes,
//! `refresh` the reads.

mod create;
mod plan;
mod refresh;
mod update;

use std::net::Ipv4Addr;
use std::time::Duration;

use super::block::{REGION, is_region};
use super::client::Client;
use super::{duration, failure};
use crate::alibaba::Error;
use crate::framework::checks::{characters, text, whole_number};
use crate::framework::schema::{Verdict, block, computed, optional, optional_computed, required};
use crate::framework::{Attr, Context, Diagnostic, Diagnostics, Plan, Resource};
use crate::model;
use crate::secret::Secret;
use crate::smartag::{INSTANCE_NOT_FOUND, InstanceRef, Lookup};
use crate::value::Value;

/// How long writes may take where `timeouts` says nothing.
const WRITE: Duration = Duration::from_secs(5 * 60);
/// How long a read may take where `timeouts` says nothing.
const READ: Duration = Duration::from_secs(2 * 60);

/// Answered when an account was used this month and is not deleted for that.
const USER_IN_USING: &str = "ClientUser.UserInUsing";

model! {
    /// The account with which one person dials in to a Smart Access Gateway (SAG) software instance.
    pub struct ClientUser {
        /// `sag_id:user_name`.
        id: Attr<String> = computed(),
        /// Software instance of the account. Changing it makes a new account.
        sag_id: Attr<String> = required().replace(),
        /// Region of the instance. Where it is not written, the provider's region counts when the account is created,
        /// and the account stays in that region whatever the provider's becomes.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Name of the account: 7 to 33 letters, digits, `_`, `@`, `.` or `-`, first a letter or digit. Where it is not
        /// written, the service takes the mail address. Changing it makes a new account.
        user_name: Attr<String> = optional_computed().replace(),
        /// Mail address to which the service sends the login details.
        user_mail: Attr<String> = required().check(text(is_mail, "a mail address, with an \"@\" in it")),
        /// Highest rate in Kbit/s, 1 to 20000.
        bandwidth: Attr<u32> = required().check(whole_number(1..=20_000, "Kbit/s")),
        /// Static private IPv4 address. Where it is not written, the account gets another address with each connection.
        client_ip: Attr<String> = optional().check(is_client_ip),
        /// Password, 8 to 32 characters. It is stored in the state. When an account is created, it and `user_name` go
        /// together. On an account that exists, no password means that it is not managed here.
        password: Attr<Secret> = optional().sensitive().check(characters(8..=32)),
        /// Whether the account may dial in. Where it is not written, it is left as the service has it.
        enabled: Attr<bool> = optional_computed(),
        /// How long operations may take.
        timeouts: Attr<Timeouts> = block(),
    }
}

model! {
    /// How long operations may take, as `30s`, `5m` or `1h30m`. The provider's `max_retry_timeout` counts where it is
    /// smaller.
    pub struct Timeouts {
        /// Creating an account. Defaults to `5m`.
        create: Attr<String> = optional().check(duration::is_duration),
        /// Reading an account. Defaults to `2m`.
        read: Attr<String> = optional().check(duration::is_duration),
        /// Changing an account. Defaults to `5m`.
        update: Attr<String> = optional().check(duration::is_duration),
        /// Deleting an account. Defaults to `5m`.
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

fn id(sag_id: &str, user_name: &str) -> String {
    format!("{sag_id}:{user_name}")
}

/// The resource `smartag_client_user`.
#[derive(Debug)]
pub struct ClientUserResource;

impl Resource for ClientUserResource {
    const NAME: &'static str = "smartag_client_user";
    type Model = ClientUser;
    type Client = Client;

    fn validate(_: &ClientUser) -> Diagnostics {
        Diagnostics::new()
    }

    fn plan(&self, client: Option<&Client>, plan: &mut Plan<ClientUser>) {
        plan::plan(client, plan);
    }

    async fn create(
        &self,
        client: &Client,
        context: &Context<ClientUser>,
        planned: ClientUser,
        _: ClientUser,
    ) -> Result<ClientUser, Diagnostics> {
        create::create(client, context, planned).await
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
        _: ClientUser,
    ) -> Result<ClientUser, Diagnostics> {
        update::update(client, context, prior, planned).await
    }

    async fn delete(
        &self,
        client: &Client,
        context: &Context<ClientUser>,
        state: ClientUser,
    ) -> Result<(), Diagnostics> {
        let instance = client.instance(&state.region, &state.sag_id)?;
        let user_name = state.user_name.get()?;
        let patience = client.patience(context, state.timeout(|timeouts| &timeouts.delete), WRITE);
        let smartag = client.smartag()?;
        let Err(error) = smartag.delete_user(&instance, user_name, &patience).await else { return Ok(()) };
        if error.code() == Some(INSTANCE_NOT_FOUND) {
            client.warn_of_missing_instance(context, &instance);
            return Ok(());
        }
        // What the service answers for a user that is gone already is documented nowhere, so the list decides.
        let may_be_gone = matches!(error, Error::Api(_)) && error.code() != Some(USER_IN_USING);
        if may_be_gone && smartag.find_fresh(&instance, user_name, &patience).await == Ok(Lookup::Absent) {
            return Ok(());
        }
        Err(failure::of_user("delete", &instance, user_name, &error).into())
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
