//! The secret type: text that is shown to nobody by accident.

use std::fmt;

use zeroize::Zeroizing;

/// A password, key or token.
///
/// It has no `Display` and no `Serialize`, its `Debug` prints stars, and its memory is wiped when it is dropped.
/// Copies that other libraries make (of a request body on its way through TLS) are outside its reach.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; no copy of it is left behind.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The same without blanks and line breaks around it.
    pub fn trimmed(self) -> Self {
        match self.0.trim() {
            trimmed if trimmed.len() == self.0.len() => self,
            trimmed => Self::from(trimmed),
        }
    }

    /// The text itself. Each call is a place where a secret leaves the type, so keep them few.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_line_breaks_around_it_can_be_left_out() {
        assert_eq!(Secret::from(" a b\r\n").trimmed(), Secret::from("a b"));
        assert_eq!(Secret::from("ab").trimmed(), Secret::from("ab"));
    }

    #[test]
    fn debug_shows_stars_whatever_the_text_is() {
        assert_eq!(format!("{:?}", Secret::from("hunter2-hunter2")), "***");
        assert_eq!(format!("{:?}", Some(Secret::from(""))), "Some(***)");
    }
}
