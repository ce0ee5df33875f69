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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instance_is_read_from_numbers_and_texts_and_what_is_left_out_is_absent() {
        let full = Instance {
            id: "sag-1".to_owned(),
            name: "office".to_owned(),
            status: "Active".to_owned(),
            user_count: Some(5),
            end_time: Some(1_586_966_399_000),
            cidr_block: Some("10.0.0.0/8".to_owned()),
        };
        let bare = Instance {
            name: String::new(),
            status: String::new(),
            user_count: None,
            end_time: None,
            cidr_block: None,
            ..full.clone()
        };
        for (json, expected) in [
            (
                json!({"SmartAGId": "sag-1", "Name": "office", "Status": "Active", "UserCount": 5,
                       "EndTime": 1_586_966_399_000_i64, "CidrBlock": "10.0.0.0/8", "Links": {"Link": []}}),
                full.clone(),
            ),
            (
                json!({"SmartAGId": "sag-1", "Name": "office", "Status": "Active", "UserCount": "5",
                       "EndTime": "1586966399000", "CidrBlock": "10.0.0.0/8"}),
                full,
            ),
            (json!({"SmartAGId": "sag-1"}), bare.clone()),
            (json!({"SmartAGId": "sag-1", "Name": null, "EndTime": "", "CidrBlock": ""}), bare),
        ] {
            assert_eq!(Instance::read(&json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_cannot_be_an_instance_is_an_error_that_names_the_field() {
        for (json, field) in [
            (json!({"Name": "office"}), "SmartAGId"),
            (json!({"SmartAGId": "sag-1", "UserCount": "many"}), "UserCount"),
            (json!({"SmartAGId": "sag-1", "EndTime": "2020-04-15"}), "EndTime"),
            (json!({"SmartAGId": "sag-1", "EndTime": 1.5}), "EndTime"),
        ] {
            let problem = Instance::read(&json).unwrap_err().to_string();
            assert!(problem.contains(field), "{json}: {problem}");
        }
    }
}
