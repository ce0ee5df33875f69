//! Reading a client user, and what its absence means.

use super::{Account, ClientUser, READ, id, lag};
use crate::alibaba::Error;
use crate::framework::{Attr, Context, Diagnostic, Diagnostics};
use crate::provider::client::Client;
use crate::provider::region;
use crate::smartag::{INSTANCE_NOT_FOUND, InstanceRef, Lookup, User};

pub async fn read(
    client: &Client,
    context: &Context<ClientUser>,
    state: ClientUser,
) -> Result<Option<ClientUser>, Diagnostics> {
    let patience = client.patience(context.stop(), state.timeout(|timeouts| &timeouts.read), READ);
    // Nothing was read of an account that was imported or moved just now, so it may never have been where it is said to be.
    if state.user_mail.is_null() || state.region.is_null() {
        client.check_region(&state.region)?;
    }
    let account = Account::of(client, &state, patience)?;
    let Account { smartag, instance, user_name, patience } = &account;
    region::seen(client, &id(&instance.sag_id, user_name), &state.region);

    let mut lookup = smartag.find_user(instance, user_name, patience).await;
    let wait = lag::left(client, context);
    if lookup == Ok(Lookup::Absent) && !wait.is_zero() {
        lookup = lag::until(&account, wait, |lookup| *lookup != Lookup::Absent).await;
    }
    match lookup {
        Ok(Lookup::Found(user)) => {
            let state = refreshed(state, instance, user);
            Ok(Some(state))
        }
        Ok(Lookup::Absent) => Ok(None),
        Ok(Lookup::OtherCase(user)) => Err(other_case(instance, user_name, &user)),
        Err(error) if error.code() == Some(INSTANCE_NOT_FOUND) => {
            if state.region.is_null() {
                return Err(elsewhere(&account, &error));
            }
            client.warn_of_missing_instance(context, instance);
            Ok(None)
        }
        Err(error) => Err(account.failed("read", &error)),
    }
}

/// The state with what the service says now. What it does not say stays.
fn refreshed(state: ClientUser, instance: &InstanceRef, user: User) -> ClientUser {
    ClientUser {
        region: Attr::Known(instance.region.clone()),
        client_ip: client_ip(&state.client_ip, &user).into(),
        user_mail: if user.user_mail.is_empty() { state.user_mail } else { Attr::Known(user.user_mail) },
        bandwidth: Attr::Known(user.bandwidth),
        enabled: user.enabled.map_or(state.enabled, Attr::Known),
        ..state
    }
}

/// The static address of the account; the address that a dynamic one happens to have is none. Where the service does not
/// say which it is, what was written decides.
fn client_ip(written: &Attr<String>, user: &User) -> Option<String> {
    let fixed = user.is_static_ip.unwrap_or_else(|| !written.is_null());
    user.client_ip.clone().filter(|_| fixed)
}

/// Right after a move or an import the state does not say the region, so the instance may just be in another one.
fn elsewhere(account: &Account<'_>, error: &Error) -> Diagnostics {
    let Account { instance, user_name, .. } = account;
    let detail = format!(
        "User {user_name} of {instance}: {error}.\n\nThe state does not say yet in which region the instance is, so it was \
         looked for in the provider's. To import, put the region in front: \"<region>:<sag_id>:<user_name>\". To move an \
         account over, use a provider block with the region of the instance for the first plan."
    );
    Diagnostic::error(format!("Could not find the instance of client user {user_name}"), detail).into()
}

fn other_case(instance: &InstanceRef, user_name: &str, user: &User) -> Diagnostics {
    let detail = format!(
        "{instance} has no client user {user_name:?}, but one named {:?}. Names that differ only in case may be the same to \
         the service, so the account is not taken for gone. Correct user_name, or import the account under the name it has.",
        user.user_name
    );
    Diagnostic::error(format!("Client user {user_name} is spelt differently"), detail)
        .at(ClientUser::user_name())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(client_ip: Option<&str>, is_static_ip: Option<bool>) -> User {
        User {
            user_name: "alice.w".to_owned(),
            user_mail: "alice@example.com".to_owned(),
            bandwidth: 2000,
            enabled: Some(true),
            client_ip: client_ip.map(str::to_owned),
            is_static_ip,
        }
    }

    #[test]
    fn the_address_of_a_dynamic_account_never_enters_the_state() {
        let written = |address: &str| Attr::Known(address.to_owned());
        for (state, client_ip_seen, is_static, expected) in [
            (Attr::Null, Some("10.0.0.9"), Some(false), None),
            (Attr::Null, Some("10.0.0.9"), None, None),
            (Attr::Null, Some("10.0.0.9"), Some(true), Some("10.0.0.9")),
            (written("10.0.0.7"), Some("10.0.0.7"), None, Some("10.0.0.7")),
            (written("10.0.0.7"), Some("10.0.0.8"), None, Some("10.0.0.8")),
            (written("10.0.0.7"), Some("10.0.0.9"), Some(false), None),
            (written("10.0.0.7"), None, None, None),
        ] {
            let seen = client_ip(&state, &user(client_ip_seen, is_static));
            assert_eq!(seen.as_deref(), expected, "{state:?} {client_ip_seen:?} {is_static:?}");
        }
    }

    #[test]
    fn what_the_service_does_not_say_stays() {
        let instance = InstanceRef { region: "cn-shanghai".into(), sag_id: "sag-1".into() };
        let state = ClientUser {
            user_mail: Attr::Known("old@example.com".into()),
            enabled: Attr::Known(false),
            password: Attr::Known("secret-secret".into()),
            ..ClientUser::default()
        };
        let silent = User { user_mail: String::new(), enabled: None, ..user(None, None) };
        let kept = refreshed(state.clone(), &instance, silent);
        assert_eq!((&kept.user_mail, &kept.enabled), (&state.user_mail, &state.enabled));
        assert_eq!(kept.password, state.password);
        assert_eq!(kept.region, Attr::Known("cn-shanghai".into()), "a region that was not known becomes known");
    }
}
