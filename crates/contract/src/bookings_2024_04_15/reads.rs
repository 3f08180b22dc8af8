//! What is answered where a booking is read.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Attendee, BookingStatus, Organizer};

/// A booking as `GET /v2/bookings/{bookingUid}` shows it, and a list. Instants are UTC with
/// milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingInfo {
    /// Id.
    pub id: i32,
    /// Uid.
    pub uid: String,
    /// Title.
    pub title: String,
    /// What the booker wanted to say; empty when nothing.
    pub description: String,
    /// When it starts.
    pub start_time: String,
    /// When it ends.
    pub end_time: String,
    /// State.
    pub status: BookingStatus,
    /// Where it takes place, under its internal name.
    pub location: Option<String>,
    /// Data of the caller's own.
    pub metadata: Map<String, Value>,
    /// Always empty: answers stand in `responses`.
    pub custom_inputs: Map<String, Value>,
    /// The booker's answers.
    pub responses: Map<String, Value>,
    /// Telephone number for reminders.
    pub sms_reminder_number: Option<String>,
    /// Uid of the series.
    pub recurring_event_id: Option<String>,
    /// Uid of the booking that this one replaces.
    pub from_reschedule: Option<String>,
    /// True for a booking that another one replaced.
    pub rescheduled: Option<bool>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// Why it was declined.
    pub rejection_reason: Option<String>,
    /// Whether it was paid for.
    pub paid: bool,
    /// When it was made.
    pub created_at: String,
    /// What was booked; null for a group, and once it is deleted.
    pub event_type_id: Option<i32>,
    /// What was booked.
    pub event_type: BookedEventType,
    /// The host; null until an instant meeting has one.
    pub user: Option<Organizer>,
    /// The booker, then guests and further hosts; only those whom the caller may see.
    pub attendees: Vec<Attendee>,
}

/// The event type of a booking; of a group only the slug is known (R7.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookedEventType {
    /// Id.
    pub id: Option<i32>,
    /// Slug.
    pub slug: Option<String>,
    /// Title.
    pub title: Option<String>,
}

/// What `GET /v2/bookings/{bookingUid}/reschedule` answers: a booking that the components
/// want to move. Instants are UTC with milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RescheduleBookingInfo_2024_04_15)]
pub struct MovableBooking {
    /// Id.
    pub id: i32,
    /// Uid of the booking, also when a seat was asked for.
    pub uid: String,
    /// When it starts.
    #[schema(format = DateTime, example = "2026-11-25T09:00:00.000Z")]
    pub start_time: String,
    /// When it ends.
    #[schema(format = DateTime, example = "2026-11-25T09:30:00.000Z")]
    pub end_time: String,
    /// What the booker wanted to say; empty when nothing.
    pub description: String,
    /// Always empty: answers stand in `responses`.
    #[schema(value_type = Object)]
    pub custom_inputs: Map<String, Value>,
    /// The answers that fill the form, those of the seat where one was asked for. The
    /// components need `location.value` in them.
    #[schema(value_type = Object)]
    pub responses: Map<String, Value>,
    /// Telephone number for reminders.
    #[schema(required = true)]
    pub sms_reminder_number: Option<String>,
    /// Where it takes place, under its internal name.
    #[schema(required = true, example = "integrations:daily")]
    pub location: Option<String>,
    /// What was booked; null for a group.
    #[schema(required = true)]
    pub event_type_id: Option<i32>,
    /// State.
    pub status: BookingStatus,
    /// What its event type says about moving; null for a group.
    #[schema(required = true)]
    pub event_type: Option<MovableEventType>,
    /// The booker and guests; only those whom the caller may see.
    pub attendees: Vec<MovableAttendee>,
    /// The host.
    #[schema(required = true)]
    pub user: Option<MovableUser>,
}

/// What an event type says about moving its bookings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RescheduleEventType_2024_04_15)]
pub struct MovableEventType {
    /// Its bookings cannot be moved.
    pub disable_rescheduling: bool,
    /// Those that are over can.
    pub allow_rescheduling_past_bookings: bool,
    /// Those that were cancelled can.
    pub allow_rescheduling_cancelled_bookings: bool,
    /// How many bookers share a booking.
    #[schema(required = true)]
    pub seats_per_time_slot: Option<i32>,
}

/// An attendee of a booking that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RescheduleAttendee_2024_04_15)]
pub struct MovableAttendee {
    /// Address.
    pub email: String,
    /// Name; empty for a guest.
    pub name: String,
    /// The attendee's seat, where bookers share a booking.
    #[schema(required = true)]
    pub booking_seat: Option<MovableSeat>,
}

/// A seat of a booking that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RescheduleSeat_2024_04_15)]
pub struct MovableSeat {
    /// Uid of the seat.
    pub reference_uid: String,
}

