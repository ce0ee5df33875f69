//! The pure core: a request and the time go in, an answer comes out. No socket, no clock, no chance.

use std::time::Duration;

use serde_json::Value;

use crate::account::Password;
use crate::calls::Call;
use crate::config::Config;
use crate::faults::{Fault, Faults, What};
use crate::gate::{self, Gate};
use crate::instance::{Instance, Instances};
use crate::moment::Moment;
use crate::operations::Ask;
use crate::outside::{self, Outside, UserView};
use crate::refusal::Refusal;
use crate::reply::{Delivery, Form, Reply};
use crate::request::Request;
use crate::switches::Switches;

/// The service with all that it holds in memory.
#[derive(Clone, Debug)]
pub struct Service {
    config: Config,
    pub(crate) switches: Switches,
    pub(crate) instances: Instances,
    pub(crate) faults: Faults,
    calls: Vec<Call>,
    gate: Gate,
    answered: u64,
    shifted: Duration,
}

/// A request that has arrived, with the fault that strikes it.
#[derive(Clone, Debug)]
pub struct Arrival {
    fault: Option<Fault>,
}

impl Arrival {
    /// How long to wait before the service acts.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.fault.as_ref().map_or(0, |fault| fault.before_ms))
    }
}

impl Service {
    /// The error says in a person's words what is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, String> {
        let mut instances = Instances::new();
        for instance in &config.instances {
            if instances.insert(instance.sag_id.clone(), Instance::new(instance)?).is_some() {
                return Err(format!("instance {} is configured twice", instance.sag_id));
            }
        }
        Ok(Self {
            config: config.clone(),
            switches: config.switches.clone(),
            instances,
            faults: Faults::default(),
            calls: Vec::new(),
            gate: Gate::new(&config.keys),
            answered: 0,
            shifted: Duration::ZERO,
        })
    }

    /// Answers a request. A fault's delay before acting passes on the given clock; who needs other requests to come in
    /// between calls [`Self::arrive`] and [`Self::act`].
    pub fn answer(&mut self, now: Moment, request: &Request) -> Reply {
        let arrival = self.arrive(request);
        self.act(now.plus(arrival.delay()), request, arrival)
    }

    /// Takes a request in and decides whether a fault strikes it.
    pub fn arrive(&mut self, request: &Request) -> Arrival {
        Arrival { fault: self.faults.strike(request) }
    }

    /// Acts on a request that has arrived, and records it.
    pub fn act(&mut self, now: Moment, request: &Request, arrival: Arrival) -> Reply {
        let now = now.plus(self.shifted);
        self.answered += 1;
        let request_id = request_id(self.config.seed, self.answered);
        let form = Form {
            wants_xml: request.wants_xml(),
            request_id: &request_id,
            action: request.action(),
            region: request.parameters.get("RegionId").unwrap_or_default(),
        };
        let what = arrival.fault.as_ref().map_or(&What::Slow, |fault| &fault.what);
        let (mut reply, outcome) = match what {
            What::CloseBefore => (Reply::closed(), String::new()),
            What::Html => (unavailable_page(), String::new()),
            what => {
                let result = self.decide(now, request, what);
                let outcome = result.as_ref().err().map_or_else(|| "ok".to_owned(), |refusal| refusal.code.clone());
                (self.spoil(form, result, what, now), outcome)
            }
        };
        reply.delay = Duration::from_millis(arrival.fault.as_ref().map_or(0, |fault| fault.after_ms));
        self.calls.push(Call {
            sequence: self.answered,
            at_ms: now,
            action: request.action().to_owned(),
            sag_id: request.parameters.get("SmartAGId").map(str::to_owned),
            user_name: request.user_name().map(str::to_owned),
            outcome,
            status: if reply.delivery == Delivery::Nothing { 0 } else { reply.status },
            fault: arrival.fault.as_ref().map(|fault| fault.what.name()),
            request_id,
            parameters: request.parameters.starred(),
        });
        reply
    }

    fn decide(&mut self, now: Moment, request: &Request, what: &What) -> Result<Value, Refusal> {
        let operation = self.gate.admit(now, request, &self.switches)?;
        if let Some(refusal) = what.refusal_before() {
            return Err(refusal);
        }
        let ask =
            Ask { now, parameters: &request.parameters, switches: &self.switches, wants_xml: request.wants_xml() };
        operation.run(&ask, &mut self.instances)
    }

    /// Renders what was decided, and does to the answer what the fault says.
    fn spoil(&self, form: Form<'_>, result: Result<Value, Refusal>, what: &What, now: Moment) -> Reply {
        let mut reply = match &result {
            Ok(fields) => form.success(fields.clone()),
            Err(refusal) => form.refusal(refusal),
        };
        match what {
            What::ErrorAfter { code, status, message } => {
                reply = form.refusal(&Refusal::of(code).reworded(*status, message.as_deref()));
            }
            What::Throttle { time_left_ms, .. } => reply.headers.push(gate::rate_header(1, *time_left_ms)),
            What::CloseAfter => reply.delivery = Delivery::Nothing,
            What::Truncate => reply.delivery = Delivery::Half,
            What::Garbage => {
                reply.status = 200;
                "\u{1}{\"RequestId\": <not an answer".clone_into(&mut reply.body);
            }
            _ if result.is_err_and(|refusal| refusal.code == "Throttling.User") => {
                let time_left = 1000 - now.millis() % 1000;
                reply.headers.push(gate::rate_header(self.switches.calls_per_second, time_left));
            }
            _ => {}
        }
        reply
    }

    /// Every request so far, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// How often an action was called.
    pub fn count(&self, action: &str) -> usize {
        self.calls.iter().filter(|call| call.action == action).count()
    }

    /// Forgets the records; the numbers go on.
    pub fn clear_calls(&mut self) {
        self.calls.clear();
    }

    /// The switches as they are.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Sets all switches.
    pub fn set_switches(&mut self, switches: Switches) {
        self.switches = switches;
    }

    /// Arms a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.add(fault);
    }

    /// Faults that still wait for their calls.
    pub fn faults(&self) -> &[Fault] {
        self.faults.as_slice()
    }

    /// Disarms all faults.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Changes something as if in the console. The error says in a person's words why it cannot be.
    pub fn outside(&mut self, now: Moment, change: Outside) -> Result<(), String> {
        let now = now.plus(self.shifted);
        outside::apply(change, now, &self.switches, &mut self.instances)
    }

    /// The accounts of an instance as they are, by name; empty where there is no such instance.
    pub fn users(&self, now: Moment, sag_id: &str) -> Vec<UserView> {
        let now = now.plus(self.shifted);
        self.instances.get(sag_id).map(|instance| outside::users(instance, now, &self.switches)).unwrap_or_default()
    }

    /// Whether this is the password of the account at present.
    pub fn password_is(&self, sag_id: &str, user_name: &str, password: &str) -> bool {
        let account = self.instances.get(sag_id).and_then(|instance| instance.account(user_name));
        account.is_some_and(|account| account.user().is_some() && account.password_is(&Password::new(password)))
    }

    /// Moves the service's clock ahead of the one that is passed in.
    pub fn advance(&mut self, span: Duration) {
        self.shifted += span;
    }

    /// Begins anew with what the configuration says; the request ids go on.
    pub fn reset(&mut self) {
        if let Ok(fresh) = Self::new(&self.config) {
            *self = Self { answered: self.answered, ..fresh };
        }
    }
}

fn unavailable_page() -> Reply {
    let page = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n\
                <center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n";
    Reply::new(503, "text/html", page.to_owned())
}

/// An upper-case UUID that depends on nothing but the seed and how many requests came before.
fn request_id(seed: u64, sequence: u64) -> String {
    let high = mixed(seed.wrapping_add(sequence.wrapping_mul(2)));
    let low = mixed(seed.wrapping_add(sequence.wrapping_mul(2) + 1));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xFFFF, (high & 0x0FFF) | 0x4000);
    let (d, e) = (((low >> 48) & 0x3FFF) | 0x8000, low & 0xFFFF_FFFF_FFFF);
    format!("{a:08X}-{b:04X}-{c:04X}-{d:04X}-{e:012X}")
}

/// The finaliser of SplitMix64: neighbouring numbers come out far apart.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
