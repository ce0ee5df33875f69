//! One account of an instance: what it is, what it was as the lagging list still shows it, and its sessions.

use std::fmt;
use std::net::Ipv4Addr;

use crate::moment::Moment;
use crate::switches::Switches;

/// The account with which one person dials in, as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) mail: String,
    /// Kbit/s.
    pub(crate) bandwidth: u64,
    /// Absent means dynamic.
    pub(crate) static_ip: Option<Ipv4Addr>,
    /// What the system assigned last to a dynamic user.
    pub(crate) dynamic_ip: Option<Ipv4Addr>,
    pub(crate) is_enabled: bool,
    /// Grows with every account that the instance creates.
    pub(crate) number: u64,
}

impl User {
    /// The address as answers tell it; that of a dynamic user only where a switch says so.
    pub(crate) fn reported_ip(&self, switches: &Switches) -> Option<Ipv4Addr> {
        self.static_ip.or_else(|| self.dynamic_ip.filter(|_| switches.dynamic_client_ip))
    }
}

/// A password. `Debug` does not show it, and nothing serialises it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl Password {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A client that is dialled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) client_ip: Ipv4Addr,
    pub(crate) since: Moment,
    /// Set once the session was ended; it is seen until then.
    pub(crate) until: Option<Moment>,
}

impl Session {
    fn is_over(&self, now: Moment) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

#[derive(Clone, Debug)]
struct Version {
    at: Moment,
    /// None: deleted.
    user: Option<User>,
}

/// An account with its past.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Oldest first; never empty.
    versions: Vec<Version>,
    password: Password,
    /// How often the password was set after the account was created.
    pub(crate) password_changes: u32,
    /// When a session last began, or will begin.
    pub(crate) used: Option<Moment>,
    sessions: Vec<Session>,
}

impl Account {
    pub(crate) fn new(at: Moment, user: User, password: Password) -> Self {
        let versions = vec![Version { at, user: Some(user) }];
        Self { versions, password, password_changes: 0, used: None, sessions: Vec::new() }
    }

    /// Begins anew after a deletion; the list may still show the old account.
    pub(crate) fn renew(&mut self, at: Moment, user: User, password: Password) {
        let past = std::mem::take(&mut self.versions);
        *self = Self::new(at, user, password);
        self.versions.splice(..0, past);
    }

    /// The account as it is, unless deleted.
    pub(crate) fn user(&self) -> Option<&User> {
        self.versions.last().and_then(|version| version.user.as_ref())
    }

    /// Changes the account from `at` on; `None` deletes it. Versions that no list can show any more are dropped.
    pub(crate) fn write(&mut self, at: Moment, user: Option<User>, switches: &Switches) {
        self.versions.push(Version { at, user });
        let horizon = at.minus(switches.list_lag().max(switches.change_lag()));
        if let Some(shown) = self.versions.iter().rposition(|version| version.at <= horizon) {
            self.versions.drain(..shown);
        }
    }

    /// The account as the list shows it now.
    pub(crate) fn listed(&self, now: Moment, switches: &Switches) -> Option<&User> {
        let exists = now.minus(switches.list_lag());
        let changed = now.minus(switches.change_lag());
        let shown = self.versions.iter().rev().find(|version| version.at <= exists)?.user.as_ref()?;
        let newest = self.versions.iter().rev().filter(|version| version.at <= changed).find_map(|v| v.user.as_ref());
        Some(newest.unwrap_or(shown))
    }

    pub(crate) fn set_password(&mut self, password: Password) {
        self.password = password;
        self.password_changes += 1;
    }

    pub(crate) fn password_is(&self, password: &Password) -> bool {
        self.password == *password
    }

    /// Whether the service would refuse to delete it.
    pub(crate) fn is_in_use(&self, now: Moment, switches: &Switches) -> bool {
        let used = self.used.is_some_and(|used| !switches.in_use_ends_with_month || used.same_month(now));
        used || self.sessions(now).next().is_some()
    }

    /// Somebody dials in at `since`, which may be still to come.
    pub(crate) fn open_session(&mut self, now: Moment, since: Moment, client_ip: Ipv4Addr) {
        self.used = Some(since);
        self.sessions.retain(|session| !session.is_over(now));
        self.sessions.push(Session { client_ip, since, until: None });
        for user in self.versions.iter_mut().filter_map(|version| version.user.as_mut()) {
            if user.static_ip.is_none() {
                user.dynamic_ip = Some(client_ip);
            }
        }
    }

