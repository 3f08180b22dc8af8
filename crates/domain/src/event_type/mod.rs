//! Event types: what can be booked, and how (file 02, section 6).
//!
//! One value whatever shape it was written in: the contract's current and legacy
//! forms and the components' settings form are read into it at the edge and written
//! from it. Times are minutes; dates are wall-clock dates.

mod booking_field;
mod checks;
mod location;
mod rules;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ScheduleId;

pub use booking_field::{BookingField, FieldKind, FieldOption, SplitName};
pub use checks::{Refusal, normalize_slug};
pub use location::{Integration, Location};
pub use rules::{
    ActiveBookingsLimit, BookerLayouts, BookingWindow, CalVideoSettings, Color, ConfirmationPolicy,
    DestinationCalendar, Frequency, Layout, Limits, NoticeThreshold, NoticeUnit, Recurrence,
    ReschedulingPolicy, Seats,
};

/// Interface languages that an event type can have; the empty text is the browser's.
pub const INTERFACE_LANGUAGES: [&str; 38] = [
    "", "en", "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "es-419", "eu", "et",
    "fi", "fr", "he", "hu", "it", "ja", "km", "ko", "nl", "no", "pl", "pt-BR", "pt", "ro", "ru",
    "sk-SK", "sr", "sv", "tr", "uk", "vi", "zh-CN", "zh-TW",
];

/// An event type, without what its row says about its owner.
#[derive(Debug, Clone, PartialEq)]
pub struct EventType {
    /// Title.
    pub title: String,
    /// Slug, unique per owner; normalised ([`normalize_slug`]).
    pub slug: String,
    /// Usual length of a booking.
    pub length_minutes: i32,
    /// Left out of lists of others, but bookable (ET-19).
    pub is_hidden: bool,
    /// Whose hours count; the owner's default schedule when none.
    pub schedule_id: Option<ScheduleId>,
    /// Where it takes place. None: the organizer's default app (file 03, R7.25).
    pub locations: Vec<Location>,
    /// What a booker is asked, in the order of ET-25; none when it was never set
    /// (ET-27), see [`BookingField::shown`].
    pub booking_fields: Option<Vec<BookingField>>,
    /// Everything else.
    pub settings: Settings,
}

/// What can be set about an event type beside what its columns hold. It is stored as
/// JSON: a field that is new has its default in rows that are older.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Description; none shows as the empty text.
    pub description: Option<String>,
    /// Lengths that a booker can choose from; empty: only the usual one (ET-6).
    pub length_options_minutes: Vec<i32>,
    /// A booker cannot add guests (ET-31).
    pub disable_guests: bool,
    /// Distance of the starts of slots; the length when none.
    pub slot_interval_minutes: Option<i32>,
    /// How long before its start a slot can still be booked.
    pub minimum_notice_minutes: i32,
    /// Kept free before a booking.
    pub before_buffer_minutes: i32,
    /// Kept free after a booking.
    pub after_buffer_minutes: i32,
    /// Starts of slots are moved by so much.
    pub offset_start_minutes: i32,
    /// Most bookings per period.
    pub booking_limits_count: Limits,
    /// Most booked minutes per period.
    pub booking_limits_duration: Limits,
    /// Most bookings to come of one booker.
    pub active_bookings_limit: Option<ActiveBookingsLimit>,
    /// Only the first free slot of a day is shown.
    pub only_first_available_slot: bool,
    /// How far ahead it can be booked; without end when none.
    pub booking_window: Option<BookingWindow>,
    /// Views of the booking page.
    pub booker_layouts: Option<BookerLayouts>,
    /// Whether a booking has to be confirmed; never when none.
    pub confirmation: Option<ConfirmationPolicy>,
    /// A booking is a series.
    pub recurrence: Option<Recurrence>,
    /// Several bookers share a slot.
    pub seats: Option<Seats>,
    /// A booker proves their address first.
    pub requires_booker_email_verification: bool,
    /// Notes stay out of the calendar.
    pub hide_calendar_notes: bool,
    /// Details stay out of the calendar.
    pub hide_calendar_event_details: bool,
    /// The organizer's address is not shown.
    pub hide_organizer_email: bool,
    /// The booking page shows one zone only.
    pub lock_time_zone: bool,
    /// Colours.
    pub color: Option<Color>,
    /// Name of bookings, with placeholders (ET-9).
    pub custom_name: Option<String>,
    /// Calendar that bookings are written to.
    pub destination_calendar: Option<DestinationCalendar>,
    /// Invitations come from the destination calendar's address.
    pub use_destination_calendar_email: bool,
    /// Where a booker is sent after booking.
    pub success_redirect_url: Option<String>,
    /// Settings of the built-in video.
    pub cal_video: Option<CalVideoSettings>,
    /// Only people who are logged in can book.
    pub booking_requires_authentication: bool,
    /// Bookings cannot be cancelled by their bookers.
    pub disable_cancelling: bool,
    /// Whether bookings can be moved by their bookers.
    pub rescheduling: ReschedulingPolicy,
    /// One of [`INTERFACE_LANGUAGES`].
    pub interface_language: Option<String>,
    /// Bookings in the past can be moved.
    pub allow_rescheduling_past_bookings: bool,
    /// Cancelled bookings can be booked again.
    pub allow_rescheduling_cancelled_bookings: bool,
    /// Starts of slots are chosen to leave the most free time.
    pub show_optimized_slots: bool,
    /// What the customer keeps here. Opaque.
    pub metadata: Map<String, Value>,
    /// Fields of the components' settings form that no other shape has, under the
    /// form's names. Opaque: the form reads back what it wrote.
    pub form_only: Map<String, Value>,
}

