//! What bookings answer (sections 8, 16, 19 and 20).

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{Status, timestamp};

/// A booking. What has no value is left out, but for what is said to be null (R8.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Booking {
    /// Id.
    pub id: i32,
    /// The key to read, move or cancel it.
    pub uid: String,
    /// Title.
    pub title: String,
    /// The attendee's notes: the empty text when there are none, null with seats.
    pub description: Option<String>,
    /// Exactly one.
    pub hosts: Vec<Host>,
    /// `accepted`, `pending`, `cancelled` or `rejected`.
    pub status: &'static str,
    /// Empty when there is none.
    pub cancellation_reason: String,
    /// Empty when nobody did.
    pub cancelled_by_email: String,
    /// Of the new booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescheduling_reason: Option<String>,
    /// Of the old and the new booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescheduled_by_email: Option<String>,
    /// The old booking, of the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescheduled_from_uid: Option<String>,
    /// The new booking, of the old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescheduled_to_uid: Option<String>,
    /// When it starts.
    #[serde(serialize_with = "instant")]
    pub start: Timestamp,
    /// When it ends.
    #[serde(serialize_with = "instant")]
    pub end: Timestamp,
    /// Whole minutes from start to end.
    pub duration: i64,
    /// The event type's id; null once it was deleted, and for groups.
    pub event_type_id: Option<i32>,
    /// The event type; null once it was deleted.
    pub event_type: Option<EventTypeLink>,
    /// The same as the location; null when there is none.
    pub meeting_url: Option<String>,
    /// Where; null when nothing is known.
    pub location: Option<String>,
    /// Whether the host was absent.
    pub absent_host: bool,
    /// When it was created.
    #[serde(serialize_with = "instant")]
    pub created_at: Timestamp,
    /// When it was last changed; null in old data.
    #[serde(serialize_with = "instant_or_null")]
    pub updated_at: Option<Timestamp>,
    /// The caller's own data; none with seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// 1 to 5; null when it was not rated.
    pub rating: Option<i32>,
    /// Its id in calendar files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ics_uid: Option<String>,
    /// The booker first, then guests in the order in which they came (section 8.4).
    pub attendees: Vec<Attendee>,
    /// Addresses of guests, when there are any; none with seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<Vec<String>>,
    /// Answers by the slugs of their fields; none with seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_fields_responses: Option<Map<String, Value>>,
    /// Its series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring_booking_uid: Option<String>,
    /// The seat that was just taken or moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat_uid: Option<String>,
}

/// One booking, or the bookings of a series in the order of their starts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Bookings {
    /// A booking.
    One(Box<Booking>),
    /// A series.
    Many(Vec<Booking>),
}

/// A host. What is not known is the text `unknown`, the id as well, and the zone is left
/// out (section 8.1); by default nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Host {
    /// Id of the user.
    #[serde(serialize_with = "or_unknown")]
    pub id: Option<i32>,
    /// Name.
    #[serde(serialize_with = "or_unknown")]
    pub name: Option<String>,
    /// Address with the client's suffix.
    #[serde(serialize_with = "or_unknown")]
    pub email: Option<String>,
    /// Address without it.
    #[serde(serialize_with = "or_unknown")]
    pub display_email: Option<String>,
    /// Username.
    #[serde(serialize_with = "or_unknown")]
    pub username: Option<String>,
    /// IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// The event type of a booking, or what stands for it of a group (R7.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventTypeLink {
    /// Id; null for groups.
    pub id: Option<i32>,
    /// Slug; of a group its length in minutes.
    pub slug: String,
}

/// An attendee.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attendee {
    /// Name; empty for a guest who gave none.
    pub name: String,
    /// Address with the client's suffix.
    pub email: String,
    /// Address without it.
    pub display_email: String,
    /// IANA name.
    pub time_zone: String,
    /// Language.
    pub language: String,
    /// Whether the attendee was absent.
    pub absent: bool,
    /// In E.164 form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// What an attendee with a seat has besides.
    #[serde(flatten)]
    pub seat: Option<Seat>,
}

