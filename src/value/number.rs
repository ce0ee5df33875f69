use std::cmp::Ordering;
use std::fmt;

use super::constraint::Type;
use super::error::Error;

/// Longest number accepted, in digits: `1e1000000000` would otherwise be a gigabyte of zeros.
const MAX_DIGITS: usize = 10_000;

/// A decimal number, exact whatever its size, in one canonical form: equal numbers are equal values.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    NegativeInfinity,
    /// Every whole number that fits.
    Integer(i64),
    /// Everything else, in plain decimal digits without exponent, leading or trailing zeros.
    Decimal(Box<str>),
    PositiveInfinity,
}

impl Number {
    /// Positive infinity, which Terraform has a value for.
    pub const INFINITY: Self = Self(Form::PositiveInfinity);
    /// Negative infinity.
    pub const NEGATIVE_INFINITY: Self = Self(Form::NegativeInfinity);

    /// Reads decimal text, with or without fraction and exponent.
    ///
    /// # Errors
    /// When the text is no number, or one of more than 10,000 digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        if ["Inf", "inf"].contains(&rest) {
            return Ok(if negative { Self::NEGATIVE_INFINITY } else { Self::INFINITY });
        }
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| not_a_number())?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: String = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_number());
        }
        let point = i64::try_from(whole.len()).map_err(|_| too_long())?.checked_add(exponent).ok_or_else(too_long)?;
        Self::from_digits(negative, &digits, point)
    }

    /// From a binary floating-point number, exactly.
    ///
    /// # Errors
    /// When it is not a number (NaN).
    pub fn from_f64(number: f64) -> Result<Self, Error> {
        if number.is_nan() {
            return Err(not_a_number());
        }
        if number.is_infinite() {
            return Ok(if number > 0.0 { Self::INFINITY } else { Self::NEGATIVE_INFINITY });
        }
        // With as many places as the binary fraction has, the decimal one is exact.
        let (mantissa, exponent) = (number.to_bits() | 1 << 52, (number.to_bits() >> 52 & 0x7ff).max(1));
        let places = 1075_usize.saturating_sub(exponent as usize + mantissa.trailing_zeros() as usize);
        Self::parse(&format!("{number:.places$}"))
    }

    /// The digits with the decimal point after `point` of them (negative: zeros in between).
    fn from_digits(negative: bool, digits: &str, point: i64) -> Result<Self, Error> {
        let significant = digits.trim_start_matches('0');
        let point = point - i64::try_from(digits.len() - significant.len()).map_err(|_| too_long())?;
        let significant = significant.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self(Form::Integer(0)));
        }
        let limit = i64::try_from(MAX_DIGITS).map_err(|_| too_long())?;
        if significant.len() > MAX_DIGITS || point > limit || point < -limit {
            return Err(too_long());
        }
        let mut text = String::new();
        if negative {
            text.push('-');
        }
        let before = usize::try_from(point).unwrap_or(0);
        if before == 0 {
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', usize::try_from(-point).unwrap_or(0)));
            text.push_str(significant);
        } else if before >= significant.len() {
            text.push_str(significant);
            text.extend(std::iter::repeat_n('0', before - significant.len()));
            if let Ok(integer) = text.parse() {
                return Ok(Self(Form::Integer(integer)));
            }
        } else {
            let (whole, fraction) = significant.split_at(before);
            text.extend([whole, ".", fraction]);
        }
        Ok(Self(Form::Decimal(text.into())))
    }

    /// The number if it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// The number if it is whole, not negative, and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Form::Integer(integer) => u64::try_from(*integer).ok(),
            Form::Decimal(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The number if a binary floating-point number can hold it without loss, or if it is infinite.
    pub fn as_exact_f64(&self) -> Option<f64> {
        let float = match &self.0 {
            Form::NegativeInfinity => return Some(f64::NEG_INFINITY),
            Form::PositiveInfinity => return Some(f64::INFINITY),
            Form::Integer(integer) => integer.to_string().parse().ok()?,
            Form::Decimal(text) => text.parse::<f64>().ok().filter(|float| float.is_finite())?,
        };
        (Self::from_f64(float).as_ref() == Ok(self)).then_some(float)
    }

    /// Negative below zero; the infinities lie beyond all others.
    fn sign(&self) -> i8 {
        match &self.0 {
            Form::NegativeInfinity => -2,
            Form::Integer(integer) => {
                if *integer < 0 {
                    -1
                } else {
                    1
                }
            }
            Form::Decimal(text) => {
                if text.starts_with('-') {
                    -1
                } else {
                    1
                }
            }
            Form::PositiveInfinity => 2,
        }
    }

    /// Whether it has no fraction.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Form::Integer(_) => true,
            Form::Decimal(text) => !text.contains('.'),
            _ => false,
        }
    }
}

