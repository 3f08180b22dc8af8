//! The bodies of what happens to a booking later (sections 11 to 18).

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{Locale, TimeZoneName};

use super::{NewLocation, error, inside, phone};
use crate::fields::{self, Fields, FromBody, Wrong, read_body, too_many};

/// Most guests that are added at once (section 17).
const MOST_ADDED: usize = 10;
/// Most attendees that are marked at once.
const MOST_MARKED: usize = 250;

fn too_few(name: &str) -> String {
    format!("{name} must contain at least 1 elements")
}

/// The body of `POST /v2/bookings/{bookingUid}/reschedule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescheduleBooking {
    /// The new start.
    pub start: Timestamp,
    /// Address of whoever reschedules.
    pub rescheduled_by: Option<String>,
    /// Why; at most 20,000 characters.
    pub reason: Option<String>,
    /// Which seat moves.
    pub seat_uid: Option<String>,
    /// The code that shows that the booker has the e-mail address.
    pub email_verification_code: Option<String>,
}

impl FromBody for RescheduleBooking {
    const FIELDS: &'static [&'static str] =
        &["start", "rescheduledBy", "reschedulingReason", "seatUid", "emailVerificationCode"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            start: fields.required("start", fields::instant),
            rescheduled_by: fields.optional("rescheduledBy", fields::email),
            reason: fields.optional("reschedulingReason", fields::long_text),
            seat_uid: fields.optional("seatUid", fields::short_text),
            email_verification_code: fields.optional("emailVerificationCode", fields::short_text),
        }
    }
}

/// The body of `POST /v2/bookings/{bookingUid}/cancel`, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelBooking {
    /// Why; at most 20,000 characters.
    pub reason: Option<String>,
    /// Of a series: this booking and all later ones.
    pub subsequent: bool,
    /// Only this seat.
    pub seat_uid: Option<String>,
}

impl FromBody for CancelBooking {
    const FIELDS: &'static [&'static str] =
        &["cancellationReason", "cancelSubsequentBookings", "seatUid"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let subsequent = fields.optional("cancelSubsequentBookings", fields::boolean);
        Self {
            reason: fields.optional("cancellationReason", fields::long_text),
            subsequent: subsequent.unwrap_or(false),
            seat_uid: fields.optional("seatUid", fields::short_text),
        }
    }
}

/// The body of `POST /v2/bookings/{bookingUid}/decline`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclineBooking {
    /// Why; at most 20,000 characters.
    pub reason: Option<String>,
}

impl FromBody for DeclineBooking {
    const FIELDS: &'static [&'static str] = &["reason"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { reason: fields.optional("reason", fields::long_text) }
    }
}

/// The body of `POST /v2/bookings/{bookingUid}/reassign/{userId}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReassignBooking {
    /// Why; at most 20,000 characters.
    pub reason: Option<String>,
}

impl FromBody for ReassignBooking {
    const FIELDS: &'static [&'static str] = &["reason"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { reason: fields.optional("reason", fields::long_text) }
    }
}

/// The body of `POST /v2/bookings/{bookingUid}/mark-absent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkAbsent {
    /// Whether the host was absent.
    pub host: Option<bool>,
    /// Which attendees were; at least one and at most 250.
    pub attendees: Option<Vec<AbsentAttendee>>,
}

/// Whether an attendee was absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentAttendee {
    /// Whose address.
    pub email: String,
    /// Whether.
    pub absent: bool,
}

impl FromBody for MarkAbsent {
    const FIELDS: &'static [&'static str] = &["host", "attendees"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let host = fields.optional("host", fields::boolean);
        let attendees = fields.optional_objects("attendees", MOST_MARKED);
        if attendees.as_ref().is_some_and(Vec::is_empty) {
            fields.refuse("attendees", "arrayMinSize", too_few("attendees"));
        }
        Self { host, attendees }
    }
}

