//! Whose time is taken, and when: what slots are worked out from (file 02, 13.3).
//!
//! All reads are bounded by time, so that none grows with history.

use jiff::{SignedDuration, Timestamp};
use slotd_domain::{BookingId, EventTypeId, UserId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

/// How long a booking can be and still be found between two ends; longer ones have a
/// place of their own.
pub(crate) const LONG: SignedDuration = SignedDuration::from_hours(24);

row! {
    /// A booking that takes a user's time, accepted or pending.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Occupied {
        /// Id.
        pub booking_id: BookingId,
        /// When it starts.
        pub start: Timestamp,
        /// When it ends.
        pub end: Timestamp,
        /// What was booked; none for groups that were booked at once.
        pub event_type_id: Option<EventTypeId>,
        /// It waits for its host.
        pub is_pending: bool,
        /// What its event type keeps free before it now, in minutes (SLOT-42).
        pub before_buffer_minutes: i32,
        /// What its event type keeps free after it now, in minutes.
        pub after_buffer_minutes: i32,
    }
}

row! {
    /// An accepted booking of an event type.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Counted {
        /// Id.
        pub id: BookingId,
        /// The key that callers know it by.
        pub uid: String,
        /// When it starts.
        pub start: Timestamp,
        /// When it ends.
        pub end: Timestamp,
        /// Its organizer.
        pub host: Option<UserId>,
        /// How many attend it.
        pub attendees: i64,
        /// It was made, or joined, as one with seats.
        pub is_shared: bool,
    }
}

row! {
    /// A booking that is to be moved.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Moved {
        /// Id.
        pub id: BookingId,
        /// When it starts.
        pub start: Timestamp,
        /// When it ends.
        pub end: Timestamp,
    }
}

/// What of a user's time is taken between $2 and $3; $4 is a day after $3, until when
/// bookings of at most a day that start before $3 have ended.
macro_rules! occupied {
    ($user:literal) => {
        concat!(
            "select o.booking_id, o.start_at, o.end_at, o.event_type_id, o.is_pending,
                coalesce(e.before_buffer_minutes, 0), coalesce(e.after_buffer_minutes, 0)
             from occupancy o left join event_type e on e.id = o.event_type_id
             where o.user_id = ",
            $user,
            " and o.is_long = false and o.end_at > $2 and o.end_at < $4 and o.start_at < $3
             union all
             select o.booking_id, o.start_at, o.end_at, o.event_type_id, o.is_pending,
                coalesce(e.before_buffer_minutes, 0), coalesce(e.after_buffer_minutes, 0)
             from occupancy o left join event_type e on e.id = o.event_type_id
             where o.user_id = ",
            $user,
            " and o.is_long = true and o.end_at > $2 and o.start_at < $3"
        )
    };
}

queries! {
    fn occupied_of_user(user: UserId, from: Timestamp, to: Timestamp, last_end: Timestamp) -> Vec<Occupied> =
        occupied!("$1");

    fn occupied_of_owner(event_type: EventTypeId, from: Timestamp, to: Timestamp, last_end: Timestamp) -> Vec<Occupied> =
        occupied!("(select user_id from event_type where id = $1)");

    /// The accepted bookings of an event type that start between two instants, by their
    /// start.
    pub fn accepted(event_type: EventTypeId, from: Timestamp, to: Timestamp) -> Vec<Counted> =
        "select b.id, b.uid, b.start_at, b.end_at, b.host_user_id,
            (select count(*) from attendee a where a.booking_id = b.id), b.seats_taken is not null
         from booking b
         where b.event_type_id = $1 and b.start_at >= $2 and b.start_at < $3 and b.status = 'accepted'
         order by b.start_at, b.id";

    /// A booking by its uid.
    pub fn moved(uid: &str) -> Option<Moved> = "select id, start_at, end_at from booking where uid = $1";
}

fn last_end(to: Timestamp) -> Timestamp {
    to.checked_add(LONG).unwrap_or(Timestamp::MAX)
}

/// When a user's time is taken, as far as it touches the time between two instants.
///
/// # Errors
///
/// The database's.
pub async fn of_user(
    conn: &Conn,
    user: UserId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Occupied>, StoreError> {
    occupied_of_user(conn, user, from, to, last_end(to)).await
}

/// The same of the user whose event type it is.
///
/// # Errors
///
/// The database's.
pub async fn of_owner(
    conn: &Conn,
    event_type: EventTypeId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Occupied>, StoreError> {
    occupied_of_owner(conn, event_type, from, to, last_end(to)).await
}
