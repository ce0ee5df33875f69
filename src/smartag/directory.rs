//! The user directory: answers questions for single users out of lists that all askers share.
//!
//! Terraform asks for one user at a time, ten at once, and never says how many will follow. Asking the service for each
//! makes N calls for N users; listing all makes 200 calls for one user of 10,000. So the first question reads page one.
//! A name that is not there is looked up by itself as long as such calls are few against the pages still unread; then
//! the rest is listed once.
//!
//! Everything that is known carries the tick at which it was asked for, and every write ticks at its begin and at its
//! end. What was asked for before a name's last tick is no answer about that name, whenever it arrives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::actions::{DESCRIBE, INSTANCE_NOT_FOUND};
use super::instance::InstanceRef;
use super::paging::{List, Lister, named, read_on};
use super::user::User;
use crate::alibaba::{Error, Impatience, Patience};

/// What is known about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The user with exactly this name.
    Found(User),
    /// No such user: proved by a whole list, or by a filtered answer that was read to its end.
    Absent,
    /// No such user, but this one, whose name differs in case only.
    OtherCase(User),
}

/// What one configured provider knows about the users of its instances.
pub struct Directory {
    lister: Arc<dyn Lister>,
    instances: Mutex<HashMap<InstanceRef, Arc<Entry>>>,
}

/// One instance.
#[derive(Default)]
struct Entry {
    known: Mutex<Known>,
    /// Held by the one who asks the service; the others wait and then find what they wanted.
    asking: tokio::sync::Mutex<()>,
}

type Tick = u64;

#[derive(Default)]
struct Known {
    now: Tick,
    /// By name, with the tick of the question that brought them.
    users: HashMap<String, (Tick, User)>,
    /// Names that a filtered answer, read to its end, did not hold.
    absent: HashMap<String, Tick>,
    /// By name in small letters: the last tick of a write to it.
    written: HashMap<String, Tick>,
    /// The last tick of any write.
    last_write: Tick,
    /// The beginning of the whole list: page one, until the rest is wanted.
    begun: Option<(Tick, List)>,
    /// The last time that the whole list was read.
    whole: Option<Tick>,
    /// Reading the whole list failed twice for it changed too fast: names are looked up one by one.
    unlistable: bool,
    /// Filtered calls that counted against the unread pages.
    look_ups: u32,
    /// The service said that the instance does not exist.
    gone: Option<Error>,
    /// Questions that failed, and how the last of them did; for those who waited for it.
    failures: u64,
    failure: Option<Error>,
}

/// How to find out about a name.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    FirstPage,
    /// One by one, with at most so many calls; without a number as many as it takes.
    LookUp(Option<u32>),
    Rest,
}

/// A write that is under way. Dropping it, however the write ended, makes older knowledge of the names void again.
pub struct Writing {
    entry: Arc<Entry>,
    names: Vec<String>,
}

impl Writing {
    /// Another name that turned out to be touched: the service chose it.
    pub fn touches(&mut self, user_name: &str) {
        self.names.push(user_name.to_owned());
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.entry.with(|known| known.write(&self.names));
    }
}

impl Directory {
    /// An empty directory over this list.
    pub fn new(lister: Arc<dyn Lister>) -> Self {
        Self { lister, instances: Mutex::default() }
    }

    /// Answers from what is known, or asks the service with as few calls as the next questions are likely to need.
    pub async fn find(&self, instance: &InstanceRef, user_name: &str, patience: &Patience) -> Result<Lookup, Error> {
        let entry = self.entry(instance);
        let answer = |known: &mut Known| known.answer(user_name);
        if let Some(answer) = entry.with(answer) {
            return answer;
        }
        let _asking = entry.wait_to_ask(patience).await?;
        loop {
            if let Some(answer) = entry.with(answer) {
                return answer;
            }
            match entry.with(|known| known.next_step(user_name)) {
                Step::FirstPage => self.read_first_page(&entry, instance, patience).await?,
                Step::Rest => self.read_all(&entry, instance, patience).await?,
                Step::LookUp(most_calls) => {
                    if let Some(found) = self.look_up(&entry, instance, user_name, most_calls, patience).await? {
                        return Ok(found);
                    }
                }
            }
        }
    }

