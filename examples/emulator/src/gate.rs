//! What stands in front of every action: version, key, time, signature, nonce, throttling, in this order.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::config::AccessKey;
use crate::moment::Moment;
use crate::operations::{self, Operation};
use crate::refusal::Refusal;
use crate::request::{Parameters, Request};
use crate::signature;
use crate::switches::Switches;

/// The only version of the product.
pub(crate) const VERSION: &str = "2018-03-13";
/// How long a nonce stays used.
const NONCE_LIFE: Duration = Duration::from_secs(900);

/// Keys, and what the gate remembers of earlier requests.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    keys: Vec<AccessKey>,
    nonces: Nonces,
    rate: HashMap<String, (u64, u64)>,
}

impl Gate {
    pub(crate) fn new(keys: &[AccessKey]) -> Self {
        Self { keys: keys.to_vec(), nonces: Nonces::default(), rate: HashMap::new() }
    }

    /// Lets a request through, with the operation that it asks for.
    pub(crate) fn admit(
        &mut self,
        now: Moment,
        request: &Request,
        switches: &Switches,
    ) -> Result<&'static Operation, Refusal> {
        if request.path != "/" {
            return Err(Refusal::of("InvalidApi.NotFound"));
        }
        if !["GET", "POST"].contains(&request.method.as_str()) {
            return Err(Refusal::of("UnsupportedHTTPMethod"));
        }
        let parameters = &request.parameters;
        let operation = operation(parameters)?;
        let key = self.key(now, parameters)?;
        timestamp(now, parameters, switches)?;
        signature(request, key)?;
        let nonce = required(parameters, "SignatureNonce")?;
        let id = key.id.clone();
        self.nonces.take(now, &id, nonce)?;
        self.throttle(now, &id, switches)?;
        Ok(operation)
    }

    fn key(&self, now: Moment, parameters: &Parameters) -> Result<&AccessKey, Refusal> {
        let id = required(parameters, "AccessKeyId")?;
        let key =
            self.keys.iter().find(|key| key.id == id).ok_or_else(|| Refusal::of("InvalidAccessKeyId.NotFound"))?;
        if key.is_disabled {
            return Err(Refusal::of("InvalidAccessKeyId.Inactive"));
        }
        let sent = parameters.given("SecurityToken");
        match (&key.security_token, sent) {
            (None, None) => Ok(key),
            (None, Some(_)) => Err(Refusal::of("InvalidSecurityToken.MismatchWithAccessKey")),
            (Some(_), None) => Err(Refusal::of("MissingSecurityToken")),
            (Some(token), Some(sent)) if token == sent => {
                let is_over = key.token_expires.is_some_and(|end| end <= now);
                if is_over { Err(Refusal::of("InvalidSecurityToken.Expired")) } else { Ok(key) }
            }
            (Some(_), Some(sent)) => {
                let is_another_keys = self.keys.iter().any(|other| other.security_token.as_deref() == Some(sent));
                let code = if is_another_keys { "MismatchWithAccessKey" } else { "Malformed" };
                Err(Refusal::of(&format!("InvalidSecurityToken.{code}")))
            }
        }
    }

    /// Counts the calls of a key in each second of the clock.
    fn throttle(&mut self, now: Moment, key: &str, switches: &Switches) -> Result<(), Refusal> {
        if switches.calls_per_second == 0 {
            return Ok(());
        }
        let window = self.rate.entry(key.to_owned()).or_default();
        if window.0 != now.seconds() {
            *window = (now.seconds(), 0);
        }
        window.1 += 1;
        if window.1 > switches.calls_per_second { Err(Refusal::of("Throttling.User")) } else { Ok(()) }
    }
}

/// The header that tells a throttled client how long to wait.
pub(crate) fn rate_header(limit: u64, time_left_ms: u64) -> (&'static str, String) {
    ("x-ratelimit-user", format!("Limit:{limit},Remain:0,TimeLeft:{time_left_ms},Reset:{time_left_ms}"))
}

fn operation(parameters: &Parameters) -> Result<&'static Operation, Refusal> {
    let action = required(parameters, "Action")?;
    let operation = operations::find(action).ok_or_else(|| Refusal::of("InvalidAction.NotFound"))?;
    match required(parameters, "Version")? {
        VERSION => {}
        _ => return Err(Refusal::of("InvalidVersion")),
    }
    match parameters.given("Format") {
        Some(format) if !["JSON", "XML"].iter().any(|known| known.eq_ignore_ascii_case(format)) => {
            Err(Refusal::of("InvalidParameter.Format"))
        }
        _ => Ok(operation),
    }
}

fn timestamp(now: Moment, parameters: &Parameters, switches: &Switches) -> Result<(), Refusal> {
    let sent = required(parameters, "Timestamp")?;
    let sent = Moment::parse(sent).ok_or_else(|| Refusal::of("InvalidTimeStamp.Format"))?;
    let limit = Duration::from_secs(switches.clock_skew_limit_s);
    if sent.distance(now) > limit { Err(Refusal::of("InvalidTimeStamp.Expired")) } else { Ok(()) }
}

fn signature(request: &Request, key: &AccessKey) -> Result<(), Refusal> {
    let parameters = &request.parameters;
    if required(parameters, "SignatureMethod")? != "HMAC-SHA1" {
        return Err(Refusal::of("InvalidSignatureMethod"));
    }
    if required(parameters, "SignatureVersion")? != "1.0" {
        return Err(Refusal::of("IncompleteSignature"));
    }
    let sent = required(parameters, "Signature")?;
    let text = signature::string_to_sign(&request.method, parameters);
    if signature::sign(&key.secret, &text) == sent { Ok(()) } else { Err(Refusal::signature(&text)) }
}

fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, Refusal> {
    parameters.given(name).ok_or_else(|| Refusal::missing(name))
}

/// The nonces of the last 15 minutes, by key.
#[derive(Clone, Debug, Default)]
struct Nonces {
    used: HashSet<(String, String)>,
    order: VecDeque<((String, String), Moment)>,
}

impl Nonces {
    fn take(&mut self, now: Moment, key: &str, nonce: &str) -> Result<(), Refusal> {
        while self.order.front().is_some_and(|(_, at)| at.plus(NONCE_LIFE) <= now) {
            if let Some((nonce, _)) = self.order.pop_front() {
                self.used.remove(&nonce);
            }
        }
        let nonce = (key.to_owned(), nonce.to_owned());
        if self.used.contains(&nonce) {
            return Err(Refusal::of("SignatureNonceUsed"));
        }
        self.used.insert(nonce.clone());
        self.order.push_back((nonce, now));
        Ok(())
    }
}
