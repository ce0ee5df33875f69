//! The Key Management Service: turning a cipher text that stands in a configuration into a password.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::{RpcClient, Settings};
use super::error::Error;
use super::operation::{Operation, Parameters, Product};
use super::patience::Patience;
use crate::secret::Secret;

/// Every region has an endpoint that follows the pattern of all products.
static PRODUCT: Product =
    Product { code: "kms", version: "2016-01-20", endpoints: &[], transient_codes: &[], final_codes: &[] };

/// Who may decrypt needs no more than the cipher text, so that is not shown either.
static DECRYPT: Operation =
    Operation { action: "Decrypt", idempotent: true, secret_parameters: &["CiphertextBlob", "EncryptionContext"] };

/// The Key Management Service. Cheap to clone.
#[derive(Clone)]
pub struct Kms(RpcClient);

impl Kms {
    /// Does nothing yet. `settings.endpoint` is that of this product: the endpoint of another one answers nothing here.
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
