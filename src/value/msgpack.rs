//! The msgpack codec, directed by the type: no tree in between, and nothing is guessed from the bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use rmp::{Marker, encode};

use super::constraint::Type;
use super::error::Error;
use super::number::Number;
use super::path::Step;
use super::{MAX_DEPTH, MAX_NODES, Unknown, Value};

/// The extension type of an unknown of which something is known.
const REFINED_UNKNOWN: i8 = 12;

pub(super) fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut decoder = Decoder { rest: bytes, nodes: 0 };
    let value = decoder.value(ty, 0)?;
    if decoder.rest.is_empty() { Ok(value) } else { Err(Error::new("bytes are left after the value")) }
}

struct Decoder<'a> {
    rest: &'a [u8],
    nodes: usize,
}

/// The head of a msgpack item: what it is, with its length where it has one.
enum Head {
    Nil,
    Bool(bool),
    Integer(Number),
    Float(f64),
    Text(usize),
    Array(usize),
    Map(usize),
    Extension(i8, usize),
}

impl<'a> Decoder<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::new(format!("a value nested deeper than {MAX_DEPTH} levels")));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Error::new(format!("more than {MAX_NODES} values in one message")));
        }
        let head = self.head()?;
        match head {
            Head::Nil => return Ok(Value::Null),
            Head::Extension(kind, length) => return self.unknown(kind, length),
            _ => {}
        }
        match (ty, head) {
            (Type::String, Head::Text(length)) => self.text(length).map(Value::String),
            (Type::Bool, Head::Bool(truth)) => Ok(Value::Bool(truth)),
            (Type::Number, Head::Integer(number)) => Ok(Value::Number(number)),
            (Type::Number, Head::Float(number)) => Number::from_f64(number).map(Value::Number),
            (Type::Number, Head::Text(length)) => Number::parse(&self.text(length)?).map(Value::Number),
            (Type::List(element), Head::Array(count)) => self.elements(count, element, depth).map(Value::List),
            (Type::Set(element), Head::Array(count)) => self.elements(count, element, depth).map(Value::set),
            (Type::Tuple(types), Head::Array(count)) => self.tuple(count, types, depth),
            (Type::Map(element), Head::Map(count)) => self.map(count, element, depth),
            (Type::Object(attributes), Head::Map(count)) => self.object(count, attributes, depth),
            (Type::Dynamic, Head::Array(2)) => self.dynamic(depth),
            (Type::Dynamic, _) => Err(Error::new("a value of a dynamic type must come with its type")),
            (ty, _) => Err(Error::wanted(ty)),
        }
    }

    fn head(&mut self) -> Result<Head, Error> {
        let marker = Marker::from_u8(self.take(1)?[0]);
        Ok(match marker {
            Marker::Null => Head::Nil,
            Marker::True => Head::Bool(true),
            Marker::False => Head::Bool(false),
            Marker::FixPos(small) => Head::Integer(i64::from(small).into()),
            Marker::FixNeg(small) => Head::Integer(i64::from(small).into()),
            Marker::U8 => Head::Integer(self.unsigned(1)?.into()),
            Marker::U16 => Head::Integer(self.unsigned(2)?.into()),
            Marker::U32 => Head::Integer(self.unsigned(4)?.into()),
            Marker::U64 => Head::Integer(self.unsigned(8)?.into()),
            Marker::I8 => Head::Integer(self.signed(1)?.into()),
            Marker::I16 => Head::Integer(self.signed(2)?.into()),
            Marker::I32 => Head::Integer(self.signed(4)?.into()),
            Marker::I64 => Head::Integer(self.signed(8)?.into()),
            Marker::F32 => Head::Float(f64::from(f32::from_be_bytes(self.array()?))),
            Marker::F64 => Head::Float(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(length) => Head::Text(length.into()),
            Marker::Str8 | Marker::Bin8 => Head::Text(self.length(1)?),
            Marker::Str16 | Marker::Bin16 => Head::Text(self.length(2)?),
            Marker::Str32 | Marker::Bin32 => Head::Text(self.length(4)?),
            Marker::FixArray(count) => Head::Array(count.into()),
            Marker::Array16 => Head::Array(self.length(2)?),
            Marker::Array32 => Head::Array(self.length(4)?),
            Marker::FixMap(count) => Head::Map(count.into()),
            Marker::Map16 => Head::Map(self.length(2)?),
            Marker::Map32 => Head::Map(self.length(4)?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.sized_extension(1)?,
            Marker::Ext16 => self.sized_extension(2)?,
            Marker::Ext32 => self.sized_extension(4)?,
            Marker::Reserved => return Err(Error::new("a byte that msgpack does not define")),
        })
    }

    fn extension(&mut self, length: usize) -> Result<Head, Error> {
        let [kind] = self.array()?;
        Ok(Head::Extension(i8::from_be_bytes([kind]), length))
    }

    fn sized_extension(&mut self, width: usize) -> Result<Head, Error> {
        let length = self.length(width)?;
        self.extension(length)
    }

    /// Any extension is an unknown; a refinement is kept as it came.
    fn unknown(&mut self, kind: i8, length: usize) -> Result<Value, Error> {
        let body = self.take(length)?;
        let refined = kind == REFINED_UNKNOWN && length > 1;
        let refinements = if refined { Bytes::copy_from_slice(body) } else { Bytes::new() };
        Ok(Value::Unknown(Unknown { refinements }))
    }

    fn elements(&mut self, count: usize, element: &Type, depth: usize) -> Result<Vec<Value>, Error> {
        let mut elements = Vec::with_capacity(count.min(self.rest.len()));
        for index in 0..count {
            elements.push(self.value(element, depth + 1).map_err(|error| error.below(at(index)))?);
        }
        Ok(elements)
    }

    fn tuple(&mut self, count: usize, types: &[Type], depth: usize) -> Result<Value, Error> {
        if count != types.len() {
            return Err(Error::new(format!("a tuple of {} elements is wanted, {count} were given", types.len())));
        }
        let element = |(index, ty)| self.value(ty, depth + 1).map_err(|error| error.below(at(index)));
        types.iter().enumerate().map(element).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(&mut self, count: usize, element: &Type, depth: usize) -> Result<Value, Error> {
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let key = self.key()?;
            let value = self.value(element, depth + 1).map_err(|error| error.below(Step::Key(key.clone())))?;
            entries.insert(key, value);
        }
        Ok(Value::Map(entries))
    }

    fn object(&mut self, count: usize, attributes: &BTreeMap<String, Type>, depth: usize) -> Result<Value, Error> {
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let name = self.key()?;
            let Some(ty) = attributes.get(&name) else {
                return Err(Error::new(format!("an object has no attribute {name:?}")));
            };
            let value = self.value(ty, depth + 1).map_err(|error| error.below(Step::Attribute(name.clone())))?;
            entries.insert(name, value);
        }
        match attributes.keys().find(|name| !entries.contains_key(*name)) {
            Some(missing) => Err(Error::new(format!("the attribute {missing:?} is missing"))),
            None => Ok(Value::Map(entries)),
        }
    }

    fn dynamic(&mut self, depth: usize) -> Result<Value, Error> {
        let Head::Text(length) = self.head()? else {
            return Err(Error::new("a value of a dynamic type must start with its type"));
        };
        let ty = Type::from_json(self.take(length)?)?;
        let value = self.value(&ty, depth + 1)?;
        Ok(Value::Dynamic(Box::new((ty, value))))
    }

    fn key(&mut self) -> Result<String, Error> {
        match self.head()? {
            Head::Text(length) => self.text(length),
            _ => Err(Error::new("keys must be strings")),
        }
    }

    fn text(&mut self, length: usize) -> Result<String, Error> {
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| Error::new("text that is not UTF-8"))?;
        Ok(text.to_owned())
    }

    fn length(&mut self, width: usize) -> Result<usize, Error> {
        usize::try_from(self.unsigned(width)?).map_err(|_| truncated())
    }

    /// A big-endian number of `width` bytes, at most eight.
    fn unsigned(&mut self, width: usize) -> Result<u64, Error> {
        Ok(self.take(width)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn signed(&mut self, width: usize) -> Result<i64, Error> {
        let unused = 64 - 8 * width;
        Ok((self.unsigned(width)? << unused).cast_signed() >> unused)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| truncated())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn truncated() -> Error {
    Error::new("the bytes end in the middle of a value")
}

fn at(index: usize) -> Step {
    Step::Index(i64::try_from(index).unwrap_or(i64::MAX))
}

pub(super) fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    write(&mut bytes, value, ty)?;
    Ok(bytes)
}

fn write(out: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), Error> {
    match (ty, value) {
        (_, Value::Null) => infallible(encode::write_nil(out)),
        (_, Value::Unknown(unknown)) => write_unknown(out, unknown),
        (Type::String, Value::String(text)) => infallible(encode::write_str(out, text)),
        (Type::Bool, Value::Bool(truth)) => infallible(encode::write_bool(out, *truth)),
        (Type::Number, Value::Number(number)) => write_number(out, number),
        (Type::List(element), Value::List(elements)) | (Type::Set(element), Value::Set(elements)) => {
            infallible(encode::write_array_len(out, count(elements.len())?).map(drop))?;
            elements
                .iter()
                .enumerate()
                .try_for_each(|(index, value)| write(out, value, element).map_err(|error| error.below(at(index))))
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            infallible(encode::write_array_len(out, count(elements.len())?).map(drop))?;
            types
                .iter()
                .zip(elements)
                .enumerate()
                .try_for_each(|(index, (ty, value))| write(out, value, ty).map_err(|error| error.below(at(index))))
        }
        (Type::Map(element), Value::Map(entries)) => {
            infallible(encode::write_map_len(out, count(entries.len())?).map(drop))?;
            entries.iter().try_for_each(|(key, value)| {
                infallible(encode::write_str(out, key))?;
                write(out, value, element).map_err(|error| error.below(Step::Key(key.clone())))
            })
        }
        (Type::Object(attributes), Value::Map(entries)) if entries.len() == attributes.len() => {
            infallible(encode::write_map_len(out, count(entries.len())?).map(drop))?;
            attributes.iter().try_for_each(|(name, ty)| {
                let value =
                    entries.get(name).ok_or_else(|| Error::new(format!("the attribute {name:?} is missing")))?;
                infallible(encode::write_str(out, name))?;
                write(out, value, ty).map_err(|error| error.below(Step::Attribute(name.clone())))
            })
        }
        (Type::Dynamic, Value::Dynamic(typed)) => {
            let (ty, value) = &**typed;
            let constraint = ty.to_json();
            infallible(encode::write_array_len(out, 2).map(drop))?;
            infallible(encode::write_bin(out, &constraint))?;
            write(out, value, ty)
        }
        (ty, _) => Err(Error::new(format!("the value is no {ty}"))),
    }
}

/// As Terraform does: whole numbers as integers while they fit, fractions as floating point while nothing is lost,
/// everything else as text.
fn write_number(out: &mut Vec<u8>, number: &Number) -> Result<(), Error> {
    if let Some(integer) = number.as_i64() {
        return infallible(encode::write_sint(out, integer).map(drop));
    }
    match number.as_exact_f64().filter(|_| !number.is_whole()) {
        Some(float) => infallible(encode::write_f64(out, float)),
        None => infallible(encode::write_str(out, &number.to_string())),
    }
}

fn write_unknown(out: &mut Vec<u8>, unknown: &Unknown) -> Result<(), Error> {
    if unknown.refinements.is_empty() {
        out.extend([Marker::FixExt1.to_u8(), 0, 0]);
    } else {
        infallible(encode::write_ext_meta(out, count(unknown.refinements.len())?, REFINED_UNKNOWN).map(drop))?;
        out.extend_from_slice(&unknown.refinements);
    }
    Ok(())
}

fn count(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::new("more elements than msgpack can count"))
}

