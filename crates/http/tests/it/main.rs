//! The API over real HTTP, on both engines.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod authentication;
mod bad_input;
mod contract;
mod edge;
mod managed_users;
mod matrix;
mod me;
mod oauth_clients;
mod permissions;
mod races;
mod rate_limits;
mod tokens;
