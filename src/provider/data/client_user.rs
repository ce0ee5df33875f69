//! `smartag_client_user`, the data source: one account of an instance.

use tokio_util::sync::CancellationToken;

use super::READ;
use super::client_users::ListedUser;
use crate::framework::checks::text;
use crate::framework::schema::{computed, optional_computed, required};
use crate::framework::{Attr, DataSource, Diagnostic, Diagnostics};
use crate::model;
use crate::provider::block::{REGION, is_region};
use crate::provider::client::Client;
use crate::provider::failure;
use crate::smartag::{InstanceRef, Lookup};

model! {
    /// An account with which one person dials in to a Smart Access Gateway (SAG) software instance, whoever made it. One
    /// that does not exist is an error. Reading takes 2 minutes at the most (less where the provider's `max_retry_timeout`
    /// is smaller).
    pub struct ClientUser {
        /// Id of the account, `sag_id:user_name`.
        id: Attr<String> = computed(),
        /// Software instance of the account, such as `sag-abc123`.
        sag_id: Attr<String> = required(),
        /// Region of the instance, such as `cn-shanghai`. Where it is not written, it is the provider's.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Name of the account, in upper and lower case as the service has it.
        user_name: Attr<String> = required(),
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

/// The data source `smartag_client_user`.
#[derive(Debug)]
pub struct ClientUserDataSource;

impl DataSource for ClientUserDataSource {
    const NAME: &'static str = "smartag_client_user";
    type Model = ClientUser;
    type Client = Client;

    async fn read(
        &self,
        client: &Client,
        stop: CancellationToken,
        config: ClientUser,
    ) -> Result<ClientUser, Diagnostics> {
        client.check_region(&config.region)?;
        let instance = client.instance(&config.region, &config.sag_id)?;
        let user_name = config.user_name.get()?;
        let patience = client.patience(&stop, None, READ);

        match client.smartag()?.find_user(&instance, user_name, &patience).await {
            Ok(Lookup::Found(user)) => {
                let ListedUser { id, sag_id, user_name, user_mail, bandwidth, client_ip, enabled } =
                    ListedUser::of(&instance, user);
                let region = Attr::Known(instance.region);
                Ok(ClientUser { id, sag_id, region, user_name, user_mail, bandwidth, client_ip, enabled })
            }
            Ok(Lookup::Absent) => Err(absent(&instance, user_name)),
            Ok(Lookup::OtherCase(user)) => Err(other_case(&instance, user_name, &user.user_name)),
            Err(error) => Err(failure::of_user("read", &instance, user_name, &error).into()),
        }
    }
}

fn absent(instance: &InstanceRef, user_name: &str) -> Diagnostics {
    let detail = format!(
        "{instance} has no client user {user_name:?}. Check user_name and sag_id; the data source smartag_client_users lists \
         the users that are there."
    );
    Diagnostic::error(format!("Client user {user_name} does not exist"), detail).at(ClientUser::user_name()).into()
}

fn other_case(instance: &InstanceRef, user_name: &str, spelt: &str) -> Diagnostics {
    let detail = format!(
        "{instance} has no client user {user_name:?}, but one whose name differs only in case: {spelt:?}. Write user_name = \
         {spelt:?} if that is the one."
    );
    Diagnostic::error(format!("Client user {user_name} is spelt differently"), detail)
        .at(ClientUser::user_name())
        .into()
}
