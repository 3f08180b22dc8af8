//! What is answered where bookings are made.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// State of a booking, as the shape names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = BookingStatus_2024_04_15)]
pub enum BookingStatus {
    /// It takes place.
    Accepted,
    /// It waits for the host, or for a payment.
    Pending,
    /// It was called off, or moved.
    Cancelled,
    /// The host declined it.
    Rejected,
    /// An instant meeting that nobody has joined.
    AwaitingHost,
}

/// A booking that was just made: all that is stored about it (R24.5). Instants are UTC
/// with milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateBookingOutput_2024_04_15)]
pub struct Booking {
    /// Id.
    #[schema(example = 90321)]
    pub id: i32,
    /// Uid, which opens the booking to whoever has it.
    #[schema(example = "hK3vQ9rW1xUeT5bYz7NcAm")]
    pub uid: String,
    /// Key that two bookings of the same time cannot share; null where the time is free again.
    #[schema(required = true)]
    pub idempotency_key: Option<String>,
    /// The host; null until an instant meeting has one.
    #[schema(required = true)]
    pub user_id: Option<i32>,
    /// The host's address at the time of the booking.
    #[schema(required = true)]
    pub user_primary_email: Option<String>,
    /// What was booked; null for a group.
    #[schema(required = true)]
    pub event_type_id: Option<i32>,
    /// Title.
    pub title: String,
    /// What the booker wanted to say; empty when nothing.
    pub description: String,
    /// Always empty: answers stand in `responses`.
    #[schema(value_type = Object)]
    pub custom_inputs: Map<String, Value>,
    /// The booker's answers, as they were sent.
    #[schema(value_type = Object)]
    pub responses: Map<String, Value>,
    /// When it starts.
    #[schema(format = DateTime, example = "2026-05-11T08:00:00.000Z")]
    pub start_time: String,
    /// When it ends.
    #[schema(format = DateTime, example = "2026-05-11T08:30:00.000Z")]
    pub end_time: String,
    /// Where it takes place, under its internal name.
    #[schema(required = true, example = "integrations:daily")]
    pub location: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    #[schema(required = true)]
    pub updated_at: Option<String>,
    /// State.
    pub status: BookingStatus,
    /// Whether it was paid for.
    pub paid: bool,
    /// Why it was cancelled.
    #[schema(required = true)]
    pub cancellation_reason: Option<String>,
    /// Why it was declined.
    #[schema(required = true)]
    pub rejection_reason: Option<String>,
    /// Length in minutes of a group's booking, as text.
    #[schema(required = true)]
    pub dynamic_event_slug_ref: Option<String>,
    /// Usernames of a group, with `+` between.
    #[schema(required = true)]
    pub dynamic_group_slug_ref: Option<String>,
    /// True for a booking that another one replaced.
    #[schema(required = true)]
    pub rescheduled: Option<bool>,
    /// Uid of the booking that this one replaces.
    #[schema(required = true)]
    pub from_reschedule: Option<String>,
    /// Uid of the series.
    #[schema(required = true)]
    pub recurring_event_id: Option<String>,
    /// Telephone number for reminders.
    #[schema(required = true)]
    pub sms_reminder_number: Option<String>,
    /// Data of the caller's own.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// Identity in calendars.
    #[serde(rename = "iCalUID")]
    pub ical_uid: String,
    /// How often calendars were told of a change.
    #[serde(rename = "iCalSequence")]
    pub ical_sequence: i32,
    /// What an attendee thought of it.
    #[schema(required = true)]
    pub rating: Option<i32>,
    /// Whether the host did not come.
    #[schema(required = true)]
    pub no_show_host: Option<bool>,
    /// Address of who cancelled it.
    #[schema(required = true)]
    pub cancelled_by: Option<String>,
    /// Address of who moved it.
    #[schema(required = true)]
    pub rescheduled_by: Option<String>,
    /// How it was made.
    #[schema(required = true, example = "API_V2")]
    pub creation_source: Option<String>,
    /// The host.
    #[schema(required = true)]
    pub user: Option<Organizer>,
    /// The booker, then guests and further hosts.
    pub attendees: Vec<Attendee>,
    /// Payments.
    #[schema(value_type = Vec<Object>)]
    pub payment: Vec<Value>,
    /// What other services keep about it.
    #[schema(value_type = Vec<Object>)]
    pub references: Vec<Value>,
    /// How these services fared.
    #[schema(value_type = Vec<Object>)]
    pub apps_status: Vec<Value>,
    /// Whether it has to be paid for.
    pub payment_required: bool,
    /// Opens the page where it is paid; only where a payment is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub payment_uid: Option<String>,
    /// Id of the payment that is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub payment_id: Option<i32>,
    /// `Payment required`, where a payment is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, value_type = String)]
    pub message: Option<&'static str>,
    /// Hosts that were chosen in turn.
    pub lucky_users: Vec<i32>,
    /// The booker's seat; only where bookers share a booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub seat_reference_uid: Option<String>,
    /// Where the meeting takes place; only once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub video_call_url: Option<String>,
    /// The booking that was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub previous_booking: Option<PreviousBooking>,
    /// Whether nothing was stored.
    pub is_dry_run: bool,
}

