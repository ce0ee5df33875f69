//! The provider's calls, as Terraform makes them.

mod client_user;
mod destroy;
mod kick_clients;
mod malformed;
mod moved;
mod passwords;
mod schema;
mod stop;
mod unsupported;
