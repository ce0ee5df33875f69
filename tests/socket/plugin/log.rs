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

/// Whether there is a line of this level. Every life has a warning and, as it ends, a debug line.
fn has(lines: &[Value], level: &str) -> bool {
    lines.iter().any(|line| line["@level"] == level)
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
    for (variables, warnings, details) in [
        (&[("TF_LOG", "error")][..], false, false),
        (&[("TF_LOG", "warn")], true, false),
        (&[("TF_LOG", "error"), ("TF_LOG_PROVIDER", "INFO")], true, false),
        (&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "off")], false, false),
        (&[("TF_LOG_PROVIDER", "error"), (own, "Debug")], true, true),
        (&[("TF_LOG", "warn"), ("TF_LOG_PROVIDER", "warn"), (own, "OFF")], false, false),
        (&[("TF_LOG", "json")], true, true),
        (&[("TF_LOG", "loud")], true, true),
    ] {
        let spawn = variables.iter().fold(with_a_warning(), |spawn, (name, level)| spawn.variable(name, level));
        let lines = logged(spawn).await?;
        assert_eq!((has(&lines, "warn"), has(&lines, "debug")), (warnings, details), "{variables:?}: {lines:?}");
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
