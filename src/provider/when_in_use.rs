//! What destroying does with an account that the service does not delete because it was used this month.

/// The choices, as a user is told.
pub const WHEN_IN_USE: &str = "\"fail\", \"suspend\" or \"abandon\"";

/// The choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenInUse {
    /// Stop with an error and leave the account as it is.
    #[default]
    Fail,
    /// Shut it out, keep it in the state, and stop with an error.
    Suspend,
    /// Shut it out and forget it.
    Abandon,
}

impl WhenInUse {
    /// Reads the argument.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "fail" => Some(Self::Fail),
            "suspend" => Some(Self::Suspend),
            "abandon" => Some(Self::Abandon),
            _ => None,
        }
    }
}
