//! `smartag_kick_clients`: ends the sessions of users when it is created, and when users are added to it.
//!
//! This file has the table and the kicks; `wait` waits until the sessions are gone.

mod wait;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use self::wait::{Sessions, Waited, until_offline};
use super::block::{REGION, is_region};
use super::client::Client;
use super::{duration, failure, region, timestamp};
use crate::alibaba::Error;
use crate::framework::checks::{some_names, text};
use crate::framework::schema::{block, computed, optional, optional_computed, required};
use crate::framework::{Attr, Context, Diagnostic, Diagnostics, Plan, Resource};
use crate::model;
use crate::smartag::InstanceRef;

/// How long kicking may take where `timeouts` says nothing.
const KICK: Duration = Duration::from_secs(5 * 60);

/// Kicks under way at the same time.
const AT_ONCE: usize = 8;

model! {
    /// Ends the sessions of client users: of all named ones when it is created (or created anew because `triggers`
    /// changed), and of those that are added to it later. Users may dial in again unless they are disabled. Reading and
    /// destroying it call nothing, and it cannot be imported.
    pub struct KickClients {
        /// Random id.
        id: Attr<String> = computed(),
        /// Software instance of the users, such as `sag-abc123`. Changing it kicks the users anew.
        sag_id: Attr<String> = required().replace(),
        /// Region of the instance, such as `cn-shanghai`. Where it is not written, the provider's region counts when this is
        /// created, and it stays whatever the provider's becomes. Changing it together with `sag_id` kicks the users anew;
        /// changing it alone is an error, as an instance lives in one region.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Names of the users whose sessions are ended; at least one. Adding a name kicks that user only; removing one
        /// calls nothing. A user who is not online counts as kicked.
        user_names: Attr<BTreeSet<String>> = required().check(some_names),
        /// Any values. Changing one of them kicks all users again, by making a new object.
        triggers: Attr<BTreeMap<String, Attr<String>>> = optional().replace(),
        /// Whether to wait until the sessions that are there are gone, for as long as `timeouts` says. A client that dials
        /// in again meanwhile is only warned of. Defaults to `false`.
        wait_until_offline: Attr<bool> = optional(),
        /// When users were kicked last, in UTC, as `2006-01-02T15:04:05Z`.
        kicked_at: Attr<String> = computed(),
        /// RequestId of the last kick of each user, by user name.
        request_ids: Attr<BTreeMap<String, Attr<String>>> = computed(),
        /// How long operations may take.
        timeouts: Attr<KickTimeouts> = block(),
    }
}

model! {
    /// How long operations may take, as `30s`, `5m` or `1h30m`. The provider's `max_retry_timeout` counts where it is
    /// smaller.
    pub struct KickTimeouts {
        /// Longest time for kicking the users when it is created, and for waiting. Defaults to `5m`.
        create: Attr<String> = optional().check(duration::is_duration),
        /// Longest time for kicking the users that are added, and for waiting. Defaults to `5m`.
        update: Attr<String> = optional().check(duration::is_duration),
    }
}

/// The resource `smartag_kick_clients`.
#[derive(Debug)]
pub struct KickClientsResource;

impl Resource for KickClientsResource {
    const NAME: &'static str = "smartag_kick_clients";
    type Model = KickClients;
    type Client = Client;

    fn validate(_: &KickClients) -> Diagnostics {
        Diagnostics::new()
    }

    fn plan(&self, client: Option<&Client>, plan: &mut Plan<KickClients>) {
        let places = (KickClients::region(), KickClients::sag_id());
        let sag_id = plan.planned(KickClients::sag_id());
        let keys: Vec<String> =
            sag_id.known().map(|sag_id| region::removed_from(Self::NAME, sag_id)).into_iter().collect();
        region::plan(plan, client, places, &keys, |kick| (&kick.region, &kick.sag_id));
        plan_outcome(plan);
    }

