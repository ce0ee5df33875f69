//! What was called: one record per request, without a secret in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::moment::Moment;

/// Parameters that every request carries and that tell nothing about it.
const COMMON: [&str; 9] = [
    "Action",
    "Version",
    "Format",
    "AccessKeyId",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureVersion",
    "Timestamp",
    "Signature",
];

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Counts from 1; a reset of the records does not start it over.
    pub sequence: u64,
    /// When it was answered.
    pub at_ms: Moment,
    /// Empty where the request named none.
    pub action: String,
    /// SmartAGId.
    pub sag_id: Option<String>,
    /// The account that it was about.
    pub user_name: Option<String>,
    /// Arn of whom the AccessKeyId belongs to that was sent.
    pub caller: Option<String>,
    /// `ok`, or the error code that the service decided on; empty where it never looked.
    pub outcome: String,
    /// HTTP status that was sent; 0 when the connection closed instead.
    pub status: u16,
    /// The fault that struck.
    pub fault: Option<&'static str>,
    /// RequestId of the answer.
    pub request_id: String,
    /// All parameters by name, secrets starred.
    pub parameters: Vec<(String, String)>,
}

impl Call {
    /// The value of a parameter; that of a secret is stars.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One line for a person.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |text: Option<&str>| match text {
            None | Some("") => "-".to_owned(),
            Some(text) => text.escape_debug().to_string(),
        };
        let (action, sag_id) = (word(Some(&self.action)), word(self.sag_id.as_deref()));
        write!(f, "#{} {action} {sag_id} {}", self.sequence, word(self.user_name.as_deref()))?;
        match self.status {
            0 => f.write_str("  closed")?,
            status => write!(f, "  {status}")?,
        }
        if !self.outcome.is_empty() {
            write!(f, " {}", self.outcome)?;
        }
        if let Some(fault) = self.fault {
            write!(f, " [{fault}]")?;
        }
        let told: Vec<String> = self.parameters.iter().filter(is_telling).map(pair).collect();
        if told.is_empty() { Ok(()) } else { write!(f, "  ({})", told.join(" ")) }
    }
}

/// How often each action was called.
pub(crate) fn counts(calls: &[Call]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.action.as_str()).or_default() += 1;
    }
    counts
}

fn is_telling((name, _): &&(String, String)) -> bool {
    !COMMON.contains(&name.as_str()) && !["SmartAGId", "UserName", "Username"].contains(&name.as_str())
}

/// Control characters are escaped, so that no value can forge a line.
fn pair((name, value): &(String, String)) -> String {
    format!("{}={}", name.escape_debug(), value.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            sequence: 12,
            at_ms: Moment::ALWAYS,
            action: "CreateSmartAccessGatewayClientUser".to_owned(),
            sag_id: Some("sag-emulator0001".to_owned()),
            user_name: Some("alice.w".to_owned()),
            caller: None,
            outcome: "ok".to_owned(),
            status: 200,
            fault: None,
            request_id: String::new(),
            parameters: [("Action", "…"), ("Bandwidth", "2000"), ("Password", "***"), ("UserName", "alice.w")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
        }
    }

    #[test]
    fn a_line_says_what_was_asked_and_what_came_of_it() {
        assert_eq!(
            call().to_string(),
            "#12 CreateSmartAccessGatewayClientUser sag-emulator0001 alice.w  200 ok  (Bandwidth=2000 Password=***)"
        );
        let struck = Call { status: 0, fault: Some("close_after"), parameters: Vec::new(), ..call() };
        assert_eq!(
            struck.to_string(),
            "#12 CreateSmartAccessGatewayClientUser sag-emulator0001 alice.w  closed ok [close_after]"
        );
    }

    #[test]
    fn no_value_can_start_a_line_of_its_own() {
        let forged = Call { user_name: Some("x\n#13 forged".to_owned()), ..call() };
        assert_eq!(forged.to_string().lines().count(), 1);
    }
}