/// A seat.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    /// The key to move or leave it.
    pub seat_uid: String,
    /// The attendee's answers, without the address.
    pub booking_fields_responses: Map<String, Value>,
    /// The caller's own data.
    pub metadata: Map<String, Value>,
}

/// An attendee by itself (section 16).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingAttendee {
    /// Id.
    pub id: i32,
    /// Id of the booking; only where the attendee was just added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<i32>,
    /// The rest.
    #[serde(flatten)]
    pub attendee: Attendee,
}

/// The answer of lists.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GetBookingsOutput_2024_08_13)]
pub struct BookingList {
    /// Always `success`.
    #[schema(schema_with = crate::envelope::any_status)]
    pub status: Status,
    /// A page of bookings.
    #[schema(value_type = Vec<super::schema::ListedBooking>)]
    pub data: Vec<Booking>,
    /// Which page it is.
    pub pagination: Pagination,
}

/// Where a page is in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaginationMetaDto)]
pub struct Pagination {
    /// How many there are on all pages.
    #[schema(example = 123, minimum = 0)]
    pub total_items: i64,
    /// How many there are after this page.
    #[schema(example = 103, minimum = 0)]
    pub remaining_items: i64,
    /// How many are on this page.
    #[schema(example = 10)]
    pub returned_items: i64,
    /// How many were asked for.
    #[schema(example = 10, minimum = 1)]
    pub items_per_page: i64,
    /// Number of this page, from 1; 0 when there are no bookings.
    #[schema(example = 2, minimum = 0)]
    pub current_page: i64,
    /// How many pages there are.
    #[schema(example = 13, minimum = 0)]
    pub total_pages: i64,
    /// Whether there is a page after this one.
    #[schema(example = true)]
    pub has_next_page: bool,
    /// Whether there is a page before this one.
    #[schema(example = true)]
    pub has_previous_page: bool,
}

impl Pagination {
    /// The page after `skip` of `total` bookings, of which `take` were asked for (PG-5).
    #[must_use]
    pub fn of(total: i64, take: i64, skip: i64) -> Self {
        let (total, take) = (total.max(0), take.max(1));
        let skip = skip.clamp(0, total);
        let total_pages = total / take + i64::from(total % take > 0);
        Self {
            total_items: total,
            remaining_items: (total - skip).saturating_sub(take).max(0),
            returned_items: (total - skip).min(take),
            items_per_page: take,
            current_page: (skip / take + 1).min(total_pages),
            total_pages,
            has_next_page: total - skip > take,
            has_previous_page: skip > 0,
        }
    }
}

/// A link that puts a booking into a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarLink {
    /// Name of the calendar.
    #[schema(example = "Google Calendar")]
    pub label: &'static str,
    /// Its id: `googleCalendar`, `microsoftOffice`, `microsoftOutlook` or `ics`.
    #[schema(example = "googleCalendar")]
    pub id: &'static str,
    /// The link.
    pub link: String,
}

/// What a booking is in another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BookingReference)]
pub struct Reference {
    /// The system.
    #[serde(rename = "type")]
    #[schema(example = "google_calendar")]
    pub kind: String,
    /// Its id there.
    pub event_uid: String,
    /// The calendar that has it; null when it is in none.
    #[schema(required = true)]
    pub destination_calendar_id: Option<String>,
    /// Id of the reference.
    pub id: i32,
}

/// A recording of a built-in video meeting, for the document only: there are none.
pub struct Recording;
/// A meeting that took place in a built-in video room, for the document only.
pub struct VideoSession;

fn instant<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp(*at))
}

#[expect(clippy::ref_option, reason = "the form in which serde calls it")]
fn instant_or_null<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    at.map(timestamp).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "the form in which serde calls it")]
fn or_unknown<T: Serialize, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(serializer),
        None => serializer.serialize_str("unknown"),
    }
}

#[cfg(test)]
mod tests;
