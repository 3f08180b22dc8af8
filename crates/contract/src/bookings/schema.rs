//! The shapes of bodies and answers, for the document only.

use serde_json::{Value, json};
use slotd_domain::Locale;
use slotd_domain::event_type::Integration;
use utoipa::openapi::{RefOr, Schema};

use super::{
    AddAttendee, AddGuests, BookingAttendee, Bookings, CancelBooking, CreateBooking,
    DeclineBooking, MarkAbsent, ReassignBooking, Recording, RescheduleBooking, UpdateLocation,
    VideoSession,
};
use crate::schema::{
    array, choice, flag, id, integer, object, one_of_texts, or_null, read, reference, schemas, text,
};

/// What creating answers: [`Bookings`], with the seat that was taken.
pub struct CreatedBooking;
/// What rescheduling answers: one of [`Bookings`], with the seat that was moved.
pub struct RescheduledBooking;
/// What marking as absent answers: one of [`Bookings`].
pub struct AbsentBooking;
/// What reassigning answers: the uid of the booking, and who its host is now.
pub struct ReassignedBooking;
/// A booking of a list.
pub struct ListedBooking;
/// What adding an attendee answers: [`BookingAttendee`] with the id of its booking.
pub struct AddedAttendee;

/// Whose shape a booking has.
struct Kind {
    name: &'static str,
    is_recurring: bool,
    is_seated: bool,
    /// The answer names the seat that was taken or moved.
    has_own_seat: bool,
}

const REGULAR: Kind = Kind {
    name: "BookingOutput_2024_08_13",
    is_recurring: false,
    is_seated: false,
    has_own_seat: false,
};
const RECURRING: Kind =
    Kind { name: "RecurringBookingOutput_2024_08_13", is_recurring: true, ..REGULAR };
const SEATED: Kind = Kind { name: "GetSeatedBookingOutput_2024_08_13", is_seated: true, ..REGULAR };
const RECURRING_SEATED: Kind =
    Kind { name: "GetRecurringSeatedBookingOutput_2024_08_13", is_recurring: true, ..SEATED };
const OWN_SEAT: Kind =
    Kind { name: "CreateSeatedBookingOutput_2024_08_13", has_own_seat: true, ..SEATED };
const RECURRING_OWN_SEAT: Kind =
    Kind { name: "CreateRecurringSeatedBookingOutput_2024_08_13", is_recurring: true, ..OWN_SEAT };

/// The schemas of all kinds.
fn kinds() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    [REGULAR, RECURRING, SEATED, RECURRING_SEATED, OWN_SEAT, RECURRING_OWN_SEAT]
        .map(|kind| (kind.name.to_owned(), read(booking(&kind))))
        .into_iter()
}

/// Several alternatives: one booking of a kind, or all of a series.
fn any_of(one_or_many: &[(&Kind, bool)]) -> Value {
    let alternatives = one_or_many.iter().map(|(kind, is_series)| {
        let one = reference(kind.name);
        if *is_series { array(&one) } else { one }
    });
    choice(&alternatives.collect::<Vec<_>>())
}

fn instant() -> Value {
    json!({ "type": "string", "example": "2024-08-13T15:30:00.000Z" })
}

fn map() -> Value {
    json!({ "type": "object", "example": { "key": "value" } })
}

fn whole() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

fn language() -> Value {
    one_of_texts(Locale::ALL)
}

fn host() -> Value {
    let id =
        json!({ "type": ["integer", "string"], "description": "`unknown` when there is no host" });
    object([
        ("id*", id),
        ("name*", text()),
        ("email*", text()),
        ("displayEmail*", text()),
        ("username*", text()),
        ("timeZone", text()),
    ])
}

fn attendee(and: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let parts = [
        ("name*", text()),
        ("email*", text()),
        ("displayEmail*", text()),
        ("timeZone*", text()),
        ("language", language()),
        ("absent*", flag()),
        ("phoneNumber", text()),
    ];
    object(parts.into_iter().chain(and))
}

