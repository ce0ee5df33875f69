//! What is known about the users of one instance, and what to ask next. No calls are made here.

use std::collections::HashMap;

use super::Lookup;
use crate::alibaba::Error;
use crate::smartag::paging::{List, Page};
use crate::smartag::user::User;

/// A moment, counted in writes.
pub type Tick = u64;

/// What is known about the users of one instance.
///
/// All of it carries the tick at which it was asked for, and every write ticks at its begin and at its end. What was
/// asked for before the last tick of a name is no answer about that name, whenever it arrives.
#[derive(Default)]
pub struct Known {
    /// The present tick.
    pub now: Tick,
    /// The whole list while it is read, with the tick of its page one.
    pub list: Option<(Tick, List)>,
    /// Reading the whole list failed twice because it changed too fast: names are looked up one by one.
    pub unlistable: bool,
    /// The service said that the instance does not exist.
    pub gone: Option<Error>,
    /// The last time that the whole list was read.
    whole: Option<Tick>,
    users: HashMap<String, (Tick, User)>,
    /// Names that a filtered answer, read to its end, did not hold.
    absent: HashMap<String, Tick>,
    /// By name in small letters: the last tick of a write to it.
    written: HashMap<String, Tick>,
    /// Filtered calls that were spent although the list was not read yet.
    look_ups: u32,
}

/// How to find out about a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Read page one, which also tells how many there are.
    FirstPage,
    /// Look the name up by itself, with at most so many calls; without a number with as many as it takes.
    LookUp(Option<u32>),
    /// Read the rest of the list.
    Rest,
}

impl Known {
    /// The answer about a name, if it is known.
    pub fn answer(&self, user_name: &str) -> Option<Result<Lookup, Error>> {
        if let Some(gone) = &self.gone {
            return Some(Err(gone.clone()));
        }
        if let Some((_, user)) = self.users.get(user_name) {
            return Some(Ok(Lookup::Found(user.clone())));
        }
        let absent = self.absent.get(user_name).copied().max(self.whole)?;
        if absent < self.written_at(user_name) {
            return None;
        }
        let mut others = self.users.values().filter(|(_, user)| user.user_name.eq_ignore_ascii_case(user_name));
        Some(Ok(others.next().map_or(Lookup::Absent, |(_, user)| Lookup::OtherCase(user.clone()))))
    }

    /// What to ask about a name that has no answer yet.
    pub fn next_step(&self, user_name: &str) -> Step {
        // A list that was read, or cannot be, has nothing to say about a name that was written since.
        if self.unlistable || self.whole.is_some() || self.written_at(user_name) > 0 {
            return Step::LookUp(None);
        }
        let Some((_, list)) = &self.list else { return Step::FirstPage };
        let unread = list.unread_pages();
        let allowed = (unread / 10).max(1).saturating_sub(self.look_ups);
        // To look one name up instead of reading the only page that is left would save nothing.
        if unread > 1 && allowed > 0 { Step::LookUp(Some(allowed)) } else { Step::Rest }
    }

    /// All users, sorted by name, if the whole list was read and nothing was written since.
    pub fn all(&self) -> Option<Vec<User>> {
        let last_write = self.written.values().copied().max().unwrap_or(0);
        self.whole.filter(|whole| *whole >= last_write)?;
        let mut users: Vec<_> = self.users.values().map(|(_, user)| user.clone()).collect();
        users.sort_unstable_by(|one, other| one.user_name.cmp(&other.user_name));
        Some(users)
    }

    /// The list that is being read.
    pub fn list(&mut self) -> &mut (Tick, List) {
        self.list.get_or_insert_with(|| (self.now, List::default()))
    }

    /// Lets go of a list that was begun before a write: the pages after it would not fit those before.
    pub fn drop_old_list(&mut self) {
        self.list.take_if(|(begun, _)| *begun < self.now);
    }

    /// Takes in the next page of the list, which was asked for at `asked`.
    pub fn add_page(&mut self, asked: Tick, page: Page) {
        self.learn(asked, &page.rows);
        let (begun, list) = self.list.get_or_insert_with(|| (asked, List::default()));
        list.add(page);
        if list.is_whole() {
            // Whoever is known from before and is not in the list is gone.
            self.users.retain(|name, (since, _)| *since > *begun || list.holds(name));
            self.whole = Some(*begun);
            self.unlistable = false;
        }
    }

    /// Takes in what a look-up brought that was asked for at `asked`: users, and whether the name is surely not there.
    pub fn add_look_up(&mut self, asked: Tick, user_name: &str, list: &List, is_absent: bool) {
        self.learn(asked, &list.rows);
        self.look_ups = self.look_ups.saturating_add(list.pages());
        if is_absent && asked >= self.written_at(user_name) {
            self.users.remove(user_name);
            self.absent.insert(user_name.to_owned(), asked);
        }
    }

    /// A write to these names begins or ends.
    pub fn write(&mut self, names: &[String]) {
        self.now += 1;
        self.gone = None;
        for name in names {
            self.written.insert(name.to_ascii_lowercase(), self.now);
            self.users.retain(|known, _| !known.eq_ignore_ascii_case(name));
        }
    }

    /// Takes in users that were asked for at `asked`, except those written since.
    fn learn(&mut self, asked: Tick, users: &[User]) {
        self.gone = None;
        for user in users {
            if asked >= self.written_at(&user.user_name) {
                self.absent.remove(&user.user_name);
                self.users.insert(user.user_name.clone(), (asked, user.clone()));
            }
        }
    }

    fn written_at(&self, user_name: &str) -> Tick {
        self.written.get(&user_name.to_ascii_lowercase()).copied().unwrap_or(0)
    }
}
