//! Types and values of every kind.

use bytes::Bytes;
use proptest::prelude::*;

use crate::value::{Number, Type, Unknown, Value};

/// Any type.
pub fn types() -> BoxedStrategy<Type> {
    nested(prop_oneof![Just(Type::String), Just(Type::Bool), Just(Type::Number), Just(Type::Dynamic)])
}

fn nested(leaf: impl Strategy<Value = Type> + 'static) -> BoxedStrategy<Type> {
    let nested = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list_of),
            inner.clone().prop_map(Type::set_of),
            inner.clone().prop_map(Type::map_of),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            prop::collection::btree_map("[a-e<é]{1,2}", inner, 0..3).prop_map(Type::Object),
        ]
    });
    nested.boxed()
}

/// A value and its type.
pub fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(|ty| (Just(ty.clone()), value_of(&ty, true)))
}

/// A value that JSON can hold, and its type.
pub fn known_typed_value() -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(|ty| (Just(ty.clone()), value_of(&ty, false)))
}

/// A value of type `ty`, null now and then, and `open` to what JSON cannot hold: unknowns and infinities.
pub fn value_of(ty: &Type, open: bool) -> BoxedStrategy<Value> {
    let some = |ty: &Type| prop::collection::vec(value_of(ty, open), 0..4);
    let known = match ty {
        Type::String => ".{0,40}".prop_map(Value::String).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number if open => prop_oneof![
            20 => number(),
            1 => Just(Number::INFINITY),
            1 => Just(Number::NEGATIVE_INFINITY),
        ]
        .prop_map(Value::Number)
        .boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::List(element) => some(element).prop_map(Value::List).boxed(),
        Type::Set(element) => some(element).prop_map(Value::set).boxed(),
        Type::Map(element) => {
            prop::collection::btree_map(".{0,5}", value_of(element, open), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(types) => {
            types.iter().map(|ty| value_of(ty, open)).collect::<Vec<_>>().prop_map(Value::List).boxed()
        }
        Type::Object(attributes) => {
            let attributes: Vec<_> =
                attributes.iter().map(|(name, ty)| (Just(name.clone()), value_of(ty, open))).collect();
            attributes.prop_map(Value::object).boxed()
        }
        // What it turns out to be has no dynamic parts, so that this comes to an end.
        Type::Dynamic => nested(prop_oneof![Just(Type::String), Just(Type::Bool), Just(Type::Number)])
            .prop_flat_map(move |ty| value_of(&ty, open).prop_map(move |value| Value::dynamic(ty.clone(), value)))
            .boxed(),
    };
    if open {
        prop_oneof![8 => known, 1 => Just(Value::Null), 1 => unknown()].boxed()
    } else {
        prop_oneof![8 => known, 1 => Just(Value::Null)].boxed()
    }
}

/// One of which nothing is known, or one of which something is.
fn unknown() -> impl Strategy<Value = Value> {
    let refinements = prop_oneof![Just(vec![]), prop::collection::vec(any::<u8>(), 2..40)];
    refinements.prop_map(|bytes| Value::Unknown(Unknown { refinements: Bytes::from(bytes) }))
}

/// A finite number.
pub fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (-200_i64..200).prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        prop::num::f64::NORMAL.prop_map(|float| Number::from_f64(float).unwrap()),
        (-1000_i32..1000).prop_map(|quarters| Number::from_f64(f64::from(quarters) / 4.0).unwrap()),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| Number::parse(&text).unwrap()),
    ]
}