fn booking(kind: &Kind) -> Value {
    let seat = [("seatUid*", text()), ("bookingFieldsResponses*", map()), ("metadata", map())];
    let states = ["cancelled", "accepted", "rejected", "pending"];
    let mut event_type = object([("id*", id()), ("slug*", text())]);
    event_type["type"] = json!(["object", "null"]);
    let mut parts = vec![
        ("id*", id()),
        ("uid*", text()),
        ("title*", text()),
        ("description*", or_null(text())),
        ("hosts*", array(&host())),
        ("status*", one_of_texts(states)),
        ("cancellationReason", text()),
        ("cancelledByEmail", text()),
        ("reschedulingReason", text()),
        ("rescheduledByEmail", text()),
        ("rescheduledFromUid", text()),
        ("rescheduledToUid", text()),
        ("start*", instant()),
        ("end*", instant()),
        ("duration*", whole()),
        ("eventTypeId*", or_null(id())),
        ("eventType*", event_type),
        ("meetingUrl", or_null(text())),
        ("location*", or_null(text())),
        ("absentHost*", flag()),
        ("createdAt*", instant()),
        ("updatedAt*", or_null(instant())),
        ("metadata", map()),
        ("rating", or_null(id())),
        ("icsUid", text()),
        ("attendees*", array(&attendee(if kind.is_seated { seat.to_vec() } else { Vec::new() }))),
    ];
    if !kind.is_seated {
        parts.extend([("guests", array(&text())), ("bookingFieldsResponses*", map())]);
    }
    if kind.is_recurring {
        parts.push(("recurringBookingUid*", text()));
    }
    if kind.has_own_seat {
        parts.push(("seatUid*", text()));
    }
    object(parts)
}

fn created() -> Value {
    any_of(&[
        (&REGULAR, false),
        (&RECURRING, true),
        (&OWN_SEAT, false),
        (&RECURRING_OWN_SEAT, true),
    ])
}

fn shown() -> Value {
    any_of(&[
        (&REGULAR, false),
        (&RECURRING, false),
        (&RECURRING, true),
        (&SEATED, false),
        (&RECURRING_SEATED, false),
        (&RECURRING_SEATED, true),
    ])
}

fn rescheduled() -> Value {
    any_of(&[
        (&REGULAR, false),
        (&RECURRING, false),
        (&OWN_SEAT, false),
        (&RECURRING_OWN_SEAT, false),
    ])
}

fn listed() -> Value {
    any_of(&[(&REGULAR, false), (&RECURRING, false), (&SEATED, false), (&RECURRING_SEATED, false)])
}

fn integration() -> (&'static str, Value) {
    ("integration*", one_of_texts(Integration::ALL.iter().map(|app| app.name())))
}

