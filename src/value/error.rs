use std::fmt;

use super::constraint::Type;
use super::path::{Path, Step};

/// A value that could not be read or written: where in it, and what is wrong.
///
/// The text names types and positions and never quotes a value, because any value may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    path: Path,
    problem: String,
}

impl Error {
    /// A problem at the root; [`Error::below`] moves it down as it travels up.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { path: Path::root(), problem: problem.into() }
    }

    /// Something else was found than a value of type `ty`.
    pub fn wanted(ty: &Type) -> Self {
        Self::new(format!("a value of type {ty} is wanted"))
    }

    /// The same problem, seen from one level further up.
    #[must_use]
    pub fn below(mut self, step: Step) -> Self {
        self.path.prepend(step);
        self
    }

    /// Where in the value.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong there, as half a sentence.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() { f.write_str(&self.problem) } else { write!(f, "{}: {}", self.path, self.problem) }
    }
}

impl std::error::Error for Error {}
