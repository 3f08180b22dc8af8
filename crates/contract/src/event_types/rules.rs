//! The settings that have a form of their own (file 02, sections 6.1, 6.4 and 6.5).

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use slotd_domain::event_type::{
    ActiveBookingsLimit, BookerLayouts, BookingWindow, CalVideoSettings, Color, ConfirmationPolicy,
    DestinationCalendar, Frequency, INTERFACE_LANGUAGES, Layout, Limits, NoticeThreshold,
    NoticeUnit, Recurrence, ReschedulingPolicy, Seats,
};

use super::parts::{Object, Read, integer, list, turns_off};
use crate::date_times;
use crate::fields::{self, Checked, one_of, wrong};

/// Most minutes of anything: a year.
pub(super) const MOST_MINUTES: i32 = 525_600;
/// Most of anything that is counted.
const MOST: i32 = 1_000_000;

/// A number of minutes from `LEAST` to a year.
pub(super) fn minutes<const LEAST: i32>(name: &str, value: Option<&Value>) -> Checked<i32> {
    integer::<LEAST, MOST_MINUTES>(name, value)
}

/// Different lengths, at most 100.
pub(super) fn length_options(name: &str, value: &Value) -> Read<Vec<i32>> {
    let options =
        list(name, value, 100, |index, one| Ok(minutes::<1>(&index.to_string(), Some(one))?))?;
    let is_repeated = |(index, one)| options.iter().take(index).any(|other| other == one);
    if options.iter().enumerate().any(is_repeated) {
        return Err(vec![("arrayUnique", format!("All {name}'s elements must be unique"))].into());
    }
    Ok(options)
}

/// Limits per period; none when they are turned off. Zero limits nothing.
fn limits(
    name: &str,
    value: &Value,
    check: fn(&str, Option<&Value>) -> Checked<i32>,
) -> Read<Limits> {
    if turns_off(name, value)? {
        return Ok(Limits::default());
    }
    let mut object = Object::of(name, value)?;
    let limits = Limits {
        day: object.optional("day", check),
        week: object.optional("week", check),
        month: object.optional("month", check),
        year: object.optional("year", check),
    };
    object.finish(limits)
}

pub(super) fn count_limits(name: &str, value: &Value) -> Read<Limits> {
    limits(name, value, integer::<0, MOST>)
}

pub(super) fn duration_limits(name: &str, value: &Value) -> Read<Limits> {
    limits(name, value, minutes::<0>)
}

/// The keys that are set; none without any.
pub(super) fn shown_limits(limits: &Limits) -> Option<Value> {
    let set = limits.periods().into_iter();
    let set: Map<String, Value> =
        set.filter_map(|(period, limit)| Some((period.to_owned(), json!(limit?)))).collect();
    (!set.is_empty()).then_some(Value::Object(set))
}

/// None when it is turned off.
pub(super) fn active_limit(name: &str, value: &Value) -> Read<Option<ActiveBookingsLimit>> {
    if turns_off(name, value)? {
        return Ok(None);
    }
    let mut object = Object::of(name, value)?;
    if object.get("maximumActiveBookings").is_none() && object.get("disabled").is_some() {
        let text = format!("When disabled is false, {name} must have maximumActiveBookings");
        return Err(vec![("bookerActiveBookingsLimit", text)].into());
    }
    let limit = ActiveBookingsLimit {
        maximum: object.required("maximumActiveBookings", integer::<1, MOST>),
        offer_reschedule: object.optional("offerReschedule", fields::boolean).unwrap_or(false),
    };
    object.finish(Some(limit))
}

/// None when it is turned off (ET-33).
pub(super) fn booking_window(name: &str, value: &Value) -> Read<Option<BookingWindow>> {
    let refuse = |what: &str| {
        Err(vec![("ValidateBookingWindow", format!("Invalid {name} structure. {what}"))].into())
    };
    if !value.is_object() {
        return refuse("It must be an object.");
    }
    if turns_off(name, value)? {
        return Ok(None);
    }
    let window = &value["value"];
    match value["type"].as_str() {
        Some(kind @ ("calendarDays" | "businessDays")) => {
            let Ok(count) = integer::<0, 36_500>("value", Some(window)) else {
                return refuse("value must be a whole number of days, from 0 to 36500.");
            };
            let rolling = match &value["rolling"] {
                Value::Null => false,
                Value::Bool(rolling) => *rolling,
                _ => return refuse("rolling must be a boolean value."),
            };
            Ok(Some(BookingWindow::Days { count, business: kind == "businessDays", rolling }))
        }
        Some("range") => {
            let dates = window.as_array().map(Vec::as_slice).unwrap_or_default();
            let [Some(from), Some(to)] =
                [dates.first(), dates.get(1)].map(|one| one.and_then(date))
            else {
                return refuse("value must be two dates, such as 2026-06-05.");
            };
            if dates.len() != 2 {
                return refuse("value must be two dates, such as 2026-06-05.");
            }
            if from > to {
                return refuse("The first date must not be later than the second.");
            }
            Ok(Some(BookingWindow::Range { from, to }))
        }
        _ => refuse("type must be one of calendarDays, businessDays, range."),
    }
}

