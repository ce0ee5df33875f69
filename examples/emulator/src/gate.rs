//! What stands in front of every action: version, key, time, signature, nonce, throttling, in this order.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::identity::{AccessKey, Identities};
use crate::moment::Moment;
use crate::operations::{self, Operation};
use crate::refusal::Refusal;
use crate::request::{Parameters, Request};
use crate::signature;
use crate::switches::Switches;

/// How long a nonce stays used.
const NONCE_LIFE: Duration = Duration::from_secs(900);

/// What the gate remembers of earlier requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    nonces: Nonces,
    rate: HashMap<String, (u64, u64)>,
}

impl Gate {
    /// Lets a request through, with the operation that it asks for and the key that signed it. Who may come without a
    /// key is not asked for a nonce either; what is sent all the same is checked.
    pub(crate) fn admit(
        &mut self,
        now: Moment,
        request: &Request,
        switches: &Switches,
        identities: &Identities,
    ) -> Result<(&'static Operation, Option<AccessKey>), Refusal> {
        if request.path != "/" {
            return Err(Refusal::of("InvalidApi.NotFound"));
        }
        if !["GET", "POST"].contains(&request.method.as_str()) {
            return Err(Refusal::of("UnsupportedHTTPMethod"));
        }
        let parameters = &request.parameters;
        let operation = operation(parameters)?;
        if operation.is_anonymous {
            if parameters.given("Timestamp").is_some() {
                timestamp(now, parameters, switches)?;
            }
            if let Some(nonce) = parameters.given("SignatureNonce") {
                self.nonces.take(now, "", nonce)?;
            }
            self.throttle(now, "", switches)?;
            return Ok((operation, None));
        }
        let id = required(parameters, "AccessKeyId")?;
        let key = identities.admit(now, id, parameters.given("SecurityToken"))?;
        timestamp(now, parameters, switches)?;
        signature(request, key)?;
        self.nonces.take(now, id, required(parameters, "SignatureNonce")?)?;
        self.throttle(now, id, switches)?;
        Ok((operation, Some(key.clone())))
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
    if required(parameters, "Version")? != operation.product.version {
        return Err(Refusal::of("InvalidVersion"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::testing::{CREATE, Desk, LIST, refusal};

    /// The answer to a good request of which these parameters differ; `None` leaves one out.
    fn changed(desk: &mut Desk, changes: &[(&str, Option<&str>)]) -> (u16, String) {
        let mut parameters = desk.parameters(LIST, &[]);
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            parameters.extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
        }
        let reply = desk.service.answer(desk.now, &Desk::signed("GET", parameters));
        if reply.status == 200 { (200, String::new()) } else { refusal(&reply) }
    }

    #[test]
    fn each_common_parameter_has_its_refusal() {
        let cases = [
            ("Action", None, 400, "MissingAction"),
            ("Action", Some("DescribeThings"), 404, "InvalidAction.NotFound"),
            ("Action", Some("kickoutclients"), 404, "InvalidAction.NotFound"),
            ("Version", None, 400, "MissingVersion"),
            ("Version", Some("2014-05-26"), 400, "InvalidVersion"),
            ("Format", Some("YAML"), 400, "InvalidParameter.Format"),
            ("AccessKeyId", None, 400, "MissingAccessKeyId"),
            ("AccessKeyId", Some("nobody"), 404, "InvalidAccessKeyId.NotFound"),
            ("SecurityToken", Some("token"), 400, "InvalidSecurityToken.MismatchWithAccessKey"),
            ("Timestamp", None, 400, "MissingTimestamp"),
            ("Timestamp", Some("yesterday"), 400, "InvalidTimeStamp.Format"),
            ("SignatureMethod", None, 400, "MissingSignatureMethod"),
            ("SignatureMethod", Some("HMAC-SHA256"), 400, "InvalidSignatureMethod"),
            ("SignatureVersion", None, 400, "MissingSignatureVersion"),
            ("SignatureVersion", Some("2.0"), 400, "IncompleteSignature"),
            ("SignatureNonce", None, 400, "MissingSignatureNonce"),
        ];
        for (name, value, status, code) in cases {
            assert_eq!(changed(&mut Desk::new(), &[(name, value)]), (status, code.to_owned()), "{name}={value:?}");
        }
        assert_eq!(changed(&mut Desk::new(), &[]).0, 200, "the request that these differ from is good");
    }

    #[test]
    fn what_is_looked_at_first_is_answered_first() {
        let wrongs: [(&str, &str, &str); 4] = [
            ("Version", "1", "InvalidVersion"),
            ("AccessKeyId", "nobody", "InvalidAccessKeyId.NotFound"),
            ("Timestamp", "2001-01-01T00:00:00Z", "InvalidTimeStamp.Expired"),
            ("SignatureMethod", "none", "InvalidSignatureMethod"),
        ];
        for first in 0..wrongs.len() {
            let changes: Vec<_> = wrongs[first..].iter().map(|(name, value, _)| (*name, Some(*value))).collect();
            assert_eq!(changed(&mut Desk::new(), &changes).1, wrongs[first].2);
        }
    }

    #[test]
    fn clocks_may_differ_by_15_minutes() {
        let now = Desk::new().now;
        let life = Duration::from_secs(900);
        let second = Duration::from_secs(1);
        for (sent, status) in [
            (now.minus(life), 200),
            (now.plus(life), 200),
            (now.minus(life + second), 400),
            (now.plus(life + second), 400),
        ] {
            let sent = sent.timestamp();
            assert_eq!(changed(&mut Desk::new(), &[("Timestamp", Some(&sent))]).0, status, "{sent}");
        }
    }

    #[test]
    fn a_wrong_signature_is_answered_with_the_text_that_was_signed() {
        let mut desk = Desk::new();
        let mut parameters = desk.parameters(LIST, &[]);
        let good = Desk::signed("GET", parameters.clone());
        parameters.push(("Signature".to_owned(), "bm90IHRoaXM=".to_owned()));
        let bad = Request { parameters: parameters.into_iter().collect(), ..good.clone() };
        let reply = desk.service.answer(desk.now, &bad);
        assert_eq!(refusal(&reply), (400, "SignatureDoesNotMatch".to_owned()));
        let message = format!(
            "Specified signature is not matched with our calculation. server string to sign is:{}",
            signature::string_to_sign("GET", &good.parameters)
        );
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(body["Message"], message);
        assert_eq!(desk.service.answer(desk.now, &good).status, 200, "a refused signature leaves the nonce unused");
    }

    #[test]
    fn the_method_is_signed_too() {
        let mut desk = Desk::new();
        let signed_for_get = Desk::signed("GET", desk.parameters(LIST, &[]));
        let sent_by_post = Request { method: "POST".to_owned(), ..signed_for_get };
        assert_eq!(refusal(&desk.service.answer(desk.now, &sent_by_post)).1, "SignatureDoesNotMatch");
    }

    #[test]
    fn a_nonce_is_good_once_in_15_minutes() {
        let mut desk = Desk::new();
        let nonce = [("SignatureNonce", Some("once"))];
        assert_eq!(changed(&mut desk, &nonce).0, 200);
        assert_eq!(changed(&mut desk, &nonce), (400, "SignatureNonceUsed".to_owned()));
        desk.wait(899_000);
        assert_eq!(changed(&mut desk, &nonce).1, "SignatureNonceUsed");
        desk.wait(1000);
        assert_eq!(changed(&mut desk, &nonce).0, 200);
    }

    #[test]
    fn temporary_keys_need_their_token() {
        let ends = Desk::new().now.plus(Duration::from_secs(60));
        let secret = crate::config::DEFAULT_ACCESS_KEY_SECRET;
        let keys = vec![
            AccessKey::new("STS.one", secret).with_security_token("token-one").expiring(ends),
            AccessKey::new("STS.two", secret).with_security_token("token-two"),
            AccessKey::new("off", secret).disabled(),
        ];
        let mut desk = Desk::configured(&Config { keys, ..Config::default() });
        let mut ask = |id, token, wait| {
            desk.wait(wait);
            changed(&mut desk, &[("AccessKeyId", Some(id)), ("SecurityToken", token)]).1
        };
        assert_eq!(ask("off", None, 0), "InvalidAccessKeyId.Inactive");
        assert_eq!(ask("STS.one", None, 0), "MissingSecurityToken");
        assert_eq!(ask("STS.one", Some("token-two"), 0), "InvalidSecurityToken.MismatchWithAccessKey");
        assert_eq!(ask("STS.one", Some("nonsense"), 0), "InvalidSecurityToken.Malformed");
        assert_eq!(ask("STS.one", Some("token-one"), 0), "");
        assert_eq!(ask("STS.one", Some("token-one"), 60_000), "InvalidSecurityToken.Expired");
    }

    #[test]
    fn a_key_may_be_held_to_so_many_calls_a_second() {
        let mut desk = Desk::with(|switches| switches.calls_per_second = 2);
        desk.wait(300);
        let statuses: Vec<u16> = (0..3).map(|_| desk.reply(LIST, &[]).status).collect();
        assert_eq!(statuses, [200, 200, 400]);
        let reply = desk.reply(LIST, &[]);
        assert_eq!(refusal(&reply).1, "Throttling.User");
        let header = ("x-ratelimit-user", "Limit:2,Remain:0,TimeLeft:700,Reset:700".to_owned());
        assert!(reply.headers.contains(&header), "{:?}", reply.headers);
        desk.wait(700);
        assert_eq!(desk.reply(LIST, &[]).status, 200);
    }

    #[test]
    fn throttling_comes_before_parameters() {
        let mut desk = Desk::with(|switches| switches.calls_per_second = 1);
        desk.ask(LIST, &[]);
        assert_eq!(desk.refused(CREATE, &[("RegionId", "")]).1, "Throttling.User");
    }

    #[test]
    fn other_methods_and_paths_are_refused() {
        for (method, path, code) in [("PUT", "/", "UnsupportedHTTPMethod"), ("GET", "/v1", "InvalidApi.NotFound")] {
            let mut desk = Desk::new();
            let request = Desk::signed(method, desk.parameters(LIST, &[]));
            let request = Request { path: path.to_owned(), ..request };
            assert_eq!(refusal(&desk.service.answer(desk.now, &request)).1, code);
        }
    }
}
