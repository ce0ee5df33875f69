//! Faults as data: which calls they strike, and what happens to these.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::request::Request;

/// Something that goes wrong with the next calls that it matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The action it strikes, or `*` for any.
    pub action: String,
    /// Only calls about this account: `UserName`, the `Username` of KickOutClients, or the mail of a Create without name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// How many calls it strikes.
    #[serde(default = "once")]
    pub times: u32,
    /// How many matching calls it lets through first.
    #[serde(default)]
    pub skip: u32,
    /// Milliseconds to wait before the service acts.
    #[serde(default)]
    pub before_ms: u64,
    /// Milliseconds to wait before the answer leaves.
    #[serde(default)]
    pub after_ms: u64,
    /// What happens.
    pub what: What,
}

/// What happens to a call that a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// Nothing but the fault's delays.
    Slow,
    /// Refused without acting, where the service would throttle: the nonce is used up.
    Error {
        /// Error code.
        code: String,
        /// HTTP status; else the table's.
        #[serde(default)]
        status: Option<u16>,
        /// Message; else the table's.
        #[serde(default)]
        message: Option<String>,
    },
    /// Throttled without acting, with the rate headers that tell how long to wait.
    Throttle {
        /// Error code.
        #[serde(default = "throttling_user")]
        code: String,
        /// Milliseconds in `TimeLeft`.
        #[serde(default = "one_second")]
        time_left_ms: u64,
    },
    /// A load balancer's 503 page: no JSON, no request id, the nonce stays unused.
    Html,
    /// The connection closes before the request is looked at.
    CloseBefore,
    /// Acts, then answers an error all the same.
    ErrorAfter {
        /// Error code.
        code: String,
        /// HTTP status; else the table's.
        #[serde(default)]
        status: Option<u16>,
        /// Message; else the table's.
        #[serde(default)]
        message: Option<String>,
    },
    /// Acts, then closes the connection without an answer.
    CloseAfter,
    /// Acts, then sends half of the body and closes.
    Truncate,
    /// Acts, then answers 200 with a body that is neither JSON nor XML.
    Garbage,
}

impl Fault {
    /// Strikes the next call of the action (`*`: of any).
    pub fn new(action: &str, what: What) -> Self {
        Self { action: action.to_owned(), user_name: None, times: 1, skip: 0, before_ms: 0, after_ms: 0, what }
    }

    /// Strikes that many calls.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Lets that many matching calls through first.
    pub fn skip(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    /// Strikes only calls about this account.
    pub fn for_user(mut self, user_name: &str) -> Self {
        self.user_name = Some(user_name.to_owned());
        self
    }

    /// Waits before the service acts.
    pub fn before(mut self, span: Duration) -> Self {
        self.before_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Waits before the answer leaves.
    pub fn after(mut self, span: Duration) -> Self {
        self.after_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        self
    }

    fn matches(&self, request: &Request) -> bool {
        (self.action == "*" || self.action == request.action())
            && self.user_name.as_deref().is_none_or(|name| request.user_name() == Some(name))
    }
}

impl What {
    /// Refuses without acting, with status and message of the table.
    pub fn error(code: &str) -> Self {
        Self::Error { code: code.to_owned(), status: None, message: None }
    }

    /// Acts, then answers this error, with status and message of the table.
    pub fn error_after(code: &str) -> Self {
        Self::ErrorAfter { code: code.to_owned(), status: None, message: None }
    }

    /// Throttles without acting; the headers say how long to wait.
    pub fn throttle(time_left: Duration) -> Self {
        let time_left_ms = u64::try_from(time_left.as_millis()).unwrap_or(u64::MAX);
        Self::Throttle { code: throttling_user(), time_left_ms }
    }

    /// The refusal that stands in for acting, if the service refuses.
    pub(crate) fn refusal_before(&self) -> Option<Refusal> {
        match self {
            Self::Error { code, status, message } => Some(Refusal::of(code).reworded(*status, message.as_deref())),
            Self::Throttle { code, .. } => Some(Refusal::of(code)),
            _ => None,
        }
    }

    /// The word under which a call record names it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Error { .. } => "error",
            Self::Throttle { .. } => "throttle",
            Self::Html => "html",
            Self::CloseBefore => "close_before",
            Self::ErrorAfter { .. } => "error_after",
            Self::CloseAfter => "close_after",
            Self::Truncate => "truncate",
            Self::Garbage => "garbage",
        }
    }
}

/// The faults that still wait for their calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// The fault that strikes this request: the oldest that matches and has nothing left to skip. It is used up by one.
    pub(crate) fn strike(&mut self, request: &Request) -> Option<Fault> {
        let mut struck = None;
        for (index, fault) in self.0.iter_mut().enumerate() {
            if !fault.matches(request) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times -= 1;
            struck = Some((index, fault.clone()));
            break;
        }
        let (index, fault) = struck?;
        if fault.times == 0 {
            self.0.remove(index);
        }
        Some(fault)
    }
}

fn once() -> u32 {
    1
}

fn throttling_user() -> String {
    "Throttling.User".to_owned()
}

fn one_second() -> u64 {
    1000
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(action: &str, user_name: &str) -> Request {
        Request::new("GET", "/", &format!("Action={action}&UserName={user_name}"), None, "")
    }

    #[test]
    fn a_fault_strikes_its_action_so_often_as_told() {
        let mut faults = Faults::default();
        faults.add(Fault::new("A", What::Html).times(2).skip(1));
        let struck: Vec<bool> =
            ["A", "B", "A", "A", "A"].iter().map(|action| faults.strike(&request(action, "x")).is_some()).collect();
        assert_eq!(struck, [false, false, true, true, false]);
        assert!(faults.as_slice().is_empty());
    }

    #[test]
    fn a_fault_for_one_user_leaves_the_others_alone() {
        let mut faults = Faults::default();
        faults.add(Fault::new("*", What::CloseAfter).for_user("alice.w"));
        assert!(faults.strike(&request("A", "bob.w")).is_none());
        assert!(faults.strike(&request("B", "alice.w")).is_some());
    }

    #[test]
    fn faults_are_short_in_json() {
        let cases = [
            (json!({"action": "*", "what": "close_after"}), Fault::new("*", What::CloseAfter)),
            (
                json!({"action": "A", "times": 3, "what": {"error": {"code": "Throttling.User"}}}),
                Fault::new("A", What::error("Throttling.User")).times(3),
            ),
            (json!({"action": "A", "what": {"throttle": {}}}), Fault::new("A", What::throttle(Duration::from_secs(1)))),
        ];
        for (value, expected) in cases {
            assert_eq!(serde_json::from_value::<Fault>(value.clone()).unwrap(), expected, "{value}");
        }
        assert!(serde_json::from_value::<Fault>(json!({"action": "A", "what": "explode"})).is_err());
        assert!(serde_json::from_value::<Fault>(json!({"action": "A", "time": 2, "what": "html"})).is_err());
    }
}
