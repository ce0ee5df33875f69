//! The control endpoint below `/_emulator/`: JSON, no signature.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::calls;
use crate::faults::Fault;
use crate::moment::Moment;
use crate::outside::Outside;
use crate::reply::Reply;
use crate::service::Service;

/// Where every path of the control endpoint begins.
pub(crate) const PREFIX: &str = "/_emulator/";

/// A handler: `Err` is a readable complaint about the body.
type Handler = fn(&mut Service, Moment, &str) -> Result<Value, String>;

const ROUTES: &[(&str, &str, Handler)] = &[
    ("GET", "state", state),
    ("GET", "calls", get_calls),
    ("DELETE", "calls", clear_calls),
    ("GET", "switches", get_switches),
    ("PUT", "switches", put_switches),
    ("GET", "faults", get_faults),
    ("POST", "faults", post_faults),
    ("DELETE", "faults", clear_faults),
    ("POST", "outside", outside),
    ("POST", "password", password),
    ("POST", "clock", clock),
    ("POST", "reset", reset),
];

impl Service {
    /// Answers a request to the control endpoint. `path` is the whole path.
    pub fn control(&mut self, now: Moment, method: &str, path: &str, body: &str) -> Reply {
        let name = path.strip_prefix(PREFIX).unwrap_or_default();
        let mut of_path = ROUTES.iter().filter(|(_, known, _)| *known == name).peekable();
        if of_path.peek().is_none() {
            let paths: BTreeMap<_, _> = ROUTES.iter().map(|(_, name, _)| (name, ())).collect();
            let error = format!("there is no {path}; below {PREFIX} there are {:?}", paths.keys().collect::<Vec<_>>());
            return Reply::json(404, &json!({ "error": error }));
        }
        let Some((_, _, handler)) = of_path.find(|(known, ..)| *known == method) else {
            return Reply::json(405, &json!({ "error": format!("{path} does not take {method}") }));
        };
        match handler(self, now, body) {
            Ok(answer) => Reply::json(200, &answer),
            Err(error) => Reply::json(400, &json!({ "error": error })),
        }
    }
}

fn state(service: &mut Service, now: Moment, _: &str) -> Result<Value, String> {
    let instances: Vec<Value> = service
        .holdings
        .instances
        .iter()
        .map(|(sag_id, instance)| {
            json!({
                "sag_id": sag_id,
                "name": instance.name,
                "region": instance.region,
                "cidr": instance.cidr.map(|cidr| cidr.to_string()),
                "quota": instance.quota,
                "users": service.users(now, sag_id),
            })
        })
        .collect();
    let roles: Vec<&str> = service.holdings.identities.roles().iter().map(|role| role.arn.as_str()).collect();
    Ok(json!({
        "instances": instances,
        "roles": roles,
        "switches": service.switches(),
        "faults": service.faults(),
        "counts": calls::counts(service.calls()),
    }))
}

fn get_calls(service: &mut Service, _: Moment, _: &str) -> Result<Value, String> {
    Ok(json!({ "calls": service.calls(), "counts": calls::counts(service.calls()) }))
}

fn clear_calls(service: &mut Service, _: Moment, _: &str) -> Result<Value, String> {
    service.clear_calls();
    Ok(json!({}))
}

fn get_switches(service: &mut Service, _: Moment, _: &str) -> Result<Value, String> {
    Ok(json!(service.switches()))
}

fn put_switches(service: &mut Service, _: Moment, body: &str) -> Result<Value, String> {
    let patch: serde_json::Map<String, Value> = read(body)?;
    let merged = service.switches().merged(Value::Object(patch)).map_err(|error| error.to_string())?;
    service.set_switches(merged);
    Ok(json!(service.switches()))
}

fn get_faults(service: &mut Service, _: Moment, _: &str) -> Result<Value, String> {
    Ok(json!(service.faults()))
}

fn post_faults(service: &mut Service, _: Moment, body: &str) -> Result<Value, String> {
    one_or_many::<Fault>(body)?.into_iter().for_each(|fault| service.fault(fault));
    Ok(json!(service.faults()))
}

fn clear_faults(service: &mut Service, _: Moment, _: &str) -> Result<Value, String> {
    service.clear_faults();
    Ok(json!([]))
}

