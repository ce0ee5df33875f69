//! What a person sees who starts the program by hand.

use super::Identity;

/// Told when the program is started without a host and without a flag.
pub fn by_hand(identity: &Identity) -> String {
    let Identity { name, .. } = identity;
    let source = source(identity);
    format!(
        "\
terraform-provider-{name} is a plugin: Terraform and OpenTofu start it, people do not.

To use it, name it in a configuration and run `terraform init` or `tofu init`:

    terraform {{
      required_providers {{
        {name} = {{
          source = \"{source}\"
        }}
      }}
    }}

To run it in a terminal or under a debugger, start it with --debug. All flags: --help.
"
    )
}

/// The text of `--help`.
pub fn help(identity: &Identity) -> String {
    let Identity { name, address, protocol, .. } = identity;
    let upper = super::log::variable_suffix(name);
    format!(
        "\
A Terraform and OpenTofu provider: {address}, plugin protocol {protocol}.

Usage: terraform-provider-{name} [FLAG]

Without a flag it serves the host that started it, and explains itself to anybody else.

Flags:
  --debug    Serve any number of hosts until Ctrl-C, and print the TF_REATTACH_PROVIDERS line that leads them here
  --version  Print the version
  --help     Print this text

Environment:
  TF_LOG_PROVIDER_{upper}, TF_LOG_PROVIDER, TF_LOG
             Level of the log on stderr: TRACE, DEBUG, INFO, WARN, ERROR or OFF. The first that is set counts
  TMPDIR     Where the socket is made
"
    )
}

/// The text of `--version`.
pub fn version(identity: &Identity) -> String {
    format!("terraform-provider-{} {}\n", identity.name, identity.version)
}

/// Told on stderr beside the line that [`super::reattach`] prints.
pub(super) fn debug(identity: &Identity) -> String {
    format!(
        "\
Serving {}. In the shell where Terraform is to use this very process, run:

    export TF_REATTACH_PROVIDERS=...   (the line below)

`terraform init` then needs no installed provider. Ctrl-C ends this process.
",
        identity.address
    )
}

/// The source as a configuration names it: without the host, which is the default one.
fn source(identity: &Identity) -> &'static str {
    identity.address.split_once('/').map_or(identity.address, |(_, source)| source)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: Identity =
        Identity { name: "tree", address: "registry.example/forest/tree", aliases: &[], version: "1.2.3", protocol: 6 };

    #[test]
    fn the_texts_name_the_plugin_as_the_reader_will_write_it() {
        let text = by_hand(&IDENTITY);
        assert!(text.contains("source = \"forest/tree\""), "{text}");
        assert!(text.contains("--debug") && text.contains("--help"), "{text}");
        assert!(help(&IDENTITY).contains("TF_LOG_PROVIDER_TREE"));
        assert_eq!(version(&IDENTITY), "terraform-provider-tree 1.2.3\n");
    }
}