    pub(crate) fn sessions(&self, now: Moment) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |session| session.since <= now && !session.is_over(now))
    }

    /// Ends every session that is open now; they are seen until `at`. Tells how many were ended by this.
    pub(crate) fn end_sessions(&mut self, now: Moment, at: Moment) -> usize {
        let open = self.sessions.iter_mut().filter(|session| session.since <= now && session.until.is_none());
        open.map(|session| session.until = Some(at)).count()
    }

    /// Nobody who was about to dial in does so.
    pub(crate) fn call_off_sessions(&mut self, now: Moment) {
        self.sessions.retain(|session| session.since <= now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn user(mail: &str) -> User {
        User {
            name: "doctest".to_owned(),
            mail: mail.to_owned(),
            bandwidth: 2000,
            static_ip: None,
            dynamic_ip: None,
            is_enabled: true,
            number: 0,
        }
    }

    fn at(millis: u64) -> Moment {
        Moment::from_millis(millis)
    }

    fn mail(account: &Account, now: u64, switches: &Switches) -> Option<String> {
        account.listed(at(now), switches).map(|user| user.mail.clone())
    }

    #[test]
    fn the_list_shows_creations_and_deletions_late() {
        let switches = Switches { list_lag_ms: 100, ..Switches::default() };
        let mut account = Account::new(at(1000), user("a@b"), Password::new("x"));
        assert_eq!(mail(&account, 1099, &switches), None);
        assert_eq!(mail(&account, 1100, &switches).as_deref(), Some("a@b"));
        account.write(at(2000), None, &switches);
        assert_eq!(account.user(), None);
        assert_eq!(mail(&account, 2099, &switches).as_deref(), Some("a@b"));
        assert_eq!(mail(&account, 2100, &switches), None);
        account.renew(at(2050), user("new@b"), Password::new("y"));
        assert!(mail(&account, 2099, &switches).is_some(), "still the old account");
        assert_eq!(mail(&account, 2149, &switches), None, "its deletion");
        assert_eq!(mail(&account, 2150, &switches).as_deref(), Some("new@b"));
    }

    #[test]
    fn the_list_shows_changes_late_when_told_so() {
        let switches = Switches { change_lag_ms: 100, ..Switches::default() };
        let mut account = Account::new(at(1000), user("a@b"), Password::new("x"));
        assert_eq!(mail(&account, 1000, &switches).as_deref(), Some("a@b"), "a new account is seen at once");
        account.write(at(2000), Some(user("c@d")), &switches);
        assert_eq!(mail(&account, 2099, &switches).as_deref(), Some("a@b"));
        assert_eq!(mail(&account, 2100, &switches).as_deref(), Some("c@d"));
    }

    #[test]
    fn the_past_does_not_pile_up() {
        let switches = Switches { list_lag_ms: 100, ..Switches::default() };
        let mut account = Account::new(at(1000), user("a@b"), Password::new("x"));
        for step in 0..1000 {
            account.write(at(2000 + step * 50), Some(user("c@d")), &switches);
        }
        assert!(account.versions.len() <= 4, "{}", account.versions.len());
    }

    #[test]
    fn use_ends_with_the_month_unless_told_otherwise() {
        let january = Moment::parse("2024-01-31T23:00:00Z").unwrap();
        let february = january.plus(Duration::from_secs(7200));
        let mut account = Account::new(january, user("a@b"), Password::new("x"));
        account.open_session(january, january, Ipv4Addr::LOCALHOST);
        account.end_sessions(january, january);
        assert!(account.is_in_use(january, &Switches::default()));
        assert!(!account.is_in_use(february, &Switches::default()));
        assert!(account.is_in_use(february, &Switches { in_use_ends_with_month: false, ..Switches::default() }));
    }

    #[test]
    fn a_session_is_seen_until_its_end() {
        let mut account = Account::new(at(0), user("a@b"), Password::new("x"));
        account.open_session(at(1000), at(1000), Ipv4Addr::LOCALHOST);
        assert_eq!(account.end_sessions(at(1000), at(1500)), 1);
        assert_eq!(account.end_sessions(at(1100), at(1600)), 0, "it is ended already");
        assert_eq!(account.sessions(at(1499)).count(), 1);
        account.open_session(at(1499), at(1499), Ipv4Addr::LOCALHOST);
        assert_eq!(account.sessions(at(1500)).count(), 1, "the one opened later stays");
    }

    #[test]
    fn a_session_to_come_is_neither_seen_nor_ended_before_its_time_but_can_be_called_off() {
        let mut account = Account::new(at(0), user("a@b"), Password::new("x"));
        account.open_session(at(1000), at(2000), Ipv4Addr::LOCALHOST);
        assert_eq!(account.end_sessions(at(1500), at(1500)), 0);
        assert_eq!(account.sessions(at(1999)).count(), 0);
        assert_eq!(account.sessions(at(2000)).count(), 1);
        account.open_session(at(2000), at(3000), Ipv4Addr::LOCALHOST);
        account.call_off_sessions(at(2500));
        assert_eq!(account.sessions(at(3000)).count(), 1, "the one that had begun stays");
    }
}
