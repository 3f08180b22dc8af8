//! The rules of scheduling: ids, permissions, names, addresses, zones.
//!
//! Nothing in here does I/O, waits or reads a clock: what depends on the time
//! takes it as an argument. This crate knows no other crate of slotd.
//!
//! ```
//! use slotd_domain::{OAuthClientId, email, username};
//!
//! let client = OAuthClientId::new("cm8k2x0a10001qwer5tyui9op");
//! let stored = email::with_client_suffix("alice@example.com", &client);
//! assert_eq!(username::derive(&stored), "alice-cm8k2x0a10001qwer5tyui9op-example-com");
//! ```

pub mod booking;
pub mod defaults;
pub mod email;
pub mod event_type;
pub mod oauth2;
pub mod origin;
pub mod out_of_office;
pub mod phone;
pub mod rate_limit;
pub mod schedule;
pub mod tokens;
pub mod username;
pub mod webhook;

mod ids;
mod locale;
mod permissions;
mod role;
mod scopes;
mod time_format;
mod time_zone;
mod week_day;

pub use ids::{
    AttendeeId, BookingId, EventTypeId, MembershipId, OAuth2ClientId, OAuthClientId,
    OrganizationId, OutOfOfficeId, PrivateLinkId, ScheduleId, UserId, WebhookId,
};
pub use locale::Locale;
pub use permissions::{Permission, Permissions};
pub use role::Role;
pub use scopes::{Scope, parse_scopes};
pub use time_format::TimeFormat;
pub use time_zone::TimeZoneName;
pub use week_day::WeekDay;
