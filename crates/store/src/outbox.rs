//! What happened to bookings, and what must happen outside because of it (file 03,
//! section 25). Both are written in the transaction of what they tell.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::BookingId;

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

/// Something that happened to a booking.
#[derive(Debug, Clone)]
pub struct Event<'e> {
    /// Whose.
    pub booking: BookingId,
    /// What: `created`, `cancelled` and so on.
    pub kind: &'static str,
    /// The booking as it is now: what is sent later shows this state, and its event type, host
    /// and client as they are now, which are written beside it.
    pub snapshot: &'e Value,
    /// What must happen, each not before an instant.
    pub effects: Vec<(&'static str, Timestamp)>,
}

row! {
    /// Something that happened to a booking, as it is stored.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Recorded {
        /// Position among what happened to the booking, from 1.
        pub sequence: i32,
        /// What.
        pub kind: String,
        /// The booking as it was.
        pub snapshot: Value,
        /// When.
        pub created_at: Timestamp,
        /// Title of the event type then. This and what follows of it is none of a group.
        pub event_type_title: Option<String>,
        /// Its length.
        pub event_type_length_minutes: Option<i32>,
        /// What was set about it, as it is stored.
        pub event_type_settings: Option<Value>,
        /// Its booking fields, as they are stored; none for the default ones.
        pub event_type_booking_fields: Option<Value>,
        /// Language of the organizer.
        pub host_locale: Option<String>,
        /// 12 or 24, as the organizer reads times.
        pub host_time_format: Option<i32>,
        /// Page of the client about bookings.
        pub booking_redirect_uri: Option<String>,
        /// Its page to cancel them.
        pub booking_cancel_redirect_uri: Option<String>,
        /// Its page to move them.
        pub booking_reschedule_redirect_uri: Option<String>,
    }
}

row! {
    /// What must happen outside.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Effect {
        /// Whose.
        pub booking_id: BookingId,
        /// Position of the event that it follows from.
        pub sequence: i32,
        /// What.
        pub effect: String,
        /// Not before this instant.
        pub due_at: Timestamp,
        /// How often it was tried.
        pub attempts: i32,
    }
}

queries! {
    fn insert_event(booking: BookingId, kind: &str, snapshot: &Value, now: Timestamp) -> u64 =
        "insert into booking_event (
            booking_id, sequence, kind, snapshot, created_at, event_type_title, event_type_length_minutes,
            event_type_settings, event_type_booking_fields, host_locale, host_time_format, booking_redirect_uri,
            booking_cancel_redirect_uri, booking_reschedule_redirect_uri
         ) select b.id, (select coalesce(max(sequence), 0) + 1 from booking_event where booking_id = $1), $2, $3, $4,
            t.title, t.length_minutes, t.settings, t.booking_fields, u.locale, u.time_format, c.booking_redirect_uri,
            c.booking_cancel_redirect_uri, c.booking_reschedule_redirect_uri
         from booking b left join event_type t on t.id = b.event_type_id
            left join user_account u on u.id = b.host_user_id left join oauth_client c on c.id = b.oauth_client_id
         where b.id = $1";

    /// Of the latest event.
    fn insert_effect(booking: BookingId, effect: &str, due_at: Timestamp) -> u64 =
        "insert into outbox (booking_id, sequence, effect, due_at)
         select $1, max(sequence), $2, $3 from booking_event where booking_id = $1";

    /// Takes back what was never tried, and returns how much that was.
    pub fn withdraw(booking: BookingId, effect: &str) -> u64 =
        "delete from outbox where booking_id = $1 and effect = $2 and attempts = 0";

    /// What happened to a booking, in its order.
    pub fn events_of(booking: BookingId) -> Vec<Recorded> =
        "select sequence, kind, snapshot, created_at, event_type_title, event_type_length_minutes, event_type_settings,
            event_type_booking_fields, host_locale, host_time_format, booking_redirect_uri, booking_cancel_redirect_uri,
            booking_reschedule_redirect_uri
         from booking_event where booking_id = $1 order by sequence";

    /// What must still happen because of a booking.
    pub fn effects_of(booking: BookingId) -> Vec<Effect> =
        "select booking_id, sequence, effect, due_at, attempts from outbox where booking_id = $1
         order by sequence, effect";
}

/// Writes an event and its effects. The booking is locked, or new in this transaction.
///
/// # Errors
///
/// The database's.
pub async fn record(conn: &Conn, event: &Event<'_>, now: Timestamp) -> Result<(), StoreError> {
    let written = insert_event(conn, event.booking, event.kind, event.snapshot, now);
    let effects = event.effects.iter();
    let effects =
        effects.map(|(effect, due_at)| insert_effect(conn, event.booking, effect, *due_at));
    tokio::try_join!(biased; written, try_join_all(effects)).map(drop)
}
