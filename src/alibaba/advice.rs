//! What a user can do about an error: a table by code, and a few words for the rest.

use super::error::{Error, Refusal};

/// Codes with what to do about them. A name that ends in `*` stands for all codes that begin so; the first match counts.
const BY_CODE: &[(&str, &str)] = &[
    (
        "InvalidAccessKeyId.NotFound",
        "The access key does not exist in the account that the endpoint belongs to. Check its id for typing errors, and \
         whether it was deleted; the China and the international site of Alibaba Cloud are two sets of accounts.",
    ),
    ("InvalidAccessKeyId.Inactive", "The access key is disabled. Enable it in the RAM console, or use another one."),
    (
        "InvalidTimeStamp.Expired",
        "The clock of this machine differs from the service's by more than 15 minutes. Set it, and synchronize it with a \
         time server.",
    ),
    (
        "InvalidTimeStamp.*",
        "The service did not accept the time stamp of the request. Check the clock of this machine.",
    ),
    ("IllegalTimestamp", "The service did not accept the time stamp of the request. Check the clock of this machine."),
    ("InvalidSecurityToken.Expired", "The temporary credentials have expired. Fetch new ones and run again."),
    (
        "InvalidSecurityToken.*",
        "The security token does not belong to the access key. Take access key id, secret and token from the same answer of \
         STS.",
    ),
    (
        "MissingSecurityToken",
        "The access key is a temporary one (its id begins with \"STS.\"): the security token that came with it is needed too.",
    ),
    (
        "InvalidProtocol.NeedSsl",
        "The service accepts encrypted requests only. Remove protocol = \"HTTP\", or write an endpoint that begins with https://.",
    ),
    (
        "InvalidAction.NotFound",
        "The endpoint does not know this action. Check that the endpoint belongs to this product and that the product is \
         offered in the region.",
    ),
    ("InvalidApi.NotFound", "The endpoint does not know this action. Check that the endpoint belongs to this product."),
    (
        "InvalidVersion",
        "The endpoint does not know this version of the API. Check that the endpoint belongs to this product.",
    ),
    (
        "Throttling*",
        "The account makes more calls than the service allows. Run with a lower -parallelism, or allow more time for the \
         operation.",
    ),
    (
        "Rejected.Throttling",
        "The account makes more calls than the service allows. Run with a lower -parallelism, or allow more time for the \
         operation.",
    ),
    (
        "EntityNotExist.Role",
        "The role does not exist. Check its ARN: the id of the account, and the name with its capitals.",
    ),
    (
        "AuthenticationFail.*",
        "STS did not accept the token of the identity provider. Check that the provider in RAM has the issuer and client id \
         of the token, that the role trusts it, and that the token is not older than it may be.",
    ),
    ("ServiceUnavailable", "The service is out of order for the moment. Run again later."),
    ("InternalError", "The service failed by itself. Run again later; if it stays, give the RequestId to its support."),
];

/// The same for codes of the Security Token Service.
const OF_STS: &[(&str, &str)] = &[
    (
        "NoPermission*",
        "The role's trust policy must name whoever assumes it, and external_id must be what that policy demands. Whoever \
         assumes it must be allowed sts:AssumeRole on the role, and cannot be the account itself.",
    ),
    ("InvalidParameter.RoleArn", "Write the ARN of the role as acs:ram::<account>:role/<name>."),
    (
        "InvalidParameter.RoleSessionName",
        "The name of the session must be 2 to 64 letters, digits, \".\", \"@\", \"-\" or \"_\".",
    ),
    (
        "InvalidParameter.DurationSeconds",
        "The session must last 900 seconds at least, and no longer than the role's own limit, which RAM shows as its maximum \
         session duration.",
    ),
    ("InvalidParameter.Policy*", "The policy must be one of RAM in JSON, with \"Version\": \"1\" and a \"Statement\"."),
];

