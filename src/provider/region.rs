//! The region of an instance, planned the same way for every resource: the provider's default counts when an object is
//! created; from then on what the state says counts, whatever the default becomes.
//!
//! A replacement is planned without prior state, twice: while planning, and again while applying. Where the object was is
//! remembered in private state for the first, and in the process for the second, which also removed the old object. Only
//! with `create_before_destroy`, on hosts that do not send private state back (Terraform before 1.16), nothing remembers;
//! so planning warns.

use serde::{Deserialize, Serialize};

use super::client::{Client, no_region};
use crate::framework::{At, Attr, Diagnostic, Model, Plan};

/// Key of private state under which the place of an object is kept. A replacement is planned without prior state, and
/// this is how it still knows.
const PLACE: &str = "place";

#[derive(Serialize, Deserialize)]
struct Place {
    sag_id: String,
    region: String,
}

/// Notes in the process where an object is or was, under a key that its replacement will know.
pub fn seen(client: &Client, key: &str, region: &Attr<String>) {
    if let Some(region) = region.known() {
        client.remember_place(key, region);
    }
}

/// Where the object was that is planned anew, if it is a replacement.
fn remembered<M: Model>(
    plan: &Plan<M>,
    client: Option<&Client>,
    sag_id: &Attr<String>,
    keys: &[String],
) -> Option<String> {
    let sag_id = sag_id.known()?;
    let kept = plan.private.get::<Place>(PLACE).filter(|place| place.sag_id == *sag_id).map(|place| place.region);
    kept.or_else(|| keys.iter().find_map(|key| client?.remembered_place(key)))
}

/// The key of whatever object of this type was removed from an instance: its replacement may have another name.
pub fn removed_from(resource: &str, sag_id: &str) -> String {
    format!("{resource} {sag_id}")
}

/// Plans the attribute `region` of a resource that lives on the instance `sag_id`. `keys` are those under which
/// [`seen`] may have noted what it replaces; `read` takes the two attributes out of a model.
pub fn plan<M: Model>(
    plan: &mut Plan<M>,
    client: Option<&Client>,
    (region_at, sag_id_at): (At<String>, At<String>),
    keys: &[String],
    read: impl Fn(&M) -> (&Attr<String>, &Attr<String>),
) {
    let sag_id = plan.planned(sag_id_at);
    let (configured, _) = read(&plan.config);
    let configured = configured.clone();
    let prior = plan.prior.as_ref().map(|prior| {
        let (region, sag_id) = read(prior);
        (region.clone(), sag_id.clone())
    });

    if let (Attr::Known(_), Some(client)) = (&configured, client)
        && let Err(unknown) = client.check_region(&configured)
    {
        plan.tell(unknown.at(region_at));
    }
    if configured.is_null() {
        let kept = match &prior {
            Some((region, _)) => region.known().cloned(),
            None => remembered(plan, client, &sag_id, keys),
        };
        if let (None, Some(client)) = (&kept, client)
            && let Err(unknown) = client.check_region(&Attr::Null)
        {
            plan.tell(unknown);
        }
        match kept.map_or_else(|| client.map_or(Attr::Unknown, |client| client.region().clone()), Attr::Known) {
            Attr::Null => plan.tell(Diagnostic { path: Some(region_at.into()), ..no_region() }),
            region => plan.set(region_at, region),
        }
    }

    let Some((Attr::Known(before), sag_id_before)) = prior else { return };
    let planned = plan.planned(region_at);
    let same_instance = sag_id == sag_id_before;
    match planned.known() {
        Some(region) if *region != before && same_instance => {
            let detail = format!(
                "region changes from {before:?} to {region:?}, but sag_id stays the same. An instance lives in one region: \
                 write {before:?} (or leave region out), or change sag_id as well."
            );
            plan.tell(Diagnostic::error("The region of an instance cannot change", detail).at(region_at));
        }
        Some(region) if *region != before => plan.replace(region_at),
        _ => {}
    }
    let default = client.and_then(|client| client.region().known());
    if configured.is_null() && same_instance && default.is_some_and(|default| *default != before) && plan.replaces() {
        let detail = format!(
            "It stays in {before:?}, where it is, although the provider's region is {:?} by now. If create_before_destroy is \
             set, write region = {before:?}: Terraform before 1.16 cannot replace it otherwise.",
            default.map_or("", String::as_str)
        );
        plan.tell(Diagnostic::warning("The replacement stays in its region", detail).at(region_at));
    }
    if let Some(sag_id) = sag_id_before.known() {
        plan.private.set(PLACE, Place { sag_id: sag_id.clone(), region: before });
    }
}
