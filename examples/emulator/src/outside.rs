//! Changes that somebody makes in the console, past the API: at once, and never late in the list.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::account::{Password, User};
use crate::config::{Ciphertext, InstanceConfig};
use crate::identity::{AccessKey, Role};
use crate::instance::{Draft, Instance, Instances};
use crate::moment::Moment;
use crate::operations::Holdings;
use crate::switches::Switches;

/// A change made outside the API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outside {
    /// An account appears.
    AddUser(NewUser),
    /// Accounts `prefix00001` … appear, whatever the quota.
    AddFleet {
        /// Their instance.
        sag_id: String,
        /// What their names begin with.
        prefix: String,
        /// How many.
        count: u32,
    },
    /// An account changes.
    ChangeUser(UserChange),
    /// An account goes, even when in use.
    RemoveUser {
        /// Its instance.
        sag_id: String,
        /// Its name.
        user_name: String,
    },
    /// Somebody dials in.
    OpenSession {
        /// Their instance.
        sag_id: String,
        /// Their account.
        user_name: String,
        /// Their address; else the account's static one, else the next free one.
        #[serde(default)]
        client_ip: Option<Ipv4Addr>,
    },
    /// Everybody on this account hangs up.
    CloseSessions {
        /// Their instance.
        sag_id: String,
        /// Their account.
        user_name: String,
    },
    /// An instance appears.
    AddInstance(InstanceConfig),
    /// An instance changes.
    ChangeInstance {
        /// Its id.
        sag_id: String,
        /// How many accounts it takes.
        #[serde(default)]
        quota: Option<u32>,
        /// Its block of addresses; empty is none.
        #[serde(default)]
        cidr: Option<String>,
    },
    /// KMS can decrypt another text, or the same one to something else.
    AddCiphertext(Ciphertext),
    /// An access key appears, or changes.
    AddKey(AccessKey),
    /// A role appears, or changes.
    AddRole(Role),
    /// A role goes. Keys that were issued for it stay good.
    RemoveRole {
        /// Its Arn.
        arn: String,
    },
    /// The tokens of all temporary keys end now.
    ExpireTokens,
    /// An instance goes, with its accounts.
    RemoveInstance {
        /// Its id.
        sag_id: String,
    },
}

/// An account to add. Nothing of it is checked against the API's limits: older accounts break them too.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Its instance.
    pub sag_id: String,
    /// Its name.
    pub user_name: String,
    /// Its mail address; else `<name>@example.com`.
    #[serde(default)]
    pub user_mail: Option<String>,
    /// Kbit/s.
    #[serde(default = "default_bandwidth")]
    pub bandwidth: u64,
    /// A static address; absent means dynamic.
    #[serde(default)]
    pub client_ip: Option<Ipv4Addr>,
    /// Whether it may dial in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether it was used this month, so that it cannot be deleted.
    #[serde(default)]
    pub used_this_month: bool,
    /// Its password.
    #[serde(default)]
    pub password: Option<String>,
}

/// What changes about an account; what is absent stays.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Its instance.
    pub sag_id: String,
    /// Its name.
    pub user_name: String,
    /// A new mail address.
    #[serde(default)]
    pub user_mail: Option<String>,
    /// A new bandwidth in Kbit/s.
    #[serde(default)]
    pub bandwidth: Option<u64>,
    /// A new static address; empty makes it dynamic.
    #[serde(default)]
    pub client_ip: Option<String>,
    /// Whether it may dial in.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Whether it was used this month.
    #[serde(default)]
    pub used_this_month: Option<bool>,
    /// A new password.
    #[serde(default)]
    pub password: Option<String>,
}

/// An account as it is, whatever the list shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// Its name.
    pub user_name: String,
    /// Its mail address.
    pub user_mail: String,
    /// Kbit/s.
    pub bandwidth: u64,
    /// Whether it may dial in.
    pub enabled: bool,
    /// Its static address; absent means dynamic.
    pub client_ip: Option<Ipv4Addr>,
    /// Whether the service refuses to delete it.
    pub used_this_month: bool,
    /// How many sessions are open.
    pub online: usize,
    /// How often its password was set after it was created.
    pub password_changes: u32,
}

impl NewUser {
    /// An enabled account with a dynamic address, 2000 Kbit/s and `<name>@example.com`.
    pub fn new(sag_id: &str, user_name: &str) -> Self {
        Self {
            sag_id: sag_id.to_owned(),
            user_name: user_name.to_owned(),
            user_mail: None,
            bandwidth: default_bandwidth(),
            client_ip: None,
            enabled: true,
            used_this_month: false,
            password: None,
        }
    }
}

impl UserChange {
    /// A change of this account, as yet of nothing.
    pub fn of(sag_id: &str, user_name: &str) -> Self {
        Self { sag_id: sag_id.to_owned(), user_name: user_name.to_owned(), ..Self::default() }
    }
}

/// Without the password.
impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewUser({} in {})", self.user_name, self.sag_id)
    }
}

/// Without the password.
impl std::fmt::Debug for UserChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserChange({} in {})", self.user_name, self.sag_id)
    }
}

