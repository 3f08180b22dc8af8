//! Event types in their current shape, version 2024-06-14 (file 02, section 6).

mod booking_fields;
mod locations;
mod output;
mod parts;
mod query;
mod rules;
mod schema;

use serde_json::Value;
use slotd_domain::ScheduleId;
use slotd_domain::event_type::{
    ActiveBookingsLimit, BookerLayouts, BookingField, BookingWindow, CalVideoSettings, Color,
    ConfirmationPolicy, DestinationCalendar, EventType, Limits, Location, Recurrence,
    ReschedulingPolicy, Seats, Settings,
};

use crate::fields::{self, Checked, Fields, FromBody, Patch};
use parts::{Read, integer};
use rules::minutes;

pub use output::{DeletedEventType, Owner, Shown, dynamic, shown};
pub use query::ListEventTypes;

/// The body of `POST /v2/event-types`. A setting that is null is as by default.
#[derive(Debug, Clone)]
pub struct CreateEventType(EventType);

/// The body of `PATCH /v2/event-types/{eventTypeId}`. What is not sent stays as it is;
/// a setting that is null is as by default again.
#[derive(Debug, Clone)]
pub struct UpdateEventType {
    length_minutes: Option<i32>,
    title: Option<String>,
    slug: Option<String>,
    changes: Changes,
}

/// A check of one value as a reader of a value with parts.
fn plain<T>(check: fn(&str, Option<&Value>) -> Checked<T>) -> impl Fn(&str, &Value) -> Read<T> {
    move |name, value| Ok(check(name, Some(value))?)
}

/// The settings: name and type, the contract's name and the reader, and where the value
/// goes. The value is none where the setting is to be as by default.
macro_rules! settings {
    ($($name:ident: $type:ty = $json:literal, $read:expr => $write:expr;)*) => {
        /// What a body says about the settings.
        #[derive(Debug, Clone, Default)]
        struct Changes {
            $($name: Patch<$type>,)*
        }

        /// `lengthInMinutes`, `title`, `slug` and the settings.
        const FIELDS: &[&str] = &["lengthInMinutes", "title", "slug", $($json),*];

        impl Changes {
            fn read(fields: &mut Fields<'_>) -> Self {
                Self { $($name: fields.patch_parts($json, $read),)* }
            }

            fn write_to(&self, event_type: &mut EventType) {
                $(
                    let write: fn(&mut EventType, Option<$type>) = $write;
                    match self.$name.clone() {
                        Patch::Absent => {}
                        Patch::Null => write(event_type, None),
                        Patch::Value(value) => write(event_type, Some(value)),
                    }
                )*
            }
        }
    };
}

