//! A provider that answers: finds the resource, knows whether it is configured, and lets nothing that exists be lost.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::data_source::{AnyDataSource, check_model};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::function::{Function, FunctionError, Signature};
use super::model::Model;
use super::plan::{PlanRequest, PlanResponse, conformance, unreadable};
use super::private::Private;
use super::provider::{Host, Provider, without_empty_texts};
use super::resource::{AnyResource, ApplyRequest, Outcome, Source, Taken};
use super::schema::{Block, Schema};
use crate::panics;
use crate::value::{Type, Value};

/// One provider process's worth of a provider: its resources, and the client once it is configured.
pub struct Server<P: Provider> {
    provider: P,
    block: Entry<()>,
    resources: BTreeMap<&'static str, Entry<Erased<P>>>,
    data_sources: BTreeMap<&'static str, Entry<ErasedData<P>>>,
    functions: BTreeMap<&'static str, (Signature, Box<dyn Function>)>,
    client: Mutex<Option<Arc<P::Client>>>,
    stop: Mutex<CancellationToken>,
}

type Erased<P> = Box<dyn AnyResource<<P as Provider>::Client>>;
type ErasedData<P> = Box<dyn AnyDataSource<<P as Provider>::Client>>;

/// A thing with a shape; the object type is worked out once.
pub struct Entry<T> {
    /// Its shape.
    pub schema: Schema,
    /// The object type of its values.
    pub ty: Type,
    thing: T,
}

impl<T> Entry<T> {
    fn new(schema: Schema, thing: T) -> Self {
        Self { ty: schema.block.ty(), schema, thing }
    }
}

/// What became of an object.
#[derive(Debug)]
pub struct Answer {
    /// Its state; null when it is gone or never came to be.
    pub state: Value,
    /// What the resource keeps beside it.
    pub private: Private,
    /// Errors and warnings. State is to be kept even with errors.
    pub diagnostics: Diagnostics,
}

impl<P: Provider> Server<P> {
    /// An unconfigured one.
    pub fn new(provider: P) -> Self {
        let block = Entry::new(Schema { version: 0, block: P::Config::block() }, ());
        let resources = provider.resources().into_iter();
        let resources = resources.map(|resource| (resource.name(), Entry::new(resource.schema(), resource))).collect();
        let data = provider.data_sources().into_iter();
        let data_sources = data.map(|source| (source.name(), Entry::new(source.schema(), source))).collect();
        let functions = provider.functions().into_iter();
        let functions = functions.map(|function| (function.name(), (function.signature(), function))).collect();
        Self { provider, block, resources, data_sources, functions, client: Mutex::default(), stop: Mutex::default() }
    }

    /// Shape of the provider block.
    pub fn provider_block(&self) -> &Entry<()> {
        &self.block
    }

    /// Shapes of the resources by type name.
    pub fn resource_schemas(&self) -> impl Iterator<Item = (&'static str, &Schema)> {
        self.resources.iter().map(|(name, entry)| (*name, &entry.schema))
    }

    /// Shapes of the data sources by type name.
    pub fn data_source_schemas(&self) -> impl Iterator<Item = (&'static str, &Schema)> {
        self.data_sources.iter().map(|(name, entry)| (*name, &entry.schema))
    }

    /// Signatures of the functions by name.
    pub fn functions(&self) -> impl Iterator<Item = (&'static str, &Signature)> {
        self.functions.iter().map(|(name, (signature, _))| (*name, signature))
    }

    /// The object type of a data source's values.
    ///
    /// # Errors
    /// When there is no such data source.
    pub fn data_source_type(&self, name: &str) -> Result<&Type, Diagnostics> {
        self.data_source(name).map(|entry| &entry.ty)
    }

    /// The object type of a resource's values.
    ///
    /// # Errors
    /// When there is no such resource.
    pub fn resource_type(&self, name: &str) -> Result<&Type, Diagnostics> {
        self.resource(name).map(|entry| &entry.ty)
    }

    /// Checks the provider block.
    pub fn validate_provider(&self, config: Value) -> Diagnostics {
        let config = without_empty_texts(&self.block.schema.block, config);
        check_model(&config, &self.block.schema, P::validate)
    }

