//! A provider that panics when it is told to, for tests: in the middle of its work, and outside of any call.
//!
//! It stands on the same rooms as the real one, so what becomes of its panics is what would become of a defect there.

use std::process::ExitCode;
use std::thread;

use terraform_provider_smartag::framework::schema::{computed, optional, required};
use terraform_provider_smartag::framework::{
    AnyResource, Attr, Context, Diagnostic, Diagnostics, Host, Plan, Provider, Resource,
};
use terraform_provider_smartag::model;
use terraform_provider_smartag::plugin::{Identity, Mode, serve};
use terraform_provider_smartag::secret::Secret;
use terraform_provider_smartag::tfplugin6;
use terraform_provider_smartag::world::World;

const IDENTITY: Identity = Identity {
    name: "panicking",
    address: "registry.terraform.io/smartag/panicking",
    aliases: &[],
    version: "0.0.0",
    protocol: 6,
};

model! {
    /// A thing whose `when` says when the provider panics.
    struct Thing {
        /// What is there, once it is.
        id: Attr<String> = computed(),
        /// `never`, `after create`, `in read`, `in a thread` or `in a thread, and it fails`.
        when: Attr<String> = required(),
        /// What no panic may tell.
        password: Attr<Secret> = optional().sensitive(),
    }
}

model! {
    /// A provider that panics.
    struct Settings {
        /// Says nothing.
        note: Attr<String> = optional(),
    }
}

struct Panicking;

struct ThingResource;

impl Resource for ThingResource {
    const NAME: &'static str = "panicking_thing";
    type Model = Thing;
    type Client = ();

    fn validate(_: &Thing) -> Diagnostics {
        Diagnostics::new()
    }

    fn plan(&self, _: Option<&()>, plan: &mut Plan<Thing>) {
        if plan.creates() {
            plan.set(Thing::id(), Attr::Unknown);
        }
    }

    async fn create(&self, (): &(), context: &Context<Thing>, planned: Thing, _: Thing) -> Result<Thing, Diagnostics> {
        let made = Thing { id: Attr::Known("made".to_owned()), ..planned };
        context.checkpoint(made.clone());
        tokio::task::yield_now().await;
        match made.when.get()?.as_str() {
            "after create" => panic!("the forge went cold over {made:?}"),
            "in a thread" => {
                panic_elsewhere(made.clone());
                Ok(made)
            }
            "in a thread, and it fails" => {
                panic_elsewhere(made);
                Err(Diagnostic::error("The thread is gone", "And so nothing came of it.").into())
            }
            _ => Ok(made),
        }
    }

    async fn read(&self, (): &(), _: &Context<Thing>, state: Thing) -> Result<Option<Thing>, Diagnostics> {
        assert_ne!(state.when.get()?, "in read", "the glass is broken");
        Ok(Some(state))
    }

    async fn update(
        &self,
        (): &(),
        _: &Context<Thing>,
        _: Thing,
        planned: Thing,
        _: Thing,
    ) -> Result<Thing, Diagnostics> {
        Ok(planned)
    }

    async fn delete(&self, (): &(), _: &Context<Thing>, _: Thing) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn import(&self, _: &str) -> Result<Thing, Diagnostics> {
        Ok(Thing::default())
    }
}

/// Panics where no call's guard is, and waits until that is over.
fn panic_elsewhere(thing: Thing) {
    let ended = thread::spawn(move || panic!("a thread fell over {thing:?}")).join();
    assert!(ended.is_err(), "it panicked");
}

impl Provider for Panicking {
    type Config = Settings;
    type Client = ();

    fn validate(_: &Settings) -> Diagnostics {
        Diagnostics::new()
    }

    fn configure(&self, _: Settings, _: &Host) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn resources(&self) -> Vec<Box<dyn AnyResource<()>>> {
        vec![Box::new(ThingResource)]
    }
}

fn main() -> ExitCode {
    let world = World::of_process();
    let provided = world.clone();
    serve(&IDENTITY, Mode::Host, &world, move || tfplugin6::service(Panicking, provided.clone()))
}
