//! The product: the provider block and what can be managed with it, one file per thing.
//!
//! A new resource is a file here and a line in [`SmartagProvider::resources`]; data sources and functions have a list of
//! their own each.

mod block;
mod client;
mod client_user;
mod configure;
mod data;
mod duration;
mod failure;
mod functions;
mod identity;
mod kick_clients;
mod region;
mod timestamp;
mod when_in_use;

use crate::framework::{AnyDataSource, AnyResource, Diagnostics, Function, Host, Provider};
use crate::world::World;

pub use block::ProviderBlock;
pub use client::Client;
pub use client_user::ClientUserResource;
pub use data::{ClientUserDataSource, ClientUsersDataSource, InstancesDataSource, OnlineClientsDataSource};
pub use functions::{ClientUserId, ParseClientUserId};
pub use kick_clients::KickClientsResource;

/// The provider `smartag`.
#[derive(Debug)]
pub struct SmartagProvider {
    world: World,
}

impl SmartagProvider {
    /// The provider in the given world.
    pub fn new(world: World) -> Self {
        Self { world }
    }
}

impl Provider for SmartagProvider {
    type Config = ProviderBlock;
    type Client = Client;

    fn validate(config: &ProviderBlock) -> Diagnostics {
        block::validate(config)
    }

    fn configure(&self, config: ProviderBlock, host: &Host) -> Result<Client, Diagnostics> {
        configure::client(config, host, &self.world)
    }

    fn warnings(&self) -> Diagnostics {
        configure::warnings(&self.world)
    }

    fn resources(&self) -> Vec<Box<dyn AnyResource<Client>>> {
        vec![Box::new(ClientUserResource), Box::new(KickClientsResource)]
    }

    fn data_sources(&self) -> Vec<Box<dyn AnyDataSource<Client>>> {
        vec![
            Box::new(ClientUserDataSource),
            Box::new(ClientUsersDataSource),
            Box::new(OnlineClientsDataSource),
            Box::new(InstancesDataSource),
        ]
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        vec![Box::new(ClientUserId), Box::new(ParseClientUserId)]
    }
}
