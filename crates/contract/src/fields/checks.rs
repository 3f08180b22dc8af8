//! The checks of single fields: each takes a field's name and its value, if there is
//! one, and answers what was read or everything that is wrong with it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use slotd_domain::event_type::normalize_slug;
pub(crate) use slotd_domain::phone::is_number as is_phone_number;
use slotd_domain::{Locale, Permission, Permissions, TimeFormat, TimeZoneName, WeekDay, email};

use super::{Checked, Number};

/// Longest URI that is accepted, in characters.
const LONGEST_URI: usize = 2_048;
/// Most URIs in a list: all of them are compared with a request's origin.
const MOST_URIS: usize = 200;
/// Deepest nesting of what is only kept: it is stored inside other JSON, which has to
/// be read again.
const DEEPEST: usize = 16;

pub(crate) fn wrong<T>(key: &'static str, text: String) -> Checked<T> {
    Err(vec![(key, text)])
}

pub(crate) fn one_of(name: &str, values: &[&str]) -> String {
    format!("{name} must be one of the following values: {}", values.join(", "))
}

/// PostgreSQL cannot store the character NUL in a text.
fn no_nul<T>(name: &str, texts: &[&str], value: T) -> Checked<T> {
    if texts.iter().any(|text| text.contains('\0')) {
        return wrong("noNul", format!("{name} must not contain the NUL character"));
    }
    Ok(value)
}

/// Any text (VA-4).
pub fn string(name: &str, value: Option<&Value>) -> Checked<String> {
    match value {
        Some(Value::String(text)) => no_nul(name, &[text], text.clone()),
        _ => wrong("isString", format!("{name} must be a string")),
    }
}

fn bounded(name: &str, value: Option<&Value>, most: usize) -> Checked<String> {
    let text = string(name, value)?;
    if text.chars().count() > most {
        return wrong("maxLength", too_long(name, most));
    }
    Ok(text)
}

/// The name of a person or client: at most 1,000 characters.
pub fn short_text(name: &str, value: Option<&Value>) -> Checked<String> {
    bounded(name, value, 1_000)
}

/// A text of at most 1,000 characters that is not empty.
pub(crate) fn non_empty(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = short_text(name, value)?;
    if text.is_empty() { empty(name) } else { Ok(text) }
}

/// A slug as it is stored (ET-3), of at most 1,000 characters.
pub(crate) fn slug(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = short_text(name, value)?;
    match normalize_slug(&text) {
        "" => empty(name),
        slug => Ok(slug.to_owned()),
    }
}

fn empty<T>(name: &str) -> Checked<T> {
    wrong("isNotEmpty", format!("{name} should not be empty"))
}

/// What a person writes about themselves, or a logo: at most 20,000 characters.
pub fn long_text(name: &str, value: Option<&Value>) -> Checked<String> {
    bounded(name, value, 20_000)
}

/// A URI, which is any text of at most 2,048 characters.
pub fn uri(name: &str, value: Option<&Value>) -> Checked<String> {
    bounded(name, value, LONGEST_URI)
}

pub(crate) fn too_many(name: &str, most: usize) -> String {
    format!("{name} must contain no more than {most} elements")
}

fn too_long(name: &str, most: usize) -> String {
    format!("{name} must be shorter than or equal to {most} characters")
}

/// A truth value; `"true"` is none (VA-5).
pub fn boolean(name: &str, value: Option<&Value>) -> Checked<bool> {
    match value {
        Some(Value::Bool(truth)) => Ok(*truth),
        _ => wrong("isBoolean", format!("{name} must be a boolean value")),
    }
}

/// Any number; `"12"` is none (VA-5).
pub fn number(name: &str, value: Option<&Value>) -> Checked<Number> {
    match value {
        Some(Value::Number(number)) => Ok(Number(number.clone())),
        _ => wrong(
            "isNumber",
            format!("{name} must be a number conforming to the specified constraints"),
        ),
    }
}

/// A whole number from 1 to `most`; `2.0` is one.
pub(crate) fn whole(name: &str, value: Option<&Value>, most: i64) -> Checked<i64> {
    let number = value.and_then(Value::as_f64);
    let mut failures = Vec::new();
    if number.is_none_or(|number| number < 1.0) {
        failures.push(("min", format!("{name} must not be less than 1")));
    }
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
    let whole = number.filter(|number| number.fract() == 0.0).map(|number| number as i64);
    if whole.is_none() {
        failures.push(("isInt", format!("{name} must be an integer number")));
    }
    match whole {
        Some(number) if number > most => {
            wrong("max", format!("{name} must not be greater than {most}"))
        }
        Some(number) if failures.is_empty() => Ok(number),
        _ => Err(failures),
    }
}

