//! Hosts that no connection leads to at the moment: what one call found out in many tries, others need not find out again.
//! Terraform goes on with a thousand other users when one could not be read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::endpoints::Endpoint;

/// How long a host is taken to be closed after a call gave it up.
const CLOSED: Duration = Duration::from_secs(10);

/// A connection that fails sooner is tried once by every call, as the host may be back; a later one by none.
const SOON: Duration = Duration::from_secs(1);

/// The hosts that are closed.
#[derive(Default)]
pub struct Doors(Mutex<HashMap<String, Door>>);

struct Door {
    until: Instant,
    /// Why, where it takes long to find out.
    slow: Option<String>,
}

impl Doors {
    /// Why nobody should try to connect now, if that is so.
    pub fn closed(&self, endpoint: &Endpoint) -> Option<String> {
        let doors = self.lock();
        if doors.is_empty() {
            return None;
        }
        doors.get(&endpoint.to_string()).filter(|door| Instant::now() < door.until)?.slow.clone()
    }

    /// A connection failed after `took`. Whether to leave it at that: since this call tried enough by itself (`enough`), or
    /// another one did a moment ago.
    pub fn gives_up(&self, endpoint: &Endpoint, cause: &str, took: Duration, enough: bool) -> bool {
        let (mut doors, now) = (self.lock(), Instant::now());
        let name = endpoint.to_string();
        if enough {
            let slow = (took > SOON).then(|| cause.to_owned());
            doors.insert(name, Door { until: now + CLOSED, slow });
            return true;
        }
        doors.get(&name).is_some_and(|door| now < door.until)
    }

    /// Somebody answered there.
    pub fn opened(&self, endpoint: &Endpoint) {
        let mut doors = self.lock();
        if !doors.is_empty() {
            doors.remove(&endpoint.to_string());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Door>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
