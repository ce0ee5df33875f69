//! The pure core: a request and the time go in, an answer comes out. No socket, no clock, no chance.

use std::time::Duration;

use serde_json::Value;

use crate::account::Password;
use crate::calls::Call;
use crate::config::Config;
use crate::faults::{Fault, Faults, What};
use crate::gate::{self, Gate};
use crate::identity::{AccessKey, Identities};
use crate::instance::{Instance, Instances};
use crate::metadata::{self, Endpoint, Tokens, Visit};
use crate::moment::Moment;
use crate::operations::{self, Ask, Holdings};
use crate::outside::{self, Outside, UserView};
use crate::refusal::Refusal;
use crate::reply::{Delivery, Form, Reply};
use crate::request::Request;
use crate::seed;
use crate::switches::{Metadata, Switches};

/// Longer than any client waits.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The service with all that it holds in memory.
#[derive(Clone, Debug)]
pub struct Service {
    config: Config,
    pub(crate) switches: Switches,
    pub(crate) holdings: Holdings,
    pub(crate) faults: Faults,
    calls: Vec<Call>,
    gate: Gate,
    /// Of the metadata service.
    tokens: Tokens,
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
            holdings: Holdings {
                instances,
                ciphertexts: config.ciphertexts.clone(),
                identities: Identities::new(&config.keys, &config.roles)?,
            },
            faults: Faults::default(),
            calls: Vec::new(),
            gate: Gate::default(),
            tokens: Tokens::default(),
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
        let request_id = seed::request_id(self.config.seed, self.answered);
        let endpoint = Endpoint::of(&request.path);
        let hangs = endpoint.is_some_and(Endpoint::is_metadata) && self.switches.metadata == Metadata::Hang;
        let form = Form {
            wants_xml: request.wants_xml(),
            is_page: endpoint.is_some(),
            request_id: &request_id,
            action: request.action(),
            product: operations::product(request.action()),
            region: request.parameters.get("RegionId").unwrap_or_default(),
        };
        let what = arrival.fault.as_ref().map_or(&What::Slow, |fault| &fault.what);
        let (mut reply, outcome) = match what {
            What::CloseBefore => (Reply::closed(), String::new()),
            What::Html => (unavailable_page(), String::new()),
            _ if hangs => (Reply { delay: A_DAY, ..Reply::closed() }, String::new()),
            what => {
                let result = self.decide(now, request, what);
                let outcome = result.as_ref().err().map_or_else(|| "ok".to_owned(), |refusal| refusal.code.clone());
                (self.spoil(form, result, what, now), outcome)
            }
        };
        reply.delay += Duration::from_millis(arrival.fault.as_ref().map_or(0, |fault| fault.after_ms));
        let identities = &self.holdings.identities;
        self.calls.push(Call {
            sequence: self.answered,
            at_ms: now,
            action: request.action().to_owned(),
            sag_id: request.parameters.get("SmartAGId").map(str::to_owned),
            user_name: request.user_name().map(str::to_owned),
            caller: request.parameters.given("AccessKeyId").and_then(|id| identities.key(id)).map(AccessKey::arn),
            outcome,
            status: if reply.delivery == Delivery::Nothing { 0 } else { reply.status },
            fault: arrival.fault.as_ref().map(|fault| fault.what.name()),
            request_id,
            parameters: request.starred(),
        });
        reply
    }

    fn decide(&mut self, now: Moment, request: &Request, what: &What) -> Result<Value, Refusal> {
        let seed = seed::of_request(self.config.seed, self.answered);
        if let Some(endpoint) = Endpoint::of(&request.path) {
            if let Some(refusal) = what.refusal_before() {
                return Err(refusal);
            }
            if endpoint.is_metadata() && self.switches.metadata == Metadata::Off {
                return Err(metadata::page(404, "NotFound"));
            }
            let visit = Visit { now, request, switches: &self.switches, seed };
            return visit.answer(endpoint, &mut self.tokens, &mut self.holdings.identities);
        }
        let (operation, caller) = self.gate.admit(now, request, &self.switches, &self.holdings.identities)?;
        if let Some(refusal) = what.refusal_before() {
            return Err(refusal);
        }
        let ask = Ask {
            now,
            parameters: &request.parameters,
            switches: &self.switches,
            wants_xml: request.wants_xml(),
            caller,
            seed,
        };
        operation.run(&ask, &mut self.holdings)
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
            What::Slow if result.is_err_and(|refusal| refusal.code == "Throttling.User") => {
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
        outside::apply(change, now, &self.switches, &mut self.holdings)
    }

    /// The accounts of an instance as they are, by name; empty where there is no such instance.
    pub fn users(&self, now: Moment, sag_id: &str) -> Vec<UserView> {
        let now = now.plus(self.shifted);
        self.holdings
            .instances
            .get(sag_id)
            .map(|instance| outside::users(instance, now, &self.switches))
            .unwrap_or_default()
    }

    /// Whether this is the password of the account at present.
    pub fn password_is(&self, sag_id: &str, user_name: &str, password: &str) -> bool {
        let account = self.holdings.instances.get(sag_id).and_then(|instance| instance.account(user_name));
        account.is_some_and(|account| account.user().is_some() && account.password_is(&Password::new(password)))
    }

    /// Moves the service's clock ahead of the one that is passed in.
    pub fn advance(&mut self, span: Duration) {
        self.shifted += span;
    }

    /// Begins anew with what the configuration says; the request ids go on.
    pub fn reset(&mut self) {
        let fresh = Self::new(&self.config).expect("the configuration was accepted at the start");
        *self = Self { answered: self.answered, ..fresh };
    }
}