/// The same for codes of the Key Management Service.
const OF_KMS: &[(&str, &str)] = &[
    (
        "Forbidden.KeyNotFound",
        "The key that the text was encrypted with does not exist in this region and account, or was deleted. A key lives in \
         one region: encrypt the text with a key of the region that it is decrypted in.",
    ),
    (
        "Forbidden.KmsServiceNotEnabled",
        "The account has not activated the Key Management Service. Activate it in the KMS console.",
    ),
    ("Rejected.Disabled", "The key that the text was encrypted with is disabled. Enable it in the KMS console."),
    // Both spellings stand in the documents.
    (
        "Rejected.PendingDeletion",
        "The key that the text was encrypted with is about to be deleted. Cancel that in the KMS console.",
    ),
    (
        "Rejetced.PendingDeletion",
        "The key that the text was encrypted with is about to be deleted. Cancel that in the KMS console.",
    ),
    (
        "InvalidParameter",
        "Check that the cipher text is complete, and that the encryption context is the one with which it was encrypted.",
    ),
];

/// What to do about `error`.
pub fn of(error: &Error) -> Option<String> {
    match error {
        Error::Api(refusal) => of_refusal(refusal),
        Error::Unclear { .. } => Some(
            "Check whether the call took effect before it is made again; running again does so.".to_owned(),
        ),
        Error::Connect { endpoint, .. } => Some(format!(
            "Check that {endpoint} can be reached from this machine: the region, the endpoint in the settings, name \
             resolution, firewall and proxy (HTTPS_PROXY, NO_PROXY)."
        )),
        Error::Blocked { advice, .. } => Some((*advice).to_owned()),
        Error::Certificate { .. } => Some(
            "If a proxy of your company stands in between, add its certificate authority to this machine's store, or name a \
             file with it in SSL_CERT_FILE."
                .to_owned(),
        ),
        Error::Unexpected { http_status: 407, .. } => {
            Some("The proxy wants a user name and password: write them into HTTPS_PROXY.".to_owned())
        }
        Error::Unexpected { .. } => {
            Some("Check the endpoint in the settings and the proxy (HTTPS_PROXY, NO_PROXY).".to_owned())
        }
        Error::TimedOut { last, .. } => last
            .as_deref()
            .and_then(of)
            .or_else(|| Some("Allow more time for the operation, or run again later.".to_owned())),
        Error::Interrupted { endpoint, .. } => Some(format!(
            "Check what stands between this machine and {endpoint}, such as a firewall or a proxy (HTTPS_PROXY, NO_PROXY)."
        )),
        Error::Stopped { .. }
        | Error::Credentials(_)
        | Error::Endpoint(_)
        | Error::Client(_)
        | Error::Malformed { .. } => None,
    }
}

/// Whether a code says something of who called rather than of what was called.
pub fn is_about_caller(code: &str) -> bool {
    const CODES: &[&str] = &[
        "InvalidAccessKeyId*",
        "InvalidSecurityToken*",
        "MissingSecurityToken",
        "SignatureDoesNotMatch",
        "Forbidden*",
        "Forbbiden*",
        "NoPermission*",
    ];
    CODES.iter().any(|pattern| matches(pattern, code))
}

fn of_refusal(refusal: &Refusal) -> Option<String> {
    let caller = refusal.caller.as_ref().map(|caller| format!("The call was made with {caller}."));
    of_code(refusal).into_iter().chain(caller).reduce(|advice, caller| format!("{advice} {caller}"))
}

fn of_code(refusal: &Refusal) -> Option<String> {
    let Refusal { product, action, code, same_string_to_sign, .. } = refusal;
    match code.as_str() {
        "SignatureDoesNotMatch" | "IncompleteSignature" => Some(match same_string_to_sign {
            Some(true) => {
                "The request arrived unchanged, so the access key secret is wrong: it does not belong to this access key id. \
                 Check it for typing errors and for a line break at its end."
            }
            Some(false) => {
                "Something between this machine and the service changed the request. Look for a proxy or gateway that \
                 rewrites requests."
            }
            None => "Most often the access key secret is wrong; otherwise a proxy changes requests on their way.",
        }
        .to_owned()),
        "NoPermission" if *product == "sts" => in_tables(OF_STS, code),
        "Forbidden.RAM" | "Forbidden.NoPermission" | "Forbidden" | "Forbbiden.SubUser" | "NoPermission" => Some(format!(
            "Grant the RAM user or role that calls the action {product}:{action}, on acs:{product}:*:*:* or narrower."
        )),
        _ => {
            let of_product = match *product {
                "kms" => OF_KMS,
                "sts" => OF_STS,
                _ => &[],
            };
            in_tables(of_product, code)
        }
    }
}