    async fn create(
        &self,
        client: &Client,
        context: &Context<KickClients>,
        planned: KickClients,
        _: KickClients,
    ) -> Result<KickClients, Diagnostics> {
        let names = planned.user_names.get()?.clone();
        let timeout = planned.timeouts.known().and_then(|timeouts| timeouts.create.known());
        let round = kick(client, context, &planned, &names, timeout).await?;

        let state = KickClients {
            id: Attr::Known(client.world().uuid()),
            region: Attr::Known(round.instance.region.clone()),
            user_names: Attr::Known(round.kicked.keys().cloned().collect()),
            kicked_at: Attr::Known(now(client)),
            request_ids: Attr::Known(round.kicked.clone()),
            ..planned
        };
        if round.is_complete() {
            return Ok(state);
        }
        let outlook = if round.kicked.is_empty() {
            "Nobody was kicked, and nothing is kept in the state."
        } else {
            context.checkpoint(state);
            "Terraform replaces what could not be created whole, so the next apply kicks all users again."
        };
        Err(round.failed(outlook))
    }

    async fn read(
        &self,
        _: &Client,
        _: &Context<KickClients>,
        state: KickClients,
    ) -> Result<Option<KickClients>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(
        &self,
        client: &Client,
        context: &Context<KickClients>,
        prior: KickClients,
        planned: KickClients,
        _: KickClients,
    ) -> Result<KickClients, Diagnostics> {
        let names = planned.user_names.get()?;
        let kept: BTreeSet<String> = names.intersection(prior.user_names.get()?).cloned().collect();
        let added: BTreeSet<String> = names.difference(&kept).cloned().collect();
        let request_ids = known_names(prior.request_ids.opt()?, &kept);
        if added.is_empty() {
            return Ok(KickClients { request_ids: Attr::Known(request_ids), ..planned });
        }

        let timeout = planned.timeouts.known().and_then(|timeouts| timeouts.update.known());
        let round = kick(client, context, &planned, &added, timeout).await?;
        let anybody = !round.kicked.is_empty();
        let state = KickClients {
            user_names: Attr::Known(kept.into_iter().chain(round.kicked.keys().cloned()).collect()),
            kicked_at: if anybody { Attr::Known(now(client)) } else { prior.kicked_at },
            request_ids: Attr::Known(request_ids.into_iter().chain(round.kicked.clone()).collect()),
            ..planned
        };
        if round.is_complete() {
            return Ok(state);
        }
        context.checkpoint(state);
        let outlook = if round.failures.is_empty() {
            "They are kept in the state as kicked; change triggers to kick them again."
        } else {
            "Those who were kicked are kept in the state; the next apply tries the others again."
        };
        Err(round.failed(outlook))
    }

    async fn delete(&self, client: &Client, _: &Context<KickClients>, state: KickClients) -> Result<(), Diagnostics> {
        region::seen(client, &region::removed_from(Self::NAME, state.sag_id.get()?), &state.region);
        Ok(())
    }

    fn import(&self, _: &str) -> Result<KickClients, Diagnostics> {
        let detail = "A kick is something that was done, not something that exists, so there is nothing to import. Write the \
                      resource and apply it: that kicks the users.";
        Err(Diagnostic::error("smartag_kick_clients cannot be imported", detail).into())
    }
}

/// On an update, time and request ids are news only if somebody is added.
fn plan_outcome(plan: &mut Plan<KickClients>) {
    let Some(prior) = &plan.prior else { return };
    let (before, request_ids) = (prior.user_names.clone(), prior.request_ids.clone());
    match (plan.planned(KickClients::user_names()), before.known()) {
        (Attr::Known(names), Some(before)) if names.is_subset(before) => {
            let request_ids = request_ids.known().map(|ids| known_names(Some(ids), &names));
            plan.set(KickClients::request_ids(), request_ids.into());
        }
        _ => {
            plan.set(KickClients::kicked_at(), Attr::Unknown);
            plan.set(KickClients::request_ids(), Attr::Unknown);
        }
    }
}

type RequestIds = BTreeMap<String, Attr<String>>;

fn known_names(request_ids: Option<&RequestIds>, names: &BTreeSet<String>) -> RequestIds {
    let request_ids = request_ids.into_iter().flatten();
    request_ids.filter(|(name, _)| names.contains(*name)).map(|(name, id)| (name.clone(), id.clone())).collect()
}

