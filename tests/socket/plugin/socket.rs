//! Where the provider listens, and what is left of it.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tfplugin_host::{Address, Host, Signal, Tls};

use crate::{Outcome, PROGRAM};

fn path(host: &Host) -> Result<PathBuf, String> {
    match &host.handshake().address {
        Address::Unix(path) => Ok(path.clone()),
        other => Err(format!("a socket was expected: {other:?}")),
    }
}

fn is_empty(folder: &Path) -> std::io::Result<bool> {
    Ok(folder.read_dir()?.next().is_none())
}

/// A folder with a path too long for any socket in it.
fn long_folder() -> std::io::Result<(TempDir, PathBuf)> {
    let folder = TempDir::new()?;
    let long = folder.path().join("a".repeat(100));
    std::fs::create_dir(&long)?;
    Ok((folder, long))
}

#[tokio::test]
async fn the_socket_stands_in_a_folder_that_only_its_owner_can_enter() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let socket = path(&host)?;
    let folder = socket.parent().ok_or("a socket is in a folder")?;
    assert_eq!(folder.metadata()?.permissions().mode() & 0o777, 0o700);
    assert_eq!(folder.parent(), Some(host.folder()));
    Ok(())
}

#[tokio::test]
async fn no_two_processes_have_the_same_name_for_it() -> Outcome {
    let name = |host: &Host| path(host).map(|path| path.parent().and_then(Path::file_name).map(ToOwned::to_owned));
    let (one, two) = (Host::spawn(PROGRAM).start().await?, Host::spawn(PROGRAM).start().await?);
    assert_ne!(name(&one)?, name(&two)?);
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_after_shutdown_or_a_signal_or_the_hosts_death() -> Outcome {
    let (_, folder) = Host::spawn(PROGRAM).start().await?.shutdown().await?;
    assert!(is_empty(folder.path())?, "after shutdown");

    let (_, folder) = Host::spawn(PROGRAM).start().await?.die().await?;
    assert!(is_empty(folder.path())?, "after the host's death");

    let host = Host::spawn(PROGRAM).start().await?;
    assert!(!is_empty(host.folder())?, "while it runs");
    host.process().signal(Signal::TERM)?;
    let (_, folder) = host.ended().await?;
    assert!(is_empty(folder.path())?, "after SIGTERM");
    Ok(())
}

#[tokio::test]
async fn the_hosts_own_folder_is_used_where_it_names_one() -> Outcome {
    let folder = TempDir::new()?;
    let host = Host::spawn(PROGRAM).variable("PLUGIN_UNIX_SOCKET_DIR", folder.path()).start().await?;
    assert!(path(&host)?.starts_with(folder.path()), "{:?}", host.handshake());
    host.shutdown().await?;
    assert!(is_empty(folder.path())?);
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error_that_names_it() -> Outcome {
    let (process, _folder) = Host::spawn(PROGRAM).variable("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at-all").run()?;
    let ended = process.ended().await?;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.join("\n").contains("/nowhere/at-all"), "{:?}", ended.stderr);
    Ok(())
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gives_a_port_in_the_hosts_range() -> Outcome {
    let (_folder, long) = long_folder()?;
    for tls in [Tls::Off, Tls::V13] {
        let host = Host::spawn(PROGRAM).variable("TMPDIR", &long).tls(tls).start().await?;
        let Address::Tcp(address) = host.handshake().address else {
            return Err(format!("a port was expected: {:?}", host.handshake()).into());
        };
        assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
        assert!((10_000..=25_000).contains(&address.port()), "{address}");
        host.connection().ping().await?;
        assert!(is_empty(&long)?);
        host.shutdown().await?;
    }
    Ok(())
}

#[tokio::test]
async fn without_a_range_any_port_will_do() -> Outcome {
    let (_folder, long) = long_folder()?;
    let host = Host::spawn(PROGRAM)
        .variable("TMPDIR", &long)
        .without_variable("PLUGIN_MIN_PORT")
        .without_variable("PLUGIN_MAX_PORT")
        .start()
        .await?;
    assert!(matches!(host.handshake().address, Address::Tcp(_)), "{:?}", host.handshake());
    Ok(())
}

#[tokio::test]
async fn a_port_that_is_none_is_an_error_that_names_the_variable() -> Outcome {
    let (_folder, long) = long_folder()?;
    let (process, _own) = Host::spawn(PROGRAM).variable("TMPDIR", &long).variable("PLUGIN_MIN_PORT", "ten").run()?;
    let ended = process.ended().await?;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stdout, [""; 0]);
    assert!(ended.stderr.join("\n").contains("PLUGIN_MIN_PORT"), "{:?}", ended.stderr);
    Ok(())
}
