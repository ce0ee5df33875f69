use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Mutex;

use http::{HeaderMap, HeaderValue};
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::alibaba::Refusal;
use crate::alibaba::credentials::{Block, Environment, Finding, Source, Way};
use crate::alibaba::scripted_server::{self, Play, Server};
use crate::alibaba::transport::Posting;

static PRODUCT: Product = Product {
    code: "smartag",
    version: "2018-03-13",
    endpoints: &[],
    without_vpc: &[],
    transient_codes: &["ResourceInOperating"],
    final_codes: &[],
};
static READ: Operation = Operation { action: "DescribeThings", idempotent: true, secret_parameters: &[] };
static CREATE: Operation = Operation { action: "CreateThing", idempotent: false, secret_parameters: &["Password"] };

const PASSWORD: &str = "P@ss w*rd~+_-1";
const TOKEN: &str = "sts/token+with=signs";

/// What comes of one POST.
enum Take {
    Reply(u16, HeaderMap, String),
    NotSent,
    NoAnswer,
    Never,
}

fn ok() -> Take {
    Take::Reply(200, HeaderMap::new(), json!({"RequestId": "72E8"}).to_string())
}

fn error(status: u16, code: &str) -> Take {
    let body = json!({"RequestId": "72E8", "Code": code, "Message": "Denied."});
    Take::Reply(status, HeaderMap::new(), body.to_string())
}

/// A transport that needs as long as the script says, in the time of the test's clock.
#[derive(Clone)]
struct Script {
    takes: Arc<Mutex<VecDeque<(Duration, Take)>>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

#[derive(Clone)]
struct Heard {
    at: Instant,
    form: BTreeMap<String, String>,
}

impl Script {
    fn at_once(takes: impl IntoIterator<Item = Take>) -> Self {
        Self::timed(takes.into_iter().map(|take| (0, take)))
    }

