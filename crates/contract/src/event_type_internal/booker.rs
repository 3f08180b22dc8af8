//! What the booker shows of an event type (ET-85, file 06, 5.4): nothing that is not
//! for everybody's eyes.

use serde_json::{Map, Value, json};
use slotd_domain::event_type::{BookerLayouts, EventType, Layout};

use super::write::{layouts, settings};
use super::{booking_fields, locations};

/// Settings that are shown as they are.
const SHOWN: [&str; 34] = [
    "title",
    "interfaceLanguage",
    "eventName",
    "slug",
    "length",
    "disableGuests",
    "lockTimeZoneToggleOnBookingPage",
    "lockedTimeZone",
    "requiresConfirmation",
    "autoTranslateDescriptionEnabled",
    "requiresBookerEmailVerification",
    "bookingRequiresAuthentication",
    "recurringEvent",
    "seatsPerTimeSlot",
    "seatsShowAttendees",
    "seatsShowAvailabilityCount",
    "disableCancelling",
    "disableRescheduling",
    "minimumRescheduleNotice",
    "allowReschedulingPastBookings",
    "allowReschedulingCancelledBookings",
    "bookingFields",
    "successRedirectUrl",
    "forwardParamsSuccessRedirect",
    "instantMeetingSchedule",
    "periodType",
    "periodDays",
    "periodStartDate",
    "periodEndDate",
    "periodCountCalendarDays",
    "hidden",
    "assignAllTeamMembers",
    "rescheduleWithSameRoundRobinHost",
    "onlyShowFirstAvailableSlot",
];

/// The part of the booker's model that follows from the event type alone.
#[must_use]
pub fn booker(event_type: &EventType) -> Map<String, Value> {
    let all = settings(event_type);
    let mut shown: Map<String, Value> = SHOWN
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), all.get(name)?.clone())))
        .collect();
    let description = event_type.settings.description.as_deref().unwrap_or_default();
    let own_layouts = event_type.settings.booker_layouts.as_ref();
    let rest = [
        ("description", json!(description_html(description))),
        ("locations", locations::public(event_type)),
        ("metadata", metadata(event_type)),
        ("bookerLayouts", own_layouts.map_or(Value::Null, layouts)),
    ];
    shown.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    shown.extend(of_no_team());
    shown
}

/// A meeting with several people who have no event type together (file 06, 5.4.3).
#[must_use]
pub fn group_meeting() -> Map<String, Value> {
    let mut meeting = EventType::new("Group Meeting", "dynamic", 30);
    meeting.settings.length_options_minutes = vec![15, 30, 45, 60, 90];
    let mut shown = booker(&meeting);
    shown.insert("locations".to_owned(), json!([{ "type": "integrations:daily" }]));
    shown.insert("bookingFields".to_owned(), booking_fields::untouched());
    shown.insert("schedulingType".to_owned(), json!("COLLECTIVE"));
    shown
}

/// What a user's event type has no part in.
fn of_no_team() -> Map<String, Value> {
    let fields = json!({
        "isInstantEvent": false,
        "aiPhoneCallConfig": null,
        "instantMeetingParameters": [],
        "showInstantEventConnectNowModal": false,
        "schedulingType": null,
        "enablePerHostLocations": false,
        "customInputs": [],
        "fieldTranslations": [],
        "price": 0,
        "currency": "usd",
        "teamId": null,
        "team": null,
        "workflows": [],
        "restrictionScheduleId": null,
        "useBookerTimezone": false,
        "subsetOfHosts": [],
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Lengths to choose from and what a payment needs; the customer's own data is not the
/// booker's.
fn metadata(event_type: &EventType) -> Value {
    let settings = &event_type.settings;
    let mut shown = Map::new();
    if !settings.length_options_minutes.is_empty() {
        shown.insert("multipleDuration".to_owned(), json!(settings.length_options_minutes));
    }
    let apps = settings.metadata.get("apps").and_then(Value::as_object).into_iter().flatten();
    let apps: Map<String, Value> = apps
        .filter_map(|(slug, app)| {
            let payment = ["enabled", "price", "currency", "paymentOption"];
            let shown = payment.into_iter().filter_map(|name| {
                Some((name.to_owned(), app.get(name).filter(|value| !value.is_object())?.clone()))
            });
            let shown: Map<String, Value> = shown.collect();
            (!shown.is_empty()).then(|| (slug.clone(), Value::Object(shown)))
        })
        .collect();
    if !apps.is_empty() {
        shown.insert("apps".to_owned(), Value::Object(apps));
    }
    Value::Object(shown)
}

/// The views of an event type that chose none.
#[must_use]
pub fn all_layouts() -> Value {
    layouts(&BookerLayouts { default: Layout::Month, enabled: Layout::ALL.to_vec() })
}

/// The views that the booker offers.
#[must_use]
pub fn layouts_of(event_type: &EventType) -> Value {
    event_type.settings.booker_layouts.as_ref().map_or_else(all_layouts, layouts)
}

/// A text as HTML that shows it to the letter: what looks like markup is text.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A description as HTML: paragraphs and lines, and nothing that a text could smuggle
/// into the page.
///
/// ```
/// use slotd_contract::event_type_internal::description_html;
/// assert_eq!(description_html("a <b>\nc\n\nd"), "<p>a &lt;b&gt;<br>c</p><p>d</p>");
/// assert_eq!(description_html(" "), "");
/// ```
#[must_use]
pub fn description_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    paragraphs
        .flat_map(|text| ["<p>".to_owned(), escaped(text).replace('\n', "<br>"), "</p>".to_owned()])
        .collect()
}