    /// Asks the service for one name, whatever is known: for those who have just written.
    pub async fn find_fresh(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<Lookup, Error> {
        let entry = self.entry(instance);
        let found = self.look_up(&entry, instance, user_name, None, patience).await?;
        Ok(found.expect("a look-up without a bound ends with an answer or an error"))
    }

    /// All users of the instance, sorted by name.
    pub async fn all(&self, instance: &InstanceRef, patience: &Patience) -> Result<Vec<User>, Error> {
        let entry = self.entry(instance);
        let _asking = entry.wait_to_ask(patience).await?;
        if entry.with(|known| known.gone.is_none() && known.whole.is_none_or(|whole| whole < known.last_write)) {
            self.read_all(&entry, instance, patience).await?;
        }
        entry.with(|known| {
            if let Some(gone) = &known.gone {
                return Err(gone.clone());
            }
            if known.unlistable {
                return Err(unusable("users came and went too fast for a whole list to be read"));
            }
            let mut users: Vec<_> = known.users.values().map(|(_, user)| user.clone()).collect();
            users.sort_unstable_by(|one, other| one.user_name.cmp(&other.user_name));
            Ok(users)
        })
    }

    /// Says that these users are about to be written. Keep the result until the write has ended.
    pub fn writing(&self, instance: &InstanceRef, names: &[&str]) -> Writing {
        let entry = self.entry(instance);
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        entry.with(|known| known.write(&names));
        Writing { entry, names }
    }

    fn entry(&self, instance: &InstanceRef) -> Arc<Entry> {
        let mut instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(instances.entry(instance.clone()).or_default())
    }

    async fn read_first_page(&self, entry: &Entry, instance: &InstanceRef, patience: &Patience) -> Result<(), Error> {
        let asked = entry.with(|known| known.now);
        let page = self.lister.page(instance, None, 1, patience).await;
        entry.keep(page, |known, page| {
            let mut list = List::default();
            list.add(page);
            known.learn(asked, &list.users);
            if list.is_whole() {
                known.is_whole(asked, &list);
            } else {
                known.begun = Some((asked, list));
            }
        })
    }

    /// Reads the whole list, going on from page one if nothing was written since. If users came and went meanwhile, it
    /// is read once more; then it is given up, and every name is looked up by itself.
    async fn read_all(&self, entry: &Entry, instance: &InstanceRef, patience: &Patience) -> Result<(), Error> {
        let mut begun = entry.with(|known| known.begun.take().filter(|(asked, _)| *asked >= known.last_write));
        for _ in 0..2 {
            let (asked, list) = begun.take().unwrap_or_else(|| (entry.with(|known| known.now), List::default()));
            let list = read_on(list, &*self.lister, instance, None, patience, |_| false).await;
            let is_whole = list.as_ref().is_ok_and(List::is_whole);
            entry.keep(list, |known, list| {
                known.learn(asked, &list.users);
                if is_whole {
                    known.is_whole(asked, &list);
                }
            })?;
            if is_whole {
                return Ok(());
            }
        }
        entry.with(|known| known.unlistable = true);
        Ok(())
    }

    /// Asks for one name by the filter. None when `most_calls` were not enough to be sure.
    async fn look_up(
        &self,
        entry: &Entry,
        instance: &InstanceRef,
        user_name: &str,
        most_calls: Option<u32>,
        patience: &Patience,
    ) -> Result<Option<Lookup>, Error> {
        // An answer that changed while it was read is asked for once more, as the whole list is.
        for _ in 0..2 {
            let asked = entry.with(|known| known.now);
            let enough = |list: &List| {
                let calls = list.next_page() - 1;
                named(&list.users, user_name).is_some() || most_calls.is_some_and(|most| calls >= most)
            };
            let list = read_on(List::default(), &*self.lister, instance, Some(user_name), patience, enough).await;
            let found = list.as_ref().ok().and_then(|list| outcome(list, user_name));
            entry.keep(list, |known, list| {
                known.learn(asked, &list.users);
                known.look_ups = known.look_ups.saturating_add(list.next_page() - 1);
                if matches!(found, Some(Lookup::Absent | Lookup::OtherCase(_))) {
                    known.is_absent(asked, user_name);
                }
            })?;
            if found.is_some() || most_calls.is_some() {
                return Ok(found);
            }
        }
        Err(unusable("it counts more users than it holds, so nothing is known about one that is not in it"))
    }
}

/// What a filtered answer says about a name; None when it was not read to its end.
fn outcome(list: &List, user_name: &str) -> Option<Lookup> {
    if let Some(user) = named(&list.users, user_name) {
        return Some(Lookup::Found(user.clone()));
    }
    let other_case = || list.users.iter().find(|user| user.user_name.eq_ignore_ascii_case(user_name));
    list.is_whole().then(|| other_case().map_or(Lookup::Absent, |user| Lookup::OtherCase(user.clone())))
}

fn unusable(problem: &str) -> Error {
    Error::Malformed { action: DESCRIBE.action, problem: problem.to_owned() }
}

impl Entry {
    fn with<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until nobody else asks the service about this instance. A failure of those who asked meanwhile is the
    /// failure of all who waited for them: ten readers of a service that refuses make one call, not ten.
    async fn wait_to_ask(&self, patience: &Patience) -> Result<tokio::sync::MutexGuard<'_, ()>, Error> {
        let (begun, before) = (Instant::now(), self.with(|known| known.failures));
        let action = DESCRIBE.action;
        let asking = patience.bound(self.asking.lock()).await.map_err(|why| match why {
            Impatience::Stopped => Error::Stopped { action },
            Impatience::DeadlinePassed => Error::TimedOut { action, after: begun.elapsed(), last: None },
        })?;
        self.with(|known| match &known.failure {
            Some(failure) if known.failures > before => Err(failure.clone()),
            _ => Ok(asking),
        })
    }

