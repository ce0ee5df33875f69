//! The file `config.json` of the `aliyun` CLI as a list of profiles. Each is read by itself, so that what is wrong with one
//! keeps nobody from another.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::listed;

/// The file.
pub struct Config<'a> {
    current: Option<String>,
    profiles: Vec<Entry<'a>>,
}

/// A profile as it stands there.
pub struct Entry<'a> {
    name: Option<String>,
    json: &'a str,
    /// Where it begins: lines before it, and bytes before it in its line.
    lines: usize,
    bytes: usize,
}

#[derive(Deserialize)]
struct File<'a> {
    current: Option<String>,
    #[serde(borrow)]
    profiles: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
struct Name {
    name: Option<String>,
}

impl<'a> Config<'a> {
    /// Reads the file that stands at `path`.
    ///
    /// # Errors
    /// What is wrong, with line and column, and nothing of its text.
    pub fn read(content: &'a [u8], path: &str) -> Result<Self, String> {
        // The mark that some editors write is no part of the text.
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let text = std::str::from_utf8(content).map_err(|_| format!("{path} is not text in UTF-8"))?;
        let file: File<'_> = serde_json::from_str(text)
            .map_err(|error| format!("{path} {} at line {}, column {}", told(&error), error.line(), error.column()))?;
        let profiles = file.profiles.into_iter().flatten().map(|profile| Entry::at(profile, text)).collect();
        Ok(Self { current: file.current.filter(|name| !name.is_empty()), profiles })
    }

    /// The profile that counts where none is named.
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Whether there is no profile at all.
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty()
    }

    /// The profile of this name.
    pub fn profile(&self, name: &str) -> Option<&Entry<'a>> {
        self.profiles.iter().find(|profile| profile.name.as_deref() == Some(name))
    }

    /// The names of all, for an error.
    pub fn names(&self) -> String {
        listed(self.profiles.iter().filter_map(|profile| profile.name.as_deref()))
    }
}

impl<'a> Entry<'a> {
    fn at(profile: &'a RawValue, text: &str) -> Self {
        let json = profile.get();
        // What was borrowed is a part of the text.
        let before = &text[..json.as_ptr().addr() - text.as_ptr().addr()];
        let named: Name = serde_json::from_str(json).unwrap_or_default();
        Self {
            name: named.name,
            json,
            lines: before.matches('\n').count(),
            bytes: before.len() - before.rfind('\n').map_or(0, |end| end + 1),
        }
    }

    /// The number of the line at which it begins.
    pub fn line(&self) -> usize {
        self.lines + 1
    }

    /// What it says.
    ///
    /// # Errors
    /// Where a value has a wrong type, without the value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_str(self.json).map_err(|error| {
            let column = if error.line() == 1 { self.bytes + error.column() } else { error.column() };
            format!("it {} at line {}, column {column}", told(&error), self.lines + error.line())
        })
    }
}

/// The text of the error itself quotes values.
fn told(error: &serde_json::Error) -> &'static str {
    if error.is_data() { "has a value of a wrong type" } else { "is no valid JSON" }
}
