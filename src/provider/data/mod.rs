//! The data sources: what is there, whoever made it. A file each, and `name_regex`, the filter that some share.

mod client_user;
mod client_users;
mod instances;
mod name_regex;
mod online_clients;

use std::time::Duration;

pub use client_user::ClientUserDataSource;
pub use client_users::ClientUsersDataSource;
pub use instances::InstancesDataSource;
pub use online_clients::OnlineClientsDataSource;

/// How long reading may take.
const READ: Duration = Duration::from_secs(2 * 60);