    /// Notes what a question brought, or how it failed.
    fn keep<T>(&self, outcome: Result<T, Error>, note: impl FnOnce(&mut Known, T)) -> Result<(), Error> {
        self.with(|known| match outcome {
            Ok(brought) => {
                note(known, brought);
                Ok(())
            }
            Err(error) => {
                known.fail(&error);
                Err(error)
            }
        })
    }
}

impl Known {
    /// The answer about a name, if it is known.
    fn answer(&self, user_name: &str) -> Option<Result<Lookup, Error>> {
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

    fn next_step(&self, user_name: &str) -> Step {
        let Some((_, list)) = self.begun.as_ref().filter(|_| !self.unlistable && self.whole.is_none()) else {
            // A list that was read, or cannot be, has no answer about a name that was written since.
            let one_by_one = self.unlistable || self.whole.is_some() || self.written_at(user_name) > 0;
            return if one_by_one { Step::LookUp(None) } else { Step::FirstPage };
        };
        if self.written_at(user_name) > 0 {
            return Step::LookUp(None);
        }
        let unread = list.unread_pages();
        let allowed = (unread / 10).max(1).saturating_sub(self.look_ups);
        // To look one name up instead of reading the only page that is left would save nothing.
        if unread > 1 && allowed > 0 { Step::LookUp(Some(allowed)) } else { Step::Rest }
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

    /// The list that was asked for at `asked` holds every user: whoever is known from before and is not in it is gone.
    fn is_whole(&mut self, asked: Tick, list: &List) {
        self.users.retain(|name, (since, _)| *since > asked || list.holds(name));
        self.whole = Some(asked);
        self.unlistable = false;
        self.begun = None;
    }

    /// A filtered answer that was asked for at `asked` does not hold the name.
    fn is_absent(&mut self, asked: Tick, user_name: &str) {
        if asked >= self.written_at(user_name) {
            self.users.remove(user_name);
            self.absent.insert(user_name.to_owned(), asked);
        }
    }

    /// A write to these names begins or ends.
    fn write(&mut self, names: &[String]) {
        self.now += 1;
        self.last_write = self.now;
        self.gone = None;
        for name in names {
            self.written.insert(name.to_ascii_lowercase(), self.now);
            self.users.retain(|known, _| !known.eq_ignore_ascii_case(name));
        }
    }

    fn fail(&mut self, error: &Error) {
        if error.code() == Some(INSTANCE_NOT_FOUND) {
            self.gone = Some(error.clone());
        }
        // That one asker ran out of time or was stopped says nothing to the others.
        if !matches!(error, Error::TimedOut { .. } | Error::Stopped { .. }) {
            self.failures += 1;
            self.failure = Some(error.clone());
        }
    }

    fn written_at(&self, user_name: &str) -> Tick {
        self.written.get(&user_name.to_ascii_lowercase()).copied().unwrap_or(0)
    }
}
