//! The shapes of bodies and answers, for the document only. The readers beside this
//! file decide what is taken.

use serde_json::{Value, json};
use slotd_domain::event_type::{INTERFACE_LANGUAGES, Integration, Layout};
use utoipa::openapi::{RefOr, Schema};

use super::{CreateEventType, Shown, UpdateEventType};
use crate::schema::{
    array, choice, flag, id, integer, object, one_of_texts, or_null, schemas, text,
};

fn disabled() -> Value {
    object([("disabled*", flag())])
}

fn limits(and: Option<(&'static str, Value)>) -> Value {
    let periods = ["day", "week", "month", "year"].map(|period| (period, integer(0)));
    object(periods.into_iter().chain(and))
}

fn windows() -> Vec<Value> {
    let kind = || one_of_texts(["businessDays", "calendarDays", "range"]);
    let days = || object([("type*", kind()), ("value*", integer(0)), ("rolling", flag())]);
    vec![days(), days(), object([("type*", kind()), ("value*", array(&text()))])]
}

fn layouts() -> Value {
    let layout = || one_of_texts(Layout::ALL.iter().map(|layout| layout.name()));
    object([("defaultLayout*", layout()), ("enabledLayouts*", array(&layout()))])
}

fn confirmation() -> Value {
    let threshold = object([("unit*", text()), ("count*", integer(1))]);
    object([
        ("type*", one_of_texts(["always", "time"])),
        ("noticeThreshold", threshold),
        ("blockUnconfirmedBookingsInBooker*", flag()),
    ])
}

fn recurrence() -> Value {
    object([
        ("interval*", integer(1)),
        ("occurrences*", integer(1)),
        ("frequency*", one_of_texts(["yearly", "monthly", "weekly"])),
    ])
}

fn seats() -> Value {
    let per_slot = json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 1_000 });
    object([
        ("seatsPerTimeSlot*", per_slot),
        ("showAttendeeInfo*", flag()),
        ("showAvailabilityCount*", flag()),
    ])
}

fn active_limit() -> Value {
    object([("maximumActiveBookings", integer(1)), ("offerReschedule", flag())])
}

fn color() -> Value {
    object([("lightThemeHex*", text()), ("darkThemeHex*", text())])
}

fn calendar() -> Value {
    object([("integration*", text()), ("externalId*", text())])
}

fn cal_video() -> Value {
    object([
        ("disableRecordingForOrganizer", flag()),
        ("disableRecordingForGuests", flag()),
        ("redirectUrlOnExit", text()),
        ("enableAutomaticRecordingForOrganizer", flag()),
        ("enableAutomaticTranscription", flag()),
        ("disableTranscriptionForGuests", flag()),
        ("disableTranscriptionForOrganizer", flag()),
        ("sendTranscriptionEmails", flag()),
    ])
}

fn rescheduling() -> Value {
    object([("disabled", flag()), ("minutesBefore", integer(1))])
}

fn language() -> Value {
    one_of_texts(INTERFACE_LANGUAGES)
}

fn integration() -> (&'static str, Value) {
    ("integration*", one_of_texts(Integration::ALL.iter().map(|app| app.name())))
}

/// Address, link, integration and phone.
fn location_with(part: &'static str) -> Value {
    object([("type*", text()), (part, text()), ("public*", flag())])
}

fn input_locations() -> Value {
    let kind = || object([("type*", text())]);
    let choices = vec![
        location_with("address*"),
        location_with("link*"),
        object([("type*", text()), integration()]),
        location_with("phone*"),
        kind(),
        kind(),
        kind(),
    ];
    array(&choice(&choices))
}

fn output_locations() -> Value {
    let app = [("type*", text()), integration(), ("link", text()), ("credentialId", id())];
    let choices = vec![
        location_with("address*"),
        location_with("link*"),
        object(app),
        location_with("phone*"),
        object([("type*", text())]),
        object([("type*", text()), ("location*", text())]),
    ];
    array(&choice(&choices))
}

