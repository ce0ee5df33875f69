//! The service on a port of its own, for tests.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::calls::Call;
use crate::config::Config;
use crate::faults::Fault;
use crate::outside::{Outside, UserView};
use crate::server::{self, Shared};
use crate::service::Service;
use crate::switches::Switches;
use crate::tls::Tls;

/// A running emulator. It listens on 127.0.0.1 only, on a thread of its own, and stops when dropped.
pub struct Emulator {
    url: String,
    certificate: Option<String>,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts one. It answers as soon as this returns. Fails when the port is taken or the configuration is wrong.
    pub fn start(config: Config) -> io::Result<Self> {
        Self::start_with_log(config, |_| {})
    }

    /// The same, and tells `log` of every call.
    pub fn start_with_log(config: Config, log: impl Fn(&Call) + Send + 'static) -> io::Result<Self> {
        let service = Service::new(&config).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
        listener.set_nonblocking(true)?;
        let tls = if config.is_tls { Some(Tls::generate()?) } else { None };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let (acceptor, certificate) = tls.map(|tls| (tls.acceptor, tls.certificate)).unzip();
        let shared = Shared::new(service, Box::new(log));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = shared.clone();
        let thread = std::thread::Builder::new()
            .name("smartag-emulator".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, acceptor, serving, stopped)))?;
        Ok(Self { url, certificate, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, the endpoint for clients; `https` where it speaks TLS.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate in PEM that clients must trust, where it speaks TLS.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Every request since the start or the last [`Self::clear_calls`], oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.lock().0.calls().to_vec()
    }

    /// How often an action was called.
    pub fn count(&self, action: &str) -> usize {
        self.shared.lock().0.count(action)
    }

    /// Forgets the records.
    pub fn clear_calls(&self) {
        self.shared.lock().0.clear_calls();
    }

    /// The switches as they are.
    pub fn switches(&self) -> Switches {
        self.shared.lock().0.switches().clone()
    }

    /// Sets all switches.
    pub fn set_switches(&self, switches: Switches) {
        self.shared.lock().0.set_switches(switches);
    }

    /// Changes some switches.
    pub fn change_switches(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.shared.lock().0.switches);
    }

    /// Arms a fault.
    pub fn fault(&self, fault: Fault) {
        self.shared.lock().0.fault(fault);
    }

    /// Faults that still wait for their calls.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.lock().0.faults().to_vec()
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.shared.lock().0.clear_faults();
    }

    /// Changes something as if in the console. The error says in a person's words why it cannot be.
    pub fn outside(&self, change: Outside) -> Result<(), String> {
        self.shared.lock().0.outside(server::now(), change)
    }

    /// The accounts of an instance as they are, by name, whatever the list shows.
    pub fn users(&self, sag_id: &str) -> Vec<UserView> {
        self.shared.lock().0.users(server::now(), sag_id)
    }

    /// Whether this is the password of the account at present.
    pub fn password_is(&self, sag_id: &str, user_name: &str, password: &str) -> bool {
        self.shared.lock().0.password_is(sag_id, user_name, password)
    }

    /// Instances that exist, in order.
    pub fn instance_ids(&self) -> Vec<String> {
        self.shared.lock().0.holdings.instances.keys().cloned().collect()
    }

    /// Moves the emulator's clock on. Beyond 15 minutes, signatures made by the real clock are refused, unless
    /// `clock_skew_limit_s` is raised.
    pub fn advance(&self, span: Duration) {
        self.shared.lock().0.advance(span);
    }

    /// Begins anew with what the configuration said: accounts, switches, faults, nonces, records.
    pub fn reset(&self) {
        self.shared.lock().0.reset();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed already.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::mpsc;

    use super::*;
    use crate::faults::What;
    use crate::request::Request;
    use crate::signature::encode;
    use crate::switches::{Metadata, MetadataToken};
    use crate::testing::{Desk, LIST};

    const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

    fn emulator() -> Emulator {
        Emulator::start(Config::default()).unwrap()
    }

    /// Everything that comes back until the connection closes.
    fn exchange(emulator: &Emulator, method: &str, target: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(emulator.url().strip_prefix("http://").unwrap()).unwrap();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// A signed request for the list as `a=1&b=2`, at the time of day.
    fn list(method: &str) -> String {
        let mut desk = Desk::new();
        desk.now = server::now();
        let Request { parameters, .. } = Desk::signed(method, desk.parameters(LIST, &[]));
        parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn parameters_come_in_the_query_or_in_the_body() {
        let emulator = emulator();
        for (method, in_query) in [("GET", true), ("POST", true), ("POST", false)] {
            let parameters = list(method);
            let answer = if in_query {
                exchange(&emulator, method, &format!("/?{parameters}"), FORM, "")
            } else {
                exchange(&emulator, method, "/", FORM, &parameters)
            };
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            assert!(answer.contains("\r\ncontent-type: application/json;charset=utf-8\r\n"), "{answer}");
            assert!(answer.contains(r#""TotalCount":0"#), "{answer}");
            emulator.reset();
        }
    }

    #[test]
    fn a_call_can_be_lost_on_its_way_there_and_back() {
        for what in [What::CloseBefore, What::CloseAfter] {
            let emulator = emulator();
            emulator.fault(Fault::new(LIST, what.clone()));
            assert_eq!(exchange(&emulator, "POST", "/", FORM, &list("POST")), "", "{what:?}");
            assert_eq!(emulator.calls()[0].status, 0);
        }
    }

    #[test]
    fn a_truncated_answer_announces_more_than_it_brings() {
        let emulator = emulator();
        emulator.fault(Fault::new(LIST, What::Truncate));
        let answer = exchange(&emulator, "POST", "/", FORM, &list("POST"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let announced: usize = announced.parse().unwrap();
        assert!(!body.is_empty() && body.len() < announced, "{} of {announced}", body.len());
    }

    #[test]
    fn a_slow_call_keeps_nobody_else_waiting() {
        let emulator = emulator();
        emulator.fault(Fault::new(LIST, What::Slow).before(Duration::from_secs(3600)));
        let mut slow = TcpStream::connect(emulator.url().strip_prefix("http://").unwrap()).unwrap();
        write!(slow, "GET /?{} HTTP/1.1\r\nHost: localhost\r\n\r\n", list("GET")).unwrap();
        while !emulator.faults().is_empty() {
            std::thread::yield_now();
        }
        let answer = exchange(&emulator, "GET", &format!("/?{}", list("GET")), "", "");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }

    #[test]
    fn headers_of_the_metadata_service_arrive() {
        let emulator = emulator();
        emulator.change_switches(|switches| switches.metadata_token = MetadataToken::Required);
        let token = "/latest/api/token";
        let answer = exchange(&emulator, "PUT", token, "X-aliyun-ecs-metadata-token-ttl-seconds: 60\r\n", "");
        let (_, token) = answer.split_once("\r\n\r\n").unwrap();
        let shown = format!("X-aliyun-ecs-metadata-token: {token}\r\n");
        let answer = exchange(&emulator, "GET", "/latest/meta-data/ram/security-credentials/", &shown, "");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nemulator-ecs"), "{answer}");
        assert_eq!((emulator.count("MetadataToken"), emulator.count("MetadataRoleName")), (1, 1));
    }

    #[test]
    fn a_metadata_service_that_hangs_is_ended_with_the_emulator() {
        let emulator = emulator();
        emulator.change_switches(|switches| switches.metadata = Metadata::Hang);
        let mut stream = TcpStream::connect(emulator.url().strip_prefix("http://").unwrap()).unwrap();
        write!(stream, "GET /latest/meta-data/ HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        while emulator.count("Metadata") == 0 {
            std::thread::yield_now();
        }
        drop(emulator);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert_eq!(answer, "");
    }

    #[test]
    fn the_control_endpoint_is_not_recorded_as_a_call() {
        let emulator = emulator();
        let answer = exchange(&emulator, "GET", "/_emulator/state", "", "");
        assert!(answer.contains(r#""sag_id":"sag-emulator0001""#), "{answer}");
        assert!(emulator.calls().is_empty());
    }

    #[test]
    fn the_log_is_told_of_every_call() {
        let (told, calls) = mpsc::channel();
        let log = move |call: &Call| told.send(call.to_string()).unwrap();
        let emulator = Emulator::start_with_log(Config::default(), log).unwrap();
        exchange(&emulator, "GET", "/?Action=Nothing", "", "");
        assert_eq!(calls.recv().unwrap(), "#1 Nothing - -  404 InvalidAction.NotFound");
    }

    #[test]
    fn the_port_is_free_again_once_it_stopped() {
        let first = emulator();
        let port: u16 = first.url().rsplit(':').next().unwrap().parse().unwrap();
        let config = Config { port, ..Config::default() };
        assert!(Emulator::start(config.clone()).is_err(), "taken");
        drop(first);
        assert!(Emulator::start(config).is_ok());
    }
}
