//! Bookings as answers show them (section 8).

use serde_json::{Map, Value};
use slotd_contract::bookings as contract;
use slotd_domain::booking::answers::RESCHEDULED_REASON;
use slotd_domain::booking::attendee::display_address;
use slotd_domain::booking::{Status, metadata};
use slotd_store::bookings::{self, Attendee, Booking};
use slotd_store::{Conn, StoreError};

use super::standing::Standing;

/// How much of a booking with seats somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader {
    sees_everybody: bool,
    /// The title of a shared booking names whoever took the first seat, and whoever moved or
    /// cancelled it is one of those who have seats.
    sees_names: bool,
}

impl Reader {
    /// Its host, and whoever may act for them.
    pub(super) const MANAGER: Self = Self { sees_everybody: true, sees_names: true };
    /// Whoever has a seat, of themselves: what they are shown is not filtered.
    pub(super) const OF_THEMSELVES: Self = Self { sees_everybody: true, sees_names: false };
    /// Whoever knows the uid: sees whom the event type shows (R8.3).
    pub(super) const fn stranger(shows_attendees: bool) -> Self {
        Self { sees_everybody: shows_attendees, sees_names: shows_attendees }
    }

    /// The title that this reader sees: the event type's, where the booking's own names
    /// somebody whom they do not see.
    pub(super) fn title(self, booking: &Booking) -> String {
        if self.sees_names_of(booking) {
            return booking.title.clone();
        }
        booking.event_type_title.clone().unwrap_or_else(|| UNKNOWN.to_owned())
    }

    /// The address of whoever moved or cancelled a booking, if this reader sees it.
    pub(super) fn address(self, booking: &Booking, address: Option<&String>) -> Option<String> {
        address.filter(|_| self.sees_names_of(booking)).cloned()
    }

    fn sees_names_of(self, booking: &Booking) -> bool {
        booking.seats_taken.is_none() || self.sees_names
    }

    /// Those of a booking's attendees whom this reader sees.
    pub(super) fn seen<'a>(self, booking: &Booking, attendees: &'a [Attendee]) -> &'a [Attendee] {
        if booking.seats_taken.is_some() && !self.sees_everybody { &[] } else { attendees }
    }
}

/// A booking in the current shape. `seat` is the one that was just taken or moved.
pub(super) fn booking(
    booking: &Booking,
    attendees: &[Attendee],
    reader: Reader,
    seat: Option<&str>,
) -> contract::Booking {
    let is_shared = booking.seats_taken.is_some();
    let (start, end) = (booking.start, booking.end);
    let stored = booking.responses.as_ref().and_then(Value::as_object);
    let location = location(booking);
    let attendees = reader.seen(booking, attendees);
    let responses = stored.map_or_else(|| unknown_answers(is_shared), answers);
    let guests = responses.get("guests").and_then(Value::as_array);
    let guests = guests.map(|guests| texts(guests)).filter(|guests| !guests.is_empty());
    let reason = stored.and_then(|stored| stored.get(RESCHEDULED_REASON)).and_then(Value::as_str);
    contract::Booking {
        id: booking.id.0,
        uid: booking.uid.clone(),
        title: reader.title(booking),
        description: (!is_shared).then(|| booking.description.clone().unwrap_or_default()),
        hosts: vec![host(booking)],
        status: Status::parse(&booking.status).map_or("pending", Status::name),
        // What replaced another one does not say why that was (8.1).
        cancellation_reason: booking.cancellation_reason.clone().unwrap_or_default(),
        cancelled_by_email: reader
            .address(booking, booking.cancelled_by.as_ref())
            .unwrap_or_default(),
        rescheduling_reason: reason.filter(|reason| !reason.is_empty()).map(str::to_owned),
        rescheduled_by_email: reader.address(booking, booking.rescheduled_by.as_ref()),
        rescheduled_from_uid: booking.from_reschedule_uid.clone(),
        rescheduled_to_uid: booking.rescheduled_to_uid.clone(),
        start,
        end,
        duration: end.duration_since(start).as_secs() / 60,
        event_type_id: booking.event_type_id.map(|id| id.0),
        event_type: event_type_slug(booking).map(|slug| {
            let id = booking.event_type_id.map(|id| id.0);
            contract::EventTypeLink { id, slug }
        }),
        meeting_url: location.clone(),
        location,
        absent_host: booking.is_host_absent,
        created_at: booking.created_at,
        updated_at: Some(booking.updated_at),
        metadata: (!is_shared).then(|| shown_metadata(&booking.metadata)),
        rating: booking.rating,
        ics_uid: Some(booking.ical_uid.clone()),
        attendees: attendees.iter().map(self::attendee).collect(),
        guests: guests.filter(|_| !is_shared),
        booking_fields_responses: (!is_shared).then_some(responses),
        recurring_booking_uid: booking.recurring_event_id.clone(),
        seat_uid: seat.map(str::to_owned),
    }
}

