//! The host's request that the process end.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::{Request, Response, Status};

use super::wire::plugin::Empty;
use super::wire::plugin::grpc_controller_server::GrpcController;

/// Passes the request on to whoever ends the process, after answering it.
#[derive(Clone)]
pub(super) struct Controller {
    /// Told once the host asked.
    pub shutdown: Arc<Notify>,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.shutdown.notify_one();
        Ok(Response::new(Empty {}))
    }
}
