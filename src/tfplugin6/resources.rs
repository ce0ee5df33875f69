//! The RPCs about managed resources.

use super::calls::unsupported;
use super::{Reply, convert, wire};
use crate::framework::{ApplyRequest, Diagnostic, Diagnostics, PlanRequest, Private, Provider, Server, Source};

/// The reply, or one that only says why there is none.
pub(super) fn answered<R: Reply>(reply: Result<R, Diagnostics>) -> R {
    reply.unwrap_or_else(R::refused)
}

pub(super) fn upgrade<P: Provider>(
    server: &Server<P>,
    request: wire::upgrade_resource_state::Request,
) -> Result<wire::upgrade_resource_state::Response, Diagnostics> {
    let ty = server.resource_type(&request.type_name)?;
    let wire::RawState { json, flatmap } = request.raw_state.unwrap_or_default();
    if !flatmap.is_empty() {
        let detail = "It was written by a Terraform older than 0.12, before this provider existed.";
        return Err(Diagnostic::error("Unreadable stored state", detail).into());
    }
    let json = server.upgrade(&request.type_name, request.version, &json)?;
    let state = convert::stored(&json, ty)?;
    Ok(wire::upgrade_resource_state::Response {
        upgraded_state: Some(convert::encoded(&state, ty)?),
        diagnostics: Vec::new(),
    })
}

pub(super) async fn read<P: Provider>(
    server: &Server<P>,
    request: wire::read_resource::Request,
) -> Result<wire::read_resource::Response, Diagnostics> {
    let ty = server.resource_type(&request.type_name)?;
    let state = convert::value(request.current_state, ty, "the current state")?;
    let answer = server.read(&request.type_name, state, Private::from_bytes(&request.private)).await;
    Ok(wire::read_resource::Response {
        new_state: Some(convert::encoded(&answer.state, ty)?),
        private: answer.private.to_bytes().into(),
        diagnostics: convert::diagnostics(answer.diagnostics),
        ..Default::default()
    })
}

pub(super) fn plan<P: Provider>(
    server: &Server<P>,
    request: wire::plan_resource_change::Request,
) -> Result<wire::plan_resource_change::Response, Diagnostics> {
    let ty = server.resource_type(&request.type_name)?;
    // When a plan is made again while it is applied, newer hosts send what the first one left, and nothing else.
    let private = if request.prior_private.is_empty() { &request.planned_private } else { &request.prior_private };
    let private = Private::from_bytes(private);
    let plan = server.plan(
        &request.type_name,
        PlanRequest {
            prior: convert::value(request.prior_state, ty, "the prior state")?,
            proposed: convert::value(request.proposed_new_state, ty, "the proposed new state")?,
            config: convert::value(request.config, ty, "the configuration")?,
            private,
        },
    )?;
    Ok(wire::plan_resource_change::Response {
        planned_state: Some(convert::encoded(&plan.planned, ty)?),
        requires_replace: plan.requires_replace.iter().map(convert::path).collect(),
        planned_private: plan.private.to_bytes().into(),
        diagnostics: convert::diagnostics(plan.diagnostics),
        ..Default::default()
    })
}

pub(super) async fn apply<P: Provider>(
    server: &Server<P>,
    request: wire::apply_resource_change::Request,
) -> wire::apply_resource_change::Response {
    let prior = request.prior_state.clone();
    change(server, request).await.unwrap_or_else(|diagnostics| wire::apply_resource_change::Response {
        // What could not even be read was not touched either.
        new_state: prior,
        ..Reply::refused(diagnostics)
    })
}

async fn change<P: Provider>(
    server: &Server<P>,
    request: wire::apply_resource_change::Request,
) -> Result<wire::apply_resource_change::Response, Diagnostics> {
    let ty = server.resource_type(&request.type_name)?;
    let change = ApplyRequest {
        prior: convert::value(request.prior_state, ty, "the prior state")?,
        planned: convert::value(request.planned_state, ty, "the planned state")?,
        config: convert::value(request.config, ty, "the configuration")?,
    };
    let answer = server.apply(&request.type_name, change, Private::from_bytes(&request.planned_private)).await;
    let mut diagnostics = convert::diagnostics(answer.diagnostics);
    let new_state = convert::encoded(&answer.state, ty).unwrap_or_else(|errors| {
        diagnostics.extend(convert::diagnostics(errors));
        wire::DynamicValue::default()
    });
    Ok(wire::apply_resource_change::Response {
        new_state: Some(new_state),
        private: answer.private.to_bytes().into(),
        diagnostics,
        ..Default::default()
    })
}

pub(super) fn import<P: Provider>(
    server: &Server<P>,
    request: wire::import_resource_state::Request,
) -> Result<wire::import_resource_state::Response, Diagnostics> {
    let ty = server.resource_type(&request.type_name)?;
    if request.id.is_empty() && request.identity.is_some() {
        return Err(unsupported("import by identity; write the id instead").into());
    }
    let state = server.import(&request.type_name, &request.id)?;
    let imported = wire::import_resource_state::ImportedResource {
        type_name: request.type_name,
        state: Some(convert::encoded(&state, ty)?),
        ..Default::default()
    };
    Ok(wire::import_resource_state::Response { imported_resources: vec![imported], ..Default::default() })
}

pub(super) fn move_state<P: Provider>(
    server: &Server<P>,
    request: wire::move_resource_state::Request,
) -> Result<wire::move_resource_state::Response, Diagnostics> {
    let ty = server.resource_type(&request.target_type_name)?;
    let source = Source {
        provider: request.source_provider_address,
        resource: request.source_type_name,
        version: request.source_schema_version,
        state: request.source_state.unwrap_or_default().json.into(),
    };
    let taken = server.take_over(&request.target_type_name, &source)?;
    Ok(wire::move_resource_state::Response {
        target_state: Some(convert::encoded(&taken.state, ty)?),
        diagnostics: convert::diagnostics(taken.warnings),
        ..Default::default()
    })
}