fn location(and: Option<(&'static str, Value)>) -> Value {
    object([("type*", text())].into_iter().chain(and))
}

fn locations() -> Value {
    choice(&[
        location(None),
        location(Some(("address*", text()))),
        location(Some(("location*", text()))),
        location(Some(("phone*", text()))),
        location(Some(integration())),
        location(None),
        location(None),
        location(None),
    ])
}

fn new_locations() -> Value {
    choice(&[
        location(Some(("address*", text()))),
        location(Some(("address*", text()))),
        location(Some(("location*", text()))),
        location(Some(("phone*", text()))),
        location(Some(("link*", text()))),
        location(Some(("phone*", text()))),
    ])
}

fn person(required: &[&'static str]) -> Value {
    let name = |plain: &'static str, starred: &'static str| {
        if required.contains(&plain) { starred } else { plain }
    };
    let mut language = language();
    language["default"] = json!("en");
    object([
        (name("name", "name*"), text()),
        (name("timeZone", "timeZone*"), json!({ "type": "string", "example": "America/New_York" })),
        ("phoneNumber", json!({ "type": "string", "example": "+919876543210" })),
        ("language", language),
        (name("email", "email*"), json!({ "type": "string", "example": "john.doe@example.com" })),
    ])
}

fn create(and: Option<(&'static str, Value)>) -> Value {
    let routing = object([
        ("queuedResponseId", or_null(text())),
        ("responseId", or_null(json!({ "type": "number" }))),
        ("teamMemberIds*", array(&id())),
        ("teamMemberEmail", text()),
        ("skipContactOwner", flag()),
        ("crmAppSlug", text()),
        ("crmOwnerRecordType", text()),
    ]);
    let parts = [
        ("start*", json!({ "type": "string", "example": "2024-08-13T09:00:00Z" })),
        ("attendee*", person(&["name", "timeZone"])),
        ("bookingFieldsResponses", map()),
        ("eventTypeId", id()),
        ("eventTypeSlug", text()),
        ("username", text()),
        ("teamSlug", text()),
        ("organizationSlug", text()),
        ("guests", array(&text())),
        ("meetingUrl", json!({ "type": "string", "deprecated": true })),
        ("location", locations()),
        ("metadata", map()),
        ("lengthInMinutes", integer(1)),
        ("routing", routing),
        ("emailVerificationCode", text()),
    ];
    object(parts.into_iter().chain(and))
}

fn create_any() -> Value {
    choice(&[
        create(None),
        create(Some(("instant*", flag()))),
        create(Some(("recurrenceCount", integer(1)))),
    ])
}

fn reschedule() -> Value {
    let start = || ("start*", json!({ "type": "string", "example": "2024-08-13T10:00:00Z" }));
    let by = || ("rescheduledBy", text());
    let code = || ("emailVerificationCode", text());
    choice(&[
        object([start(), by(), ("reschedulingReason", text()), code()]),
        object([start(), by(), ("seatUid*", text()), code()]),
    ])
}

fn cancel() -> Value {
    let reason = || ("cancellationReason", text());
    choice(&[
        object([reason(), ("cancelSubsequentBookings", flag())]),
        object([("seatUid*", text()), reason()]),
    ])
}

fn absent() -> Value {
    let mut attendees = array(&object([("email*", text()), ("absent*", flag())]));
    attendees["minItems"] = json!(1);
    object([("host", flag()), ("attendees", attendees)])
}

fn reassigned() -> Value {
    let host =
        object([("id*", id()), ("name*", text()), ("email*", text()), ("displayEmail*", text())]);
    object([("bookingUid*", text()), ("reassignedTo*", host)])
}

fn add_guests() -> Value {
    let mut guests = array(&person(&["email"]));
    guests["minItems"] = json!(1);
    guests["maxItems"] = json!(10);
    object([("guests*", guests)])
}

fn recording() -> Value {
    object([
        ("id*", text()),
        ("roomName*", text()),
        ("startTs*", whole()),
        ("status*", text()),
        ("maxParticipants", whole()),
        ("duration*", whole()),
        ("shareToken*", text()),
        ("downloadLink", or_null(text())),
        ("error", or_null(text())),
    ])
}

fn session() -> Value {
    let participant = object([
        ("userId*", or_null(text())),
        ("userName*", or_null(text())),
        ("joinTime*", whole()),
        ("duration*", whole()),
    ]);
    object([
        ("id*", text()),
        ("room*", text()),
        ("startTime*", whole()),
        ("duration*", whole()),
        ("ongoing*", flag()),
        ("maxParticipants*", whole()),
        ("participants*", array(&participant)),
    ])
}

schemas! {
    CreateBooking, "CreateBookingInput_2024_08_13", create_any();
    RescheduleBooking, "RescheduleBookingInput_2024_08_13", reschedule();
    CancelBooking, "CancelBookingInput_2024_08_13", cancel();
    DeclineBooking, "DeclineBookingInput_2024_08_13", object([("reason", text())]);
    ReassignBooking, "ReassignToUserBookingInput_2024_08_13", object([("reason", text())]);
    ReassignedBooking, "ReassignedBooking_2024_08_13", reassigned();
    MarkAbsent, "MarkAbsentBookingInput_2024_08_13", absent();
    AddAttendee, "AddAttendeeInput_2024_08_13", person(&["name", "timeZone", "email"]);
    AddGuests, "AddGuestsInput_2024_08_13", add_guests();
    UpdateLocation, "UpdateBookingLocationInput_2024_08_13", object([("location", new_locations())]);
    CreatedBooking, "CreatedBooking_2024_08_13", created(), kinds();
    Bookings, "ShownBooking_2024_08_13", shown(), kinds();
    RescheduledBooking, "RescheduledBooking_2024_08_13", rescheduled(), kinds();
    AbsentBooking, "AbsentBooking_2024_08_13", any_of(&[(&REGULAR, false), (&RECURRING, false)]), kinds();
    ListedBooking, "ListedBooking_2024_08_13", listed(), kinds();
    BookingAttendee, "BookingAttendeeWithId_2024_08_13", attendee([("id*", id())]);
    Recording, "RecordingItem", recording();
    VideoSession, "CalMeetingSession", session();
    AddedAttendee, "BookingAttendeeOutput_2024_08_13", attendee([("id*", id()), ("bookingId*", id())]);
}
