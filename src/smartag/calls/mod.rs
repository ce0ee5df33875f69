//! The calls, one method each.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::alibaba::{Answer, Error, Operation, Parameters, Patience, RpcClient, Settings};
use crate::secret::Secret;
use crate::smartag::actions;
use crate::smartag::decode::Problem;
use crate::smartag::directory::{Directory, Lookup};
use crate::smartag::instance::{Instance, InstanceFilter, InstanceRef};
use crate::smartag::paging::{List, Lister, PAGE_SIZE, Page, Paging};
use crate::smartag::session::{self, OnlineClient};
use crate::smartag::user::{Address, NewUser, User, UserChange, Written};

/// The most names that one call may count.
const MOST_NAMES: usize = 50;

/// The Smartag API with its user directory. Cheap to clone; all clones share both.
#[derive(Clone)]
pub struct Smartag {
    client: RpcClient,
    directory: Arc<Directory>,
}

impl Smartag {
    /// Does nothing yet: credentials, certificates and connections wait for the first call.
    pub fn new(settings: Settings) -> Self {
        let client = RpcClient::new(&actions::PRODUCT, settings);
        let directory = Arc::new(Directory::new(Arc::new(Pages(client.clone()))));
        Self { client, directory }
    }

    /// Where calls for `region` go, for messages.
    ///
    /// # Errors
    /// [`Error::Endpoint`] when the region or an endpoint in the settings is wrong.
    pub fn endpoint(&self, region: &str) -> Result<String, Error> {
        self.client.endpoint(region)
    }

    /// Creates a user. The service mails the login details.
    ///
    /// # Errors
    /// [`Error::Unclear`] when it is not known whether the user was created: then [`Smartag::find_fresh`] tells.
    pub async fn create_user(
        &self,
        instance: &InstanceRef,
        user: &NewUser,
        patience: &Patience,
    ) -> Result<Written, Error> {
        let user_name = user.user_name.as_deref().unwrap_or(&user.user_mail);
        let parameters = of(instance)
            .with("UserMail", &user.user_mail)
            .with("Bandwidth", user.bandwidth.to_string())
            .with_optional("UserName", user.user_name.as_deref())
            .with_optional("Password", user.password.as_ref().map(Secret::expose))
            .with_optional("ClientIp", user.client_ip.as_deref());
        let mut writing = self.directory.writing(instance, &[user_name]);
        let answer = self.client.call(&actions::CREATE, &instance.region, parameters, patience).await?;
        let written = Written::read(&answer.json, user_name, answer.request_id);
        writing.touches(&written.user_name);
        Ok(written)
    }

