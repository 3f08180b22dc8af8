//! Writes an event type under its internal names.

use serde_json::{Map, Value, json};
use slotd_domain::event_type::{
    BookerLayouts, BookingWindow, EventType, Frequency, Limits, Settings,
};

use super::{LOCATION_LABELS, booking_fields, form_defaults, locations};

/// Everything that can be set about an event type, under its internal names (ET-80).
/// What belongs to a setting that is off is what the form last had there.
#[must_use]
pub fn settings(event_type: &EventType) -> Map<String, Value> {
    let settings = &event_type.settings;
    let mut written = form_defaults();
    let form_only = settings.form_only.clone();
    written.extend(form_only.into_iter().filter(|(name, _)| name != LOCATION_LABELS));
    let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
    put("title", json!(event_type.title));
    put("slug", json!(event_type.slug));
    put("description", json!(settings.description.as_deref().unwrap_or_default()));
    put("length", json!(event_type.length_minutes));
    put("hidden", json!(event_type.is_hidden));
    put("schedule", json!(event_type.schedule_id.map(|id| id.0)));
    put("scheduleId", json!(event_type.schedule_id.map(|id| id.0)));
    put("locations", locations::all(event_type));
    put("bookingFields", booking_fields::write(event_type.booking_fields.as_deref()));
    put("metadata", Value::Object(metadata(settings)));
    put("eventName", json!(settings.custom_name));
    put("interfaceLanguage", json!(settings.interface_language));
    put("offsetStart", json!(settings.offset_start_minutes));
    put("disableGuests", json!(settings.disable_guests));
    put("slotInterval", json!(settings.slot_interval_minutes));
    put("minimumBookingNotice", json!(settings.minimum_notice_minutes));
    put("beforeEventBuffer", json!(settings.before_buffer_minutes));
    put("afterEventBuffer", json!(settings.after_buffer_minutes));
    put("bookingLimits", limits(&settings.booking_limits_count));
    put("durationLimits", limits(&settings.booking_limits_duration));
    put("onlyShowFirstAvailableSlot", json!(settings.only_first_available_slot));
    put("requiresBookerEmailVerification", json!(settings.requires_booker_email_verification));
    put("hideCalendarNotes", json!(settings.hide_calendar_notes));
    put("hideCalendarEventDetails", json!(settings.hide_calendar_event_details));
    put("hideOrganizerEmail", json!(settings.hide_organizer_email));
    put("lockTimeZoneToggleOnBookingPage", json!(settings.lock_time_zone));
    put("successRedirectUrl", json!(settings.success_redirect_url));
    put("bookingRequiresAuthentication", json!(settings.booking_requires_authentication));
    put("disableCancelling", json!(settings.disable_cancelling));
    put("disableRescheduling", json!(settings.rescheduling.disabled));
    put("minimumRescheduleNotice", json!(settings.rescheduling.minutes_before));
    put("allowReschedulingPastBookings", json!(settings.allow_rescheduling_past_bookings));
    put(
        "allowReschedulingCancelledBookings",
        json!(settings.allow_rescheduling_cancelled_bookings),
    );
    put("showOptimizedSlots", json!(settings.show_optimized_slots));
    put("useEventTypeDestinationCalendarEmail", json!(settings.use_destination_calendar_email));
    put(
        "destinationCalendar",
        settings.destination_calendar.as_ref().map_or(Value::Null, |calendar| {
            json!({ "integration": calendar.integration, "externalId": calendar.external_id })
        }),
    );
    put(
        "recurringEvent",
        settings.recurrence.map_or(Value::Null, |series| {
            json!({
                "interval": series.interval,
                "count": series.occurrences,
                "freq": frequency_number(series.frequency),
            })
        }),
    );
    cal_video(settings, &mut put);
    groups(settings, &mut put);
    written
}

