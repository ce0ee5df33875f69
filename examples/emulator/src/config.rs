//! What an emulator starts with: access keys, roles, instances, switches.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::{AccessKey, Role};
use crate::switches::Switches;

/// Id of the access key that is there unless others are configured. It is obviously no real one.
pub const DEFAULT_ACCESS_KEY_ID: &str = "LTAI-emulator-id";
/// Secret of [`DEFAULT_ACCESS_KEY_ID`].
pub const DEFAULT_ACCESS_KEY_SECRET: &str = "emulator-secret";
/// The instance that is there unless others are configured.
pub const DEFAULT_INSTANCE: &str = "sag-emulator0001";
/// The region of [`DEFAULT_INSTANCE`].
pub const DEFAULT_REGION: &str = "cn-shanghai";

/// What an emulator starts with, and returns to when it is reset.
#[derive(Clone, Debug)]
pub struct Config {
    /// Access keys that may sign.
    pub keys: Vec<AccessKey>,
    /// Roles that may be assumed.
    pub roles: Vec<Role>,
    /// Software instances that exist.
    pub instances: Vec<InstanceConfig>,
    /// What KMS can decrypt.
    pub ciphertexts: Vec<Ciphertext>,
    /// Choices that the documents leave open.
    pub switches: Switches,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Whether it speaks TLS, with a certificate of its own; see [`Emulator::certificate`](crate::Emulator::certificate).
    pub is_tls: bool,
    /// Where the request ids start: equal seeds and equal requests give equal answers.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            keys: vec![AccessKey::new(DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET)],
            roles: Vec::new(),
            instances: vec![InstanceConfig::new(DEFAULT_INSTANCE)],
            ciphertexts: Vec::new(),
            switches: Switches::default(),
            port: 0,
            is_tls: false,
            seed: 0,
        }
    }
}

/// A software instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceConfig {
    /// `sag-` and lower-case letters and digits.
    pub sag_id: String,
    /// Region it lives in.
    #[serde(default = "default_region")]
    pub region: String,
    /// Private block of its clients, `10.0.0.0/8`; empty is none, and Create then answers SAG.CidrEmpty.
    #[serde(default = "default_cidr")]
    pub cidr: String,
    /// How many accounts it takes.
    #[serde(default = "default_quota")]
    pub quota: u32,
    /// What people call it; empty is no name.
    #[serde(default)]
    pub name: String,
}

impl InstanceConfig {
    /// An instance in cn-shanghai with 10.0.0.0/8 and room for 1000 accounts.
    pub fn new(sag_id: &str) -> Self {
        Self {
            sag_id: sag_id.to_owned(),
            region: default_region(),
            cidr: default_cidr(),
            quota: default_quota(),
            name: String::new(),
        }
    }

    /// The same in another region.
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }

    /// The same with another block of addresses.
    pub fn with_cidr(mut self, cidr: &str) -> Self {
        self.cidr = cidr.to_owned();
        self
    }

    /// The same with another number of accounts.
    pub fn with_quota(mut self, quota: u32) -> Self {
        self.quota = quota;
        self
    }

    /// The same with a name.
    pub fn with_name(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }
}

/// A text that KMS can decrypt. `Debug` does not show what it means.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ciphertext {
    /// The text as clients send it; any text will do.
    pub ciphertext_blob: String,
    /// What it means.
    pub plaintext: String,
    /// What must be sent with it, exactly.
    #[serde(default)]
    pub encryption_context: BTreeMap<String, String>,
    /// The region in which its key lives.
    #[serde(default = "default_region")]
    pub region: String,
}

impl Ciphertext {
    /// A text that was encrypted without a context, by a key in cn-shanghai.
    pub fn new(ciphertext_blob: &str, plaintext: &str) -> Self {
        Self {
            ciphertext_blob: ciphertext_blob.to_owned(),
            plaintext: plaintext.to_owned(),
            encryption_context: BTreeMap::new(),
            region: default_region(),
        }
    }

    /// The same with another pair in its context.
    pub fn with_context(mut self, name: &str, value: &str) -> Self {
        self.encryption_context.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same by a key in another region.
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }
}

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ciphertext").field("ciphertext_blob", &self.ciphertext_blob).finish_non_exhaustive()
    }
}

fn default_region() -> String {
    DEFAULT_REGION.to_owned()
}

fn default_cidr() -> String {
    "10.0.0.0/8".to_owned()
}

fn default_quota() -> u32 {
    1000
}
