//! Temporary keys as services hand them out in JSON.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Credentials;
use crate::secret::Secret;

/// How the parts are called.
pub struct Names {
    /// The id of the access key.
    pub id: &'static str,
    /// The secret of the access key.
    pub secret: &'static str,
    /// The security token.
    pub token: &'static str,
    /// When they end.
    pub expiration: &'static str,
}

/// As STS, the metadata service and credentials URIs call them.
pub const OF_SERVICES: Names =
    Names { id: "AccessKeyId", secret: "AccessKeySecret", token: "SecurityToken", expiration: "Expiration" };

/// Takes the keys out of an object.
///
/// # Errors
/// What is missing, without quoting a value.
pub fn take(json: &mut Value, names: &Names) -> Result<Credentials, String> {
    let mut text = |name: &str| match json.get_mut(name).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let (id, secret) = (text(names.id), text(names.secret).map(Secret::new));
    let (token, expiration) = (text(names.token).map(Secret::new), text(names.expiration));
    let missing = |name: &str| format!("{name} is missing");
    let access_key_id = id.ok_or_else(|| missing(names.id))?;
    let access_key_secret = secret.ok_or_else(|| missing(names.secret))?;
    let parse = |text: String| OffsetDateTime::parse(&text, &Rfc3339);
    let expires = expiration.map(parse).transpose();
    let expires = expires.map_err(|_| format!("{} is no time like 2030-01-31T12:00:00Z", names.expiration))?;
    Ok(Credentials { access_key_id, access_key_secret, security_token: token, expires })
}

/// Takes the keys out of a body that must hold temporary ones.
///
/// # Errors
/// As [`take`]; also when the body is no JSON object.
pub fn temporary(body: &[u8]) -> Result<Credentials, String> {
    // The text of serde's error may quote values.
    let Ok(mut json @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
        return Err(format!("it is no JSON object ({} bytes)", body.len()));
    };
    match json.get("Code").and_then(Value::as_str) {
        None | Some("Success") => {}
        Some(_) => return Err("its Code is not Success".to_owned()),
    }
    let keys = take(&mut json, &OF_SERVICES)?;
    match keys.security_token {
        Some(_) => Ok(keys),
        None => Err(format!("{} is missing", OF_SERVICES.token)),
    }
}
