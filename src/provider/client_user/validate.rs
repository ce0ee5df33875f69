//! What arguments of a client user say about each other. Generated configuration writes null for what it does not know, so
//! null is always as good as not written.

use super::ClientUser;
use crate::framework::{Attr, Diagnostic, Diagnostics};

pub fn validate(config: &ClientUser) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let written: Vec<&str> = [
        ("password", config.password.known().is_some()),
        ("password_wo", config.password_wo.0.known().is_some()),
        ("kms_encrypted_password", config.kms_encrypted_password.known().is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_written)| is_written.then_some(name))
    .collect();
    if written.len() > 1 {
        let detail = format!("{} are written. Wanted: at most one of them.", written.join(" and "));
        // Never at a secret: Terraform would print its line.
        diagnostics.push(Diagnostic::error("More than one password", detail));
    }
    if config.password_wo.0.is_null() && config.password_wo_version.known().is_some() {
        let detail = "password_wo_version is written without password_wo. Its changes say when to set the password to \
                      password_wo: write that too, or remove the version.";
        diagnostics
            .push(Diagnostic::error("A version without a password", detail).at(ClientUser::password_wo_version()));
    }
    if config.kms_encrypted_password.is_null() && matches!(config.kms_encryption_context, Attr::Known(_)) {
        let detail = "kms_encryption_context is written without kms_encrypted_password. Write the cipher text too, or \
                      remove the context.";
        diagnostics
            .push(Diagnostic::error("A context without cipher text", detail).at(ClientUser::kms_encryption_context()));
    }
    diagnostics
}