impl FromBody for AbsentAttendee {
    const FIELDS: &'static [&'static str] = &["email", "absent"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.required("email", fields::email),
            absent: fields.required("absent", fields::boolean),
        }
    }
}

/// The body of `POST /v2/bookings/{bookingUid}/attendees`.
#[derive(Debug, Clone, PartialEq)]
pub struct AddAttendee {
    /// Name: 1 to 1,000 characters.
    pub name: String,
    /// Zone in which the attendee reads times.
    pub time_zone: TimeZoneName,
    /// Address.
    pub email: String,
    /// In E.164 form.
    pub phone_number: Option<String>,
    /// Language; English when none.
    pub language: Option<Locale>,
}

impl FromBody for AddAttendee {
    const FIELDS: &'static [&'static str] =
        &["name", "timeZone", "phoneNumber", "language", "email"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required("name", fields::non_empty),
            time_zone: fields.required("timeZone", fields::time_zone),
            phone_number: fields.optional("phoneNumber", phone),
            language: fields.optional("language", fields::locale),
            email: fields.required("email", fields::email),
        }
    }
}

/// The body of `POST /v2/bookings/{bookingUid}/guests`.
#[derive(Debug, Clone, PartialEq)]
pub struct AddGuests {
    /// One to ten.
    pub guests: Vec<Guest>,
}

/// A guest of a booking.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Guest {
    /// Address.
    pub email: String,
    /// Name: at most 1,000 characters.
    pub name: Option<String>,
    /// Zone in which the guest reads times; the organizer's when none.
    pub time_zone: Option<TimeZoneName>,
    /// In E.164 form.
    pub phone_number: Option<String>,
    /// Language; English when none.
    pub language: Option<Locale>,
}

impl FromBody for AddGuests {
    const FIELDS: &'static [&'static str] = &["guests"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { guests: fields.required_parts("guests", guests).unwrap_or_default() }
    }
}

/// Objects, or addresses alone as older clients send them.
fn guests(name: &str, value: Option<&Value>) -> Result<Vec<Guest>, Wrong> {
    let refused = |key, text: String| Wrong::from(vec![(key, text)]);
    let Some(list @ Value::Array(values)) = value else {
        return Err(refused("isArray", format!("{name} must be an array")));
    };
    if values.is_empty() {
        return Err(refused("arrayMinSize", too_few(name)));
    }
    if values.len() > MOST_ADDED {
        return Err(refused("arrayMaxSize", too_many(name, MOST_ADDED)));
    }
    let mut guests = Vec::new();
    let mut failing = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let read: Result<Guest, Wrong> = match value {
            Value::String(_) => fields::email("email", Some(value))
                .map(|email| Guest { email, ..Guest::default() })
                .map_err(Wrong::from),
            Value::Object(_) => read_body(value).map_err(inside),
            _ => {
                let text = format!("each value in {name} must be an object or an email");
                Err(refused("isObject", text))
            }
        };
        match read {
            Ok(guest) => guests.push(guest),
            Err(wrong) => failing.push(error(list, index.to_string(), Some(value), wrong)),
        }
    }
    if failing.is_empty() { Ok(guests) } else { Err(inside(failing)) }
}

impl FromBody for Guest {
    const FIELDS: &'static [&'static str] =
        &["email", "name", "timeZone", "phoneNumber", "language"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.required("email", fields::email),
            name: fields.optional("name", fields::short_text),
            time_zone: fields.optional("timeZone", fields::time_zone),
            phone_number: fields.optional("phoneNumber", phone),
            language: fields.optional("language", fields::locale),
        }
    }
}

/// The body of `PATCH /v2/bookings/{bookingUid}/location`.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateLocation {
    /// Where; nothing changes when none.
    pub location: Option<NewLocation>,
}

impl FromBody for UpdateLocation {
    const FIELDS: &'static [&'static str] = &["location"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { location: fields.optional_parts("location", NewLocation::read) }
    }
}

#[cfg(test)]
mod tests;
