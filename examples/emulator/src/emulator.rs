//! The service on a port of its own, for tests.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::calls::Call;
use crate::config::Config;
use crate::faults::Fault;
use crate::http::{self, Shared};
use crate::outside::{Outside, UserView};
use crate::service::Service;
use crate::switches::Switches;

/// A running emulator. It listens on 127.0.0.1 only, on a thread of its own, and stops when dropped.
pub struct Emulator {
    url: String,
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
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Shared::new(service, Box::new(log));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = shared.clone();
        let thread = std::thread::Builder::new()
            .name("smartag-emulator".to_owned())
            .spawn(move || runtime.block_on(http::serve(listener, serving, stopped)))?;
        Ok(Self { url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, the endpoint for clients.
    pub fn url(&self) -> &str {
        &self.url
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
        self.shared.lock().0.outside(http::now(), change)
    }

    /// The accounts of an instance as they are, by name, whatever the list shows.
    pub fn users(&self, sag_id: &str) -> Vec<UserView> {
        self.shared.lock().0.users(http::now(), sag_id)
    }

    /// Whether this is the password of the account at present.
    pub fn password_is(&self, sag_id: &str, user_name: &str, password: &str) -> bool {
        self.shared.lock().0.password_is(sag_id, user_name, password)
    }

    /// Instances that exist, in order.
    pub fn instance_ids(&self) -> Vec<String> {
        self.shared.lock().0.instances.keys().cloned().collect()
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
