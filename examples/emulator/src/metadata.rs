//! What is asked for credentials without a signature: the metadata service of an ECS machine, and a credentials URI.

use std::time::Duration;

use serde_json::{Value, json};

use crate::identity::{DEFAULT_ACCOUNT_ID, Identities, Identity, role_parts};
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::seed;
use crate::switches::{MetadataToken, Switches, Verdict};

/// Where the credentials URI answers.
const CREDENTIALS_URI: &str = "/_credentials";
/// Where every path of the metadata service begins.
const METADATA: &str = "/latest/";
const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials";

/// Header with which a token is asked for, in seconds.
const TOKEN_TTL_HEADER: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
/// Header that carries the token.
const TOKEN_HEADER: &str = "x-aliyun-ecs-metadata-token";
/// The longest life of a token in seconds.
const TOKEN_TTL_MAX: u64 = 21_600;

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint<'a> {
    /// A token for the other metadata requests.
    Token,
    /// The name of the machine's role.
    RoleName,
    /// Keys of the role of this name.
    Credentials(&'a str),
    /// Anything else of the metadata service.
    Other,
    /// Keys, from the credentials URI.
    Uri,
}

impl<'a> Endpoint<'a> {
    pub(crate) fn of(path: &'a str) -> Option<Self> {
        if path == CREDENTIALS_URI {
            return Some(Self::Uri);
        }
        if path == TOKEN {
            return Some(Self::Token);
        }
        if !path.starts_with(METADATA) {
            return None;
        }
        Some(match path.strip_prefix(ROLES) {
            Some("" | "/") => Self::RoleName,
            Some(rest) if rest.len() > 1 && rest.starts_with('/') => Self::Credentials(&rest[1..]),
            _ => Self::Other,
        })
    }

    /// The name under which it is recorded and struck by faults.
    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::Token => "MetadataToken",
            Self::RoleName => "MetadataRoleName",
            Self::Credentials(_) => "MetadataCredentials",
            Self::Other => "Metadata",
            Self::Uri => "CredentialsUri",
        }
    }

    pub(crate) fn is_metadata(self) -> bool {
        self != Self::Uri
    }
}

/// What a request for credentials is asked with.
pub(crate) struct Visit<'a> {
    pub(crate) now: Moment,
    pub(crate) request: &'a Request,
    pub(crate) switches: &'a Switches,
    pub(crate) seed: u64,
}

impl Visit<'_> {
    /// Text or JSON. Refusals are pages for people: their code shows in the records only.
    pub(crate) fn answer(
        &self,
        endpoint: Endpoint<'_>,
        tokens: &mut Tokens,
        identities: &mut Identities,
    ) -> Result<Value, Refusal> {
        let method = if endpoint == Endpoint::Token { "PUT" } else { "GET" };
        if self.request.method != method {
            return Err(page(405, "MethodNotAllowed"));
        }
        match endpoint {
            Endpoint::Uri => Ok(self.keys(&self.switches.credentials_uri, identities, "credentials-uri")),
            Endpoint::Token => self.token(tokens),
            Endpoint::Other => Err(page(404, "NotFound")),
            Endpoint::RoleName => {
                self.show_token(tokens)?;
                self.role().map(Value::from)
            }
            Endpoint::Credentials(name) => {
                self.show_token(tokens)?;
                let role = self.role()?;
                if role != name {
                    return Err(page(404, "NotFound"));
                }
                let mut keys = self.keys(&self.switches.metadata_credentials, identities, role);
                keys["LastUpdated"] = Value::from(self.now.timestamp());
                Ok(keys)
            }
        }
    }

    fn token(&self, tokens: &mut Tokens) -> Result<Value, Refusal> {
        if self.switches.metadata_token == MetadataToken::Unknown {
            return Err(page(404, "NotFound"));
        }
        let seconds: Option<u64> = self.request.header(TOKEN_TTL_HEADER).and_then(|text| text.parse().ok());
        let seconds = seconds.filter(|seconds| (1..=TOKEN_TTL_MAX).contains(seconds));
        let seconds = seconds.ok_or_else(|| page(400, "BadRequest"))?;
        let token = format!("{}{}", seed::text(self.seed, 1), seed::text(self.seed, 2));
        tokens.0.push((token.clone(), self.now.plus(Duration::from_secs(seconds))));
        Ok(Value::from(token))
    }

    fn show_token(&self, tokens: &Tokens) -> Result<(), Refusal> {
        match (self.switches.metadata_token, self.request.header(TOKEN_HEADER)) {
            (MetadataToken::Unknown, _) | (MetadataToken::Optional, None) => Ok(()),
            (_, Some(sent)) if tokens.0.iter().any(|(known, end)| known == sent && self.now < *end) => Ok(()),
            _ => Err(page(403, "Forbidden")),
        }
    }

    fn role(&self) -> Result<&str, Refusal> {
        self.switches.metadata_role.as_deref().ok_or_else(|| page(404, "NotFound"))
    }

    /// Keys of a role of that name; its account is that of the configured role so called, if there is one.
    fn keys(&self, verdict: &Verdict, identities: &mut Identities, role_name: &str) -> Value {
        if let Verdict::Code(code) = verdict {
            return json!({ "Code": code });
        }
        let parts = identities.roles().iter().filter_map(|role| role_parts(&role.arn));
        let account =
            parts.clone().find(|(_, name)| *name == role_name).map_or(DEFAULT_ACCOUNT_ID, |(account, _)| account);
        let account = account.to_owned();
        let (role_name, session_name) = (role_name.to_owned(), "emulator".to_owned());
        let life = Duration::from_secs(self.switches.temporary_key_life_s);
        let who = Identity::Role { role_name, session_name };
        let mut fields = identities.issue(self.now, self.seed, life, &account, who).fields();
        fields["Code"] = Value::from("Success");
        fields
    }
}

