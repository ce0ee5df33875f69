//! One POST over HTTP, and whether it was sent.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use reqwest::Url;
use rustls::RootCertStore;
use zeroize::Zeroizing;

use super::endpoints::{Endpoint, address, is_this_machine};

/// Largest body that is read, in bytes; the largest real answer (a page of 50 users) has some 10,000.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Connections are not kept longer than this without use, so that few are found closed by the other side.
const IDLE: Duration = Duration::from_secs(20);

/// A complete reply, whatever it says. `Debug` does not show the body: it may hold what was decrypted.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no complete reply. The texts name no URL and nothing of the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Lost {
    /// No connection: nothing of the request was sent.
    NotSent(String),
    /// No connection, because the other side's certificate is not accepted.
    NotTrusted(String),
    /// No connection, and the way there is such that there never will be one.
    Blocked {
        /// What is in the way.
        cause: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The request may have arrived; the reply did not, or not wholly.
    NoAnswer(String),
    /// The client itself cannot be built.
    Unusable(String),
}

/// A reply on its way.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<Reply, Lost>> + Send + 'a>>;

/// Sends one form. The network in real life, a script in tests.
pub trait Transport: Send + Sync {
    /// Posts `form` to `endpoint` and reads the whole reply. Who has `left` time only must learn within it whether there was
    /// a connection, so making one ends before that.
    fn post<'a>(&'a self, endpoint: &'a Endpoint, form: Zeroizing<Vec<u8>>, left: Duration) -> Posting<'a>;
}

/// A request that is not a call of an API: to the metadata service of a machine, or to a URL that hands out keys, which may
/// be what proves who asks.
#[derive(Clone)]
pub struct Errand {
    /// GET or PUT.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Besides those of every request; marked as sensitive where they are secret.
    pub headers: HeaderMap,
}

/// What sources of credentials need of HTTP: calls, and errands.
pub trait Web: Transport {
    /// Runs an errand and reads the whole reply. An errand within the local network goes past every proxy: it asks this
    /// machine, or one that stands next to it, for keys.
    fn run(&self, errand: Errand) -> Posting<'_>;
}

impl Transport for Arc<dyn Web> {
    fn post<'a>(&'a self, endpoint: &'a Endpoint, form: Zeroizing<Vec<u8>>, left: Duration) -> Posting<'a> {
        (**self).post(endpoint, form, left)
    }
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
    /// Past every proxy.
    direct: bool,
    /// Longest time for a connection.
    connect: Duration,
}

/// Times for a connection where less than the usual one is left, each with clients of its own.
const SHORTER: [Duration; 7] = [
    Duration::from_secs(30),
    Duration::from_secs(10),
    Duration::from_secs(3),
    Duration::from_secs(1),
    Duration::from_millis(300),
    Duration::from_millis(100),
    Duration::from_millis(30),
];

impl Lost {
    /// Why, in a few words.
    pub fn cause(self) -> String {
        match self {
            Self::NotSent(cause) | Self::NotTrusted(cause) | Self::NoAnswer(cause) | Self::Unusable(cause) => cause,
            Self::Blocked { cause, .. } => cause,
        }
    }
}

impl Http {
    /// A transport with these limits: for one connection to be made, and for each wait for something to read.
    /// `suffix` follows the program's own name and version in the header `User-Agent`.
    pub fn new(connect_timeout: Duration, read_timeout: Duration, suffix: Option<&str>) -> Self {
        let user_agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let user_agent = suffix
            .and_then(|suffix| HeaderValue::try_from(format!("{user_agent} {suffix}")).ok())
            .unwrap_or_else(|| HeaderValue::from_static(user_agent));
        Self { connect_timeout, read_timeout, user_agent, clients: Mutex::default() }
    }

