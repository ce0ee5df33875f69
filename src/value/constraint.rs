use std::collections::BTreeMap;
use std::fmt;

use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::error::Error;

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
    /// When it is no JSON or no type.
    pub fn from_json(document: &[u8]) -> Result<Self, Error> {
        let document: serde_json::Value =
            serde_json::from_slice(document).map_err(|_| Error::new("a type constraint that is not JSON"))?;
        Self::from_document(&document)
    }

    fn from_document(document: &serde_json::Value) -> Result<Self, Error> {
        use serde_json::Value as Json;

        let unknown = || Error::new("a type constraint of an unknown kind");
        match document {
            Json::String(name) => match name.as_str() {
                "string" => Ok(Self::String),
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(unknown()),
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                    elements.iter().map(Self::from_document).collect::<Result<_, _>>().map(Self::Tuple)
                }
                [Json::String(kind), Json::Object(attributes), ..] if kind == "object" && parts.len() <= 3 => {
                    attributes
                        .iter()
                        .map(|(name, ty)| Ok((name.clone(), Self::from_document(ty)?)))
                        .collect::<Result<_, _>>()
                        .map(Self::Object)
                }
                [Json::String(kind), element] => {
                    let element = Box::new(Self::from_document(element)?);
                    match kind.as_str() {
                        "list" => Ok(Self::List(element)),
                        "set" => Ok(Self::Set(element)),
                        "map" => Ok(Self::Map(element)),
                        _ => Err(unknown()),
                    }
                }
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }
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
    fn what_is_no_type_is_an_error() {
        for text in ["", "1", r#""text""#, r#"["list"]"#, r#"["bag","string"]"#, r#"["tuple","string"]"#, "[]"] {
            assert!(Type::from_json(text.as_bytes()).is_err(), "{text}");
        }
    }
}
