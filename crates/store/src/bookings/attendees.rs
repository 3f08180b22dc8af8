//! Who attends a booking.

use serde_json::Value;
use slotd_domain::{AttendeeId, BookingId, UserId};

use super::insert::NewAttendee;
use crate::sql::{queries, row};

row! {
    /// Somebody who attends a booking, with their seat where several share it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Attendee {
        /// Id.
        pub id: AttendeeId,
        /// Address.
        pub email: String,
        /// Name.
        pub name: String,
        /// IANA name.
        pub time_zone: String,
        /// Language of what is sent to them.
        pub locale: String,
        /// International number.
        pub phone_number: Option<String>,
        /// The user who had this address when they came.
        pub user: Option<UserId>,
        /// They did not come.
        pub is_absent: bool,
        /// The key of their seat.
        pub seat_uid: Option<String>,
        /// Notes of their seat.
        pub seat_description: Option<String>,
        /// Answers of their seat.
        pub seat_responses: Option<Value>,
        /// What the customer keeps with their seat.
        pub seat_metadata: Option<Value>,
    }
}

impl Attendee {
    /// Somebody who was just written, as they would be read.
    #[must_use]
    pub fn of_new(new: &NewAttendee) -> Self {
        let seat = new.seat.as_ref();
        Self {
            id: new.id,
            email: new.email.clone(),
            name: new.name.clone(),
            time_zone: new.time_zone.clone(),
            locale: new.locale.clone(),
            phone_number: new.phone_number.clone(),
            user: new.user,
            is_absent: false,
            seat_uid: seat.map(|seat| seat.uid.clone()),
            seat_description: seat.and_then(|seat| seat.description.clone()),
            seat_responses: seat.map(|seat| seat.responses.clone()),
            seat_metadata: seat.map(|seat| seat.metadata.clone()),
        }
    }
}

queries! {
    /// Everybody who attends a booking, in the order in which they came: the booker first.
    pub fn of_booking(booking: BookingId) -> Vec<Attendee> =
        "select a.id, a.email, a.name, a.time_zone, a.locale, a.phone_number, a.user_id, a.is_absent,
            s.uid, s.description, s.responses, s.metadata
         from attendee a left join booking_seat s on s.attendee_id = a.id
         where a.booking_id = $1 order by a.position";

    /// Notes whether somebody came.
    pub fn set_absent(attendee: AttendeeId, is_absent: bool) -> u64 =
        "update attendee set is_absent = $2 where id = $1";

    /// Writes other metadata of somebody's seat.
    pub fn set_seat_metadata(attendee: AttendeeId, metadata: &Value) -> u64 =
        "update booking_seat set metadata = $2 where attendee_id = $1";
}
