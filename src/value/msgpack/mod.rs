//! The msgpack codec, directed by the type: no tree in between, and nothing is guessed from the bytes.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// The extension type of an unknown of which something is known.
const REFINED_UNKNOWN: i8 = 12;

#[cfg(test)]
mod tests {
    use crate::value::{Number, Type, Value};

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
            (Value::dynamic(Type::String, "x".into()), Type::Dynamic, "92 c4 08 22 73 74 72 69 6e 67 22 a1 78"),
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
            ("82 a1 61 c0 a1 61 c0", object.clone(), "a: it is there twice"),
            ("82 a1 6b 01 a1 6b 02", Type::map_of(Type::Number), "[\"k\"]: it is there twice"),
            ("81 07 c0", object, "keys must be strings"),
            ("91 07", Type::Tuple(vec![]), "a tuple of 0 elements is wanted, 1 were given"),
            ("a1 ff", Type::String, "text that is not UTF-8"),
            ("c3 c3", Type::Bool, "bytes are left after the value"),
            ("dd ff ff ff ff", Type::list_of(Type::Bool), "the bytes end in the middle of a value"),
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
    fn dynamic_values_in_each_other_are_one_value_and_have_a_limit() {
        // ["dynamic", ["dynamic", … ["bool", true]]]
        let nested = |levels| {
            [hex("92 c4 09 22 64 79 6e 61 6d 69 63 22").repeat(levels), hex("92 c4 06 22 62 6f 6f 6c 22 c3")].concat()
        };
        let one = Value::from_msgpack(&nested(50), &Type::Dynamic).unwrap();
        assert_eq!(one, Value::dynamic(Type::Bool, true.into()));
        let error = Value::from_msgpack(&nested(200), &Type::Dynamic).unwrap_err();
        assert!(error.problem().contains("deeper than 100"), "{error}");
    }

    #[test]
    fn what_a_dynamic_value_is_null_or_unknown_of_is_kept() {
        for bytes in
            ["c0", "d4 00 00", "92 c4 08 22 73 74 72 69 6e 67 22 c0", "92 c4 08 22 73 74 72 69 6e 67 22 d4 00 00"]
        {
            let value = Value::from_msgpack(&hex(bytes), &Type::Dynamic).unwrap();
            assert_eq!(value.to_msgpack(&Type::Dynamic).unwrap(), hex(bytes), "{bytes}");
        }
    }

    #[test]
    fn a_refinement_that_terraform_would_refuse_is_dropped() {
        let bytes = [hex("c8 04 01 0c"), vec![0; 1025]].concat();
        assert_eq!(Value::from_msgpack(&bytes, &Type::String).unwrap(), Value::unknown());
    }

    #[test]
    fn a_message_of_too_many_values_is_an_error() {
        let mut nils = vec![0xdd];
        nils.extend(5_000_000_u32.to_be_bytes());
        nils.resize(5_000_005, 0xc0);
        let error = Value::from_msgpack(&nils, &Type::list_of(Type::Bool)).unwrap_err();
        assert!(error.problem().contains("more than 4000000 values"), "{error}");
    }

    #[test]
    fn what_does_not_fit_its_type_is_not_written() {
        let object = Type::object([("a", Type::Bool)]);
        for (value, ty, text) in [
            (Value::from("x"), Type::Bool, "the value is no bool"),
            (
                Value::object([("a", Value::Null), ("b", Value::Null)]),
                object.clone(),
                "an object has no attribute \"b\"",
            ),
            (Value::object::<&str>([]), object.clone(), "the attribute \"a\" is missing"),
            (Value::object([("a", 1.into())]), object, "a: the value is no bool"),
            (Value::List(vec![]), Type::Tuple(vec![Type::Bool]), "the value is no tuple of 1 elements"),
        ] {
            assert_eq!(value.to_msgpack(&ty).unwrap_err().to_string(), text);
        }
    }
}
