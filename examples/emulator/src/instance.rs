//! Software instances and the accounts in them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::account::{Account, Password, User};
use crate::cidr::Cidr;
use crate::config::InstanceConfig;
use crate::moment::Moment;
use crate::switches::Switches;

/// All instances by id.
pub(crate) type Instances = BTreeMap<String, Instance>;

/// A software instance.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) region: String,
    /// Private block of the clients; Create needs it.
    pub(crate) cidr: Option<Cidr>,
    /// How many accounts it takes.
    pub(crate) quota: u32,
    /// What people call it; empty is no name.
    pub(crate) name: String,
    accounts: BTreeMap<String, Account>,
    created: u64,
    assigned: u32,
}

/// What makes a new account.
pub(crate) struct Draft<'a> {
    pub(crate) name: &'a str,
    pub(crate) mail: &'a str,
    pub(crate) bandwidth: u64,
    pub(crate) static_ip: Option<Ipv4Addr>,
    pub(crate) is_enabled: bool,
    /// None: the service makes one up and mails it.
    pub(crate) password: Option<&'a str>,
}

impl Instance {
    /// The error says in a person's words which setting is wrong.
    pub(crate) fn new(config: &InstanceConfig) -> Result<Self, String> {
        let id = &config.sag_id;
        let tail = id.strip_prefix("sag-").unwrap_or_default();
        if tail.is_empty() || !tail.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
            return Err(format!("{id:?} is no instance id: it is \"sag-\" and lower-case letters and digits"));
        }
        if config.region.is_empty() {
            return Err(format!("instance {id} needs a region"));
        }
        Ok(Self {
            region: config.region.clone(),
            cidr: block(&config.cidr)?,
            quota: config.quota,
            name: config.name.clone(),
            accounts: BTreeMap::new(),
            created: 0,
            assigned: 0,
        })
    }

    /// Sets the block of addresses; empty is none.
    pub(crate) fn set_cidr(&mut self, cidr: &str) -> Result<(), String> {
        self.cidr = block(cidr)?;
        Ok(())
    }

    /// Adds an account whose name is free.
    pub(crate) fn create(&mut self, at: Moment, draft: &Draft<'_>) -> User {
        self.created += 1;
        let user = User {
            name: draft.name.to_owned(),
            mail: draft.mail.to_owned(),
            bandwidth: draft.bandwidth,
            static_ip: draft.static_ip,
            dynamic_ip: if draft.static_ip.is_none() { self.next_address() } else { None },
            is_enabled: draft.is_enabled,
            number: self.created,
        };
        let made_up = format!("Made-up-{:06}", self.created);
        let password = Password::new(draft.password.unwrap_or(&made_up));
        match self.accounts.get_mut(draft.name) {
            Some(past) => past.renew(at, user.clone(), password),
            None => {
                self.accounts.insert(draft.name.to_owned(), Account::new(at, user.clone(), password));
            }
        }
        user
    }

    /// Deletes an account; it leaves the map once no list can show it.
    pub(crate) fn delete(&mut self, name: &str, at: Moment, switches: &Switches) {
        if switches.list_lag_ms == 0 {
            self.accounts.remove(name);
        } else if let Some(account) = self.accounts.get_mut(name) {
            account.write(at, None, switches);
        }
    }

    /// Removes an account with all that a list might still show of it.
    pub(crate) fn remove(&mut self, name: &str) {
        self.accounts.remove(name);
    }

    /// The account of that name, with the spelling it was created with.
    pub(crate) fn find(&self, name: &str, switches: &Switches) -> Option<&User> {
        if let Some(user) = self.accounts.get(name).and_then(Account::user) {
            return Some(user);
        }
        self.users().find(|user| switches.ignore_case && user.name.eq_ignore_ascii_case(name))
    }

    /// An account by its exact name, deleted ones included while the list may show them.
    pub(crate) fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// The same, to change it.
    pub(crate) fn account_mut(&mut self, name: &str) -> Option<&mut Account> {
        self.accounts.get_mut(name)
    }

    /// Accounts that exist, by name.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.accounts.values().filter_map(Account::user)
    }

    /// Accounts as the list shows them now, by name.
    pub(crate) fn listed(&self, now: Moment, switches: &Switches) -> impl Iterator<Item = &User> {
        self.accounts.values().filter_map(move |account| account.listed(now, switches))
    }

    /// Whether another account holds the address.
    pub(crate) fn is_taken(&self, address: Ipv4Addr, but_not_by: &str) -> bool {
        self.users().any(|user| user.static_ip == Some(address) && user.name != but_not_by)
    }

    /// The next address for a dynamic user, if the instance has a block.
    pub(crate) fn next_address(&mut self) -> Option<Ipv4Addr> {
        self.assigned = self.assigned.wrapping_add(1);
        self.cidr.map(|cidr| cidr.address(self.assigned))
    }
}

fn block(text: &str) -> Result<Option<Cidr>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let block = Cidr::parse(text).ok_or_else(|| format!("{text:?} is no IPv4 block such as 10.0.0.0/8"))?;
    Ok(Some(block))
}
