//! What a client user will be.

use super::password::{self, Given};
use super::{ClientUser, ClientUserResource, id};
use crate::framework::{Attr, Diagnostic, Plan, Resource};
use crate::provider::client::Client;
use crate::provider::region;

pub fn plan(client: Option<&Client>, plan: &mut Plan<ClientUser>) {
    let planned_id = planned_id(plan);
    let places = (ClientUser::region(), ClientUser::sag_id());
    let sag_id = plan.planned(ClientUser::sag_id());
    let removed = sag_id.known().map(|sag_id| region::removed_from(ClientUserResource::NAME, sag_id));
    let keys: Vec<String> = planned_id.known().cloned().into_iter().chain(removed).collect();
    region::plan(plan, client, places, &keys, |user| (&user.region, &user.sag_id));
    if plan.creates() {
        credentials_go_together(plan);
        name_is_in_shape(plan);
    } else {
        password_appears(plan);
        write_only_needs_a_version(plan);
    }
    plan.set(ClientUser::id(), planned_id);
}

/// The id is known as soon as its parts are.
fn planned_id(plan: &Plan<ClientUser>) -> Attr<String> {
    match (plan.planned(ClientUser::sag_id()), plan.planned(ClientUser::user_name())) {
        (Attr::Known(sag_id), Attr::Known(user_name)) => Attr::Known(id(&sag_id, &user_name)),
        _ => Attr::Unknown,
    }
}

/// The service wants a new account with both user name and password, or with neither.
fn credentials_go_together(plan: &mut Plan<ClientUser>) {
    let rule = "The service creates an account with both, or with neither: then it takes the mail address as the name and \
                makes up a password.";
    let detail = match (&plan.config.user_name, password::is_given(&plan.config)) {
        (Attr::Known(user_name), Given::No) => format!(
            "user_name is {user_name:?} and no password is written. {rule} Write password, password_wo or \
             kms_encrypted_password, or leave user_name out."
        ),
        (Attr::Null, Given::Yes) => {
            format!("A password is written and user_name is not. {rule} Write a user_name, or leave the password out.")
        }
        _ => return,
    };
    plan.tell(Diagnostic::error("user_name and a password go together", detail).at(ClientUser::user_name()));
}

fn name_is_in_shape(plan: &mut Plan<ClientUser>) {
    let Some(name) = plan.config.user_name.known().filter(|name| !is_usual_name(name)) else { return };
    let detail = format!(
        "user_name is {name:?}. The service wants 7 to 33 letters, digits, \"_\", \"@\", \".\" or \"-\", first a letter or \
         digit, and will most likely refuse this one. (Accounts made under older rules have other names.)"
    );
    plan.tell(Diagnostic::warning("Unusual user name", detail).at(ClientUser::user_name()));
}

fn is_usual_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first
        && (7..=33).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_@.-".contains(&byte))
}

/// Without a version nothing tells that a write-only password is to be set.
fn write_only_needs_a_version(plan: &mut Plan<ClientUser>) {
    if !plan.config.password_wo.0.is_null() && plan.config.password_wo_version.is_null() {
        let detail = "The account exists, and password_wo is written without password_wo_version. A write-only password is \
                      set when an account is created and whenever the version changes, so it is not set now. Write \
                      password_wo_version, and change it whenever the password is to be set again.";
        plan.tell(Diagnostic::warning("The write-only password is not set", detail).at(ClientUser::user_name()));
    }
}

/// A password on an account that had none here, such as after an import, is set once.
fn password_appears(plan: &mut Plan<ClientUser>) {
    let config = &plan.config;
    let asks =
        !(config.password.is_null() && config.password_wo_version.is_null() && config.kms_encrypted_password.is_null());
    if asks && !plan.prior.as_ref().is_some_and(password::is_remembered) {
        let detail = "The account exists, and no password of it is known here. Applying resets its password to the one that \
                      is written, and the service mails the user. To leave the password as it is, remove the argument.";
        plan.tell(Diagnostic::warning("The password of an existing account will be reset", detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_told_from_unusual_ones() {
        for name in ["alice.w", "1234567", "a_b@c.d-e", &"a".repeat(33)] {
            assert!(is_usual_name(name), "{name}");
        }
        for name in ["alice", "_alice.w", "alice w", "älice.w", "", &"a".repeat(34)] {
            assert!(!is_usual_name(name), "{name}");
        }
    }
}
