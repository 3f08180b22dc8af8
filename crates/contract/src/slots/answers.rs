//! What `GET /v2/slots` and `GET /v2/slots/available` answer.

use jiff::civil::Date;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::Moment;

/// A slot of version 2024-09-04.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// When it starts.
    pub start: Moment,
    /// When it ends; only with `format=range`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// Seats that are booked or held; only where bookers share a slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_booked: Option<i32>,
    /// Seats that can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_remaining: Option<i32>,
    /// All seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_total: Option<i32>,
    /// The booking that has the seats, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_uid: Option<String>,
}

/// A slot of version 2024-04-15.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegacySlot {
    /// When it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// The same, with `slotFormat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Moment>,
    /// When it ends, with `slotFormat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Moment>,
    /// Seats that are taken, once somebody booked one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendees: Option<i32>,
    /// The booking that has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_uid: Option<String>,
    /// The host is out of office (SLOT-101): the properties say who, and who else can be
    /// booked.
    #[serde(flatten)]
    pub away: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The slots of a local date.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotDay<S> {
    /// The date.
    pub date: Date,
    /// Ascending.
    pub slots: Vec<S>,
}

/// Slots by their date: an object whose keys are dates, ascending. Dates without slots
/// are not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct DaysOf<S>(pub Vec<SlotDay<S>>);

impl<S: Serialize> Serialize for DaysOf<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_map(self.0.iter().map(|day| (day.date.to_string(), &day.slots)))
    }
}

/// The data of version 2024-04-15.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegacySlots {
    /// Slots by their date.
    pub slots: DaysOf<LegacySlot>,
}

/// The answer of `GET /v2/slots`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SlotsOutput_2024_09_04)]
pub struct Shown {
    /// Always `success`.
    #[schema(value_type = String, example = "success")]
    pub status: crate::Status,
    /// By local date, a list of slots: `{"start": "2050-09-05T09:00:00.000+02:00"}`, with `end` for
    /// `format=range`; with seats `seatsBooked`, `seatsRemaining`, `seatsTotal` and `bookingUid`.
    #[schema(value_type = Object)]
    pub data: DaysOf<Slot>,
    /// Only with `explain=true`: for each date what took time away from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub explanation: Option<Vec<Explained>>,
}

/// Why a date has the slots that it has.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// The local date.
    pub date: String,
    /// How many slots can be booked.
    pub slots: usize,
    /// For each host, when they work and what is not free of that day.
    pub hosts: Vec<ExplainedHost>,
    /// Starts in free time that are not offered.
    pub refused: Vec<RemovedTime>,
}

/// What a day lost of one host's time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedHost {
    /// Id of the host.
    pub user_id: i32,
    /// When they work.
    pub working: Vec<TimeOfDay>,
    /// What is not free. Nothing is said about what a booking or event is, or whose.
    pub removed: Vec<RemovedTime>,
}

/// Some time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeOfDay {
    /// From when.
    pub start: Moment,
    /// Until when.
    pub end: Moment,
}

/// A time that a rule took away.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RemovedTime {
    /// Which rule: `workingHours`, `override`, `outOfOffice`, `booking`, `buffer`, `calendar`,
    /// `countLimit`, `durationLimit`, `notice`, `bookingWindow`, `hold`, `sharedTime`,
    /// `seatsFull` or `notFirst`.
    pub rule: &'static str,
    /// From when.
    pub start: Moment,
    /// Until when.
    pub end: Moment,
}
