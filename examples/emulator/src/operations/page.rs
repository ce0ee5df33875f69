//! What the lists share: pages and filters.

use super::Ask;
use crate::refusal::Refusal;
use crate::switches::{Filter, Oversize, Switches};

/// The page that is asked for.
pub(super) struct Page {
    /// From 1.
    pub(super) number: u64,
    /// Rows that it has room for.
    pub(super) size: u64,
}

impl Page {
    pub(super) fn asked(ask: &Ask<'_>, default_size: u64, most: u64) -> Result<Self, Refusal> {
        let number = number(ask, &["PageNumber", "PageNo"])?.unwrap_or(1);
        let size = match self::number(ask, &["PageSize"])?.unwrap_or(default_size) {
            size if size <= most => size,
            _ if ask.switches.oversize_page == Oversize::Refuse => return Err(Refusal::of("InvalidParameter")),
            _ => most,
        };
        Ok(Self { number, size })
    }

    /// Its part of a list.
    pub(super) fn of<T>(&self, rows: Vec<T>) -> impl Iterator<Item = T> {
        let first = usize::try_from((self.number - 1).saturating_mul(self.size)).unwrap_or(usize::MAX);
        rows.into_iter().skip(first).take(usize::try_from(self.size).unwrap_or(usize::MAX))
    }
}

/// A whole number from 1 on under the first of these names that is sent.
fn number(ask: &Ask<'_>, names: &[&str]) -> Result<Option<u64>, Refusal> {
    let Some(text) = names.iter().find_map(|name| ask.parameters.given(name)) else { return Ok(None) };
    match text.parse() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(Refusal::of("InvalidParameter")),
    }
}

/// Whether a filter lets a value pass; one that is not sent lets all pass.
pub(super) fn matches(filter: Option<&str>, value: &str, switches: &Switches) -> bool {
    let Some(filter) = filter else { return true };
    match (switches.filter, switches.ignore_case) {
        (Filter::Exact, false) => value == filter,
        (Filter::Exact, true) => value.eq_ignore_ascii_case(filter),
        (Filter::Substring, false) => value.contains(filter),
        (Filter::Substring, true) => value.to_ascii_lowercase().contains(&filter.to_ascii_lowercase()),
    }
}
