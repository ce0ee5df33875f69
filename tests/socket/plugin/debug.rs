//! Debug mode: a process that hosts find through TF_REATTACH_PROVIDERS.

use serde_json::Value;
use tempfile::TempDir;
use tfplugin_host::{Address, Connection, Host, Process, Signal};

use crate::{Outcome, PROGRAM};

/// Starts it as a person does, without anything that a host would say, and reads where it listens.
async fn start() -> Result<(Process, TempDir, Value), Box<dyn std::error::Error>> {
    let spawn = Host::spawn(PROGRAM).without_variable("TF_PLUGIN_MAGIC_COOKIE").argument("--debug");
    let (process, folder) = spawn.run()?;
    let line = process.stdout.find(|_| true).await?;
    let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\''));
    let value: Value = serde_json::from_str(json.ok_or_else(|| line.clone())?)?;
    Ok((process, folder, value["registry.terraform.io/smartag/smartag"].clone()))
}

fn address(provider: &Value) -> Result<Address, String> {
    let text = |key| provider["Addr"][key].as_str().unwrap_or_default();
    Address::parse(text("Network"), text("String")).ok_or_else(|| provider.to_string())
}

#[tokio::test]
async fn the_line_tells_a_host_all_that_it_needs() -> Outcome {
    let (process, folder, provider) = start().await?;
    assert_eq!(provider["Protocol"], "grpc");
    assert_eq!(provider["ProtocolVersion"], 6);
    assert_eq!(provider["Test"], true);
    assert_eq!(provider["Pid"], process.id().ok_or("it runs")?);
    let Address::Unix(path) = address(&provider)? else { return Err(provider.to_string().into()) };
    assert!(path.starts_with(folder.path()), "{path:?}");
    process.stderr.find(|line| line.contains("Ctrl-C")).await?;
    Ok(())
}

#[tokio::test]
async fn several_hosts_are_served_at_once_and_one_after_the_other() -> Outcome {
    let (_process, _folder, provider) = start().await?;
    let address = address(&provider)?;
    let (one, two) = (Connection::open(&address).await?, Connection::open(&address).await?);
    one.ping().await?;
    two.ping().await?;
    one.ping().await?;
    drop(one);
    two.ping().await?;
    Connection::open(&address).await?.ping().await?;
    Ok(())
}

#[tokio::test]
async fn it_outlives_whoever_reads_its_output() -> Outcome {
    let (mut process, _folder, provider) = start().await?;
    process.stdout.close().await;
    Connection::open(&address(&provider)?).await?.ping().await?;
    process.signal(Signal::INT)?;
    assert_eq!(process.ended().await?.status.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn an_interrupt_ends_it_with_0_and_leaves_nothing_behind() -> Outcome {
    let (process, folder, provider) = start().await?;
    let connection = Connection::open(&address(&provider)?).await?;
    connection.ping().await?;
    process.signal(Signal::INT)?;
    let ended = process.ended().await?;
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(ended.stdout.len(), 1, "{:?}", ended.stdout);
    assert!(folder.path().read_dir()?.next().is_none());
    Ok(())
}
