//! The provider's calls, as Terraform makes them.

mod client_user;
mod client_users;
mod configure;
mod destroy;
mod functions;
mod instances;
mod kick_clients;
mod malformed;
mod moved;
mod online_clients;
mod passwords;
mod schema;
mod stop;
mod unsupported;
