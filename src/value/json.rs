//! The JSON codec for stored state, directed by the type.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::constraint::Type;
use super::error::Error;
use super::number::Number;
use super::path::Step;
use super::{Value, limits};

pub(super) fn decode(document: &[u8], ty: &Type) -> Result<Value, Error> {
    limits::nodes(limits::json_nodes(document))?;
    let document: &RawValue = serde_json::from_slice(document).map_err(|error| {
        // serde_json's own text may quote what it found, and any value may be a secret.
        Error::new(format!("malformed JSON at line {}, column {}", error.line(), error.column()))
    })?;
    value(document, ty, 0)
}

/// The document's text is parsed once more per level, which keeps numbers exact; states are small.
fn value(document: &RawValue, ty: &Type, depth: usize) -> Result<Value, Error> {
    limits::depth(depth)?;
    let text = document.get();
    if text == "null" {
        return Ok(Value::Null);
    }
    match ty {
        Type::String => scalar(text, ty).map(|text| Value::String(text.into_owned())),
        Type::Number => Number::parse(&scalar(text, ty)?).map(Value::Number),
        Type::Bool => match &*scalar(text, ty)? {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(Error::wanted(ty)),
        },
        Type::List(element) => elements(text, ty, element, depth).map(Value::List),
        Type::Set(element) => elements(text, ty, element, depth).map(Value::set),
        Type::Tuple(types) => {
            let documents: Vec<&RawValue> = parse(text, ty)?;
            if documents.len() != types.len() {
                return Err(Error::new(format!("a {ty} is wanted, {} elements were given", documents.len())));
            }
            let element =
                |(index, (document, ty))| value(document, ty, depth + 1).map_err(|error| error.below(Step::at(index)));
            documents.into_iter().zip(types).enumerate().map(element).collect::<Result<_, _>>().map(Value::List)
        }
        Type::Map(element) => {
            let documents: BTreeMap<String, &RawValue> = parse(text, ty)?;
            let entry = |(key, document): (String, _)| {
                let value = value(document, element, depth + 1).map_err(|error| error.below(Step::Key(key.clone())))?;
                Ok((key, value))
            };
            documents.into_iter().map(entry).collect::<Result<_, _>>().map(Value::Map)
        }
        Type::Object(attributes) => {
            let documents: BTreeMap<String, &RawValue> = parse(text, ty)?;
            let attribute = |(name, ty): (&String, _)| {
                let value = documents.get(name).map_or(Ok(Value::Null), |document| value(document, ty, depth + 1));
                Ok((name.clone(), value.map_err(|error| error.below(Step::Attribute(name.clone())))?))
            };
            attributes.iter().map(attribute).collect::<Result<_, _>>().map(Value::Map)
        }
        Type::Dynamic => {
            let Typed { constraint, content } = parse(text, ty)?;
            let ty = Type::from_json(constraint.get().as_bytes())?;
            let value = value(content, &ty, depth + 1)?;
            Ok(Value::dynamic(ty, value))
        }
    }
}

/// A value of a dynamic type beside its type.
#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow, rename = "type")]
    constraint: &'a RawValue,
    #[serde(borrow, rename = "value")]
    content: &'a RawValue,
}

/// The text of a string, a number or a truth.
fn scalar<'a>(text: &'a str, ty: &Type) -> Result<Cow<'a, str>, Error> {
    match text.as_bytes() {
        [b'"', ..] => parse(text, ty).map(Cow::Owned),
        [b'[' | b'{', ..] => Err(Error::wanted(ty)),
        _ => Ok(Cow::Borrowed(text)),
    }
}

