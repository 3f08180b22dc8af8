//! Writing a booking that did not exist.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{AttendeeId, BookingId, EventTypeId, OAuthClientId, UserId, email};

use super::change::occupy_as_attendee;
use crate::sql::queries;
use crate::{Conn, StoreError, occupancy};

/// A booking to be written. Its status is `accepted` or `pending`: only these take time.
#[expect(clippy::struct_excessive_bools, reason = "each says something else")]
#[derive(Debug, Clone, PartialEq)]
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
    /// The booker's notes; none where several share it.
    pub description: Option<String>,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// It waits for its host.
    pub is_pending: bool,
    /// Answers to booking fields; none where several share it.
    pub responses: Option<Value>,
    /// What the customer keeps with it.
    pub metadata: Value,
    /// Canonical text of the place (7.7).
    pub location: Option<String>,
    /// The booking that this one takes the place of.
    pub from_reschedule_uid: Option<String>,
    /// Who moved it: an address.
    pub rescheduled_by: Option<String>,
    /// The series that it is an occurrence of.
    pub recurring_event_id: Option<String>,
    /// UID of the calendar's event.
    pub ical_uid: String,
    /// How often the calendar's event has changed.
    pub ical_sequence: i32,
    /// It has been paid for.
    pub is_paid: bool,
    /// Where reminders go.
    pub sms_reminder_number: Option<String>,
    /// In whose name it exists.
    pub oauth_client_id: Option<OAuthClientId>,
    /// The usernames of a group, with `+` between them.
    pub group_usernames: Option<String>,
    /// Several bookers share it.
    pub is_shared: bool,
    /// It was booked over something else, by somebody who may.
    pub may_overlap: bool,
    /// Users whose time it takes as hosts beside the organizer's.
    pub co_hosts: Vec<UserId>,
    /// Who attends it, the booker first.
    pub attendees: Vec<NewAttendee>,
}

/// Somebody who attends a booking.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAttendee {
    /// Id.
    pub id: AttendeeId,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// Language of what is sent to them.
    pub locale: String,
    /// International number.
    pub phone_number: Option<String>,
    /// The user with this address, whose time the booking takes (SLOT-40). It stays theirs when
    /// the address does not.
    pub user: Option<UserId>,
    /// Their seat, where several share the booking.
    pub seat: Option<NewSeat>,
}

/// A seat in a booking that several share.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSeat {
    /// The key that its holder knows it by.
    pub uid: String,
    /// Notes.
    pub description: Option<String>,
    /// Answers to booking fields.
    pub responses: Value,
    /// What the customer keeps with it.
    pub metadata: Value,
}

impl NewBooking {
    /// An accepted booking that nobody attends yet, with nothing said about it.
    #[must_use]
    pub fn new(
        id: BookingId,
        uid: String,
        host: UserId,
        host_email: String,
        start: Timestamp,
        end: Timestamp,
    ) -> Self {
        Self {
            id,
            ical_uid: format!("{uid}@Cal.com"),
            uid,
            event_type_id: None,
            host,
            host_email,
            title: String::new(),
            description: None,
            start,
            end,
            is_pending: false,
            responses: None,
            metadata: Value::Object(serde_json::Map::new()),
            location: None,
            from_reschedule_uid: None,
            rescheduled_by: None,
            recurring_event_id: None,
            ical_sequence: 0,
            is_paid: false,
            sms_reminder_number: None,
            oauth_client_id: None,
            group_usernames: None,
            is_shared: false,
            may_overlap: false,
            co_hosts: Vec::new(),
            attendees: Vec::new(),
        }
    }
}

impl NewAttendee {
    /// Somebody who understands English, and holds no seat.
    #[must_use]
    pub fn new(id: AttendeeId, email: String, name: String, time_zone: String) -> Self {
        Self {
            id,
            email,
            name,
            time_zone,
            locale: "en".to_owned(),
            phone_number: None,
            user: None,
            seat: None,
        }
    }
}

