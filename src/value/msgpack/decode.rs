use std::collections::BTreeMap;

use bytes::Bytes;
use rmp::Marker;

use super::REFINED_UNKNOWN;
use crate::value::{Error, Number, Step, Type, Unknown, Value, limits};

/// Longest refinement kept, in bytes; Terraform refuses longer ones, and one that is dropped promises less.
const MAX_REFINEMENT: usize = 1024;

pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut decoder = Decoder { rest: bytes, nodes: 1 };
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
        limits::depth(depth)?;
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
        let refined = kind == REFINED_UNKNOWN && (2..=MAX_REFINEMENT).contains(&length);
        let refinements = if refined { Bytes::copy_from_slice(body) } else { Bytes::new() };
        Ok(Value::Unknown(Unknown { refinements }))
    }

    /// Makes sure, before room is made for them, that so many values may come, and that there are bytes enough for them.
    fn announce(&mut self, count: usize, bytes_each: usize) -> Result<(), Error> {
        if count.saturating_mul(bytes_each) > self.rest.len() {
            return Err(truncated());
        }
        self.nodes += count;
        limits::nodes(self.nodes)
    }

    fn elements(&mut self, count: usize, element: &Type, depth: usize) -> Result<Vec<Value>, Error> {
        self.announce(count, 1)?;
        let mut elements = Vec::with_capacity(count);
        for index in 0..count {
            elements.push(self.value(element, depth + 1).map_err(|error| error.below(Step::at(index)))?);
        }
        Ok(elements)
    }

    fn tuple(&mut self, count: usize, types: &[Type], depth: usize) -> Result<Value, Error> {
        if count != types.len() {
            return Err(Error::new(format!("a tuple of {} elements is wanted, {count} were given", types.len())));
        }
        self.announce(count, 1)?;
        let element = |(index, ty)| self.value(ty, depth + 1).map_err(|error| error.below(Step::at(index)));
        types.iter().enumerate().map(element).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(&mut self, count: usize, element: &Type, depth: usize) -> Result<Value, Error> {
        self.announce(count, 2)?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let key = self.key()?;
            let value = self.value(element, depth + 1).map_err(|error| error.below(Step::Key(key.clone())))?;
            if entries.insert(key.clone(), value).is_some() {
                return Err(twice().below(Step::Key(key)));
            }
        }
        Ok(Value::Map(entries))
    }

    fn object(&mut self, count: usize, attributes: &BTreeMap<String, Type>, depth: usize) -> Result<Value, Error> {
        self.announce(count, 2)?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let name = self.key()?;
            let Some(ty) = attributes.get(&name) else {
                return Err(Error::new(format!("an object has no attribute {name:?}")));
            };
            let value = self.value(ty, depth + 1).map_err(|error| error.below(Step::Attribute(name.clone())))?;
            if entries.insert(name.clone(), value).is_some() {
                return Err(twice().below(Step::Attribute(name)));
            }
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
        let constraint = self.take(length)?;
        self.announce(limits::json_nodes(constraint), 0)?;
        let ty = Type::from_json(constraint)?;
        let value = self.value(&ty, depth + 1)?;
        Ok(Value::dynamic(ty, value))
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

fn twice() -> Error {
    Error::new("it is there twice")
}

fn truncated() -> Error {
    Error::new("the bytes end in the middle of a value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::MAX_NODES;

    #[test]
    fn the_parts_of_types_count_as_values() {
        let ty = Type::Tuple(vec![Type::Bool; 15]);
        let bytes = Value::dynamic(ty, Value::Null).to_msgpack(&Type::Dynamic).unwrap();
        for (nodes, fits) in [(MAX_NODES - 20, true), (MAX_NODES - 10, false)] {
            assert_eq!(Decoder { rest: &bytes, nodes }.value(&Type::Dynamic, 0).is_ok(), fits);
        }
    }
}
