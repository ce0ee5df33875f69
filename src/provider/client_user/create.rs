//! Creating a client user, also when the answer gets lost.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Account, ClientUser, WRITE, id, import_block, lag, password};
use crate::alibaba::Patience;
use crate::framework::{Attr, Context, Diagnostic, Diagnostics};
use crate::provider::client::Client;
use crate::provider::failure;
use crate::smartag::{InstanceRef, Lookup, NewUser, Smartag, User};

/// Answered when the name is taken.
const USER_EXIST: &str = "ClientUser.UserExist";

/// Times a create is sent when its answers keep getting lost and the user is not there afterwards.
const TRIES: u32 = 3;

/// How long an account may be looked up whose create got no answer.
const LOOK_UP: Duration = Duration::from_secs(10);

pub async fn create(
    client: &Client,
    context: &Context<ClientUser>,
    planned: ClientUser,
    config: ClientUser,
) -> Result<ClientUser, Diagnostics> {
    let instance = client.instance(&planned.region, &planned.sag_id)?;
    let patience = client.patience(context.stop(), planned.timeout(|timeouts| &timeouts.create), WRITE);
    let smartag = client.smartag()?;
    let user_name = match &planned.user_name {
        // The service says what it is; until then it is to be the mail address.
        Attr::Null | Attr::Unknown => None,
        Attr::Known(name) => Some(name.clone()),
    };
    let new = NewUser {
        user_mail: planned.user_mail.get()?.clone(),
        bandwidth: *planned.bandwidth.get()?,
        user_name: user_name.clone(),
        password: password::to_be_set(client, &instance, (&ClientUser::default(), &planned, &config), &patience)
            .await?,
        client_ip: planned.client_ip.opt()?.cloned(),
    };
    let made = make(smartag, &instance, &new, &patience).await?;
    let user_name = user_name.unwrap_or(made.user_name);
    if made.was_looked_up {
        let detail = format!(
            "The answer to its creation was lost. {instance} has a user {user_name} that is as it was asked for, so it is taken \
             for the new one and kept. Should somebody else have made it, its password is another one: give it a new one then."
        );
        context.warn(Diagnostic::warning(format!("Client user {user_name} was looked up after its creation"), detail));
    }

    let mut state = ClientUser {
        id: Attr::Known(id(&instance.sag_id, &user_name)),
        region: Attr::Known(instance.region.clone()),
        user_name: Attr::Known(user_name.clone()),
        // New accounts are enabled; the next refresh says so if this one is not.
        enabled: Attr::Known(true),
        ..planned.clone()
    };
    context.checkpoint(state.clone());
    lag::remember_creation(client, context);

    // From here on an error would taint the account, and the next apply would destroy it: so there are only warnings.
    if planned.enabled == Attr::Known(false) {
        let account = Account { smartag, instance: instance.clone(), user_name: user_name.clone(), patience };
        if let Err(error) = account.enable(false).await {
            let detail = format!(
                "The account was created, and disabling it did not succeed, so it may dial in. The next plan shows it as \
                 enabled, and applying that plan tries again.\n\nUser {user_name} of {instance}: {}",
                failure::explained(&error)
            );
            context.warn(Diagnostic::warning("The new account is still enabled", detail).at(ClientUser::enabled()));
        }
        state.enabled = Attr::Known(false);
    }
    Ok(state)
}

/// A user that was created.
struct Made {
    /// The name it has.
    user_name: String,
    /// Whether that did not come as an answer, but was found.
    was_looked_up: bool,
}

/// Creates the user.
async fn make(
    smartag: &Smartag,
    instance: &InstanceRef,
    new: &NewUser,
    patience: &Patience,
) -> Result<Made, Diagnostics> {
    let expected_name = new.user_name.as_deref().unwrap_or(&new.user_mail);
    let account = |limit, stop| Account {
        smartag,
        instance: instance.clone(),
        user_name: expected_name.to_owned(),
        patience: Patience::lasting(limit, stop),
    };
    let mut answer_was_lost = false;
    for _ in 0..TRIES {
        let error = match smartag.create_user(instance, new, patience).await {
            Ok(written) => return Ok(Made { user_name: written.user_name, was_looked_up: false }),
            Err(error) => error,
        };
        let exists = error.code() == Some(USER_EXIST);
        if !exists && !error.is_unclear() {
            return Err(failure::of_user("create", instance, expected_name, &error).into());
        }
        answer_was_lost |= error.is_unclear();
        // The list may lag behind, so its silence is not believed when the service itself says that the name is taken.
        let wait = if exists { lag::LONGEST } else { Duration::ZERO };
        // Whether an account of ours exists must be found out, also when the time is up or Terraform wants to stop.
        let stop = if answer_was_lost { CancellationToken::new() } else { patience.stop.clone() };
        let lookup = lag::until(&account(LOOK_UP + wait, stop), wait, |lookup| *lookup != Lookup::Absent).await;
        match lookup {
            // It was not there before this process asked, it is what was asked for, and the answer never came.
            Ok(Lookup::Found(user)) if answer_was_lost && is_as_asked(&user, new) => {
                return Ok(Made { user_name: user.user_name, was_looked_up: true });
            }
            Ok(Lookup::Found(user) | Lookup::OtherCase(user)) => return Err(taken(instance, &user)),
            // Sent, lost, and not there: it is safe to send it again, because a name is taken but once. (Where the service
            // makes up the name, it could make up two.)
            Ok(Lookup::Absent) if !exists && new.user_name.is_some() => {}
            Ok(Lookup::Absent) => return Err(unseen(instance, expected_name, &failure::explained(&error))),
            Err(lookup) => {
                let told = format!(
                    "{} Looking it up did not succeed either: {}",
                    failure::explained(&error),
                    failure::explained(&lookup)
                );
                return Err(unseen(instance, expected_name, &told));
            }
        }
    }
    let told = format!("The answers to {TRIES} tries were lost, and the account does not show in the service's list.");
    Err(unseen(instance, expected_name, &told))
}

/// Nobody knows whether the account exists, so the user is told how to go on in either case.
fn unseen(instance: &InstanceRef, user_name: &str, told: &str) -> Diagnostics {
    let detail = format!(
        "User {user_name} of {instance}: {told}\n\nApply again; if the account turns out to exist, take it over with:\n\n{}",
        import_block(instance, user_name)
    );
    Diagnostic::error(format!("It is not known whether client user {user_name} was created"), detail).into()
}

fn is_as_asked(user: &User, new: &NewUser) -> bool {
    let same_address = match (&new.client_ip, user.is_static_ip) {
        (None, fixed) => fixed != Some(true),
        (Some(_), Some(false)) => false,
        (wanted, _) => user.client_ip == *wanted,
    };
    // A new account may dial in; one that may not has a past.
    let may_be_new = user.enabled != Some(false);
    may_be_new && same_address && user.user_mail == new.user_mail && user.bandwidth == new.bandwidth
}

fn taken(instance: &InstanceRef, user: &User) -> Diagnostics {
    let enabled = match user.enabled {
        Some(true) => "enabled",
        Some(false) => "disabled",
        None => "maybe enabled",
    };
    let detail = format!(
        "{instance} already has a client user {:?}: mail {:?}, {} Kbit/s, {enabled}. Nothing was changed. Choose another \
         user_name, or take the account over with:\n\n{}",
        user.user_name,
        user.user_mail,
        user.bandwidth,
        import_block(instance, &user.user_name)
    );
    let summary = format!("Client user {} exists already", user.user_name);
    Diagnostic::error(summary, detail).at(ClientUser::user_name()).into()
}
