//! Deleting a client user, and what to do when the service does not.

use std::time::Duration;

use super::{Account, ClientUser, ClientUserResource, WRITE, lag};
use crate::alibaba::Error;
use crate::framework::{Attr, Context, Diagnostic, Diagnostics, Resource};
use crate::provider::client::Client;
use crate::provider::when_in_use::WhenInUse;
use crate::provider::{failure, region};
use crate::smartag::{INSTANCE_NOT_FOUND, Lookup};

/// Answered when an account was used this month and is not deleted for that.
const USER_IN_USING: &str = "ClientUser.UserInUsing";

/// Parts of codes that may mean that a user is not there. Only the first stands in a document, and for something else; the
/// second is known from practice.
const OF_AN_ABSENT_USER: [&str; 5] =
    ["ClientUser.NameInvalid", "ParameterSagClientId", "NotExist", "NotFound", "NoFound"];

pub async fn delete(client: &Client, context: &Context<ClientUser>, state: ClientUser) -> Result<(), Diagnostics> {
    let patience = client.patience(context.stop(), state.timeout(|timeouts| &timeouts.delete), WRITE);
    let account = Account::of(client, &state, patience)?;
    region::seen(client, &region::removed_from(ClientUserResource::NAME, &account.instance.sag_id), &state.region);
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

/// Succeeds if the account is gone, which an earlier try may have done whose answer was lost. What the service answers
/// about one that is gone is documented nowhere, so its list decides; and as that may lag behind, it is asked again where
/// the answer sounds like it.
async fn gone_or(
    client: &Client,
    context: &Context<ClientUser>,
    account: &Account<'_>,
    doing: &str,
    error: &Error,
) -> Result<(), Diagnostics> {
    let sounds_gone = match error {
        Error::Api(refusal) if refusal.code == INSTANCE_NOT_FOUND => {
            client.warn_of_missing_instance(context, &account.instance);
            return Ok(());
        }
        Error::Api(refusal) => OF_AN_ABSENT_USER.iter().any(|part| refusal.code.contains(part)),
        Error::Interrupted { .. } | Error::Unexpected { .. } | Error::Malformed { .. } | Error::TimedOut { .. } => true,
        // Nothing was sent, or Terraform wants to stop.
        _ => return Err(account.failed(doing, error)),
    };
    let wait = if sounds_gone { lag::LONGEST } else { Duration::ZERO };
    match lag::until(account, wait, |lookup| *lookup == Lookup::Absent).await {
        Ok(Lookup::Absent) => Ok(()),
        _ => Err(account.failed(doing, error)),
    }
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
             it in the state until it can be deleted, \"abandon\" does the same and forgets it. To forget it as it is, run \
             terraform state rm."
        );
        return Err(Diagnostic::error(summary, detail).into());
    }

    if state.enabled != Attr::Known(false) {
        account.enable(false).await.map_err(|error| account.failed("disable", &error))?;
        context.checkpoint(ClientUser { enabled: Attr::Known(false), ..state });
    }
    if let Err(kick) = account.kick().await {
        let detail = format!(
            "{answer}\n\nThe account is disabled now, but ending its sessions did not succeed, so it may still be connected. It \
             stays in the state; destroying again tries again.\n\n{}",
            failure::explained(&kick)
        );
        return Err(Diagnostic::error(summary, detail).into());
    }
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
