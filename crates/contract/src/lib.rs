//! The API's wire types: shapes, serde and validation, one module per resource.
//!
//! Nothing else is in here: no I/O, no storage, no decisions. A body is read with
//! [`fields::read_body`], which collects every failure:
//!
//! ```
//! use serde_json::json;
//! use slotd_contract::{fields::read_body, tokens::RefreshToken};
//!
//! let errors = read_body::<RefreshToken>(&json!({})).unwrap_err();
//! assert_eq!(errors[0].property, "refreshToken");
//! ```

pub mod api_keys;
pub mod atoms_event_types;
pub mod bookings;
pub mod bookings_2024_04_15;
pub mod busy_times;
pub mod event_type_internal;
pub mod event_types;
pub mod fields;
pub mod managed_users;
pub mod me;
pub mod oauth2;
pub mod oauth_clients;
pub mod out_of_office;
pub mod private_links;
pub mod provider;
pub mod query;
pub mod schedules;
pub mod schedules_2024_04_15;
pub mod slots;
pub mod time_zones;
pub mod tokens;
pub mod webhooks;

mod date_times;
mod envelope;
mod schema;

pub use envelope::{Done, Status, Success, timestamp};
