//! Who attends a booking.

use serde_json::Value;
use slotd_domain::{AttendeeId, BookingId};

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

queries! {
    /// Everybody who attends a booking, the booker first.
    pub fn of_booking(booking: BookingId) -> Vec<Attendee> =
        "select a.id, a.email, a.name, a.time_zone, a.locale, a.phone_number, a.is_absent,
            s.uid, s.description, s.responses, s.metadata
         from attendee a left join booking_seat s on s.attendee_id = a.id
         where a.booking_id = $1 order by a.id";

    /// Notes whether somebody came.
    pub fn set_absent(attendee: AttendeeId, is_absent: bool) -> u64 =
        "update attendee set is_absent = $2 where id = $1";
}
