//! What holds for every value, of every type.

mod generate;

use proptest::prelude::*;

use self::generate::{known_typed_value, typed_value, types, value_of};
use super::{Number, Step, Type, Value};

/// The value as a state file holds it; only for values that are wholly known and finite.
fn json(value: &Value, ty: &Type) -> String {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let list = |values: &[Value], ty: &dyn Fn(usize) -> Type| {
        let elements: Vec<_> = values.iter().enumerate().map(|(index, value)| json(value, &ty(index))).collect();
        format!("[{}]", elements.join(","))
    };
    match (value, ty) {
        (Value::Null, _) => "null".to_owned(),
        (Value::Bool(truth), _) => truth.to_string(),
        (Value::Number(number), _) => number.to_string(),
        (Value::String(string), _) => text(string),
        (Value::List(values), Type::Tuple(types)) => list(values, &|index| types[index].clone()),
        (Value::List(values) | Value::Set(values), Type::List(ty) | Type::Set(ty)) => list(values, &|_| (**ty).clone()),
        (Value::Map(values), _) => {
            let ty = |key: &String| match ty {
                Type::Object(attributes) => attributes[key].clone(),
                Type::Map(element) => (**element).clone(),
                _ => panic!("{ty} has no keys"),
            };
            let entry = |(key, value): (&String, _)| format!("{}:{}", text(key), json(value, &ty(key)));
            format!("{{{}}}", values.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        (Value::Dynamic(typed), _) => {
            let constraint = String::from_utf8(typed.0.to_json()).unwrap();
            format!(r#"{{"value":{},"type":{constraint}}}"#, json(&typed.1, &typed.0))
        }
        (value, ty) => panic!("{value:?} is no {ty}"),
    }
}

/// A map of fewer than 16 entries in msgpack, in the order given.
fn map_in_order(entries: &[(String, Value)], ty: impl Fn(&str) -> Type) -> Vec<u8> {
    let mut bytes = vec![0x80 | u8::try_from(entries.len()).unwrap()];
    for (key, value) in entries {
        bytes.extend(Value::from(key.as_str()).to_msgpack(&Type::String).unwrap());
        bytes.extend(value.to_msgpack(&ty(key)).unwrap());
    }
    bytes
}

/// Bytes with some of them replaced.
fn damaged(bytes: &[u8], damage: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (index, byte) in damage {
        let index = index.index(bytes.len());
        bytes[index] = *byte;
    }
    bytes
}

fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..4)
}

/// The same number, spelt with needless zeros and a shifted point.
fn respelt(number: &Number, zeros: usize, shift: i32) -> String {
    let text = number.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let point = if digits.contains('.') { "" } else { "." };
    format!("{sign}{}{digits}{point}{}e{shift}", "0".repeat(zeros), "0".repeat(zeros))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_survives_msgpack((ty, value) in typed_value()) {
        let bytes = value.to_msgpack(&ty).unwrap();
        prop_assert_eq!(Value::from_msgpack(&bytes, &ty).unwrap(), value);
    }

    #[test]
    fn a_known_value_is_the_same_in_json((ty, value) in known_typed_value()) {
        prop_assert!(value.is_wholly_known());
        prop_assert_eq!(Value::from_json(json(&value, &ty).as_bytes(), &ty).unwrap(), value);
    }

    #[test]
    fn a_type_survives_json(ty in types()) {
        prop_assert_eq!(Type::from_json(&ty.to_json()).unwrap(), ty);
    }

    #[test]
    fn a_set_has_no_order_and_no_duplicates(
        (element, elements, again) in types().prop_flat_map(|ty| {
            let elements = prop::collection::vec(value_of(&ty, false), 1..6);
            elements.prop_flat_map(move |elements| {
                let twice = [elements.clone(), elements.clone()].concat();
                (Just(ty.clone()), Just(elements), Just(twice).prop_shuffle())
            })
        }),
    ) {
        let sent = Value::List(again).to_msgpack(&Type::list_of(element.clone())).unwrap();
        let set = Value::from_msgpack(&sent, &Type::set_of(element)).unwrap();
        prop_assert_eq!(set, Value::set(elements));
    }

    #[test]
    fn keys_have_no_order(
        (ty, sorted, shuffled) in prop::collection::btree_map("[a-c]{1,2}", types(), 0..6).prop_flat_map(|attributes| {
            let entries: Vec<_> = attributes.iter().map(|(name, ty)| (Just(name.clone()), value_of(ty, true))).collect();
            let ty = Type::Object(attributes);
            entries.prop_flat_map(move |entries| {
                (Just(ty.clone()), Just(Value::object(entries.clone())), Just(entries).prop_shuffle())
            })
        }),
    ) {
        let Type::Object(attributes) = &ty else { panic!("{ty} is an object") };
        let sent = map_in_order(&shuffled, |name| attributes[name].clone());
        prop_assert_eq!(Value::from_msgpack(&sent, &ty).unwrap(), sorted);
    }

    #[test]
    fn what_is_cut_short_is_an_error((ty, value) in typed_value(), end in any::<prop::sample::Index>()) {
        let bytes = value.to_msgpack(&ty).unwrap();
        let end = end.index(bytes.len());
        prop_assert!(end == 0 || Value::from_msgpack(&bytes[..end], &ty).is_err());
        prop_assert!(Value::from_msgpack(&[bytes.as_slice(), &[0xc0]].concat(), &ty).is_err());
    }

    #[test]
    fn what_is_damaged_is_an_error_or_a_value_like_any_other((ty, value) in typed_value(), damage in damage()) {
        let bytes = damaged(&value.to_msgpack(&ty).unwrap(), &damage);
        if let Ok(value) = Value::from_msgpack(&bytes, &ty) {
            let again = value.to_msgpack(&ty).unwrap();
            prop_assert_eq!(Value::from_msgpack(&again, &ty).unwrap(), value);
        }
    }

    #[test]
    fn json_that_is_damaged_is_an_error_or_a_value_like_any_other(
        (ty, value) in known_typed_value(),
        damage in damage(),
    ) {
        let document = damaged(json(&value, &ty).as_bytes(), &damage);
        if let Ok(value) = Value::from_json(&document, &ty) {
            let bytes = value.to_msgpack(&ty).unwrap();
            prop_assert_eq!(Value::from_msgpack(&bytes, &ty).unwrap(), value);
        }
        let _ = Type::from_json(&damaged(&ty.to_json(), &damage));
    }

    #[test]
    fn any_bytes_at_all_are_an_error_or_a_value(bytes in prop::collection::vec(any::<u8>(), 0..64), ty in types()) {
        let _ = Value::from_msgpack(&bytes, &ty);
        let _ = Value::from_json(&bytes, &ty);
        let _ = Type::from_json(&bytes);
        let _ = Number::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn an_error_is_found_where_the_wrong_value_is(depth in 0_usize..20) {
        let (mut ty, mut wrong, mut path) = (Type::Bool, Value::from("x"), super::Path::root());
        for _ in 0..depth {
            (ty, wrong) = (Type::list_of(ty), Value::List(vec![wrong]));
            path = path.child(Step::at(0));
        }
        let mut bytes = vec![0x91; depth];
        bytes.extend([0xa1, b'x']);
        let read = Value::from_msgpack(&bytes, &ty).unwrap_err();
        let written = wrong.to_msgpack(&ty).unwrap_err();
        prop_assert_eq!((read.path(), written.path()), (&path, &path));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_number_is_the_same_however_it_is_spelt(number in generate::number(), zeros in 0_usize..5, shift in -9_i32..9) {
        let text = number.to_string();
        prop_assert_eq!(&Number::parse(&text).unwrap(), &number);
        let spelt = respelt(&number, zeros, shift);
        let shifted = Number::parse(&spelt).unwrap();
        let back = respelt(&shifted, zeros, -shift);
        prop_assert_eq!(Number::parse(&back).unwrap(), number, "{} by way of {}", back, spelt);
    }

    #[test]
    fn floating_point_is_read_exactly(float in any::<f64>().prop_filter("a number", |float| !float.is_nan())) {
        let number = Number::from_f64(float).unwrap();
        prop_assert_eq!(number.as_exact_f64(), Some(float));
        prop_assert!(number.is_whole() == (float.fract() == 0.0) || float.is_infinite());
    }

    #[test]
    fn numbers_are_ordered_by_size(one in any::<f64>(), two in any::<f64>(), near in -3_i64..3) {
        if let (Ok(first), Ok(second)) = (Number::from_f64(one), Number::from_f64(two)) {
            prop_assert_eq!(Some(first.cmp(&second)), one.partial_cmp(&two));
        }
        let (limit, above) = (Number::from(i64::MAX), Number::from(i64::MAX.cast_unsigned().wrapping_add_signed(near)));
        prop_assert_eq!(above.cmp(&limit), near.cmp(&0));
    }
}
