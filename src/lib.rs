//! The map of the house. Arrows point down only: nothing below knows anything above.
//!
//! - [`plugin`]: being a plugin process.
//! - [`tfplugin6`]: gRPC to framework.
//! - [`framework`]: what an author of a resource writes against.
//! - [`value`]: values of Terraform's type system and their codecs.
//! - [`provider`]: the product.
//! - [`smartag`]: the Smartag API in types.
//! - [`alibaba`]: any Alibaba Cloud RPC product.
//! - [`secret`], [`world`] and [`panics`]: leaves that all may use.

pub mod alibaba;
pub mod framework;
pub mod panics;
pub mod plugin;
pub mod provider;
pub mod secret;
pub mod smartag;
pub mod tfplugin6;
pub mod value;
pub mod world;
