//! Two streams that hosts open and on which nothing is ever said.
//!
//! They stay open until the host leaves: one that ends is reported in the host's log.

use futures_util::future::ready;
use futures_util::stream::{BoxStream, Pending, StreamExt, pending};
use tonic::{Request, Response, Status, Streaming};

use super::wire::plugin::grpc_broker_server::GrpcBroker;
use super::wire::plugin::grpc_stdio_server::GrpcStdio;
use super::wire::plugin::{ConnInfo, StdioData};

/// Would carry what a plugin prints; ours prints nothing.
#[derive(Clone, Copy)]
pub(super) struct Stdio;

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Pending<Result<StdioData, Status>>;

    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(pending()))
    }
}

/// Would agree on further connections; Terraform asks for none.
#[derive(Clone, Copy)]
pub(super) struct Broker;

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = BoxStream<'static, Result<ConnInfo, Status>>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        // Reading to the end, so that this side ends when the host's does.
        Ok(Response::new(request.into_inner().filter(|_| ready(false)).boxed()))
    }
}
