//! Slots and reservations: versions 2024-09-04 and 2024-04-15 (file 02, sections 11, 12
//! and 15).

use serde_json::Value;

use crate::fields::{Checked, whole};

mod answers;
mod legacy;
mod moment;
mod query;
mod reservations;

pub use answers::{
    DaysOf, Explained, ExplainedHost, LegacySlot, LegacySlots, RemovedTime, Shown, Slot, SlotDay,
    TimeOfDay,
};
pub use legacy::{GetAvailable, LegacyTarget, ReserveSlot};
pub use moment::{Clock, Moment};
pub use query::{GetSlots, Target};
pub use reservations::{CreateReservation, Reservation};

/// Most days that slots are asked for at once, counted from now or later.
pub const MOST_DAYS: i64 = 400;
/// Most slots of one answer: a month of minutes fits, years of them do not.
pub const MOST_SLOTS: usize = 100_000;
/// A year.
const MOST_MINUTES: i64 = 366 * 24 * 60;

/// Most users of a group that is booked at once.
pub const MOST_USERNAMES: usize = 100;

/// A number that an id can be.
pub(crate) fn id(name: &str, value: Option<&Value>) -> Checked<i32> {
    at_most(name, value, i32::MAX.into())
}

/// Minutes, from one to a year.
pub(crate) fn minutes(name: &str, value: Option<&Value>) -> Checked<i32> {
    at_most(name, value, MOST_MINUTES)
}

fn at_most(name: &str, value: Option<&Value>, most: i64) -> Checked<i32> {
    whole(name, value, most).map(|number| i32::try_from(number).expect("at most what an i32 holds"))
}