/// The host of a booking that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RescheduleUser_2024_04_15)]
pub struct MovableUser {
    /// Id.
    pub id: i32,
    /// Whose booking page the components stay on; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub username: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::answers::tests::{answers, attendee, organizer};
    use super::*;

    /// BK-89
    #[test]
    fn a_booking_is_read_with_its_event_type_host_and_attendees() {
        let info = BookingInfo {
            id: 121,
            uid: "da4eddbe0b884551b10c48".into(),
            title: "Intro".into(),
            description: String::new(),
            start_time: "2026-11-25T09:00:00.000Z".into(),
            end_time: "2026-11-25T09:30:00.000Z".into(),
            status: BookingStatus::Cancelled,
            location: None,
            metadata: Map::new(),
            custom_inputs: Map::new(),
            responses: answers(),
            sms_reminder_number: None,
            recurring_event_id: None,
            from_reschedule: None,
            rescheduled: Some(true),
            cancellation_reason: Some("Train late".into()),
            rejection_reason: None,
            paid: false,
            created_at: "2026-11-24T11:31:29.004Z".into(),
            event_type_id: None,
            event_type: BookedEventType { id: None, slug: Some("30".into()), title: None },
            user: Some(organizer()),
            attendees: vec![attendee()],
        };
        let expected = json!({
            "id": 121, "uid": "da4eddbe0b884551b10c48", "title": "Intro", "description": "",
            "startTime": "2026-11-25T09:00:00.000Z", "endTime": "2026-11-25T09:30:00.000Z",
            "status": "CANCELLED", "location": null, "metadata": {}, "customInputs": {},
            "responses": { "name": "Bo Guest", "email": "bo.guest@example.com", "guests": [] },
            "smsReminderNumber": null, "recurringEventId": null, "fromReschedule": null,
            "rescheduled": true, "cancellationReason": "Train late", "rejectionReason": null,
            "paid": false, "createdAt": "2026-11-24T11:31:29.004Z", "eventTypeId": null,
            "eventType": { "id": null, "slug": "30", "title": null },
            "user": { "id": 101, "email": null, "name": "Ada Host", "username": "ada-host",
                "timeZone": "Europe/London" },
            "attendees": [{ "id": 122, "email": "bo.guest@example.com", "name": "Bo Guest",
                "timeZone": "Europe/London", "phoneNumber": null, "locale": "en",
                "bookingId": 121, "noShow": false }],
        });
        assert_eq!(serde_json::to_string(&info).unwrap(), expected.to_string());
    }

    /// BK-94
    #[test]
    fn a_booking_to_be_moved_shows_seats_and_a_username_only_where_they_are() {
        let attendee = |seat: Option<&str>| MovableAttendee {
            email: "bo.guest@example.com".into(),
            name: "Bo Guest".into(),
            booking_seat: seat.map(|uid| MovableSeat { reference_uid: uid.into() }),
        };
        let booking = MovableBooking {
            id: 121,
            uid: "da4eddbe0b884551b10c48".into(),
            start_time: "2026-11-25T09:00:00.000Z".into(),
            end_time: "2026-11-25T09:30:00.000Z".into(),
            description: "Looking forward to it".into(),
            custom_inputs: Map::new(),
            responses: answers(),
            sms_reminder_number: None,
            location: Some("integrations:daily".into()),
            event_type_id: Some(110),
            status: BookingStatus::Accepted,
            event_type: Some(MovableEventType {
                disable_rescheduling: false,
                allow_rescheduling_past_bookings: false,
                allow_rescheduling_cancelled_bookings: false,
                seats_per_time_slot: None,
            }),
            attendees: vec![attendee(None), attendee(Some("70ee0592"))],
            user: Some(MovableUser { id: 101, username: None }),
        };
        let expected = json!({
            "id": 121, "uid": "da4eddbe0b884551b10c48",
            "startTime": "2026-11-25T09:00:00.000Z", "endTime": "2026-11-25T09:30:00.000Z",
            "description": "Looking forward to it", "customInputs": {},
            "responses": { "name": "Bo Guest", "email": "bo.guest@example.com", "guests": [] },
            "smsReminderNumber": null, "location": "integrations:daily", "eventTypeId": 110,
            "status": "ACCEPTED",
            "eventType": { "disableRescheduling": false, "allowReschedulingPastBookings": false,
                "allowReschedulingCancelledBookings": false, "seatsPerTimeSlot": null },
            "attendees": [
                { "email": "bo.guest@example.com", "name": "Bo Guest", "bookingSeat": null },
                { "email": "bo.guest@example.com", "name": "Bo Guest",
                    "bookingSeat": { "referenceUid": "70ee0592" } },
            ],
            "user": { "id": 101 },
        });
        assert_eq!(serde_json::to_string(&booking).unwrap(), expected.to_string());
    }
}
