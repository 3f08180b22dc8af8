//! Event types, as far as creating a managed user writes them (MU-13).

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{EventTypeId, UserId};

use crate::sql::{queries, row};

row! {
    /// An event type of a user.
    #[derive(Debug, Clone, PartialEq)]
    pub struct EventType {
        /// Id.
        pub id: EventTypeId,
        /// Title.
        pub title: String,
        /// Slug, unique per user.
        pub slug: String,
        /// Length in minutes.
        pub length_minutes: i32,
        /// Array of locations.
        pub locations: Value,
    }
}

queries! {
    /// The event types of a user, oldest first.
    pub fn of_user(user: UserId) -> Vec<EventType> =
        "select id, title, slug, length_minutes, locations from event_type where user_id = $1 order by id";

    /// Whose an event type is. No user is named for one of a team.
    pub fn owner(id: EventTypeId) -> Option<(Option<UserId>,)> =
        "select user_id from event_type where id = $1";

    /// Holds an event type until the end of the transaction.
    pub fn lock(id: EventTypeId) -> u64 = "update event_type set id = id where id = $1";

    /// Writes an event type of a user.
    pub fn insert(
        id: EventTypeId,
        user: UserId,
        title: &str,
        slug: &str,
        length_minutes: i32,
        locations: &Value,
        now: Timestamp,
    ) -> u64 = "insert into event_type (id, user_id, title, slug, length_minutes, locations, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)";
}
