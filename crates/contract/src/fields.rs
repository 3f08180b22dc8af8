//! Reads a JSON body field by field and collects every failure in the form that
//! clients of the contract know (VA-1 to VA-11).
//!
//! One line per field in [`FromBody::read`]; a failing field is noted and
//! reading goes on, so that the caller learns of everything at once.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use slotd_domain::{Locale, Permission, Permissions, TimeFormat, TimeZoneName, WeekDay, email};

/// Fields whose values never appear in an error (QI-23).
const SECRET: [&str; 3] = ["secret", "clientSecret", "refreshToken"];
const REDACTED: &str = "[redacted]";
/// Longest URI that is accepted, in characters.
const LONGEST_URI: usize = 2_048;
/// Most URIs in a list: all of them are compared with a request's origin.
const MOST_URIS: usize = 200;
/// How many failing objects of a list are told: each error repeats the whole list.
const MOST_FAILING_OBJECTS: usize = 10;

/// One failing field, as `error.details.errors` lists it (VA-3).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldError {
    /// The whole body without unknown fields.
    pub target: Value,
    /// The field's value; absent when the field is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Name of the field.
    pub property: Cow<'static, str>,
    /// Failures inside the field.
    pub children: Vec<FieldError>,
    /// What is wrong: name of the check, and text; absent when only `children` fail.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub constraints: Map<String, Value>,
}

impl FieldError {
    /// An error that only the database could find, in the form of all others.
    /// `sent` is the body as it was sent.
    #[must_use]
    pub fn found_later<T: FromBody>(
        property: &'static str,
        sent: &Value,
        check: &'static str,
        text: String,
    ) -> Self {
        let fields = Fields { body: sent.as_object(), known: T::FIELDS, failures: Vec::new() };
        let value = fields.get(property).cloned();
        let failure = Failure { property, value, wrong: vec![(check, text)].into() };
        failure.into_error(&fields.target(sent))
    }
}

/// A body that can be read from JSON.
pub trait FromBody: Sized {
    /// Names of the body's fields in declaration order; all others are dropped (VA-2).
    const FIELDS: &'static [&'static str];

    /// Reads all fields. What is returned counts only when nothing failed.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// Reads a body: an object, or an array, in which every field counts as missing (VA-1).
///
/// # Errors
///
/// One entry per failing field, in declaration order.
pub fn read_body<T: FromBody>(body: &Value) -> Result<T, Vec<FieldError>> {
    let mut fields = Fields { body: body.as_object(), known: T::FIELDS, failures: Vec::new() };
    let read = T::read(&mut fields);
    if fields.failures.is_empty() {
        return Ok(read);
    }
    let target = fields.target(body);
    Err(fields.failures.into_iter().map(|failure| failure.into_error(&target)).collect())
}

/// A field of a `PATCH` body: left out, cleared, or set (VA-6).
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Patch<T> {
    /// The field was not sent: nothing changes.
    #[default]
    Absent,
    /// `null`: the value is cleared.
    Null,
    /// A new value.
    Value(T),
}

impl<T> Patch<T> {
    /// Converts the value, if there is one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(f(value)),
        }
    }

    /// Writes the change to `target`.
    pub fn apply_to(self, target: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *target = None,
            Self::Value(value) => *target = Some(value),
        }
    }
}

/// A number as JSON has it, for fields whose range is not a matter of form.
#[derive(Debug, Clone, PartialEq)]
pub struct Number(serde_json::Number);

impl Number {
    /// The number as it was sent.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Number(self.0.clone())
    }

    /// The number as a 32-bit id; none when it has a fraction or is out of range.
    #[must_use]
    pub fn as_id(&self) -> Option<i32> {
        self.0.as_i64().and_then(|number| i32::try_from(number).ok())
    }
}

struct Failure {
    property: &'static str,
    value: Option<Value>,
    wrong: Wrong,
}

/// What is wrong with a value: with itself, and with its parts.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) constraints: Vec<(&'static str, String)>,
    pub(crate) children: Vec<FieldError>,
}

impl From<Vec<(&'static str, String)>> for Wrong {
    fn from(constraints: Vec<(&'static str, String)>) -> Self {
        Self { constraints, children: Vec::new() }
    }
}

impl Failure {
    fn into_error(self, target: &Value) -> FieldError {
        let value = match self.value {
            Some(_) if SECRET.contains(&self.property) => Some(Value::from(REDACTED)),
            value => value,
        };
        FieldError {
            target: target.clone(),
            value,
            property: self.property.into(),
            children: self.wrong.children,
            constraints: self
                .wrong
                .constraints
                .into_iter()
                .map(|(key, text)| (key.to_owned(), text.into()))
                .collect(),
        }
    }
}

/// The fields of a body, while it is read.
pub struct Fields<'a> {
    body: Option<&'a Map<String, Value>>,
    known: &'static [&'static str],
    failures: Vec<Failure>,
}

