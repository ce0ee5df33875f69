//! The user directory: answers questions for single users out of lists that all askers share.
//!
//! Terraform asks for one user at a time, ten at once, and never says how many will follow. Asking the service for each
//! makes N calls for N users; listing all makes 200 calls for one user of 10,000. So the first question reads page one.
//! A name that is not there is looked up by itself as long as such calls are few against the pages still unread (a
//! tenth of them, at least one); then the rest is listed once. Refreshing N users so costs at most a tenth more than
//! N/50 calls, plus one, and one user of a huge instance costs two.

mod known;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use self::known::{Known, Step};
use super::actions::{DESCRIBE, INSTANCE_NOT_FOUND};
use super::instance::InstanceRef;
use super::paging::{List, Lister, named, read_filtered};
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
    /// Held by the one who reads the list or looks up for others; they wait and then find what they wanted.
    turn: tokio::sync::Mutex<()>,
    failures: Mutex<Failures>,
}

/// How turns failed: their number, and the last error.
#[derive(Default)]
struct Failures(u64, Option<Error>);

/// A write that is under way. Dropping it, however the write ended, makes older knowledge of the names void once more.
pub struct Writing {
    entry: Arc<Entry>,
    names: Vec<String>,
}

impl Writing {
    /// Another name that turned out to be written: the service chose it.
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
        entry.take_turn(patience, answer, self.ask(&entry, instance, user_name, patience)).await
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
        found.ok_or_else(|| unusable("it counts more users than it holds, so one that is not in it may still exist"))
    }

    /// All users of the instance, sorted by name.
    pub async fn all(&self, instance: &InstanceRef, patience: &Patience) -> Result<Vec<User>, Error> {
        let entry = self.entry(instance);
        let answer = |known: &mut Known| known.gone.clone().map(Err).or_else(|| known.all().map(Ok));
        let read = async {
            let list = self.read_all(&entry, instance, patience).await?;
            let mut users =
                list.ok_or_else(|| unusable("users come and go too fast for a whole list to be read"))?.rows;
            users.sort_unstable_by(|one, other| one.user_name.cmp(&other.user_name));
            Ok(users)
        };
        entry.take_turn(patience, answer, read).await
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

    async fn ask(
        &self,
        entry: &Entry,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<Lookup, Error> {
        loop {
            match entry.with(|known| known.next_step(user_name)) {
                Step::FirstPage => self.read_page(entry, instance, patience).await?,
                Step::Rest => drop(self.read_all(entry, instance, patience).await?),
                Step::LookUp(None) => return self.find_fresh(instance, user_name, patience).await,
                Step::LookUp(most_calls) => {
                    if let Some(found) = self.look_up(entry, instance, user_name, most_calls, patience).await? {
                        return Ok(found);
                    }
                }
            }
            if let Some(answer) = entry.with(|known| known.answer(user_name)) {
                return answer;
            }
        }
    }

    /// Reads the next page of the whole list.
    async fn read_page(&self, entry: &Entry, instance: &InstanceRef, patience: &Patience) -> Result<(), Error> {
        let (asked, number) = entry.with(|known| (known.now, known.list().1.next_page()));
        let page = self.lister.page(instance, None, number, patience).await;
        entry.keep(page, |known, page| known.add_page(asked, page))
    }

    /// Reads the whole list to its end, going on where it stands. If users came and went meanwhile it is read once more;
    /// when that fails too there is none, and every name will be looked up by itself.
    async fn read_all(
        &self,
        entry: &Entry,
        instance: &InstanceRef,
        patience: &Patience,
    ) -> Result<Option<List>, Error> {
        entry.with(Known::drop_old_list);
        for _ in 0..2 {
            while !entry.with(|known| known.list().1.is_ended()) {
                self.read_page(entry, instance, patience).await?;
            }
            let list = entry.with(|known| known.list.take()).map(|(_, list)| list);
            if let Some(list) = list.filter(List::is_whole) {
                return Ok(Some(list));
            }
        }
        entry.with(|known| known.unlistable = true);
        Ok(None)
    }

    /// Asks for one name by the filter. None when the answer, or as much of it as `most_calls` may read, is not whole.
    async fn look_up(
        &self,
        entry: &Entry,
        instance: &InstanceRef,
        user_name: &str,
        most_calls: Option<u32>,
        patience: &Patience,
    ) -> Result<Option<Lookup>, Error> {
        let enough =
            |list: &List| named(&list.rows, user_name).is_some() || most_calls.is_some_and(|most| list.pages() >= most);
        // An answer that changed while it was read is asked for once more, as the whole list is.
        let times = if most_calls.is_some() { 1 } else { 2 };
        for _ in 0..times {
            let asked = entry.with(|known| known.now);
            let list = read_filtered(&*self.lister, instance, user_name, patience, enough).await;
            let found = list.as_ref().ok().and_then(|list| outcome(list, user_name));
            let is_absent = matches!(found, Some(Lookup::Absent | Lookup::OtherCase(_)));
            entry.keep(list, |known, list| known.add_look_up(asked, user_name, &list, is_absent))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// What a filtered answer says about a name; None when it was not read to its end.
fn outcome(list: &List, user_name: &str) -> Option<Lookup> {
    if let Some(user) = named(&list.rows, user_name) {
        return Some(Lookup::Found(user.clone()));
    }
    let other_case = || list.rows.iter().find(|user| user.user_name.eq_ignore_ascii_case(user_name));
    list.is_whole().then(|| other_case().map_or(Lookup::Absent, |user| Lookup::OtherCase(user.clone())))
}

fn unusable(problem: &str) -> Error {
    Error::Malformed { action: DESCRIBE.action, problem: problem.to_owned() }
}

impl Entry {
    fn with<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what a question brought, or that the instance does not exist.
    fn keep<T>(&self, outcome: Result<T, Error>, take_in: impl FnOnce(&mut Known, T)) -> Result<(), Error> {
        self.with(|known| match outcome {
            Ok(brought) => {
                take_in(known, brought);
                Ok(())
            }
            Err(error) => {
                if error.code() == Some(INSTANCE_NOT_FOUND) {
                    known.gone = Some(error.clone());
                }
                Err(error)
            }
        })
    }

    /// Waits until nobody else asks about this instance, and asks if there is still no answer. How a turn failed holds
    /// for all who waited for it: ten readers of a service that refuses make one call, not ten.
    async fn take_turn<T>(
        &self,
        patience: &Patience,
        answer: impl Fn(&mut Known) -> Option<Result<T, Error>>,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let (begun, before) = (Instant::now(), self.failed().0);
        let action = DESCRIBE.action;
        let _turn = patience.bound(self.turn.lock()).await.map_err(|why| match why {
            Impatience::Stopped => Error::Stopped { action },
            Impatience::DeadlinePassed => Error::TimedOut { action, after: begun.elapsed(), last: None },
        })?;
        if let Some(answer) = self.with(answer) {
            return answer;
        }
        if let Some(failure) = self.failure_since(before) {
            return Err(failure);
        }
        ask.await.inspect_err(|error| {
            // Running out of time, being stopped, and what is wrong with one look-up are one asker's own.
            if !matches!(error, Error::TimedOut { .. } | Error::Stopped { .. } | Error::Malformed { .. }) {
                let mut failed = self.failed();
                *failed = Failures(failed.0 + 1, Some(error.clone()));
            }
        })
    }

    fn failure_since(&self, before: u64) -> Option<Error> {
        let Failures(count, last) = &*self.failed();
        last.clone().filter(|_| *count > before)
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
