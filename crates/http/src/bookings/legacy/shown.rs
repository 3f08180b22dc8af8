//! Bookings as the legacy answers show them: under their internal names.

use serde_json::{Map, Value};
use slotd_contract::bookings_2024_04_15 as contract;
use slotd_contract::timestamp;
use slotd_domain::booking::{Status, metadata};
use slotd_store::bookings::{Attendee, Booking};
use slotd_store::digest;

use crate::bookings::book::Made;
use crate::bookings::shown::{Reader, event_type_slug, group_slug};

/// A booking that was just made, with the answers as they were sent (R24.5).
pub(super) fn created(made: &Made, sent: Map<String, Value>, reader: Reader) -> contract::Booking {
    let booking = &made.booking;
    let mut seats = made.attendees.iter().filter(|it| it.seat_uid.is_some());
    let own = seats.find(|it| it.seat_uid == made.seat);
    contract::Booking {
        id: booking.id.0,
        uid: booking.uid.clone(),
        idempotency_key: idempotency_key(booking),
        user_id: booking.host.map(|id| id.0),
        user_primary_email: Some(booking.host_email.clone()),
        event_type_id: booking.event_type_id.map(|id| id.0),
        title: reader.title(booking),
        description: description(booking, own),
        custom_inputs: Map::new(),
        responses: sent,
        start_time: timestamp(booking.start),
        end_time: timestamp(booking.end),
        location: booking.location.clone(),
        created_at: timestamp(booking.created_at),
        updated_at: updated_at(booking),
        status: status(booking),
        paid: booking.is_paid,
        cancellation_reason: booking.cancellation_reason.clone(),
        rejection_reason: booking.rejection_reason.clone(),
        dynamic_event_slug_ref: group_slug(booking),
        dynamic_group_slug_ref: booking.group_usernames.clone(),
        rescheduled: booking.is_rescheduled.then_some(true),
        from_reschedule: booking.from_reschedule_uid.clone(),
        recurring_event_id: booking.recurring_event_id.clone(),
        sms_reminder_number: sms_reminder_number(booking, own),
        metadata: own
            .and_then(|own| own.seat_metadata.as_ref())
            .map_or_else(|| shown_metadata(&booking.metadata), shown_metadata),
        ical_uid: booking.ical_uid.clone(),
        ical_sequence: booking.ical_sequence,
        rating: booking.rating,
        no_show_host: booking.is_host_absent.then_some(true),
        cancelled_by: reader.address(booking, booking.cancelled_by.as_ref()),
        rescheduled_by: reader.address(booking, booking.rescheduled_by.as_ref()),
        creation_source: Some("API_V2".to_owned()),
        user: organizer(booking),
        attendees: attendees(booking, &made.attendees, reader),
        payment: Vec::new(),
        references: Vec::new(),
        apps_status: Vec::new(),
        payment_required: false,
        payment_uid: None,
        payment_id: None,
        message: None,
        lucky_users: Vec::new(),
        seat_reference_uid: made.seat.clone(),
        video_call_url: booking
            .metadata
            .get(metadata::VIDEO_CALL_URL)
            .and_then(Value::as_str)
            .map(str::to_owned),
        previous_booking: booking
            .from_reschedule_uid
            .clone()
            .map(|uid| contract::PreviousBooking { uid }),
        is_dry_run: false,
    }
}

/// A booking as it is read and listed.
pub(super) fn info(
    booking: &Booking,
    all: &[Attendee],
    title: Option<String>,
    reader: Reader,
) -> contract::BookingInfo {
    contract::BookingInfo {
        id: booking.id.0,
        uid: booking.uid.clone(),
        title: reader.title(booking),
        description: booking.description.clone().unwrap_or_default(),
        start_time: timestamp(booking.start),
        end_time: timestamp(booking.end),
        status: status(booking),
        location: booking.location.clone(),
        metadata: shown_metadata(&booking.metadata),
        custom_inputs: Map::new(),
        responses: stored_answers(booking.responses.as_ref()),
        sms_reminder_number: sms_reminder_number(booking, None),
        recurring_event_id: booking.recurring_event_id.clone(),
        from_reschedule: booking.from_reschedule_uid.clone(),
        rescheduled: booking.is_rescheduled.then_some(true),
        cancellation_reason: booking.cancellation_reason.clone(),
        rejection_reason: booking.rejection_reason.clone(),
        paid: booking.is_paid,
        created_at: timestamp(booking.created_at),
        event_type_id: booking.event_type_id.map(|id| id.0),
        event_type: contract::BookedEventType {
            id: booking.event_type_id.map(|id| id.0),
            slug: event_type_slug(booking),
            title,
        },
        user: organizer(booking),
        attendees: attendees(booking, all, reader),
    }
}

