//! The settings that have a form of their own, read from their internal names.

use serde_json::{Map, Value};
use slotd_domain::event_type::{
    BookingField, BookingWindow, CalVideoSettings, DestinationCalendar, EventType, FieldKind,
    Frequency, INTERFACE_LANGUAGES, Limits, Recurrence,
};

use super::values::{natural, opaque, positive, redirect};
use crate::date_times;
use crate::fields::{self, Checked, one_of, wrong};

/// ET-13
pub(super) fn language(name: &str, value: Option<&Value>) -> Checked<String> {
    match value.and_then(Value::as_str) {
        Some(language) if INTERFACE_LANGUAGES.contains(&language) => Ok(language.to_owned()),
        _ => wrong("isEnum", one_of(name, &INTERFACE_LANGUAGES)),
    }
}

fn object<'a>(name: &str, value: Option<&'a Value>) -> Checked<&'a Map<String, Value>> {
    match value {
        Some(Value::Object(map)) => Ok(map),
        _ => wrong("isObject", format!("{name} must be an object")),
    }
}

/// `PER_DAY` to `PER_YEAR`.
pub(super) fn limits(name: &str, value: Option<&Value>) -> Checked<Limits> {
    let sent = object(name, value)?;
    let limit = |period: &str| match sent.get(period) {
        None | Some(Value::Null) => Ok(None),
        value => natural(&format!("{name}.{period}"), value).map(Some),
    };
    Ok(Limits {
        day: limit("PER_DAY")?,
        week: limit("PER_WEEK")?,
        month: limit("PER_MONTH")?,
        year: limit("PER_YEAR")?,
    })
}

pub(super) fn calendar(name: &str, value: Option<&Value>) -> Checked<DestinationCalendar> {
    let sent = object(name, value)?;
    let text = |key: &str| fields::short_text(&format!("{name}.{key}"), sent.get(key));
    Ok(DestinationCalendar { integration: text("integration")?, external_id: text("externalId")? })
}

pub(super) fn recurrence(name: &str, value: Option<&Value>) -> Checked<Recurrence> {
    let sent = object(name, value)?;
    let number = |key: &str| positive(&format!("{name}.{key}"), sent.get(key));
    let frequency = match sent.get("freq").and_then(Value::as_i64) {
        Some(0) => Frequency::Yearly,
        Some(1) => Frequency::Monthly,
        Some(2) => Frequency::Weekly,
        _ => return wrong("isEnum", one_of(&format!("{name}.freq"), &["0", "1", "2"])),
    };
    Ok(Recurrence { interval: number("interval")?, occurrences: number("count")?, frequency })
}

pub(super) fn cal_video(name: &str, value: Option<&Value>) -> Checked<CalVideoSettings> {
    let sent = object(name, value)?;
    let flag = |key: &str| match sent.get(key) {
        None | Some(Value::Null) => Ok(None),
        value => fields::boolean(&format!("{name}.{key}"), value).map(Some),
    };
    let url = match sent.get("redirectUrlOnExit") {
        None | Some(Value::Null) => None,
        value => Some(redirect(&format!("{name}.redirectUrlOnExit"), value)?),
    };
    Ok(CalVideoSettings {
        disable_recording_for_organizer: flag("disableRecordingForOrganizer")?,
        disable_recording_for_guests: flag("disableRecordingForGuests")?,
        redirect_url_on_exit: url.filter(|url| !url.is_empty()),
        enable_automatic_recording_for_organizer: flag("enableAutomaticRecordingForOrganizer")?,
        enable_automatic_transcription: flag("enableAutomaticTranscription")?,
        disable_transcription_for_guests: flag("disableTranscriptionForGuests")?,
        disable_transcription_for_organizer: flag("disableTranscriptionForOrganizer")?,
        send_transcription_emails: None,
    })
}

/// Whether transcripts are sent is a field of its own in the form, and stays.
pub(super) fn set_cal_video(event_type: &mut EventType, sent: Option<&CalVideoSettings>) {
    let stored = &mut event_type.settings.cal_video;
    let sends = stored.take().and_then(|stored| stored.send_transcription_emails);
    *stored = match (sent, sends) {
        (None, None | Some(true)) => None,
        (sent, sends) => Some(CalVideoSettings {
            send_transcription_emails: sends,
            ..sent.cloned().unwrap_or_default()
        }),
    };
}

/// The guests field and `disableGuests` say the same (ET-31).
#[expect(clippy::ptr_arg, reason = "a field's value as it was read")]
pub(super) fn set_booking_fields(event_type: &mut EventType, sent: &Vec<BookingField>) {
    let guests = sent.iter().find(|field| field.is_guests());
    event_type.settings.disable_guests = guests.is_some_and(|guests| guests.is_hidden);
    let mut fields = sent.clone();
    // The form has no names for the parts of a split name, so it keeps those that are set.
    let is_split = |field: &BookingField| matches!(field.kind, FieldKind::SplitName(_));
    let before = event_type.booking_fields.iter().flatten().find(|field| is_split(field));
    if let Some(before) = before
        && let Some(after) = fields.iter_mut().find(|field| is_split(field))
    {
        after.kind.clone_from(&before.kind);
    }
    event_type.booking_fields = Some(fields);
}

/// ET-81
pub(super) fn period_type(name: &str, value: Option<&Value>) -> Checked<Value> {
    let types = ["UNLIMITED", "ROLLING", "ROLLING_WINDOW", "RANGE"];
    match value.and_then(Value::as_str) {
        Some(period) if types.contains(&period) => Ok(period.into()),
        _ => wrong("isEnum", one_of(name, &types)),
    }
}

/// The window that the form's fields describe together.
pub(super) fn booking_window(whole: &Map<String, Value>) -> Result<Option<BookingWindow>, String> {
    let date = |name: &str| {
        let text = whole.get(name).and_then(Value::as_str);
        let date = text.and_then(date_times::date);
        date.ok_or_else(|| format!("{name} is needed when periodType is RANGE"))
    };
    let rolling = match whole.get("periodType").and_then(Value::as_str) {
        Some("RANGE") => {
            let (from, to) = (date("periodStartDate")?, date("periodEndDate")?);
            if to < from {
                return Err("periodEndDate must not be before periodStartDate".to_owned());
            }
            return Ok(Some(BookingWindow::Range { from, to }));
        }
        Some("ROLLING") => false,
        Some("ROLLING_WINDOW") => true,
        _ => return Ok(None),
    };
    let count = number(whole, "periodDays").ok_or_else(|| {
        "periodDays is needed when periodType is ROLLING or ROLLING_WINDOW".to_owned()
    })?;
    let calendar = whole.get("periodCountCalendarDays").and_then(Value::as_bool).unwrap_or(false);
    Ok(Some(BookingWindow::Days { count, business: !calendar, rolling }))
}

pub(super) fn number(whole: &Map<String, Value>, name: &str) -> Option<i32> {
    whole.get(name).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
}

pub(super) fn is_on(whole: &Map<String, Value>, name: &str) -> bool {
    whole.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The form always sends its private links. It is shown none, so it has none to send.
pub(super) fn no_private_links(name: &str, value: Option<&Value>) -> Checked<()> {
    match opaque(name, value)? {
        Value::Null => Ok(()),
        Value::Array(links) if links.is_empty() => Ok(()),
        Value::Array(_) => wrong(
            "arrayMaxSize",
            format!("{name} must be empty: private links have a path of their own"),
        ),
        _ => wrong("isArray", format!("{name} must be an array")),
    }
}
