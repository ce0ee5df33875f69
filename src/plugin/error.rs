//! Why a plugin process could not start.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the process could not start. The host shows it among the plugin's log lines.
#[derive(Debug, Error)]
pub enum StartError {
    /// The host's certificate cannot be used.
    #[error(
        "PLUGIN_CLIENT_CERT does not hold one X.509 certificate in PEM form: {0}. Terraform sets this variable by \
         itself; unset it where a shell or a wrapper has set it"
    )]
    ClientCertificate(String),

    /// Our own certificate could not be made.
    #[error("making a TLS certificate for the connection with the host: {0}")]
    ServerCertificate(#[from] rcgen::Error),

    /// TLS refused the settings made from both certificates.
    #[error("preparing TLS for the connection with the host: {0}")]
    Tls(#[from] rustls::Error),

    /// The folder of the socket could not be made.
    #[error("making a folder for the socket in {folder}: {reason}. Set TMPDIR to a folder that can be written to")]
    SocketFolder {
        /// The folder that was tried.
        folder: PathBuf,
        /// What the system said.
        reason: io::Error,
    },

    /// The socket itself could not be made.
    #[error("listening on {address}: {reason}")]
    Listen {
        /// The path or the address that was tried.
        address: String,
        /// What the system said.
        reason: io::Error,
    },

    /// A port is not a number that a port can have.
    #[error("{variable} must be a port number from 0 to 65535, and is {value:?}")]
    Port {
        /// The environment variable.
        variable: &'static str,
        /// What it holds.
        value: String,
    },

    /// The range of ports is empty.
    #[error("PLUGIN_MIN_PORT is {lowest}, which is above PLUGIN_MAX_PORT, {highest}")]
    PortRange {
        /// PLUGIN_MIN_PORT.
        lowest: u16,
        /// PLUGIN_MAX_PORT.
        highest: u16,
    },

    /// The threads of the runtime could not be started.
    #[error("starting the worker threads: {0}")]
    Runtime(io::Error),

    /// The signal handlers could not be installed.
    #[error("listening for signals: {0}")]
    Signals(io::Error),

    /// The host has gone before it was told the address.
    #[error("writing the address of the socket to stdout: {0}")]
    Handshake(io::Error),
}
