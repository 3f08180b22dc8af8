//! The API over real HTTP, on both engines.

mod authentication;
mod bad_input;
mod edge;
mod managed_users;
mod matrix;
mod me;
mod oauth_clients;
mod permissions;
mod races;
mod tokens;
