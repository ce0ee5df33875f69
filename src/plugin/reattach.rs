//! What leads a host to a process that it did not start.

use std::iter;
use std::process::id;

use serde_json::{Map, Value, json};

use super::Identity;
use super::socket::Address;

/// The variable for the host's shell, as the shell reads it.
pub(super) fn line(identity: &Identity, address: &Address) -> String {
    let process = json!({
        "Protocol": "grpc",
        "ProtocolVersion": identity.protocol,
        "Pid": id(),
        // The host then neither ends the process nor asks it to end.
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    });
    let addresses = iter::once(&identity.address).chain(identity.aliases);
    let providers: Map<_, _> = addresses.map(|address| ((*address).to_owned(), process.clone())).collect();
    let value = Value::from(providers).to_string();
    format!("TF_REATTACH_PROVIDERS='{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: Identity = Identity {
        name: "tree",
        address: "registry.example/forest/tree",
        aliases: &["registry.example/grove/tree"],
        version: "1.2.3",
        protocol: 6,
    };

    #[test]
    fn the_value_is_the_json_that_terraform_reads() {
        let line = line(&IDENTITY, &Address::Tcp("127.0.0.1:1234".parse().expect("an address")));
        let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\'')).expect(&line);
        let value: serde_json::Value = serde_json::from_str(json).expect(json);
        let provider = &value["registry.example/forest/tree"];
        assert_eq!(provider, &value["registry.example/grove/tree"], "every host finds it under the address it knows");
        assert_eq!(provider["ProtocolVersion"], 6);
        assert_eq!(provider["Pid"], id());
        assert_eq!(provider["Test"], true);
        assert_eq!(provider["Addr"], json!({ "Network": "tcp", "String": "127.0.0.1:1234" }));
    }

    #[cfg(unix)]
    #[test]
    fn a_quote_in_the_path_does_not_end_the_shells_word() {
        let line = line(&IDENTITY, &Address::Unix("/tmp/ann's/plugin".to_owned()));
        assert!(line.contains(r"/tmp/ann'\''s/plugin"), "{line}");
    }
}
