//! The messages and clients of the protocol, as generated from `proto/`.
#![expect(missing_docs, reason = "generated code; the protocol files describe the messages")]

use std::fmt;

tonic::include_proto!("tfplugin6");

/// go-plugin's controller, stdio and broker.
pub mod plugin {
    tonic::include_proto!("plugin");
}

/// The standard gRPC health service.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}

impl fmt::Debug for DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicValue").field("msgpack", &self.msgpack).field("json", &self.json).finish()
    }
}

impl fmt::Debug for RawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawState").field("json", &self.json).finish_non_exhaustive()
    }
}
