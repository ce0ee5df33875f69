//! How keys are had, once it is clear where from.

use std::future::Future;
use std::pin::Pin;

use super::external::External;
use super::metadata::Metadata;
use super::uri::Uri;
use super::{Credentials, Finding, Oidc, Role, Sts};
use crate::world::World;

/// A way to keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// They are at hand.
    Keys(Credentials),
    /// A token of an identity provider is exchanged for them.
    Oidc(Oidc),
    /// The metadata service of an ECS instance has them.
    Metadata(Metadata),
    /// A URL hands them out.
    Uri(Uri),
    /// A program prints them.
    External(External),
    /// A role is assumed with those of another way.
    Role(Box<Self>, Role),
    /// A way that stands somewhere, which is told when it leads nowhere.
    Of(String, Box<Self>),
}

impl Way {
    /// Goes there.
    pub fn fetch<'a>(
        &'a self,
        world: &'a World,
        sts: &'a Sts,
    ) -> Pin<Box<dyn Future<Output = Finding<Credentials>> + Send + 'a>> {
        Box::pin(async move {
            match self {
                Self::Keys(keys) => Finding::Found(keys.clone()),
                Self::Oidc(oidc) => oidc.fetch(world, sts).await.into(),
                Self::Metadata(metadata) => metadata.fetch(world, sts.web()).await,
                Self::Uri(uri) => uri.fetch(sts.web()).await.into(),
                Self::External(external) => external.run().await.into(),
                Self::Role(base, role) => match base.fetch(world, sts).await {
                    Finding::Found(keys) => sts.assume_role(world, keys, role).await.into(),
                    other => other.demanded(),
                },
                Self::Of(place, way) => match way.fetch(world, sts).await {
                    Finding::NotConfigured(why) => Finding::NotConfigured(format!("{place}: {why}")),
                    Finding::Broken(why) => Finding::Broken(format!("{place}: {why}")),
                    found => found,
                },
            }
        })
    }
}
