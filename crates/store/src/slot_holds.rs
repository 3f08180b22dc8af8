//! Times that are kept for somebody who is about to book them (file 02, section 15).

use jiff::Timestamp;
use slotd_domain::{EventTypeId, UserId};

use crate::sql::{queries, row};

row! {
    /// A hold of one host's time.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SlotHold {
        /// Only who made it knows this (RES-19).
        pub uid: String,
        /// Whose time it is.
        pub user_id: UserId,
        /// What is to be booked.
        pub event_type_id: EventTypeId,
        /// When the slot starts.
        pub start: Timestamp,
        /// When it ends.
        pub end: Timestamp,
        /// From this instant on it counts for nothing (RES-2).
        pub release_at: Timestamp,
        /// Of one seat of the slot.
        pub is_seat: bool,
        /// Larger than that of older holds of the same user's time; given by [`put`].
        pub sequence: i32,
    }
}

macro_rules! holds {
    ($which:literal) => {
        concat!("select uid, user_id, event_type_id, start_at, end_at, release_at, is_seat, sequence from slot_hold where ", $which)
    };
}

queries! {
    /// The holds of a user's time that touch the time between two instants and count.
    pub fn of_user(user: UserId, from: Timestamp, to: Timestamp, now: Timestamp) -> Vec<SlotHold> =
        holds!("user_id = $1 and end_at > $2 and start_at < $3 and release_at > $4");

    /// The same of the user whose event type it is.
    pub fn of_owner(event_type: EventTypeId, from: Timestamp, to: Timestamp, now: Timestamp) -> Vec<SlotHold> =
        holds!("user_id = (select user_id from event_type where id = $1)
            and end_at > $2 and start_at < $3 and release_at > $4");

    /// A hold that counts, of the first of its hosts.
    pub fn by_uid(uid: &str, now: Timestamp) -> Option<SlotHold> =
        holds!("uid = $1 and release_at > $2 order by user_id limit 1");

    fn write(
        uid: &str,
        user: UserId,
        event_type: EventTypeId,
        start: Timestamp,
        end: Timestamp,
        release_at: Timestamp,
        is_seat: bool,
    ) -> u64 = "insert into slot_hold (
            uid, user_id, event_type_id, start_at, end_at, release_at, is_seat, sequence
         ) values ($1, $2, $3, $4, $5, $6, $7,
            (select coalesce(max(h.sequence) + 1, 0) from slot_hold h where h.user_id = $2))
         on conflict (uid, user_id) do update set
            event_type_id = excluded.event_type_id, start_at = excluded.start_at, end_at = excluded.end_at,
            release_at = excluded.release_at, is_seat = excluded.is_seat,
            sequence = excluded.sequence";

    /// Removes a hold, of all of its hosts.
    pub fn delete(uid: &str) -> u64 = "delete from slot_hold where uid = $1";

    /// Removes the holds of a user's time that count for nothing any more.
    pub fn delete_released(user: UserId, now: Timestamp) -> u64 =
        "delete from slot_hold where user_id = $1 and release_at <= $2";
}

/// Writes a hold, or moves it: it is the newest then. Whoever does has locked the user.
///
/// # Errors
///
/// [`StoreError::BrokenReference`](crate::StoreError::BrokenReference) when the user or the
/// event type is gone.
pub async fn put(conn: &crate::Conn, hold: &SlotHold) -> Result<u64, crate::StoreError> {
    let SlotHold { uid, user_id, event_type_id, start, end, release_at, is_seat, .. } = hold;
    write(conn, uid, *user_id, *event_type_id, *start, *end, *release_at, *is_seat).await
}
