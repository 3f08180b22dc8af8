//! Cancelling, and marking who did not come.

use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use crate::fields::{self, Fields, FromBody};

/// Most attendees that are marked at once.
const MOST_MARKED: usize = 1_000;

/// The body of `POST /v2/bookings/{bookingUid}/cancel`. The booking is that of the path,
/// whatever `id` and `uid` say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancelBooking {
    /// All bookings of the series that are not over.
    pub all_remaining_bookings: bool,
    /// This booking of a series and all later ones.
    pub cancel_subsequent_bookings: bool,
    /// Why.
    pub cancellation_reason: Option<String>,
    /// Only this seat is left.
    pub seat_reference_uid: Option<String>,
    /// Address of who cancels; what the credential says counts more (R12.3).
    pub cancelled_by: Option<String>,
}

impl FromBody for CancelBooking {
    const FIELDS: &'static [&'static str] = &[
        "allRemainingBookings",
        "cancelSubsequentBookings",
        "cancellationReason",
        "seatReferenceUid",
        "cancelledBy",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut flag = |name| fields.optional(name, fields::boolean).unwrap_or(false);
        Self {
            all_remaining_bookings: flag("allRemainingBookings"),
            cancel_subsequent_bookings: flag("cancelSubsequentBookings"),
            cancellation_reason: fields
                .optional("cancellationReason", fields::long_text)
                .filter(|reason| !reason.is_empty()),
            seat_reference_uid: text(fields, "seatReferenceUid"),
            cancelled_by: text(fields, "cancelledBy"),
        }
    }
}

/// What cancelling answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CancelBookingOutput_2024_04_15)]
pub struct CancelledBooking {
    /// Id of the booking.
    pub booking_id: i32,
    /// Its uid.
    pub booking_uid: String,
    /// Whether the booking goes on without one of its seats.
    pub only_removed_attendee: bool,
}

/// The body of `POST /v2/bookings/{bookingUid}/mark-no-show`.
#[derive(Debug, Clone, Default, PartialEq, Eq, ToSchema)]
#[schema(as = MarkNoShowInput_2024_04_15, rename_all = "camelCase")]
pub struct MarkNoShow {
    /// Whether the host did not come; left as it is when none.
    #[schema(required = false, nullable = false)]
    pub no_show_host: Option<bool>,
    /// Who else is marked.
    #[schema(required = false)]
    pub attendees: Vec<AttendeeAbsence>,
}

/// Whether an attendee came.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(as = MarkNoShowAttendeeInput_2024_04_15, rename_all = "camelCase")]
pub struct AttendeeAbsence {
    /// Address of the attendee.
    #[schema(example = "omar@mail.test")]
    pub email: String,
    /// True: did not come.
    pub no_show: bool,
}

impl FromBody for MarkNoShow {
    const FIELDS: &'static [&'static str] = &["noShowHost", "attendees"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            no_show_host: fields.optional("noShowHost", fields::boolean),
            attendees: fields.optional_objects("attendees", MOST_MARKED).unwrap_or_default(),
        }
    }
}

impl FromBody for AttendeeAbsence {
    const FIELDS: &'static [&'static str] = &["email", "noShow"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.required("email", fields::non_empty),
            no_show: fields.required("noShow", fields::boolean),
        }
    }
}

/// What `POST /v2/bookings/{bookingUid}/mark-no-show` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MarkNoShowOutput_2024_04_15)]
pub struct MarkedNoShow {
    /// What was done, for people.
    pub message: String,
    /// Whether the host did not come, as it was sent.
    #[schema(required = true)]
    pub no_show_host: Option<bool>,
    /// The attendees that were marked.
    pub attendees: Vec<MarkedAttendee>,
}

/// An attendee that was marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MarkNoShowAttendeeOutput_2024_04_15)]
pub struct MarkedAttendee {
    /// Address of the attendee.
    pub email: String,
    /// True: did not come.
    pub no_show: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fields::read_body;

    fn failing<T: FromBody>(body: &Value) -> Vec<String> {
        let errors = read_body::<T>(body).err().expect("a refusal");
        errors.into_iter().map(|error| error.property.into_owned()).collect()
    }

    /// BK-93
    #[test]
    fn all_of_a_cancellation_can_be_left_out() {
        assert_eq!(read_body(&json!({})), Ok(CancelBooking::default()));
        let nulls = json!({ "cancellationReason": "", "seatReferenceUid": null,
            "allRemainingBookings": null, "internalNote": { "id": 1 } });
        assert_eq!(read_body(&nulls), Ok(CancelBooking::default()));
        let sent = json!({ "id": 125, "uid": "25ad41a6b813436c911bf7",
            "cancellationReason": "changed plans", "allRemainingBookings": true,
            "cancelSubsequentBookings": true, "cancelledBy": "bo@example.com",
            "seatReferenceUid": "70ee0592" });
        let read = CancelBooking {
            all_remaining_bookings: true,
            cancel_subsequent_bookings: true,
            cancellation_reason: Some("changed plans".into()),
            seat_reference_uid: Some("70ee0592".into()),
            cancelled_by: Some("bo@example.com".into()),
        };
        assert_eq!(read_body(&sent), Ok(read));
        let bad = json!({ "allRemainingBookings": "true", "cancellationReason": 7 });
        assert_eq!(failing::<CancelBooking>(&bad), ["allRemainingBookings", "cancellationReason"]);
    }

    /// BK-93
    #[test]
    fn a_cancellation_is_answered_with_three_properties() {
        let answer = CancelledBooking {
            booking_id: 125,
            booking_uid: "25ad41a6b813436c911bf7".into(),
            only_removed_attendee: false,
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"bookingId":125,"bookingUid":"25ad41a6b813436c911bf7","onlyRemovedAttendee":false}"#
        );
    }

    #[test]
    fn the_host_and_attendees_are_marked() {
        let sent =
            json!({ "noShowHost": true, "attendees": [{ "email": "a@b.test", "noShow": true }] });
        let read: MarkNoShow = read_body(&sent).unwrap();
        assert_eq!(read.no_show_host, Some(true));
        assert_eq!(read.attendees, [AttendeeAbsence { email: "a@b.test".into(), no_show: true }]);
        assert_eq!(read_body(&json!({})), Ok(MarkNoShow::default()));
        for (bad, field) in [
            (json!({ "noShowHost": 1 }), "noShowHost"),
            (json!({ "attendees": {} }), "attendees"),
            (json!({ "attendees": [{ "email": "a@b.test" }] }), "attendees"),
            (json!({ "attendees": [{ "email": "", "noShow": true }] }), "attendees"),
        ] {
            assert_eq!(failing::<MarkNoShow>(&bad), [field], "{bad}");
        }
        let answer = MarkedNoShow {
            message: "Marked".into(),
            no_show_host: None,
            attendees: vec![MarkedAttendee { email: "a@b.test".into(), no_show: true }],
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"message":"Marked","noShowHost":null,"attendees":[{"email":"a@b.test","noShow":true}]}"#
        );
    }
}