/// An instant between the years 1970 and 9999, in milliseconds. A date alone is its
/// first instant, and what names no offset counts as UTC.
pub fn instant(name: &str, value: Option<&Value>) -> Checked<Timestamp> {
    let failure = || vec![("isDateString", format!("{name} must be a valid ISO 8601 date string"))];
    // A zone in brackets is no ISO 8601, and would be passed over below.
    let text = value.and_then(Value::as_str).filter(|text| !text.contains('['));
    let text = text.ok_or_else(failure)?;
    let instant = text.parse::<Timestamp>().or_else(|_| {
        let civil = text.parse::<DateTime>()?;
        civil.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp())
    });
    let milliseconds = instant.map_err(|_| failure())?.as_millisecond();
    let instant = Timestamp::from_millisecond(milliseconds).map_err(|_| failure())?;
    let year = instant.to_zoned(TimeZone::UTC).year();
    if (1970..=9999).contains(&year) { Ok(instant) } else { Err(failure()) }
}

/// A list of at most 200 URIs ([`uri`]).
pub fn uris(name: &str, value: Option<&Value>) -> Checked<Vec<String>> {
    let each = || format!("each value in {name} must be a string");
    let Some(Value::Array(values)) = value else {
        return Err(vec![("isString", each()), ("isArray", format!("{name} must be an array"))]);
    };
    if values.len() > MOST_URIS {
        return wrong("arrayMaxSize", too_many(name, MOST_URIS));
    }
    let is_too_long = |uri: &str| uri.chars().count() > LONGEST_URI;
    if values.iter().filter_map(Value::as_str).any(is_too_long) {
        return wrong("maxLength", too_long(&format!("each value in {name}"), LONGEST_URI));
    }
    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
    match texts {
        Some(texts) => no_nul(name, &texts, texts.iter().map(|text| (*text).to_owned()).collect()),
        None => wrong("isString", each()),
    }
}

/// A list of permission names, or `*` for all (OC-6).
pub fn permissions(name: &str, value: Option<&Value>) -> Checked<Permissions> {
    let each = || {
        let names = Permissions::ALL.names();
        format!("each value in {name} must be one of the following values: {}, *", names.join(", "))
    };
    let Some(Value::Array(values)) = value else {
        return Err(vec![("isEnum", each()), ("isArray", format!("{name} must be an array"))]);
    };
    let mut set = Vec::new();
    for value in values {
        match value.as_str() {
            Some("*") => set.extend(Permission::ALL),
            Some(name) if Permission::parse(name).is_some() => set.extend(Permission::parse(name)),
            _ => return wrong("isEnum", each()),
        }
    }
    Ok(set.into_iter().collect())
}

/// An e-mail address (MU-4).
pub fn email(name: &str, value: Option<&Value>) -> Checked<String> {
    let Some(Value::String(text)) = value else {
        return Err(vec![
            ("isEmail", format!("{name} must be an email")),
            ("isString", format!("{name} must be a string")),
        ]);
    };
    if text.chars().count() > email::MAX_LENGTH {
        return wrong("maxLength", too_long(name, email::MAX_LENGTH));
    }
    if !email::is_address(text) {
        return wrong("isEmail", format!("{name} must be an email"));
    }
    Ok(text.clone())
}

fn hours(name: &str, value: Option<&Value>, text: String) -> Checked<TimeFormat> {
    // 12.0 is the number 12, as in JavaScript.
    let format = value.and_then(Value::as_f64).and_then(|hours| {
        [TimeFormat::Twelve, TimeFormat::TwentyFour]
            .into_iter()
            .find(|format| (f64::from(format.hours()) - hours).abs() < f64::EPSILON)
    });
    match format {
        Some(format) => Ok(format),
        None if value.is_some_and(Value::is_number) => wrong("isIn", text),
        None => Err(vec![
            ("isIn", text),
            (
                "isNumber",
                format!("{name} must be a number conforming to the specified constraints"),
            ),
        ]),
    }
}

/// 12 or 24, in the words of creating a user.
pub fn time_format(name: &str, value: Option<&Value>) -> Checked<TimeFormat> {
    hours(name, value, format!("{name} must be a number either 12 or 24"))
}

/// 12 or 24, in the words of updating a user.
pub fn updated_time_format(name: &str, value: Option<&Value>) -> Checked<TimeFormat> {
    hours(name, value, one_of(name, &["12", "24"]))
}

fn enumerated<T>(
    name: &str,
    value: Option<&Value>,
    parse: impl Fn(&str) -> Option<T>,
    values: &[&str],
) -> Checked<T> {
    match value.and_then(Value::as_str).and_then(parse) {
        Some(value) => Ok(value),
        None => wrong("isEnum", one_of(name, values)),
    }
}

