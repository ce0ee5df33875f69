//! A Terraform host in Rust.
