//! What the provider writes to stderr.

use serde_json::Value;
use tfplugin_host::{Host, Signal, Spawn};

use crate::{Outcome, PROGRAM};

/// A provider that has a warning to give: its host speaks another version of the protocol.
fn with_a_warning() -> Spawn {
    Host::spawn(PROGRAM).variable("PLUGIN_PROTOCOL_VERSIONS", "5")
}

/// All that one life logs, each line parsed.
async fn logged(spawn: Spawn) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let (ended, _folder) = spawn.start().await?.shutdown().await?;
    Ok(ended.stderr.iter().map(|line| serde_json::from_str(line)).collect::<Result<_, _>>()?)
}

fn levels(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["@level"].as_str()).collect()
}

#[tokio::test]
async fn a_line_is_an_object_of_hclog() -> Outcome {
    let lines = logged(with_a_warning().variable("TF_LOG", "WARN")).await?;
    let [line] = &lines[..] else { return Err(format!("one line was expected: {lines:?}").into()) };
    for key in ["@message", "@level", "@timestamp", "@module"] {
        assert!(line[key].is_string(), "{key} must be a text: {line}");
    }
    assert_eq!(line["@level"], "warn");
    assert_eq!(line["@module"], "smartag.plugin");
    assert_eq!(line["tf_provider_addr"], "registry.terraform.io/smartag/smartag");
    assert_eq!(line["tf_proto_version"], "6");
    Ok(())
}

#[tokio::test]
async fn without_a_level_nothing_is_written() -> Outcome {
    assert_eq!(logged(with_a_warning()).await?, [Value::Null; 0]);
    Ok(())
}

#[tokio::test]
async fn the_level_comes_from_the_most_special_variable() -> Outcome {
    let own = "TF_LOG_PROVIDER_SMARTAG";
    for (variables, expected) in [
        (&[("TF_LOG", "error")][..], &[][..]),
        (&[("TF_LOG", "warn")], &["warn"]),
        (&[("TF_LOG", "error"), ("TF_LOG_PROVIDER", "INFO")], &["warn"]),
        (&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "off")], &[]),
        (&[("TF_LOG_PROVIDER", "error"), (own, "WARN")], &["warn"]),
        (&[("TF_LOG", "warn"), ("TF_LOG_PROVIDER", "warn"), (own, "OFF")], &[]),
        (&[("TF_LOG", "json")], &["warn", "debug"]),
        (&[("TF_LOG", "loud")], &["warn", "debug"]),
    ] {
        let spawn = variables.iter().fold(with_a_warning(), |spawn, (name, level)| spawn.variable(name, level));
        assert_eq!(levels(&logged(spawn).await?), expected, "{variables:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_trace_holds_nothing_of_the_libraries() -> Outcome {
    let host = with_a_warning().variable("TF_LOG", "TRACE").start().await?;
    host.process().signal(Signal::INT)?;
    host.process().stderr.find(|line| line.contains("interrupt")).await?;
    let (ended, _folder) = host.shutdown().await?;
    for line in &ended.stderr {
        let line: Value = serde_json::from_str(line)?;
        assert_eq!(line["@module"], "smartag.plugin", "{line}");
    }
    Ok(())
}
