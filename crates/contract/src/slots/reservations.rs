//! Reservations of version 2024-09-04 (file 02, section 15).

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{id, minutes};
use crate::fields::{self, Fields, FromBody};

/// The body of `POST /v2/slots/reservations` and of its `PATCH`.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(as = ReserveSlotInput_2024_09_04, rename_all = "camelCase")]
pub struct CreateReservation {
    /// What is to be booked.
    #[schema(example = 1)]
    pub event_type_id: i32,
    /// When the slot starts; UTC without an offset.
    #[schema(value_type = String, example = "2024-09-04T09:00:00Z")]
    pub slot_start: Timestamp,
    /// Length of the slot in minutes, for event types with several lengths.
    #[schema(required = false, nullable = false, example = 30)]
    pub slot_duration: Option<i32>,
    /// For how many minutes it is kept; 5 if nothing is said. Only for those who may say
    /// so (RES-3).
    #[schema(required = false, nullable = false, example = 5)]
    pub reservation_duration: Option<i32>,
}

impl FromBody for CreateReservation {
    const FIELDS: &'static [&'static str] =
        &["eventTypeId", "slotStart", "slotDuration", "reservationDuration"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            event_type_id: fields.required("eventTypeId", id),
            slot_start: fields.required("slotStart", fields::instant),
            slot_duration: fields.optional("slotDuration", minutes),
            reservation_duration: fields.optional("reservationDuration", minutes),
        }
    }
}

/// A time that is kept for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReserveSlotOutput_2024_09_04)]
pub struct Reservation {
    /// What is to be booked.
    pub event_type_id: i32,
    /// When the slot starts.
    #[schema(example = "2024-09-04T09:00:00.000Z")]
    pub slot_start: String,
    /// When it ends.
    #[schema(example = "2024-09-04T10:00:00.000Z")]
    pub slot_end: String,
    /// Its length in minutes.
    pub slot_duration: i64,
    /// The key to change, read or delete the reservation, or to book with it.
    #[schema(example = "e84be5a3-4696-49e3-acc7-b2f3999c3b94")]
    pub reservation_uid: String,
    /// For how many minutes it was kept; left out where a reservation is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub reservation_duration: Option<i32>,
    /// Until when.
    #[schema(example = "2024-09-04T10:05:00.000Z")]
    pub reservation_until: String,
}