settings! {
    length_options: Vec<i32> = "lengthInMinutesOptions", rules::length_options
        => |e, value| e.settings.length_options_minutes = value.unwrap_or_default();
    description: String = "description", plain(fields::long_text)
        => |e, value| e.settings.description = value;
    booking_fields: Vec<BookingField> = "bookingFields", booking_fields::read
        => |e, value| e.replace_booking_fields(value.unwrap_or_default());
    disable_guests: bool = "disableGuests", plain(fields::boolean)
        => |e, value| e.disable_guests(value.unwrap_or_default());
    slot_interval: i32 = "slotInterval", plain(minutes::<1>)
        => |e, value| e.settings.slot_interval_minutes = value;
    minimum_notice: i32 = "minimumBookingNotice", plain(minutes::<0>)
        => |e, value| e.settings.minimum_notice_minutes = value.unwrap_or_else(|| Settings::default().minimum_notice_minutes);
    before_buffer: i32 = "beforeEventBuffer", plain(minutes::<0>)
        => |e, value| e.settings.before_buffer_minutes = value.unwrap_or_default();
    after_buffer: i32 = "afterEventBuffer", plain(minutes::<0>)
        => |e, value| e.settings.after_buffer_minutes = value.unwrap_or_default();
    schedule_id: i32 = "scheduleId", plain(integer::<{ i32::MIN }, { i32::MAX }>)
        => |e, value| e.schedule_id = value.map(ScheduleId);
    limits_count: Limits = "bookingLimitsCount", rules::count_limits
        => |e, value| e.settings.booking_limits_count = value.unwrap_or_default();
    active_limit: Option<ActiveBookingsLimit> = "bookerActiveBookingsLimit", rules::active_limit
        => |e, value| e.settings.active_bookings_limit = value.flatten();
    only_first_slot: bool = "onlyShowFirstAvailableSlot", plain(fields::boolean)
        => |e, value| e.settings.only_first_available_slot = value.unwrap_or_default();
    limits_duration: Limits = "bookingLimitsDuration", rules::duration_limits
        => |e, value| e.settings.booking_limits_duration = value.unwrap_or_default();
    booking_window: Option<BookingWindow> = "bookingWindow", rules::booking_window
        => |e, value| e.settings.booking_window = value.flatten();
    offset_start: i32 = "offsetStart", plain(minutes::<0>)
        => |e, value| e.settings.offset_start_minutes = value.unwrap_or_default();
    layouts: BookerLayouts = "bookerLayouts", rules::layouts
        => |e, value| e.settings.booker_layouts = value;
    confirmation: Option<ConfirmationPolicy> = "confirmationPolicy", rules::confirmation
        => |e, value| e.settings.confirmation = value.flatten();
    recurrence: Option<Recurrence> = "recurrence", rules::recurrence
        => |e, value| e.settings.recurrence = value.flatten();
    email_verification: bool = "requiresBookerEmailVerification", plain(fields::boolean)
        => |e, value| e.settings.requires_booker_email_verification = value.unwrap_or_default();
    hide_notes: bool = "hideCalendarNotes", plain(fields::boolean)
        => |e, value| e.settings.hide_calendar_notes = value.unwrap_or_default();
    lock_time_zone: bool = "lockTimeZoneToggleOnBookingPage", plain(fields::boolean)
        => |e, value| e.settings.lock_time_zone = value.unwrap_or_default();
    color: Color = "color", rules::color
        => |e, value| e.settings.color = value;
    seats: Option<Seats> = "seats", rules::seats
        => |e, value| e.settings.seats = value.flatten();
    custom_name: String = "customName", plain(fields::short_text)
        => |e, value| e.settings.custom_name = value;
    destination_calendar: DestinationCalendar = "destinationCalendar", rules::destination_calendar
        => |e, value| e.settings.destination_calendar = value;
    destination_email: bool = "useDestinationCalendarEmail", plain(fields::boolean)
        => |e, value| e.settings.use_destination_calendar_email = value.unwrap_or_default();
    hide_details: bool = "hideCalendarEventDetails", plain(fields::boolean)
        => |e, value| e.settings.hide_calendar_event_details = value.unwrap_or_default();
    success_url: String = "successRedirectUrl", plain(fields::url)
        => |e, value| e.settings.success_redirect_url = value;
    hide_organizer: bool = "hideOrganizerEmail", plain(fields::boolean)
        => |e, value| e.settings.hide_organizer_email = value.unwrap_or_default();
    cal_video: CalVideoSettings = "calVideoSettings", rules::cal_video
        => |e, value| e.settings.cal_video = value;
    hidden: bool = "hidden", plain(fields::boolean)
        => |e, value| e.is_hidden = value.unwrap_or_default();
    requires_authentication: bool = "bookingRequiresAuthentication", plain(fields::boolean)
        => |e, value| e.settings.booking_requires_authentication = value.unwrap_or_default();
    disable_cancelling: bool = "disableCancelling", rules::cancelling
        => |e, value| e.settings.disable_cancelling = value.unwrap_or_default();
    rescheduling: ReschedulingPolicy = "disableRescheduling", rules::rescheduling
        => |e, value| e.settings.rescheduling = value.unwrap_or_default();
    language: String = "interfaceLanguage", plain(rules::language)
        => |e, value| e.settings.interface_language = value;
    reschedule_past: bool = "allowReschedulingPastBookings", plain(fields::boolean)
        => |e, value| e.settings.allow_rescheduling_past_bookings = value.unwrap_or_default();
    reschedule_cancelled: bool = "allowReschedulingCancelledBookings", plain(fields::boolean)
        => |e, value| e.settings.allow_rescheduling_cancelled_bookings = value.unwrap_or_default();
    optimized_slots: bool = "showOptimizedSlots", plain(fields::boolean)
        => |e, value| e.settings.show_optimized_slots = value.unwrap_or_default();
    locations: Vec<Location> = "locations", locations::read
        => |e, value| e.locations = value.unwrap_or_default();
}

impl FromBody for CreateEventType {
    const FIELDS: &'static [&'static str] = FIELDS;

    fn read(fields: &mut Fields<'_>) -> Self {
        let length_minutes = fields.required("lengthInMinutes", minutes::<1>);
        let title = fields.required("title", fields::short_text);
        let slug = fields.required("slug", fields::slug);
        let mut event_type = EventType::new(&title, &slug, length_minutes);
        event_type.booking_fields = Some(BookingField::defaults());
        Changes::read(fields).write_to(&mut event_type);
        Self(event_type)
    }
}

impl FromBody for UpdateEventType {
    const FIELDS: &'static [&'static str] = FIELDS;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            length_minutes: fields.given("lengthInMinutes", minutes::<1>),
            title: fields.given("title", fields::short_text),
            slug: fields.given("slug", fields::slug),
            changes: Changes::read(fields),
        }
    }
}

impl From<CreateEventType> for EventType {
    fn from(CreateEventType(event_type): CreateEventType) -> Self {
        event_type
    }
}

impl UpdateEventType {
    /// Writes what was sent to a stored event type (ET-18).
    pub fn write_to(&self, event_type: &mut EventType) {
        if let Some(length_minutes) = self.length_minutes {
            event_type.length_minutes = length_minutes;
        }
        if let Some(title) = &self.title {
            event_type.title.clone_from(title);
        }
        if let Some(slug) = &self.slug {
            event_type.slug.clone_from(slug);
        }
        self.changes.write_to(event_type);
    }
}
