use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::ser::{Serialize, SerializeTuple, Serializer};
use serde_json::value::RawValue;

use super::error::Error;
use super::limits;

/// A type constraint, as the schema states it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Bool,
    /// A decimal number of any size.
    Number,
    /// Any type; the value says which.
    Dynamic,
    /// A sequence of elements of one type.
    List(Box<Self>),
    /// Distinct elements of one type, without order.
    Set(Box<Self>),
    /// Elements of one type under text keys.
    Map(Box<Self>),
    /// A fixed sequence, each element of its own type.
    Tuple(Vec<Self>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Self>),
}

impl Type {
    /// A set of `element`.
    pub fn set_of(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map_of(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// A list of `element`.
    pub fn list_of(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// An object from its attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// The type as the protocol writes it, such as `"string"` or `["set","string"]`.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a type holds nothing that JSON cannot say")
    }

    /// Reads what [`Type::to_json`] writes. Names of optional attributes are accepted and not kept.
    ///
    /// # Errors
    /// When it is no JSON or no type, or one too deep or too large.
    pub fn from_json(document: &[u8]) -> Result<Self, Error> {
        limits::nodes(limits::json_nodes(document))?;
        let document =
            serde_json::from_slice(document).map_err(|_| Error::new("a type constraint that is not JSON"))?;
        Self::read(document, 0)
    }

    fn read(document: &RawValue, depth: usize) -> Result<Self, Error> {
        limits::depth(depth)?;
        let inner = |document| Self::read(document, depth + 1);
        let kind = |document: &RawValue| parse::<String>(document).ok();
        let parts: Vec<&RawValue> = match kind(document).as_deref() {
            Some("string") => return Ok(Self::String),
            Some("bool") => return Ok(Self::Bool),
            Some("number") => return Ok(Self::Number),
            Some("dynamic") => return Ok(Self::Dynamic),
            _ => parse(document)?,
        };
        match (parts.first().copied().and_then(kind).as_deref(), parts.as_slice()) {
            (Some("list"), [_, element]) => inner(element).map(Self::list_of),
            (Some("set"), [_, element]) => inner(element).map(Self::set_of),
            (Some("map"), [_, element]) => inner(element).map(Self::map_of),
            (Some("tuple"), [_, elements]) => {
                let elements: Vec<&RawValue> = parse(elements)?;
                elements.into_iter().map(inner).collect::<Result<_, _>>().map(Self::Tuple)
            }
            (Some("object"), [_, attributes] | [_, attributes, _]) => {
                let attributes: BTreeMap<String, &RawValue> = parse(attributes)?;
                let attribute = |(name, ty)| Ok((name, inner(ty)?));
                attributes.into_iter().map(attribute).collect::<Result<_, _>>().map(Self::Object)
            }
            _ => Err(unknown_kind()),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(document: &'a RawValue) -> Result<T, Error> {
    serde_json::from_str(document.get()).map_err(|_| unknown_kind())
}

fn unknown_kind() -> Error {
    Error::new("a type constraint of an unknown kind")
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn pair<S: Serializer>(serializer: S, kind: &str, content: &impl Serialize) -> Result<S::Ok, S::Error> {
            let mut pair = serializer.serialize_tuple(2)?;
            pair.serialize_element(kind)?;
            pair.serialize_element(content)?;
            pair.end()
        }
        match self {
            Self::String => serializer.serialize_str("string"),
            Self::Bool => serializer.serialize_str("bool"),
            Self::Number => serializer.serialize_str("number"),
            Self::Dynamic => serializer.serialize_str("dynamic"),
            Self::List(element) => pair(serializer, "list", element),
            Self::Set(element) => pair(serializer, "set", element),
            Self::Map(element) => pair(serializer, "map", element),
            Self::Tuple(elements) => pair(serializer, "tuple", elements),
            Self::Object(attributes) => pair(serializer, "object", attributes),
        }
    }
}

/// In the words of Terraform's documentation, such as `set of string`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::Dynamic => f.write_str("any type"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Set(element) => write!(f, "set of {element}"),
            Self::Map(element) => write!(f, "map of {element}"),
            Self::Tuple(elements) => write!(f, "tuple of {} elements", elements.len()),
            Self::Object(_) => f.write_str("object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::MAX_DEPTH;

    #[test]
    fn every_kind_of_type_survives_its_json() {
        for text in [
            r#""string""#,
            r#""bool""#,
            r#""number""#,
            r#""dynamic""#,
            r#"["list","string"]"#,
            r#"["set",["map","bool"]]"#,
            r#"["tuple",["string","number"]]"#,
            r#"["object",{"a":"string","b":["list","number"]}]"#,
        ] {
            let ty = Type::from_json(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(ty.to_json()).unwrap(), text);
        }
    }

    #[test]
    fn names_of_optional_attributes_are_accepted() {
        let ty = Type::from_json(br#"["object",{"a":"string"},["a"]]"#).unwrap();
        assert_eq!(ty, Type::object([("a", Type::String)]));
    }

    #[test]
    fn a_type_as_deep_as_a_value_may_be_is_read_and_a_deeper_one_is_an_error() {
        for (open, close) in [(r#"["list","#, "]"), (r#"["tuple",["#, "]]"), (r#"["object",{"a":"#, "}]")] {
            let nested = |depth| [&open.repeat(depth), r#""bool""#, &close.repeat(depth)].concat();
            assert!(Type::from_json(nested(MAX_DEPTH).as_bytes()).is_ok(), "{open}");
            let error = Type::from_json(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
            assert!(error.problem().contains("deeper than 100"), "{error}");
            assert!(Type::from_json(open.repeat(1_000_000).as_bytes()).is_err(), "{open}");
        }
    }

    #[test]
    fn a_type_of_too_many_parts_is_an_error() {
        let parts = [r#"["tuple",["#, &"0,".repeat(4_000_000), "0]]"].concat();
        let error = Type::from_json(parts.as_bytes()).unwrap_err();
        assert!(error.problem().contains("more than 4000000 values"), "{error}");
    }

    #[test]
    fn what_is_no_type_is_an_error() {
        for text in ["", "1", r#""text""#, r#"["list"]"#, r#"["bag","string"]"#, r#"["tuple","string"]"#, "[]", "{}"] {
            assert!(Type::from_json(text.as_bytes()).is_err(), "{text}");
        }
    }
}
