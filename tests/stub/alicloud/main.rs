//! Stands in for the alicloud provider where accounts move over from it: keeps in state what it is told, and calls nothing.
//!
//! The attributes and what is stored for those that are not written are those of `alicloud_sag_client_user`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use terraform_provider_smartag::framework::schema::{computed, optional, optional_computed, required};
use terraform_provider_smartag::framework::{AnyResource, Attr, Context, Diagnostics, Host, Plan, Provider, Resource};
use terraform_provider_smartag::model;
use terraform_provider_smartag::plugin::{Identity, Mode, serve};
use terraform_provider_smartag::tfplugin6;
use terraform_provider_smartag::world::World;

const IDENTITY: Identity = Identity {
    name: "alicloud",
    address: "registry.terraform.io/aliyun/alicloud",
    aliases: &[],
    version: "1.0.0",
    protocol: 6,
};

model! {
    /// An account as alicloud keeps it.
    struct SagClientUser {
        /// `sag_id:user_name`.
        id: Attr<String> = computed(),
        /// Instance.
        sag_id: Attr<String> = required().replace(),
        /// Kbit/s.
        bandwidth: Attr<u32> = required(),
        /// Mail address.
        user_mail: Attr<String> = required().replace(),
        /// Static address.
        client_ip: Attr<String> = optional().replace(),
        /// Name.
        user_name: Attr<String> = optional_computed().replace(),
        /// Password, in clear.
        password: Attr<String> = optional_computed().replace(),
        /// Cipher text.
        kms_encrypted_password: Attr<String> = optional(),
        /// Context of the cipher text.
        kms_encryption_context: Attr<BTreeMap<String, Attr<String>>> = optional(),
    }
}

model! {
    /// The provider block.
    struct Settings {
        /// Region.
        region: Attr<String> = optional(),
    }
}

struct Alicloud;

struct SagClientUserResource;

impl Resource for SagClientUserResource {
    const NAME: &'static str = "alicloud_sag_client_user";
    type Model = SagClientUser;
    type Client = ();

    fn validate(_: &SagClientUser) -> Diagnostics {
        Diagnostics::new()
    }

    fn plan(&self, _: Option<&()>, _: &mut Plan<SagClientUser>) {}

    async fn create(
        &self,
        (): &(),
        _: &Context<SagClientUser>,
        planned: SagClientUser,
        _: SagClientUser,
    ) -> Result<SagClientUser, Diagnostics> {
        let user_name = planned.user_name.known().unwrap_or(planned.user_mail.get()?).clone();
        let password = planned.password.known().cloned().unwrap_or_default();
        Ok(SagClientUser {
            id: Attr::Known(format!("{}:{user_name}", planned.sag_id.get()?)),
            user_name: Attr::Known(user_name),
            password: Attr::Known(password),
            ..planned
        })
    }

    async fn read(
        &self,
        (): &(),
        _: &Context<SagClientUser>,
        state: SagClientUser,
    ) -> Result<Option<SagClientUser>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(
        &self,
        (): &(),
        _: &Context<SagClientUser>,
        _: SagClientUser,
        planned: SagClientUser,
        _: SagClientUser,
    ) -> Result<SagClientUser, Diagnostics> {
        Ok(planned)
    }

    async fn delete(&self, (): &(), _: &Context<SagClientUser>, _: SagClientUser) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn import(&self, _: &str) -> Result<SagClientUser, Diagnostics> {
        Ok(SagClientUser::default())
    }
}

impl Provider for Alicloud {
    type Config = Settings;
    type Client = ();

    fn validate(_: &Settings) -> Diagnostics {
        Diagnostics::new()
    }

    fn configure(&self, _: Settings, _: &Host) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn resources(&self) -> Vec<Box<dyn AnyResource<()>>> {
        vec![Box::new(SagClientUserResource)]
    }
}

fn main() -> ExitCode {
    let world = World::of_process();
    serve(&IDENTITY, Mode::Host, &world.clone(), move || tfplugin6::service(Alicloud, world.clone()))
}