fn elements(text: &str, ty: &Type, element: &Type, depth: usize) -> Result<Vec<Value>, Error> {
    let documents: Vec<&RawValue> = parse(text, ty)?;
    let decode = |(index, document)| value(document, element, depth + 1).map_err(|error| error.below(Step::at(index)));
    documents.into_iter().enumerate().map(decode).collect()
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, ty: &Type) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::wanted(ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str, ty: &Type) -> Result<Value, String> {
        Value::from_json(document.as_bytes(), ty).map_err(|error| error.to_string())
    }

    #[test]
    fn a_stored_object_is_read_with_absent_attributes_as_null_and_unknown_ones_left_out() {
        let ty = Type::object([
            ("name", Type::String),
            ("rate", Type::Number),
            ("on", Type::Bool),
            ("tags", Type::map_of(Type::String)),
            ("set", Type::set_of(Type::String)),
            ("later", Type::String),
        ]);
        let document = r#" { "name": "a\"b", "rate": 340282366920938463463374607431768211457, "on": true,
            "tags": {"k": "v"}, "set": ["b", "a", "b"], "dropped": {"x": [1]} } "#;
        assert_eq!(
            read(document, &ty).unwrap(),
            Value::object([
                ("name", "a\"b".into()),
                ("rate", Value::Number(Number::parse("340282366920938463463374607431768211457").unwrap())),
                ("on", true.into()),
                ("tags", Value::object([("k", "v".into())])),
                ("set", Value::set(vec!["a".into(), "b".into()])),
                ("later", Value::Null),
            ])
        );
    }

    #[test]
    fn tuples_and_dynamic_values_are_read() {
        assert_eq!(
            read(r#"[1, "x"]"#, &Type::Tuple(vec![Type::Number, Type::String])).unwrap(),
            Value::List(vec![1.into(), "x".into()])
        );
        assert_eq!(
            read(r#"{"value": [true], "type": ["list", "bool"]}"#, &Type::Dynamic).unwrap(),
            Value::dynamic(Type::list_of(Type::Bool), Value::List(vec![true.into()]))
        );
    }

    #[test]
    fn text_numbers_and_truths_stand_for_each_other_where_the_text_fits() {
        for (document, ty, value) in [
            ("1.50", Type::String, Ok("1.50".into())),
            ("true", Type::String, Ok("true".into())),
            (r#""15e-1""#, Type::Number, Ok(Value::Number(Number::from_f64(1.5).unwrap()))),
            (r#""false""#, Type::Bool, Ok(false.into())),
            ("true", Type::Number, Err("a value of type number is wanted".to_owned())),
            ("1", Type::Bool, Err("a value of type bool is wanted".to_owned())),
            ("{}", Type::String, Err("a value of type string is wanted".to_owned())),
        ] {
            assert_eq!(read(document, &ty), value, "{document}");
        }
    }

    #[test]
    fn a_document_too_deep_or_too_large_is_an_error() {
        let mut ty = Type::Bool;
        for _ in 0..200 {
            ty = Type::list_of(ty);
        }
        let error = read(&["[".repeat(200), "]".repeat(200)].concat(), &ty).unwrap_err();
        assert!(error.contains("deeper than 100"), "{error}");
        let nested = [r#"{"type":"dynamic","value":"#.repeat(200), "null".to_owned(), "}".repeat(200)].concat();
        let error = read(&nested, &Type::Dynamic).unwrap_err();
        assert!(error.contains("deeper than 100"), "{error}");
        let error = read(&["[", &"1,".repeat(4_000_000), "1]"].concat(), &Type::list_of(Type::Number)).unwrap_err();
        assert!(error.contains("more than 4000000 values"), "{error}");
    }

    #[test]
    fn an_error_says_where_and_never_quotes_the_document() {
        let ty = Type::object([("password", Type::String), ("list", Type::list_of(Type::Number))]);
        for (document, text) in [
            (r#"{"password": ["hunter2"]}"#, "password: a value of type string is wanted"),
            (r#"{"list": [1, "hunter2"]}"#, "list[1]: a value of type number is wanted"),
            (r#"{"password": "hunter2"#, "malformed JSON at line 1, column 21"),
            (r#""hunter2""#, "a value of type object is wanted"),
        ] {
            assert_eq!(read(document, &ty).unwrap_err(), text);
        }
    }
}
