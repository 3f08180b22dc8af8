//! Bookings: what may become of them, what a booker answers, where they take place
//! (file 03). Everything in here is told the time and given its random bits.

pub mod answers;
pub mod approval;
pub mod attendee;
pub mod calendar_entry;
pub mod fields;
pub mod length;
pub mod links;
pub mod location;
pub mod metadata;
pub mod recurrence;
pub mod title;
pub mod validity;

mod status;
mod uid;

pub use status::{Action, Refused, Status};
pub use uid::BookingUid;