/// Only the first 10 characters count.
fn date(value: &Value) -> Option<Date> {
    date_times::date(value.as_str()?)
}

pub(super) fn shown_window(window: Option<&BookingWindow>) -> Value {
    match window {
        None => json!({ "disabled": true }),
        Some(BookingWindow::Days { count, business, rolling }) => {
            let kind = if *business { "businessDays" } else { "calendarDays" };
            json!({ "type": kind, "value": count, "rolling": rolling })
        }
        Some(BookingWindow::Range { from, to }) => {
            json!({ "type": "range", "value": [from.to_string(), to.to_string()] })
        }
    }
}

fn layout(name: &str, value: Option<&Value>) -> Checked<Option<Layout>> {
    let layout = value.and_then(Value::as_str).and_then(Layout::parse);
    if layout.is_some() {
        return Ok(layout);
    }
    let names: Vec<&str> = Layout::ALL.iter().map(|layout| layout.name()).collect();
    wrong("isIn", one_of(name, &names))
}

pub(super) fn layouts(name: &str, value: &Value) -> Read<BookerLayouts> {
    let mut object = Object::of(name, value)?;
    let default = object.required("defaultLayout", layout).unwrap_or(Layout::Month);
    let given = value.get("enabledLayouts").unwrap_or(&Value::Null);
    let enabled = list("enabledLayouts", given, Layout::ALL.len(), |index, one| {
        Ok(layout(&index.to_string(), Some(one))?)
    });
    let enabled = object.note("enabledLayouts", enabled).unwrap_or_default();
    object.finish(BookerLayouts { default, enabled: enabled.into_iter().flatten().collect() })
}

pub(super) fn shown_layouts(layouts: &BookerLayouts) -> Value {
    let enabled: Vec<&str> = layouts.enabled.iter().map(|layout| layout.name()).collect();
    json!({ "defaultLayout": layouts.default.name(), "enabledLayouts": enabled })
}

/// None when it is turned off (ET-34).
pub(super) fn confirmation(name: &str, value: &Value) -> Read<Option<ConfirmationPolicy>> {
    if turns_off(name, value)? {
        return Ok(None);
    }
    let mut object = Object::of(name, value)?;
    let is_timed = object.required("type", |name, value| match value.and_then(Value::as_str) {
        Some("always") => Ok(false),
        Some("time") => Ok(true),
        _ => wrong("isEnum", one_of(name, &["always", "time"])),
    });
    let blocks = object.required("blockUnconfirmedBookingsInBooker", fields::boolean);
    let threshold = if is_timed {
        if object.get("noticeThreshold").is_none() {
            let text = "noticeThreshold is required when type is time".to_owned();
            object.refuse("noticeThreshold", "isDefined", text);
        }
        object.nested("noticeThreshold", |name, value| {
            let mut object = Object::of(name, value)?;
            let unit = object.required("unit", unit).unwrap_or(NoticeUnit::Minutes);
            let count = object.required("count", integer::<1, MOST_MINUTES>);
            object.finish(NoticeThreshold { unit, count })
        })
    } else {
        None
    };
    object.finish(Some(ConfirmationPolicy { threshold, blocks_unconfirmed: blocks }))
}

fn unit(name: &str, value: Option<&Value>) -> Checked<Option<NoticeUnit>> {
    match value.and_then(Value::as_str).and_then(NoticeUnit::parse) {
        Some(unit) => Ok(Some(unit)),
        None => wrong("isEnum", one_of(name, &["minutes", "hours"])),
    }
}

pub(super) fn shown_confirmation(policy: Option<&ConfirmationPolicy>) -> Value {
    let Some(policy) = policy else { return json!({ "disabled": true }) };
    let mut shown = json!({
        "type": if policy.threshold.is_some() { "time" } else { "always" },
        "blockUnconfirmedBookingsInBooker": policy.blocks_unconfirmed,
    });
    if let Some(NoticeThreshold { unit, count }) = policy.threshold {
        shown["noticeThreshold"] = json!({ "unit": unit.name(), "count": count });
    }
    shown
}

/// None when it is turned off.
pub(super) fn recurrence(name: &str, value: &Value) -> Read<Option<Recurrence>> {
    if turns_off(name, value)? {
        return Ok(None);
    }
    let mut object = Object::of(name, value)?;
    let recurrence = Recurrence {
        interval: object.required("interval", integer::<1, MOST>),
        occurrences: object.required("occurrences", integer::<1, MOST>),
        frequency: object.required("frequency", frequency).unwrap_or(Frequency::Weekly),
    };
    object.finish(Some(recurrence))
}

fn frequency(name: &str, value: Option<&Value>) -> Checked<Option<Frequency>> {
    match value.and_then(Value::as_str).and_then(Frequency::parse) {
        Some(frequency) => Ok(Some(frequency)),
        None => wrong("isEnum", one_of(name, &["yearly", "monthly", "weekly"])),
    }
}