queries! {
    fn insert_row(
        id: BookingId,
        uid: &str,
        event_type: Option<EventTypeId>,
        host: UserId,
        host_email: &str,
        title: &str,
        description: Option<&str>,
        start: Timestamp,
        end: Timestamp,
        status: &str,
        responses: Option<&Value>,
        metadata: &Value,
        location: Option<&str>,
        from_reschedule: Option<&str>,
        rescheduled_by: Option<&str>,
        recurring_event: Option<&str>,
        ical_uid: &str,
        ical_sequence: i32,
        is_paid: bool,
        sms_reminder_number: Option<&str>,
        client: Option<&OAuthClientId>,
        seats_taken: Option<i32>,
        group_usernames: Option<&str>,
        now: Timestamp,
    ) -> u64 = "insert into booking (
            id, uid, event_type_id, host_user_id, host_email, title, description, start_at, end_at, status, responses,
            metadata, location, from_reschedule_uid, rescheduled_by, recurring_event_id, ical_uid, ical_sequence,
            is_paid, sms_reminder_number, oauth_client_id, seats_taken, group_usernames, created_at, updated_at
         ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23, $24, $24)";

    fn insert_attendee(
        id: AttendeeId,
        booking: BookingId,
        email: &str,
        email_key: &str,
        name: &str,
        time_zone: &str,
        locale: &str,
        phone_number: Option<&str>,
        user: Option<UserId>,
    ) -> u64 = "insert into attendee (
            id, booking_id, email, email_key, name, time_zone, locale, phone_number, user_id, position
         ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
            (select coalesce(max(a.position) + 1, 0) from attendee a where a.booking_id = $2))";

    fn insert_seat(
        attendee: AttendeeId,
        booking: BookingId,
        uid: &str,
        description: Option<&str>,
        responses: &Value,
        metadata: &Value,
    ) -> u64 = "insert into booking_seat (attendee_id, booking_id, uid, description, responses, metadata)
         values ($1, $2, $3, $4, $5, $6)";

    fn insert_occupancy(
        user: UserId,
        is_long: bool,
        end: Timestamp,
        booking: BookingId,
        start: Timestamp,
        event_type: Option<EventTypeId>,
        is_pending: bool,
        is_host: bool,
        may_overlap: bool,
    ) -> u64 = "insert into occupancy (
            user_id, is_long, end_at, booking_id, start_at, event_type_id, is_pending, is_host, may_overlap
         ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (user_id, is_long, end_at, booking_id) do nothing";
}

/// Writes a booking with its attendees, and takes the time of its hosts and of every user
/// who attends it. The statements do not wait for one another.
///
/// # Errors
///
/// [`StoreError::BrokenReference`] when a user or the event type is gone;
/// [`Constraint::BookingOverlap`](crate::Constraint::BookingOverlap) when a host has another
/// accepted booking at that time.
pub async fn insert(conn: &Conn, new: &NewBooking, now: Timestamp) -> Result<(), StoreError> {
    let status = if new.is_pending { "pending" } else { "accepted" };
    let seats = new.is_shared.then(|| i32::try_from(new.attendees.len()).unwrap_or(i32::MAX));
    let booking = insert_row(
        conn,
        new.id,
        &new.uid,
        new.event_type_id,
        new.host,
        &new.host_email,
        &new.title,
        new.description.as_deref(),
        new.start,
        new.end,
        status,
        new.responses.as_ref(),
        &new.metadata,
        new.location.as_deref(),
        new.from_reschedule_uid.as_deref(),
        new.rescheduled_by.as_deref(),
        new.recurring_event_id.as_deref(),
        &new.ical_uid,
        new.ical_sequence,
        new.is_paid,
        new.sms_reminder_number.as_deref(),
        new.oauth_client_id.as_ref(),
        seats,
        new.group_usernames.as_deref(),
        now,
    );
    let attendees = new.attendees.iter().map(|attendee| write_attendee(conn, new.id, attendee));
    let is_long = new.end.duration_since(new.start) > occupancy::LONG;
    // Whoever is both is a host.
    let mut users = vec![(new.host, true)];
    let co_hosts = new.co_hosts.iter().map(|user| (*user, true));
    let others = new.attendees.iter().filter_map(|attendee| Some((attendee.user?, false)));
    for (user, is_host) in co_hosts.chain(others) {
        if users.iter().all(|(known, _)| *known != user) {
            users.push((user, is_host));
        }
    }
    let occupied = users.into_iter().map(|(user, is_host)| {
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
            new.may_overlap,
        )
    });
    tokio::try_join!(biased; booking, try_join_all(attendees), try_join_all(occupied)).map(drop)
}

async fn write_attendee(
    conn: &Conn,
    booking: BookingId,
    new: &NewAttendee,
) -> Result<(), StoreError> {
    let key = email::comparison_key(&new.email);
    let row = insert_attendee(
        conn,
        new.id,
        booking,
        &new.email,
        &key,
        &new.name,
        &new.time_zone,
        &new.locale,
        new.phone_number.as_deref(),
        new.user,
    );
    let seat = async {
        match &new.seat {
            None => Ok(0),
            Some(seat) => give_seat(conn, booking, new.id, seat).await,
        }
    };
    tokio::try_join!(biased; row, seat).map(drop)
}

/// Gives a seat to somebody who attends a booking and has none.
///
/// # Errors
///
/// The database's.
pub async fn give_seat(
    conn: &Conn,
    booking: BookingId,
    attendee: AttendeeId,
    seat: &NewSeat,
) -> Result<u64, StoreError> {
    let NewSeat { uid, description, responses, metadata } = seat;
    let description = description.as_deref();
    insert_seat(conn, attendee, booking, uid, description, responses, metadata).await
}

/// Writes somebody who attends a booking that exists. If it takes time, it takes theirs.
///
/// # Errors
///
/// [`StoreError::BrokenReference`] when the booking is gone.
pub async fn add_attendee(
    conn: &Conn,
    booking: BookingId,
    new: &NewAttendee,
) -> Result<(), StoreError> {
    tokio::try_join!(
        biased;
        write_attendee(conn, booking, new),
        occupy_as_attendee(conn, booking, new.id),
    )
    .map(drop)
}
