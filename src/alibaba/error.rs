//! Everything that can go wrong with a call, in a user's words.

use std::fmt;
use std::time::Duration;

use super::advice;

/// Why a call gave no answer. Its text never holds a password, key or token of the request.
///
/// The text says what was being done and what came back; [`Error::advice`] says what to do. The caller adds to whom it
/// was being done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service answered with an error.
    #[error(
        "{} was refused with {} (HTTP {}): {} (RequestId {})",
        .0.action, .0.shown_code(), .0.http_status, .0.message, .0.request_id.as_deref().unwrap_or("not given")
    )]
    Api(Box<Refusal>),

    /// A call that must not be repeated blindly was sent, and nobody knows whether it took effect. Look it up.
    #[error("{action} was sent, but it is not known whether it took effect: {cause}")]
    Unclear {
        /// The action.
        action: &'static str,
        /// What became of the answer.
        cause: Box<Self>,
    },

    /// No connection, so nothing was sent.
    #[error("{action} was not sent: no connection to {endpoint} ({cause})")]
    Connect {
        /// The action.
        action: &'static str,
        /// Scheme, host and port.
        endpoint: String,
        /// What the operating system or the TLS library said.
        cause: String,
    },

    /// The service's certificate is not trusted, so nothing was sent.
    #[error("{action} was not sent: the certificate of {endpoint} was not accepted ({cause})")]
    Certificate {
        /// The action.
        action: &'static str,
        /// Scheme, host and port.
        endpoint: String,
        /// What is wrong with the certificate.
        cause: String,
    },

    /// No connection, so nothing was sent, and the way there is such that there never will be one.
    #[error("{action} was not sent: no connection to {endpoint} ({cause})")]
    Blocked {
        /// The action.
        action: &'static str,
        /// Scheme, host and port.
        endpoint: String,
        /// What is in the way.
        cause: String,
        /// What to do about it.
        advice: &'static str,
    },

    /// The request was sent, and the connection ended before a complete answer was there.
    #[error("{action} was sent to {endpoint}, but no complete answer came back ({cause})")]
    Interrupted {
        /// The action.
        action: &'static str,
        /// Scheme, host and port.
        endpoint: String,
        /// How it ended.
        cause: String,
    },

    /// The caller's time is used up.
    #[error("{action} was given up after {}{}", seconds(.after), because(.last.as_deref()))]
    TimedOut {
        /// The action.
        action: &'static str,
        /// The time since the call began.
        after: Duration,
        /// Why the last complete try did not succeed, if there was one.
        last: Option<Box<Self>>,
    },

    /// The caller was asked to stop.
    #[error("{action} was stopped on request")]
    Stopped {
        /// The action.
        action: &'static str,
    },

    /// There are no usable credentials.
    #[error("{0}")]
    Credentials(String),

    /// The endpoint or region in the settings is wrong.
    #[error("{0}")]
    Endpoint(String),

    /// The HTTP client cannot be built: no usable certificate store, or a setting it does not take.
    #[error("{0}")]
    Client(String),

    /// Something on the way answered that is not the API: a proxy, a gateway, a login page.
    #[error("{action} was answered with HTTP {http_status} by something that does not speak like the API ({content})")]
    Unexpected {
        /// The action.
        action: &'static str,
        /// The HTTP status.
        http_status: u16,
        /// Type and length of what came, and nothing of its text.
        content: String,
    },

    /// The answer of the API lacks something or cannot be read.
    #[error("the answer to {action} cannot be used: {problem}")]
    Malformed {
        /// The action.
        action: &'static str,
        /// What is missing or wrong, without quoting values.
        problem: String,
    },
}

/// An error that the service itself answered. `Debug` shows no more than may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Code of the product, as RAM spells it: `smartag`.
    pub product: &'static str,
    /// The action that was refused.
    pub action: &'static str,
    /// The service's error code as it came: decide by this, and show [`Refusal::shown_code`].
    pub code: String,
    /// Whether the code may hold one of the request's secrets.
    pub hides_code: bool,
    /// Who called, where the code is about that: the access key and where it came from.
    pub caller: Option<String>,
    /// The service's message, with the request's secrets replaced by stars.
    pub message: String,
    /// What the service's support asks for.
    pub request_id: Option<String>,
    /// The HTTP status; the same code comes with different ones.
    pub http_status: u16,
    /// The service's link to its error pages.
    pub recommend: Option<String>,
    /// For a wrong signature: whether the service signed the same text. Then the secret is wrong; if not, something
    /// changed the request on its way.
    pub same_string_to_sign: Option<bool>,
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("action", &self.action)
            .field("code", &self.shown_code())
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .field("http_status", &self.http_status)
            .field("recommend", &self.recommend)
            .field("same_string_to_sign", &self.same_string_to_sign)
            .finish_non_exhaustive()
    }
}

impl Refusal {
    /// The code, or stars in its place.
    pub fn shown_code(&self) -> &str {
        if self.hides_code { "***" } else { &self.code }
    }
}

impl Error {
    /// The service's error code, if the service answered with one.
    ///
    /// A call whose time ran out while the service kept refusing has none: what it wanted is not known to be refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api(refusal) => Some(&refusal.code),
            _ => None,
        }
    }

    /// Whether the call may have taken effect although it failed.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Unclear { .. })
    }

    /// What the user can do about it, as full sentences; nothing where nothing general can be said.
    pub fn advice(&self) -> Option<String> {
        advice::of(self)
    }
}

fn seconds(time: &Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn because(last: Option<&Error>) -> String {
    last.map(|error| format!("; the last try ended so: {error}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_says_what_was_done_and_what_came_back() {
        let refused = Error::Api(Box::new(Refusal {
            product: "smartag",
            action: "KickOutClients",
            code: "Throttling.User".to_owned(),
            hides_code: false,
            caller: None,
            message: "Request was denied due to user flow control.".to_owned(),
            request_id: Some("72E8".to_owned()),
            http_status: 400,
            recommend: None,
            same_string_to_sign: None,
        }));
        assert_eq!(
            refused.to_string(),
            "KickOutClients was refused with Throttling.User (HTTP 400): \
             Request was denied due to user flow control. (RequestId 72E8)"
        );
        let late = Error::TimedOut {
            action: "KickOutClients",
            after: Duration::from_millis(2_345),
            last: Some(Box::new(Error::Stopped { action: "KickOutClients" })),
        };
        assert_eq!(
            late.to_string(),
            "KickOutClients was given up after 2.3 s; the last try ended so: KickOutClients was stopped on request"
        );
        assert_eq!((refused.code(), late.code()), (Some("Throttling.User"), None));
    }
}
