//! The connections of hosts, one task each.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;

use super::dispatch::dispatch;
use super::socket::{Socket, Stream};
use super::{Mode, Services};

/// A client that has not finished its TLS handshake by then is none.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long a full table of open files is given to empty.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes that may be under way per call and per connection. States and schemas are large, and the host is near: small
/// windows would only make it wait.
const CALL_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// Calls at the same time. `terraform -parallelism=N` makes N, and StopProvider must never queue behind them.
const CALLS: u32 = 100_000;

/// Bytes of headers in one call; Terraform sends a few hundred.
const HEADER_LIST: u32 = 64 << 10;

/// Accepts connections and answers what comes over them.
pub(super) struct Clients<S> {
    make: Box<dyn Fn() -> Arc<S> + Send>,
    /// What all connections share; none when each has its own.
    shared: Option<Arc<S>>,
    tls: Option<TlsAcceptor>,
    shutdown: Arc<Notify>,
    ending: CancellationToken,
    /// The one place where this room starts tasks: one per connection, from before the handshake to the last answer.
    tasks: TaskTracker,
}

impl<S: Services> Clients<S> {
    /// Clients of a process in this mode; each must prove itself if there are settings for TLS.
    pub fn new(mode: Mode, tls: Option<Arc<ServerConfig>>, make: impl Fn() -> Arc<S> + Send + 'static) -> Self {
        Self {
            // A person's process may meet several hosts, each of which configures the provider for itself.
            shared: (mode == Mode::Host).then(&make),
            make: Box::new(make),
            tls: tls.map(TlsAcceptor::from),
            shutdown: Arc::default(),
            ending: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// Resolves when a client asked the process to end, and has its answer under way.
    pub async fn shutdown(&self) {
        self.shutdown.notified().await;
    }

    /// Accepts clients for as long as it is polled.
    pub async fn accept(&self, socket: &Socket) -> Infallible {
        loop {
            match socket.accept().await {
                Ok(stream) => {
                    self.tasks.spawn(self.meet(stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Waits until every connection is closed.
    pub async fn gone(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Whether no connection is open.
    #[cfg(not(target_os = "linux"))]
    pub fn are_none(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Asks all running work to end, and waits until it has.
    pub async fn stop(&self) {
        self.ending.cancel();
        if let Some(services) = &self.shared {
            services.stop();
            services.idle().await;
        }
        self.gone().await;
    }

    /// The life of one connection.
    fn meet(&self, stream: Box<dyn Stream>) -> impl Future<Output = ()> + Send + 'static {
        let tls = self.tls.clone();
        let own = self.shared.is_none();
        let services = self.shared.clone().unwrap_or_else(&self.make);
        let shutdown = Arc::clone(&self.shutdown);
        let ending = self.ending.clone();
        async move {
            let stopped = async {
                ending.cancelled().await;
                services.stop();
                services.idle().await;
            };
            tokio::select! {
                () = talk(stream, tls, &services, &shutdown) => {}
                () = stopped => {}
            }
            if own {
                services.stop();
                services.idle().await;
            }
        }
    }
}

/// Answers calls until the client leaves.
async fn talk<S: Services>(
    stream: Box<dyn Stream>,
    tls: Option<TlsAcceptor>,
    services: &Arc<S>,
    shutdown: &Arc<Notify>,
) {
    let stream: Box<dyn Stream> = match tls {
        None => stream,
        Some(tls) => match timeout(HANDSHAKE_LIMIT, tls.accept(stream)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(%error, "refused a client that does not prove to be the host"),
            Err(_) => return tracing::warn!("refused a client that did not finish its TLS handshake"),
        },
    };
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let response = dispatch(services, shutdown, request.map(Body::new));
        async { Ok::<_, Infallible>(response.await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(CALL_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(CALLS)
        .max_header_list_size(HEADER_LIST)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        // Most hosts just leave, which looks like an error from here.
        tracing::trace!(%error, "a connection ended");
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::future::ready;

    use futures_util::future::BoxFuture;
    use http::{Request, Response};
    use tempfile::TempDir;
    use time::OffsetDateTime;
    use tokio::net::UnixStream;
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tonic::Status;

    use super::*;
    use crate::plugin::socket::Address;
    use crate::world::World;

    /// Tells what happens to it.
    struct Told(UnboundedSender<&'static str>);

    impl Services for Told {
        const NAME: &'static str = "told.Service";

        fn call(self: Arc<Self>, _request: Request<Body>) -> BoxFuture<'static, Response<Body>> {
            Box::pin(ready(Status::unimplemented("").into_http()))
        }

        fn stop(&self) {
            let _ = self.0.send("stopped");
        }

        async fn idle(&self) {
            let _ = self.0.send("idle");
        }
    }

    fn clients(mode: Mode) -> (Clients<Told>, UnboundedReceiver<&'static str>) {
        let (sender, told) = unbounded_channel();
        let make = move || {
            let _ = sender.send("made");
            Arc::new(Told(sender.clone()))
        };
        (Clients::new(mode, None, make), told)
    }

    async fn socket() -> (Socket, String, TempDir) {
        let folder = TempDir::new().expect("a temporary folder");
        let parent = folder.path().to_str().expect("its name is text");
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[("TMPDIR", parent)]);
        let socket = Socket::bind("tree", &world).await.expect("the folder is there");
        let Address::Unix(path) = socket.address() else { panic!("its path is short") };
        (socket, path, folder)
    }

    #[tokio::test]
    async fn in_debug_mode_each_client_has_its_own_services_which_stop_as_it_leaves() {
        let (clients, mut told) = clients(Mode::Debug);
        let (socket, path, _folder) = socket().await;
        let story = async {
            let one = UnixStream::connect(&path).await.expect("it listens");
            assert_eq!(told.recv().await, Some("made"));
            let _two = UnixStream::connect(&path).await.expect("it listens");
            assert_eq!(told.recv().await, Some("made"));
            drop(one);
            assert_eq!(told.recv().await, Some("stopped"));
            assert_eq!(told.recv().await, Some("idle"));
        };
        tokio::select! {
            () = story => {}
            never = clients.accept(&socket) => match never {},
        }
    }

    #[tokio::test]
    async fn under_a_host_all_connections_share_services_which_outlive_them_until_the_end() {
        let (clients, mut told) = clients(Mode::Host);
        let (socket, path, _folder) = socket().await;
        assert_eq!(told.recv().await, Some("made"));
        let story = async {
            for _ in 0..2 {
                drop(UnixStream::connect(&path).await.expect("it listens"));
            }
        };
        tokio::select! {
            () = story => {}
            never = clients.accept(&socket) => match never {},
        }
        clients.gone().await;
        told.try_recv().expect_err("nothing happens when a connection closes");
        clients.stop().await;
        assert_eq!(told.recv().await, Some("stopped"));
        assert_eq!(told.recv().await, Some("idle"));
    }

    #[tokio::test]
    async fn the_end_stops_the_work_of_clients_that_are_still_connected() {
        let (clients, mut told) = clients(Mode::Debug);
        let (socket, path, _folder) = socket().await;
        let story = async {
            let client = UnixStream::connect(&path).await.expect("it listens");
            assert_eq!(told.recv().await, Some("made"));
            clients.stop().await;
            assert_eq!(told.recv().await, Some("stopped"));
            drop(client);
        };
        tokio::select! {
            () = story => {}
            never = clients.accept(&socket) => match never {},
        }
    }
}