impl Booking {
    /// The answer of a dry run: the booking as it would have been, under names that no
    /// booking has (section 24.6 of the booking rules).
    #[must_use]
    pub fn into_dry_run(self) -> Self {
        const ID: i32 = -101;
        let attendee = |attendee| Attendee { booking_id: ID, ..attendee };
        Self {
            id: ID,
            uid: "DRY_RUN_UID".to_owned(),
            ical_uid: "DRY_RUN_ICAL_UID".to_owned(),
            attendees: self.attendees.into_iter().map(attendee).collect(),
            is_dry_run: true,
            ..self
        }
    }
}

/// The host of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BookingUser_2024_04_15)]
pub struct Organizer {
    /// Id.
    pub id: i32,
    /// Always null: whoever has the uid reads it.
    #[schema(required = true)]
    pub email: Option<String>,
    /// Name.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Username.
    #[schema(required = true)]
    pub username: Option<String>,
    /// IANA name.
    pub time_zone: String,
}

/// An attendee of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BookingAttendee_2024_04_15)]
pub struct Attendee {
    /// Id.
    pub id: i32,
    /// Address, for a managed user with the client's suffix.
    pub email: String,
    /// Name; empty for a guest.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// Telephone number.
    #[schema(required = true)]
    pub phone_number: Option<String>,
    /// Language.
    #[schema(required = true)]
    pub locale: Option<String>,
    /// The booking.
    pub booking_id: i32,
    /// Whether the attendee did not come.
    pub no_show: bool,
}

/// The booking that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PreviousBooking_2024_04_15)]
pub struct PreviousBooking {
    /// Its uid.
    pub uid: String,
}

/// What `POST /v2/bookings/instant` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InstantBookingOutput_2024_04_15)]
pub struct InstantMeeting {
    /// Always `Success`.
    #[schema(value_type = String)]
    pub message: &'static str,
    /// Id of the token that hosts join with.
    pub meeting_token_id: i32,
    /// Id of the booking.
    pub booking_id: i32,
    /// Its uid.
    pub booking_uid: String,
    /// Until when a host can join.
    #[schema(format = DateTime)]
    pub expires: String,
    /// Always null: there is no host yet.
    #[schema(required = true)]
    pub user_id: Option<i32>,
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn organizer() -> Organizer {
        Organizer {
            id: 101,
            email: None,
            name: Some("Ada Host".into()),
            username: Some("ada-host".into()),
            time_zone: "Europe/London".into(),
        }
    }

    pub(crate) fn attendee() -> Attendee {
        Attendee {
            id: 122,
            email: "bo.guest@example.com".into(),
            name: "Bo Guest".into(),
            time_zone: "Europe/London".into(),
            phone_number: None,
            locale: Some("en".into()),
            booking_id: 121,
            no_show: false,
        }
    }

    pub(crate) fn answers() -> Map<String, Value> {
        let answers = json!({ "name": "Bo Guest", "email": "bo.guest@example.com", "guests": [] });
        answers.as_object().unwrap().clone()
    }

    fn booking() -> Booking {
        Booking {
            id: 121,
            uid: "da4eddbe0b884551b10c48".into(),
            idempotency_key: Some("1720ca77".into()),
            user_id: Some(101),
            user_primary_email: Some("host@example.com".into()),
            event_type_id: Some(110),
            title: "Intro call between Ada Host and Bo Guest".into(),
            description: String::new(),
            custom_inputs: Map::new(),
            responses: answers(),
            start_time: "2026-11-25T09:00:00.000Z".into(),
            end_time: "2026-11-25T09:30:00.000Z".into(),
            location: Some("integrations:daily".into()),
            created_at: "2026-11-24T11:31:29.004Z".into(),
            updated_at: None,
            status: BookingStatus::Accepted,
            paid: false,
            cancellation_reason: None,
            rejection_reason: None,
            dynamic_event_slug_ref: None,
            dynamic_group_slug_ref: None,
            rescheduled: None,
            from_reschedule: None,
            recurring_event_id: None,
            sms_reminder_number: None,
            metadata: Map::new(),
            ical_uid: "da4eddbe0b884551b10c48@Cal.com".into(),
            ical_sequence: 0,
            rating: None,
            no_show_host: None,
            cancelled_by: None,
            rescheduled_by: None,
            creation_source: Some("API_V2".into()),
            user: Some(organizer()),
            attendees: vec![attendee()],
            payment: Vec::new(),
            references: Vec::new(),
            apps_status: Vec::new(),
            payment_required: false,
            payment_uid: None,
            payment_id: None,
            message: None,
            lucky_users: Vec::new(),
            seat_reference_uid: None,
            video_call_url: None,
            previous_booking: None,
            is_dry_run: false,
        }
    }

