//! Where the host connects: a socket that only its owner can reach, or a port of this machine.

mod tcp;
#[cfg(unix)]
mod unix;

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use super::StartError;
use crate::world::World;

/// A listening socket. Dropping it removes what it left on disk.
#[derive(Debug)]
pub(super) enum Socket {
    #[cfg(unix)]
    Unix(unix::PrivateSocket),
    Tcp(TcpListener, SocketAddr),
}

/// What the host needs to know to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// Path of a Unix socket.
    #[cfg(unix)]
    Unix(String),
    /// An address of this machine.
    Tcp(SocketAddr),
}

/// A connection, whichever way it came.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Socket {
    /// Listens on a Unix socket, or on a port where there are none or where its path would be too long.
    ///
    /// # Errors
    /// When the folder cannot be made, no port is free, or a variable of the host makes no sense.
    #[cfg(unix)]
    pub async fn bind(name: &str, world: &World) -> Result<Self, StartError> {
        match unix::bind(name, world)? {
            Some(socket) => Ok(Self::Unix(socket)),
            None => tcp::bind(world).await.map(|(listener, address)| Self::Tcp(listener, address)),
        }
    }

    /// Listens on a port: the runtime has no Unix sockets here.
    ///
    /// # Errors
    /// When no port is free, or a variable of the host makes no sense.
    #[cfg(not(unix))]
    pub async fn bind(_name: &str, world: &World) -> Result<Self, StartError> {
        tcp::bind(world).await.map(|(listener, address)| Self::Tcp(listener, address))
    }

    /// What the host needs to know to connect.
    pub fn address(&self) -> Address {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Address::Unix(socket.path().to_owned()),
            Self::Tcp(_, address) => Address::Tcp(*address),
        }
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    /// Those of the system; most pass, such as too many open files.
    pub async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?)),
            Self::Tcp(listener, _) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

impl Address {
    /// The kind, as Go names it.
    pub fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(unix)]
            Self::Unix(path) => f.write_str(path),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}
