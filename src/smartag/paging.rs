//! One list over many pages that change while they are read.
//!
//! Users come and go between two pages: then others move to a page that was already read, or are seen twice. So a list
//! is whole only when as many different names were seen as the service counts, and a list that is not whole proves
//! nothing about a name that is not in it. Lists of instances are read by the same rules.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use super::decode::{self, Problem};
use super::instance::{Instance, InstanceRef};
use super::user::User;
use crate::alibaba::{Error, Patience};

/// Rows on one page. Always sent, as the service's default is smaller and has changed.
pub const PAGE_SIZE: u32 = 50;

/// Pages of one list that are never exceeded, whatever the service counts.
const MOST_PAGES: u32 = 2_000;

/// What a list holds.
pub trait Row {
    /// What tells it from the others.
    fn key(&self) -> &str;
}

impl Row for User {
    fn key(&self) -> &str {
        &self.user_name
    }
}

impl Row for Instance {
    fn key(&self) -> &str {
        &self.id
    }
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<R = User> {
    /// Rows of the whole list, as the service counts them now.
    pub total: u32,
    /// Rows on this page.
    pub rows: Vec<R>,
}

impl<R> Page<R> {
    /// Reads `TotalCount` and the list in `field`; no list where nothing is counted is an empty one.
    pub fn read(
        json: &Value,
        field: &'static str,
        row: impl Fn(&Value) -> Result<R, Problem>,
    ) -> Result<Self, Problem> {
        let total = decode::number(json, "TotalCount")?.ok_or_else(|| Problem::missing("TotalCount"))?;
        let rows = match decode::list(json, field)? {
            Some(rows) => rows.iter().map(row).collect::<Result<_, _>>()?,
            None if total == 0 => Vec::new(),
            None => return Err(Problem::missing(field)),
        };
        Ok(Self { total, rows })
    }
}

/// A page on its way.
pub type Paging<'a> = Pin<Box<dyn Future<Output = Result<Page, Error>> + Send + 'a>>;

/// Who reads pages: the API in real life, a script in tests.
pub trait Lister: Send + Sync {
    /// Page `number`, from 1, of the users of an instance; `user_name` is the service's filter, which may match more
    /// than the very name.
    fn page<'a>(
        &'a self,
        instance: &'a InstanceRef,
        user_name: Option<&'a str>,
        number: u32,
        patience: &'a Patience,
    ) -> Paging<'a>;
}

/// A list that is being read.
#[derive(Clone, Debug)]
pub struct List<R = User> {
    /// Every row seen, each name once, as it was seen first.
    pub rows: Vec<R>,
    names: HashSet<String>,
    /// What the last page counted.
    total: u32,
    /// The most that any page counted. When the count fell, rows went while the list was read, and those that moved
    /// up in their place may have been missed.
    most: u32,
    pages: u32,
    /// The last page brought nothing new.
    exhausted: bool,
}

impl<R> Default for List<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), names: HashSet::new(), total: 0, most: 0, pages: 0, exhausted: false }
    }
}

impl<R: Row> List<R> {
    /// Adds the next page.
    pub fn add(&mut self, page: Page<R>) {
        let before = self.rows.len();
        self.rows.extend(page.rows.into_iter().filter(|row| self.names.insert(row.key().to_owned())));
        self.total = page.total;
        self.most = self.most.max(page.total);
        self.pages += 1;
        self.exhausted = self.rows.len() == before;
    }

    /// Whether a row with exactly this name was seen.
    pub fn holds(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Pages read so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// The number of the page to be read next.
    pub fn next_page(&self) -> u32 {
        self.pages + 1
    }

    /// Whether all rows were seen, so that a name that is not here does not exist.
    pub fn is_whole(&self) -> bool {
        self.pages > 0 && self.rows.len() >= self.most as usize
    }

    /// Whether another page would bring nothing: all were seen, or the service has no more to give.
    pub fn is_ended(&self) -> bool {
        self.pages > 0 && (self.rows.len() >= self.total as usize || self.exhausted || self.pages >= MOST_PAGES)
    }

    /// Pages that are still to be read, as far as one can know.
    pub fn unread_pages(&self) -> u32 {
        if self.is_ended() {
            return 0;
        }
        // A service may give fewer rows a page than it was asked for.
        let a_page = (self.rows.len() / self.pages.max(1) as usize).clamp(1, PAGE_SIZE as usize);
        let unseen = self.total as usize - self.rows.len();
        u32::try_from(unseen.div_ceil(a_page)).unwrap_or(MOST_PAGES)
    }
}

/// Reads what the service's filter gives for a name, to its end or until `enough` says that it may end.
pub async fn read_filtered(
    lister: &dyn Lister,
    instance: &InstanceRef,
    user_name: &str,
    patience: &Patience,
    enough: impl Fn(&List) -> bool,
) -> Result<List, Error> {
    let mut list = List::default();
    while !list.is_ended() && !enough(&list) {
        list.add(lister.page(instance, Some(user_name), list.next_page(), patience).await?);
    }
    Ok(list)
}

/// The user with exactly this name, if the list has it.
pub fn named<'a>(users: &'a [User], user_name: &str) -> Option<&'a User> {
    users.iter().find(|user| user.user_name == user_name)
}