fn unavailable_page() -> Reply {
    let page = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n\
                <center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n";
    Reply::new(503, "text/html", page.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_INSTANCE, InstanceConfig};
    use crate::testing::{CREATE, DELETE, Desk, KICK, LIST, RESET, refusal};

    const BOB: [(&str, &str); 1] = [("UserMail", "bob@example.com")];

    #[test]
    fn equal_requests_get_equal_answers() {
        let story = || {
            let mut desk = Desk::new().users(&["alice.w"]);
            desk.service.fault(Fault::new(LIST, What::Garbage).skip(1));
            desk.dial_in("alice.w");
            let mut replies = Vec::new();
            for (action, own) in [(CREATE, &BOB[..]), (LIST, &[]), (LIST, &[]), (DELETE, &[]), (KICK, &[])] {
                replies.push(desk.reply(action, own));
            }
            (replies, desk.service.calls().to_vec())
        };
        assert_eq!(story(), story());
    }

    #[test]
    fn a_record_tells_everything_but_secrets() {
        let mut desk = Desk::new().users(&["alice.w"]);
        desk.ask(RESET, &[("UserName", "alice.w"), ("Password", "hidden-pass1"), ("SecurityToken", "")]);
        desk.refused(KICK, &[("Username", "nobody7")]);
        let calls = desk.service.calls();
        assert!(!format!("{calls:?}").contains("hidden"), "{calls:?}");
        let told: Vec<_> = calls.iter().map(|c| (c.sequence, c.user_name.as_deref(), c.outcome.as_str())).collect();
        assert_eq!(told, [(1, Some("alice.w"), "ok"), (2, Some("nobody7"), "ClientUser.NameInvalid")]);
        assert_eq!(calls[0].parameter("Password"), Some("***"));
        assert_eq!(desk.service.count(RESET), 1);
        desk.service.clear_calls();
        assert_eq!(desk.service.count(RESET), 0);
    }

    /// What a fault does to a Create: status sent, outcome, and whether the account is there afterwards.
    fn struck(what: What) -> (Reply, u16, String, bool) {
        let mut desk = Desk::new();
        desk.service.fault(Fault::new(CREATE, what));
        let reply = desk.reply(CREATE, &BOB);
        let call = desk.service.calls()[0].clone();
        let exists = !desk.service.users(desk.now, DEFAULT_INSTANCE).is_empty();
        (reply, call.status, call.outcome, exists)
    }

    #[test]
    fn faults_strike_before_or_after_the_service_acts() {
        let cases = [
            (What::Slow, 200, "ok", true),
            (What::error("InternalError"), 500, "InternalError", false),
            (What::throttle(Duration::from_secs(2)), 400, "Throttling.User", false),
            (What::Html, 503, "", false),
            (What::CloseBefore, 0, "", false),
            (What::error_after("InternalError"), 500, "ok", true),
            (What::CloseAfter, 0, "ok", true),
            (What::Truncate, 200, "ok", true),
            (What::Garbage, 200, "ok", true),
        ];
        for (what, status, outcome, exists) in cases {
            let (_, got_status, got_outcome, got_exists) = struck(what.clone());
            assert_eq!((got_status, got_outcome.as_str(), got_exists), (status, outcome, exists), "{what:?}");
        }
    }

    #[test]
    fn faults_show_in_the_answer() {
        assert_eq!(struck(What::CloseAfter).0.delivery, Delivery::Nothing);
        assert_eq!(struck(What::Truncate).0.delivery, Delivery::Half);
        assert!(serde_json::from_str::<Value>(&struck(What::Garbage).0.body).is_err());
        assert!(struck(What::Html).0.body.starts_with("<html>"));
        let error = What::Error { code: "X".to_owned(), status: Some(418), message: Some("tea".to_owned()) };
        let reply = struck(error).0;
        assert_eq!(refusal(&reply), (418, "X".to_owned()));
        let reply = struck(What::error("Throttling.User")).0;
        assert!(reply.headers.iter().all(|(name, _)| *name != "x-ratelimit-user"), "an error alone tells no time");
        let reply = struck(What::throttle(Duration::from_secs(2))).0;
        let header = ("x-ratelimit-user", "Limit:1,Remain:0,TimeLeft:2000,Reset:2000".to_owned());
        assert!(reply.headers.contains(&header), "{:?}", reply.headers);
    }

    #[test]
    fn a_nonce_is_used_up_by_what_reached_the_service() {
        let spent = |what: What| {
            let mut desk = Desk::new();
            desk.service.fault(Fault::new("*", what));
            let request = Desk::signed("POST", desk.parameters(LIST, &[]));
            desk.service.answer(desk.now, &request);
            desk.service.answer(desk.now, &request).status == 400
        };
        assert!(!spent(What::CloseBefore) && !spent(What::Html));
        assert!(spent(What::CloseAfter) && spent(What::error("Throttling.User")));
    }

    #[test]
    fn a_delay_before_acting_passes_on_the_clock() {
        let mut desk = Desk::new();
        let second = Duration::from_secs(1);
        desk.service.fault(Fault::new(LIST, What::Slow).before(second).after(second * 2));
        let reply = desk.reply(LIST, &[]);
        assert_eq!(reply.delay, second * 2);
        assert_eq!(desk.service.calls()[0].at_ms, desk.now.plus(second));
    }

    #[test]
    fn other_requests_may_come_between_arriving_and_acting() {
        let mut desk = Desk::new();
        desk.service.fault(Fault::new(CREATE, What::Slow).before(Duration::from_secs(1)));
        let slow = Desk::signed("POST", desk.parameters(CREATE, &BOB));
        let arrival = desk.service.arrive(&slow);
        assert_eq!(arrival.delay(), Duration::from_secs(1));
        assert!(desk.listed().is_empty());
        assert_eq!(desk.service.act(desk.now, &slow, arrival).status, 200);
        assert_eq!(desk.listed(), ["bob@example.com"]);
    }

    #[test]
    fn a_reset_begins_anew() {
        let mut desk = Desk::new().users(&["alice.w"]);
        desk.service.fault(Fault::new("*", What::Html).times(9));
        desk.service.switches.filter = crate::switches::Filter::Substring;
        desk.service.reset();
        assert!(desk.listed().is_empty());
        assert_eq!((desk.service.calls().len(), desk.service.faults().len()), (1, 0));
        assert_eq!(desk.service.switches(), &Switches::default());
    }

    #[test]
    fn time_can_be_moved_ahead() {
        let mut desk = Desk::with(|switches| switches.list_lag_ms = 60_000);
        desk.ask(CREATE, &BOB);
        assert!(desk.listed().is_empty());
        desk.service.advance(Duration::from_secs(60));
        assert_eq!(desk.listed(), ["bob@example.com"]);
    }

    #[test]
    fn a_wrong_configuration_says_what_is_wrong() {
        let wrong = |instances: &[InstanceConfig]| {
            Service::new(&Config { instances: instances.to_vec(), ..Config::default() }).unwrap_err()
        };
        let good = InstanceConfig::new("sag-a1");
        assert!(wrong(&[InstanceConfig::new("SAG-A1")]).contains("SAG-A1"));
        assert!(wrong(&[good.clone().with_cidr("ten")]).contains("ten"));
        assert!(wrong(&[good.clone().in_region("")]).contains("region"));
        assert!(wrong(&[good.clone(), good]).contains("twice"));
    }
}
