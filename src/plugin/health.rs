//! The standard health service. Terraform never asks; other hosts of go-plugin do.

use futures_util::future::ready;
use futures_util::stream::{BoxStream, StreamExt, once, pending};
use tonic::{Request, Response, Status};

use super::wire::health::health_check_response::ServingStatus;
use super::wire::health::health_server::Health;
use super::wire::health::{HealthCheckRequest, HealthCheckResponse};

/// Always well: a process that is not answers nothing.
#[derive(Clone, Copy)]
pub(super) struct Healthy;

#[tonic::async_trait]
impl Health for Healthy {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if is_ours(&service) {
            Ok(Response::new(status(ServingStatus::Serving)))
        } else {
            Err(Status::not_found(format!("there is no service {service:?} here; go-plugin's name is \"plugin\"")))
        }
    }

    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        // Unlike check, the protocol has watch answer an unknown service with a status that might change.
        let now =
            if is_ours(&request.into_inner().service) { ServingStatus::Serving } else { ServingStatus::ServiceUnknown };
        Ok(Response::new(once(ready(Ok(status(now)))).chain(pending()).boxed()))
    }
}

/// go-plugin asks for `plugin`; the empty name means the whole server.
fn is_ours(service: &str) -> bool {
    matches!(service, "" | "plugin")
}

fn status(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
