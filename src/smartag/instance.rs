//! Which software instance is meant.

use std::fmt;

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
