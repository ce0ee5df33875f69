//! Keys in environment variables.

use super::{Finding, Providing, Source, keys};
use crate::secret::Secret;
use crate::world::World;

const NAMES: [&str; 3] =
    ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"];

/// `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, for temporary keys,
/// `ALIBABA_CLOUD_SECURITY_TOKEN`.
#[derive(Clone, Copy, Debug)]
pub struct Environment;

impl Source for Environment {
    fn name(&self) -> String {
        "the environment".to_owned()
    }

    fn provide<'a>(&'a self, world: &'a World) -> Providing<'a> {
        Box::pin(async { finding(world) })
    }
}

fn finding(world: &World) -> Finding {
    let [id, secret, token] = NAMES.map(|name| world.variable(name));
    keys(NAMES, id, secret.map(Secret::new), token.map(Secret::new))
}
