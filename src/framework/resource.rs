//! What an author of a resource writes, and the type-erased form in which the server holds it.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use super::data_source::check_model;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::model::{Content, Model};
use super::plan::{self, Plan, PlanRequest, PlanResponse};
use super::private::Private;
use super::schema::Schema;
use crate::value::{Error, Value};

/// A managed resource. Values are plain here: what may be unknown or null says so in the model.
pub trait Resource: Send + Sync + 'static {
    /// Name of the type in configuration.
    const NAME: &'static str;
    /// Version of its stored state.
    const VERSION: i64 = 0;
    /// Its attributes.
    type Model: Model + Send + Sync;
    /// What a configured provider gives to its resources.
    type Client: Send + Sync + 'static;

    /// How stored state of each earlier version becomes one of the next, the oldest first: as many as [`Resource::VERSION`].
    /// Attributes that are merely new need none: they are read as null.
    const UPGRADES: &'static [Upgrade] = &[];

    /// Checks that need several attributes at once; each alone was checked by its rule. Values may be unknown.
    fn validate(config: &Self::Model) -> Diagnostics;

    /// Edits a plan. `client` is there when the provider is configured.
    fn plan(&self, client: Option<&Self::Client>, plan: &mut Plan<Self::Model>);

    /// Makes the object. What an error leaves behind is what [`Context::checkpoint`] was told last. `config` alone has the
    /// write-only values.
    fn create(
        &self,
        client: &Self::Client,
        context: &Context<Self::Model>,
        planned: Self::Model,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;

    /// Reads the object again; `None` when it is gone.
    fn read(
        &self,
        client: &Self::Client,
        context: &Context<Self::Model>,
        state: Self::Model,
    ) -> impl Future<Output = Result<Option<Self::Model>, Diagnostics>> + Send;

    /// Changes the object in place. `config` alone has the write-only values.
    fn update(
        &self,
        client: &Self::Client,
        context: &Context<Self::Model>,
        prior: Self::Model,
        planned: Self::Model,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;

    /// Removes the object. One that is gone already is success.
    fn delete(
        &self,
        client: &Self::Client,
        context: &Context<Self::Model>,
        state: Self::Model,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// The state to start from when an object is taken over by its id; a read follows and fills it.
    fn import(&self, id: &str) -> Result<Self::Model, Diagnostics>;

    /// The state to start from when an object is taken over from a resource of another type or provider. `None` where it
    /// cannot be. The provider may not be configured.
    fn take_over(&self, _source: &Source) -> Option<Result<Taken<Self::Model>, Diagnostics>> {
        None
    }
}

/// Rewrites stored state of one version as that of the next.
pub type Upgrade = fn(&mut serde_json::Map<String, serde_json::Value>);

/// A resource of another type or provider, whose object is to be taken over by a `moved` block.
#[derive(Clone, Debug)]
pub struct Source {
    /// Full address of its provider, as in `registry.terraform.io/aliyun/alicloud`.
    pub provider: String,
    /// Name of its type.
    pub resource: String,
    /// Version of its stored state.
    pub version: i64,
    /// Its stored state, as JSON; may hold secrets.
    pub state: Vec<u8>,
}

/// An object that was taken over.
#[derive(Clone, Debug)]
pub struct Taken<M> {
    /// The state to start from.
    pub state: M,
    /// What the user should know.
    pub warnings: Diagnostics,
}

/// What is to be kept of an operation even if it does not end well.
#[derive(Debug, Default)]
struct Memory {
    state: Value,
    private: Private,
    diagnostics: Diagnostics,
}

/// Where an operation leaves what must outlive it: it stands outside the future that an error, a cancellation or a
/// panic ends, so nothing that exists is forgotten.
#[derive(Clone, Debug)]
pub struct Outcome(Arc<Mutex<Memory>>);

impl Outcome {
    /// Before anything was done: the object as it was.
    pub fn starting_from(state: Value, private: Private) -> Self {
        Self(Arc::new(Mutex::new(Memory { state, private, diagnostics: Diagnostics::new() })))
    }

    /// How things stand now: state, private state, and what was told.
    pub fn take(&self) -> (Value, Private, Diagnostics) {
        self.with(|memory| (memory.state.clone(), memory.private.clone(), std::mem::take(&mut memory.diagnostics)))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a running operation has at hand.
#[derive(Debug)]
pub struct Context<M> {
    stop: CancellationToken,
    outcome: Outcome,
    model: PhantomData<fn(M)>,
}

impl<M: Model> Context<M> {
    /// Ends sleeps, polls and reads when Terraform asks the provider to stop.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Says what exists now. Should the operation fail from here on, this becomes the state.
    pub fn checkpoint(&self, state: M) {
        self.outcome.with(|memory| memory.state = state.into_value());
    }

    /// Tells the user something without failing.
    pub fn warn(&self, diagnostic: Diagnostic) {
        self.outcome.with(|memory| memory.diagnostics.push(diagnostic));
    }

    /// What the resource kept beside the state.
    pub fn private<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.outcome.with(|memory| memory.private.get(key))
    }

    /// Keeps something beside the state; never anything secret.
    pub fn keep_private(&self, key: &str, content: impl Serialize) {
        self.outcome.with(|memory| memory.private.set(key, content));
    }

    /// Forgets something kept beside the state.
    pub fn drop_private(&self, key: &str) {
        self.outcome.with(|memory| memory.private.remove(key));
    }
}

/// What Terraform asks to be applied.
#[derive(Debug)]
pub struct ApplyRequest {
    /// The object as it is; null when it is to be created.
    pub prior: Value,
    /// The object as it is to be; null when it is to be removed.
    pub planned: Value,
    /// What is written; null when it is to be removed.
    pub config: Value,
}

/// A resource whose model is erased, so that the server can hold many.
pub trait AnyResource<C>: Send + Sync {
    /// Name of the type in configuration.
    fn name(&self) -> &'static str;

    /// Its shape.
    fn schema(&self) -> Schema;

    /// Rewrites stored state of an earlier version as that of today; none where it is of today or of a version that never
    /// was.
    fn upgrade(&self, version: i64, state: &[u8]) -> Option<Vec<u8>>;

    /// Checks a configuration.
    fn validate(&self, config: &Value, schema: &Schema) -> Diagnostics;

    /// Plans a change.
    fn plan(&self, client: Option<&C>, schema: &Schema, request: PlanRequest) -> PlanResponse;

    /// Creates, updates or deletes. The state it ends in is in `outcome`.
    fn apply<'a>(
        &'a self,
        client: &'a C,
        stop: CancellationToken,
        request: ApplyRequest,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<(), Diagnostics>>;

    /// Reads the object again. The state it has now, null when it is gone, is in `outcome`.
    fn read<'a>(
        &'a self,
        client: &'a C,
        stop: CancellationToken,
        state: Value,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<(), Diagnostics>>;

    /// The state to start from when an object is taken over by its id.
    fn import(&self, id: &str) -> Result<Value, Diagnostics>;

    /// The state to start from when an object is taken over from elsewhere, if it can be.
    fn take_over(&self, source: &Source) -> Option<Result<Taken<Value>, Diagnostics>>;
}

impl<R: Resource> AnyResource<R::Client> for R {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> Schema {
        Schema { version: R::VERSION, block: R::Model::block() }
    }

    fn upgrade(&self, version: i64, state: &[u8]) -> Option<Vec<u8>> {
        let steps = R::UPGRADES.get(usize::try_from(version).ok()?..).filter(|steps| !steps.is_empty())?;
        let mut object = serde_json::from_slice(state).ok()?;
        steps.iter().for_each(|step| step(&mut object));
        serde_json::to_vec(&object).ok()
    }

    fn validate(&self, config: &Value, schema: &Schema) -> Diagnostics {
        check_model(config, schema, R::validate)
    }

    fn plan(&self, client: Option<&R::Client>, schema: &Schema, request: PlanRequest) -> PlanResponse {
        plan::plan(schema, request, |plan| Resource::plan(self, client, plan))
    }

    fn apply<'a>(
        &'a self,
        client: &'a R::Client,
        stop: CancellationToken,
        request: ApplyRequest,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        Box::pin(async move {
            let context = Context { stop, outcome, model: PhantomData };
            let model = |value| R::Model::read(value).map_err(|error| defect(&error));
            let config = request.config;
            let state = match (request.prior, request.planned) {
                (Value::Null, Value::Null) => None,
                (Value::Null, planned) => Some(self.create(client, &context, model(planned)?, model(config)?).await?),
                (prior, Value::Null) => {
                    self.delete(client, &context, model(prior)?).await?;
                    None
                }
                (prior, planned) => {
                    Some(self.update(client, &context, model(prior)?, model(planned)?, model(config)?).await?)
                }
            };
            context.outcome.with(|memory| memory.state = state.map_or(Value::Null, R::Model::into_value));
            Ok(())
        })
    }

    fn read<'a>(
        &'a self,
        client: &'a R::Client,
        stop: CancellationToken,
        state: Value,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        Box::pin(async move {
            let context = Context { stop, outcome, model: PhantomData };
            let state = R::Model::read(state).map_err(|error| defect(&error))?;
            let state = Resource::read(self, client, &context, state).await?;
            context.outcome.with(|memory| memory.state = state.map_or(Value::Null, R::Model::into_value));
            Ok(())
        })
    }

    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        Resource::import(self, id).map(R::Model::into_value)
    }

    fn take_over(&self, source: &Source) -> Option<Result<Taken<Value>, Diagnostics>> {
        let taken = Resource::take_over(self, source)?;
        Some(taken.map(|Taken { state, warnings }| Taken { state: state.into_value(), warnings }))
    }
}

/// State and plans were checked by Terraform against the schema, so this should not happen.
fn defect(error: &Error) -> Diagnostics {
    Diagnostic::error(
        "Unreadable state or plan",
        format!("{error}. This is a defect of the provider or of Terraform; nothing was changed."),
    )
    .into()
}