    /// Changes bandwidth, and mail address and address if they are given.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn modify_user(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        change: &UserChange,
        patience: &Patience,
    ) -> Result<Written, Error> {
        let (is_static, client_ip) = match &change.address {
            None => (None, None),
            Some(Address::Dynamic) => (Some("false"), None),
            Some(Address::Static(address)) => (Some("true"), Some(address.as_str())),
        };
        let parameters = of(instance)
            .with("UserName", user_name)
            .with("Bandwidth", change.bandwidth.to_string())
            .with_optional("Email", change.user_mail.as_deref())
            .with_optional("EnableStaticIp", is_static)
            .with_optional("ClientIp", client_ip);
        let answer = self.write(&actions::MODIFY, instance, user_name, parameters, patience).await?;
        Ok(Written::read(&answer.json, user_name, answer.request_id))
    }

    /// Sets the password; without one the service makes one up. Either way it mails it. Gives the RequestId.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn reset_password(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        password: Option<&Secret>,
        patience: &Patience,
    ) -> Result<String, Error> {
        let parameters =
            of(instance).with("UserName", user_name).with_optional("Password", password.map(Secret::expose));
        Ok(self.write(&actions::RESET_PASSWORD, instance, user_name, parameters, patience).await?.request_id)
    }

    /// Lets the user dial in again. Gives the RequestId.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enable_user(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<String, Error> {
        let parameters = of(instance).with("UserName", user_name);
        Ok(self.write(&actions::ENABLE, instance, user_name, parameters, patience).await?.request_id)
    }

    /// Lets the user dial in no more. Whether sessions end is documented nowhere: see [`Smartag::kick_out`]. Gives the
    /// RequestId.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn disable_user(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<String, Error> {
        let parameters = of(instance).with("UserName", user_name);
        Ok(self.write(&actions::DISABLE, instance, user_name, parameters, patience).await?.request_id)
    }

    /// Deletes the user. Gives the RequestId.
    ///
    /// # Errors
    /// See [`Error`]. What the service answers for a user who is not there is documented nowhere, and the first of two
    /// tries may have succeeded: after an error, [`Smartag::find_fresh`] tells.
    pub async fn delete_user(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<String, Error> {
        let parameters = of(instance).with("UserName", user_name);
        Ok(self.write(&actions::DELETE, instance, user_name, parameters, patience).await?.request_id)
    }

    /// Ends the user's sessions; the user may dial in again. Gives the RequestId.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn kick_out(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<String, Error> {
        // `Username` with a small n in this action alone.
        let parameters = of(instance).with("Username", user_name);
        // It changes nothing that the directory knows, so it is no write.
        Ok(self.client.call(&actions::KICK_OUT, &instance.region, parameters, patience).await?.request_id)
    }

    /// What the directory knows about a user, asking the service if it must: for refreshing.
    ///
    /// # Errors
    /// See [`Error`]; [`crate::smartag::INSTANCE_NOT_FOUND`] comes as an error with that code. No error means that a user is absent.
    pub async fn find_user(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<Lookup, Error> {
        self.directory.find(instance, user_name, patience).await
    }

    /// What the service says about a user now: for checks after a write. Lists may lag behind writes.
    ///
    /// # Errors
    /// As [`Smartag::find_user`].
    pub async fn find_fresh(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<Lookup, Error> {
        self.directory.find_fresh(instance, user_name, patience).await
    }

    /// All users of the instance, sorted by name.
    ///
    /// # Errors
    /// As [`Smartag::find_user`], and [`Error::Malformed`] when no whole list could be read.
    pub async fn list_users(&self, instance: &InstanceRef, patience: &Patience) -> Result<Vec<User>, Error> {
        self.directory.all(instance, patience).await
    }

    /// How many sessions each of these users has, by name. Users whom the service does not tell of have none.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn online_counts(
        &self,
        instance: &InstanceRef,
        names: &[&str],
        patience: &Patience,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let mut counts: BTreeMap<_, _> = names.iter().map(|name| ((*name).to_owned(), 0)).collect();
        let names: Vec<_> = counts.keys().cloned().collect();
        for names in names.chunks(MOST_NAMES) {
            let parameters = of(instance).with_list("UserNames", names);
            let answer = self.client.call(&actions::COUNT_ONLINE, &instance.region, parameters, patience).await?;
            session::read_counts(&answer.json, &mut counts)
                .map_err(|problem| malformed(&actions::COUNT_ONLINE, &problem))?;
        }
        Ok(counts)
    }

    /// The sessions of a user, in the service's order.
    ///
    /// # Errors
    /// See [`Error`]. What the service answers for a user who is not there is documented nowhere.
    pub async fn online_clients(
        &self,
        instance: &InstanceRef,
        user_name: &str,
        patience: &Patience,
    ) -> Result<Vec<OnlineClient>, Error> {
        let parameters = of(instance).with("UserName", user_name);
        let answer = self.client.call(&actions::LIST_ONLINE, &instance.region, parameters, patience).await?;
        session::read_clients(&answer.json).map_err(|problem| malformed(&actions::LIST_ONLINE, &problem))
    }

    /// The software instances of a region, sorted by id. An id that does not exist there is left out.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Malformed`] also when no whole list could be read.
    pub async fn instances(
        &self,
        region: &str,
        filter: &InstanceFilter,
        patience: &Patience,
    ) -> Result<Vec<Instance>, Error> {
        let ids: BTreeSet<_> = filter.ids.iter().map(String::as_str).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let mut instances = Vec::new();
        if ids.is_empty() {
            instances = self.all_instances(region, &[], patience).await?;
        }
        for ids in ids.chunks(PAGE_SIZE as usize) {
            let found = self.all_instances(region, ids, patience).await?;
            // A filter may be matched loosely, or not at all.
            instances.extend(found.into_iter().filter(|instance| ids.contains(&instance.id.as_str())));
        }
        instances.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        Ok(instances)
    }

    /// Reads all pages; once more if instances came and went meanwhile.
    async fn all_instances(&self, region: &str, ids: &[&str], patience: &Patience) -> Result<Vec<Instance>, Error> {
        for _ in 0..2 {
            let mut list = List::default();
            while !list.is_ended() {
                let parameters = Parameters::new()
                    .with("InstanceType", "software")
                    .with("PageSize", PAGE_SIZE.to_string())
                    .with("PageNumber", list.next_page().to_string())
                    .with_list("SmartAGIds", ids);
                let answer = self.client.call(&actions::LIST_INSTANCES, region, parameters, patience).await?;
                let page = Page::read(&answer.json, "SmartAccessGateways.SmartAccessGateway", Instance::read);
                list.add(page.map_err(|problem| malformed(&actions::LIST_INSTANCES, &problem))?);
            }
            if list.is_whole() {
                return Ok(list.rows);
            }
        }
        let problem = "it counts more instances than it holds".to_owned();
        Err(Error::Malformed { action: actions::LIST_INSTANCES.action, problem })
    }

    async fn write(
        &self,
        operation: &'static Operation,
        instance: &InstanceRef,
        user_name: &str,
        parameters: Parameters,
        patience: &Patience,
    ) -> Result<Answer, Error> {
        let _writing = self.directory.writing(instance, &[user_name]);
        self.client.call(operation, &instance.region, parameters, patience).await
    }
}

/// The parameter that every call for an instance has; the client adds `RegionId`.
fn of(instance: &InstanceRef) -> Parameters {
    Parameters::new().with("SmartAGId", &instance.sag_id)
}

/// The call succeeded, and its answer cannot be read.
fn malformed(operation: &Operation, problem: &Problem) -> Error {
    Error::Malformed { action: operation.action, problem: problem.to_string() }
}

/// Pages as the API gives them.
struct Pages(RpcClient);

impl Lister for Pages {
    fn page<'a>(
        &'a self,
        instance: &'a InstanceRef,
        user_name: Option<&'a str>,
        number: u32,
        patience: &'a Patience,
    ) -> Paging<'a> {
        let parameters = of(instance)
            .with("PageSize", PAGE_SIZE.to_string())
            .with("PageNumber", number.to_string())
            .with_optional("UserName", user_name);
        Box::pin(async move {
            let answer = self.0.call(&actions::DESCRIBE, &instance.region, parameters, patience).await?;
            Page::read(&answer.json, "Users.User", User::read)
                .map_err(|problem| malformed(&actions::DESCRIBE, &problem))
        })
    }
}
