//! What a configured provider gives to its resources.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::block::ProviderBlock;
use super::duration;
use super::when_in_use::WhenInUse;
use crate::alibaba::{Kms, Patience};
use crate::framework::{Attr, Context, Diagnostic, Diagnostics, Model};
use crate::smartag::{InstanceRef, Smartag, regions};
use crate::world::World;

/// The APIs, and the settings that resources look at.
pub struct Client {
    apis: Result<Apis, Vec<&'static str>>,
    settings: ClientSettings,
    world: World,
    missing_instances: Mutex<HashSet<InstanceRef>>,
    places: Mutex<HashMap<String, String>>,
}

/// The APIs that are called.
pub struct Apis {
    /// Client users and their instances.
    pub smartag: Smartag,
    /// Decrypts passwords.
    pub kms: Kms,
}

/// The arguments of the provider block that resources look at.
pub struct ClientSettings {
    /// Region of the instances where a resource names none.
    pub region: Attr<String>,
    /// Where it was found, if not in the provider block.
    pub region_place: Option<String>,
    /// Whether a region may be another than the published ones.
    pub takes_any_region: bool,
    /// Longest time that one operation may take.
    pub max_retry_timeout: Option<Duration>,
    /// What destroying does with an account in use, where the resource does not say.
    pub when_in_use: WhenInUse,
}

impl Client {
    /// `apis` is the names of the arguments that are not known yet where there are none.
    pub fn new(apis: Result<Apis, Vec<&'static str>>, settings: ClientSettings, world: World) -> Self {
        Self { apis, settings, world, missing_instances: Mutex::default(), places: Mutex::default() }
    }

    /// The API.
    ///
    /// # Errors
    /// When an argument of the provider block that a call needs is not known yet.
    pub fn smartag(&self) -> Result<&Smartag, Diagnostics> {
        self.apis().map(|apis| &apis.smartag)
    }

    /// The API that decrypts passwords.
    ///
    /// # Errors
    /// As [`Client::smartag`].
    pub fn kms(&self) -> Result<&Kms, Diagnostics> {
        self.apis().map(|apis| &apis.kms)
    }

    fn apis(&self) -> Result<&Apis, Diagnostics> {
        self.apis.as_ref().map_err(|unknown| not_known_yet(unknown))
    }

    /// The region of the provider block or of the environment.
    pub fn region(&self) -> &Attr<String> {
        &self.settings.region
    }

    /// What destroying does with an account in use, where the resource does not say.
    pub fn when_in_use(&self) -> WhenInUse {
        self.settings.when_in_use
    }

    /// The instance that a resource means.
    ///
    /// # Errors
    /// When there is no region, or one is not known that must be.
    pub fn instance(&self, region: &Attr<String>, sag_id: &Attr<String>) -> Result<InstanceRef, Diagnostics> {
        Ok(InstanceRef { region: self.region_of(region)?, sag_id: sag_id.get()?.clone() })
    }

    /// The region that a resource means: its own, or else the provider's.
    ///
    /// # Errors
    /// When there is none, or one is not known that must be.
    pub fn region_of(&self, region: &Attr<String>) -> Result<String, Diagnostics> {
        let region = match (region, &self.settings.region) {
            (Attr::Null, Attr::Unknown) => return Err(not_known_yet(&["region"])),
            (Attr::Null, region) => region.opt()?,
            (region, _) => region.opt()?,
        };
        Ok(region.ok_or_else(no_region)?.clone())
    }

    /// Whether the service is known to be in the region that a resource means, unless the user said that another one is
    /// meant. For what is new here: what is in a state was somewhere once, and can be read and destroyed there.
    ///
    /// # Errors
    /// When it is not, with the regions in which it is.
    pub fn check_region(&self, region: &Attr<String>) -> Result<(), Diagnostic> {
        let ClientSettings { region: default, region_place, takes_any_region, .. } = &self.settings;
        match (region, default) {
            _ if *takes_any_region => Ok(()),
            (Attr::Known(region), _) => check_published(region),
            (Attr::Null, Attr::Known(region)) => check_published(region).map_err(|unknown| match region_place {
                Some(place) => Diagnostic { detail: format!("{} It is what {place} says.", unknown.detail), ..unknown },
                None => unknown,
            }),
            _ => Ok(()),
        }
    }

    /// How long an operation may take: what the resource's timeout says, or `default`, but no longer than the
    /// provider's `max_retry_timeout`.
    pub fn patience(&self, stop: &CancellationToken, timeout: Option<&String>, default: Duration) -> Patience {
        let limit = timeout.and_then(|text| duration::parse(text)).unwrap_or(default);
        let limit = self.settings.max_retry_timeout.map_or(limit, |longest| longest.min(limit));
        Patience::lasting(limit, stop.clone())
    }

    /// Notes where an object is or was, for planning its replacement in this process. See `region`.
    pub fn remember_place(&self, key: &str, region: &str) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), region.to_owned());
    }

    /// The region that was noted for a key.
    pub fn remembered_place(&self, key: &str) -> Option<String> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Warns, once for each instance, that its users are taken for gone because the instance is.
    pub fn warn_of_missing_instance<M: Model>(&self, context: &Context<M>, instance: &InstanceRef) {
        let mut told = self.missing_instances.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.insert(instance.clone()) {
            return;
        }
        let endpoint = self.apis.as_ref().ok().and_then(|apis| apis.smartag.endpoint(&instance.region).ok());
        let detail = format!(
            "{} says that there is no instance {}, so all its users are taken for gone. If the instance should be there, do \
             not apply: check the region, and that the access key belongs to the account that owns the instance.",
            endpoint.as_deref().unwrap_or("The service"),
            instance
        );
        context.warn(Diagnostic::warning(format!("Instance {} does not exist", instance.sag_id), detail));
    }

    /// Clock and dice.
    pub fn world(&self) -> &World {
        &self.world
    }
}

/// Whether the service is known to be in a region.
///
/// # Errors
/// When it is not, with the regions in which it is.
pub fn check_published(region: &str) -> Result<(), Diagnostic> {
    if regions().any(|known| known == region) {
        return Ok(());
    }
    let advice = match regions().find(|known| known.eq_ignore_ascii_case(region.trim())) {
        Some(known) => format!("Write it as {known}."),
        None => format!("If it has come to {region} since, write skip_region_validation = true in the provider block."),
    };
    let detail = format!(
        "Smart Access Gateway is not known to be offered in {region}. It is in these regions: {}. {advice}",
        regions().collect::<Vec<_>>().join(", ")
    );
    Err(Diagnostic::error("Unknown region", detail))
}

/// Told when the API must be called and these arguments of the provider block are not known.
fn not_known_yet(unknown: &[&str]) -> Diagnostics {
    let detail = format!(
        "The provider block has values that are only known after apply: {}. The API must be called now, so give them \
         values that are known while planning, or apply what they depend on first with -target.",
        unknown.join(", ")
    );
    Diagnostic::error("The provider block is not known yet", detail).into()
}

/// Told when neither a resource nor the provider nor the environment names a region.
pub fn no_region() -> Diagnostic {
    let detail = "Write the region of the instance as region = \"cn-shanghai\" (for example) in the resource or in the \
                  provider block, or set the environment variable ALIBABA_CLOUD_REGION. None of them is set.";
    Diagnostic::error("No region", detail).at(ProviderBlock::region())
}
