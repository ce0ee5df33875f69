//! Changing a client user in place. Each call that succeeded moves its own attributes into the state; should a later one
//! fail, the others keep their prior value.

use super::{Account, ClientUser, WRITE, password};
use crate::alibaba::Error;
use crate::framework::{Attr, Context, Diagnostic, Diagnostics};
use crate::provider::client::Client;
use crate::provider::failure;
use crate::smartag::{Address, Lookup, User, UserChange, Written};
use crate::value::Path;

pub async fn update(
    client: &Client,
    context: &Context<ClientUser>,
    prior: ClientUser,
    planned: ClientUser,
    config: ClientUser,
) -> Result<ClientUser, Diagnostics> {
    let patience = client.patience(context.stop(), planned.timeout(|timeouts| &timeouts.update), WRITE);
    let account = Account::of(client, &planned, patience)?;
    let Account { smartag, instance, user_name, patience } = &account;
    // First of all, because it may fail without having changed anything.
    let password = password::to_be_set(client, instance, (&prior, &planned, &config), patience).await?;

    // What needs no call is done already.
    let mut state = ClientUser {
        user_mail: prior.user_mail.clone(),
        bandwidth: prior.bandwidth.clone(),
        client_ip: prior.client_ip.clone(),
        enabled: prior.enabled.clone(),
        ..planned.clone()
    };
    if password.is_some() {
        state = password::remember(state, &prior);
    }
    context.checkpoint(state.clone());

    // Shut out first and let in last, so that nobody dials in with settings that are about to change.
    if planned.enabled == Attr::Known(false) && state.enabled != planned.enabled {
        account.enable(false).await.map_err(|error| account.failed("disable", &error))?;
        state.enabled = planned.enabled.clone();
        context.checkpoint(state.clone());
        if planned.kick_on_disable == Attr::Known(true) {
            account.kick().await.map_err(|error| still_online(&account, &error))?;
        }
    }

    if let Some(change) = Change::between(&state, &planned)? {
        let written = smartag
            .modify_user(instance, user_name, &change.sent, patience)
            .await
            .map_err(|error| account.failed("change", &error))?;
        let settled = change.settle(&account, &written, &mut state, &planned).await;
        context.checkpoint(state.clone());
        settled?;
    }

    if let Some(password) = password {
        smartag
            .reset_password(instance, user_name, Some(&password), patience)
            .await
            .map_err(|error| account.failed("reset the password of", &error))?;
        state = password::remember(state, &planned);
        context.checkpoint(state.clone());
    }

    if planned.enabled == Attr::Known(true) && state.enabled != planned.enabled {
        account.enable(true).await.map_err(|error| account.failed("enable", &error))?;
    }
    Ok(planned)
}

/// The account is disabled, so the next plan has nothing to do; hence the user must end the sessions in another way.
fn still_online(account: &Account<'_>, error: &Error) -> Diagnostics {
    let Account { instance, user_name, .. } = account;
    let detail = format!(
        "User {user_name} of {instance} was disabled, but ending its sessions did not succeed, so it may still be connected. \
         Applying again does not repeat this: use smartag_kick_clients for it.\n\n{}",
        failure::explained(error)
    );
    Diagnostic::error(format!("Client user {user_name} may still be online"), detail).into()
}

/// What one Modify is to change.
struct Change {
    sent: UserChange,
    changes_bandwidth: bool,
    address_before: Option<String>,
}

impl Change {
    fn between(state: &ClientUser, planned: &ClientUser) -> Result<Option<Self>, Diagnostics> {
        let user_mail = (state.user_mail != planned.user_mail).then(|| planned.user_mail.get().cloned()).transpose()?;
        let address = (state.client_ip != planned.client_ip).then(|| planned.client_ip.opt()).transpose()?;
        let address = address.map(|address| match address {
            Some(address) => Address::Static(address.clone()),
            None => Address::Dynamic,
        });
        let changes_bandwidth = state.bandwidth != planned.bandwidth;
        if !changes_bandwidth && user_mail.is_none() && address.is_none() {
            return Ok(None);
        }
        let sent = UserChange { bandwidth: *planned.bandwidth.get()?, user_mail, address };
        Ok(Some(Self { sent, changes_bandwidth, address_before: state.client_ip.opt()?.cloned() }))
    }

