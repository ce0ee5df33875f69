//! The Smartag API (version 2018-03-13) in types: client users of Smart Access Gateway software instances.
//!
//! - [`Smartag`]: the calls. Every write goes through it, so that its user directory never shows what was before.
//! - [`InstanceRef`], [`User`], [`NewUser`], [`UserChange`], [`Written`], [`Lookup`], [`OnlineClient`], [`Instance`],
//!   [`InstanceFilter`]: what they take and give.
//! - `actions`: the operations of the API as a table.
//! - `decode`: reading answers, whose types differ between the sources of the API's documentation.
//! - `paging`: one list over many pages that change while they are read.
//! - `directory`: answers questions for single users out of shared lists.

mod actions;
mod calls;
mod decode;
mod directory;
mod instance;
mod paging;
mod session;
mod user;

pub use actions::INSTANCE_NOT_FOUND;
pub use calls::Smartag;
pub use directory::Lookup;
pub use instance::{Instance, InstanceFilter, InstanceRef};
pub use session::OnlineClient;
pub use user::{Address, NewUser, User, UserChange, Written};

/// The regions whose hosts are published.
pub fn regions() -> impl Iterator<Item = &'static str> {
    actions::PRODUCT.endpoints.iter().map(|(region, _)| *region)
}