/// The name of a day, exactly.
pub fn week_day(name: &str, value: Option<&Value>) -> Checked<WeekDay> {
    enumerated(name, value, WeekDay::parse, &WeekDay::ALL.map(WeekDay::as_str))
}

/// The name of a day in any letter case (QI-11).
pub fn week_day_any_case(name: &str, value: Option<&Value>) -> Checked<WeekDay> {
    enumerated(name, value, WeekDay::parse_any_case, &WeekDay::ALL.map(WeekDay::as_str))
}

/// A language (MU-6).
pub fn locale(name: &str, value: Option<&Value>) -> Checked<Locale> {
    enumerated(name, value, Locale::parse, &Locale::ALL)
}

/// A time zone in any letter case (VA-8, VA-9).
pub fn time_zone(name: &str, value: Option<&Value>) -> Checked<TimeZoneName> {
    let zone = || ("isTimeZone", format!("{name} must be a valid IANA time-zone"));
    match value {
        Some(Value::String(text)) => TimeZoneName::parse(text).ok_or_else(|| vec![zone()]),
        _ => Err(vec![zone(), ("isString", format!("{name} must be a string"))]),
    }
}

/// The URL of a picture (VA-7): http, https, ftp or no scheme, and a host with a
/// top-level domain or an IP address.
pub fn url(name: &str, value: Option<&Value>) -> Checked<String> {
    match value {
        Some(Value::String(text)) if is_url(text) => Ok(text.clone()),
        _ => wrong("isUrl", format!("{name} must be a URL address")),
    }
}

fn is_url(text: &str) -> bool {
    if text.len() > LONGEST_URI
        || text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c))
    {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let with_scheme =
        if ["http://", "https://", "ftp://"].iter().any(|scheme| lower.starts_with(scheme)) {
            text.to_owned()
        } else if text.starts_with('/')
            || text.split(['/', '?', '#']).next().is_some_and(has_other_scheme)
        {
            return false;
        } else {
            format!("http://{text}")
        };
    let Ok(parsed) = ::url::Url::parse(&with_scheme) else { return false };
    match parsed.host() {
        Some(::url::Host::Domain(domain)) => has_top_level_domain(domain),
        // As it was written: a browser also takes `2130706433` and `0x7f.1` for addresses.
        Some(::url::Host::Ipv4(address)) => text.contains(&address.to_string()),
        Some(::url::Host::Ipv6(_)) => true,
        None => false,
    }
}

/// `mailto:x` and the like; `example.com:8080` is a host with a port.
fn has_other_scheme(head: &str) -> bool {
    head.split_once(':')
        .is_some_and(|(_, rest)| rest.is_empty() || rest.contains(|c: char| !c.is_ascii_digit()))
}

fn has_top_level_domain(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    domain.rsplit_once('.').is_some_and(|(rest, last)| {
        !rest.is_empty()
            && last.len() >= 2
            && !last.contains(|c: char| c.is_ascii_digit() && !last.starts_with("xn--"))
    })
}

/// The customer's own data about a user (VA-10).
pub fn metadata(name: &str, value: Option<&Value>) -> Checked<Map<String, Value>> {
    if value.is_some_and(Value::is_array) {
        return wrong("isObject", format!("{name} must be an object"));
    }
    let fits = |text: &str, most: usize| text.chars().count() <= most && !text.contains('\0');
    let map = value.and_then(Value::as_object).filter(|map| {
        map.len() <= 50
            && map.iter().all(|(key, value)| {
                fits(key, 40)
                    && match value {
                        Value::String(text) => fits(text, 500),
                        Value::Number(_) | Value::Bool(_) => true,
                        Value::Null | Value::Array(_) | Value::Object(_) => false,
                    }
            })
    });
    if let Some(map) = map {
        return Ok(map.clone());
    }
    wrong(
        "ValidateMetadata",
        "Metadata must have at most 50 keys, each key up to 40 characters, and values up to 500 characters.".to_owned(),
    )
}

/// Refuses JSON that cannot be stored as it is.
pub(crate) fn storable(name: &str, value: &Value) -> Checked<()> {
    if can_be_stored(value, DEEPEST) {
        return Ok(());
    }
    let text = format!(
        "{name} must not be nested deeper than {DEEPEST} levels nor contain the NUL character"
    );
    wrong("isStorable", text)
}

fn can_be_stored(value: &Value, levels: usize) -> bool {
    let Some(inner) = levels.checked_sub(1) else { return false };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.contains('\0'),
        Value::Array(values) => values.iter().all(|value| can_be_stored(value, inner)),
        Value::Object(fields) => {
            fields.iter().all(|(name, value)| !name.contains('\0') && can_be_stored(value, inner))
        }
    }
}
