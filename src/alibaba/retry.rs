//! Whether, and how long after, a failed try is repeated.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::error::Error;
use super::operation::{Operation, Product};
use crate::world::World;

/// Upper bound of the first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Upper bound of every pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Connections in a row that may fail; where each fails at once, that is within some five seconds. A wrong host name or a
/// closed port does not heal, and the user should not wait out the whole time of the operation to be told.
const CONNECTIONS: u32 = 6;
/// How long connections may fail, where each takes its time.
const CONNECTING: Duration = Duration::from_secs(20);
/// What is added to the time the service names, as its own SDK for Java does.
const MARGIN: Duration = Duration::from_millis(100);

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after a pause.
    Repeat,
    /// Try again, and let all calls slow down.
    SlowDown,
    /// The error stays what it is.
    Final,
    /// The call must not be repeated, and it may have taken effect.
    Unclear,
}

/// Judges the error of one try.
pub fn judge(error: &Error, operation: &Operation, product: &Product) -> Verdict {
    let repeatable = if operation.idempotent { Verdict::Repeat } else { Verdict::Unclear };
    match error {
        Error::Connect { .. } => Verdict::Repeat,
        Error::Interrupted { .. } => repeatable,
        Error::Api(refusal) => match refusal.code.as_str() {
            "Throttling" | "Rejected.Throttling" => Verdict::SlowDown,
            code if code.starts_with("Throttling.") => Verdict::SlowDown,
            code if product.transient_codes.contains(&code) => Verdict::Repeat,
            code if product.final_codes.contains(&code) => Verdict::Final,
            // Each try has a nonce of its own: one that was used means that a copy of this very request came before.
            "SignatureNonceUsed" | "ServiceUnavailable" | "InternalError" => repeatable,
            _ if refusal.http_status >= 500 => repeatable,
            _ => Verdict::Final,
        },
        Error::Unexpected { http_status: 429, .. } => Verdict::SlowDown,
        Error::Unexpected { http_status: 408 | 500.., .. } => repeatable,
        // The call succeeded, only nobody can read what came of it.
        Error::Malformed { .. } if !operation.idempotent => Verdict::Unclear,
        // Waiting for the answer of a call that was sent was ended by the caller.
        Error::TimedOut { .. } | Error::Stopped { .. } if !operation.idempotent => Verdict::Unclear,
        _ => Verdict::Final,
    }
}

/// The pauses of one call: exponential, and half of each by chance, so that callers who failed together do not come
/// back together.
#[derive(Debug, Default)]
pub struct Backoff {
    pauses: u32,
    connections: u32,
    connecting_since: Option<Instant>,
}

impl Backoff {
    /// The next pause; at least as long as the service asked for.
    pub fn next(&mut self, world: &World, asked: Option<Duration>) -> Duration {
        let bound = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(16)).min(LONGEST_PAUSE);
        self.pauses += 1;
        let half = bound / 2;
        // The remainder is as good as evenly spread: 64 random bits against some ten thousand milliseconds.
        let chance = world.random() % u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
        (half + Duration::from_millis(chance)).max(asked.unwrap_or_default())
    }

    /// Counts a connection that was begun at `begun` and failed. True when there were enough of them in a row, or they took
    /// long enough.
    pub fn gives_up_connecting(&mut self, begun: Instant) -> bool {
        self.connections += 1;
        let since = *self.connecting_since.get_or_insert(begun);
        self.connections >= CONNECTIONS || since.elapsed() >= CONNECTING
    }

    /// Somebody answered.
    pub fn connected(&mut self) {
        (self.connections, self.connecting_since) = (0, None);
    }
}

/// How long the service asks to wait: `Retry-After` in seconds, or the rate headers
/// (`Limit:1,Remain:0,TimeLeft:2000,Reset:1234`, where `TimeLeft` is in milliseconds and counts when nothing remains).
pub fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let after = text("retry-after").and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    let rates = ["x-ratelimit-user-api", "x-ratelimit-user"].into_iter().filter_map(text).filter_map(time_left);
    rates.chain(after).max()
}

