//! Keys in environment variables.

use super::{Finding, Source, Way, keys};
use crate::secret::Secret;
use crate::world::World;

/// The names of id, secret and token: the documented ones, and two older sets that other tools of Alibaba Cloud read. Each
/// set is taken whole, so that a token that was left over in one never meets the keys of another.
pub(super) const FAMILIES: [[&str; 3]; 3] = [
    ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"],
    ["ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"],
    ["ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"],
];

/// `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, for temporary keys,
/// `ALIBABA_CLOUD_SECURITY_TOKEN`; or the same under older names.
#[derive(Clone, Copy, Debug)]
pub struct Environment;

impl Source for Environment {
    fn name(&self) -> String {
        "the environment".to_owned()
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let set = |names: &&[&str; 3]| names.iter().any(|name| world.variable(name).is_some());
        let names = *FAMILIES.iter().find(set).unwrap_or(&FAMILIES[0]);
        let [id, secret, token] = names.map(|name| world.variable(name));
        keys(names, id, secret.map(Secret::new), token.map(Secret::new))
    }
}