/// Settings of which the domain has one value and the form several fields.
fn groups(settings: &Settings, put: &mut impl FnMut(&str, Value)) {
    put("seatsPerTimeSlot", json!(settings.seats.map(|seats| seats.per_slot)));
    if let Some(seats) = settings.seats {
        put("seatsShowAttendees", json!(seats.shows_attendees));
        put("seatsShowAvailabilityCount", json!(seats.shows_availability));
    }
    put("requiresConfirmation", json!(settings.confirmation.is_some()));
    if let Some(confirmation) = settings.confirmation {
        put("requiresConfirmationWillBlockSlot", json!(confirmation.blocks_unconfirmed));
    }
    put("maxActiveBookingsPerBooker", json!(settings.active_bookings_limit.map(|l| l.maximum)));
    if let Some(limit) = settings.active_bookings_limit {
        put("maxActiveBookingPerBookerOfferReschedule", json!(limit.offer_reschedule));
    }
    // ET-81
    let period = match settings.booking_window {
        None => "UNLIMITED",
        Some(BookingWindow::Days { rolling: false, .. }) => "ROLLING",
        Some(BookingWindow::Days { rolling: true, .. }) => "ROLLING_WINDOW",
        Some(BookingWindow::Range { .. }) => "RANGE",
    };
    put("periodType", json!(period));
    match settings.booking_window {
        None => {}
        Some(BookingWindow::Days { count, business, .. }) => {
            put("periodDays", json!(count));
            put("periodCountCalendarDays", json!(!business));
        }
        Some(BookingWindow::Range { from, to }) => {
            put("periodStartDate", json!(format!("{from}T00:00:00.000Z")));
            put("periodEndDate", json!(format!("{to}T00:00:00.000Z")));
        }
    }
}

fn cal_video(settings: &Settings, put: &mut impl FnMut(&str, Value)) {
    let video = settings.cal_video.clone().unwrap_or_default();
    let sends = video.send_transcription_emails;
    put("canSendCalVideoTranscriptionEmails", json!(sends.unwrap_or(true)));
    put(
        "calVideoSettings",
        settings.cal_video.as_ref().map_or(Value::Null, |_| {
            json!({
                "disableRecordingForOrganizer": video.disable_recording_for_organizer,
                "disableRecordingForGuests": video.disable_recording_for_guests,
                "redirectUrlOnExit": video.redirect_url_on_exit,
                "enableAutomaticRecordingForOrganizer": video.enable_automatic_recording_for_organizer,
                "enableAutomaticTranscription": video.enable_automatic_transcription,
                "disableTranscriptionForGuests": video.disable_transcription_for_guests,
                "disableTranscriptionForOrganizer": video.disable_transcription_for_organizer,
            })
        }),
    );
}

/// The customer's metadata with what the form has there as well.
fn metadata(settings: &Settings) -> Map<String, Value> {
    let mut metadata = settings.metadata.clone();
    let mut put = |name: &str, value: Value| drop(metadata.insert(name.to_owned(), value));
    if !settings.length_options_minutes.is_empty() {
        put("multipleDuration", json!(settings.length_options_minutes));
    }
    if let Some(chosen) = &settings.booker_layouts {
        put("bookerLayouts", layouts(chosen));
    }
    metadata
}

/// Views of the booking page, under the components' names.
pub(super) fn layouts(layouts: &BookerLayouts) -> Value {
    let name = |name: &str| format!("{name}_view");
    let enabled: Vec<String> = layouts.enabled.iter().map(|layout| name(layout.name())).collect();
    json!({ "enabledLayouts": enabled, "defaultLayout": name(layouts.default.name()) })
}

pub(super) const fn frequency_number(frequency: Frequency) -> i32 {
    match frequency {
        Frequency::Yearly => 0,
        Frequency::Monthly => 1,
        Frequency::Weekly => 2,
    }
}

fn limits(limits: &Limits) -> Value {
    if limits.is_empty() {
        return Value::Null;
    }
    let set = limits.periods().into_iter().filter_map(|(period, limit)| {
        Some((format!("PER_{}", period.to_uppercase()), json!(limit?)))
    });
    Value::Object(set.collect())
}