fn not_a_number() -> Error {
    Error::wanted(&Type::Number)
}

fn too_long() -> Error {
    Error::new(format!("a number of more than {MAX_DIGITS} digits"))
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Form::Integer(integer))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self(match i64::try_from(integer) {
            Ok(integer) => Form::Integer(integer),
            Err(_) => Form::Decimal(integer.to_string().into()),
        })
    }
}

/// By size.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        /// Longer, then alphabetically later digits before the point are more, and so are later ones behind it.
        fn magnitude(text: &str) -> (usize, &str, &str) {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            (whole.len(), whole, fraction)
        }
        if let (Form::Integer(one), Form::Integer(two)) = (&self.0, &other.0) {
            return one.cmp(two);
        }
        let (one, two) = (self.to_string(), other.to_string());
        self.sign().cmp(&other.sign()).then_with(|| {
            let order = magnitude(&one).cmp(&magnitude(&two));
            if self.sign() < 0 { order.reverse() } else { order }
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Plain decimal digits, without exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::NegativeInfinity => f.write_str("-Inf"),
            Form::Integer(integer) => integer.fmt(f),
            Form::Decimal(text) => f.write_str(text),
            Form::PositiveInfinity => f.write_str("+Inf"),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_the_same_number() {
        for (text, canonical) in [
            ("0", "0"),
            ("-0.000", "0"),
            ("007", "7"),
            ("1.50", "1.5"),
            ("15e-1", "1.5"),
            ("1e3", "1000"),
            ("+2.5E2", "250"),
            ("0.001", "0.001"),
            ("1e-3", "0.001"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9223372036854775808"),
            ("1e30", "1000000000000000000000000000000"),
            ("-12.0340", "-12.034"),
            ("-inf", "-Inf"),
        ] {
            assert_eq!(Number::parse(text).unwrap().to_string(), canonical, "{text}");
        }
        assert_eq!(Number::parse("4096.0").unwrap(), Number::from(4096_i64));
        assert_eq!(Number::from(u64::MAX), Number::parse("18446744073709551615").unwrap());
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for text in [
            "",
            "-",
            ".",
            "e5",
            "1e",
            "0x10",
            "1_000",
            "NaN",
            "1e99999999999999999999",
            "1e20000",
            " 1",
            "+-1",
            "--1",
            "INF",
        ] {
            assert!(Number::parse(text).is_err(), "{text}");
        }
        assert!(Number::from_f64(f64::NAN).is_err());
    }

    #[test]
    fn floating_point_goes_both_ways_only_where_nothing_is_lost() {
        assert_eq!(Number::from_f64(1.5).unwrap().to_string(), "1.5");
        assert_eq!(Number::from_f64(0.1).unwrap().to_string().len(), 57, "the exact value of the binary fraction");
        assert_eq!(Number::parse("1.5").unwrap().as_exact_f64(), Some(1.5));
        assert_eq!(Number::parse("0.1").unwrap().as_exact_f64(), None);
        assert_eq!(Number::from_f64(f64::MIN_POSITIVE).unwrap().as_exact_f64(), Some(f64::MIN_POSITIVE));
        assert_eq!(Number::from(i64::MAX).as_exact_f64(), None);
    }
}
