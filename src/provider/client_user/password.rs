//! The three ways to give a password, and when one is to be set.

use std::collections::BTreeMap;

use super::ClientUser;
use crate::alibaba::Patience;
use crate::framework::{Attr, Diagnostic, Diagnostics};
use crate::provider::client::Client;
use crate::provider::failure;
use crate::secret::Secret;
use crate::smartag::InstanceRef;

/// Whether a configuration gives a password, in any way.
pub fn is_given(config: &ClientUser) -> Given {
    let ways = [
        (config.password.is_null(), config.password.is_unknown()),
        (config.password_wo.0.is_null(), config.password_wo.0.is_unknown()),
        (config.kms_encrypted_password.is_null(), config.kms_encrypted_password.is_unknown()),
    ];
    if ways.iter().any(|(is_null, is_unknown)| !is_null && !is_unknown) {
        Given::Yes
    } else if ways.iter().any(|(_, is_unknown)| *is_unknown) {
        Given::Maybe
    } else {
        Given::No
    }
}

/// Whether something is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Not known yet.
    Maybe,
}

/// Whether a state remembers that a password was set here.
pub fn is_remembered(state: &ClientUser) -> bool {
    !(state.password.is_null() && state.password_wo_version.is_null() && state.kms_encrypted_password.is_null())
}

/// The password to be set when `prior` becomes `planned`; with the default for `prior`, that of a new account. None where
/// nothing asks for it.
pub async fn to_be_set(
    client: &Client,
    instance: &InstanceRef,
    (prior, planned, config): (&ClientUser, &ClientUser, &ClientUser),
    patience: &Patience,
) -> Result<Option<Secret>, Diagnostics> {
    if let Some(password) = planned.password.opt()?.filter(|_| planned.password != prior.password) {
        return Ok(Some(password.clone()));
    }
    let is_new = prior.id.is_null();
    let is_new_version =
        !planned.password_wo_version.is_null() && planned.password_wo_version != prior.password_wo_version;
    if (is_new || is_new_version)
        && let Some(password) = config.password_wo.0.opt()?
    {
        return Ok(Some(password.clone()));
    }
    match planned.kms_encrypted_password.opt()? {
        Some(cipher_text) if planned.kms_encrypted_password != prior.kms_encrypted_password => {
            decrypted(client, instance, cipher_text, &planned.kms_encryption_context, patience).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// The attributes that remember which password was set, as they are in `from`.
pub fn remember(state: ClientUser, from: &ClientUser) -> ClientUser {
    ClientUser {
        password: from.password.clone(),
        password_wo_version: from.password_wo_version.clone(),
        kms_encrypted_password: from.kms_encrypted_password.clone(),
        ..state
    }
}

async fn decrypted(
    client: &Client,
    instance: &InstanceRef,
    cipher_text: &str,
    context: &Attr<BTreeMap<String, Attr<String>>>,
    patience: &Patience,
) -> Result<Secret, Diagnostics> {
    let mut pairs = BTreeMap::new();
    for (key, value) in context.opt()?.into_iter().flatten() {
        pairs.insert(key.clone(), value.get()?.clone());
    }
    let context = (!pairs.is_empty()).then_some(&pairs);
    let password = client.kms()?.decrypt(&instance.region, cipher_text, context, patience).await.map_err(|error| {
        let detail = format!("KMS in {}: {}", instance.region, failure::explained(&error));
        Diagnostic::error("Could not decrypt kms_encrypted_password", detail).at(ClientUser::kms_encrypted_password())
    })?;
    let length = password.expose().chars().count();
    if (8..=32).contains(&length) {
        return Ok(password);
    }
    let detail = format!("The decrypted password has {length} characters. Wanted: 8 to 32. Nothing was changed.");
    let told = Diagnostic::error("Invalid value for kms_encrypted_password", detail);
    Err(told.at(ClientUser::kms_encrypted_password()).into())
}