/// The metadata service's tokens that were issued, and when they end. `Debug` does not show them.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Vec<(String, Moment)>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({})", self.0.len())
    }
}

pub(crate) fn page(status: u16, code: &str) -> Refusal {
    let message = format!("{status} - {code}");
    Refusal::of(code).reworded(Some(status), Some(&message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::faults::{Fault, What};
    use crate::identity::Role;
    use crate::reply::{Delivery, Reply};
    use crate::switches::Metadata;
    use crate::testing::{Desk, LIST};

    const PATH: &str = "/latest/meta-data/ram/security-credentials/";

    fn send(desk: &mut Desk, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let request = headers
            .iter()
            .fold(Request::new(method, path, "", None, ""), |request, (name, value)| request.with_header(name, value));
        desk.service.answer(desk.now, &request)
    }

    fn get(desk: &mut Desk, path: &str) -> (u16, String) {
        let reply = send(desk, "GET", path, &[]);
        (reply.status, reply.body)
    }

    fn token(desk: &mut Desk, seconds: &str) -> (u16, String) {
        let reply = send(desk, "PUT", TOKEN, &[("X-Aliyun-Ecs-Metadata-Token-Ttl-Seconds", seconds)]);
        (reply.status, reply.body)
    }

    /// Whether keys of an answer sign.
    fn works(desk: &mut Desk, keys: &Value) -> bool {
        let [id, token, secret] =
            ["AccessKeyId", "SecurityToken", "AccessKeySecret"].map(|name| keys[name].as_str().unwrap());
        let parameters = desk.parameters(LIST, &[("AccessKeyId", id), ("SecurityToken", token)]);
        desk.service.answer(desk.now, &Desk::signed_with(secret, "POST", parameters)).status == 200
    }

    #[test]
    fn the_machine_tells_its_role_and_hands_out_keys_that_work() {
        let mut desk = Desk::new();
        assert_eq!(get(&mut desk, PATH), (200, "emulator-ecs".to_owned()));
        assert_eq!(get(&mut desk, PATH.trim_end_matches('/')), (200, "emulator-ecs".to_owned()));
        let (status, body) = get(&mut desk, &format!("{PATH}emulator-ecs"));
        let keys: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &keys["Code"]), (200, &json!("Success")));
        assert_eq!(keys["LastUpdated"], "2024-06-15T12:00:00Z");
        assert_eq!(keys["Expiration"], "2024-06-15T18:00:00Z");
        assert!(works(&mut desk, &keys));
        assert_eq!(get(&mut desk, &format!("{PATH}another")).0, 404);
        assert_eq!(get(&mut desk, "/latest/meta-data/region-id").0, 404);
        assert_eq!(send(&mut desk, "POST", PATH, &[]).status, 405);
    }

    #[test]
    fn tokens_live_as_long_as_was_asked() {
        let mut desk = Desk::with(|switches| switches.metadata_token = MetadataToken::Required);
        assert_eq!(get(&mut desk, PATH).0, 403, "without a token");
        assert_eq!(send(&mut desk, "PUT", TOKEN, &[]).status, 400);
        for bad in ["0", "21601", "long"] {
            assert_eq!(token(&mut desk, bad).0, 400, "{bad}");
        }
        let (status, sent) = token(&mut desk, "60");
        assert_eq!(status, 200);
        let mut with = |wait, text: &str| {
            desk.wait(wait);
            send(&mut desk, "GET", PATH, &[(TOKEN_HEADER, text)]).status
        };
        assert_eq!((with(0, &sent), with(0, "another"), with(59_999, &sent), with(1, &sent)), (200, 403, 200, 403));
    }

    #[test]
    fn tokens_may_be_optional_or_unknown() {
        let mut desk = Desk::new();
        assert_eq!(send(&mut desk, "GET", PATH, &[(TOKEN_HEADER, "wrong")]).status, 403);
        desk.service.switches.metadata_token = MetadataToken::Unknown;
        assert_eq!(token(&mut desk, "60").0, 404);
        assert_eq!(send(&mut desk, "GET", PATH, &[(TOKEN_HEADER, "wrong")]).status, 200);
    }

    #[test]
    fn a_machine_may_have_no_role_or_no_service_or_one_that_hangs() {
        let mut desk = Desk::with(|switches| switches.metadata_role = None);
        assert_eq!(get(&mut desk, PATH).0, 404);
        desk.service.switches.metadata_role = Some("ops".to_owned());
        assert_eq!(get(&mut desk, PATH).1, "ops");
        desk.service.switches.metadata = Metadata::Off;
        assert_eq!((get(&mut desk, PATH).0, token(&mut desk, "60").0), (404, 404));
        desk.service.switches.metadata = Metadata::Hang;
        let reply = send(&mut desk, "GET", PATH, &[]);
        assert!(reply.delay > Duration::from_secs(3600) && reply.delivery == Delivery::Nothing);
        assert_eq!(get(&mut desk, CREDENTIALS_URI).0, 200, "the URI is not the metadata service");
    }

    #[test]
    fn the_credentials_uri_hands_out_keys_that_work_until_they_expire() {
        let mut desk = Desk::with(|switches| switches.temporary_key_life_s = 600);
        let (status, body) = get(&mut desk, CREDENTIALS_URI);
        let keys: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &keys["Code"]), (200, &json!("Success")));
        let mut names: Vec<_> = keys.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["AccessKeyId", "AccessKeySecret", "Code", "Expiration", "SecurityToken"]);
        assert!(works(&mut desk, &keys));
        desk.wait(600_000);
        assert!(!works(&mut desk, &keys));
    }

    #[test]
    fn both_may_answer_200_with_another_code() {
        let mut desk = Desk::with(|switches| {
            switches.metadata_credentials = Verdict::Code("Failed".to_owned());
            switches.credentials_uri = Verdict::Code("Denied".to_owned());
        });
        let body = |(status, body): (u16, String)| (status, serde_json::from_str::<Value>(&body).unwrap());
        assert_eq!(body(get(&mut desk, &format!("{PATH}emulator-ecs"))).1["Code"], "Failed");
        assert_eq!(body(get(&mut desk, CREDENTIALS_URI)), (200, json!({"Code": "Denied"})));
    }

    #[test]
    fn a_configured_role_gives_its_account() {
        let roles = vec![Role::new("acs:ram::2222222222222222:role/emulator-ecs")];
        let mut desk = Desk::configured(&Config { roles, ..Config::default() });
        let keys: Value = serde_json::from_str(&get(&mut desk, &format!("{PATH}emulator-ecs")).1).unwrap();
        assert!(works(&mut desk, &keys));
        let caller = desk.service.calls()[1].caller.clone();
        assert_eq!(caller.as_deref(), Some("acs:ram::2222222222222222:assumed-role/emulator-ecs/emulator"));
    }

    #[test]
    fn visits_are_recorded_without_secrets_and_struck_by_faults() {
        let mut desk = Desk::new();
        let (_, sent) = token(&mut desk, "60");
        desk.service.fault(Fault::new("MetadataRoleName", What::error("ServiceUnavailable")));
        let reply = send(&mut desk, "GET", PATH, &[(TOKEN_HEADER, &sent)]);
        assert_eq!((reply.status, reply.body.starts_with('{')), (503, false));
        desk.service.fault(Fault::new("CredentialsUri", What::Garbage));
        get(&mut desk, CREDENTIALS_URI);
        let (_, credentials) = get(&mut desk, &format!("{PATH}emulator-ecs"));
        let keys: Value = serde_json::from_str(&credentials).unwrap();
        let told: Vec<_> =
            desk.service.calls().iter().map(|call| (call.action.as_str(), call.outcome.as_str())).collect();
        let expected = [
            ("MetadataToken", "ok"),
            ("MetadataRoleName", "ServiceUnavailable"),
            ("CredentialsUri", "ok"),
            ("MetadataCredentials", "ok"),
        ];
        assert_eq!(told, expected);
        assert_eq!(desk.service.calls()[0].parameter(TOKEN_TTL_HEADER), Some("60"));
        assert_eq!(desk.service.calls()[1].parameter(TOKEN_HEADER), Some("***"));
        let printed = format!("{:?}", desk.service);
        for secret in [&sent, keys["AccessKeySecret"].as_str().unwrap(), keys["SecurityToken"].as_str().unwrap()] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }

    #[test]
    fn only_the_paths_of_a_service_are_its_own() {
        assert_eq!(Endpoint::of("/"), None);
        assert_eq!(Endpoint::of("/latest"), None);
        assert_eq!(Endpoint::of("/_credentials/x"), None);
        assert_eq!(Endpoint::of("/latest/meta-data/ram/security-credentialsx"), Some(Endpoint::Other));
    }
}