    /// Takes the provider block over, in place of an earlier one.
    pub fn configure(&self, config: Value, host: &Host) -> Diagnostics {
        let client = P::Config::read(without_empty_texts(&self.block.schema.block, config))
            .map_err(|error| unreadable(&error).into())
            .and_then(|config| self.provider.configure(config, host));
        match client {
            Ok(client) => {
                *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(client));
                self.provider.warnings()
            }
            Err(diagnostics) => diagnostics,
        }
    }

    /// Checks a resource's configuration. `knows_write_only` says whether the host does.
    pub fn validate(&self, name: &str, config: &Value, knows_write_only: bool) -> Diagnostics {
        match self.resource(name) {
            Ok(entry) => {
                let mut diagnostics = entry.thing.validate(config, &entry.schema);
                if !knows_write_only {
                    diagnostics.extend(refuse_write_only(&entry.schema.block, config));
                }
                diagnostics
            }
            Err(diagnostics) => diagnostics,
        }
    }

    /// Checks a data source's configuration.
    pub fn validate_data_source(&self, name: &str, config: &Value) -> Diagnostics {
        match self.data_source(name) {
            Ok(entry) => entry.thing.validate(config, &entry.schema),
            Err(diagnostics) => diagnostics,
        }
    }

    /// Reads a data source.
    ///
    /// # Errors
    /// What the data source says, and when there is none of that name.
    pub async fn read_data_source(&self, name: &str, config: Value) -> Result<Value, Diagnostics> {
        let entry = self.data_source(name)?;
        let client = self.configured()?;
        entry.thing.read(&client, self.running(), config).await
    }

    /// Calls a function with arguments that `argument` reads, given the position and the type.
    ///
    /// # Errors
    /// What is wrong with which argument, and when there is no such function.
    pub fn call_function(
        &self,
        name: &str,
        count: usize,
        argument: impl Fn(usize, &Type) -> Result<Value, FunctionError>,
    ) -> Result<(Value, &Type), FunctionError> {
        let Some((signature, function)) = self.functions.get(name) else {
            return Err(FunctionError::new(format!("This provider has no function {name:?}.")));
        };
        let parameters = &signature.parameters;
        if count != parameters.len() {
            let text = format!("{name} takes {} arguments, and {count} were given.", parameters.len());
            return Err(FunctionError::new(text));
        }
        let mut arguments = Vec::new();
        for (position, parameter) in parameters.iter().enumerate() {
            let value = argument(position, &parameter.ty)?;
            if value.is_null() || !value.is_wholly_known() {
                let text = format!("{} must be known and not null.", parameter.name);
                return Err(FunctionError::of_argument(position, text));
            }
            arguments.push(value);
        }
        function.call(arguments).map(|result| (result, &signature.returns))
    }

    /// Takes an object over from a resource of another type or provider.
    ///
    /// # Errors
    /// When that cannot be, or there is no such resource.
    pub fn take_over(&self, name: &str, source: &Source) -> Result<Taken<Value>, Diagnostics> {
        self.resource(name)?.thing.take_over(source).unwrap_or_else(|| {
            let detail = format!(
                "{name} cannot take over a {} of {}. Remove the moved block; import blocks take over objects that exist.",
                source.resource, source.provider
            );
            Err(Diagnostic::error("Move is not possible", detail).into())
        })
    }

    /// Stored state, which may be of an earlier version, as JSON of today's; it is still to be read.
    ///
    /// # Errors
    /// When there is no such resource.
    pub fn upgrade<'a>(&self, name: &str, version: i64, state: &'a [u8]) -> Result<Cow<'a, [u8]>, Diagnostics> {
        Ok(self.resource(name)?.thing.upgrade(version, state).map_or(Cow::Borrowed(state), Cow::Owned))
    }

    /// Plans a change of a resource.
    ///
    /// # Errors
    /// When there is no such resource.
    pub fn plan(&self, name: &str, request: PlanRequest) -> Result<PlanResponse, Diagnostics> {
        let entry = self.resource(name)?;
        let client = self.client();
        let (prior, config) = (request.prior.clone(), request.config.clone());
        let mut response = entry.thing.plan(client.as_deref(), &entry.schema, request);
        if cfg!(debug_assertions) && !response.planned.is_null() && !response.diagnostics.has_errors() {
            let block = &entry.schema.block;
            let violations = conformance::plan_violations(block, &prior, &config, &response.planned);
            response.diagnostics.extend(defects(violations));
        }
        Ok(response)
    }

    /// Creates, updates or deletes. Whatever happens on the way, the answer tells what exists.
    pub async fn apply(&self, name: &str, request: ApplyRequest, private: Private) -> Answer {
        let outcome = Outcome::starting_from(request.prior.clone(), private);
        let planned = request.planned.clone();
        let work = async {
            let entry = self.resource(name)?;
            let client = self.configured()?;
            entry.thing.apply(&client, self.running(), request, outcome.clone()).await
        };
        let mut answer = conclude(work, &outcome).await;
        if cfg!(debug_assertions) && !answer.diagnostics.has_errors() {
            answer.diagnostics.extend(defects(conformance::result_violations(&planned, &answer.state)));
        }
        answer
    }

    /// Reads an object again.
    pub async fn read(&self, name: &str, state: Value, private: Private) -> Answer {
        let outcome = Outcome::starting_from(state.clone(), private);
        let work = async {
            let entry = self.resource(name)?;
            let client = self.configured()?;
            entry.thing.read(&client, self.running(), state, outcome.clone()).await
        };
        conclude(work, &outcome).await
    }

    /// The state to start from when an object is taken over by its id.
    ///
    /// # Errors
    /// When there is no such resource, or the id is none of its.
    pub fn import(&self, name: &str, id: &str) -> Result<Value, Diagnostics> {
        self.resource(name)?.thing.import(id)
    }

    /// Makes what is running end soon. What comes later runs as ever.
    pub fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *stop).cancel();
    }

    fn running(&self) -> CancellationToken {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn client(&self) -> Option<Arc<P::Client>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn configured(&self) -> Result<Arc<P::Client>, Diagnostics> {
        self.client().ok_or_else(|| {
            let detail = "Terraform asked for work before it configured the provider. Please report this.";
            Diagnostic::error("The provider is not configured", detail).into()
        })
    }

    fn resource(&self, name: &str) -> Result<&Entry<Erased<P>>, Diagnostics> {
        self.resources.get(name).ok_or_else(|| unknown_type("resource", name, self.resources.keys()))
    }

    fn data_source(&self, name: &str) -> Result<&Entry<ErasedData<P>>, Diagnostics> {
        self.data_sources.get(name).ok_or_else(|| unknown_type("data source", name, self.data_sources.keys()))
    }
}

