//! The provider's calls, as Terraform makes them.

mod client_user;
mod client_users;
mod functions;
mod instances;
mod malformed;
mod online_clients;
mod schema;
mod unsupported;
