//! Values of Terraform's type system (cty): types, values, unknowns, paths, and the msgpack and JSON codecs.
//!
//! A [`Value`] does not carry its [`Type`]: both sides of the protocol know it from the schema, and every codec here
//! is directed by it. Nothing in this room knows what a resource is.

mod constraint;
mod error;
mod json;
mod msgpack;
mod number;
mod path;

use std::collections::BTreeMap;

use bytes::Bytes;

pub use constraint::Type;
pub use error::Error;
pub use number::Number;
pub use path::{Path, Step};

/// Deepest nesting accepted in one value; deeper ones are an error, not a stack overflow.
pub const MAX_DEPTH: usize = 100;

/// Most values accepted in one message: 200 MB of nils would otherwise become gigabytes of memory.
pub const MAX_NODES: usize = 4_000_000;

/// A value of some type: known, null or not known yet, at any depth.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Absent. Any type has a null.
    #[default]
    Null,
    /// To be known after apply.
    Unknown(Unknown),
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
    /// A value of a dynamic type, with the type it turned out to have.
    Dynamic(Box<(Type, Self)>),
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

    /// An object from its attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Map(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether it is null; an unknown is not.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value itself is unknown. Elements are not looked at.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
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
    /// Malformed bytes, a value of another type, too many or too few attributes, too deep or too large.
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
    /// those that `ty` does not have are left out.
    ///
    /// # Errors
    /// Malformed JSON or a value of another type. The text never quotes the document, which may hold secrets.
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
    fn an_unknown_at_any_depth_makes_a_value_not_wholly_known() {
        let deep = Value::object([("a", Value::List(vec![Value::object([("b", Value::unknown())])]))]);
        assert!(!deep.is_wholly_known());
        assert!(!deep.is_unknown());
        assert!(Value::object([("a", Value::Null)]).is_wholly_known());
    }
}
