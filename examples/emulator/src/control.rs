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
        .instances
        .iter()
        .map(|(sag_id, instance)| {
            json!({
                "sag_id": sag_id,
                "region": instance.region,
                "cidr": instance.cidr.map(|cidr| cidr.to_string()),
                "quota": instance.quota,
                "users": service.users(now, sag_id),
            })
        })
        .collect();
    Ok(json!({
        "instances": instances,
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
