//! How a provider is started.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use tempfile::TempDir;
use tokio::process::Command;

use crate::credentials::ClientIdentity;
use crate::{Host, HostError, Process};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all, as with TF_DISABLE_PLUGIN_TLS.
    Off,
    /// With TLS 1.2 only.
    V12,
    /// With TLS 1.3 only.
    V13,
}

impl Tls {
    pub(crate) fn version(self) -> Option<&'static SupportedProtocolVersion> {
        match self {
            Self::Off => None,
            Self::V12 => Some(&TLS12),
            Self::V13 => Some(&TLS13),
        }
    }
}

/// How a provider is started: as Terraform starts it, unless something else is said.
///
/// It sees no environment but this, and a folder of its own for temporary files.
#[derive(Clone, Debug)]
pub struct Spawn {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    tls: Tls,
}

impl Spawn {
    /// As Terraform starts it: with the cookie, the versions and ports that it allows, and mutual TLS 1.3.
    pub fn new(program: impl AsRef<Path>) -> Self {
        let new = Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            variables: BTreeMap::new(),
            tls: Tls::V13,
        };
        new.variable("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
            .variable("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .variable("PLUGIN_MIN_PORT", "10000")
            .variable("PLUGIN_MAX_PORT", "25000")
    }

    /// With this argument, after those that it has.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Without this environment variable.
    #[must_use]
    pub fn without_variable(mut self, name: &str) -> Self {
        self.variables.remove(name.as_ref() as &std::ffi::OsStr);
        self
    }

    /// With this protection of the connection.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Told of a client's certificate, which is made now: for a process that is run and never connected to.
    ///
    /// # Errors
    /// When no certificate can be made.
    pub fn client_certificate(self) -> Result<Self, HostError> {
        Ok(self.announcing(&ClientIdentity::generate()?))
    }

    /// Starts it and connects.
    ///
    /// # Errors
    /// When it cannot be started, says no proper handshake, or cannot be connected to.
    pub async fn start(mut self) -> Result<Host, HostError> {
        let folder = temporary_folder()?;
        let identity = match self.tls {
            Tls::Off => None,
            Tls::V12 | Tls::V13 => Some(ClientIdentity::generate()?),
        };
        if let Some(identity) = &identity {
            self = self.announcing(identity);
        }
        let process = Process::start(self.command(&folder))?;
        Host::connect(process, folder, identity, self.tls).await
    }

    /// Starts it and leaves it alone, with the folder in which its temporary files are.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(self) -> Result<(Process, TempDir), HostError> {
        let folder = temporary_folder()?;
        Ok((Process::start(self.command(&folder))?, folder))
    }

    fn announcing(self, identity: &ClientIdentity) -> Self {
        self.variable("PLUGIN_CLIENT_CERT", identity.pem())
    }

    fn command(&self, folder: &TempDir) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().env("TMPDIR", folder.path()).envs(&self.variables);
        command
    }
}

fn temporary_folder() -> Result<TempDir, HostError> {
    TempDir::new().map_err(|error| HostError::from_error("making a temporary folder", &error))
}