    async fn exchange(&self, endpoint: &Endpoint, form: Zeroizing<Vec<u8>>, left: Duration) -> Result<Reply, Lost> {
        let connect = self.connect_within(left);
        let way = Way { https: endpoint.is_https(), direct: endpoint.is_loopback(), connect };
        let client = self.client(way).map_err(Lost::Unusable)?;
        let request = client
            .post(endpoint.url())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from_owner(form));
        sent(request).await
    }

    async fn errand(&self, errand: Errand) -> Result<Reply, Lost> {
        let connect = self.connect_timeout;
        let way = Way { https: errand.url.scheme() == "https", direct: is_near(&errand.url), connect };
        let client = self.client(way).map_err(Lost::Unusable)?;
        sent(client.request(errand.method, errand.url).headers(errand.headers)).await
    }

    fn connect_within(&self, left: Duration) -> Duration {
        // With a margin, so that it is the connection that ends first, on a busy machine too.
        let fits = |limit: &Duration| *limit * 5 / 4 < left;
        let shorter = SHORTER.into_iter().filter(|limit| *limit < self.connect_timeout);
        [self.connect_timeout].into_iter().chain(shorter).find(fits).unwrap_or(SHORTER[SHORTER.len() - 1])
    }

    fn client(&self, way: Way) -> Result<reqwest::Client, String> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(built, _)| *built == way) {
            return Ok(client.clone());
        }
        let roots = if way.https { trusted()? } else { RootCertStore::empty() };
        let client = self.build(way, roots)?;
        clients.push((way, client.clone()));
        Ok(client)
    }

    fn build(&self, way: Way, roots: RootCertStore) -> Result<reqwest::Client, String> {
        let builder = self.with_tls(reqwest::Client::builder(), roots)?.connect_timeout(way.connect);
        // Proxies come from HTTPS_PROXY and the like, as every program of the machine reads them.
        let builder = if way.direct { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| format!("the HTTP client cannot be built: {}", causes(&error.without_url())))
    }

    fn with_tls(
        &self,
        builder: reqwest::ClientBuilder,
        roots: RootCertStore,
    ) -> Result<reqwest::ClientBuilder, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("the TLS library has no usable protocol version: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(builder
            .tls_backend_preconfigured(tls)
            .user_agent(self.user_agent.clone())
            .read_timeout(self.read_timeout)
            .pool_idle_timeout(IDLE)
            // A redirect would carry the form with its secrets to a host that nobody chose.
            .redirect(reqwest::redirect::Policy::none())
            // A repeated request needs a new nonce and time stamp, which only the caller can give it.
            .retry(reqwest::retry::never()))
    }
}

impl Transport for Http {
    fn post<'a>(&'a self, endpoint: &'a Endpoint, form: Zeroizing<Vec<u8>>, left: Duration) -> Posting<'a> {
        Box::pin(self.exchange(endpoint, form, left))
    }
}

impl Web for Http {
    fn run(&self, errand: Errand) -> Posting<'_> {
        Box::pin(self.errand(errand))
    }
}