    /// Moves into `state` what the service took over. What its answer does not prove is looked up, once.
    async fn settle(
        &self,
        account: &Account<'_>,
        written: &Written,
        state: &mut ClientUser,
        planned: &ClientUser,
    ) -> Result<(), Diagnostics> {
        let mut seen = Seen::answered(written);
        if !(self.bandwidth_followed(&seen) && self.mail_followed(&seen) && self.address_followed(&seen)) {
            match account.look_up().await {
                Ok(Lookup::Found(user)) => seen = Seen::looked_up(&user),
                Ok(Lookup::Absent | Lookup::OtherCase(_)) => {}
                Err(error) => return Err(account.failed("check the change of", &error)),
            }
        }

        let mut diagnostics = Diagnostics::new();
        let mut ignored = |path: Path| diagnostics.push(not_followed(account, path, &written.request_id));
        if self.bandwidth_followed(&seen) {
            state.bandwidth = planned.bandwidth.clone();
        } else {
            ignored(ClientUser::bandwidth().into());
        }
        if self.mail_followed(&seen) {
            state.user_mail = planned.user_mail.clone();
        } else {
            ignored(ClientUser::user_mail().into());
        }
        if self.address_followed(&seen) {
            state.client_ip = planned.client_ip.clone();
        } else {
            ignored(ClientUser::client_ip().into());
        }
        if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
    }

    fn bandwidth_followed(&self, seen: &Seen) -> bool {
        !self.changes_bandwidth || seen.bandwidth == Some(self.sent.bandwidth)
    }

    fn mail_followed(&self, seen: &Seen) -> bool {
        self.sent.user_mail.is_none() || seen.user_mail == self.sent.user_mail
    }

    fn address_followed(&self, seen: &Seen) -> bool {
        match (&self.sent.address, seen.is_static_ip) {
            (None, _) => true,
            (Some(Address::Static(address)), is_static) => {
                is_static != Some(false) && seen.client_ip.as_ref() == Some(address)
            }
            (Some(Address::Dynamic), Some(is_static)) => !is_static,
            (Some(Address::Dynamic), None) => seen.is_whole && seen.client_ip != self.address_before,
        }
    }
}

/// What is known of the user after a change.
struct Seen {
    bandwidth: Option<u32>,
    user_mail: Option<String>,
    client_ip: Option<String>,
    is_static_ip: Option<bool>,
    /// Whether an absent address means that there is none. The answer of a Modify may just not mention it.
    is_whole: bool,
}

impl Seen {
    fn answered(written: &Written) -> Self {
        Self {
            bandwidth: written.bandwidth,
            user_mail: written.user_mail.clone(),
            client_ip: written.client_ip.clone(),
            is_static_ip: written.is_static_ip,
            is_whole: false,
        }
    }

    fn looked_up(user: &User) -> Self {
        Self {
            bandwidth: Some(user.bandwidth),
            user_mail: Some(user.user_mail.clone()),
            client_ip: user.client_ip.clone(),
            is_static_ip: user.is_static_ip,
            is_whole: true,
        }
    }
}

fn not_followed(account: &Account<'_>, path: Path, request_id: &str) -> Diagnostic {
    let Account { instance, user_name, .. } = account;
    let detail = format!(
        "User {user_name} of {instance}: the service accepted the change (RequestId {request_id}), but {path} is what it was. \
         The state keeps the old value. Run again in a moment; if it stays so, the service cannot change {path} of this \
         account: write the old value, or make a new account with -replace."
    );
    Diagnostic::error(format!("The service did not change {path}"), detail).at(path)
}
