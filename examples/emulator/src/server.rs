//! The thin shell of HTTP around the service.

use std::convert::Infallible;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::calls::Call;
use crate::control;
use crate::moment::Moment;
use crate::reply::{Delivery, Reply};
use crate::request::Request;
use crate::service::Service;

/// More than any request needs: a fault file of a test, a form of 50 names.
const BODY_MAX: usize = 4 << 20;

/// What is told about every call.
pub(crate) type Log = Box<dyn Fn(&Call) + Send>;

/// The service as the connections share it.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<(Service, Log)>>);

impl Shared {
    pub(crate) fn new(service: Service, log: Log) -> Self {
        Self(Arc::new(Mutex::new((service, log))))
    }

    /// A panic while it was held does not take the service away from the others.
    pub(crate) fn lock(&self) -> MutexGuard<'_, (Service, Log)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time of day. The only clock in the emulator.
#[expect(clippy::disallowed_methods, reason = "the core takes the time; this is where it comes from")]
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment::ALWAYS.plus(since)
}

/// Serves connections until `stop` is told or dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Shared,
    mut stop: oneshot::Receiver<()>,
) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => return,
            _ = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                // A client that gave up before it was accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                let (shared, tls) = (shared.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => converse(shared, stream).await,
                        // A client that does not trust the certificate leaves.
                        Some(tls) => if let Ok(stream) = tls.accept(stream).await { converse(shared, stream).await },
                    }
                });
            }
        }
    }
}

async fn converse(shared: Shared, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let service = service_fn(move |request| answer(shared.clone(), request));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // Broken connections are the clients' business, and some are broken on purpose.
    let _ = connection.await;
}

/// Closing the connection is the error: hyper then sends nothing.
async fn answer(shared: Shared, request: hyper::Request<Incoming>) -> Result<hyper::Response<Answer>, Closed> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_MAX).collect().await else {
        return Ok(response(&Reply::new(413, "text/plain", "The request is too large.\n".to_owned())));
    };
    let body = body.to_bytes();
    let body = String::from_utf8_lossy(&body);
    let path = parts.uri.path();
    if path.starts_with(control::PREFIX) {
        return Ok(response(&shared.lock().0.control(now(), parts.method.as_str(), path, &body)));
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let query = parts.uri.query().unwrap_or_default();
    let request = Request::new(parts.method.as_str(), path, query, content_type, &body);
    let headers = parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let request = headers.fold(request, |request, (name, value)| request.with_header(name, value));
    let arrival = shared.lock().0.arrive(&request);
    if !arrival.delay().is_zero() {
        tokio::time::sleep(arrival.delay()).await;
    }
    let reply = {
        let (service, log) = &mut *shared.lock();
        let reply = service.act(now(), &request, arrival);
        service.calls().last().into_iter().for_each(log);
        reply
    };
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    if reply.delivery == Delivery::Nothing { Err(Closed) } else { Ok(response(&reply)) }
}

fn response(reply: &Reply) -> hyper::Response<Answer> {
    let bytes = Bytes::from(reply.body.clone());
    let length = bytes.len() as u64;
    let body = match reply.delivery {
        Delivery::Half => Answer { length, bytes: Some(bytes.slice(..bytes.len() / 2)), breaks_off: true },
        _ => Answer { length, bytes: Some(bytes), breaks_off: false },
    };
    let mut response = hyper::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

/// A body of announced length. When it ends early, hyper closes the connection.
struct Answer {
    length: u64,
    bytes: Option<Bytes>,
    /// Whether to pause once behind the bytes: in that pause hyper sends what it has.
    breaks_off: bool,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if std::mem::take(&mut self.breaks_off) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
