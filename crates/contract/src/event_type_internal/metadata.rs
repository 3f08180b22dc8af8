//! `metadata` of the form: the customer's own data beside lengths and views.

use serde_json::{Map, Value};
use slotd_domain::event_type::{BookerLayouts, EventType, Layout};

use super::values::opaque;
use crate::fields::{Checked, wrong};

/// Most keys of an event type's metadata.
const MOST: usize = 50;

pub(super) fn read(name: &str, value: Option<&Value>) -> Checked<Map<String, Value>> {
    let Value::Object(sent) = opaque(name, value)? else {
        return wrong("isObject", format!("{name} must be an object"));
    };
    let is_wrong = |key: &str, fits: fn(&Value) -> bool| {
        sent.get(key).is_some_and(|value| !value.is_null() && !fits(value))
    };
    if is_wrong("multipleDuration", |value| durations(value).is_some()) {
        let text = format!("{name}.multipleDuration must be unique integers that are at least 1");
        return wrong("isInt", text);
    }
    if is_wrong("bookerLayouts", |value| layouts(value).is_some()) {
        let text = format!("{name}.bookerLayouts must have enabledLayouts and a defaultLayout");
        return wrong("isEnum", text);
    }
    if is_wrong("apps", Value::is_object) {
        return wrong("isObject", format!("{name}.apps must be an object"));
    }
    Ok(sent)
}

/// Keys that are sent take the place of those that are stored; null removes one.
pub(super) fn apply(event_type: &mut EventType, sent: &Map<String, Value>) -> Result<(), String> {
    let settings = &mut event_type.settings;
    for (name, value) in sent {
        match name.as_str() {
            "multipleDuration" => {
                settings.length_options_minutes = durations(value).unwrap_or_default();
            }
            "bookerLayouts" => settings.booker_layouts = layouts(value),
            _ if value.is_null() => drop(settings.metadata.shift_remove(name)),
            _ => drop(settings.metadata.insert(name.clone(), value.clone())),
        }
    }
    if settings.metadata.len() > MOST {
        return Err(format!("metadata must have at most {MOST} keys"));
    }
    Ok(())
}

fn durations(value: &Value) -> Option<Vec<i32>> {
    let mut durations = Vec::new();
    for length in value.as_array().filter(|lengths| lengths.len() <= 100)? {
        let length = i32::try_from(length.as_i64()?).ok().filter(|length| *length >= 1)?;
        if durations.contains(&length) {
            return None;
        }
        durations.push(length);
    }
    Some(durations)
}

fn layouts(value: &Value) -> Option<BookerLayouts> {
    let layout = |value: &Value| Layout::parse(value.as_str()?.strip_suffix("_view")?);
    let enabled = value["enabledLayouts"].as_array().filter(|layouts| layouts.len() <= 3)?;
    Some(BookerLayouts {
        default: layout(&value["defaultLayout"])?,
        enabled: enabled.iter().map(layout).collect::<Option<_>>()?,
    })
}
