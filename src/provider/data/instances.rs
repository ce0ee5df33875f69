//! `smartag_instances`: the software instances of a region.

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::READ;
use super::name_regex::{Wanted, is_regex};
use crate::framework::checks::{no_empty_name, text};
use crate::framework::schema::{computed, optional, optional_computed};
use crate::framework::{Attr, DataSource, Diagnostics};
use crate::model;
use crate::provider::block::{REGION, is_region};
use crate::provider::client::Client;
use crate::provider::{failure, timestamp};
use crate::smartag::{Instance, InstanceFilter};

model! {
    /// The Smart Access Gateway (SAG) software instances of a region: all of them, or those that pass every filter that is
    /// written. Reading takes 2 minutes at the most (less where the provider's `max_retry_timeout` is smaller).
    pub struct Instances {
        /// Region of the instances, such as `cn-shanghai`. Where it is not written, it is the provider's.
        region: Attr<String> = optional_computed().check(text(is_region, REGION)),
        /// Regular expression for the names of the instances. It may match anywhere in a name; begin it with `^` and end it
        /// with `$` to match whole names.
        name_regex: Attr<String> = optional().check(is_regex),
        /// Ids of the instances to look for, such as `sag-abc123`. Those that the region does not have are left out of
        /// `instances`, and an empty list asks nothing. Where it is not written, these are the ids of `instances`, in the
        /// same order.
        ids: Attr<Vec<String>> = optional_computed().check(no_empty_name),
        /// The instances, sorted by id. Empty where there is none.
        instances: Attr<Vec<ListedInstance>> = computed(),
    }
}

model! {
    /// A software instance as the service lists it.
    pub struct ListedInstance {
        /// Id of the instance, which is `sag_id` elsewhere.
        id: Attr<String> = computed(),
        /// Name of the instance. Null where it has none.
        name: Attr<String> = computed(),
        /// State of the instance in the words of the service, such as `Active`. Null where the service does not say.
        status: Attr<String> = computed(),
        /// How many users the instance takes (not how many it has). Null where the service does not say.
        user_count: Attr<u32> = computed(),
        /// When the instance expires, in UTC, as `2006-01-02T15:04:05Z`. Null where the service does not say.
        end_time: Attr<String> = computed(),
        /// Private range from which the clients get their addresses, such as `10.0.0.0/8`. Null where it has none yet.
        cidr_block: Attr<String> = computed(),
    }
}

impl ListedInstance {
    fn of(instance: Instance) -> Self {
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        let end_time = instance.end_time.and_then(|milliseconds| {
            OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)).ok().and_then(timestamp::rfc3339)
        });
        Self {
            id: Attr::Known(instance.id),
            name: text(instance.name).into(),
            status: text(instance.status).into(),
            user_count: instance.user_count.into(),
            end_time: end_time.into(),
            cidr_block: instance.cidr_block.into(),
        }
    }
}

/// The data source `smartag_instances`.
#[derive(Debug)]
pub struct InstancesDataSource;

impl DataSource for InstancesDataSource {
    const NAME: &'static str = "smartag_instances";
    type Model = Instances;
    type Client = Client;

    async fn read(
        &self,
        client: &Client,
        stop: CancellationToken,
        config: Instances,
    ) -> Result<Instances, Diagnostics> {
        client.check_region(&config.region)?;
        let region = client.region_of(&config.region)?;
        let wanted = Wanted::by(&config.name_regex)?;
        let patience = client.patience(&stop, None, READ);

        let ids = config.ids.opt()?;
        let filter = InstanceFilter { ids: ids.cloned().unwrap_or_default() };
        // No ids at all mean every instance to the service.
        let asks_for_none = ids.is_some_and(Vec::is_empty);
        let mut instances = if asks_for_none {
            Vec::new()
        } else {
            let instances = client.smartag()?.instances(&region, &filter, &patience).await;
            instances.map_err(|error| failure::of_list("instances", &region, &error))?
        };
        instances.retain(|instance| wanted.has(&instance.name));

        // What is written must stay as it is written.
        let ids = match ids {
            Some(written) => written.clone(),
            None => instances.iter().map(|instance| instance.id.clone()).collect(),
        };
        Ok(Instances {
            region: Attr::Known(region),
            ids: Attr::Known(ids),
            instances: Attr::Known(instances.into_iter().map(ListedInstance::of).collect()),
            ..config
        })
    }
}
