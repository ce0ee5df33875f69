//! A request as the service sees it: method, path and one set of parameters.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;

use crate::metadata::Endpoint;

/// Parameters whose values never reach a record or a log.
const SECRET: [&str; 5] = ["Password", "Signature", "SecurityToken", "OIDCToken", "x-aliyun-ecs-metadata-token"];

/// One HTTP request, already read in whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method, upper case.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Parameters of the query and, when it is a form, of the body.
    pub parameters: Parameters,
    /// Headers of the metadata service, names in lower case.
    pub headers: Parameters,
}

impl Request {
    /// Merges query and form body into one set, as the signature does; where both carry a name, the body's value counts.
    /// A body of another content type carries no parameters.
    pub fn new(method: &str, path: &str, query: &str, content_type: Option<&str>, body: &str) -> Self {
        let mut parameters = Parameters::decode(query);
        let is_form = content_type.is_some_and(|value| {
            let media = value.split(';').next().unwrap_or_default();
            media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        if is_form {
            parameters.0.extend(Parameters::decode(body).0);
        }
        Self { method: method.to_owned(), path: path.to_owned(), parameters, headers: Parameters::default() }
    }

    /// The same with a header. All but those of the metadata service are ignored.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-aliyun-ecs-metadata-") {
            self.headers.0.insert(name, value.to_owned());
        }
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Parameters and headers, secrets starred.
    pub(crate) fn starred(&self) -> Vec<(String, String)> {
        let mut starred = self.parameters.starred();
        starred.extend(self.headers.starred());
        starred
    }

    /// Whether the caller asks for XML. The product's documents name JSON as the default.
    pub fn wants_xml(&self) -> bool {
        self.parameters.given("Format").is_some_and(|format| format.eq_ignore_ascii_case("XML"))
    }

    /// The action, as far as one is named; what hands out credentials by its path has a name too.
    pub fn action(&self) -> &str {
        if let Some(endpoint) = Endpoint::of(&self.path) {
            return endpoint.action();
        }
        self.parameters.get("Action").unwrap_or_default()
    }

    /// The account that a call is about: `UserName`, the `Username` of KickOutClients, or the mail address when a
    /// Create leaves the name to the service.
    pub fn user_name(&self) -> Option<&str> {
        let by_mail = if self.action() == "CreateSmartAccessGatewayClientUser" { "UserMail" } else { "UserName" };
        ["UserName", "Username", by_mail].into_iter().find_map(|name| self.parameters.given(name))
    }
}

/// Parameters by name. Names are case-sensitive.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads `a=1&b=2` with `+` and `%XX` as forms have them.
    pub fn decode(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// The value, which may be empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, if there is one that is not empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The repeated parameter `name.1`, `name.2`, … up to the first that is missing.
    pub fn list(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|index| self.given(&format!("{name}.{index}"))).collect()
    }

    /// Names and values in the byte order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Names and values in order, secrets replaced by stars.
    pub fn starred(&self) -> Vec<(String, String)> {
        self.iter()
            .map(|(name, value)| (name.to_owned(), if is_secret(name) { "***" } else { value }.to_owned()))
            .collect()
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.starred()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Any spelling of a secret's name: a client that misspells one must not find it in a log.
fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_form_body_become_one_set() {
        let request = Request::new(
            "POST",
            "/",
            "Action=A&UserName=q",
            Some("application/x-www-form-urlencoded; charset=utf-8"),
            "UserName=b+c&Password=P%40ss%20w%2A%2B",
        );
        assert_eq!(request.parameters.get("Action"), Some("A"));
        assert_eq!(request.parameters.get("UserName"), Some("b c"));
        assert_eq!(request.parameters.get("Password"), Some("P@ss w*+"));
    }

    #[test]
    fn a_body_that_is_no_form_carries_no_parameters() {
        for content_type in [None, Some("application/json")] {
            let request = Request::new("POST", "/", "Action=A", content_type, "UserName=b");
            assert_eq!(request.parameters.get("UserName"), None, "{content_type:?}");
        }
    }

    #[test]
    fn the_account_of_a_call_is_its_name_and_of_a_create_without_one_its_mail() {
        for (query, name) in [
            ("Action=CreateSmartAccessGatewayClientUser&UserMail=a%40b&UserName=alice.w", Some("alice.w")),
            ("Action=CreateSmartAccessGatewayClientUser&UserMail=a%40b", Some("a@b")),
            ("Action=DescribeSmartAccessGatewayClientUsers&UserMail=a%40b", None),
            ("Action=KickOutClients&Username=alice.w", Some("alice.w")),
        ] {
            assert_eq!(Request::new("GET", "/", query, None, "").user_name(), name, "{query}");
        }
    }

    #[test]
    fn lists_count_from_one_and_end_at_the_first_gap() {
        let parameters = Parameters::decode("N.1=a&N.2=b&N.4=d&N.0=z&N=y");
        assert_eq!(parameters.list("N"), ["a", "b"]);
    }

    #[test]
    fn secrets_are_starred_in_whatever_spelling_they_come() {
        let parameters =
            Parameters::decode("Password=hidden1&password=hidden2&Signature=hidden3&SecurityToken=hidden4");
        let printed = format!("{parameters:?}");
        assert!(!printed.contains("hidden"), "{printed}");
    }
}