/// What a check says about a value: the value read, or what is wrong with it.
pub(crate) type Checked<T> = Result<T, Vec<(&'static str, String)>>;
/// A check of one value; the name is the field's, for the text.
type Check<T> = fn(&str, Option<&Value>) -> Checked<T>;

impl Fields<'_> {
    fn target(&self, body: &Value) -> Value {
        let Some(fields) = self.body else {
            return if body.is_array() {
                Value::Array(Vec::new())
            } else {
                Value::Object(Map::new())
            };
        };
        let known = fields.iter().filter(|(name, _)| self.known.contains(&name.as_str()));
        let shown = known.map(|(name, value)| {
            let value =
                if SECRET.contains(&name.as_str()) { REDACTED.into() } else { value.clone() };
            (name.clone(), value)
        });
        Value::Object(shown.collect())
    }

    fn get(&self, name: &'static str) -> Option<&Value> {
        debug_assert!(self.known.contains(&name), "{name} is not declared in FIELDS");
        self.body.and_then(|body| body.get(name))
    }

    fn check<T>(&mut self, name: &'static str, check: Check<T>) -> Option<T> {
        let read = check(name, self.get(name));
        self.note(name, read.map_err(Wrong::from))
    }

    fn note<T>(&mut self, name: &'static str, read: Result<T, Wrong>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(wrong) => self.fail(name, wrong),
        }
    }

    /// A field whose value has parts; it may be missing, and null clears it.
    pub(crate) fn patch_parts<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str, &Value) -> Result<T, Wrong>,
    ) -> Patch<T> {
        match self.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(value) => {
                let read = read(name, value);
                self.note(name, read).map_or(Patch::Absent, Patch::Value)
            }
        }
    }

    /// A field that must be there. The stand-in of a failing field is never seen.
    pub fn required<T: Default>(&mut self, name: &'static str, check: Check<T>) -> T {
        self.check(name, check).unwrap_or_default()
    }

    /// A field that may be missing or null (VA-6, MU-19).
    pub fn optional<T>(&mut self, name: &'static str, check: Check<T>) -> Option<T> {
        match self.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => self.check(name, check),
        }
    }

    /// A field that may be missing, but not null.
    pub fn given<T>(&mut self, name: &'static str, check: Check<T>) -> Option<T> {
        self.get(name)?;
        self.check(name, check)
    }

    /// A list of at most `most` objects, each read as a body of its own, that may be
    /// missing or null. What fails in an object stands in the list's `children`, below
    /// the object's index (VA-3); only the first ten failing objects are told.
    pub fn optional_objects<T: FromBody>(
        &mut self,
        name: &'static str,
        most: usize,
    ) -> Option<Vec<T>> {
        match self.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => self.objects(name, most),
        }
    }

    /// The same, but not null.
    pub fn given_objects<T: FromBody>(
        &mut self,
        name: &'static str,
        most: usize,
    ) -> Option<Vec<T>> {
        self.get(name)?;
        self.objects(name, most)
    }

    fn objects<T: FromBody>(&mut self, name: &'static str, most: usize) -> Option<Vec<T>> {
        let list = self.get(name);
        let Some(values) = list.and_then(Value::as_array) else {
            let text = format!("{name} must be an array");
            return self.fail(name, vec![("isArray", text)].into());
        };
        if values.len() > most {
            return self.fail(name, vec![("arrayMaxSize", too_many(name, most))].into());
        }
        if !values.iter().all(|value| value.is_object() || value.is_array()) {
            let text =
                format!("each value in nested property {name} must be either object or array");
            return self.fail(name, vec![("nestedValidation", text)].into());
        }
        let mut read = Vec::with_capacity(values.len());
        let mut failing = Vec::new();
        for (index, value) in values.iter().enumerate() {
            match read_body(value) {
                Ok(object) => read.push(object),
                Err(children) => failing.push(FieldError {
                    target: Value::Array(values.clone()),
                    value: Some(value.clone()),
                    property: index.to_string().into(),
                    children,
                    constraints: Map::new(),
                }),
            }
            if failing.len() == MOST_FAILING_OBJECTS {
                break;
            }
        }
        if failing.is_empty() {
            Some(read)
        } else {
            self.fail(name, Wrong { constraints: Vec::new(), children: failing })
        }
    }

    /// Notes that a field fails.
    fn fail<T>(&mut self, property: &'static str, wrong: Wrong) -> Option<T> {
        let value = self.get(property).cloned();
        self.failures.push(Failure { property, value, wrong });
        None
    }

    /// A field that may be missing, and that null clears.
    pub fn patch<T>(&mut self, name: &'static str, check: Check<T>) -> Patch<T> {
        match self.get(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(_) => self.check(name, check).map_or(Patch::Absent, Patch::Value),
        }
    }
}

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