/// The answers of a booking that is to be moved, those of the seat if there is one. The
/// components read the location's kind from them.
pub(super) fn answers_to_move(booking: &Booking, seat: Option<&Attendee>) -> Map<String, Value> {
    let of_seat = seat.and_then(|seat| seat.seat_responses.as_ref());
    let mut answers = stored_answers(of_seat.or(booking.responses.as_ref()));
    if !answers.get("location").is_some_and(Value::is_object) {
        let value = booking.location.clone().unwrap_or_default();
        answers.insert(
            "location".to_owned(),
            serde_json::json!({ "value": value, "optionValue": "" }),
        );
    }
    answers
}

/// Notes: of the seat that is asked about, else of the booking.
pub(super) fn description(booking: &Booking, seat: Option<&Attendee>) -> String {
    let of_seat = seat.and_then(|seat| seat.seat_description.clone());
    of_seat.or_else(|| booking.description.clone()).unwrap_or_default()
}

/// Where reminders go: of a shared booking, to the number of the seat that is asked about.
pub(super) fn sms_reminder_number(booking: &Booking, seat: Option<&Attendee>) -> Option<String> {
    if booking.seats_taken.is_none() {
        return booking.sms_reminder_number.clone();
    }
    let answers = seat.and_then(|seat| seat.seat_responses.as_ref())?;
    answers["smsReminderNumber"].as_str().map(str::to_owned)
}

pub(super) fn status(booking: &Booking) -> contract::BookingStatus {
    match Status::parse(&booking.status) {
        Some(Status::Accepted) => contract::BookingStatus::Accepted,
        Some(Status::Cancelled) => contract::BookingStatus::Cancelled,
        Some(Status::Rejected) => contract::BookingStatus::Rejected,
        Some(Status::AwaitingHost) => contract::BookingStatus::AwaitingHost,
        Some(Status::Pending) | None => contract::BookingStatus::Pending,
    }
}

fn organizer(booking: &Booking) -> Option<contract::Organizer> {
    booking.host.map(|id| contract::Organizer {
        id: id.0,
        email: None,
        name: booking.host_name.clone(),
        username: booking.host_username.clone(),
        time_zone: booking.host_time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
    })
}

fn attendees(booking: &Booking, all: &[Attendee], reader: Reader) -> Vec<contract::Attendee> {
    let shown = reader.seen(booking, all).iter().map(|attendee| contract::Attendee {
        id: attendee.id.0,
        email: attendee.email.clone(),
        name: attendee.name.clone(),
        time_zone: attendee.time_zone.clone(),
        phone_number: attendee.phone_number.clone(),
        locale: Some(attendee.locale.clone()),
        booking_id: booking.id.0,
        no_show: attendee.is_absent,
    });
    shown.collect()
}

fn stored_answers(stored: Option<&Value>) -> Map<String, Value> {
    stored.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn shown_metadata(stored: &Value) -> Map<String, Value> {
    stored.as_object().map(metadata::shown).unwrap_or_default()
}

/// None until something changes.
fn updated_at(booking: &Booking) -> Option<String> {
    (booking.updated_at != booking.created_at).then(|| timestamp(booking.updated_at))
}

/// What only one accepted booking of a host has at a time; none where the time is free.
fn idempotency_key(booking: &Booking) -> Option<String> {
    let host = booking.host.filter(|_| status(booking) == contract::BookingStatus::Accepted)?;
    let (start, end) = (timestamp(booking.start), timestamp(booking.end));
    let digest = digest(&format!("{start}.{end}.{}", host.0));
    let bytes = digest.first_chunk().copied()?;
    Some(uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string())
}
