//! Bookings with who attends them and whose time they take.

use jiff::Timestamp;
use slotd_domain::{AttendeeId, BookingId, EventTypeId, UserId};

use crate::sql::queries;
use crate::{Conn, StoreError, occupancy};

/// A booking to be written. Its status is `accepted` or `pending`: only these take time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBooking {
    /// Id.
    pub id: BookingId,
    /// The key that callers know it by.
    pub uid: String,
    /// What is booked; none for groups that are booked at once.
    pub event_type_id: Option<EventTypeId>,
    /// Its organizer.
    pub host: UserId,
    /// The organizer's address.
    pub host_email: String,
    /// Title.
    pub title: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// It waits for its host.
    pub is_pending: bool,
    /// Who attends it, the booker first.
    pub attendees: Vec<NewAttendee>,
}

/// Somebody who attends a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttendee {
    /// Id.
    pub id: AttendeeId,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// The user with this address, whose time the booking takes (SLOT-40).
    pub user: Option<UserId>,
}

queries! {
    fn insert_row(
        id: BookingId,
        uid: &str,
        event_type: Option<EventTypeId>,
        host: UserId,
        host_email: &str,
        title: &str,
        start: Timestamp,
        end: Timestamp,
        status: &str,
        ical_uid: &str,
        now: Timestamp,
    ) -> u64 = "insert into booking (
            id, uid, event_type_id, host_user_id, host_email, title, start_at, end_at, status, metadata, ical_uid,
            created_at, updated_at
         ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10, $11, $11)";

    fn insert_attendee(
        id: AttendeeId,
        booking: BookingId,
        email: &str,
        name: &str,
        time_zone: &str,
        locale: &str,
    ) -> u64 = "insert into attendee (id, booking_id, email, name, time_zone, locale) values ($1, $2, $3, $4, $5, $6)";

    fn insert_occupancy(
        user: UserId,
        is_long: bool,
        end: Timestamp,
        booking: BookingId,
        start: Timestamp,
        event_type: Option<EventTypeId>,
        is_pending: bool,
        is_host: bool,
    ) -> u64 = "insert into occupancy (user_id, is_long, end_at, booking_id, start_at, event_type_id, is_pending, is_host)
         values ($1, $2, $3, $4, $5, $6, $7, $8)";

    /// Gives the time of a booking free.
    pub fn release(booking: BookingId) -> u64 = "delete from occupancy where booking_id = $1";

    /// Writes the status of a booking.
    pub fn set_status(booking: BookingId, status: &str, now: Timestamp) -> u64 =
        "update booking set status = $2, updated_at = $3 where id = $1";
}

/// Writes a booking with its attendees, and takes the time of its host and of every user
/// who attends it. The statements do not wait for one another.
///
/// # Errors
///
/// [`StoreError::BrokenReference`] when a user or the event type is gone.
pub async fn insert(conn: &Conn, new: &NewBooking, now: Timestamp) -> Result<(), StoreError> {
    let status = if new.is_pending { "pending" } else { "accepted" };
    let ical_uid = format!("{}@Cal.com", new.uid);
    let booking = insert_row(
        conn,
        new.id,
        &new.uid,
        new.event_type_id,
        new.host,
        &new.host_email,
        &new.title,
        new.start,
        new.end,
        status,
        &ical_uid,
        now,
    );
    let attendees = new.attendees.iter().map(|attendee| {
        insert_attendee(
            conn,
            attendee.id,
            new.id,
            &attendee.email,
            &attendee.name,
            &attendee.time_zone,
            "en",
        )
    });
    let is_long = new.end.duration_since(new.start) > occupancy::LONG;
    let mut users = vec![new.host];
    for user in new.attendees.iter().filter_map(|attendee| attendee.user) {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    let occupied = users.into_iter().map(|user| {
        let is_host = user == new.host;
        insert_occupancy(
            conn,
            user,
            is_long,
            new.end,
            new.id,
            new.start,
            new.event_type_id,
            new.is_pending,
            is_host,
        )
    });
    tokio::try_join!(
        biased;
        booking,
        futures_util::future::try_join_all(attendees),
        futures_util::future::try_join_all(occupied),
    )
    .map(drop)
}
