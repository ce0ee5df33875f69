//! Values of Terraform's type system (cty): types, values, unknowns, paths, and the msgpack and JSON codecs.
//!
//! A [`Value`] does not carry its [`Type`]: both sides of the protocol know it from the schema, and every codec here
//! is directed by it. Nothing in this room knows what a resource is.

mod constraint;
mod error;
mod json;
mod limits;
mod msgpack;
mod number;
mod path;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod vectors;

use std::collections::BTreeMap;

use bytes::Bytes;

pub use constraint::Type;
pub use error::Error;
pub use limits::{MAX_DEPTH, MAX_NODES};
pub use number::Number;
pub use path::{Path, Step};

/// A value of some type: known, null or not known yet, at any depth.
///
/// Values of one primitive type are in the order in which Terraform sends the elements of a set: known ones by size or
/// alphabet, then the unknown, then null.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A decimal number of any size.
    Number(Number),
    /// Unicode text.
    String(String),
    /// A list, a tuple, or the blocks of a list.
    List(Vec<Self>),
    /// A set, in its canonical order. Make one with [`Value::set`].
    Set(Vec<Self>),
    /// A map or an object.
    Map(BTreeMap<String, Self>),
    /// A value of a dynamic type, with the type it turned out to have. Make one with [`Value::dynamic`].
    Dynamic(Box<(Type, Self)>),
    /// To be known after apply.
    Unknown(Unknown),
    /// Absent. Any type has a null.
    #[default]
    Null,
}

/// What is known of an unknown value, as the bytes that came; empty when it is nothing at all.
///
/// Terraform may have promised that it will not be null, or what it will start with. We promise nothing of our own,
/// and send such a promise back as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    refinements: Bytes,
}

impl Value {
    /// An unknown of which nothing is known.
    pub fn unknown() -> Self {
        Self::Unknown(Unknown::default())
    }

    /// A set: order does not matter, and known elements that are equal count once.
    pub fn set(mut elements: Vec<Self>) -> Self {
        elements.sort();
        elements.dedup_by(|one, other| one == other && one.is_wholly_known());
        Self::Set(elements)
    }

    /// A value of a dynamic type that turned out to have the type `ty`. Where that is dynamic again, nothing is added.
    pub fn dynamic(ty: Type, value: Self) -> Self {
        if ty == Type::Dynamic { value } else { Self::Dynamic(Box::new((ty, value))) }
    }

    /// An object from its attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Map(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether it is null, with or without a type of its own; an unknown is not.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Dynamic(typed) => typed.1.is_null(),
            _ => matches!(self, Self::Null),
        }
    }

    /// Whether the value itself is unknown, be its type known or not. Elements are not looked at.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Dynamic(typed) => typed.1.is_unknown(),
            _ => matches!(self, Self::Unknown(_)),
        }
    }

    /// Whether nothing in it, at any depth, is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
        }
    }

    /// An attribute of an object; `None` where this is no known object or has no such attribute.
    pub fn attribute(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(attributes) => attributes.get(name),
            _ => None,
        }
    }

    /// Replaces an attribute of a known object. On anything else it does nothing.
    pub fn set_attribute(&mut self, name: &str, value: Self) {
        if let Self::Map(attributes) = self {
            attributes.insert(name.to_owned(), value);
        }
    }

    /// The null object: every attribute of `ty` present and null; for any other type, null itself.
    pub fn empty_object(ty: &Type) -> Self {
        match ty {
            Type::Object(attributes) => Self::object(attributes.keys().map(|name| (name.clone(), Self::Null))),
            _ => Self::Null,
        }
    }

    /// Reads a value of type `ty` from msgpack. No bytes at all are null.
    ///
    /// # Errors
    /// Malformed bytes, a value of another type, too many or too few attributes, a key that is there twice, too deep or
    /// too large.
    pub fn from_msgpack(bytes: &[u8], ty: &Type) -> Result<Self, Error> {
        msgpack::decode(bytes, ty)
    }

    /// Writes the value as msgpack, as Terraform writes it.
    ///
    /// # Errors
    /// When the value is not of type `ty`, which is a defect of this program.
    pub fn to_msgpack(&self, ty: &Type) -> Result<Vec<u8>, Error> {
        msgpack::encode(self, ty)
    }

    /// Reads a value of type `ty` from JSON, as state files hold it. Attributes that are absent become null, and
    /// those that `ty` does not have are left out. As in Terraform, text, numbers and truths stand for each other where
    /// the text fits, since an attribute's type may have changed; and of a key that is there twice the last one counts.
    ///
    /// # Errors
    /// Malformed JSON, a value of another type, too deep or too large. The text never quotes the document, which may hold secrets.
    pub fn from_json(document: &[u8], ty: &Type) -> Result<Self, Error> {
        json::decode(document, ty)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_equal_whatever_their_order_and_hold_a_known_element_once() {
        let one = Value::set(vec!["b".into(), "a".into(), "b".into()]);
        assert_eq!(one, Value::set(vec!["a".into(), "b".into()]));
        assert_eq!(
            Value::set(vec![Value::unknown(), Value::unknown()]),
            Value::Set(vec![Value::unknown(), Value::unknown()]),
            "two unknown elements may turn out to differ"
        );
    }

    #[test]
    fn a_set_is_in_the_order_in_which_terraform_sends_it() {
        let number = |text| Value::Number(Number::parse(text).unwrap());
        let ordered = vec![
            Value::Number(Number::NEGATIVE_INFINITY),
            number("-1e30"),
            number("-10"),
            number("-9.5"),
            number("-0.25"),
            number("0"),
            number("0.25"),
            number("0.3"),
            number("2"),
            number("10.5"),
            number("9223372036854775808"),
            number("10000000000000000000"),
            Value::unknown(),
            Value::Null,
        ];
        assert_eq!(Value::set(ordered.iter().rev().cloned().collect()), Value::Set(ordered));
    }

    #[test]
    fn a_dynamic_value_is_null_or_unknown_as_what_it_holds() {
        assert!(Value::dynamic(Type::String, Value::Null).is_null());
        assert!(Value::dynamic(Type::String, Value::unknown()).is_unknown());
        assert!(!Value::dynamic(Type::String, "".into()).is_null());
        assert_eq!(
            Value::dynamic(Type::Dynamic, Value::dynamic(Type::Bool, true.into())),
            Value::dynamic(Type::Bool, true.into())
        );
    }

    #[test]
    fn an_unknown_at_any_depth_makes_a_value_not_wholly_known() {
        let deep = Value::object([("a", Value::List(vec![Value::object([("b", Value::unknown())])]))]);
        assert!(!deep.is_wholly_known());
        assert!(!deep.is_unknown());
        assert!(Value::object([("a", Value::Null)]).is_wholly_known());
    }
}
