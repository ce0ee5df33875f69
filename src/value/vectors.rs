//! Values as the real Terraform sent them; `tests/stub/recorder` recorded them and can do so again.

use super::{Type, Value};

const RECORDED: &str = include_str!("../../tests/vectors/terraform-1.11.4.jsonl");

/// Values whose bytes differ on the way back, though not in meaning.
const SPELT_DIFFERENTLY: [&str; 3] = [
    // Go writes `<`, `>` and `&` in the JSON of a type as `\u003c` and so on.
    "dynamic escaped_names",
    // Terraform has an order of its own, which it does not promise, for sets of anything but strings, numbers and bools.
    "set of object some",
    "set of list of string some",
];

struct Vector {
    case: String,
    ty: Type,
    msgpack: Option<Vec<u8>>,
    json: Option<String>,
}

fn vectors() -> Vec<Vector> {
    let text = |line: &serde_json::Value, key: &str| line[key].as_str().map(str::to_owned);
    let vector = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        Vector {
            case: text(&line, "case").unwrap(),
            ty: Type::from_json(line["type"].to_string().as_bytes()).unwrap(),
            msgpack: text(&line, "msgpack").map(|text| hex(&text)),
            json: text(&line, "json"),
        }
    };
    RECORDED.lines().map(vector).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// The vector's name: the type of its value, and the case.
fn name(vector: &Vector) -> String {
    let Type::Object(attributes) = &vector.ty else { panic!("{}: a resource is an object", vector.case) };
    match attributes.get("value") {
        Some(Type::Dynamic) => format!("dynamic {}", vector.case),
        Some(value) => format!("{value} {}", vector.case),
        None => format!("blocks {}", vector.case),
    }
}

#[test]
fn what_terraform_sent_goes_back_byte_for_byte() {
    let mut seen = 0;
    let mut differing = Vec::new();
    for vector in vectors() {
        let Some(bytes) = &vector.msgpack else { continue };
        let value = Value::from_msgpack(bytes, &vector.ty).unwrap_or_else(|error| panic!("{}: {error}", name(&vector)));
        let written = value.to_msgpack(&vector.ty).unwrap();
        if written != *bytes {
            assert_eq!(Value::from_msgpack(&written, &vector.ty).unwrap(), value, "{}", name(&vector));
            differing.push(name(&vector));
        }
        seen += 1;
    }
    differing.dedup();
    assert_eq!(differing, SPELT_DIFFERENTLY);
    assert!(seen > 180, "only {seen} values were recorded");
}

#[test]
fn stored_state_is_the_value_that_was_sent() {
    let vectors = vectors();
    let mut seen = 0;
    for vector in &vectors {
        let Some(document) = &vector.json else { continue };
        let stored = Value::from_json(document.as_bytes(), &vector.ty).unwrap();
        assert!(stored.is_wholly_known(), "{}", name(vector));
        let sent = vectors.iter().filter(|other| other.case == vector.case && other.ty == vector.ty);
        let mut sent = sent.filter_map(|other| Value::from_msgpack(other.msgpack.as_ref()?, &other.ty).ok());
        assert!(sent.any(|value| value == stored), "{}: {stored:?} was never sent", name(vector));
        seen += 1;
    }
    assert!(seen > 100, "only {seen} states were recorded");
}

#[test]
fn a_value_that_was_cut_short_is_an_error() {
    for vector in vectors() {
        let Some(bytes) = &vector.msgpack else { continue };
        for end in 1..bytes.len() {
            assert!(Value::from_msgpack(&bytes[..end], &vector.ty).is_err(), "{} up to {end}", name(&vector));
        }
    }
}
