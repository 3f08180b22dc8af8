//! Changing bookings that exist. Whoever changes one has locked its host or itself.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{AttendeeId, BookingId};

use crate::sql::queries;
use crate::{Conn, StoreError, occupancy};

queries! {
    /// Gives the time of a booking free.
    pub fn release(booking: BookingId) -> u64 = "delete from occupancy where booking_id = $1";

    /// Takes the time of a booking that waited for its host: it is accepted now.
    pub fn take_time(booking: BookingId) -> u64 =
        "update occupancy set is_pending = false where booking_id = $1";

    /// Writes the status of a booking.
    pub fn set_status(booking: BookingId, status: &str, now: Timestamp) -> u64 =
        "update booking set status = $2, updated_at = $3 where id = $1";

    /// Cancels a booking. Its time is given free by [`release`].
    pub fn cancel(booking: BookingId, reason: Option<&str>, by: Option<&str>, now: Timestamp) -> u64 =
        "update booking set status = 'cancelled', cancellation_reason = $2, cancelled_by = $3,
            ical_sequence = ical_sequence + 1, updated_at = $4
         where id = $1";

    /// Declines a booking. Its time is given free by [`release`].
    pub fn reject(booking: BookingId, reason: Option<&str>, now: Timestamp) -> u64 =
        "update booking set status = 'rejected', rejection_reason = $2, updated_at = $3 where id = $1";

    /// Ends a booking that another one takes the place of. Its calendar's event goes on with that
    /// one, or ends as well: everybody has left for other ones. Its time is given free by
    /// [`release`].
    pub fn pass_on(booking: BookingId, by: Option<&str>, ends_event: bool, now: Timestamp) -> u64 =
        "update booking set status = 'cancelled', is_rescheduled = true, rescheduled_by = $2,
            ical_sequence = ical_sequence + case when $3 then 1 else 0 end, updated_at = $4
         where id = $1";

    /// Takes one more seat of a booking, unless so many are taken; then nothing changes.
    pub fn join(booking: BookingId, seats: i32, now: Timestamp) -> u64 =
        "update booking set seats_taken = seats_taken + 1, updated_at = $3
         where id = $1 and status = 'accepted' and seats_taken < $2";

    /// Lets a booking be joined that nobody could: each who attends it has taken a seat,
    /// which has their answers, notes and number.
    pub fn share(booking: BookingId, location: Option<&str>, metadata: &Value) -> u64 =
        "update booking set seats_taken = (select count(*) from attendee where booking_id = $1), location = $2,
            metadata = $3, description = null, responses = null, sms_reminder_number = null
         where id = $1 and seats_taken is null";

    fn leave(booking: BookingId, now: Timestamp) -> u64 =
        "update booking set seats_taken = seats_taken - 1, updated_at = $2 where id = $1";

    fn remove_attendee(attendee: AttendeeId) -> u64 = "delete from attendee where id = $1";

    fn change_booking_of_attendee(attendee: AttendeeId, booking: BookingId) -> u64 =
        "update attendee set booking_id = $2, position =
            (select coalesce(max(a.position) + 1, 0) from attendee a where a.booking_id = $2)
         where id = $1";

    fn change_booking_of_seat(attendee: AttendeeId, booking: BookingId, uid: &str) -> u64 =
        "update booking_seat set booking_id = $2, uid = $3 where attendee_id = $1";

    fn free_user_of_attendee(booking: BookingId, attendee: AttendeeId) -> u64 =
        "delete from occupancy where booking_id = $1 and not is_host
            and user_id = (select user_id from attendee where id = $2)";

    /// Takes the time of an attendee who is a user, if the booking takes time.
    pub(super) fn occupy_as_attendee(booking: BookingId, attendee: AttendeeId) -> u64 =
        "insert into occupancy (
            user_id, is_long, end_at, booking_id, start_at, event_type_id, is_pending, is_host, may_overlap
         ) select a.user_id, o.is_long, o.end_at, o.booking_id, o.start_at, o.event_type_id, o.is_pending, false, false
         from occupancy o
         join booking b on b.id = o.booking_id and b.host_user_id = o.user_id
         join attendee a on a.id = $2 and a.user_id is not null
         where o.booking_id = $1
         on conflict (user_id, is_long, end_at, booking_id) do nothing";

    fn move_times(booking: BookingId, start: Timestamp, end: Timestamp, by: Option<&str>, now: Timestamp) -> u64 =
        "update booking set start_at = $2, end_at = $3, rescheduled_by = $4, ical_sequence = ical_sequence + 1,
            updated_at = $5
         where id = $1";

    fn move_occupancy(booking: BookingId, start: Timestamp, end: Timestamp, is_long: bool) -> u64 =
        "update occupancy set start_at = $2, end_at = $3, is_long = $4 where booking_id = $1";

    /// Writes another place of a booking, with what answers say about it.
    pub fn set_location(
        booking: BookingId,
        location: &str,
        responses: Option<&Value>,
        metadata: &Value,
        now: Timestamp,
    ) -> u64 = "update booking set location = $2, responses = $3, metadata = $4, updated_at = $5 where id = $1";

    /// Writes other answers of a booking.
    pub fn set_responses(booking: BookingId, responses: Option<&Value>, now: Timestamp) -> u64 =
        "update booking set responses = $2, updated_at = $3 where id = $1";

    /// Writes other metadata of a booking.
    pub fn set_metadata(booking: BookingId, metadata: &Value, now: Timestamp) -> u64 =
        "update booking set metadata = $2, updated_at = $3 where id = $1";

    /// Notes whether the host came.
    pub fn set_absent_host(booking: BookingId, is_absent: bool, now: Timestamp) -> u64 =
        "update booking set is_host_absent = $2, updated_at = $3 where id = $1";
}

/// Removes somebody who holds a seat, with the seat. Their time is free.
///
/// # Errors
///
/// The database's.
pub async fn give_seat_up(
    conn: &Conn,
    booking: BookingId,
    attendee: AttendeeId,
    now: Timestamp,
) -> Result<(), StoreError> {
    tokio::try_join!(
        biased;
        free_user_of_attendee(conn, booking, attendee),
        remove_attendee(conn, attendee),
        leave(conn, booking, now),
    )
    .map(drop)
}

/// Moves somebody with their seat from one booking to another, where a seat was taken for
/// them ([`join`]) or that was made without them. The seat has the uid that is given.
///
/// # Errors
///
/// The database's.
pub async fn move_seat(
    conn: &Conn,
    attendee: AttendeeId,
    from: BookingId,
    to: BookingId,
    uid: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tokio::try_join!(
        biased;
        free_user_of_attendee(conn, from, attendee),
        change_booking_of_attendee(conn, attendee, to),
        change_booking_of_seat(conn, attendee, to, uid),
        leave(conn, from, now),
        occupy_as_attendee(conn, to, attendee),
    )
    .map(drop)
}

/// Moves a booking that takes time, with everybody who attends it, to another time.
///
/// # Errors
///
/// [`Constraint::BookingOverlap`](crate::Constraint::BookingOverlap) when a host has another
/// accepted booking then.
pub async fn move_whole(
    conn: &Conn,
    booking: BookingId,
    start: Timestamp,
    end: Timestamp,
    by: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_long = end.duration_since(start) > occupancy::LONG;
    tokio::try_join!(
        biased;
        move_times(conn, booking, start, end, by, now),
        move_occupancy(conn, booking, start, end, is_long),
    )
    .map(drop)
}
