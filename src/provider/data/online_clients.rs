//! `smartag_online_clients`: who is dialled in.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;

use super::READ;
use crate::alibaba::{Error, Patience};
use crate::framework::checks::{no_empty_name, text};
use crate::framework::schema::{computed, optional, optional_computed, required};
use crate::framework::{Attr, DataSource, Diagnostics};
use crate::model;
use crate::provider::block::{REGION, is_region};
use crate::provider::client::Client;
use crate::provider::{failure, timestamp};
use crate::smartag::{InstanceRef, OnlineClient, Smartag};

/// Users whose sessions are asked for at the same time.
const AT_ONCE: usize = 8;

model! {
    /// The clients that are dialled in to a Smart Access Gateway (SAG) software instance at the moment. Sessions are counted
    /// with one call for every 50 users, and one more call tells the sessions of each user who has some. Reading takes 2
    /// minutes at the most (less where the provider's `max_retry_timeout` is smaller).
    pub struct OnlineClients {
        /// Software instance of the clients, such as `sag-abc123`.
        sag_id: Attr<String> = required(),
        /// Region of the instance, such as `cn-shanghai`. Where it is not written, it is the provider's.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Names of the users to look at, in upper and lower case as the service has them. A user who does not exist counts
        /// as not online, and an empty set asks nothing. Where it is not written, all users of the instance are looked at,
        /// which costs one call more for every 50 of them.
        user_names: Attr<BTreeSet<String>> = optional().check(no_empty_name),
        /// The clients, sorted by user name, time and address. Empty where nobody is online.
        clients: Attr<Vec<Session>> = computed(),
    }
}

model! {
    /// A client that is dialled in. One user may have several.
    pub struct Session {
        /// Name of the user.
        user_name: Attr<String> = computed(),
        /// Private IPv4 address that the client has at the moment. Null where the service does not say.
        client_ip: Attr<String> = computed(),
        /// When the client dialled in, in UTC, as `2006-01-02T15:04:05Z`.
        online_since: Attr<String> = computed(),
    }
}

/// The data source `smartag_online_clients`.
#[derive(Debug)]
pub struct OnlineClientsDataSource;

impl DataSource for OnlineClientsDataSource {
    const NAME: &'static str = "smartag_online_clients";
    type Model = OnlineClients;
    type Client = Client;

    async fn read(
        &self,
        client: &Client,
        stop: CancellationToken,
        config: OnlineClients,
    ) -> Result<OnlineClients, Diagnostics> {
        client.check_region(&config.region)?;
        let instance = client.instance(&config.region, &config.sag_id)?;
        let user_names = config.user_names.opt()?;
        let patience = client.patience(&stop, None, READ);

        let clients = online(client.smartag()?, &instance, user_names, &patience).await;
        let clients = clients.map_err(|error| failure::of_list("online clients", &instance, &error))?;
        Ok(OnlineClients { region: Attr::Known(instance.region), clients: Attr::Known(clients), ..config })
    }
}

async fn online(
    smartag: &Smartag,
    instance: &InstanceRef,
    user_names: Option<&BTreeSet<String>>,
    patience: &Patience,
) -> Result<Vec<Session>, Error> {
    let all = match user_names {
        Some(_) => Vec::new(),
        None => smartag.list_users(instance, patience).await?,
    };
    let names: Vec<&str> = match user_names {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => all.iter().map(|user| user.user_name.as_str()).collect(),
    };
    let counts = smartag.online_counts(instance, &names, patience).await?;
    let online = counts.into_iter().filter(|(_, count)| *count > 0);
    let sessions: Vec<Vec<Session>> = stream::iter(online)
        .map(|(name, _)| sessions(smartag, instance, name, patience))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(sessions.into_iter().flatten().collect())
}

/// The sessions of one user, sorted.
async fn sessions(
    smartag: &Smartag,
    instance: &InstanceRef,
    user_name: String,
    patience: &Patience,
) -> Result<Vec<Session>, Error> {
    let mut clients = smartag.online_clients(instance, &user_name, patience).await?;
    clients.sort_by(|one, other| (one.online_since, &one.client_ip).cmp(&(other.online_since, &other.client_ip)));
    let session = |client: OnlineClient| Session {
        user_name: Attr::Known(user_name.clone()),
        client_ip: client.client_ip.into(),
        online_since: timestamp::rfc3339(client.online_since).into(),
    };
    Ok(clients.into_iter().map(session).collect())
}
