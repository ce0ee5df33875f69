//! The region of an instance, planned the same way for every resource: the provider's default counts when an object is
//! created; from then on what the state says counts, whatever the default becomes.

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

/// Plans the attribute `region` of a resource that lives on the instance `sag_id`. `read` takes the two out of a model.
pub fn plan<M: Model>(
    plan: &mut Plan<M>,
    client: Option<&Client>,
    (region_at, sag_id_at): (At<String>, At<String>),
    read: impl Fn(&M) -> (&Attr<String>, &Attr<String>),
) {
    let sag_id = plan.planned(sag_id_at);
    let (configured, _) = read(&plan.config);
    let configured = configured.clone();
    let prior = plan.prior.as_ref().map(|prior| {
        let (region, sag_id) = read(prior);
        (region.clone(), sag_id.clone())
    });

    if configured.is_null() {
        let kept = match &prior {
            Some((region, _)) => region.known().cloned(),
            None => plan
                .private
                .get::<Place>(PLACE)
                .filter(|place| sag_id.known() == Some(&place.sag_id))
                .map(|place| place.region),
        };
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
    if let Some(sag_id) = sag_id_before.known() {
        plan.private.set(PLACE, Place { sag_id: sag_id.clone(), region: before });
    }
}
