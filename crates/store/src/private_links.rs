//! Private links of event types (section 8 of the availability rules).

use jiff::Timestamp;
use slotd_domain::{EventTypeId, PrivateLinkId};

use crate::sql::{queries, row};

row! {
    /// A private link as it is stored.
    #[derive(Debug, Clone)]
    pub struct PrivateLink {
        /// Id, by which the link is opened.
        pub id: PrivateLinkId,
        /// Until when it is valid; none for a link that counts its uses (PL-4).
        pub expires_at: Option<Timestamp>,
        /// How often it can be used, unless it has an end.
        pub max_usage_count: i32,
        /// How often it was used.
        pub usage_count: i32,
    }
}

macro_rules! columns {
    ($before:literal, $after:literal) => {
        concat!($before, " id, expires_at, max_usage_count, usage_count ", $after)
    };
}

queries! {
    /// The links of an event type, oldest first.
    pub fn list(event_type: EventTypeId, limit: i64) -> Vec<PrivateLink> = columns!(
        "select",
        "from private_link where event_type_id = $1 order by created_at, id limit $2"
    );

    /// How many links an event type has.
    pub fn count(event_type: EventTypeId) -> Option<(i64,)> =
        "select count(*) from private_link where event_type_id = $1";

    /// Writes a new, unused link.
    pub fn insert(
        id: &PrivateLinkId,
        event_type: EventTypeId,
        expires_at: Option<Timestamp>,
        max_usage_count: i32,
        now: Timestamp,
    ) -> u64 = "insert into private_link (id, event_type_id, expires_at, max_usage_count, usage_count, created_at)
         values ($1, $2, $3, $4, 0, $5)";

    /// Changes what a link of an event type ends by, and returns the link. Without a
    /// count the former one stays.
    pub fn update(
        event_type: EventTypeId,
        id: &PrivateLinkId,
        expires_at: Option<Timestamp>,
        max_usage_count: Option<i32>,
    ) -> Option<PrivateLink> = columns!(
        "update private_link set expires_at = $3, max_usage_count = coalesce($4, max_usage_count)
         where id = $2 and event_type_id = $1 returning",
        ""
    );

    /// Removes a link of an event type.
    pub fn delete(event_type: EventTypeId, id: &PrivateLinkId) -> u64 =
        "delete from private_link where id = $2 and event_type_id = $1";
}
