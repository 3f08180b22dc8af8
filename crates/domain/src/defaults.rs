//! What a new managed user starts with.

use crate::WeekDay;
use crate::schedule::{WallTime, WeeklyEntry};

/// Name of the default schedule (MU-14).
pub const SCHEDULE_NAME: &str = "Default schedule";
/// The days of the default schedule, Monday to Friday (MU-14).
pub const SCHEDULE_DAYS: [WeekDay; 5] =
    [WeekDay::Monday, WeekDay::Tuesday, WeekDay::Wednesday, WeekDay::Thursday, WeekDay::Friday];
/// Start of the default schedule's days: 09:00 in the schedule's zone (MU-14).
pub const SCHEDULE_START: WallTime = WallTime::at(9, 0);
/// End of the default schedule's days: 17:00 in the schedule's zone (MU-14).
pub const SCHEDULE_END: WallTime = WallTime::at(17, 0);

/// The hours of a schedule that was made without any (MU-14, SCH-1, SCH-30).
#[must_use]
pub fn weekly_hours() -> Vec<WeeklyEntry> {
    let days = SCHEDULE_DAYS.into_iter().collect();
    vec![WeeklyEntry { days, start: SCHEDULE_START, end: SCHEDULE_END }]
}

/// A default event type (MU-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultEventType {
    /// Title.
    pub title: &'static str,
    /// Slug.
    pub slug: &'static str,
    /// Length in minutes.
    pub length_minutes: i32,
    /// Whether it takes place in the built-in video; otherwise it has no location.
    pub has_video: bool,
}

/// The four event types of a managed user whose client enables them (MU-13).
pub const EVENT_TYPES: [DefaultEventType; 4] = [
    DefaultEventType {
        title: "30 Minutes",
        slug: "thirty-minutes",
        length_minutes: 30,
        has_video: false,
    },
    DefaultEventType {
        title: "60 Minutes",
        slug: "sixty-minutes",
        length_minutes: 60,
        has_video: false,
    },
    DefaultEventType {
        title: "30 Minutes",
        slug: "thirty-minutes-video",
        length_minutes: 30,
        has_video: true,
    },
    DefaultEventType {
        title: "60 Minutes",
        slug: "sixty-minutes-video",
        length_minutes: 60,
        has_video: true,
    },
];
