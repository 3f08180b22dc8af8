//! Bookings with who attends them, whose time they take and what happened to them.

pub(crate) mod attendees;
pub(crate) mod change;
pub(crate) mod insert;
pub(crate) mod list;
pub(crate) mod read;

pub use attendees::{Attendee, of_booking as attendees_of, set_absent, set_seat_metadata};
pub use change::{
    cancel, give_seat_up, join, move_seat, move_whole, pass_on, reject, release, set_absent_host,
    set_location, set_metadata, set_responses, set_status, share, take_time,
};
pub use insert::{NewAttendee, NewBooking, NewSeat, add_attendee, give_seat, insert};
pub use list::{Filter, Order, Viewer, count, page};
pub use read::{
    Booking, Reference, active_of_booker, by_id, by_seat, by_uid, duplicate, hosts_of, lock,
    of_series, references_of, seated_at,
};