fn outside(service: &mut Service, now: Moment, body: &str) -> Result<Value, String> {
    for (index, change) in one_or_many::<Outside>(body)?.into_iter().enumerate() {
        service.outside(now, change).map_err(|error| format!("change {}: {error}", index + 1))?;
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guess {
    sag_id: String,
    user_name: String,
    password: String,
}

fn password(service: &mut Service, _: Moment, body: &str) -> Result<Value, String> {
    let guess: Guess = read(body)?;
    Ok(json!({ "current": service.password_is(&guess.sag_id, &guess.user_name, &guess.password) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

fn clock(service: &mut Service, _: Moment, body: &str) -> Result<Value, String> {
    let advance: Advance = read(body)?;
    service.advance(Duration::from_millis(advance.advance_ms));
    Ok(json!({}))
}

fn reset(service: &mut Service, _: Moment, _: &str) -> Result<Value, String> {
    service.reset();
    Ok(json!({}))
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| format!("the body does not fit: {error}"))
}

fn one_or_many<T: DeserializeOwned>(body: &str) -> Result<Vec<T>, String> {
    if body.trim_start().starts_with('[') { read(body) } else { read(body).map(|one| vec![one]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CREATE, DELETE, Desk, LIST};

    fn control(desk: &mut Desk, method: &str, name: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = desk.service.control(desk.now, method, &format!("{PREFIX}{name}"), &body);
        (reply.status, serde_json::from_str(&reply.body).unwrap())
    }

    fn outside(desk: &mut Desk, body: Value) {
        assert_eq!(control(desk, "POST", "outside", body.clone()), (200, json!({})), "{body}");
    }

    #[test]
    fn changes_outside_are_told_by_the_state() {
        let mut desk = Desk::new();
        let (sag, alice) = ("sag-emulator0001", "alice.w");
        let who = json!({"sag_id": sag, "user_name": alice});
        outside(&mut desk, json!({"add_user": {"sag_id": sag, "user_name": alice, "password": "hidden-pass1"}}));
        outside(
            &mut desk,
            json!([
                {"change_user": {"sag_id": sag, "user_name": alice, "bandwidth": 7, "client_ip": "10.0.0.9",
                                 "user_mail": "a@b", "password": "hidden-pass2"}},
                {"open_session": who},
                {"add_instance": {"sag_id": "sag-x1", "region": "eu-central-1", "name": "office"}},
                {"add_ciphertext": {"ciphertext_blob": "YQ==", "plaintext": "hidden-pass3", "encryption_context": {"a": "b"}}},
                {"change_instance": {"sag_id": "sag-x1", "quota": 5, "cidr": ""}},
                {"add_fleet": {"sag_id": "sag-x1", "prefix": "worker", "count": 6}},
                {"remove_user": {"sag_id": "sag-x1", "user_name": "worker00001"}},
            ]),
        );
        let (_, state) = control(&mut desk, "GET", "state", Value::Null);
        assert_eq!(
            state["instances"][0]["users"],
            json!([{"user_name": alice, "user_mail": "a@b", "bandwidth": 7, "enabled": true, "client_ip": "10.0.0.9",
                    "used_this_month": true, "online": 1, "password_changes": 1}])
        );
        assert_eq!(state["instances"][1]["users"].as_array().unwrap().len(), 5);
        assert_eq!((&state["instances"][1]["quota"], &state["instances"][1]["cidr"]), (&json!(5), &Value::Null));
        assert_eq!(state["instances"][1]["name"], "office");
        assert!(!state.to_string().contains("hidden"), "{state}");
        outside(&mut desk, json!([{"close_sessions": who}, {"remove_instance": {"sag_id": "sag-x1"}}]));
        let (_, state) = control(&mut desk, "GET", "state", Value::Null);
        assert_eq!(state["instances"][0]["users"][0]["online"], 0);
        assert_eq!(state["instances"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn keys_and_roles_come_and_go() {
        let mut desk = Desk::new();
        let (ops, dev) = ("acs:ram::12:role/ops", "acs:ram::12:role/dev");
        outside(
            &mut desk,
            json!([
                {"add_key": {"id": "LTAI-other", "secret": "hidden-secret", "account_id": "12", "identity": "account"}},
                {"add_role": {"arn": ops, "trusted": ["LTAI-other"], "external_id": "ext-1", "max_session_s": 3600,
                              "oidc": {"provider_arn": "acs:ram::12:oidc-provider/ci", "token": "hidden-token",
                                       "expires_ms": 1}}},
                {"add_role": {"arn": dev}},
                "expire_tokens",
            ]),
        );
        let (_, state) = control(&mut desk, "GET", "state", Value::Null);
        assert_eq!(state["roles"], json!([ops, dev]));
        assert!(!state.to_string().contains("hidden"), "{state}");
        outside(&mut desk, json!({"remove_role": {"arn": ops}}));
        assert_eq!(control(&mut desk, "GET", "state", Value::Null).1["roles"], json!([dev]));
    }

    #[test]
    fn changes_outside_are_listed_at_once() {
        let mut desk = Desk::with(|switches| switches.list_lag_ms = 60_000).users(&["alice.w"]);
        assert_eq!(desk.listed(), ["alice.w"]);
        let gone = json!({"remove_user": {"sag_id": "sag-emulator0001", "user_name": "alice.w"}});
        outside(&mut desk, gone);
        assert!(desk.listed().is_empty());
        outside(&mut desk, json!({"add_user": {"sag_id": "sag-emulator0001", "user_name": "alice.w"}}));
        desk.ask(DELETE, &[("UserName", "alice.w")]);
        let again = json!({"sag_id": "sag-emulator0001", "user_name": "alice.w", "user_mail": "new@example.com"});
        outside(&mut desk, json!({"add_user": again}));
        assert_eq!(desk.ask(LIST, &[])["Users"]["User"][0]["UserMail"], "new@example.com");
    }

    #[test]
    fn a_password_can_be_guessed_but_not_read() {
        let mut desk = Desk::new().users(&["alice.w"]);
        let guess =
            |password: &str| json!({"sag_id": "sag-emulator0001", "user_name": "alice.w", "password": password});
        assert_eq!(control(&mut desk, "POST", "password", guess("first-pass1")).1, json!({"current": true}));
        assert_eq!(control(&mut desk, "POST", "password", guess("other-pass1")).1, json!({"current": false}));
    }

    #[test]
    fn switches_are_merged() {
        let mut desk = Desk::new();
        let (status, switches) = control(&mut desk, "PUT", "switches", json!({"max_page_size": 3}));
        assert_eq!((status, &switches["max_page_size"]), (200, &json!(3)));
        assert_eq!(control(&mut desk, "GET", "switches", Value::Null).1, switches);
        assert_eq!(desk.ask(LIST, &[])["PageSize"], 3);
    }

    #[test]
    fn faults_are_armed_shown_and_disarmed() {
        let mut desk = Desk::new();
        let fault = json!({"action": CREATE, "what": "close_after"});
        let (status, armed) = control(&mut desk, "POST", "faults", json!([fault, fault]));
        assert_eq!((status, armed.as_array().unwrap().len()), (200, 2));
        control(&mut desk, "POST", "faults", fault);
        assert_eq!(control(&mut desk, "GET", "faults", Value::Null).1.as_array().unwrap().len(), 3);
        control(&mut desk, "DELETE", "faults", Value::Null);
        assert!(desk.service.faults().is_empty());
    }

    #[test]
    fn calls_are_told_and_forgotten() {
        let mut desk = Desk::new();
        desk.ask(LIST, &[]);
        let (_, told) = control(&mut desk, "GET", "calls", Value::Null);
        assert_eq!(told["counts"], json!({LIST: 1}));
        assert_eq!((&told["calls"][0]["action"], &told["calls"][0]["status"]), (&json!(LIST), &json!(200)));
        control(&mut desk, "DELETE", "calls", Value::Null);
        assert_eq!(control(&mut desk, "GET", "calls", Value::Null).1, json!({"calls": [], "counts": {}}));
    }

    #[test]
    fn clock_and_reset() {
        let mut desk = Desk::with(|switches| switches.list_lag_ms = 60_000);
        desk.ask(CREATE, &[("UserMail", "bob@example.com")]);
        assert_eq!(control(&mut desk, "POST", "clock", json!({"advance_ms": 60_000})).0, 200);
        assert_eq!(desk.listed(), ["bob@example.com"]);
        assert_eq!(control(&mut desk, "POST", "reset", Value::Null).0, 200);
        assert!(desk.listed().is_empty());
    }

    #[test]
    fn what_does_not_fit_is_answered_in_words() {
        let sag = "sag-emulator0001";
        let cases = [
            ("GET", "nothing", json!(null), 404, "/_emulator/nothing"),
            ("PUT", "state", json!(null), 405, "PUT"),
            ("POST", "faults", json!(null), 400, "line 1"),
            ("POST", "faults", json!({"action": "*", "what": "explode"}), 400, "explode"),
            ("PUT", "switches", json!({"max_page": 3}), 400, "max_page"),
            ("PUT", "switches", json!([]), 400, "map"),
            ("POST", "outside", json!({"add_user": {"sag_id": "sag-x", "user_name": "alice.w"}}), 400, "sag-x"),
            ("POST", "outside", json!({"remove_user": {"sag_id": sag, "user_name": "nobody7"}}), 400, "nobody7"),
            ("POST", "outside", json!({"add_instance": {"sag_id": sag}}), 400, "exists"),
            ("POST", "outside", json!({"add_role": {"arn": "ops"}}), 400, "acs:ram::"),
            ("POST", "outside", json!({"remove_role": {"arn": "ops"}}), 400, "no role"),
            ("POST", "outside", json!({"add_user": {"sag_id": sag, "user_name": "disabled1"}}), 400, "exists"),
            ("POST", "outside", json!({"open_session": {"sag_id": sag, "user_name": "disabled1"}}), 400, "cannot dial"),
        ];
        for (method, name, body, status, word) in cases {
            let mut desk = Desk::new();
            outside(&mut desk, json!({"add_user": {"sag_id": sag, "user_name": "disabled1", "enabled": false}}));
            let (got, answer) = control(&mut desk, method, name, body.clone());
            assert_eq!(got, status, "{method} {name} {body}");
            let error = answer["error"].as_str().unwrap();
            assert!(error.contains(word), "{method} {name} {body}: {error}");
        }
    }
}