pub(crate) fn apply(change: Outside, now: Moment, switches: &Switches, holdings: &mut Holdings) -> Result<(), String> {
    let Holdings { instances, ciphertexts, identities } = holdings;
    match change {
        Outside::AddUser(user) => add_user(instance(instances, &user.sag_id)?, &user, now),
        Outside::AddFleet { sag_id, prefix, count } => {
            let instance = instance(instances, &sag_id)?;
            (1..=count).try_for_each(|n| add_user(instance, &NewUser::new(&sag_id, &format!("{prefix}{n:05}")), now))
        }
        Outside::ChangeUser(change) => change_user(instance(instances, &change.sag_id)?, change, now, switches),
        Outside::RemoveUser { sag_id, user_name } => {
            let instance = instance(instances, &sag_id)?;
            existing(instance, &user_name)?;
            instance.remove(&user_name);
            Ok(())
        }
        Outside::OpenSession { sag_id, user_name, client_ip } => {
            open_session(instance(instances, &sag_id)?, &user_name, client_ip, now)
        }
        Outside::CloseSessions { sag_id, user_name } => {
            let instance = instance(instances, &sag_id)?;
            existing(instance, &user_name)?;
            if let Some(account) = instance.account_mut(&user_name) {
                account.end_sessions(now, now);
                account.call_off_sessions(now);
            }
            Ok(())
        }
        Outside::AddInstance(config) => {
            if instances.contains_key(&config.sag_id) {
                return Err(format!("instance {} exists already", config.sag_id));
            }
            let instance = Instance::new(&config)?;
            instances.insert(config.sag_id, instance);
            Ok(())
        }
        Outside::ChangeInstance { sag_id, quota, cidr } => {
            let instance = instance(instances, &sag_id)?;
            if let Some(cidr) = cidr {
                instance.set_cidr(&cidr)?;
            }
            instance.quota = quota.unwrap_or(instance.quota);
            Ok(())
        }
        Outside::AddCiphertext(added) => {
            ciphertexts.retain(|known| known.ciphertext_blob != added.ciphertext_blob);
            ciphertexts.push(added);
            Ok(())
        }
        Outside::AddKey(key) => {
            identities.add_key(key);
            Ok(())
        }
        Outside::AddRole(role) => identities.add_role(role),
        Outside::RemoveRole { arn } => identities.remove_role(&arn),
        Outside::ExpireTokens => {
            identities.expire_tokens(now);
            Ok(())
        }
        Outside::RemoveInstance { sag_id } => {
            instance(instances, &sag_id)?;
            instances.remove(&sag_id);
            Ok(())
        }
    }
}

pub(crate) fn users(instance: &Instance, now: Moment, switches: &Switches) -> Vec<UserView> {
    let view = |user: &User| {
        let account = instance.account(&user.name)?;
        Some(UserView {
            user_name: user.name.clone(),
            user_mail: user.mail.clone(),
            bandwidth: user.bandwidth,
            enabled: user.is_enabled,
            client_ip: user.static_ip,
            used_this_month: account.is_in_use(now, switches),
            online: account.sessions(now).count(),
            password_changes: account.password_changes,
        })
    };
    instance.users().filter_map(view).collect()
}

fn instance<'i>(instances: &'i mut Instances, sag_id: &str) -> Result<&'i mut Instance, String> {
    instances.get_mut(sag_id).ok_or_else(|| format!("there is no instance {sag_id:?}"))
}

fn existing(instance: &Instance, user_name: &str) -> Result<User, String> {
    let user = instance.account(user_name).and_then(|account| account.user());
    user.cloned().ok_or_else(|| format!("there is no user {user_name:?} in this instance"))
}

fn add_user(instance: &mut Instance, user: &NewUser, now: Moment) -> Result<(), String> {
    if existing(instance, &user.user_name).is_ok() {
        return Err(format!("user {:?} exists already", user.user_name));
    }
    let made_up = format!("{}@example.com", user.user_name);
    instance.create(
        Moment::ALWAYS,
        &Draft {
            name: &user.user_name,
            mail: user.user_mail.as_ref().unwrap_or(&made_up),
            bandwidth: user.bandwidth,
            static_ip: user.client_ip,
            is_enabled: user.enabled,
            password: user.password.as_deref(),
        },
    );
    if let Some(account) = instance.account_mut(&user.user_name) {
        account.used = user.used_this_month.then_some(now);
    }
    Ok(())
}

fn change_user(instance: &mut Instance, change: UserChange, now: Moment, switches: &Switches) -> Result<(), String> {
    let mut user = existing(instance, &change.user_name)?;
    user.mail = change.user_mail.unwrap_or(user.mail);
    user.bandwidth = change.bandwidth.unwrap_or(user.bandwidth);
    user.is_enabled = change.enabled.unwrap_or(user.is_enabled);
    match change.client_ip.as_deref() {
        None => {}
        Some("") => {
            user.static_ip = None;
            user.dynamic_ip = instance.next_address();
        }
        Some(text) => user.static_ip = Some(text.parse().map_err(|_| format!("{text:?} is no IPv4 address"))?),
    }
    if let Some(account) = instance.account_mut(&change.user_name) {
        account.write(Moment::ALWAYS, Some(user), switches);
        if change.enabled == Some(false) {
            account.call_off_sessions(now);
        }
        if let Some(used) = change.used_this_month {
            account.used = used.then_some(now);
        }
        if let Some(password) = change.password {
            account.set_password(Password::new(&password));
        }
    }
    Ok(())
}

fn open_session(
    instance: &mut Instance,
    user_name: &str,
    client_ip: Option<Ipv4Addr>,
    now: Moment,
) -> Result<(), String> {
    let user = existing(instance, user_name)?;
    if !user.is_enabled {
        return Err(format!("user {user_name:?} is disabled and cannot dial in"));
    }
    let address = client_ip.or(user.static_ip).or_else(|| instance.next_address());
    let address = address.ok_or("the instance has no block of addresses: name a client_ip")?;
    if let Some(account) = instance.account_mut(user_name) {
        account.open_session(now, now, address);
    }
    Ok(())
}

fn default_bandwidth() -> u64 {
    2000
}

fn yes() -> bool {
    true
}
