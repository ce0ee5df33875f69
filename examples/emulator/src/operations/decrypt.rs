//! Decrypt of KMS: gives back what was told beforehand, to those who name the right region and context.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use crate::config::{Ciphertext, DEFAULT_REGION};
use crate::refusal::Refusal;

/// Ids of the key and its version; there is one of each.
const KEY: &str = "202b9877-5a25-46e3-a763-e20791b50001";
const KEY_VERSION: &str = "2ab1a983-7072-4bbc-a582-584b5bd80001";

pub(super) fn run(ask: &Ask<'_>, ciphertexts: &[Ciphertext]) -> Result<Value, Refusal> {
    let Some(blob) = ask.parameters.given("CiphertextBlob") else {
        let message = "The parameter \"CiphertextBlob\" is needed but not provided.";
        return Err(Refusal::of("MissingParameter").reworded(Some(400), Some(message)));
    };
    let bad = |parameter: &str| {
        let message = format!("The specified parameter \"{parameter}\" is not valid.");
        Refusal::of(&ask.switches.bad_ciphertext).reworded(Some(400), Some(&message))
    };
    let known = ciphertexts.iter().find(|known| known.ciphertext_blob == blob).ok_or_else(|| bad("CiphertextBlob"))?;
    // Without a region it is that of the endpoint.
    if known.region != ask.parameters.given("RegionId").unwrap_or(DEFAULT_REGION) {
        return Err(Refusal::of(&ask.switches.foreign_ciphertext));
    }
    let context: BTreeMap<String, String> = match ask.parameters.given("EncryptionContext") {
        None => BTreeMap::new(),
        Some(text) => serde_json::from_str(text).map_err(|_| bad("EncryptionContext"))?,
    };
    if context != known.encryption_context {
        return Err(bad("CiphertextBlob"));
    }
    Ok(json!({ "KeyId": KEY, "KeyVersionId": KEY_VERSION, "Plaintext": known.plaintext }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::outside::Outside;
    use crate::testing::{DECRYPT, Desk, LIST, Pairs, refusal};

    const V2016: (&str, &str) = ("Version", "2016-01-20");
    const PLAIN: (&str, &str) = ("CiphertextBlob", "cGxhaW4=");
    const BOUND: (&str, &str) = ("CiphertextBlob", "Ym91bmQ=");

    fn desk() -> Desk {
        let ciphertexts = vec![
            Ciphertext::new(PLAIN.1, "first-pass1"),
            Ciphertext::new(BOUND.1, "second-pass2").with_context("app", "sag").in_region("eu-central-1"),
        ];
        Desk::configured(&Config { ciphertexts, ..Config::default() })
    }

    #[test]
    fn what_was_told_is_given_back() {
        let mut desk = desk();
        let answer = desk.ask(DECRYPT, &[V2016, PLAIN]);
        assert_eq!(answer, json!({"KeyId": KEY, "KeyVersionId": KEY_VERSION, "Plaintext": "first-pass1"}));
        let bound = [V2016, BOUND, ("RegionId", "eu-central-1"), ("EncryptionContext", r#"{ "app": "sag" }"#)];
        assert_eq!(desk.ask(DECRYPT, &bound)["Plaintext"], "second-pass2");
    }

    #[test]
    fn another_text_region_or_context_is_refused() {
        let elsewhere = ("RegionId", "eu-central-1");
        let context = |text: &'static str| ("EncryptionContext", text);
        let cases: [(Pairs<'_>, (u16, &str)); 8] = [
            (&[], (400, "MissingParameter")),
            (&[("CiphertextBlob", "b3RoZXI=")], (400, "InvalidParameter")),
            (&[PLAIN, elsewhere], (404, "Forbidden.KeyNotFound")),
            (&[BOUND], (404, "Forbidden.KeyNotFound")),
            (&[PLAIN, context(r#"{"app":"sag"}"#)], (400, "InvalidParameter")),
            (&[BOUND, elsewhere], (400, "InvalidParameter")),
            (&[BOUND, elsewhere, context(r#"{"app":"SAG"}"#)], (400, "InvalidParameter")),
            (&[BOUND, elsewhere, context("app=sag")], (400, "InvalidParameter")),
        ];
        for (own, (status, code)) in cases {
            assert_eq!(desk().refused(DECRYPT, &[&[V2016], own].concat()), (status, code.to_owned()), "{own:?}");
        }
    }

    #[test]
    fn the_codes_are_switches() {
        let mut desk = desk();
        desk.service.switches.bad_ciphertext = "InvalidCiphertext".to_owned();
        desk.service.switches.foreign_ciphertext = "Forbidden.NoPermission".to_owned();
        assert_eq!(desk.refused(DECRYPT, &[V2016, ("CiphertextBlob", "x")]).1, "InvalidCiphertext");
        assert_eq!(desk.refused(DECRYPT, &[V2016, BOUND]), (403, "Forbidden.NoPermission".to_owned()));
    }

    #[test]
    fn each_product_has_its_own_version_and_name() {
        let mut desk = desk();
        assert_eq!(desk.refused(DECRYPT, &[PLAIN]).1, "InvalidVersion");
        assert_eq!(desk.refused(LIST, &[V2016]).1, "InvalidVersion");
        let reply = desk.reply(DECRYPT, &[V2016, BOUND]);
        assert_eq!(refusal(&reply).1, "Forbidden.KeyNotFound");
        assert!(reply.body.contains(r#""HostId":"kms.cn-shanghai.aliyuncs.com""#), "{}", reply.body);
        assert!(desk.reply(DECRYPT, &[PLAIN]).body.contains("product=Kms"), "the gateway's link");
    }

    #[test]
    fn texts_can_be_added_later_and_replaced_and_a_reset_forgets_them() {
        let mut desk = desk();
        for plaintext in ["third-pass3", "fourth-pass4"] {
            desk.outside(Outside::AddCiphertext(Ciphertext::new("bmV3", plaintext)));
            assert_eq!(desk.ask(DECRYPT, &[V2016, ("CiphertextBlob", "bmV3")])["Plaintext"], plaintext);
        }
        desk.service.reset();
        assert_eq!(desk.refused(DECRYPT, &[V2016, ("CiphertextBlob", "bmV3")]).1, "InvalidParameter");
        assert_eq!(desk.ask(DECRYPT, &[V2016, PLAIN])["Plaintext"], "first-pass1");
    }

    #[test]
    fn no_record_holds_what_was_decrypted() {
        let mut desk = desk();
        desk.ask(DECRYPT, &[V2016, PLAIN]);
        let call = &desk.service.calls()[0];
        assert_eq!(call.parameter("CiphertextBlob"), Some(PLAIN.1));
        let printed = format!("{call} {call:?} {:?}", desk.service);
        assert!(!printed.contains("first-pass1"), "{printed}");
    }
}
