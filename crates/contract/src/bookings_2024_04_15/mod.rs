//! Bookings in the shape of version 2024-04-15, which the components send and read
//! (section 24 of the booking rules).

mod answers;
mod changes;
mod create;
mod list;
mod reads;
mod responses;

pub use answers::{Attendee, Booking, BookingStatus, InstantMeeting, Organizer, PreviousBooking};
pub use changes::{
    AttendeeAbsence, CancelBooking, CancelledBooking, MarkNoShow, MarkedAttendee, MarkedNoShow,
};
pub use create::{CreateBooking, CreateRecurring};
pub use list::{Bookings, ListBookings, ListedStatus, Series};
pub use reads::{
    BookedEventType, BookingInfo, MovableAttendee, MovableBooking, MovableEventType, MovableSeat,
    MovableUser,
};
pub use responses::{BookerName, ChosenLocation, Responses};

use crate::fields::{self, Fields};

/// A short text; an empty one counts as absent, because the components send those.
fn text(fields: &mut Fields<'_>, name: &'static str) -> Option<String> {
    fields.optional(name, fields::short_text).filter(|text| !text.is_empty())
}
