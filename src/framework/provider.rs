//! What an author of a provider writes.

use super::data_source::AnyDataSource;
use super::diagnostic::Diagnostics;
use super::function::Function;
use super::model::Model;
use super::resource::AnyResource;

/// A provider: its block in configuration and what it offers.
pub trait Provider: Send + Sync + 'static {
    /// The arguments of the provider block.
    type Config: Model;
    /// What a configured provider gives to its resources.
    type Client: Send + Sync + 'static;

    /// Checks that need several arguments at once; each alone was checked by its rule. Values may be unknown.
    fn validate(config: &Self::Config) -> Diagnostics;

    /// Takes the block over. Makes no call: what is wrong with credentials shows when a call needs them. Values may be
    /// unknown while planning.
    ///
    /// # Errors
    /// When an argument makes no sense.
    fn configure(&self, config: Self::Config, host: &Host) -> Result<Self::Client, Diagnostics>;

    /// What there is to know about the surroundings once it is configured.
    fn warnings(&self) -> Diagnostics {
        Diagnostics::new()
    }

    /// The resources; adding one is one line in this list.
    fn resources(&self) -> Vec<Box<dyn AnyResource<Self::Client>>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Box<dyn AnyDataSource<Self::Client>>> {
        Vec::new()
    }

    /// The functions.
    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Host {
    /// Version of Terraform or OpenTofu, such as `1.11.4`.
    pub version: String,
}
