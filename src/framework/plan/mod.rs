//! Planning: Terraform's proposal, edited by rules in a fixed order, then by the resource itself.
//!
//! The order is that of the protocol: a destroy plans nothing; defaults fill what is not written; write-only values are
//! dropped; what only the provider can say becomes unknown when an object is created, and otherwise keeps its prior value
//! (which is what Terraform proposes) unless any change may change it; the resource has its say; what must replace is
//! compared last.

pub mod conformance;
mod rules;

use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::model::{At, Attr, Content, Kind, Model};
use super::private::Private;
use super::schema::Schema;
use crate::value::{Error, Path, Value};

/// What Terraform asks to be planned.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The object as it is; null when it is to be created.
    pub prior: Value,
    /// Terraform's merge of configuration and prior state; null when it is to be destroyed.
    pub proposed: Value,
    /// What is written.
    pub config: Value,
    /// What the resource keeps beside the state.
    pub private: Private,
}

/// What is planned.
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// The object as it will be; null when it will be gone.
    pub planned: Value,
    /// Attributes whose change makes a new object.
    pub requires_replace: BTreeSet<Path>,
    /// What apply is told beside the plan.
    pub private: Private,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A plan in the making, as a resource sees it.
#[derive(Debug)]
pub struct Plan<M> {
    /// The object as it is; none when it is to be created.
    pub prior: Option<M>,
    /// What is written.
    pub config: M,
    /// What the resource keeps beside the state; goes to apply with the plan.
    pub private: Private,
    prior_state: Value,
    planned: Value,
    requires_replace: BTreeSet<Path>,
    diagnostics: Diagnostics,
}

impl<M: Model> Plan<M> {
    /// Whether a new object will be made.
    pub fn creates(&self) -> bool {
        self.prior.is_none()
    }

    /// Whether what is planned so far makes a new object in place of the one that is there.
    pub fn replaces(&self) -> bool {
        let declared = || rules::requires_replace(&M::block(), &self.prior_state, &self.planned);
        !self.requires_replace.is_empty() || !declared().is_empty()
    }

    /// What is planned for an attribute so far.
    pub fn planned<T: Content>(&self, at: At<T>) -> Attr<T> {
        let planned = self.planned.attribute(at.name()).cloned().unwrap_or(Value::Null);
        Attr::of(planned)
            .expect("the proposal was read as a whole before, and only values of their type were set since")
    }

    /// Plans another value for an attribute.
    pub fn set<T: Content>(&mut self, at: At<T>, planned: Attr<T>) {
        self.planned.set_attribute(at.name(), planned.value());
    }

    /// Says that the planned change of an attribute makes a new object.
    pub fn replace<T>(&mut self, at: At<T>) {
        self.requires_replace.insert(at.into());
    }

    /// Tells the user something. An error keeps the plan from being applied.
    pub fn tell(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// Plans a change: the rules that hold for every resource, around `hook`, which is the resource's own.
pub fn plan<M: Model>(schema: &Schema, request: PlanRequest, hook: impl FnOnce(&mut Plan<M>)) -> PlanResponse {
    let PlanRequest { prior, proposed, config, private } = request;
    let unplanned = |planned, private, diagnostics| PlanResponse {
        planned,
        requires_replace: BTreeSet::new(),
        private,
        diagnostics,
    };
    if proposed.is_null() {
        return unplanned(Value::Null, private, Diagnostics::new());
    }

    let mut planned = proposed;
    rules::apply_defaults(&schema.block, &config, &mut planned);
    rules::drop_write_only(&schema.block, &mut planned);
    if prior.is_null() {
        rules::mark_computed_unknown(&schema.block, &config, &mut planned);
    } else {
        rules::mark_volatile_unknown(&schema.block, &prior, &config, &mut planned);
    }
    let prior_state = prior;
    let mut plan = match models::<M>(&prior_state, &config, &planned) {
        Ok((prior, config)) => Plan {
            prior,
            config,
            private,
            prior_state: prior_state.clone(),
            planned,
            requires_replace: BTreeSet::new(),
            diagnostics: Diagnostics::new(),
        },
        Err(error) => return unplanned(planned, private, unreadable(&error).into()),
    };
    hook(&mut plan);

    let Plan { planned, mut requires_replace, private, diagnostics, .. } = plan;
    requires_replace.extend(rules::requires_replace(&schema.block, &prior_state, &planned));
    PlanResponse { planned, requires_replace, private, diagnostics }
}

fn models<M: Model>(prior: &Value, config: &Value, planned: &Value) -> Result<(Option<M>, M), Error> {
    M::read(planned.clone())?;
    let prior = if prior.is_null() { None } else { Some(M::read(prior.clone())?) };
    Ok((prior, M::read(config.clone())?))
}

/// A value that is of the right type by the schema, and still not one the resource can take.
pub(super) fn unreadable(error: &Error) -> Diagnostic {
    Diagnostic::error("Invalid value", format!("{error}.")).at(error.path().clone())
}
