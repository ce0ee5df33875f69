//! The messages and services of go-plugin, as generated from `proto/`.

/// go-plugin's controller, stdio and broker.
pub(super) mod plugin {
    tonic::include_proto!("plugin");
}

/// The standard gRPC health service.
pub(super) mod health {
    tonic::include_proto!("grpc.health.v1");
}