/// What an input has beside `type` and `slug`.
fn texts_of_field() -> [(&'static str, Value); 3] {
    [("label", text()), ("placeholder", text()), ("disableOnPrefill", flag())]
}

/// A custom field: what it has, with `options` or without.
fn custom_field(options: bool) -> Vec<(&'static str, Value)> {
    let mut parts = vec![
        ("type*", text()),
        ("slug*", text()),
        ("label*", text()),
        ("required*", flag()),
        ("placeholder", text()),
        ("disableOnPrefill", flag()),
        ("hidden", flag()),
    ];
    if options {
        parts.push(("options*", array(&text())));
    }
    parts
}

/// Whether the kinds of custom fields have options, in the contract's order.
const CUSTOM_FIELDS: [bool; 12] =
    [false, false, false, false, false, true, true, false, true, true, false, false];

fn input_fields(custom: usize) -> Value {
    let switches = || [("required", flag()), ("hidden", flag())];
    let by_slug =
        || object([("slug*", text())].into_iter().chain(switches()).chain(texts_of_field()));
    let mut choices = vec![
        object([("type*", text())].into_iter().chain(texts_of_field())),
        object([("type*", text())].into_iter().chain(switches()).chain(texts_of_field())),
        by_slug(),
        object([("slug*", text()), ("label", text())]),
        by_slug(),
        by_slug(),
        by_slug(),
    ];
    choices.extend(
        CUSTOM_FIELDS.into_iter().take(custom).map(|options| object(custom_field(options))),
    );
    array(&choice(&choices))
}

fn output_fields() -> Value {
    let always = || [("isDefault*", flag()), ("type*", text()), ("slug*", text())];
    let switches = || [("required", flag()), ("hidden", flag())];
    let by_slug = || object(always().into_iter().chain(switches()).chain(texts_of_field()));
    let mut choices = vec![
        object(always().into_iter().chain([("required*", flag())]).chain(texts_of_field())),
        by_slug(),
        object(always().into_iter().chain([
            ("required*", flag()),
            ("hidden*", flag()),
            ("label", text()),
        ])),
        by_slug(),
        by_slug(),
        by_slug(),
        by_slug(),
    ];
    choices.extend(CUSTOM_FIELDS.map(|options| {
        let parts = custom_field(options).into_iter().map(|(name, schema)| match name {
            "hidden" => ("hidden*", schema),
            name => (name, schema),
        });
        object(parts.chain([("isDefault*", flag())]))
    }));
    array(&choice(&choices))
}

/// The body of creating (`*` stands at what is required) and of changing.
fn input(is_new: bool) -> Value {
    let name =
        |required: &'static str| if is_new { required } else { required.trim_end_matches('*') };
    let or_off = |schema| choice(&[schema, disabled()]);
    let mut window = windows();
    window.push(disabled());
    object([
        (name("lengthInMinutes*"), integer(1)),
        ("lengthInMinutesOptions", array(&integer(1))),
        (name("title*"), text()),
        (name("slug*"), text()),
        ("description", text()),
        ("bookingFields", input_fields(if is_new { 12 } else { 11 })),
        ("disableGuests", flag()),
        ("slotInterval", integer(1)),
        ("minimumBookingNotice", integer(0)),
        ("beforeEventBuffer", integer(0)),
        ("afterEventBuffer", integer(0)),
        ("scheduleId", id()),
        ("bookingLimitsCount", or_off(limits(Some(("disabled", flag()))))),
        ("bookerActiveBookingsLimit", or_off(active_limit())),
        ("onlyShowFirstAvailableSlot", flag()),
        ("bookingLimitsDuration", or_off(limits(None))),
        ("bookingWindow", choice(&window)),
        ("offsetStart", integer(0)),
        ("bookerLayouts", layouts()),
        ("confirmationPolicy", or_off(confirmation())),
        ("recurrence", or_off(recurrence())),
        ("requiresBookerEmailVerification", flag()),
        ("hideCalendarNotes", flag()),
        ("lockTimeZoneToggleOnBookingPage", flag()),
        ("color", color()),
        ("seats", or_off(seats())),
        ("customName", text()),
        ("destinationCalendar", calendar()),
        ("useDestinationCalendarEmail", flag()),
        ("hideCalendarEventDetails", flag()),
        ("successRedirectUrl", text()),
        ("hideOrganizerEmail", flag()),
        ("calVideoSettings", cal_video()),
        ("hidden", flag()),
        ("bookingRequiresAuthentication", flag()),
        ("disableCancelling", object([("disabled", flag())])),
        ("disableRescheduling", rescheduling()),
        ("interfaceLanguage", language()),
        ("allowReschedulingPastBookings", flag()),
        ("allowReschedulingCancelledBookings", flag()),
        ("showOptimizedSlots", flag()),
        ("locations", input_locations()),
    ])
}

fn output() -> Value {
    let or_off = |schema| choice(&[schema, disabled()]);
    let mut window = windows();
    window.push(disabled());
    let mut series = recurrence();
    series["properties"]["disabled"] = flag();
    let user = object([
        ("id*", id()),
        ("name*", or_null(text())),
        ("username*", or_null(text())),
        ("avatarUrl*", or_null(text())),
        ("brandColor*", or_null(text())),
        ("darkBrandColor*", or_null(text())),
        ("weekStart*", text()),
        ("metadata*", json!({ "type": "object" })),
    ]);
    object([
        ("id*", id()),
        ("ownerId*", id()),
        ("lengthInMinutes*", integer(1)),
        ("lengthInMinutesOptions", array(&integer(1))),
        ("title*", text()),
        ("slug*", text()),
        ("description*", text()),
        ("locations*", output_locations()),
        ("bookingFields*", output_fields()),
        ("recurrence*", or_null(series)),
        ("disableGuests*", flag()),
        ("slotInterval", or_null(integer(1))),
        ("minimumBookingNotice", integer(0)),
        ("beforeEventBuffer", integer(0)),
        ("afterEventBuffer", integer(0)),
        ("offsetStart", integer(0)),
        ("scheduleId*", or_null(id())),
        ("successRedirectUrl*", or_null(text())),
        ("interfaceLanguage", or_null(text())),
        ("metadata*", json!({ "type": "object" })),
        ("price*", integer(0)),
        ("currency*", text()),
        ("lockTimeZoneToggleOnBookingPage*", flag()),
        ("forwardParamsSuccessRedirect*", flag()),
        ("isInstantEvent*", flag()),
        ("users*", array(&user)),
        ("bookingLimitsCount", limits(None)),
        ("bookingLimitsDuration", limits(None)),
        ("onlyShowFirstAvailableSlot", flag()),
        ("requiresBookerEmailVerification", flag()),
        ("hideCalendarNotes", flag()),
        ("hideCalendarEventDetails", flag()),
        ("hideOrganizerEmail", flag()),
        ("useDestinationCalendarEmail", flag()),
        ("hidden*", flag()),
        ("bookingRequiresAuthentication*", flag()),
        ("allowReschedulingPastBookings", flag()),
        ("allowReschedulingCancelledBookings", flag()),
        ("showOptimizedSlots", flag()),
        ("bookingWindow", choice(&window)),
        ("confirmationPolicy", or_off(confirmation())),
        ("seats", or_off(seats())),
        ("bookerActiveBookingsLimit", or_off(active_limit())),
        ("bookerLayouts", layouts()),
        ("color", color()),
        ("customName", text()),
        ("destinationCalendar", calendar()),
        ("calVideoSettings", cal_video()),
        ("disableCancelling", object([("disabled", flag())])),
        ("disableRescheduling", rescheduling()),
        ("bookingUrl*", text()),
    ])
}

schemas! {
    CreateEventType, "CreateEventTypeInput_2024_06_14", input(true);
    UpdateEventType, "UpdateEventTypeInput_2024_06_14", input(false);
    Shown, "EventTypeOutput_2024_06_14", output();
}
