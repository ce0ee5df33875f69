//! Functions that configuration can call.

use crate::value::{Type, Value};

/// A function: pure, and callable before the provider is configured.
pub trait Function: Send + Sync + 'static {
    /// Name in configuration, after `provider::smartag::`.
    fn name(&self) -> &'static str;

    /// What it takes and gives.
    fn signature(&self) -> Signature;

    /// Calls it. Arguments are known, not null, and of the types of the signature.
    ///
    /// # Errors
    /// What is wrong with which argument.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// One sentence.
    pub summary: &'static str,
    /// Full sentences of Markdown.
    pub description: &'static str,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Type of what it gives.
    pub returns: Type,
}

/// One parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name, for documentation.
    pub name: &'static str,
    /// Full sentences of Markdown.
    pub description: &'static str,
    /// Type of the argument.
    pub ty: Type,
}

/// Why a function gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The argument that is to blame, counted from 0.
    pub argument: Option<usize>,
    /// What was given and what is wanted.
    pub text: String,
}

impl FunctionError {
    /// An argument, counted from 0, is not what is wanted.
    pub fn of_argument(argument: usize, text: impl Into<String>) -> Self {
        Self { argument: Some(argument), text: text.into() }
    }

    /// No argument alone is to blame.
    pub fn new(text: impl Into<String>) -> Self {
        Self { argument: None, text: text.into() }
    }
}
