//! What is in the calendars that a user connected (section 17 of the availability rules).

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};
use slotd_domain::TimeZoneName;
use utoipa::{IntoParams, ToSchema};

use crate::fields::{self, Checked, FieldError, Fields, FromBody, read_body, wrong};
use crate::query::{Pairs, parse};
use crate::schedules::parse_date;

/// Most calendars of one query.
const MOST_CALENDARS: usize = 100;
const CALENDARS: &str = "calendarsToLoad";

/// Which times are asked for.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct BusyTimesQuery {
    /// The older name of `timeZone`, which goes before it.
    #[param(required = false, value_type = String, example = "America/New_York")]
    pub logged_in_users_tz: Option<TimeZoneName>,
    /// The zone of the dates.
    #[param(required = false, value_type = String, example = "America/New_York")]
    pub time_zone: Option<TimeZoneName>,
    /// The first day.
    #[param(required = false, value_type = String, example = "2026-10-01")]
    pub date_from: Date,
    /// The last day.
    #[param(required = false, value_type = String, example = "2026-10-31")]
    pub date_to: Date,
    /// The calendars to read; all that the user chose, if none is named.
    #[param(ignore)]
    pub calendars: Vec<Calendar>,
}

/// A calendar in a query: `calendarsToLoad[0][credentialId]` and
/// `calendarsToLoad[0][externalId]`, or the two names alone.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct Calendar {
    /// The credential by which it was connected.
    #[param(required = false)]
    pub credential_id: i64,
    /// Its id there.
    #[param(required = false)]
    pub external_id: String,
}

/// A time that is taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BusyTimesOutput)]
pub struct BusyTime {
    /// When it begins, in UTC.
    #[schema(format = DateTime)]
    pub start: String,
    /// When it ends, in UTC.
    #[schema(format = DateTime)]
    pub end: String,
    /// The calendar it is in.
    pub source: Option<String>,
}

impl BusyTimesQuery {
    /// Reads the query. An empty zone or date counts as absent.
    ///
    /// # Errors
    ///
    /// One entry per failing value, as in a body.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        read_body(&Value::Object(object(pairs)))
    }
}

/// The query as an object with a list in it.
fn object(pairs: &Pairs) -> Map<String, Value> {
    let mut object = Map::new();
    // What stands alone comes after what has an index.
    let mut calendars: BTreeMap<(bool, u32), Map<String, Value>> = BTreeMap::new();
    let mut are_a_list = true;
    for (key, text) in pairs {
        let name = key.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
        let value = match name {
            "credentialId" => parse(text).map_or(Value::Null, Value::from),
            _ => json!(text),
        };
        if BusyTimesQuery::FIELDS.contains(&key.as_str()) && key != CALENDARS {
            if !text.is_empty() {
                object.insert(key.clone(), value);
            }
        } else if Calendar::FIELDS.contains(&key.as_str()) {
            calendars.entry((true, 0)).or_default().insert(key.clone(), value);
        } else if let Some(place) = key.strip_prefix(CALENDARS)
            && (place.is_empty() || place.starts_with('['))
        {
            match index_and_name(place) {
                Some((index, name)) => {
                    calendars.entry((false, index)).or_default().insert(name.to_owned(), value);
                }
                None => are_a_list = false,
            }
        }
    }
    if !are_a_list {
        object.insert(CALENDARS.to_owned(), json!({}));
    } else if !calendars.is_empty() {
        object.insert(CALENDARS.to_owned(), calendars.into_values().map(Value::Object).collect());
    }
    object
}

/// `[0][externalId]`
fn index_and_name(place: &str) -> Option<(u32, &str)> {
    let (index, name) = place.strip_prefix('[')?.strip_suffix(']')?.split_once("][")?;
    Some((index.parse().ok()?, name))
}

impl FromBody for BusyTimesQuery {
    const FIELDS: &'static [&'static str] =
        &["loggedInUsersTz", "timeZone", "dateFrom", "dateTo", CALENDARS];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            logged_in_users_tz: fields.optional("loggedInUsersTz", fields::time_zone),
            time_zone: fields.optional("timeZone", fields::time_zone),
            date_from: fields.required("dateFrom", date),
            date_to: fields.required("dateTo", date),
            calendars: fields.optional_objects(CALENDARS, MOST_CALENDARS).unwrap_or_default(),
        }
    }
}

impl FromBody for Calendar {
    const FIELDS: &'static [&'static str] = &["credentialId", "externalId"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            credential_id: fields.required("credentialId", credential),
            external_id: fields.required("externalId", fields::short_text),
        }
    }
}

/// A date, or a date-time, whose date in UTC counts.
fn date(name: &str, value: Option<&Value>) -> Checked<Date> {
    match value.and_then(Value::as_str).and_then(parse_date) {
        Some(date) => Ok(date),
        None => wrong("isDateString", format!("{name} must be a valid ISO 8601 date string")),
    }
}

/// Any whole number: whose it is the look-up decides.
fn credential(name: &str, value: Option<&Value>) -> Checked<i64> {
    let text = || format!("{name} must be a number conforming to the specified constraints");
    value.and_then(Value::as_i64).ok_or_else(|| vec![("isNumber", text())])
}
