//! What an author of a resource writes against.
//!
//! A resource is a table of attributes ([`model!`](crate::model)) and a handful of functions over it ([`Resource`]); a
//! data source ([`DataSource`]) and a function ([`Function`]) are the same with less. A provider is a block of arguments and
//! lists of these ([`Provider`]); [`Server`] makes them answer. Nothing here knows gRPC, and nothing here knows what the
//! resources are about.

pub mod checks;
mod data_source;
mod diagnostic;
mod function;
pub mod model;
pub mod plan;
mod private;
mod provider;
mod resource;
pub mod schema;
mod server;
mod validate;

pub use data_source::{AnyDataSource, DataSource};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use function::{Function, FunctionError, Parameter, Signature};
pub use model::{At, Attr, Content, Kind, Model, WriteOnly};
pub use plan::{Plan, PlanRequest, PlanResponse};
pub use private::Private;
pub use provider::{Host, Provider};
pub use resource::{AnyResource, ApplyRequest, Context, Outcome, Resource, Source, Taken, Upgrade};
pub use schema::{Block, Field, Schema};
pub use server::{Answer, Entry, Server, crashed};