/// Somebody who attends a booking.
pub(super) fn attendee(attendee: &Attendee) -> contract::Attendee {
    contract::Attendee {
        name: attendee.name.clone(),
        email: attendee.email.clone(),
        display_email: display_address(&attendee.email),
        time_zone: attendee.time_zone.clone(),
        language: attendee.locale.clone(),
        absent: attendee.is_absent,
        phone_number: attendee.phone_number.clone(),
        seat: attendee.seat_uid.as_ref().map(|uid| contract::Seat {
            seat_uid: uid.clone(),
            booking_fields_responses: seat_answers(attendee),
            metadata: attendee.seat_metadata.as_ref().map(shown_metadata).unwrap_or_default(),
        }),
    }
}

/// Answers of a seat, without the address; a name that is missing or none is the
/// attendee's (BK-49).
fn seat_answers(attendee: &Attendee) -> Map<String, Value> {
    let stored = attendee.seat_responses.as_ref().and_then(Value::as_object);
    let mut answers = stored.cloned().unwrap_or_default();
    answers.remove("email");
    if !answers.get("name").is_some_and(is_name) {
        answers.insert("name".to_owned(), attendee.name.clone().into());
    }
    answers
}

/// A text, or an object with its parts (R7.17).
fn is_name(value: &Value) -> bool {
    value.is_string() || value.is_object()
}

/// A booking with the people who attend it, read for an answer.
pub(super) async fn read(
    conn: &Conn,
    booking: &Booking,
    reader: Reader,
) -> Result<contract::Booking, StoreError> {
    let attendees = bookings::attendees_of(conn, booking.id).await?;
    Ok(self::booking(booking, &attendees, reader, None))
}

/// All of a series, in their order. They are of one event type, but it may have had seats
/// for some alone, so what is seen is asked of each.
pub(super) async fn read_all(
    conn: &Conn,
    bookings: &[Booking],
    standing: Standing,
) -> Result<Vec<contract::Booking>, StoreError> {
    let read = bookings
        .iter()
        .map(async |booking| read(conn, booking, standing.reader(conn, booking).await?).await);
    futures_util::future::try_join_all(read).await
}

fn host(booking: &Booking) -> contract::Host {
    let Some(id) = booking.host else { return contract::Host::default() };
    let email = host_email(booking);
    contract::Host {
        id: Some(id.0),
        name: booking.host_name.clone(),
        display_email: Some(display_address(email)),
        email: Some(email.to_owned()),
        username: booking.host_username.clone(),
        time_zone: booking.host_time_zone.clone(),
    }
}

fn host_email(booking: &Booking) -> &str {
    booking.host_current_email.as_deref().unwrap_or(&booking.host_email)
}

/// The organizer's address, as it is shown (R7.29).
pub(super) fn host_address(booking: &Booking) -> String {
    display_address(host_email(booking))
}

/// The slug of what is booked: a group is booked by its length in minutes (R7.11).
pub(super) fn event_type_slug(booking: &Booking) -> Option<String> {
    booking.event_type_slug.clone().or_else(|| group_slug(booking))
}

/// The slug of a group.
pub(super) fn group_slug(booking: &Booking) -> Option<String> {
    let minutes = booking.end.duration_since(booking.start).as_secs() / 60;
    booking.group_usernames.as_ref().map(|_| minutes.to_string())
}

/// Where it takes place: the meeting's URL once there is one (R7.27).
pub(super) fn location(booking: &Booking) -> Option<String> {
    let url = booking.metadata.get(metadata::VIDEO_CALL_URL).and_then(Value::as_str);
    url.map(str::to_owned).or_else(|| booking.location.clone())
}

fn shown_metadata(stored: &Value) -> Map<String, Value> {
    stored.as_object().map(metadata::shown).unwrap_or_default()
}

/// Stored answers with what only answers have (7.5). What is broken does not break them
/// (R8.1).
fn answers(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut answers = stored.clone();
    let mut unless = |key: &str, is_whole: fn(&Value) -> bool, instead: Value| {
        if !answers.get(key).is_some_and(is_whole) {
            answers.insert(key.to_owned(), instead);
        }
    };
    unless("name", is_name, UNKNOWN.into());
    unless("email", Value::is_string, UNKNOWN.into());
    if stored.contains_key("guests") {
        unless("guests", Value::is_array, Value::Array(Vec::new()));
    }
    if stored.contains_key(RESCHEDULED_REASON) {
        unless(RESCHEDULED_REASON, Value::is_string, UNKNOWN.into());
    }
    let email = answers.get("email").and_then(Value::as_str).map(display_address);
    if let Some(email) = email {
        answers.insert("displayEmail".to_owned(), email.into());
    }
    if let Some(Value::Array(guests)) = answers.get("guests") {
        let shown: Vec<String> = texts(guests).iter().map(|guest| display_address(guest)).collect();
        answers.insert("displayGuests".to_owned(), shown.into());
    }
    answers
}

/// What stands for answers that are missing (R8.1).
fn unknown_answers(is_shared: bool) -> Map<String, Value> {
    if is_shared {
        return Map::new();
    }
    let mut answers = Map::new();
    for key in ["name", "email", "displayEmail", RESCHEDULED_REASON] {
        answers.insert(key.to_owned(), UNKNOWN.into());
    }
    for key in ["guests", "displayGuests"] {
        answers.insert(key.to_owned(), Value::Array(Vec::new()));
    }
    answers
}

/// What stands for a text that is missing or broken.
const UNKNOWN: &str = "unknown";

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
