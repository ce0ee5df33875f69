//! A role that is assumed with keys that are there already.

use std::ops::RangeInclusive;

/// The seconds that a session may last.
pub const SESSION: RangeInclusive<u32> = 900..=43_200;

/// The role, and how the session with it is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// `acs:ram::<account>:role/<name>`
    pub arn: String,
    /// What the session is called in the account's logs; `terraform` unless said otherwise.
    pub session_name: Option<String>,
    /// Seconds; 3600 unless said otherwise.
    pub duration: Option<u32>,
    /// A policy in JSON that narrows what the role may do.
    pub policy: Option<String>,
    /// What the role's owner agreed with whoever may assume it.
    pub external_id: Option<String>,
    /// Region whose STS is asked, where the role itself says it.
    pub sts_region: Option<String>,
    /// Host or URL of the STS that is asked, where the role itself says it.
    pub sts_endpoint: Option<String>,
    /// Whether STS is asked within a VPC.
    pub vpc: bool,
}
