//! The rows of a new managed user, for writing them without slotd. The
//! statements are slotd's own.

use jiff::Timestamp;
use slotd_domain::schedule::WeekDays;
use slotd_domain::{OAuthClientId, defaults, email, username};
use slotd_http::Clock;
use slotd_store::{all_statements, digest};

use crate::Result;

/// Text of a statement of slotd, such as `users`, `insert_row`.
pub(crate) fn sql(module: &str, name: &str) -> Result<&'static str> {
    let known = format!("slotd_store::{module}::statement::{name}");
    let found = all_statements().find(|statement| statement.name == known);
    found.map(|statement| statement.sql).ok_or_else(|| format!("slotd has no {known}").into())
}

/// The inserts of a managed user without default event types, in slotd's order.
pub(crate) fn inserts() -> Result<[&'static str; 6]> {
    Ok([
        sql("users", "insert_row")?,
        sql("organizations", "insert_profile")?,
        sql("organizations", "insert_membership")?,
        sql("tokens", "insert_row")?,
        sql("schedules", "insert_row")?,
        sql("schedules", "insert_range")?,
    ])
}

/// Zone of the new users.
pub(crate) const ZONE: &str = "Europe/Rome";

/// Where new users go, and the first id that is free.
pub(crate) const PLACE: &str = "select id, organization_id,
    (select 1 + max(id) from user_account), (select 1 + max(id) from membership),
    (select 1 + max(id) from schedule) from oauth_client order by id limit 1";

/// A row of [`PLACE`].
pub(crate) struct Place {
    pub(crate) client: OAuthClientId,
    pub(crate) organization: i32,
    /// Larger than every id in use.
    pub(crate) first_id: i32,
}

/// The values of a new user's rows.
pub(crate) struct NewUser {
    pub(crate) id: i32,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) profile_uid: String,
    pub(crate) refresh_digest: [u8; 32],
    pub(crate) access_digest: [u8; 32],
    pub(crate) now: Timestamp,
}

impl NewUser {
    /// The user with an id; ids of the user's membership and schedule are the same.
    pub(crate) fn new(place: &Place, id: i32) -> Self {
        let email = email::with_client_suffix(&format!("raw-{id}@example.com"), &place.client);
        Self {
            id,
            username: username::derive(&email),
            profile_uid: format!("{id:036}"),
            refresh_digest: digest(&format!("refresh {id}")),
            access_digest: digest(&format!("access {id}")),
            now: Clock::system().now(),
            email,
        }
    }
}

/// The hours of a new user as they are stored: days, start and end.
pub(crate) fn hours() -> (String, i32, i32) {
    let days: WeekDays = defaults::SCHEDULE_DAYS.into_iter().collect();
    (days.digits(), defaults::SCHEDULE_START.minutes(), defaults::SCHEDULE_END.minutes())
}
