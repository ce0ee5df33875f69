//! The Key Management Service: turning a cipher text that stands in a configuration into a password.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::{RpcClient, Settings};
use super::error::Error;
use super::operation::{Operation, Parameters, Product};
use super::patience::Patience;
use crate::secret::Secret;

/// Every region has an endpoint that follows the pattern of all products.
static PRODUCT: Product = Product {
    code: "kms",
    version: "2016-01-20",
    endpoints: &[],
    without_vpc: &[],
    transient_codes: &[],
    final_codes: &[],
};

/// Whoever may decrypt needs no more than these two to have the password, so they are not shown either.
static DECRYPT: Operation =
    Operation { action: "Decrypt", idempotent: true, secret_parameters: &["CiphertextBlob", "EncryptionContext"] };

/// The Key Management Service. Cheap to clone.
#[derive(Clone)]
pub struct Kms(RpcClient);

impl Kms {
    /// Does nothing yet. `settings.route` is that of this product: the endpoint of another one answers nothing here.
    pub fn new(settings: Settings) -> Self {
        Self(RpcClient::new(&PRODUCT, settings))
    }

    /// Decrypts a text with the key that it was encrypted with, which must live in `region`. The context must be the one
    /// that was given when the text was encrypted; an empty one is none.
    ///
    /// The plain text is what the service answers, in the form in which it was given to be encrypted.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Malformed`] when the answer has no plain text.
    pub async fn decrypt(
        &self,
        region: &str,
        ciphertext_blob: &str,
        encryption_context: Option<&BTreeMap<String, String>>,
        patience: &Patience,
    ) -> Result<Secret, Error> {
        let context = encryption_context.filter(|context| !context.is_empty()).map(|context| {
            let pairs = context.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
            Value::Object(pairs.collect()).to_string()
        });
        let parameters =
            Parameters::new().with("CiphertextBlob", ciphertext_blob).with_optional("EncryptionContext", context);
        let mut answer = self.0.call(&DECRYPT, region, parameters, patience).await?;
        // Moved, not copied, so that it is wiped in the end.
        match answer.json.get_mut("Plaintext").map(Value::take) {
            Some(Value::String(plaintext)) if !plaintext.is_empty() => Ok(Secret::new(plaintext)),
            _ => Err(Error::Malformed { action: DECRYPT.action, problem: "Plaintext is missing".to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use time::OffsetDateTime;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::alibaba::credentials::{Block, Chain};
    use crate::alibaba::endpoints::Route;
    use crate::alibaba::scripted_server::{Play, Server};
    use crate::world::World;

    fn settings(environment: &[(&str, &str)]) -> Settings {
        let keys = Block {
            access_key: Some("testid".to_owned()),
            secret_key: Some(Secret::from("testsecret")),
            security_token: None,
        };
        Settings::new(Chain::new(vec![Box::new(keys)]), World::fixed(OffsetDateTime::UNIX_EPOCH, environment))
    }

    fn patience() -> Patience {
        Patience::lasting(Duration::from_secs(60), CancellationToken::new())
    }

    async fn decrypt(server: &Server, encryption_context: Option<&BTreeMap<String, String>>) -> Result<Secret, Error> {
        let kms = Kms::new(Settings { route: Route::to(&server.address), ..settings(&[]) });
        kms.decrypt("eu-central-1", "Q2lwaGVy+/8=", encryption_context, &patience()).await
    }

    fn answering(answer: &Value) -> Server {
        Server::playing(vec![Play::json(200, answer)])
    }

    #[tokio::test]
    async fn the_plain_text_is_what_the_service_answers() {
        let server = answering(&json!({"Plaintext": "aHVudGVyMg==", "KeyId": "202b", "RequestId": "2075"}));
        assert_eq!(decrypt(&server, None).await, Ok(Secret::from("aHVudGVyMg==")));
    }

    #[tokio::test]
    async fn cipher_text_and_context_are_sent_and_no_context_when_there_is_none() {
        let pairs = [("purpose", "dial \"in\""), ("app", "sag")];
        let context = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (given, expected) in [
            (None, None),
            (Some(BTreeMap::new()), None),
            (Some(context), Some(r#"{"app":"sag","purpose":"dial \"in\""}"#)),
        ] {
            let server = answering(&json!({"Plaintext": "x", "RequestId": "2075"}));
            decrypt(&server, given.as_ref()).await.unwrap();
            let form = &server.requests()[0].form;
            let sent = |name: &str| form.get(name).map(String::as_str);
            assert_eq!(sent("EncryptionContext"), expected);
            assert_eq!(
                ["Action", "Version", "RegionId", "CiphertextBlob"].map(sent),
                ["Decrypt", "2016-01-20", "eu-central-1", "Q2lwaGVy+/8="].map(Some)
            );
        }
    }

    #[tokio::test]
    async fn an_answer_without_a_plain_text_is_malformed_and_quotes_nothing() {
        for answer in [json!({}), json!({"Plaintext": null}), json!({"Plaintext": ""}), json!({"Plaintext": [12345]})] {
            let error = decrypt(&answering(&answer), None).await.unwrap_err();
            assert!(matches!(error, Error::Malformed { action: "Decrypt", .. }), "{answer}: {error:?}");
            assert!(!error.to_string().contains("12345"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_refusal_shows_no_cipher_text_and_says_what_to_do() {
        let body = json!({"HttpStatus": 404, "Code": "Forbidden.KeyNotFound", "RequestId": "2075",
                          "Message": "The specified Key is not found: Q2lwaGVy+/8= Q2lwaGVy%2B%2F8%3D"});
        let server = Server::playing(vec![Play::json(404, &body)]);
        let error = decrypt(&server, None).await.unwrap_err();
        assert_eq!(error.code(), Some("Forbidden.KeyNotFound"));
        assert!(!format!("{error} {error:?}").contains("Q2lwaGVy"), "{error:?}");
        assert!(error.advice().unwrap_or_default().contains("region"), "{error:?}");
    }

    #[tokio::test]
    async fn what_is_not_there_for_a_moment_is_asked_again() {
        let busy = json!({"Code": "SerivceUnavailableTemporary", "Message": "Service Unavailable Temporary."});
        let server = Server::playing(vec![Play::json(503, &busy), Play::json(200, &json!({"Plaintext": "x"}))]);
        assert_eq!(decrypt(&server, None).await, Ok(Secret::from("x")));
    }

    #[test]
    fn the_endpoint_follows_the_region_unless_the_environment_names_one() {
        for (variables, expected) in [
            (&[][..], "https://kms.eu-central-1.aliyuncs.com"),
            (&[("KMS_ENDPOINT", "kms-vpc.eu-central-1.aliyuncs.com")], "https://kms-vpc.eu-central-1.aliyuncs.com"),
            (&[("ALIBABA_CLOUD_ENDPOINT_KMS", "kms.example.com")], "https://kms.example.com"),
            (&[("ALIBABA_CLOUD_ENDPOINT_SMARTAG", "smartag.example.com")], "https://kms.eu-central-1.aliyuncs.com"),
        ] {
            assert_eq!(Kms::new(settings(variables)).0.endpoint("eu-central-1").as_deref(), Ok(expected));
        }
    }
}
