//! Software instances: which one is meant, and what the service tells about them.

use std::fmt;

use serde_json::Value;

use super::decode::{self, Problem};

/// A Smart Access Gateway software instance. An instance lives in one region and is known only there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InstanceRef {
    /// Region of the instance: `cn-shanghai`.
    pub region: String,
    /// Id of the instance: `sag-…`.
    pub sag_id: String,
}

impl fmt::Display for InstanceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.sag_id, self.region)
    }
}

/// Which instances are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// Only those with one of these ids; none means all.
    pub ids: Vec<String>,
}

/// A software instance as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its id: `sag-…`.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// Its state in the service's words: `Active`; empty where the service gave none.
    pub status: String,
    /// How many users it takes.
    pub user_count: Option<u32>,
    /// When it expires, in milliseconds since 1970.
    pub end_time: Option<i64>,
    /// The private block of addresses of its clients: `10.0.0.0/8`.
    pub cidr_block: Option<String>,
}

impl Instance {
    /// Reads an element of `SmartAccessGateways.SmartAccessGateway`.
    pub(super) fn read(json: &Value) -> Result<Self, Problem> {
        Ok(Self {
            id: decode::text(json, "SmartAGId")?.ok_or_else(|| Problem::missing("SmartAGId"))?,
            name: decode::text(json, "Name")?.unwrap_or_default(),
            status: decode::text(json, "Status")?.unwrap_or_default(),
            user_count: decode::number(json, "UserCount")?,
            end_time: decode::integer(json, "EndTime")?,
            cidr_block: decode::text(json, "CidrBlock")?.filter(|block| !block.is_empty()),
        })
    }
}