fn time_left(rate: &str) -> Option<Duration> {
    let field = |wanted: &str| {
        let (_, number) =
            rate.split(',').filter_map(|field| field.split_once(':')).find(|(name, _)| name.trim() == wanted)?;
        number.trim().parse::<u64>().ok()
    };
    (field("Remain").unwrap_or(0) == 0).then_some(Duration::from_millis(field("TimeLeft")?).saturating_add(MARGIN))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use time::OffsetDateTime;

    use super::super::error::Refusal;
    use super::*;

    const PRODUCT: Product = Product {
        code: "smartag",
        version: "1",
        endpoints: &[],
        without_vpc: &[],
        transient_codes: &["ResourceInOperating"],
        final_codes: &["InArrears"],
    };

    fn api(code: &str, http_status: u16) -> Error {
        Error::Api(Box::new(Refusal {
            product: "smartag",
            action: "X",
            code: code.to_owned(),
            hides_code: false,
            caller: None,
            message: String::new(),
            request_id: None,
            http_status,
            recommend: None,
            same_string_to_sign: None,
        }))
    }

    #[test]
    fn what_is_repeated_depends_on_the_code_and_on_the_operation() {
        use Verdict::{Final, Repeat, SlowDown, Unclear};
        let (cause, endpoint, action) = (String::new(), String::new(), "X");
        let unexpected = |http_status| Error::Unexpected { action, http_status, content: String::new() };
        let idempotent = Operation { action, idempotent: true, secret_parameters: &[] };
        let once_only = Operation { idempotent: false, ..idempotent };
        for (error, when_idempotent, when_not) in [
            (api("Throttling", 400), SlowDown, SlowDown),
            (api("Throttling.User", 400), SlowDown, SlowDown),
            (api("Throttling.Api.Concurrency", 503), SlowDown, SlowDown),
            (api("Rejected.Throttling", 400), SlowDown, SlowDown),
            (api("ThrottlingNot", 400), Final, Final),
            (api("ServiceUnavailable", 503), Repeat, Unclear),
            (api("InternalError", 500), Repeat, Unclear),
            (api("InternalError", 403), Repeat, Unclear),
            (api("SignatureNonceUsed", 400), Repeat, Unclear),
            (api("ResourceInOperating", 400), Repeat, Repeat),
            (api("InArrears", 500), Final, Final),
            (api("InnerServiceFailed", 501), Repeat, Unclear),
            (api("ClientUser.UserExist", 400), Final, Final),
            (api("Forbidden.RAM", 403), Final, Final),
            (unexpected(502), Repeat, Unclear),
            (unexpected(408), Repeat, Unclear),
            (unexpected(429), SlowDown, SlowDown),
            (unexpected(407), Final, Final),
            (unexpected(302), Final, Final),
            (Error::Connect { action, endpoint: endpoint.clone(), cause: cause.clone() }, Repeat, Repeat),
            (Error::Certificate { action, endpoint: endpoint.clone(), cause: cause.clone() }, Final, Final),
            (Error::Blocked { action, endpoint: endpoint.clone(), cause: cause.clone(), advice: "" }, Final, Final),
            (Error::Interrupted { action, endpoint, cause }, Repeat, Unclear),
            (Error::Malformed { action, problem: String::new() }, Final, Unclear),
            (Error::Stopped { action }, Final, Unclear),
            (Error::TimedOut { action, after: Duration::ZERO, last: None }, Final, Unclear),
        ] {
            assert_eq!(judge(&error, &idempotent, &PRODUCT), when_idempotent, "{error:?}");
            assert_eq!(judge(&error, &once_only, &PRODUCT), when_not, "{error:?}");
        }
    }

    #[test]
    fn pauses_double_up_to_their_bound_and_never_fall_below_half_of_it() {
        let (world, mut backoff) = (World::fixed(OffsetDateTime::UNIX_EPOCH, &[]), Backoff::default());
        for bound in [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000] {
            let pause = backoff.next(&world, None).as_millis();
            assert!((bound / 2..bound).contains(&pause), "{pause} of {bound}");
        }
        assert_eq!(backoff.next(&world, Some(Duration::from_secs(90))), Duration::from_secs(90));
    }

    #[tokio::test(start_paused = true)]
    async fn only_connections_that_fail_in_a_row_or_for_long_end_the_tries() {
        let (mut backoff, begun) = (Backoff::default(), Instant::now());
        for _ in 1..CONNECTIONS {
            assert!(!backoff.gives_up_connecting(begun));
        }
        backoff.connected();
        for _ in 1..CONNECTIONS {
            assert!(!backoff.gives_up_connecting(begun));
        }
        assert!(backoff.gives_up_connecting(begun));
        tokio::time::advance(CONNECTING).await;
        assert!(!Backoff::default().gives_up_connecting(Instant::now()));
        assert!(Backoff::default().gives_up_connecting(begun), "one that took its time");
    }

    #[test]
    fn the_longest_wait_that_the_headers_ask_for_counts() {
        for (headers, milliseconds) in [
            (&[("x-ratelimit-user-api", "Limit:1,Remain:0,TimeLeft:2000,Reset:1234")][..], Some(2_100)),
            (&[("x-ratelimit-user", "Limit:9, Remain:0, TimeLeft:5, Reset:1")], Some(105)),
            (&[("x-ratelimit-user", "Limit:9,Remain:3,TimeLeft:2000,Reset:1234")], None),
            (&[("x-ratelimit-user", "TimeLeft:10"), ("x-ratelimit-user-api", "TimeLeft:20")], Some(120)),
            (&[("x-ratelimit-user", "TimeLeft:10"), ("retry-after", "3")], Some(3_000)),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], None),
            (&[("x-ratelimit-user", "nonsense")], None),
            (&[], None),
        ] {
            let headers = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
            assert_eq!(asked_pause(&headers.collect()), milliseconds.map(Duration::from_millis));
        }
    }
}
