//! A provider as Terraform holds it.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

use futures_util::future::{pending, ready};
use futures_util::stream::{StreamExt, once};
use rustls::ClientConfig;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::credentials::{ClientIdentity, client_config};
use crate::wire::plugin::Empty;
use crate::wire::provider_client::ProviderClient;
use crate::{Connection, Credentials, Ended, Handshake, HostError, Process, Spawn, Tls, within};

/// A provider that was started and is connected; it is killed when this is dropped.
#[derive(Debug)]
pub struct Host {
    process: Process,
    handshake: Handshake,
    identity: Option<ClientIdentity>,
    tls: Tls,
    connection: Connection,
    streams: Streams,
    folder: TempDir,
}

/// The two streams that Terraform opens first and holds until the end.
#[derive(Debug)]
struct Streams {
    held: JoinHandle<()>,
    /// Holds our side of the broker's stream open; the connection could not close before it.
    _open: oneshot::Sender<Infallible>,
}

impl Host {
    /// How to start `program`; [`Spawn::start`] does it.
    pub fn spawn(program: impl AsRef<Path>) -> Spawn {
        Spawn::new(program)
    }

    pub(crate) async fn connect(
        process: Process,
        folder: TempDir,
        identity: Option<ClientIdentity>,
        tls: Tls,
    ) -> Result<Self, HostError> {
        let (line, _) = process.first_line().await.map_err(|error| {
            HostError::new(format_args!("{error}, while stderr has {:#?}", process.stderr.so_far()), "no handshake")
        })?;
        let handshake = Handshake::parse(&line)?;
        let config = config(&handshake, identity.as_ref(), tls)?;
        let connection = Connection::connect(&handshake.address, config).await?;
        let streams = Streams::open(&connection);
        Ok(Self { process, handshake, identity, tls, connection, streams, folder })
    }

    /// Client for the calls of the provider protocol. Each caller takes its own; they share the connection.
    pub fn provider(&self) -> ProviderClient<Channel> {
        self.connection.provider()
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What the provider said on stdout.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// The process of the provider.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The folder for the provider's temporary files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Connects once more, with these credentials, and makes sure of an answer.
    ///
    /// # Errors
    /// When the provider refuses them.
    pub async fn connect_as(&self, credentials: Credentials) -> Result<Connection, HostError> {
        let foreign = ClientIdentity::generate()?;
        let config = match credentials {
            Credentials::Own => config(&self.handshake, self.identity.as_ref(), self.tls)?,
            Credentials::None => config(&self.handshake, None, self.tls)?,
            Credentials::Foreign => config(&self.handshake, Some(&foreign), self.tls)?,
            Credentials::PlainText => None,
        };
        let connection = Connection::connect(&self.handshake.address, config).await?;
        connection.ping().await?;
        Ok(connection)
    }

    /// Ends the provider as Terraform does: asks, closes the connection, waits.
    ///
    /// # Errors
    /// When it does not answer or does not end.
    pub async fn shutdown(self) -> Result<(Ended, TempDir), HostError> {
        let mut controller = self.connection.controller();
        let asked = within("asking for the end", controller.shutdown(Empty {})).await?;
        asked.map_err(|status| HostError::from_error("asking for the end", &status))?;
        drop((controller, self.connection, self.streams));
        Ok((self.process.ended().await?, self.folder))
    }

    /// Dies, as far as the provider can see: both pipes and the connection are closed without a word.
    ///
    /// # Errors
    /// When the provider does not end.
    pub async fn die(mut self) -> Result<(Ended, TempDir), HostError> {
        self.process.stdout.close().await;
        self.process.stderr.close().await;
        drop((self.connection, self.streams));
        Ok((self.process.ended().await?, self.folder))
    }

    /// Waits until the provider has ended by itself.
    ///
    /// # Errors
    /// When it runs on.
    pub async fn ended(self) -> Result<(Ended, TempDir), HostError> {
        Ok((self.process.ended().await?, self.folder))
    }

    /// Kills the provider, which has no chance to clean up.
    ///
    /// # Errors
    /// When it has ended before.
    pub async fn kill(self) -> Result<ExitStatus, HostError> {
        self.process.signal(crate::Signal::KILL)?;
        Ok(self.process.ended().await?.status)
    }
}

impl Streams {
    /// Does not wait for an answer: providers written in Go give none before they have something to say.
    #[expect(clippy::disallowed_methods, reason = "it is stopped when this is dropped")]
    fn open(connection: &Connection) -> Self {
        let (mut stdio, mut broker) = (connection.stdio(), connection.broker());
        let (open, closed) = oneshot::channel::<Infallible>();
        let silent = once(closed).filter_map(|_| ready(None));
        let held = tokio::spawn(async move {
            let _held = tokio::join!(stdio.stream_stdio(()), broker.start_stream(silent));
            pending::<()>().await;
        });
        Self { held, _open: open }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.held.abort();
    }
}

/// TLS exactly where it was asked for: a certificate that nobody asked for crashes Terraform.
fn config(
    handshake: &Handshake,
    identity: Option<&ClientIdentity>,
    tls: Tls,
) -> Result<Option<Arc<ClientConfig>>, HostError> {
    match (tls.version(), &handshake.certificate) {
        (None, None) => Ok(None),
        (Some(version), Some(server)) => client_config(server, identity, version).map(Some),
        (None, Some(_)) => Err(HostError::new("reading the handshake", "a certificate that was not asked for")),
        (Some(_), None) => Err(HostError::new("reading the handshake", "no certificate")),
    }
}
