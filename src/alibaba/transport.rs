//! One POST over HTTP, and whether it was sent.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use rustls::RootCertStore;
use zeroize::Zeroizing;

use super::endpoints::Endpoint;

/// Largest body that is read, in bytes; the largest real answer (a page of 50 users) has some 10,000.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Connections are not kept longer than this without use, so that few are found closed by the other side.
const IDLE: Duration = Duration::from_secs(20);

/// A complete reply, whatever it says.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no complete reply. The texts name no URL and nothing of the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Lost {
    /// No connection: nothing of the request was sent.
    NotSent(String),
    /// No connection, because the other side's certificate is not accepted.
    NotTrusted(String),
    /// The request may have arrived; the reply did not, or not wholly.
    NoAnswer(String),
    /// The client itself cannot be built.
    Unusable(String),
}

/// A reply on its way.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<Reply, Lost>> + Send + 'a>>;

/// Sends one form. The network in real life, a script in tests.
pub trait Transport: Send + Sync {
    /// Posts `form` to `endpoint` and reads the whole reply.
    fn post<'a>(&'a self, endpoint: &'a Endpoint, form: Zeroizing<Vec<u8>>) -> Posting<'a>;
}

/// HTTP over TCP, with TLS where the endpoint says so.
///
/// Clients are built when the first call needs them: building one for TLS reads the certificate store, and Terraform
/// starts a provider many times without a single call.
pub struct Http {
    connect_timeout: Duration,
    read_timeout: Duration,
    user_agent: HeaderValue,
    clients: Mutex<Vec<(Way, reqwest::Client)>>,
}

/// What needs a client of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Way {
    https: bool,
    loopback: bool,
}

impl Http {
    /// A transport with these limits: for one connection to be made, and for each wait for something to read.
    /// `suffix` follows the program's own name and version in the header `User-Agent`.
    pub fn new(connect_timeout: Duration, read_timeout: Duration, suffix: Option<&str>) -> Self {
        let user_agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let user_agent = suffix
            .and_then(|suffix| HeaderValue::try_from(format!("{user_agent} {suffix}")).ok())
            .unwrap_or(HeaderValue::from_static(user_agent));
        Self { connect_timeout, read_timeout, user_agent, clients: Mutex::default() }
    }

    async fn exchange(&self, endpoint: &Endpoint, form: Zeroizing<Vec<u8>>) -> Result<Reply, Lost> {
        let client = self.client(endpoint).map_err(Lost::Unusable)?;
        let request = client
            .post(endpoint.url())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from_owner(form));
        let mut response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(Lost::NoAnswer(format!("the answer is longer than {LARGEST_BODY} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }

    fn client(&self, endpoint: &Endpoint) -> Result<reqwest::Client, String> {
        let way = Way { https: endpoint.is_https(), loopback: endpoint.is_loopback() };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(built, _)| *built == way) {
            return Ok(client.clone());
        }
        let client = self.build(way)?;
        clients.push((way, client.clone()));
        Ok(client)
    }

    fn build(&self, way: Way) -> Result<reqwest::Client, String> {
        let roots = if way.https { trusted()? } else { RootCertStore::empty() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("the TLS library has no usable protocol version: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(self.user_agent.clone())
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            .pool_idle_timeout(IDLE)
            // A redirect would carry the form with its secrets to a host that nobody chose.
            .redirect(reqwest::redirect::Policy::none())
            // A repeated request needs a new nonce and time stamp, which only the caller can give it.
            .retry(reqwest::retry::never());
        // Proxies come from HTTPS_PROXY and the like, as every program of the machine reads them.
        let builder = if way.loopback { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| format!("the HTTP client cannot be built: {}", causes(&error.without_url())))
    }
}

impl Transport for Http {
    fn post<'a>(&'a self, endpoint: &'a Endpoint, form: Zeroizing<Vec<u8>>) -> Posting<'a> {
        Box::pin(self.exchange(endpoint, form))
    }
}

/// The certificate authorities of this machine, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
fn trusted() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, unusable) = roots.add_parsable_certificates(found.certs);
    if usable > 0 {
        return Ok(roots);
    }
    let mut problem =
        "no certificate authorities were found, so no service can be trusted. Install the certificates of \
                       the system (often a package named ca-certificates), or name a file with them in SSL_CERT_FILE"
            .to_owned();
    if unusable > 0 {
        problem.push_str(&format!("; {unusable} that were found cannot be read as certificates"));
    }
    for error in found.errors.iter().take(3) {
        problem.push_str(&format!("; {error}"));
    }
    Err(problem)
}

fn lost(error: reqwest::Error) -> Lost {
    let error = error.without_url();
    let text = causes(&error);
    if !error.is_connect() {
        Lost::NoAnswer(text)
    } else if is_about_certificate(&error) {
        Lost::NotTrusted(text)
    } else {
        Lost::NotSent(text)
    }
}

/// The causes from the outermost to the innermost. The first text of reqwest only says that there was an error.
fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Many layers repeat what the one below them says.
        if !texts.iter().any(|seen| seen.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

fn is_about_certificate(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        // An io::Error does not count what it carries among its sources.
        let carried = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = carried
            .and_then(|carried| carried.downcast_ref::<rustls::Error>())
            .or_else(|| cause.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)) {
            return true;
        }
        next = cause.source();
    }
    false
}
