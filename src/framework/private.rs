use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

/// What a resource keeps beside its state, unseen by the user: keyed JSON.
///
/// Keys that this version does not know are kept, so that an older provider loses nothing of a newer one. Nothing
/// secret goes in here: state files hold it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(BTreeMap<String, Json>);

impl Private {
    /// Reads what [`Private::to_bytes`] wrote. Anything else counts as empty: it is only a memory, and an object must
    /// not become unmanageable because it was lost.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// As it goes to Terraform; no bytes where there is nothing to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        serde_json::to_vec(&self.0).expect("keyed JSON values are always JSON")
    }

    /// What stands under a key, if it is there and of that shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.0.get(key).and_then(|value| T::deserialize(value).ok())
    }

    /// Puts something under a key.
    pub fn set(&mut self, key: &str, content: impl Serialize) {
        if let Ok(value) = serde_json::to_value(content) {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_another_version_are_kept() {
        let mut private = Private::from_bytes(br#"{"future":{"a":[1]},"region":"cn-shanghai"}"#);
        assert_eq!(private.get::<String>("region").as_deref(), Some("cn-shanghai"));
        assert_eq!(private.get::<u32>("region"), None);
        private.remove("region");
        private.set("now", 5);
        assert_eq!(private.to_bytes(), br#"{"future":{"a":[1]},"now":5}"#);
    }

    #[test]
    fn nothing_and_rubbish_are_empty() {
        for bytes in [&b""[..], b"\0\x01", b"[]"] {
            assert_eq!(Private::from_bytes(bytes), Private::default());
        }
        assert!(Private::default().to_bytes().is_empty());
    }
}