fn in_tables(of_product: &[(&str, &str)], code: &str) -> Option<String> {
    let mut rows = of_product.iter().chain(BY_CODE);
    rows.find(|(pattern, _)| matches(pattern, code)).map(|(_, advice)| (*advice).to_owned())
}

fn matches(pattern: &str, code: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => code.starts_with(beginning),
        None => code == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, same: Option<bool>) -> Error {
        Error::Api(Box::new(Refusal {
            product: "smartag",
            action: "KickOutClients",
            code: code.to_owned(),
            hides_code: false,
            caller: None,
            message: String::new(),
            request_id: None,
            http_status: 400,
            recommend: None,
            same_string_to_sign: same,
        }))
    }

    #[test]
    fn common_codes_have_advice_that_names_what_to_change() {
        for (code, same, word) in [
            ("InvalidAccessKeyId.NotFound", None, "does not exist"),
            ("InvalidAccessKeyId.Inactive", None, "disabled"),
            ("InvalidTimeStamp.Expired", None, "clock"),
            ("InvalidTimeStamp.Format", None, "clock"),
            ("InvalidSecurityToken.Expired", None, "expired"),
            ("InvalidSecurityToken.MismatchWithAccessKey", None, "does not belong"),
            ("MissingSecurityToken", None, "temporary"),
            ("Forbidden.RAM", None, "smartag:KickOutClients"),
            ("Throttling", None, "-parallelism"),
            ("Throttling.Api.Concurrency", None, "-parallelism"),
            ("InvalidProtocol.NeedSsl", None, "https://"),
            ("SignatureDoesNotMatch", Some(true), "secret is wrong"),
            ("SignatureDoesNotMatch", Some(false), "changed the request"),
        ] {
            let advice = refusal(code, same).advice().unwrap_or_default();
            assert!(advice.contains(word), "{code}: {advice}");
        }
        assert_eq!(refusal("ClientUser.NameInvalid", None).advice(), None);
    }

    #[test]
    fn codes_of_the_key_management_service_have_advice_of_their_own() {
        for (code, word) in [
            ("Forbidden.KeyNotFound", "one region"),
            ("Forbidden.KmsServiceNotEnabled", "Activate"),
            ("Rejected.Disabled", "Enable"),
            ("Rejected.PendingDeletion", "about to be deleted"),
            ("Rejetced.PendingDeletion", "about to be deleted"),
            ("InvalidParameter", "encryption context"),
            ("Forbidden.RAM", "kms:Decrypt"),
            ("Forbidden.NoPermission", "kms:Decrypt"),
            ("Throttling", "-parallelism"),
        ] {
            let Error::Api(refusal) = refusal(code, None) else { unreachable!() };
            let of_kms = Error::Api(Box::new(Refusal { product: "kms", action: "Decrypt", ..*refusal }));
            let advice = of_kms.advice().unwrap_or_default();
            assert!(advice.contains(word), "{code}: {advice}");
        }
        assert_eq!(refusal("InvalidParameter", None).advice(), None, "the same code of another product");
    }

    #[test]
    fn codes_of_the_security_token_service_have_advice_of_their_own() {
        for (code, word) in [
            ("NoPermission", "trust policy"),
            ("InvalidParameter.RoleArn", "acs:ram::"),
            ("InvalidParameter.RoleSessionName", "2 to 64"),
            ("InvalidParameter.DurationSeconds", "900"),
            ("InvalidParameter.PolicyGrammar", "JSON"),
            ("EntityNotExist.Role", "capitals"),
            ("SignatureDoesNotMatch", "secret"),
        ] {
            let Error::Api(refusal) = refusal(code, None) else { unreachable!() };
            let of_sts = Error::Api(Box::new(Refusal { product: "sts", action: "AssumeRole", ..*refusal }));
            let advice = of_sts.advice().unwrap_or_default();
            assert!(advice.contains(word), "{code}: {advice}");
        }
    }

    #[test]
    fn a_call_that_ran_out_of_time_advises_what_its_last_refusal_does() {
        let late = Error::TimedOut {
            action: "KickOutClients",
            after: std::time::Duration::from_secs(9),
            last: Some(Box::new(refusal("Throttling.User", None))),
        };
        assert!(late.advice().unwrap_or_default().contains("-parallelism"));
    }
}
