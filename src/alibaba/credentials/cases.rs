//! The chain proved by data: each folder of `tests/credentials` is a case, and a new one needs no code.
//!
//! `case.json` says what the block and the environment have (`block`, `environment`), which requests are made and what
//! comes back (`http`, in order), and what is expected: `credentials`, or `error` with texts that it must have. The folder
//! `files` beside it is the root of the file system. Everything secret in a case has "hush" in it, which no error may show.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::*;
use crate::alibaba::endpoints::{Endpoint, Route};
use crate::alibaba::scripted_server::decode;
use crate::alibaba::transport::{Errand, Lost, Posting, Reply, Transport, Web};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it proves.
    about: String,
    /// The time; the same in all cases unless said.
    #[serde(default = "noon")]
    now: String,
    #[serde(default)]
    block: BlockOf,
    /// Region of the provider.
    region: Option<String>,
    sts_endpoint: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    http: Vec<Exchange>,
    /// A program cannot be run on a clock that is moved by hand.
    #[serde(default)]
    real_clock: bool,
    expected: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BlockOf {
    access_key: Option<String>,
    secret_key: Option<String>,
    security_token: Option<String>,
    profile: Option<String>,
    shared_credentials_file: Option<String>,
    credentials_uri: Option<String>,
    ecs_role_name: Option<String>,
    assume_role: Option<Vec<RoleOf>>,
    assume_role_with_oidc: Option<RoleOf>,
    allowed_account_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RoleOf {
    role_arn: String,
    session_name: Option<String>,
    policy: Option<String>,
    session_expiration: Option<u32>,
    external_id: Option<String>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<String>,
    oidc_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// `POST https://sts.aliyuncs.com`
    request: String,
    /// Parameters that the form has, and with these values; null where it must not be there.
    #[serde(default)]
    form: BTreeMap<String, Option<String>>,
    /// Headers of an errand.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// HTTP status; none where nobody answers.
    status: Option<u16>,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Credentials(Keys),
    Error(Vec<String>),
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Keys {
    access_key_id: String,
    access_key_secret: String,
    security_token: Option<String>,
    expires: Option<String>,
}

fn noon() -> String {
    "2030-01-01T12:00:00Z".to_owned()
}

/// A network that answers as the case says, and fails the test when it is asked something else.
struct Script {
    name: String,
    exchanges: Mutex<VecDeque<Exchange>>,
}

impl Script {
    fn answer(&self, asked: String, form: &BTreeMap<String, String>, headers: &HeaderMap) -> Option<Reply> {
        let name = &self.name;
        let exchange = self.exchanges.lock().unwrap().pop_front();
        let exchange = exchange.unwrap_or_else(|| panic!("{name}: {asked} was not expected"));
        assert_eq!(asked, exchange.request, "{name}");
        for (parameter, value) in &exchange.form {
            assert_eq!(form.get(parameter), value.as_ref(), "{name}: parameter {parameter}");
        }
        for (header, value) in &exchange.headers {
            let had = headers.get(header).map(|value| value.to_str().unwrap());
            assert_eq!(had, Some(value.as_str()), "{name}: header {header}");
        }
        let body = match exchange.body {
            Value::String(text) => text,
            json => json.to_string(),
        };
        exchange.status.map(|status| Reply { status, headers: HeaderMap::new(), body: body.into_bytes() })
    }

    fn sent(reply: Option<Reply>) -> Posting<'static> {
        Box::pin(async move {
            match reply {
                Some(reply) => Ok::<_, Lost>(reply),
                None => std::future::pending().await,
            }
        })
    }
}

impl Transport for Script {
    fn post<'a>(&'a self, endpoint: &'a Endpoint, form: Zeroizing<Vec<u8>>, _: Duration) -> Posting<'a> {
        let form = decode(std::str::from_utf8(&form).unwrap());
        Self::sent(self.answer(format!("POST {endpoint}"), &form, &HeaderMap::new()))
    }
}

impl Web for Script {
    fn run(&self, errand: Errand) -> Posting<'_> {
        let asked = format!("{} {}", errand.method, errand.url);
        Self::sent(self.answer(asked, &BTreeMap::new(), &errand.headers))
    }
}

