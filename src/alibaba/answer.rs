//! The reply of the service: an answer, or an error by its code.

use std::fmt;

use http::HeaderMap;
use serde_json::Value;

use super::error::{Error, Refusal};
use super::operation::{Operation, Product};
use super::redaction::Redaction;
use super::transport::Reply;

/// A successful answer. `Debug` shows no field of it: it may hold what was decrypted.
#[derive(Clone, PartialEq)]
pub struct Answer {
    /// The whole JSON object.
    pub json: Value,
    /// What the service's support asks for; empty where the service gave none.
    pub request_id: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

/// What of the request is needed to judge the reply.
pub struct Asked<'a> {
    /// The product that was called.
    pub product: &'static Product,
    /// The operation that was called.
    pub operation: &'static Operation,
    /// What was signed.
    pub string_to_sign: &'a str,
    /// The secrets that were sent.
    pub redaction: &'a Redaction,
}

/// Reads a reply. The code in the body decides, not the HTTP status: the gateway and the product disagree about those.
pub fn read(reply: &Reply, asked: &Asked<'_>) -> Result<Answer, Error> {
    let action = asked.operation.action;
    let success = (200..300).contains(&reply.status);
    // The text of serde's error quotes values, so it is not shown.
    let Ok(json @ Value::Object(_)) = serde_json::from_slice::<Value>(&reply.body) else {
        return Err(if success {
            Error::Malformed { action, problem: format!("it is no JSON object ({})", content(reply)) }
        } else {
            unexpected(reply, action)
        });
    };
    let request_id = text(&json, "RequestId").or_else(|| header(&reply.headers, "x-acs-request-id"));
    match text(&json, "Code") {
        Some(code) if !success || json.get("Message").is_some() => {
            Err(Error::Api(Box::new(refusal(reply, asked, &json, code, request_id))))
        }
        _ if success => {
            let request_id = request_id.unwrap_or_default().to_owned();
            Ok(Answer { json, request_id })
        }
        _ => Err(unexpected(reply, action)),
    }
}

fn refusal(reply: &Reply, asked: &Asked<'_>, json: &Value, code: &str, request_id: Option<&str>) -> Refusal {
    let shown = |text: &str| asked.redaction.apply(text);
    let message = text(json, "Message").unwrap_or_default();
    // Such a message quotes the string to sign, which holds all parameters in encoded form: it is compared, not shown.
    let signed = message.split_once("string to sign is:").map(|(_, signed)| signed.trim());
    let about_signature = matches!(code, "SignatureDoesNotMatch" | "IncompleteSignature") || signed.is_some();
    Refusal {
        product: asked.product.code,
        action: asked.operation.action,
        code: code.to_owned(),
        hides_code: !is_constant(code) && shown(code) != code || asked.redaction.is_exactly(code),
        caller: None,
        message: if about_signature {
            "the signature is not the one that the service calculated".to_owned()
        } else {
            shown(message)
        },
        // Of the service's own making; it is what its support asks for.
        request_id: request_id.map(|id| if is_request_id(id) { id.to_owned() } else { shown(id) }),
        http_status: reply.status,
        recommend: text(json, "Recommend").map(shown),
        same_string_to_sign: signed.map(|signed| signed == asked.string_to_sign),
    }
}

/// Whether it is hexadecimal digits and hyphens, as the ids of requests are.
fn is_request_id(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether it is words of letters, each with a capital in front and points between them, as the codes of the services are.
/// A password that is such a word too must not keep anybody from seeing that the service throttles.
fn is_constant(code: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    code.len() <= 64 && code.split('.').all(is_word)
}

fn unexpected(reply: &Reply, action: &'static str) -> Error {
    Error::Unexpected { action, http_status: reply.status, content: content(reply) }
}

/// Type and length: the text itself may echo the request.
fn content(reply: &Reply) -> String {
    let kind = header(&reply.headers, "content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let plain =
        !kind.is_empty() && kind.len() <= 64 && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.+-".contains(&b));
    format!("{}, {} bytes", if plain { kind } else { "no content type" }, reply.body.len())
}

fn text<'a>(json: &'a Value, name: &str) -> Option<&'a str> {
    json.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
}
