//! Event types as answers show them (file 02, section 6.6).

use serde::Serialize;
use serde_json::{Map, Value, json};
use slotd_domain::EventTypeId;
use slotd_domain::event_type::{BookingField, EventType};
use utoipa::ToSchema;

use super::{booking_fields, locations, rules};

/// An event type as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Shown(pub(super) Value);

/// Whose event type it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Id of the user.
    pub id: i32,
    /// Name.
    pub name: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// Picture.
    pub avatar_url: Option<String>,
    /// Not stored yet.
    pub brand_color: Option<String>,
    /// Not stored yet.
    pub dark_brand_color: Option<String>,
    /// English name of a day.
    pub week_start: String,
    /// The customer's own data.
    pub metadata: Value,
}

/// What is told of an event type that was deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeleteData_2024_06_14)]
pub struct DeletedEventType {
    /// Id.
    pub id: i32,
    /// Length.
    pub length_in_minutes: i32,
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
}

/// Fields of an event type that has everything, so that the list of them need not grow.
const FIELDS: usize = 52;

/// The event type as its owner, or whoever lists it, sees it. Lists leave hidden fields
/// out (ET-32).
#[must_use]
pub fn shown(
    id: EventTypeId,
    event_type: &EventType,
    owner: &Owner,
    booking_url: &str,
    is_in_list: bool,
) -> Shown {
    let settings = &event_type.settings;
    let fields = BookingField::shown(event_type.booking_fields.as_deref());
    let mut metadata = settings.metadata.clone();
    if !settings.length_options_minutes.is_empty() {
        metadata.insert("multipleDuration".to_owned(), json!(settings.length_options_minutes));
    }
    let mut shown = Map::with_capacity(FIELDS);
    let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    put("id", json!(id.0));
    put("ownerId", json!(owner.id));
    put("lengthInMinutes", json!(event_type.length_minutes));
    put("title", json!(event_type.title));
    put("slug", json!(event_type.slug));
    put("description", json!(settings.description.as_deref().unwrap_or_default()));
    put("locations", event_type.locations.iter().map(locations::shown).collect());
    put("bookingFields", booking_fields::shown(&fields, !is_in_list).into());
    put("recurrence", settings.recurrence.as_ref().map(rules::shown_recurrence).into());
    put("disableGuests", json!(settings.disable_guests));
    put("slotInterval", json!(settings.slot_interval_minutes));
    put("minimumBookingNotice", json!(settings.minimum_notice_minutes));
    put("beforeEventBuffer", json!(settings.before_buffer_minutes));
    put("afterEventBuffer", json!(settings.after_buffer_minutes));
    put("offsetStart", json!(settings.offset_start_minutes));
    put("scheduleId", json!(event_type.schedule_id.map(|id| id.0)));
    put("successRedirectUrl", json!(settings.success_redirect_url));
    put("interfaceLanguage", json!(settings.interface_language));
    put("metadata", metadata.into());
    put("price", json!(0));
    put("currency", json!("usd"));
    put("lockTimeZoneToggleOnBookingPage", json!(settings.lock_time_zone));
    put("forwardParamsSuccessRedirect", json!(true));
    put("isInstantEvent", json!(false));
    put("users", json!([owner]));
    put("onlyShowFirstAvailableSlot", json!(settings.only_first_available_slot));
    put("requiresBookerEmailVerification", json!(settings.requires_booker_email_verification));
    put("hideCalendarNotes", json!(settings.hide_calendar_notes));
    put("hideCalendarEventDetails", json!(settings.hide_calendar_event_details));
    put("hideOrganizerEmail", json!(settings.hide_organizer_email));
    put("useDestinationCalendarEmail", json!(settings.use_destination_calendar_email));
    put("hidden", json!(event_type.is_hidden));
    put("bookingRequiresAuthentication", json!(settings.booking_requires_authentication));
    put("allowReschedulingPastBookings", json!(settings.allow_rescheduling_past_bookings));
    put(
        "allowReschedulingCancelledBookings",
        json!(settings.allow_rescheduling_cancelled_bookings),
    );
    put("showOptimizedSlots", json!(settings.show_optimized_slots));
    put("bookingWindow", rules::shown_window(settings.booking_window.as_ref()));
    put("confirmationPolicy", rules::shown_confirmation(settings.confirmation.as_ref()));
    put("seats", rules::shown_seats(settings.seats.as_ref()));
    put("bookerActiveBookingsLimit", rules::shown_active_limit(settings.active_bookings_limit));
    put("disableCancelling", json!({ "disabled": settings.disable_cancelling }));
    put("disableRescheduling", rules::shown_rescheduling(settings.rescheduling));
    put("bookingUrl", json!(booking_url));
    // Absent when unset.
    let options = &settings.length_options_minutes;
    let calendar = settings.destination_calendar.as_ref();
    let when_set = [
        ("lengthInMinutesOptions", (!options.is_empty()).then(|| json!(options))),
        ("bookingLimitsCount", rules::shown_limits(&settings.booking_limits_count)),
        ("bookingLimitsDuration", rules::shown_limits(&settings.booking_limits_duration)),
        ("bookerLayouts", settings.booker_layouts.as_ref().map(rules::shown_layouts)),
        ("color", settings.color.as_ref().map(rules::shown_color)),
        ("customName", settings.custom_name.as_ref().map(|name| json!(name))),
        ("destinationCalendar", calendar.map(rules::shown_calendar)),
        ("calVideoSettings", settings.cal_video.as_ref().map(rules::shown_cal_video)),
    ];
    for (name, value) in when_set {
        if let Some(value) = value {
            put(name, value);
        }
    }
    Shown(shown.into())
}

/// The event type of several users at once (ET-54).
#[must_use]
pub fn dynamic(event_type: &EventType, users: &[Owner]) -> Shown {
    let nobody = Owner {
        id: 0,
        name: None,
        username: None,
        avatar_url: None,
        brand_color: None,
        dark_brand_color: None,
        week_start: String::new(),
        metadata: Value::Null,
    };
    let Shown(mut shown) = shown(EventTypeId(0), event_type, &nobody, "", true);
    shown["users"] = json!(users);
    shown["successRedirectUrl"] = json!("");
    Shown(shown)
}
