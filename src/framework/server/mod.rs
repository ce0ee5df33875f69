//! A provider that answers: finds the resource, knows whether it is configured, and lets nothing that exists be lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::model::Model;
use super::plan::{PlanRequest, PlanResponse, conformance, unreadable};
use super::private::Private;
use super::provider::{Host, Provider};
use super::resource::{AnyResource, ApplyRequest, Outcome};
use super::schema::Schema;
use super::validate::check_block;
use crate::panics;
use crate::value::{Type, Value};

/// One provider process's worth of a provider: its resources, and the client once it is configured.
pub struct Server<P: Provider> {
    provider: P,
    block: Entry<()>,
    resources: BTreeMap<&'static str, Entry<Erased<P>>>,
    client: Mutex<Option<Arc<P::Client>>>,
    stop: Mutex<CancellationToken>,
}

type Erased<P> = Box<dyn AnyResource<<P as Provider>::Client>>;

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
        Self { provider, block, resources, client: Mutex::default(), stop: Mutex::default() }
    }

    /// Shape of the provider block.
    pub fn provider_block(&self) -> &Entry<()> {
        &self.block
    }

    /// Shapes of the resources by type name.
    pub fn resource_schemas(&self) -> impl Iterator<Item = (&'static str, &Schema)> {
        self.resources.iter().map(|(name, entry)| (*name, &entry.schema))
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
        let mut diagnostics = check_block(&self.block.schema.block, &config);
        if !diagnostics.has_errors() {
            match P::Config::read(config) {
                Ok(config) => diagnostics.extend(P::validate(&config)),
                Err(error) => diagnostics.push(unreadable(&error)),
            }
        }
        diagnostics
    }

    /// Takes the provider block over, in place of an earlier one.
    pub fn configure(&self, config: Value, host: &Host) -> Diagnostics {
        let client = P::Config::read(config)
            .map_err(|error| unreadable(&error).into())
            .and_then(|config| self.provider.configure(config, host));
        match client {
            Ok(client) => {
                *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(client));
                Diagnostics::new()
            }
            Err(diagnostics) => diagnostics,
        }
    }

    /// Checks a resource's configuration.
    pub fn validate(&self, name: &str, config: &Value) -> Diagnostics {
        match self.resource(name) {
            Ok(entry) => entry.thing.validate(config, &entry.schema),
            Err(diagnostics) => diagnostics,
        }
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
        self.resources.get(name).ok_or_else(|| {
            let known: Vec<_> = self.resources.keys().copied().collect();
            let detail = format!("This provider has no resource type {name:?}. It has: {}.", known.join(", "));
            Diagnostic::error("Unknown resource type", detail).into()
        })
    }
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