pub(super) fn shown_recurrence(recurrence: &Recurrence) -> Value {
    json!({
        "interval": recurrence.interval,
        "occurrences": recurrence.occurrences,
        "frequency": recurrence.frequency.name(),
        "disabled": false,
    })
}

/// None when they are turned off.
pub(super) fn seats(name: &str, value: &Value) -> Read<Option<Seats>> {
    if turns_off(name, value)? {
        return Ok(None);
    }
    let mut object = Object::of(name, value)?;
    let seats = Seats {
        per_slot: object.required("seatsPerTimeSlot", integer::<1, 1_000>),
        shows_attendees: object.required("showAttendeeInfo", fields::boolean),
        shows_availability: object.required("showAvailabilityCount", fields::boolean),
    };
    object.finish(Some(seats))
}

pub(super) fn shown_seats(seats: Option<&Seats>) -> Value {
    let Some(seats) = seats else { return json!({ "disabled": true }) };
    json!({
        "seatsPerTimeSlot": seats.per_slot,
        "showAttendeeInfo": seats.shows_attendees,
        "showAvailabilityCount": seats.shows_availability,
    })
}

pub(super) fn color(name: &str, value: &Value) -> Read<Color> {
    let mut object = Object::of(name, value)?;
    let color = Color {
        light: object.required("lightThemeHex", fields::short_text),
        dark: object.required("darkThemeHex", fields::short_text),
    };
    object.finish(color)
}

pub(super) fn destination_calendar(name: &str, value: &Value) -> Read<DestinationCalendar> {
    let mut object = Object::of(name, value)?;
    let calendar = DestinationCalendar {
        integration: object.required("integration", fields::short_text),
        external_id: object.required("externalId", fields::short_text),
    };
    object.finish(calendar)
}

pub(super) fn cal_video(name: &str, value: &Value) -> Read<CalVideoSettings> {
    let mut object = Object::of(name, value)?;
    let redirect_url_on_exit = object.optional("redirectUrlOnExit", fields::url);
    let mut flag = |part| object.optional(part, fields::boolean);
    let settings = CalVideoSettings {
        disable_recording_for_organizer: flag("disableRecordingForOrganizer"),
        disable_recording_for_guests: flag("disableRecordingForGuests"),
        redirect_url_on_exit,
        enable_automatic_recording_for_organizer: flag("enableAutomaticRecordingForOrganizer"),
        enable_automatic_transcription: flag("enableAutomaticTranscription"),
        disable_transcription_for_guests: flag("disableTranscriptionForGuests"),
        disable_transcription_for_organizer: flag("disableTranscriptionForOrganizer"),
        send_transcription_emails: flag("sendTranscriptionEmails"),
    };
    object.finish(settings)
}

/// What was set; transcriptions are sent unless that was turned off.
pub(super) fn shown_cal_video(settings: &CalVideoSettings) -> Value {
    let mut shown = json!(settings);
    if let Some(shown) = shown.as_object_mut() {
        shown.retain(|_, value| !value.is_null());
        shown.entry("sendTranscriptionEmails").or_insert(json!(true));
    }
    shown
}

pub(super) fn cancelling(name: &str, value: &Value) -> Read<bool> {
    turns_off(name, value)
}

pub(super) fn rescheduling(name: &str, value: &Value) -> Read<ReschedulingPolicy> {
    let mut object = Object::of(name, value)?;
    let policy = ReschedulingPolicy {
        disabled: object.optional("disabled", fields::boolean).unwrap_or(false),
        minutes_before: object.optional("minutesBefore", minutes::<1>),
    };
    object.finish(policy)
}

pub(super) fn shown_rescheduling(policy: ReschedulingPolicy) -> Value {
    let mut shown = json!({ "disabled": policy.disabled });
    if let Some(minutes) = policy.minutes_before {
        shown["minutesBefore"] = json!(minutes);
    }
    shown
}

/// One of the contract's languages (ET-13).
pub(super) fn language(name: &str, value: Option<&Value>) -> Checked<String> {
    match value.and_then(Value::as_str).filter(|text| INTERFACE_LANGUAGES.contains(text)) {
        Some(language) => Ok(language.to_owned()),
        None => wrong("isIn", one_of(name, &INTERFACE_LANGUAGES)),
    }
}

pub(super) fn shown_active_limit(limit: Option<ActiveBookingsLimit>) -> Value {
    let Some(limit) = limit else { return json!({ "disabled": true }) };
    json!({ "maximumActiveBookings": limit.maximum, "offerReschedule": limit.offer_reschedule })
}

pub(super) fn shown_color(color: &Color) -> Value {
    json!({ "lightThemeHex": color.light, "darkThemeHex": color.dark })
}

pub(super) fn shown_calendar(calendar: &DestinationCalendar) -> Value {
    json!({ "integration": calendar.integration, "externalId": calendar.external_id })
}