impl EventType {
    /// An event type with the defaults of everything that is not given.
    #[must_use]
    pub fn new(title: &str, slug: &str, length_minutes: i32) -> Self {
        Self {
            title: title.to_owned(),
            slug: normalize_slug(slug).to_owned(),
            length_minutes,
            is_hidden: false,
            schedule_id: None,
            locations: Vec::new(),
            booking_fields: None,
            settings: Settings::default(),
        }
    }

    /// Takes the place of all booking fields (ET-30). Guests that were disabled stay so
    /// unless their field is among them (ET-18).
    pub fn replace_booking_fields(&mut self, sent: Vec<BookingField>) {
        let names_guests = sent.iter().any(BookingField::is_guests);
        let mut fields = BookingField::arranged(sent);
        let guests = fields.iter_mut().find(|field| field.is_guests());
        if let Some(guests) = guests {
            if names_guests {
                self.settings.disable_guests = guests.is_hidden;
            } else {
                guests.is_hidden = self.settings.disable_guests;
            }
        }
        self.booking_fields = Some(fields);
    }

    /// Hides the field of guests, or shows it again, and leaves all others as they are
    /// (ET-31).
    pub fn disable_guests(&mut self, disabled: bool) {
        if self.settings.disable_guests == disabled {
            return;
        }
        self.settings.disable_guests = disabled;
        let fields =
            self.booking_fields.get_or_insert_with(|| BookingField::shown(None).into_owned());
        for guests in fields.iter_mut().filter(|field| field.is_guests()) {
            guests.is_hidden = disabled;
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            description: None,
            length_options_minutes: Vec::new(),
            disable_guests: false,
            slot_interval_minutes: None,
            minimum_notice_minutes: 120,
            before_buffer_minutes: 0,
            after_buffer_minutes: 0,
            offset_start_minutes: 0,
            booking_limits_count: Limits::default(),
            booking_limits_duration: Limits::default(),
            active_bookings_limit: None,
            only_first_available_slot: false,
            booking_window: None,
            booker_layouts: None,
            confirmation: None,
            recurrence: None,
            seats: None,
            requires_booker_email_verification: false,
            hide_calendar_notes: false,
            hide_calendar_event_details: false,
            hide_organizer_email: false,
            lock_time_zone: false,
            color: None,
            custom_name: None,
            destination_calendar: None,
            use_destination_calendar_email: false,
            success_redirect_url: None,
            cal_video: None,
            booking_requires_authentication: false,
            disable_cancelling: false,
            rescheduling: ReschedulingPolicy::default(),
            interface_language: None,
            allow_rescheduling_past_bookings: false,
            allow_rescheduling_cancelled_bookings: false,
            show_optimized_slots: false,
            metadata: Map::new(),
            form_only: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_being_stored_and_old_ones_get_the_defaults() {
        let settings = Settings {
            description: Some("x".to_owned()),
            booking_window: Some(BookingWindow::Range {
                from: jiff::civil::date(2026, 6, 5),
                to: jiff::civil::date(2026, 6, 6),
            }),
            confirmation: Some(ConfirmationPolicy {
                threshold: Some(NoticeThreshold { unit: NoticeUnit::Hours, count: 2 }),
                blocks_unconfirmed: true,
            }),
            cal_video: Some(CalVideoSettings::default()),
            ..Settings::default()
        };
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&stored).unwrap(), settings);
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }
}
