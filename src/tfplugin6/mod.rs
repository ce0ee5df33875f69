//! gRPC to framework: pure conversions, and the one wrapper around every RPC.
//!
//! With `plugin` this is the only room that sees a gRPC type. `calls` answers the RPCs (`resources` those about
//! managed resources), `convert` turns messages into framework values and back, and this file is what every call goes through: a task of its own that outlives a
//! broken connection, a log line at its start and end, and a panic that becomes a diagnostic.

mod calls;
mod convert;
mod resources;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::codegen::Service as _;
use tonic::{Response, Status};
use tracing::Instrument;

use crate::framework::{Diagnostics, Provider, Server, crashed};
use crate::panics;
use crate::plugin::Services;
use crate::world::World;
use wire::provider_server::{self, ProviderServer};

/// The messages and services of the protocol, as generated from `proto/tfplugin6.proto`.
#[expect(missing_docs, reason = "generated code; the protocol file describes the messages")]
pub mod wire {
    tonic::include_proto!("tfplugin6");
}

/// Longest message accepted, in bytes; Go providers accept as much.
const MAX_MESSAGE: usize = 256 << 20;

/// A provider as a gRPC service.
pub struct Service<P: Provider> {
    server: Arc<Server<P>>,
    tasks: TaskTracker,
    world: World,
}

/// Serves `provider`, unconfigured as yet.
pub fn service<P: Provider>(provider: P, world: World) -> Arc<Service<P>> {
    let tasks = TaskTracker::new();
    tasks.close();
    Arc::new(Service { server: Arc::new(Server::new(provider)), tasks, world })
}

impl<P: Provider> Services for Service<P> {
    const NAME: &'static str = provider_server::SERVICE_NAME;

    fn call(self: Arc<Self>, request: http::Request<Body>) -> BoxFuture<'static, http::Response<Body>> {
        let mut server = ProviderServer::from_arc(self)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Box::pin(async move {
            let answered: Result<_, Infallible> = server.call(request).await;
            answered.unwrap_or_else(|never| match never {})
        })
    }

    fn stop(&self) {
        self.server.stop();
    }

    async fn idle(&self) {
        self.tasks.wait().await;
    }
}

impl<P: Provider> Service<P> {
    /// Runs one RPC. It goes on if the caller leaves: a service that was asked to create something must be listened to.
    async fn run<R: Reply>(
        &self,
        rpc: &'static str,
        resource: &str,
        work: impl Future<Output = R> + Send + 'static,
    ) -> Result<Response<R>, Status> {
        let resource = (!resource.is_empty()).then_some(resource);
        let span =
            tracing::error_span!("rpc", tf_rpc = rpc, tf_req_id = self.world.uuid(), tf_resource_type = resource);
        let task = async move {
            tracing::trace!("received request");
            let started = Instant::now();
            let reply = panics::guarded(work).await.unwrap_or_else(|panic| R::refused(crashed(&panic).into()));
            for diagnostic in reply.diagnostics() {
                log(diagnostic);
            }
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::trace!(tf_req_duration_ms = milliseconds, "served request");
            reply
        };
        match self.tasks.spawn(task.instrument(span)).await {
            Ok(reply) => Ok(Response::new(reply)),
            Err(_) => Err(Status::internal("the provider is going away")),
        }
    }
}

fn log(diagnostic: &wire::Diagnostic) {
    let (summary, detail) = (diagnostic.summary.as_str(), diagnostic.detail.as_str());
    if diagnostic.severity() == wire::diagnostic::Severity::Error {
        tracing::error!(diagnostic_summary = summary, diagnostic_detail = detail, "response contains error diagnostic");
    } else {
        tracing::warn!(
            diagnostic_summary = summary,
            diagnostic_detail = detail,
            "response contains warning diagnostic"
        );
    }
}

/// A response that can carry an error in place of its content.
trait Reply: Send + 'static {
    fn refused(diagnostics: Diagnostics) -> Self;
    fn diagnostics(&self) -> &[wire::Diagnostic];
}

macro_rules! replies {
    ($($rpc:ident),+ $(,)?) => {
        $(
            impl Reply for wire::$rpc::Response {
                #[allow(clippy::needless_update, reason = "some responses hold nothing but diagnostics")]
                fn refused(diagnostics: Diagnostics) -> Self {
                    Self { diagnostics: convert::diagnostics(diagnostics), ..Default::default() }
                }

                fn diagnostics(&self) -> &[wire::Diagnostic] {
                    &self.diagnostics
                }
            }
        )+
    };
}

replies! {
    get_metadata, get_provider_schema, get_resource_identity_schemas, get_functions,
    validate_provider_config, configure_provider,
    validate_resource_config, upgrade_resource_state, upgrade_resource_identity, read_resource, plan_resource_change,
    apply_resource_change, import_resource_state, move_resource_state, generate_resource_config,
    validate_data_resource_config, read_data_source,
    validate_ephemeral_resource_config, open_ephemeral_resource, renew_ephemeral_resource, close_ephemeral_resource,
    validate_list_resource_config, validate_action_config, plan_action,
    validate_state_store, configure_state_store, write_state_bytes, lock_state, unlock_state, get_states, delete_state,
}

/// A function has no diagnostics of its own kind.
impl Reply for wire::call_function::Response {
    fn refused(diagnostics: Diagnostics) -> Self {
        let text = diagnostics.into_iter().map(|told| told.detail).collect::<Vec<_>>().join(" ");
        Self { result: None, error: Some(wire::FunctionError { text, function_argument: None }) }
    }

    fn diagnostics(&self) -> &[wire::Diagnostic] {
        &[]
    }
}

/// Values may be secrets, so only their size is shown.
impl std::fmt::Debug for wire::DynamicValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DynamicValue({} bytes)", self.msgpack.len() + self.json.len())
    }
}

/// Values may be secrets, so only their size is shown.
impl std::fmt::Debug for wire::RawState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawState({} bytes)", self.json.len())
    }
}
