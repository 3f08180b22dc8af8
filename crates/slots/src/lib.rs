//! When somebody can be booked (file 02, section 13).
//!
//! Pure functions: what is offered follows from a [`Request`] and nothing else (SLOT-21),
//! which also says what time it is. Hours and overrides become ranges of instants; busy
//! time with its buffers, and periods whose limit is reached, are taken away from them;
//! starts are laid out in what is left ([`Availability`]). Whether one start can be booked,
//! and if not why, is the same decision ([`Availability::verdict`]).
//!
//! All intervals are half-open. Instants have microseconds.

mod availability;
mod explain;
mod hosts;
mod interval;
mod limits;
mod request;
mod starts;
mod time;
mod verdict;
mod window;
mod zone;

pub use availability::{Availability, Day, Slot};
pub use explain::{DayReport, HostReport, Removed};
pub use interval::Interval;
pub use request::{
    Away, Booked, Counted, Hold, Host, Hours, Kind, Query, Reads, Request, Rules, Scheduling,
    Seated,
};
pub use time::Reason;
pub use verdict::Refusal;
