//! Bookings in their current shape, version 2024-08-13 (file 03, sections 7 to 20).
//!
//! The bodies of creating, rescheduling and cancelling are read with [`read_exactly`]: they
//! refuse what they do not know, and say what is wrong in one text. All others are read as
//! bodies are elsewhere.

use serde_json::{Map, Value};

use crate::fields::{self, Checked, FieldError, FromBody, Wrong, read_body, too_many, wrong};
use crate::slots::id;

mod change;
mod create;
mod location;
mod output;
mod query;
mod schema;

pub use change::{
    AbsentAttendee, AddAttendee, AddGuests, CancelBooking, DeclineBooking, Guest, MarkAbsent,
    ReassignBooking, RescheduleBooking, UpdateLocation,
};
pub use create::{Booker, CreateBooking, Target};
pub use location::{Location, NewLocation};
pub use output::{
    Attendee, Booking, BookingAttendee, BookingList, Bookings, CalendarLink, EventTypeLink, Host,
    Pagination, Recording, Reference, Seat, VideoSession,
};
pub use query::{ListBookings, ListReferences, ListedStatus, OfUsers};
pub use schema::{
    AbsentBooking, AddedAttendee, CreatedBooking, ListedBooking, ReassignedBooking,
    RescheduledBooking,
};

/// Most guests that are named when a booking is created: each becomes an attendee, and
/// gets e-mails.
pub const MOST_GUESTS: usize = 100;
/// Most answers of a booker: an event type has at most 100 fields, and unknown answers are
/// kept (R7.15).
pub const MOST_ANSWERS: usize = 500;
/// Most unknown properties that an error names.
const MOST_UNKNOWN: usize = 10;
/// Most ids of a list, in a body or in a query.
const MOST_IDS: usize = 250;

/// Reads a body that must have no properties beside its own (R5.4).
///
/// # Errors
///
/// One text that names every wrong or unknown property; each piece of it ends in a blank.
///
/// ```
/// use serde_json::json;
/// use slotd_contract::bookings::{CancelBooking, read_exactly};
///
/// let text = read_exactly::<CancelBooking>(&json!({ "foo": 1 })).unwrap_err();
/// assert_eq!(text, "foo property is wrong,property foo should not exist ");
/// ```
pub fn read_exactly<T: FromBody>(body: &Value) -> Result<T, String> {
    if !body.is_object() {
        return Err("Body should be an object".to_owned());
    }
    only_known(body).map_err(|errors| text(&errors))
}

/// Reads an object, and refuses what is not in it by its shape.
fn only_known<T: FromBody>(body: &Value) -> Result<T, Vec<FieldError>> {
    let names = body.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    let unknown = names.filter(|name| !T::FIELDS.contains(name)).take(MOST_UNKNOWN);
    let mut errors: Vec<FieldError> = unknown
        .map(|name| {
            let name: String = name.chars().take(100).collect();
            let text = format!("property {name} should not exist");
            error(body, name, None, vec![("whitelistValidation", text)].into())
        })
        .collect();
    match read_body(body) {
        Ok(read) if errors.is_empty() => Ok(read),
        Ok(_) => Err(errors),
        Err(failing) => {
            errors.extend(failing);
            Err(errors)
        }
    }
}

/// What is wrong, as one text (R5.4).
fn text(errors: &[FieldError]) -> String {
    let pieces = errors.iter().map(|error| {
        let texts: Vec<&str> = error.constraints.values().filter_map(Value::as_str).collect();
        let inside = text(&error.children);
        format!("{} property is wrong,{} {inside}", error.property, texts.join(","))
    });
    pieces.collect::<Vec<_>>().join(", ")
}

/// What is wrong with a part of a value.
fn error(target: &Value, part: String, value: Option<&Value>, wrong: Wrong) -> FieldError {
    let constraints = wrong.constraints.into_iter();
    FieldError {
        target: target.clone(),
        value: value.cloned(),
        property: part.into(),
        children: wrong.children,
        constraints: constraints.map(|(key, text)| (key.to_owned(), text.into())).collect(),
    }
}

/// Failures inside a value.
fn inside(children: Vec<FieldError>) -> Wrong {
    Wrong { constraints: Vec::new(), children }
}

fn ids(name: &str, value: Option<&Value>) -> Checked<Vec<i32>> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    if values.len() > MOST_IDS {
        return wrong("arrayMaxSize", too_many(name, MOST_IDS));
    }
    let each = format!("each value in {name}");
    values.iter().map(|value| id(&each, Some(value))).collect()
}

/// A telephone number with its country, without blanks (E.164).
fn phone(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = fields::short_text(name, value)?;
    if fields::is_phone_number(&text) {
        return Ok(text);
    }
    let text = "Invalid phone number format. Please use international format.";
    wrong("isPhoneNumber", text.to_owned())
}

/// Whether NUL, which PostgreSQL cannot store, is anywhere in a value.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(map) => map_has_nul(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn map_has_nul(map: &Map<String, Value>) -> bool {
    map.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
}
