//! One way to a provider.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tower_service::Service;

use crate::wire::health::HealthCheckRequest;
use crate::wire::health::health_client::HealthClient;
use crate::wire::plugin::grpc_broker_client::GrpcBrokerClient;
use crate::wire::plugin::grpc_controller_client::GrpcControllerClient;
use crate::wire::plugin::grpc_stdio_client::GrpcStdioClient;
use crate::wire::provider_client::ProviderClient;
use crate::{Address, HostError, within};

/// The longest message that is sent or taken, in bytes; the same as in providers written in Go.
const LONGEST_MESSAGE: usize = 256 << 20;

/// One connection to a provider. Clones share it; it closes with the last one, and with the last client made from it.
#[derive(Clone, Debug)]
pub struct Connection(Channel);

impl Connection {
    /// Connects in plain text, as to a provider in debug mode.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: &Address) -> Result<Self, HostError> {
        Self::connect(address, None).await
    }

    pub(crate) async fn connect(address: &Address, tls: Option<Arc<ClientConfig>>) -> Result<Self, HostError> {
        let dialer = Dialer { address: address.clone(), tls };
        // The name is that of every plugin; the dialer knows where it really is.
        let endpoint = Endpoint::from_static("http://localhost");
        let doing = format!("connecting to {address:?}");
        let channel = within(&doing, endpoint.connect_with_connector(dialer)).await?;
        channel.map(Self).map_err(|error| HostError::from_error(&doing, &error))
    }

    /// Client for the calls of the provider protocol.
    pub fn provider(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.0.clone())
            .max_encoding_message_size(LONGEST_MESSAGE)
            .max_decoding_message_size(LONGEST_MESSAGE)
    }

    /// Client for the request to end.
    pub fn controller(&self) -> GrpcControllerClient<Channel> {
        GrpcControllerClient::new(self.0.clone())
    }

    /// Client for what a plugin prints.
    pub fn stdio(&self) -> GrpcStdioClient<Channel> {
        GrpcStdioClient::new(self.0.clone())
    }

    /// Client for further connections.
    pub fn broker(&self) -> GrpcBrokerClient<Channel> {
        GrpcBrokerClient::new(self.0.clone())
    }

    /// Client for the question whether the plugin is well.
    pub fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.0.clone())
    }

    /// The connection itself, for calls that none of these clients makes.
    pub fn channel(&self) -> Channel {
        self.0.clone()
    }

    /// Makes sure that the plugin answers. In TLS 1.3 a client learns that it was refused only when it reads.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), HostError> {
        let mut health = self.health();
        let asking = health.check(HealthCheckRequest { service: "plugin".to_owned() });
        let answer = within("asking for the plugin's health", asking).await?;
        answer.map(drop).map_err(|status| HostError::from_error("asking for the plugin's health", &status))
    }
}

/// Makes the streams that a channel runs over.
#[derive(Clone, Debug)]
struct Dialer {
    address: Address,
    tls: Option<Arc<ClientConfig>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Dialer {
    async fn dial(self) -> io::Result<TokioIo<Box<dyn Stream>>> {
        let stream: Box<dyn Stream> = match self.address {
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        };
        Ok(TokioIo::new(match self.tls {
            None => stream,
            Some(config) => {
                let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
                Box::new(TlsConnector::from(config).connect(name, stream).await?)
            }
        }))
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        Box::pin(self.clone().dial())
    }
}
