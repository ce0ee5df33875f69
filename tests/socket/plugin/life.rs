//! When the process ends, and when not.

use std::time::Duration;

use tfplugin_host::wire::plugin::Empty;
use tfplugin_host::{Host, Signal};

use crate::{Outcome, PROGRAM};

#[tokio::test]
async fn shutdown_ends_it_with_0_before_terraform_would_kill_it() -> Outcome {
    let (ended, _folder) = Host::spawn(PROGRAM).start().await?.shutdown().await?;
    assert_eq!(ended.status.code(), Some(0));
    // Terraform waits for two seconds.
    assert!(ended.took < Duration::from_secs(1), "{:?}", ended.took);
    assert_eq!(ended.stderr, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn shutdown_ends_it_even_if_the_host_keeps_its_connection() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let connection = host.connection().clone();
    connection.controller().shutdown(Empty {}).await?;
    let (ended, folder) = host.ended().await?;
    assert_eq!(ended.status.code(), Some(0));
    assert!(folder.path().read_dir()?.next().is_none());
    drop(connection);
    Ok(())
}

#[tokio::test]
async fn it_waits_in_little_memory() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    host.connection().ping().await?;
    let memory = host.process().memory()?;
    // A release build takes some 6 MB, a test build twice as much.
    assert!((1 << 20..64 << 20).contains(&memory), "{memory} bytes");
    Ok(())
}

#[tokio::test]
async fn an_interrupt_is_left_to_the_host() -> Outcome {
    let host = Host::spawn(PROGRAM).variable("TF_LOG", "DEBUG").start().await?;
    host.process().signal(Signal::INT)?;
    host.process().stderr.find(|line| line.contains("left an interrupt to the host")).await?;
    host.connection().ping().await?;
    let (ended, _folder) = host.shutdown().await?;
    assert_eq!(ended.status.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn a_request_to_terminate_ends_it_with_143() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    host.process().signal(Signal::TERM)?;
    let (ended, _folder) = host.ended().await?;
    assert_eq!(ended.status.code(), Some(143));
    Ok(())
}

#[tokio::test]
async fn it_does_not_outlive_its_host() -> Outcome {
    let (ended, _folder) = Host::spawn(PROGRAM).start().await?.die().await?;
    assert_eq!(ended.status.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn it_never_writes_a_core_dump_with_the_secrets_in_its_memory() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let id = host.process().id().ok_or("it runs")?;
    let limits = std::fs::read_to_string(format!("/proc/{id}/limits"))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).ok_or("no such limit")?;
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    Ok(())
}
