//! The provider's calls, as Terraform makes them.

mod client_user;
mod malformed;
mod schema;
mod unsupported;
