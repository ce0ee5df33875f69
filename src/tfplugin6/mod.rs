//! gRPC <-> framework

/// The messages and services of the protocol, as generated from `proto/tfplugin6.proto`.
#[expect(missing_docs, reason = "generated code; the protocol file describes the messages")]
pub mod wire {
    tonic::include_proto!("tfplugin6");
}

impl std::fmt::Debug for wire::DynamicValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DynamicValue({} bytes)", self.msgpack.len() + self.json.len())
    }
}

impl std::fmt::Debug for wire::RawState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawState({} bytes)", self.json.len())
    }
}
