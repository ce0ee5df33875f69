//! Deleting a client user, and what to do when the service does not.

use super::{Account, ClientUser, WRITE};
use crate::alibaba::Error;
use crate::framework::{Attr, Context, Diagnostic, Diagnostics};
use crate::provider::client::Client;
use crate::provider::when_in_use::WhenInUse;
use crate::smartag::{INSTANCE_NOT_FOUND, Lookup};

/// Answered when an account was used this month and is not deleted for that.
const USER_IN_USING: &str = "ClientUser.UserInUsing";

pub async fn delete(client: &Client, context: &Context<ClientUser>, state: ClientUser) -> Result<(), Diagnostics> {
    let account = Account {
        smartag: client.smartag()?,
        instance: client.instance(&state.region, &state.sag_id)?,
        user_name: state.user_name.get()?.clone(),
        patience: client.patience(context.stop(), state.timeout(|timeouts| &timeouts.delete), WRITE),
    };
    if state.kick_on_destroy == Attr::Known(true)
        && let Err(error) = account.kick().await
    {
        return gone_or(client, context, &account, "end the sessions of", &error).await;
    }
    let deleted = account.smartag.delete_user(&account.instance, &account.user_name, &account.patience).await;
    match deleted {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(USER_IN_USING) => in_use(client, context, &account, state, &error).await,
        Err(error) => gone_or(client, context, &account, "delete", &error).await,
    }
}

/// Succeeds if the account is gone. What the service answers about one that is gone is documented nowhere, so its list
/// decides.
async fn gone_or(
    client: &Client,
    context: &Context<ClientUser>,
    account: &Account<'_>,
    doing: &str,
    error: &Error,
) -> Result<(), Diagnostics> {
    if error.code() == Some(INSTANCE_NOT_FOUND) {
        client.warn_of_missing_instance(context, &account.instance);
        return Ok(());
    }
    if matches!(error, Error::Api(_)) && account.look_up().await == Ok(Lookup::Absent) {
        return Ok(());
    }
    Err(account.failed(doing, error))
}

/// The service keeps the account until the month is over.
async fn in_use(
    client: &Client,
    context: &Context<ClientUser>,
    account: &Account<'_>,
    state: ClientUser,
    error: &Error,
) -> Result<(), Diagnostics> {
    let Account { instance, user_name, .. } = account;
    let written = state.destroy_when_in_use.known().and_then(|text| WhenInUse::parse(text));
    let choice = written.unwrap_or_else(|| client.when_in_use());
    let summary = format!("Client user {user_name} was used this month and cannot be deleted yet");
    let answer = format!("User {user_name} of {instance}: {error}.");

    if choice == WhenInUse::Fail {
        let now = if state.enabled == Attr::Known(false) { "still exists (disabled)" } else { "is still enabled" };
        let detail = format!(
            "{answer}\n\nThe account {now}, and nothing was changed. Destroy again next month; or write destroy_when_in_use \
             (here and apply it, or in the provider block): \"suspend\" disables the account, ends its sessions and keeps \
             it in the state until it can be deleted, \"abandon\" does the same and forgets it."
        );
        return Err(Diagnostic::error(summary, detail).into());
    }

    if state.enabled != Attr::Known(false) {
        account.disable().await?;
        context.checkpoint(ClientUser { enabled: Attr::Known(false), ..state });
    }
    account.kick().await.map_err(|error| account.failed("end the sessions of", &error))?;
    if choice == WhenInUse::Abandon {
        let detail = format!(
            "{answer}\n\nThe account was disabled, its sessions were ended, and it is no longer in the state, as \
             destroy_when_in_use = \"abandon\" says. It still exists and counts against the quota of the instance until \
             somebody deletes it, next month at the earliest."
        );
        context.warn(Diagnostic::warning(format!("Client user {user_name} was abandoned, not deleted"), detail));
        return Ok(());
    }
    let detail = format!(
        "{answer}\n\nThe account was disabled and its sessions were ended, as destroy_when_in_use = \"suspend\" says. It stays \
         in the state; destroy again next month to delete it."
    );
    Err(Diagnostic::error(summary, detail).into())
}