/// What became of kicking several users.
struct Round {
    instance: InstanceRef,
    kicked: RequestIds,
    failures: BTreeMap<String, Error>,
    /// Told when all were kicked, and not all went.
    still_online: Option<Diagnostic>,
}

impl Round {
    fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.still_online.is_none()
    }

    fn failed(self, outlook: &str) -> Diagnostics {
        if let Some(mut told) = self.still_online {
            told.detail = format!("{}\n\n{outlook}", told.detail);
            return told.into();
        }
        let total = self.kicked.len() + self.failures.len();
        let lines: Vec<String> =
            self.failures.iter().map(|(name, error)| format!("  - {name}: {}", failure::explained(error))).collect();
        let summary = format!("Could not kick {} of {total} client users", self.failures.len());
        let detail = format!("On {}:\n{}\n\n{outlook}", self.instance, lines.join("\n"));
        Diagnostic::error(summary, detail).into()
    }
}

/// Kicks every one of `names`, whatever happens to the others.
async fn kick(
    client: &Client,
    context: &Context<KickClients>,
    planned: &KickClients,
    names: &BTreeSet<String>,
    timeout: Option<&String>,
) -> Result<Round, Diagnostics> {
    let instance = client.instance(&planned.region, &planned.sag_id)?;
    let patience = client.patience(context.stop(), timeout, KICK);
    let smartag = client.smartag()?;
    let waits = planned.wait_until_offline == Attr::Known(true);
    let before =
        if waits { Sessions::of(smartag, &instance, names.iter(), &patience).await } else { Ok(Sessions::default()) };
    let before = before.map_err(|error| looking_failed(&instance, "Nobody was kicked.", &error))?;
    let outcomes: Vec<_> = stream::iter(names.clone())
        .map(|name| {
            let (instance, patience) = (&instance, &patience);
            async move {
                let outcome = smartag.kick_out(instance, &name, patience).await;
                (name, outcome)
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut round =
        Round { instance: instance.clone(), kicked: BTreeMap::new(), failures: BTreeMap::new(), still_online: None };
    for (name, outcome) in outcomes {
        match outcome {
            Ok(request_id) => drop(round.kicked.insert(name, Attr::Known(request_id))),
            Err(error) => drop(round.failures.insert(name, error)),
        }
    }
    if waits && round.failures.is_empty() {
        match until_offline(smartag, &instance, &before, &patience).await {
            Ok(Waited::Offline { again }) if again.is_empty() => {}
            Ok(Waited::Offline { again }) => context.warn(dialled_in_again(&instance, &again)),
            Ok(Waited::TimeUp { online }) => round.still_online = Some(still_online(&instance, &online)),
            Err(error) => round.still_online = Some(looking_failed(&instance, "The users were kicked.", &error)),
        }
    }
    Ok(round)
}

fn looking_failed(instance: &InstanceRef, so_far: &str, error: &Error) -> Diagnostic {
    let detail = format!(
        "On {instance}: {}\n\n{so_far} Without wait_until_offline this is not asked.",
        failure::explained(error)
    );
    Diagnostic::error("Could not see who is online", detail)
}

fn still_online(instance: &InstanceRef, names: &BTreeSet<String>) -> Diagnostic {
    let detail = format!(
        "On {instance} these users were kicked, and still had the sessions from before when the time was up: {}. Allow more \
         time in timeouts if their clients are slow to go.",
        listed(names)
    );
    Diagnostic::error("Users are still online", detail).at(KickClients::wait_until_offline())
}

fn dialled_in_again(instance: &InstanceRef, names: &BTreeSet<String>) -> Diagnostic {
    let detail = format!(
        "On {instance} these users were kicked and have dialled in again since: {}. To keep somebody out, disable the account \
         (enabled = false) before.",
        listed(names)
    );
    Diagnostic::warning("Users have dialled in again", detail)
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn now(client: &Client) -> String {
    timestamp::rfc3339(client.world().now()).expect("the years of this clock have four digits")
}
