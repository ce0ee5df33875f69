//! From the path of a call to the service that answers it.

use std::convert::Infallible;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::Notify;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;

use super::Services;
use super::controller::Controller;
use super::health::Healthy;
use super::quiet::{Broker, Stdio};
use super::wire::health::health_server::{self, HealthServer};
use super::wire::plugin::grpc_broker_server::{self, GrpcBrokerServer};
use super::wire::plugin::grpc_controller_server::{self, GrpcControllerServer};
use super::wire::plugin::grpc_stdio_server::{self, GrpcStdioServer};

/// Starts to answer `request`, whose path is `/service/method`.
pub(super) fn dispatch<S: Services>(
    services: &Arc<S>,
    shutdown: &Arc<Notify>,
    request: Request<Body>,
) -> BoxFuture<'static, Response<Body>> {
    let service = request.uri().path().split('/').nth(1).unwrap_or_default();
    match service {
        name if name == S::NAME => Arc::clone(services).call(request),
        grpc_controller_server::SERVICE_NAME => {
            answer(GrpcControllerServer::new(Controller { shutdown: Arc::clone(shutdown) }), request)
        }
        grpc_stdio_server::SERVICE_NAME => answer(GrpcStdioServer::new(Stdio), request),
        grpc_broker_server::SERVICE_NAME => answer(GrpcBrokerServer::new(Broker), request),
        health_server::SERVICE_NAME => answer(HealthServer::new(Healthy), request),
        name => {
            let status = Status::unimplemented(format!("this plugin has no service {name:?}"));
            Box::pin(async { status.into_http() })
        }
    }
}

fn answer<G>(mut service: G, request: Request<Body>) -> BoxFuture<'static, Response<Body>>
where
    G: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    G::Future: Send + 'static,
{
    let response = service.call(request);
    Box::pin(async {
        match response.await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    })
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    struct Fake;

    impl Services for Fake {
        const NAME: &'static str = "fake.Service";

        fn call(self: Arc<Self>, _request: Request<Body>) -> BoxFuture<'static, Response<Body>> {
            Box::pin(ready(Status::data_loss("the fake was called").into_http()))
        }

        fn stop(&self) {}

        async fn idle(&self) {}
    }

    async fn status(path: &str) -> tonic::Code {
        let request = Request::post(path).body(Body::empty()).expect("a path is enough");
        let response = dispatch(&Arc::new(Fake), &Arc::default(), request).await;
        Status::from_header_map(response.headers()).expect("these calls fail at once").code()
    }

    #[tokio::test]
    async fn calls_go_to_the_service_of_that_very_name() {
        assert_eq!(status("/fake.Service/Anything").await, tonic::Code::DataLoss);
        for path in ["/fake.ServiceX/Anything", "/fake/Anything", "/", "/x/fake.Service/Anything"] {
            assert_eq!(status(path).await, tonic::Code::Unimplemented, "{path}");
        }
    }

    #[tokio::test]
    async fn an_unknown_method_of_go_plugins_own_services_is_unimplemented() {
        for service in ["plugin.GRPCController", "plugin.GRPCStdio", "plugin.GRPCBroker", "grpc.health.v1.Health"] {
            assert_eq!(status(&format!("/{service}/Nothing")).await, tonic::Code::Unimplemented, "{service}");
        }
    }
}
