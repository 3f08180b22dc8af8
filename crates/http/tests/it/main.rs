//! The API over real HTTP, on both engines.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod agreement;
mod api_keys;
mod authentication;
mod bad_input;
mod bookings;
mod busy_times;
mod contract;
mod customers;
mod docs;
mod edge;
mod event_type_webhooks;
mod event_types;
mod event_types_legacy;
mod fuzz;
mod generated;
mod idempotency;
mod managed_users;
mod matrix;
mod me;
mod metrics;
mod oauth2;
mod oauth_clients;
mod out_of_office;
mod permissions;
mod private_links;
mod provider;
mod races;
mod rate_limits;
mod readiness;
mod schedules;
mod sessions;
mod slots;
mod time_zones;
mod tokens;
mod webhooks;