/// Writing to memory does not fail; the encoder's signature says it could.
fn infallible<E>(written: Result<(), E>) -> Result<(), Error> {
    written.map_err(|_| Error::new("out of memory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn number(text: &str) -> Value {
        Value::Number(Number::parse(text).unwrap())
    }

    #[test]
    fn values_are_written_as_terraform_writes_them_and_read_back() {
        let object = Type::object([("a", Type::String), ("b", Type::set_of(Type::Number))]);
        for (value, ty, bytes) in [
            (Value::Null, Type::String, "c0"),
            (Value::unknown(), Type::Bool, "d4 00 00"),
            (Value::from("né"), Type::String, "a3 6e c3 a9"),
            (Value::from(true), Type::Bool, "c3"),
            (Value::from(7), Type::Number, "07"),
            (Value::from(-1), Type::Number, "ff"),
            (Value::from(20_000), Type::Number, "cd 4e 20"),
            (number("1.5"), Type::Number, "cb 3f f8 00 00 00 00 00 00"),
            (number("0.1"), Type::Number, "a3 30 2e 31"),
            (number("9223372036854775808"), Type::Number, "b3 39323233333732303336383534373735383038"),
            (Value::Number(Number::INFINITY), Type::Number, "cb 7f f0 00 00 00 00 00 00"),
            (Value::List(vec!["x".into(), Value::Null]), Type::list_of(Type::String), "92 a1 78 c0"),
            (Value::set(vec![2.into(), 1.into()]), Type::set_of(Type::Number), "92 01 02"),
            (Value::object([("k", 1.into())]), Type::map_of(Type::Number), "81 a1 6b 01"),
            (Value::object([("a", Value::Null), ("b", Value::set(vec![]))]), object, "82 a1 61 c0 a1 62 90"),
            (
                Value::Dynamic(Box::new((Type::String, "x".into()))),
                Type::Dynamic,
                "92 c4 08 22 73 74 72 69 6e 67 22 a1 78",
            ),
            (Value::List(vec![1.into(), "x".into()]), Type::Tuple(vec![Type::Number, Type::String]), "92 01 a1 78"),
        ] {
            assert_eq!(value.to_msgpack(&ty).unwrap(), hex(bytes), "{value:?}");
            assert_eq!(Value::from_msgpack(&hex(bytes), &ty).unwrap(), value, "{bytes}");
        }
    }

    #[test]
    fn no_bytes_are_null() {
        assert_eq!(Value::from_msgpack(&[], &Type::String).unwrap(), Value::Null);
    }

    #[test]
    fn a_refined_unknown_goes_back_as_it_came() {
        // What Terraform sends for "from-${unknown}".
        let bytes = hex("c7 0a 0c 82 01 c2 02 a5 66 72 6f 6d 2d");
        let value = Value::from_msgpack(&bytes, &Type::String).unwrap();
        assert!(value.is_unknown());
        assert_eq!(value.to_msgpack(&Type::String).unwrap(), bytes);
    }

    #[test]
    fn every_other_extension_is_a_plain_unknown() {
        for bytes in ["d4 05 00", "c7 00 0c", "c7 03 07 01 02 03", "d5 00 00 00"] {
            assert_eq!(Value::from_msgpack(&hex(bytes), &Type::String).unwrap(), Value::unknown(), "{bytes}");
        }
    }

    #[test]
    fn integers_are_read_in_every_width() {
        for (bytes, text) in [
            ("cc ff", "255"),
            ("cd ff ff", "65535"),
            ("ce ff ff ff ff", "4294967295"),
            ("cf ff ff ff ff ff ff ff ff", "18446744073709551615"),
            ("d0 80", "-128"),
            ("d1 80 00", "-32768"),
            ("d2 80 00 00 00", "-2147483648"),
            ("d3 80 00 00 00 00 00 00 00", "-9223372036854775808"),
            ("ca 40 20 00 00", "2.5"),
            ("cb 40 b0 00 00 00 00 00 00", "4096"),
            ("a4 31 65 33 30", "1000000000000000000000000000000"),
        ] {
            assert_eq!(Value::from_msgpack(&hex(bytes), &Type::Number).unwrap(), number(text), "{bytes}");
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_an_error_that_says_where() {
        let object = Type::object([("a", Type::list_of(Type::Bool))]);
        for (bytes, ty, text) in [
            ("07", Type::String, "a value of type string is wanted"),
            ("a1 78", Type::Number, "a value of type number is wanted"),
            ("81 a1 61 92 c3 07", object.clone(), "a[1]: a value of type bool is wanted"),
            ("80", object.clone(), "the attribute \"a\" is missing"),
            ("81 a1 7a c0", object.clone(), "an object has no attribute \"z\""),
            ("81 07 c0", object, "keys must be strings"),
            ("91 07", Type::Tuple(vec![]), "a tuple of 0 elements is wanted, 1 were given"),
            ("a1 ff", Type::String, "text that is not UTF-8"),
            ("c3 c3", Type::Bool, "bytes are left after the value"),
            ("dd ff ff ff ff", Type::list_of(Type::Bool), "[0]: the bytes end in the middle of a value"),
            ("c1", Type::Bool, "a byte that msgpack does not define"),
            ("c3", Type::Dynamic, "a value of a dynamic type must come with its type"),
        ] {
            assert_eq!(Value::from_msgpack(&hex(bytes), &ty).unwrap_err().to_string(), text, "{bytes}");
        }
    }

    #[test]
    fn a_value_too_deep_is_an_error() {
        let mut ty = Type::Bool;
        for _ in 0..200 {
            ty = Type::list_of(ty);
        }
        let error = Value::from_msgpack(&[0x91; 200], &ty).unwrap_err();
        assert!(error.problem().contains("deeper than 100"), "{error}");
    }

    #[test]
    fn a_message_of_too_many_values_is_an_error() {
        let mut bytes = vec![0xdd];
        bytes.extend(5_000_000_u32.to_be_bytes());
        bytes.resize(5_000_005, 0xc0);
        let error = Value::from_msgpack(&bytes, &Type::list_of(Type::Bool)).unwrap_err();
        assert!(error.problem().contains("more than 4000000 values"), "{error}");
    }
}
