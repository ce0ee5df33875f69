//! Errors of the API as diagnostics: what was being done to whom, what came back, and what to do.

use std::fmt;

use crate::alibaba::Error;
use crate::framework::Diagnostic;
use crate::smartag::InstanceRef;

/// What to do about codes that the Smartag API answers. (Codes that every product answers have their advice there.)
const ADVICE: &[(&str, &str)] = &[
    (
        "SAG.InstanceNoFound",
        "Check sag_id, and that region is the region the instance lives in: an instance is known there only.",
    ),
    (
        "ClientUser.UserOverLimit",
        "The instance has as many users as it was bought for. Remove users, or extend the instance.",
    ),
    ("ClientUser.InvalidClientIp", "client_ip must lie in the private range of the instance and be free."),
    ("ClientUser.IpInvalid", "client_ip must lie in the private range of the instance and be free."),
    ("SAG.CidrEmpty", "The instance has no private range yet. Set one in the SAG console first."),
    (
        "ClientUser.NameInvalid",
        "Check user_name: 7 to 33 letters, digits, \"_\", \"@\", \".\" or \"-\", first a letter or digit. For a user that \
         exists, check that it still does.",
    ),
    ("ClientUser.BandwidthInvalid", "Check bandwidth: some instances allow less than 20000 Kbit/s."),
    ("ClientUser.EmailInvalid", "Check user_mail."),
    ("ResourceInOperating", "The instance is busy with another change. Run again in a moment."),
];

/// What to do about any code that speaks of a password: which one it is, is documented nowhere.
const PASSWORD: &str = "Check the password: 8 to 32 letters, digits, \"_\", \"@\" or \"-\", first a letter or digit. (A changed \
                        password may also have \".\", a new account's not.)";

/// An operation on a user that did not succeed. `doing` completes "Could not …".
pub fn of_user(doing: &str, instance: &InstanceRef, user_name: &str, error: &Error) -> Diagnostic {
    let summary = format!("Could not {doing} client user {user_name}");
    Diagnostic::error(summary, format!("User {user_name} of {instance}: {}", explained(error)))
}

/// A list that could not be read. `what` completes "Could not list the …", and `place` says where it is.
pub fn of_list(what: &str, place: impl fmt::Display, error: &Error) -> Diagnostic {
    Diagnostic::error(format!("Could not list the {what} of {place}"), explained(error))
}

/// What came back and what to do, as sentences.
pub fn explained(error: &Error) -> String {
    let advice = error
        .code()
        .and_then(|code| ADVICE.iter().find(|(known, _)| *known == code))
        .map(|(_, advice)| (*advice).to_owned())
        .or_else(|| error.code().filter(|code| code.contains("Password")).map(|_| PASSWORD.to_owned()))
        .or_else(|| error.advice());
    let mut text = error.to_string();
    if !text.ends_with('.') {
        text.push('.');
    }
    match advice {
        Some(advice) => format!("{text}\n\n{advice}"),
        None => text,
    }
}