impl RoleOf {
    fn role(&self) -> Role {
        Role {
            arn: self.role_arn.clone(),
            session_name: self.session_name.clone(),
            duration: self.session_expiration,
            policy: self.policy.clone(),
            external_id: self.external_id.as_deref().map(Secret::from),
            ..Role::default()
        }
    }
}

impl BlockOf {
    fn written(&self) -> Written {
        let secret = |text: &Option<String>| text.as_deref().map(Secret::from);
        Written {
            keys: Block {
                access_key: self.access_key.clone(),
                secret_key: secret(&self.secret_key),
                security_token: secret(&self.security_token),
            },
            profile: self.profile.clone(),
            shared_credentials_file: self.shared_credentials_file.clone(),
            credentials_uri: secret(&self.credentials_uri),
            ecs_role_name: self.ecs_role_name.clone(),
            assume_role: self.assume_role.as_ref().map(|roles| roles.iter().map(RoleOf::role).collect()),
            assume_role_with_oidc: self.assume_role_with_oidc.as_ref().map(|oidc| OidcBlock {
                provider_arn: oidc.oidc_provider_arn.clone(),
                token_file: oidc.oidc_token_file.clone(),
                token: secret(&oidc.oidc_token),
                role: oidc.role(),
            }),
            allowed_account_ids: self.allowed_account_ids.clone(),
        }
    }
}

fn files(root: &Path, folder: &Path, found: &mut HashMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            found.insert(Path::new("/").join(path.strip_prefix(root).unwrap()), fs::read(&path).unwrap());
        }
    }
}

fn run(name: &str, folder: &Path) {
    let text = fs::read_to_string(folder.join("case.json")).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!case.about.is_empty(), "{name} does not say what it proves");
    let (root, mut found) = (folder.join("files"), HashMap::new());
    files(&root, &root, &mut found);
    let environment: Vec<_> = case.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let now = OffsetDateTime::parse(&case.now, &Rfc3339).unwrap();
    let world = World::fixed_with_files(now, &environment, found);
    let script = Arc::new(Script { name: name.to_owned(), exchanges: Mutex::new(case.http.into()) });
    let route = Route { endpoint: case.sts_endpoint, ..Route::default() };
    let sts = Sts::new(Arc::clone(&script) as Arc<dyn Web>, route, case.region);
    let chain = case.block.written().chain(&world, sts);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(!case.real_clock).build().unwrap();
    let outcome = runtime.block_on(async { chain?.credentials(&world).await });
    match (outcome, case.expected) {
        (Ok(credentials), Expected::Credentials(expected)) => {
            let had = Keys {
                access_key_id: credentials.access_key_id,
                access_key_secret: credentials.access_key_secret.expose().to_owned(),
                security_token: credentials.security_token.map(|token| token.expose().to_owned()),
                expires: credentials.expires.map(|end| end.format(&Rfc3339).unwrap()),
            };
            assert_eq!(had, expected, "{name}");
        }
        (Err(error), Expected::Error(texts)) => {
            assert!(!texts.is_empty(), "{name} expects no text");
            for text in texts {
                assert!(error.contains(&text), "{name}: {text:?} is not in: {error}");
            }
            assert!(!error.contains("hush"), "{name}: a secret is shown: {error}");
        }
        (Ok(_), Expected::Error(_)) => panic!("{name}: an error is expected"),
        (Err(error), Expected::Credentials(_)) => panic!("{name}: {error}"),
    }
    let left = script.exchanges.lock().unwrap().len();
    assert_eq!(left, 0, "{name}: {left} requests were not made");
}

#[test]
fn every_case_ends_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/credentials");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            run(&path.file_name().unwrap().to_string_lossy(), &path);
            cases += 1;
        }
    }
    assert!(cases >= 60, "only {cases} cases were found");
}