    /// BK-85, R24.5
    #[test]
    fn a_new_booking_shows_what_is_stored() {
        let expected = [
            r#"{"id":121,"uid":"da4eddbe0b884551b10c48","idempotencyKey":"1720ca77","userId":101,"#,
            r#""userPrimaryEmail":"host@example.com","eventTypeId":110,"#,
            r#""title":"Intro call between Ada Host and Bo Guest","description":"","customInputs":{},"#,
            r#""responses":{"name":"Bo Guest","email":"bo.guest@example.com","guests":[]},"#,
            r#""startTime":"2026-11-25T09:00:00.000Z","endTime":"2026-11-25T09:30:00.000Z","#,
            r#""location":"integrations:daily","createdAt":"2026-11-24T11:31:29.004Z","#,
            r#""updatedAt":null,"status":"ACCEPTED","paid":false,"cancellationReason":null,"#,
            r#""rejectionReason":null,"dynamicEventSlugRef":null,"dynamicGroupSlugRef":null,"#,
            r#""rescheduled":null,"fromReschedule":null,"recurringEventId":null,"#,
            r#""smsReminderNumber":null,"metadata":{},"#,
            r#""iCalUID":"da4eddbe0b884551b10c48@Cal.com","iCalSequence":0,"rating":null,"#,
            r#""noShowHost":null,"cancelledBy":null,"rescheduledBy":null,"creationSource":"API_V2","#,
            r#""user":{"id":101,"email":null,"name":"Ada Host","username":"ada-host","#,
            r#""timeZone":"Europe/London"},"attendees":[{"id":122,"email":"bo.guest@example.com","#,
            r#""name":"Bo Guest","timeZone":"Europe/London","phoneNumber":null,"locale":"en","#,
            r#""bookingId":121,"noShow":false}],"payment":[],"references":[],"appsStatus":[],"#,
            r#""paymentRequired":false,"luckyUsers":[],"isDryRun":false}"#,
        ];
        assert_eq!(serde_json::to_string(&booking()).unwrap(), expected.concat());
    }

    /// R24.5
    #[test]
    fn payment_seat_and_video_show_only_where_they_are() {
        let answer = Booking {
            payment_required: true,
            payment_uid: Some("pay_1".into()),
            payment_id: Some(4),
            message: Some("Payment required"),
            seat_reference_uid: Some("70ee0592".into()),
            video_call_url: Some("https://meet.example.com/x".into()),
            previous_booking: Some(PreviousBooking { uid: "old".into() }),
            ..booking()
        };
        let answer = serde_json::to_value(answer).unwrap();
        for (name, value) in [
            ("paymentRequired", json!(true)),
            ("paymentUid", json!("pay_1")),
            ("paymentId", json!(4)),
            ("message", json!("Payment required")),
            ("seatReferenceUid", json!("70ee0592")),
            ("videoCallUrl", json!("https://meet.example.com/x")),
            ("previousBooking", json!({ "uid": "old" })),
        ] {
            assert_eq!(answer[name], value, "{name}");
        }
    }

    /// BK-91
    #[test]
    fn a_dry_run_has_the_names_of_no_booking_and_the_state_it_would_have() {
        let dry = Booking { status: BookingStatus::Pending, ..booking() }.into_dry_run();
        let answer = serde_json::to_value(dry).unwrap();
        assert_eq!(answer["id"], -101);
        assert_eq!(answer["uid"], "DRY_RUN_UID");
        assert_eq!(answer["iCalUID"], "DRY_RUN_ICAL_UID");
        assert_eq!(answer["isDryRun"], true);
        assert_eq!(answer["status"], "PENDING");
        assert_eq!(answer["attendees"][0]["bookingId"], -101);
        assert_eq!(answer["startTime"], "2026-11-25T09:00:00.000Z");
    }

    #[test]
    fn states_have_upper_case_names() {
        let states = [
            (BookingStatus::Accepted, "ACCEPTED"),
            (BookingStatus::Pending, "PENDING"),
            (BookingStatus::Cancelled, "CANCELLED"),
            (BookingStatus::Rejected, "REJECTED"),
            (BookingStatus::AwaitingHost, "AWAITING_HOST"),
        ];
        for (state, name) in states {
            assert_eq!(serde_json::to_value(state).unwrap(), name);
        }
    }

    #[test]
    fn an_instant_meeting_is_answered_without_a_host() {
        let answer = InstantMeeting {
            message: "Success",
            meeting_token_id: 5,
            booking_id: 9,
            booking_uid: "x".into(),
            expires: "2026-11-25T09:00:00.000Z".into(),
            user_id: None,
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"message":"Success","meetingTokenId":5,"bookingId":9,"bookingUid":"x","expires":"2026-11-25T09:00:00.000Z","userId":null}"#
        );
    }
}
