//! What an author of a data source writes, and the type-erased form in which the server holds it.

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::model::{Content, Model};
use super::plan::unreadable;
use super::schema::Schema;
use super::validate::check_block;
use crate::value::Value;

/// A data source: reads, and changes nothing.
pub trait DataSource: Send + Sync + 'static {
    /// Name of the type in configuration.
    const NAME: &'static str;
    /// Its arguments and what it gives.
    type Model: Model + Send + Sync;
    /// What a configured provider gives to its data sources.
    type Client: Send + Sync + 'static;

    /// Checks that need more than one attribute, or its parsed form. Values may be unknown.
    fn validate(_config: &Self::Model) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads. `config` is known; what comes back holds the same arguments, and all else is known.
    fn read(
        &self,
        client: &Self::Client,
        stop: CancellationToken,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;
}

/// A data source whose model is erased, so that the server can hold many.
pub trait AnyDataSource<C>: Send + Sync {
    /// Name of the type in configuration.
    fn name(&self) -> &'static str;

    /// Its shape.
    fn schema(&self) -> Schema;

    /// Checks a configuration.
    fn validate(&self, config: &Value, schema: &Schema) -> Diagnostics;

    /// Reads.
    fn read<'a>(
        &'a self,
        client: &'a C,
        stop: CancellationToken,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>>;
}

impl<D: DataSource> AnyDataSource<D::Client> for D {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: D::Model::block() }
    }

    fn validate(&self, config: &Value, schema: &Schema) -> Diagnostics {
        check_model(config, schema, D::validate)
    }

    fn read<'a>(
        &'a self,
        client: &'a D::Client,
        stop: CancellationToken,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let config = D::Model::read(config).map_err(|error| Diagnostics::from(unreadable(&error)))?;
            let state = DataSource::read(self, client, stop, config).await?.into_value();
            if state.is_wholly_known() {
                return Ok(state);
            }
            let detail = "The data source left a value unknown. Please report this with the configuration.";
            Err(Diagnostic::error("Defect in the provider", detail).into())
        })
    }
}

/// Checks each attribute alone, and then those that need one another.
pub(super) fn check_model<M: Model>(
    config: &Value,
    schema: &Schema,
    validate: impl FnOnce(&M) -> Diagnostics,
) -> Diagnostics {
    let mut diagnostics = check_block(&schema.block, config);
    if !diagnostics.has_errors() {
        match M::read(config.clone()) {
            Ok(config) => diagnostics.extend(validate(&config)),
            Err(error) => diagnostics.push(unreadable(&error)),
        }
    }
    diagnostics
}
