//! A provider that writes down every value that Terraform sends it.
//!
//! It has one resource for each kind of type, named after it, with the attributes `case`, which names the value in the
//! recording, and `value`; and one resource with a block of each nesting. It keeps whatever it is told, so that each
//! value also comes back as stored state. `record.sh` beside this file runs it and makes `tests/vectors` anew.

mod schema;

use std::error::Error;
use std::fs::OpenOptions;
use std::future::{Ready, ready};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::Request;
use serde_json::json;
use terraform_provider_smartag::plugin::{Identity, Mode, Services, serve};
use terraform_provider_smartag::tfplugin6::wire::{self, DynamicValue};
use terraform_provider_smartag::value::{Type, Value};
use terraform_provider_smartag::world::World;
use tonic::body::Body;
use tonic::server::{Grpc, UnaryService};
use tonic::{Response, Status};
use tonic_prost::ProstCodec;

const IDENTITY: Identity = Identity {
    name: "recorder",
    address: "registry.terraform.io/smartag/recorder",
    aliases: &[],
    version: "0.0.0",
    protocol: 6,
};

fn main() -> ExitCode {
    let world = World::of_process();
    let recorder = Arc::new(Recorder { file: world.variable("RECORDING") });
    serve(&IDENTITY, Mode::Host, &world, move || Arc::clone(&recorder))
}

struct Recorder {
    file: Option<String>,
}

impl Services for Recorder {
    const NAME: &'static str = "tfplugin6.Provider";

    fn call(self: Arc<Self>, request: Request<Body>) -> BoxFuture<'static, http::Response<Body>> {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        match method.as_str() {
            "GetProviderSchema" => answer(request, |_: wire::get_provider_schema::Request| Ok(schema::provider())),
            "ValidateProviderConfig" => answer(request, |_: wire::validate_provider_config::Request| {
                Ok(wire::validate_provider_config::Response::default())
            }),
            "ConfigureProvider" => {
                answer(
                    request,
                    |_: wire::configure_provider::Request| Ok(wire::configure_provider::Response::default()),
                )
            }
            "ValidateResourceConfig" => answer(request, move |request: wire::validate_resource_config::Request| {
                self.keep(&request.type_name, [&request.config])?;
                Ok(wire::validate_resource_config::Response::default())
            }),
            "UpgradeResourceState" => answer(request, move |request: wire::upgrade_resource_state::Request| {
                let json = request.raw_state.unwrap_or_default().json;
                self.keep_stored(&request.type_name, &json)?;
                let upgraded_state = Some(DynamicValue { json, ..Default::default() });
                Ok(wire::upgrade_resource_state::Response { upgraded_state, ..Default::default() })
            }),
            "ReadResource" => answer(request, move |request: wire::read_resource::Request| {
                self.keep(&request.type_name, [&request.current_state])?;
                Ok(wire::read_resource::Response { new_state: request.current_state, ..Default::default() })
            }),
            "PlanResourceChange" => answer(request, move |request: wire::plan_resource_change::Request| {
                self.keep(&request.type_name, [&request.prior_state, &request.config, &request.proposed_new_state])?;
                let planned_state = request.proposed_new_state;
                Ok(wire::plan_resource_change::Response { planned_state, ..Default::default() })
            }),
            "ApplyResourceChange" => answer(request, move |request: wire::apply_resource_change::Request| {
                self.keep(&request.type_name, [&request.prior_state, &request.config, &request.planned_state])?;
                let new_state = request.planned_state;
                Ok(wire::apply_resource_change::Response { new_state, ..Default::default() })
            }),
            "StopProvider" => {
                answer(request, |_: wire::stop_provider::Request| Ok(wire::stop_provider::Response::default()))
            }
            other => {
                let status = Status::unimplemented(format!("the recorder does not know {other}"));
                Box::pin(async { status.into_http() })
            }
        }
    }

    fn stop(&self) {}

    async fn idle(&self) {}
}

impl Recorder {
    /// Writes down what came as msgpack.
    fn keep<const N: usize>(&self, resource: &str, values: [&Option<DynamicValue>; N]) -> Result<(), Box<dyn Error>> {
        let ty = schema::resource_type(resource)?;
        for value in values.into_iter().flatten() {
            let hex: String = value.msgpack.iter().map(|byte| format!("{byte:02x}")).collect();
            self.write(&ty, &Value::from_msgpack(&value.msgpack, &ty)?, ("msgpack", &hex))?;
        }
        Ok(())
    }

    /// Writes down what came as JSON.
    fn keep_stored(&self, resource: &str, document: &[u8]) -> Result<(), Box<dyn Error>> {
        let ty = schema::resource_type(resource)?;
        self.write(&ty, &Value::from_json(document, &ty)?, ("json", std::str::from_utf8(document)?))
    }

    fn write(&self, ty: &Type, value: &Value, (form, text): (&str, &str)) -> Result<(), Box<dyn Error>> {
        let Some(file) = &self.file else { return Ok(()) };
        let case = match value.attribute("case") {
            Some(Value::String(case)) => case,
            // While it validates, Terraform does not know what `for_each` will say.
            Some(_) => "validation",
            None => "absent",
        };
        let line = format!("{}\n", json!({ "case": case, "type": serde_json::to_value(ty)?, form: text }));
        OpenOptions::new().append(true).create(true).open(file)?.write_all(line.as_bytes())?;
        Ok(())
    }
}

/// Answers one call.
fn answer<Q, A, F>(request: Request<Body>, work: F) -> BoxFuture<'static, http::Response<Body>>
where
    Q: prost::Message + Default + 'static,
    A: prost::Message + Default + 'static,
    F: FnOnce(Q) -> Result<A, Box<dyn Error>> + Send + 'static,
{
    Box::pin(async { Grpc::new(ProstCodec::<A, Q>::default()).unary(Call(Some(work)), request).await })
}

/// A function as tonic wants a service of one method.
struct Call<F>(Option<F>);

impl<Q, A, F> UnaryService<Q> for Call<F>
where
    A: Send,
    F: FnOnce(Q) -> Result<A, Box<dyn Error>>,
{
    type Response = A;
    type Future = Ready<Result<Response<A>, Status>>;

    fn call(&mut self, request: tonic::Request<Q>) -> Self::Future {
        let answer = match self.0.take() {
            Some(work) => work(request.into_inner()).map_err(|error| Status::internal(error.to_string())),
            None => Err(Status::internal("a call has one answer")),
        };
        ready(answer.map(Response::new))
    }
}