    /// Each take comes after so many seconds.
    fn timed(takes: impl IntoIterator<Item = (u64, Take)>) -> Self {
        let takes = takes.into_iter().map(|(seconds, take)| (Duration::from_secs(seconds), take)).collect();
        Self { takes: Arc::new(Mutex::new(takes)), heard: Arc::default() }
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn client(&self) -> RpcClient {
        RpcClient::over(Box::new(self.clone()), &PRODUCT, settings(None))
    }
}

impl Transport for Script {
    fn post<'a>(&'a self, _: &'a Endpoint, form: Zeroizing<Vec<u8>>, _: Duration) -> Posting<'a> {
        Box::pin(async move {
            let form = scripted_server::decode(std::str::from_utf8(&form).unwrap());
            self.heard.lock().unwrap().push(Heard { at: Instant::now(), form });
            let (delay, take) = self.takes.lock().unwrap().pop_front().expect("the script is too short");
            tokio::time::sleep(delay).await;
            match take {
                Take::Reply(status, headers, body) => Ok(Reply { status, headers, body: body.into_bytes() }),
                Take::NotSent => Err(Lost::NotSent("Connection refused".to_owned())),
                Take::NoAnswer => Err(Lost::NoAnswer("connection reset".to_owned())),
                Take::Never => std::future::pending().await,
            }
        })
    }
}

fn settings(endpoint: Option<&str>) -> Settings {
    let keys = Block {
        access_key: Some("testid".to_owned()),
        secret_key: Some(Secret::from("testsecret")),
        security_token: Some(Secret::from(TOKEN)),
    };
    let now = OffsetDateTime::from_unix_timestamp(1_678_696_470).unwrap();
    let chain = Chain::new(vec![Box::new(keys)]);
    Settings { route: endpoint.map(Route::to).unwrap_or_default(), ..Settings::new(chain, World::fixed(now, &[])) }
}

fn patience(seconds: u64) -> Patience {
    Patience::lasting(Duration::from_secs(seconds), CancellationToken::new())
}

fn parameters() -> Parameters {
    Parameters::new().with("UserName", "anna").with("Password", PASSWORD)
}

async fn call(client: &RpcClient, operation: &'static Operation, patience: &Patience) -> Result<Answer, Error> {
    client.call(operation, "cn-shanghai", parameters(), patience).await
}

#[tokio::test]
async fn a_call_is_a_signed_form_with_every_common_parameter() {
    let server = Server::playing(vec![Play::json(200, &json!({"RequestId": "72E8", "TotalCount": 3}))]);
    let client = RpcClient::new(&PRODUCT, settings(Some(&server.address)));
    let answer = call(&client, &CREATE, &patience(60)).await.unwrap();
    assert_eq!((answer.request_id.as_str(), &answer.json["TotalCount"]), ("72E8", &json!(3)));

    let request = &server.requests()[0];
    assert_eq!(request.line, "POST / HTTP/1.1");
    let mut form = request.form.clone();
    let (signature, nonce) = (form.remove("Signature").unwrap(), form.remove("SignatureNonce").unwrap());
    let expected = [
        ("AccessKeyId", "testid"),
        ("Action", "CreateThing"),
        ("Format", "JSON"),
        ("Password", PASSWORD),
        ("RegionId", "cn-shanghai"),
        ("SecurityToken", TOKEN),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("Timestamp", "2023-03-13T08:34:30Z"),
        ("UserName", "anna"),
        ("Version", "2018-03-13"),
    ];
    assert_eq!(form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    let mut signed = expected.to_vec();
    signed.push(("SignatureNonce", &nonce));
    let text = signature::string_to_sign("POST", &signature::canonical(&signed));
    assert_eq!(signature, signature::sign(&text, &Secret::from("testsecret")));
}

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_repeated_with_a_new_nonce_and_signature() {
    let script = Script::at_once([
        error(400, "Throttling.User"),
        error(503, "ServiceUnavailable"),
        error(400, "SignatureNonceUsed"),
        error(400, "ResourceInOperating"),
        Take::NotSent,
        Take::NoAnswer,
        Take::Reply(502, HeaderMap::new(), "<html>".to_owned()),
        ok(),
    ]);
    call(&script.client(), &READ, &patience(300)).await.unwrap();
    let heard = script.heard();
    assert_eq!(heard.len(), 8);
    for name in ["SignatureNonce", "Signature"] {
        assert_eq!(heard.iter().map(|heard| &heard.form[name]).collect::<HashSet<_>>().len(), 8, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_is_repeated_only_when_it_surely_was_not_carried_out() {
    let script = Script::at_once([error(400, "Throttling"), Take::NotSent, error(400, "ResourceInOperating"), ok()]);
    call(&script.client(), &CREATE, &patience(60)).await.unwrap();
    for take in [
        Take::NoAnswer,
        error(500, "InternalError"),
        error(403, "InternalError"),
        error(503, "ServiceUnavailable"),
        Take::Reply(504, HeaderMap::new(), String::new()),
        Take::Reply(200, HeaderMap::new(), "{\"RequestId\":".to_owned()),
    ] {
        let script = Script::at_once([take]);
        let error = call(&script.client(), &CREATE, &patience(60)).await.unwrap_err();
        assert!(error.is_unclear() && error.code().is_none(), "{error:?}");
        assert_eq!(script.heard().len(), 1);
    }
}

#[tokio::test]
async fn a_create_whose_connection_breaks_is_not_sent_again() {
    for fault in [Play::HangUp, Play::HangUpInBody] {
        let server = Server::playing(vec![fault, Play::json(200, &json!({}))]);
        let client = RpcClient::new(&PRODUCT, settings(Some(&server.address)));
        assert!(call(&client, &CREATE, &patience(60)).await.unwrap_err().is_unclear());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_whatever_its_status_is() {
    for status in [200, 400, 403, 404] {
        let script = Script::at_once([error(status, "ClientUser.UserExist")]);
        let error = call(&script.client(), &CREATE, &patience(60)).await.unwrap_err();
        assert_eq!((error.code(), script.heard().len()), (Some("ClientUser.UserExist"), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_door_that_stays_closed_ends_the_tries_before_the_deadline() {
    let script = Script::at_once((0..20).map(|_| Take::NotSent));
    let error = call(&script.client(), &READ, &patience(600)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert_eq!(script.heard().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_door_that_stayed_closed_is_tried_once_by_every_other_call_for_a_moment() {
    let script = Script::at_once((0..20).map(|_| Take::NotSent).chain([ok(), Take::NotSent, ok()]));
    let client = script.client();
    let (one, two) = (patience(600), patience(600));
    let (first, second) = tokio::join!(call(&client, &READ, &one), call(&client, &READ, &two));
    assert!(first.is_err() && second.is_err());
    let before = script.heard().len();
    assert!((11..=12).contains(&before), "two who did not know of each other: {before}");
    for tries in 1..=3 {
        assert!(matches!(call(&client, &READ, &patience(600)).await, Err(Error::Connect { .. })));
        assert_eq!(script.heard().len(), before + tries);
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    call(&client, &READ, &patience(600)).await.unwrap();
    // A success opens it, so one failure is no end again.
    call(&client, &READ, &patience(600)).await.unwrap();

    // And it closes as often as it must.
    let script = Script::at_once((0..20).map(|_| Take::NotSent));
    let client = script.client();
    for tries in [6, 7, 13, 14] {
        if tries == 13 {
            tokio::time::advance(Duration::from_secs(10)).await;
        }
        assert!(call(&client, &READ, &patience(600)).await.is_err());
        assert_eq!(script.heard().len(), tries);
    }
}

#[tokio::test(start_paused = true)]
async fn a_door_that_takes_long_to_prove_closed_is_not_tried_by_others_for_a_moment() {
    let script = Script::timed([(60, Take::NotSent), (0, ok())]);
    let client = script.client();
    for _ in 0..100 {
        assert!(matches!(call(&client, &CREATE, &patience(600)).await, Err(Error::Connect { .. })));
        assert_eq!(script.heard().len(), 1);
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    call(&client, &CREATE, &patience(600)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_refusal_for_speed_slows_every_caller() {
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-ratelimit-user-api"),
        HeaderValue::from_static("Limit:1,Remain:0,TimeLeft:2000,Reset:1234"),
    )]);
    let body = json!({"Code": "Throttling.Api", "Message": "Slow."}).to_string();
    let script = Script::at_once([Take::Reply(400, headers, body), ok(), ok(), ok()]);
    let (client, start) = (script.client(), Instant::now());
    let patience = patience(60);
    let late = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        tokio::join!(call(&client, &READ, &patience), call(&client, &READ, &patience))
    };
    let (first, (second, third)) = tokio::join!(call(&client, &READ, &patience), late);
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    let times: Vec<_> = script.heard().iter().map(|heard| (heard.at - start).as_millis()).collect();
    assert_eq!(times, [0, 2_100, 2_150, 2_200]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_call_with_the_last_cause() {
    let script = Script::at_once((0..100).map(|_| error(400, "Throttling.User")));
    let start = Instant::now();
    let Err(late) = call(&script.client(), &READ, &patience(5)).await else { panic!("nothing was answered") };
    assert!(start.elapsed() <= Duration::from_secs(5));
    assert!(late.to_string().contains("Throttling.User"), "{late}");
    assert!(matches!(late, Error::TimedOut { last: Some(_), .. }), "{late:?}");
    assert!(late.advice().unwrap_or_default().contains("-parallelism"));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_during_a_try_tells_what_the_try_before_met() {
    let script = Script::timed([(0, error(503, "ServiceUnavailable")), (0, Take::Never)]);
    let error = call(&script.client(), &READ, &patience(5)).await.unwrap_err();
    assert!(matches!(&error, Error::TimedOut { last: Some(last), .. } if last.code().is_some()), "{error:?}");
    let script = Script::timed([(0, Take::Never)]);
    let error = call(&script.client(), &CREATE, &patience(5)).await.unwrap_err();
    assert!(error.is_unclear(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_reads_and_pauses_at_once_and_lets_a_create_finish() {
    let stop_after = async |seconds, patience: &Patience| {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        patience.stop.cancel();
    };
    let unclear = |outcome: &Result<Answer, Error>| outcome.as_ref().is_err_and(Error::is_unclear);
    let stopped = |outcome: &Result<Answer, Error>| matches!(outcome, Err(Error::Stopped { .. }));
    type Check<'a> = &'a dyn Fn(&Result<Answer, Error>) -> bool;
    type Case<'a> = (&'a str, &'static Operation, Vec<(u64, Take)>, u64, Check<'a>);
    let wait = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("30"))]);
    let throttled = Take::Reply(400, wait, json!({"Code": "Throttling", "Message": "Slow."}).to_string());
    let cases: [Case<'_>; 5] = [
        ("a read", &READ, vec![(50, ok())], 1, &stopped),
        ("a pause", &CREATE, vec![(0, throttled)], 1, &stopped),
        ("a create that is answered in time", &CREATE, vec![(8, ok())], 8, &Result::is_ok),
        ("a create that is not", &CREATE, vec![(50, ok())], 11, &unclear),
        ("a create that is throttled", &CREATE, vec![(8, error(400, "Throttling")), (0, ok())], 8, &stopped),
    ];
    for (name, operation, takes, seconds, check) in cases {
        let (script, patience, start) = (Script::timed(takes), patience(100), Instant::now());
        let client = script.client();
        let (outcome, ()) = tokio::join!(call(&client, operation, &patience), stop_after(1, &patience));
        assert!(check(&outcome), "{name}: {outcome:?}");
        assert_eq!(start.elapsed().as_secs(), seconds, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_the_stop_or_the_deadline() {
    let script = Script::at_once([]);
    let late = patience(0);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(matches!(call(&script.client(), &CREATE, &late).await, Err(Error::TimedOut { .. })));
    let stopped = patience(60);
    stopped.stop.cancel();
    assert!(matches!(call(&script.client(), &CREATE, &stopped).await, Err(Error::Stopped { .. })));
}

/// The message of a service that quotes the whole request, for a wrong signature and for anything else.
#[tokio::test(start_paused = true)]
async fn no_secret_of_the_request_is_in_an_error_whatever_the_service_echoes() {
    type Echo = fn(&str) -> String;
    let echoes: [(&str, Echo); 4] = [
        ("SignatureDoesNotMatch", |signed| format!("Not matched. server string to sign is:{signed}")),
        ("InvalidThing", |signed| format!("You sent {signed}")),
        ("InvalidThing", |_| format!("Password {PASSWORD} is too weak, token {TOKEN}")),
        ("InvalidThing", |_| "Password P%40ss%20w%2Ard~%2B_-1 and P%40ss+w*rd%7E%2B_-1".to_owned()),
    ];
    for (code, echo) in echoes {
        // The dice of the test repeat themselves, so the first call tells what the second one signs.
        let first = Script::at_once([ok()]);
        call(&first.client(), &CREATE, &patience(60)).await.unwrap();
        let mut form = first.heard()[0].form.clone();
        form.remove("Signature");
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let signed = signature::string_to_sign("POST", &signature::canonical(&form));
        for (signed, same) in [(signed.as_str(), true), ("POST&%2F&other", false)] {
            let body = json!({"Code": code, "Message": echo(signed), "Recommend": echo(signed), "RequestId": "72E8"});
            let script = Script::at_once([Take::Reply(400, HeaderMap::new(), body.to_string())]);
            let error = call(&script.client(), &CREATE, &patience(60)).await.unwrap_err();
            let shown = format!("{error} {error:?} {}", error.advice().unwrap_or_default());
            for secret in [PASSWORD, TOKEN] {
                let once = signature::encode(secret);
                let twice = signature::encode(&once);
                for form in [secret, &once, &twice, "P%40ss+w"] {
                    assert!(!shown.contains(form), "{form} in {shown}");
                }
            }
            if code == "SignatureDoesNotMatch" {
                let Error::Api(refusal) = &error else { panic!("{error:?}") };
                let Refusal { same_string_to_sign, .. } = **refusal;
                assert_eq!(same_string_to_sign, Some(same));
                assert!(shown.contains(if same { "secret is wrong" } else { "changed the request" }), "{shown}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_api_is_told_by_status_type_and_length_alone() {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("text/html; a=b"))]);
    let script = Script::at_once([Take::Reply(407, headers, format!("<html>{PASSWORD}"))]);
    let error = call(&script.client(), &READ, &patience(60)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "DescribeThings was answered with HTTP 407 by something that does not speak like the API (text/html, 20 bytes)"
    );
    assert!(error.advice().unwrap_or_default().contains("HTTPS_PROXY"));
}

#[tokio::test(start_paused = true)]
async fn missing_credentials_and_wrong_settings_are_errors_of_the_call() {
    let script = Script::at_once([]);
    let empty = || Chain::new(vec![Box::new(Block::default()), Box::new(Environment)]);
    let world = || World::fixed(OffsetDateTime::UNIX_EPOCH, &[]);
    let client = RpcClient::over(Box::new(script.clone()), &PRODUCT, Settings::new(empty(), world()));
    assert!(matches!(call(&client, &READ, &patience(60)).await, Err(Error::Credentials(_))));
    let wrong = Settings { route: Route::to("ftp://x"), ..Settings::new(empty(), world()) };
    let client = RpcClient::over(Box::new(script), &PRODUCT, wrong);
    assert!(matches!(call(&client, &READ, &patience(60)).await, Err(Error::Endpoint(_))));
    assert!(matches!(client.endpoint("cn-shanghai"), Err(Error::Endpoint(_))));
}

/// A source whose keys are other ones each time, and end some day.
struct Numbered(std::sync::atomic::AtomicU32);

impl Source for Numbered {
    fn name(&self) -> String {
        "the test".to_owned()
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        Finding::Found(Way::Keys(Credentials {
            access_key_id: format!("STS.{number}"),
            access_key_secret: Secret::from("testsecret"),
            security_token: Some(Secret::from(TOKEN)),
            expires: Some(world.now() + Duration::from_secs(3600)),
        }))
    }
}

fn with_numbered_keys(script: &Script) -> RpcClient {
    let chain = Chain::new(vec![Box::new(Numbered(Default::default()))]);
    RpcClient::over(Box::new(script.clone()), &PRODUCT, Settings { credentials: chain, ..settings(None) })
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_as_expired_is_renewed_once_and_the_call_repeated() {
    let script = Script::at_once([error(400, EXPIRED), ok(), ok()]);
    let client = with_numbered_keys(&script);
    call(&client, &CREATE, &patience(60)).await.unwrap();
    call(&client, &CREATE, &patience(60)).await.unwrap();
    let ids: Vec<_> = script.heard().iter().map(|heard| heard.form["AccessKeyId"].clone()).collect();
    assert_eq!(ids, ["STS.1", "STS.2", "STS.2"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_again_is_an_error() {
    let script = Script::at_once([error(400, EXPIRED), error(400, EXPIRED)]);
    let refused = call(&with_numbered_keys(&script), &CREATE, &patience(60)).await.unwrap_err();
    assert_eq!((refused.code(), script.heard().len()), (Some(EXPIRED), 2));
}

#[tokio::test(start_paused = true)]
async fn what_policies_look_at_is_a_parameter_of_every_call() {
    let script = Script::at_once([ok()]);
    let common = vec![("SourceIp", "203.0.113.7".to_owned()), ("SecureTransport", "true".to_owned())];
    let client = RpcClient::over(Box::new(script.clone()), &PRODUCT, Settings { common, ..settings(None) });
    call(&client, &READ, &patience(60)).await.unwrap();
    let form = &script.heard()[0].form;
    assert_eq!((form["SourceIp"].as_str(), form["SecureTransport"].as_str()), ("203.0.113.7", "true"));
}

/// The words of a service do not change their meaning because somebody has one of them for a password.
#[tokio::test(start_paused = true)]
async fn a_password_that_is_a_word_of_the_service_hides_no_code() {
    let with = |password: &str| Parameters::new().with("UserName", "anna").with("Password", password);
    let tried = async |password: &str, takes: Vec<Take>| {
        let script = Script::at_once(takes);
        let outcome = script.client().call(&CREATE, "cn-shanghai", with(password), &patience(60)).await;
        (outcome, script.heard().len())
    };
    let (outcome, tries) =
        tried("Throttling", vec![error(400, "Throttling.User"), error(400, "Throttling"), ok()]).await;
    assert!(outcome.is_ok() && tries == 3, "{outcome:?}");
    for (password, code, shown) in [
        ("UserExist", "ClientUser.UserExist", "ClientUser.UserExist"),
        ("password", "ClientUser.PasswordInvalid", "ClientUser.PasswordInvalid"),
        ("UserExist", "UserExist", "***"),
        ("hunter2-hunter2", "Invalid.hunter2-hunter2", "***"),
        ("hunterabc", "Invalid.hunterabc", "***"),
    ] {
        let refused = tried(password, vec![error(400, code)]).await.0.unwrap_err();
        assert_eq!(refused.code(), Some(code));
        assert!(refused.to_string().contains(&format!("was refused with {shown} (HTTP 400)")), "{refused}");
        assert_eq!(format!("{refused:?}").contains(code), shown == code, "{refused:?}");
    }
}
