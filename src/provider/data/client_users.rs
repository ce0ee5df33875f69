//! `smartag_client_users`: the accounts of an instance.

use tokio_util::sync::CancellationToken;

use super::READ;
use super::name_regex::{Wanted, is_regex};
use crate::framework::checks::text;
use crate::framework::schema::{computed, optional, optional_computed, required};
use crate::framework::{Attr, DataSource, Diagnostics};
use crate::model;
use crate::provider::block::{REGION, is_region};
use crate::provider::client::Client;
use crate::provider::{client_user, failure};
use crate::smartag::{InstanceRef, User};

model! {
    /// The accounts with which people dial in to a Smart Access Gateway (SAG) software instance, whoever made them: all of
    /// them, or those that pass every filter that is written. The list is read with one call for every 50 accounts of the
    /// instance, whatever the filters, and for 2 minutes at the most (less where the provider's `max_retry_timeout` is
    /// smaller).
    pub struct ClientUsers {
        /// Software instance of the accounts, such as `sag-abc123`.
        sag_id: Attr<String> = required(),
        /// Region of the instance, such as `cn-shanghai`. Where it is not written, it is the provider's.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Regular expression for the names of the accounts. It may match anywhere in a name; begin it with `^` and end it
        /// with `$` to match whole names.
        name_regex: Attr<String> = optional().check(is_regex),
        /// Mail address of the accounts, exactly as the service has it.
        user_mail: Attr<String> = optional(),
        /// Whether the accounts may dial in: `true` for those that may, `false` for those that are suspended. Where it is
        /// not written, both are listed.
        enabled: Attr<bool> = optional(),
        /// The accounts, sorted by name. Empty where there is none.
        users: Attr<Vec<ListedUser>> = computed(),
        /// Names of the accounts, in the order of `users`.
        names: Attr<Vec<String>> = computed(),
        /// Ids of the accounts, in the order of `users`, each as `sag_id:user_name`.
        ids: Attr<Vec<String>> = computed(),
    }
}

model! {
    /// An account as the service lists it.
    pub struct ListedUser {
        /// Id of the account, `sag_id:user_name`.
        id: Attr<String> = computed(),
        /// Software instance of the account.
        sag_id: Attr<String> = computed(),
        /// Name of the account.
        user_name: Attr<String> = computed(),
        /// Mail address to which the service sends the login details.
        user_mail: Attr<String> = computed(),
        /// Highest rate in Kbit/s.
        bandwidth: Attr<u32> = computed(),
        /// Static private IPv4 address. Null where the account gets another address with each connection.
        client_ip: Attr<String> = computed(),
        /// Whether the account may dial in. Null where the service does not say.
        enabled: Attr<bool> = computed(),
    }
}

impl ListedUser {
    /// The account as Terraform sees it.
    pub fn of(instance: &InstanceRef, user: User) -> Self {
        // Without a word on it, the address may be the one that a dynamic account has at the moment.
        let is_static = user.is_static_ip == Some(true);
        Self {
            id: Attr::Known(client_user::id(&instance.sag_id, &user.user_name)),
            sag_id: Attr::Known(instance.sag_id.clone()),
            user_name: Attr::Known(user.user_name),
            user_mail: Some(user.user_mail).filter(|mail| !mail.is_empty()).into(),
            bandwidth: Attr::Known(user.bandwidth),
            client_ip: user.client_ip.filter(|_| is_static).into(),
            enabled: user.enabled.into(),
        }
    }
}

/// The data source `smartag_client_users`.
#[derive(Debug)]
pub struct ClientUsersDataSource;

impl DataSource for ClientUsersDataSource {
    const NAME: &'static str = "smartag_client_users";
    type Model = ClientUsers;
    type Client = Client;

    async fn read(
        &self,
        client: &Client,
        stop: CancellationToken,
        config: ClientUsers,
    ) -> Result<ClientUsers, Diagnostics> {
        client.check_region(&config.region)?;
        let instance = client.instance(&config.region, &config.sag_id)?;
        let wanted = Wanted::by(&config.name_regex)?;
        let (user_mail, enabled) = (config.user_mail.opt()?, config.enabled.opt()?);
        let patience = client.patience(&stop, None, READ);

        let users = client.smartag()?.list_users(&instance, &patience).await;
        let mut users = users.map_err(|error| failure::of_list("client users", &instance, &error))?;
        users.retain(|user| {
            wanted.has(&user.user_name)
                && user_mail.is_none_or(|mail| *mail == user.user_mail)
                && enabled.is_none_or(|enabled| user.enabled == Some(*enabled))
        });

        let names: Vec<String> = users.iter().map(|user| user.user_name.clone()).collect();
        Ok(ClientUsers {
            ids: Attr::Known(names.iter().map(|name| client_user::id(&instance.sag_id, name)).collect()),
            names: Attr::Known(names),
            users: Attr::Known(users.into_iter().map(|user| ListedUser::of(&instance, user)).collect()),
            region: Attr::Known(instance.region),
            ..config
        })
    }
}
