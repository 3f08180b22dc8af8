//! Values of event types, as they are checked in the internal shape.

use serde_json::Value;

use crate::date_times;
use crate::fields::{self, Checked, wrong};

/// Largest value that is only kept, in bytes of JSON.
const LARGEST: usize = 20_000;

/// Any JSON that can be stored.
pub(super) fn opaque(name: &str, value: Option<&Value>) -> Checked<Value> {
    let value = value.cloned().unwrap_or_default();
    fields::storable(name, &value)?;
    if value.to_string().len() > LARGEST {
        let text = format!("{name} must be shorter than or equal to {LARGEST} bytes of JSON");
        return wrong("maxLength", text);
    }
    Ok(value)
}

/// A whole number of 32 bits that is not less than `least`.
fn whole(name: &str, value: Option<&Value>, least: i32) -> Checked<i32> {
    let Some(number) = value.and_then(Value::as_i64) else {
        return wrong("isInt", format!("{name} must be an integer number"));
    };
    match i32::try_from(number) {
        Ok(number) if number >= least => Ok(number),
        Ok(_) => wrong("min", format!("{name} must not be less than {least}")),
        Err(_) if number < 0 => wrong("min", format!("{name} must not be less than {least}")),
        Err(_) => wrong("max", format!("{name} must not be greater than {}", i32::MAX)),
    }
}

/// At least 0.
pub(super) fn natural(name: &str, value: Option<&Value>) -> Checked<i32> {
    whole(name, value, 0)
}

/// At least 1.
pub(super) fn positive(name: &str, value: Option<&Value>) -> Checked<i32> {
    whole(name, value, 1)
}

/// 1 to 1000.
pub(super) fn seats(name: &str, value: Option<&Value>) -> Checked<Value> {
    match positive(name, value)? {
        seats if seats > 1_000 => wrong("max", format!("{name} must not be greater than 1000")),
        seats => Ok(seats.into()),
    }
}

/// At least 1, as JSON.
pub(super) fn positive_value(name: &str, value: Option<&Value>) -> Checked<Value> {
    positive(name, value).map(Value::from)
}

/// A truth value, as JSON.
pub(super) fn flag(name: &str, value: Option<&Value>) -> Checked<Value> {
    fields::boolean(name, value).map(Value::from)
}

/// A short text, as JSON.
pub(super) fn text(name: &str, value: Option<&Value>) -> Checked<Value> {
    fields::short_text(name, value).map(Value::from)
}

/// A time zone, as JSON.
pub(super) fn zone(name: &str, value: Option<&Value>) -> Checked<Value> {
    fields::time_zone(name, value).map(|zone| zone.as_str().into())
}

/// An e-mail address, as JSON.
pub(super) fn email(name: &str, value: Option<&Value>) -> Checked<Value> {
    fields::email(name, value).map(Value::from)
}

/// Where a person is sent, as JSON.
pub(super) fn redirect_value(name: &str, value: Option<&Value>) -> Checked<Value> {
    redirect(name, value).map(Value::from)
}

/// A number of 32 bits, as JSON.
pub(super) fn natural_value(name: &str, value: Option<&Value>) -> Checked<Value> {
    natural(name, value).map(Value::from)
}

/// The first ten characters of a date or an instant, as JSON (section 6.4 of the
/// availability rules).
pub(super) fn date(name: &str, value: Option<&Value>) -> Checked<Value> {
    match value.and_then(Value::as_str).and_then(date_times::date) {
        Some(date) => Ok(format!("{date}T00:00:00.000Z").into()),
        None => wrong("isDateString", format!("{name} must be a valid ISO 8601 date string")),
    }
}

/// An absolute http or https address of at most 2,048 characters.
pub(super) fn web_address(text: &str) -> bool {
    text.len() <= 2_048
        && url::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

/// Where a person is sent; the empty text is nowhere.
pub(super) fn redirect(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = fields::uri(name, value)?;
    if text.is_empty() || web_address(&text) {
        return Ok(text);
    }
    wrong("isUrl", format!("{name} must be a URL address"))
}