fn unknown_type<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a &'static str>) -> Diagnostics {
    let known: Vec<&str> = known.copied().collect();
    let detail = format!("This provider has no {kind} type {name:?}. It has: {}.", known.join(", "));
    Diagnostic::error(format!("Unknown {kind} type"), detail).into()
}

/// A host that does not know write-only attributes would store them.
fn refuse_write_only(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for field in block.fields.iter().filter(|field| field.rule.is_write_only()) {
        if config.attribute(field.name).is_some_and(|value| !value.is_null()) {
            let detail = format!(
                "{} is write-only, and this version of Terraform or OpenTofu does not know write-only attributes. Use \
                 Terraform 1.11 or OpenTofu 1.11, or later.",
                field.name
            );
            diagnostics.push(Diagnostic::error("Write-only attributes are not supported here", detail));
        }
    }
    diagnostics
}

/// Runs an operation to its end, be it a panic, and gathers what it left.
async fn conclude(work: impl Future<Output = Result<(), Diagnostics>>, outcome: &Outcome) -> Answer {
    let ended = panics::guarded(work).await;
    let (state, private, mut diagnostics) = outcome.take();
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(errors)) => diagnostics.extend(errors),
        Err(panic) => diagnostics.push(crashed(&panic)),
    }
    Answer { state, private, diagnostics }
}

/// Rules of Terraform that an answer breaks.
fn defects(violations: Vec<String>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for violation in violations {
        diagnostics
            .push(Diagnostic::error("Defect in the provider", format!("Against Terraform's rules: {violation}.")));
    }
    diagnostics
}

/// What the user is told when the provider itself failed.
pub fn crashed(panic: &panics::Payload) -> Diagnostic {
    let detail = format!(
        "The provider hit a defect of its own and gave up on this operation: {}. What it knows to exist is kept in the \
         state; the next plan shows what is left to do. Please report this with the steps that led here.",
        panics::message(&**panic)
    );
    Diagnostic::error("Defect in the provider", detail)
}

#[cfg(test)]
mod tests;
