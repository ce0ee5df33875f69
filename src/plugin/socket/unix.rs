//! A Unix socket in a folder of its own.
//!
//! PLUGIN_UNIX_SOCKET_GROUP, with which some hosts let another account connect, is not honoured: the folder keeps
//! everybody else out, and looking up a group's name takes the system's C library. Terraform and OpenTofu never set it.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

use super::StartError;
use crate::world::World;

/// A socket in a folder that only its owner can enter, so that nobody else can connect even without TLS.
#[derive(Debug)]
pub(in crate::plugin) struct PrivateSocket {
    listener: UnixListener,
    path: String,
    /// Removed, with the socket in it, when this is dropped.
    _folder: TempDir,
}

impl PrivateSocket {
    pub fn path(&self) -> &str {
        &self.path
    }

    pub async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// Listens in the host's PLUGIN_UNIX_SOCKET_DIR, else in the system's folder for temporary files. None where the path
/// is too long for a socket, or cannot be written into the handshake.
///
/// # Errors
/// When the folder or the socket cannot be made.
pub(super) fn bind(name: &str, world: &World) -> Result<Option<PrivateSocket>, StartError> {
    let parent = world
        .variable("PLUGIN_UNIX_SOCKET_DIR")
        .or_else(|| world.variable("TMPDIR"))
        .unwrap_or_else(|| "/tmp".to_owned());
    // The random part keeps a socket that an older process left behind out of the way.
    let folder = tempfile::Builder::new()
        .prefix(&format!("{name}-"))
        .rand_bytes(12)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(|reason| StartError::SocketFolder { folder: parent.into(), reason })?;
    let Some(path) = usable(&folder.path().join("plugin")) else {
        return Ok(None);
    };
    let listener = UnixListener::bind(&path).map_err(|reason| StartError::Listen { address: path.clone(), reason })?;
    Ok(Some(PrivateSocket { listener, path, _folder: folder }))
}

/// The path in full, as another process will write it, if it fits into a socket's address (107 bytes on Linux) and
/// into a field of the handshake line.
fn usable(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let fits = SocketAddr::from_pathname(&path).is_ok();
    let path = path.into_os_string().into_string().ok()?;
    (fits && !path.contains(['|', '\n', '\r'])).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_usable_up_to_the_length_of_a_sockets_address() {
        let longest = format!("/{}", "a".repeat(if cfg!(target_os = "linux") { 106 } else { 102 }));
        assert_eq!(usable(Path::new(&longest)).as_deref(), Some(&*longest));
        assert_eq!(usable(Path::new(&format!("{longest}a"))), None);
    }

    #[test]
    fn a_path_that_would_break_the_handshake_line_is_not_usable() {
        assert_eq!(usable(Path::new("/tmp/a|b")), None);
        assert_eq!(usable(Path::new("/tmp/a\nb")), None);
    }

    #[test]
    fn a_relative_path_is_made_absolute() {
        let path = usable(Path::new("somewhere/plugin")).expect("it is short");
        assert!(Path::new(&path).is_absolute(), "{path}");
    }
}
