use rmp::{Marker, encode};

use super::REFINED_UNKNOWN;
use crate::value::{Error, Number, Step, Type, Unknown, Value};

pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Error> {
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
                .try_for_each(|(index, value)| write(out, value, element).map_err(|error| error.below(Step::at(index))))
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            infallible(encode::write_array_len(out, count(elements.len())?).map(drop))?;
            types.iter().zip(elements).enumerate().try_for_each(|(index, (ty, value))| {
                write(out, value, ty).map_err(|error| error.below(Step::at(index)))
            })
        }
        (Type::Map(element), Value::Map(entries)) => {
            infallible(encode::write_map_len(out, count(entries.len())?).map(drop))?;
            entries.iter().try_for_each(|(key, value)| {
                infallible(encode::write_str(out, key))?;
                write(out, value, element).map_err(|error| error.below(Step::Key(key.clone())))
            })
        }
        (Type::Object(attributes), Value::Map(entries)) => {
            if let Some(extra) = entries.keys().find(|name| !attributes.contains_key(*name)) {
                return Err(Error::new(format!("an object has no attribute {extra:?}")));
            }
            infallible(encode::write_map_len(out, count(attributes.len())?).map(drop))?;
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
    match number.as_exact_f64() {
        Some(float) if !number.is_whole() => infallible(encode::write_f64(out, float)),
        _ => infallible(encode::write_str(out, &number.to_string())),
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
