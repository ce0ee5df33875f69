//! What went wrong between host and provider.

use std::error::Error;
use std::fmt;

/// What was being done, and what went wrong.
#[derive(Debug)]
pub struct HostError(String);

impl HostError {
    pub(crate) fn new(doing: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self(format!("{doing}: {cause}"))
    }

    /// With the causes of the cause.
    pub(crate) fn from_error(doing: impl fmt::Display, error: &dyn Error) -> Self {
        let mut text = format!("{doing}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for HostError {}
