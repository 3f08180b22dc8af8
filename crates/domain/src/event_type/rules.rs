//! The settings of an event type that have a form of their own.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// At most so many per period; none where there is no limit. From a shorter period to
/// a longer one they never fall (ET-7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Per day.
    pub day: Option<i32>,
    /// Per week.
    pub week: Option<i32>,
    /// Per month.
    pub month: Option<i32>,
    /// Per year.
    pub year: Option<i32>,
}

impl Limits {
    /// Period and limit, the shortest period first.
    #[must_use]
    pub fn periods(&self) -> [(&'static str, Option<i32>); 4] {
        [("day", self.day), ("week", self.week), ("month", self.month), ("year", self.year)]
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Most bookings to come of one booker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveBookingsLimit {
    /// At least 1.
    pub maximum: i32,
    /// Whether the booker is offered to move an older one.
    pub offer_reschedule: bool,
}

/// How far ahead can be booked (SLOT-80 to SLOT-85).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum BookingWindow {
    /// Today and the next days.
    Days {
        /// How many.
        count: i32,
        /// Whether only Monday to Friday count.
        business: bool,
        /// Whether only days with a free slot count.
        rolling: bool,
    },
    /// Between two dates, both included.
    Range {
        /// First date.
        from: Date,
        /// Last date.
        to: Date,
    },
}

/// Views of the booking page; the default one is enabled (ET-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookerLayouts {
    /// Shown first.
    pub default: Layout,
    /// Can be chosen.
    pub enabled: Vec<Layout>,
}

macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The contract's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The one with this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

names! {
    /// A view of the booking page.
    Layout {
        /// A month.
        Month = "month",
        /// A week.
        Week = "week",
        /// Columns of days.
        Column = "column",
    }
}

names! {
    /// How often a series repeats.
    Frequency {
        /// Every so many years.
        Yearly = "yearly",
        /// Every so many months.
        Monthly = "monthly",
        /// Every so many weeks.
        Weekly = "weekly",
    }
}

names! {
    /// Unit of a notice.
    NoticeUnit {
        /// Minutes.
        Minutes = "minutes",
        /// Hours.
        Hours = "hours",
    }
}

/// When a booking has to be confirmed by its organizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationPolicy {
    /// Only when it starts sooner than this from now (ET-35); always when none.
    pub threshold: Option<NoticeThreshold>,
    /// Whether a booking that waits keeps its slot from others.
    pub blocks_unconfirmed: bool,
}

/// A length of time, in the unit in which it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeThreshold {
    /// Unit.
    pub unit: NoticeUnit,
    /// How many of it.
    pub count: i32,
}

/// A booking is a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// Every so many of the frequency's units.
    pub interval: i32,
    /// Most bookings of the series.
    pub occurrences: i32,
    /// Unit.
    pub frequency: Frequency,
}

/// Several bookers share a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    /// 1 to 1000.
    pub per_slot: i32,
    /// Whether attendees see one another.
    pub shows_attendees: bool,
    /// Whether the number of free seats is shown.
    pub shows_availability: bool,
}

/// Colours, as they were given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Color {
    /// In the light theme.
    pub light: String,
    /// In the dark theme.
    pub dark: String,
}

/// A calendar that bookings are written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationCalendar {
    /// Name of the calendar's app.
    pub integration: String,
    /// The app's id of the calendar.
    pub external_id: String,
}

/// Settings of the built-in video; none where they were not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the contract's and say it")]
pub struct CalVideoSettings {
    pub disable_recording_for_organizer: Option<bool>,
    pub disable_recording_for_guests: Option<bool>,
    pub redirect_url_on_exit: Option<String>,
    pub enable_automatic_recording_for_organizer: Option<bool>,
    pub enable_automatic_transcription: Option<bool>,
    pub disable_transcription_for_guests: Option<bool>,
    pub disable_transcription_for_organizer: Option<bool>,
    pub send_transcription_emails: Option<bool>,
}

/// Whether bookings can be moved by their bookers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReschedulingPolicy {
    /// Never.
    pub disabled: bool,
    /// Not when they start sooner than so many minutes from now; at least 1.
    pub minutes_before: Option<i32>,
}