async fn sent(request: reqwest::RequestBuilder) -> Result<Reply, Lost> {
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

/// Whether the host is this machine, or an address that no proxy outside can reach: that of the metadata service, or a
/// link-local one.
pub fn is_near(url: &Url) -> bool {
    is_this_machine(url)
        || match address(url) {
            Some(IpAddr::V4(address)) => address.is_link_local() || address == Ipv4Addr::new(100, 100, 100, 200),
            Some(IpAddr::V6(address)) => address.is_unicast_link_local(),
            None => false,
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
        return Lost::NoAnswer(text);
    }
    let tls = tls_error(&error);
    if tls
        .is_some_and(|tls| matches!(tls, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
    {
        return Lost::NotTrusted(text);
    }
    let advice = match tls {
        Some(rustls::Error::InvalidMessage(_)) => Some(PLAIN),
        _ => BLOCKED.iter().find(|(cause, _)| text.contains(cause)).map(|(_, advice)| *advice),
    };
    match advice {
        Some(advice) => Lost::Blocked { cause: text, advice },
        None => Lost::NotSent(text),
    }
}

const PLAIN: &str = "What answers there (the service, or the proxy that HTTPS_PROXY names) does not speak TLS: check host and port, \
                     or write http:// for a service on this machine.";

/// What the HTTP library says of a connection that will not come about, however often it is tried, and what to do about it.
const BLOCKED: &[(&str, &str)] = &[
    (
        "proxy authorization required",
        "The proxy wants a user name and password that it accepts: check those in HTTPS_PROXY, which is written as \
         http://USER:PASSWORD@HOST:PORT.",
    ),
    (
        "unsupported scheme",
        "A proxy is written as http://HOST:PORT or https://HOST:PORT: check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.",
    ),
];

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

/// The error of the TLS library that is at the bottom of it.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    // An io::Error does not count what it carries among its sources.
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(carried) => tls_error(carried),
        None => error.source().and_then(tls_error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    use time::OffsetDateTime;

    use super::super::endpoints::{Route, endpoint};
    use super::super::operation::Product;
    use super::super::scripted_server::{Play, Server};
    use super::*;
    use crate::world::World;

    const PRODUCT: Product =
        Product { code: "x", version: "1", endpoints: &[], without_vpc: &[], transient_codes: &[], final_codes: &[] };
    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    fn at(address: &str) -> Endpoint {
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[]);
        endpoint(&PRODUCT, "cn-shanghai", &Route::to(address), &world).unwrap()
    }

    async fn post(http: &Http, address: &str) -> Result<Reply, Lost> {
        http.post(&at(address), Zeroizing::new(b"Action=X".to_vec()), HOUR).await
    }

    #[tokio::test]
    async fn the_form_is_the_body_and_nothing_is_in_the_url() {
        let server = Server::playing(vec![Play::Answer(418, "X-Some: thing\r\n", "tea".to_owned())]);
        let http = Http::new(MINUTE, MINUTE, Some("team/7"));
        let reply = post(&http, &server.address).await.unwrap();
        assert_eq!(
            (reply.status, reply.body.as_slice(), &reply.headers["x-some"]),
            (418, &b"tea"[..], &"thing".parse().unwrap())
        );
        let request = &server.requests()[0];
        assert_eq!((request.line.as_str(), request.body.as_str()), ("POST / HTTP/1.1", "Action=X"));
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(request.headers["content-length"], "8");
        let agent = concat!("terraform-provider-smartag/", env!("CARGO_PKG_VERSION"), " team/7");
        assert_eq!(request.headers["user-agent"], agent);
    }

    #[tokio::test]
    async fn a_suffix_that_no_header_can_hold_is_left_out() {
        let http = Http::new(MINUTE, MINUTE, Some("bad\r\nEvil: 1"));
        assert_eq!(http.user_agent, concat!("terraform-provider-smartag/", env!("CARGO_PKG_VERSION")));
    }

    #[tokio::test]
    async fn a_redirect_is_a_reply_and_is_not_followed() {
        let elsewhere = Server::playing(vec![Play::HangUp]);
        let headers: &'static str = Box::leak(format!("Location: {}/\r\n", elsewhere.address).into_boxed_str());
        let server = Server::playing(vec![Play::Answer(307, headers, String::new())]);
        let reply = post(&Http::new(MINUTE, MINUTE, None), &server.address).await.unwrap();
        assert_eq!((reply.status, elsewhere.requests().len()), (307, 0));
    }

    #[tokio::test]
    async fn what_was_not_sent_is_told_from_what_was_not_answered() {
        let http = Http::new(MINUTE, MINUTE, None);
        let server = Server::playing(vec![Play::HangUp, Play::HangUpInBody]);
        for _ in 0..2 {
            let lost = post(&http, &server.address).await.unwrap_err();
            assert!(matches!(lost, Lost::NoAnswer(_)), "{lost:?}");
        }
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let Err(Lost::NotSent(cause)) = post(&http, &format!("http://{closed}")).await else {
            panic!("there is nobody to send to")
        };
        assert!(cause.contains("refused") && !cause.contains("http"), "{cause}");
    }

    /// A server that says this to whatever it hears, and its address without a scheme.
    fn saying(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("localhost:{}", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // The client may hang up at any time.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        address
    }

    #[test]
    fn a_connection_takes_no_longer_than_there_is_time() {
        let seconds = Duration::from_secs;
        for (usual, left, expected) in
            [(60, 300, 60), (60, 60, 30), (60, 9, 3), (60, 3, 1), (2, 5, 2), (2, 2, 1), (5, 5, 3)]
        {
            assert_eq!(
                Http::new(seconds(usual), MINUTE, None).connect_within(seconds(left)),
                seconds(expected),
                "{usual} {left}"
            );
        }
        for (left, expected) in [(500, 300), (200, 100), (20, 30)] {
            let within = Http::new(MINUTE, MINUTE, None).connect_within(Duration::from_millis(left));
            assert_eq!(within, Duration::from_millis(expected));
        }
    }

    #[tokio::test]
    async fn what_can_never_come_about_is_told_from_what_may_come_later() {
        let plain = saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        let lost = post(&Http::new(MINUTE, MINUTE, None), &format!("https://{plain}")).await.unwrap_err();
        assert!(matches!(lost, Lost::Blocked { advice: PLAIN, .. }), "{lost:?}");

        let strict = saying(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        for (proxy, word) in
            [(format!("http://{strict}"), "USER:PASSWORD"), ("socks5://127.0.0.1:9".to_owned(), "http://HOST")]
        {
            let http = Http::new(MINUTE, MINUTE, None);
            let builder = reqwest::Client::builder().proxy(reqwest::Proxy::all(proxy).unwrap());
            let through = http.with_tls(builder, RootCertStore::empty()).unwrap().build().unwrap();
            http.clients.lock().unwrap().push((Way { https: true, direct: false, connect: MINUTE }, through));
            let lost = post(&http, "https://smartag.example.com").await.unwrap_err();
            assert!(matches!(&lost, Lost::Blocked { advice, .. } if advice.contains(word)), "{lost:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_stays_silent_is_not_waited_for() {
        let server = Server::playing(vec![Play::Silence]);
        let lost = post(&Http::new(MINUTE, Duration::from_millis(30), None), &server.address).await.unwrap_err();
        assert_eq!(lost, Lost::NoAnswer("timed out".to_owned()));
    }

    #[tokio::test]
    async fn an_endless_body_is_not_read_to_its_end() {
        let server = Server::playing(vec![Play::Answer(200, "", "x".repeat(LARGEST_BODY + 1))]);
        let lost = post(&Http::new(MINUTE, MINUTE, None), &server.address).await.unwrap_err();
        assert!(matches!(&lost, Lost::NoAnswer(cause) if cause.contains("longer than")), "{lost:?}");
    }

    /// A TLS server for as many connections, and its certificate.
    fn tls_server(connections: usize) -> (String, CertificateDer<'static>) {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = key.cert.der().clone();
        let private = PrivatePkcs8KeyDer::from(key.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], private.into())
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            for _ in 0..connections {
                let (stream, _) = listener.accept().unwrap();
                let tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(tls, stream);
                // What the client thinks of the certificate shows in its own result, so errors are left to it.
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        (address, certificate)
    }

    #[tokio::test]
    async fn a_certificate_is_verified_and_one_that_is_not_accepted_is_told_from_a_closed_door() {
        let (address, certificate) = tls_server(2);
        let way = Way { https: true, direct: true, connect: MINUTE };
        let mut roots = RootCertStore::empty();
        let http = Http::new(MINUTE, MINUTE, None);
        http.clients.lock().unwrap().push((way, http.build(way, roots.clone()).unwrap()));
        let lost = post(&http, &address).await.unwrap_err();
        assert!(matches!(&lost, Lost::NotTrusted(cause) if cause.contains("UnknownIssuer")), "{lost:?}");

        roots.add(certificate).unwrap();
        let http = Http::new(MINUTE, MINUTE, None);
        http.clients.lock().unwrap().push((way, http.build(way, roots).unwrap()));
        assert_eq!(post(&http, &address).await.unwrap().body, b"{}");
    }

    #[test]
    fn this_machine_its_network_and_the_metadata_service_are_near() {
        for (address, near) in [
            ("http://localhost:1", true),
            ("http://127.0.0.1", true),
            ("http://[::1]", true),
            ("http://100.100.100.200/latest/meta-data/", true),
            ("http://169.254.170.2", true),
            ("http://[fe80::1]", true),
            ("http://100.100.100.201", false),
            ("https://sts.aliyuncs.com", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_near(&Url::parse(address).unwrap()), near, "{address}");
        }
    }

    #[tokio::test]
    async fn clear_text_to_this_machine_loads_no_certificates() {
        let server = Server::playing(vec![Play::HangUp]);
        let http = Http::new(MINUTE, MINUTE, None);
        assert!(http.clients.lock().unwrap().is_empty());
        let _ = post(&http, &server.address).await;
        let built: Vec<_> = http.clients.lock().unwrap().iter().map(|(way, _)| *way).collect();
        assert!(built == [Way { https: false, direct: true, connect: MINUTE }]);
    }
}
