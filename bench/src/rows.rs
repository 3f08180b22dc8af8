//! Work on rows without slotd: its statements, and the values that it would give them.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types as sqlite;
use slotd_domain::event_type::{EventType, Settings};
use slotd_domain::schedule::WeekDays;
use slotd_domain::{OAuthClientId, Role, defaults, email, username};
use slotd_http::Clock;
use slotd_store::{Location, Statement, all_statements, digest};
use tokio_postgres::types as postgres;

use crate::figures::Figures;
use crate::operations::EVENT_TYPE;
use crate::pool::PoolEntry;
use crate::{Result, raw_postgres, raw_sqlite};

/// What an operation does in the database when nobody has to be authenticated and
/// nothing to be decided: all reads, or all writes.
pub(crate) struct Raw {
    /// Module and name of slotd's statements, in the order in which they run.
    pub(crate) statements: &'static [(&'static str, &'static str)],
    /// Their values for a user of the pool, and an id that is free in every table.
    pub(crate) values: fn(&PoolEntry, i32) -> Vec<Vec<Value>>,
}

impl Raw {
    pub(crate) fn statements(&self) -> Result<Vec<&'static Statement>> {
        find(self.statements)
    }

    /// Callers repeat the work on a filled database, and what is computed from it.
    pub(crate) fn measure(
        &'static self,
        database: &Location,
        pool: &Arc<[PoolEntry]>,
        engine: Option<fn()>,
        callers: usize,
        seconds: u64,
    ) -> Result<Figures> {
        match database {
            Location::Sqlite(file) => raw_sqlite::run(file, self, pool, engine, callers, seconds),
            Location::Postgres(url) => raw_postgres::run(url, self, pool, engine, callers, seconds),
        }
    }
}

/// Statements by module and name.
pub(crate) fn find(names: &[(&str, &str)]) -> Result<Vec<&'static Statement>> {
    let find = |(module, name)| {
        let known = format!("slotd_store::{module}::statement::{name}");
        let found = all_statements().find(|statement| statement.name == known);
        found.ok_or_else(|| format!("slotd has no {known}").into())
    };
    names.iter().copied().map(find).collect()
}

/// The first id that is free in every table that raw work writes to, and that slotd does
/// not come to: both work on the same database.
pub(crate) const FREE_ID: &str = "select 1 + max(id) from (
    select 999999999 as id union all select max(id) from user_account union all select max(id) from membership
    union all select max(id) from schedule union all select max(id) from event_type
    union all select max(id) from booking union all select max(id) from attendee
) as largest";

/// A value of a statement.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Int(i32),
    Big(i64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    Json(Arc<serde_json::Value>),
    Instant(Timestamp),
    Date(Date),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// As slotd writes it.
impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<sqlite::ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => sqlite::Null.into(),
            Self::Int(number) => (*number).into(),
            Self::Big(number) => (*number).into(),
            Self::Bool(truth) => (*truth).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Bytes(bytes) => bytes.as_slice().into(),
            Self::Json(json) => json.to_string().into(),
            Self::Instant(instant) => instant.as_microsecond().into(),
            Self::Date(date) => date.to_string().into(),
        })
    }
}

impl postgres::ToSql for Value {
    fn to_sql(&self, kind: &postgres::Type, out: &mut bytes::BytesMut) -> Result<postgres::IsNull> {
        match self {
            Self::Null => Ok(postgres::IsNull::Yes),
            Self::Int(number) => number.to_sql_checked(kind, out),
            Self::Big(number) => number.to_sql_checked(kind, out),
            Self::Bool(truth) => truth.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
            Self::Json(json) => json.as_ref().to_sql_checked(kind, out),
            Self::Instant(instant) => instant.to_sql_checked(kind, out),
            Self::Date(date) => date.to_sql_checked(kind, out),
        }
    }

    // The value is known only when it is sent: `to_sql` checks it against the type.
    fn accepts(_: &postgres::Type) -> bool {
        true
    }

    postgres::to_sql_checked!();
}

/// Zone of all users and schedules.
pub(crate) const ZONE: &str = "Europe/Rome";

/// The rows of another user of an entry's client, without default event types: user,
/// profile, membership, tokens, schedule, hours. Their ids are the same.
pub(crate) fn new_user(entry: &PoolEntry, id: i32) -> Vec<Vec<Value>> {
    use Value::{Bool, Bytes, Instant, Int, Null, Text};
    let client = OAuthClientId::new(entry.client.clone());
    let email = email::with_client_suffix(&format!("raw-{id}@example.com"), &client);
    let username = username::derive(&email);
    let (refresh, access) = (digest(&format!("refresh {id}")), digest(&format!("access {id}")));
    let (organization, now) = (entry.organization, now());
    let mut rows = vec![
        vec![
            Int(id),
            Int(organization),
            Value::text(&entry.client),
            Value::text(&email),
            Text(email),
            Value::text(&username),
            Value::text("Alice Smith"),
            Null,
            Null,
            Value::text(ZONE),
            Value::text("Sunday"),
            Int(12),
            Null,
            Null,
            Bool(true),
            Instant(now),
        ],
        vec![Int(organization), Int(id), Text(format!("{id:036}")), Text(username), Instant(now)],
        vec![
            Int(id),
            Int(organization),
            Int(id),
            Value::text(Role::Member.name()),
            Bool(true),
            Instant(now),
        ],
        vec![
            Bytes(refresh.to_vec()),
            Bytes(access.to_vec()),
            Value::text(&entry.client),
            Int(id),
            Bytes(access[..16].to_vec()),
            Bytes(refresh[..16].to_vec()),
            Instant(now),
            Instant(now),
            Instant(now),
            Null,
        ],
    ];
    rows.extend(new_schedule(id, id, defaults::SCHEDULE_NAME, true));
    rows
}

/// The rows of a schedule with the usual hours.
pub(crate) fn new_schedule(user: i32, id: i32, name: &str, is_default: bool) -> Vec<Vec<Value>> {
    let schedule = vec![
        Value::Int(id),
        Value::Int(user),
        Value::text(name),
        Value::text(ZONE),
        Value::Bool(is_default),
        Value::Instant(now()),
    ];
    vec![schedule, range(id)]
}

/// The usual hours of a schedule.
pub(crate) fn range(schedule: i32) -> Vec<Value> {
    let days: WeekDays = defaults::SCHEDULE_DAYS.into_iter().collect();
    vec![
        Value::Int(schedule),
        Value::Int(0),
        Value::Text(days.digits()),
        Value::Int(defaults::SCHEDULE_START.minutes()),
        Value::Int(defaults::SCHEDULE_END.minutes()),
    ]
}

/// The row of an event type of an entry's user.
pub(crate) fn new_event_type(entry: &PoolEntry, id: i32) -> Vec<Vec<Value>> {
    let mut row = vec![Value::Int(id), Value::Int(entry.user)];
    row.extend(event_type(&format!("new-{id}")));
    row.push(Value::Instant(now()));
    vec![row]
}

/// A change of an entry's event type, which writes the whole row.
pub(crate) fn changed_event_type(entry: &PoolEntry, _: i32) -> Vec<Vec<Value>> {
    let mut row = vec![Value::Int(entry.event_type)];
    row.extend(event_type("0"));
    vec![row]
}

/// The columns of an event type that can change.
fn event_type(unique: &str) -> [Value; 10] {
    let EventType { title, length_minutes, is_hidden, .. } = &*EVENT_TYPE;
    let [locations, booking_fields, settings] = &*JSON;
    [
        Value::text(title),
        Value::Text(format!("consultation-{unique}")),
        Value::Int(*length_minutes),
        Value::Bool(*is_hidden),
        Value::Null,
        Value::Json(Arc::clone(locations)),
        Value::Json(Arc::clone(booking_fields)),
        Value::Json(Arc::clone(settings)),
        Value::Int(EVENT_TYPE.settings.before_buffer_minutes),
        Value::Int(EVENT_TYPE.settings.after_buffer_minutes),
    ]
}

/// Locations, booking fields and settings as slotd stores them: without the settings
/// that are as by default.
static JSON: LazyLock<[Arc<serde_json::Value>; 3]> = LazyLock::new(|| {
    let EventType { locations, booking_fields, settings, .. } = &*EVENT_TYPE;
    let defaults = json(&Settings::default());
    let mut settings = json(settings);
    if let Some(settings) = settings.as_object_mut() {
        settings.retain(|name, value| defaults.get(name) != Some(value));
    }
    [json(locations), json(booking_fields), settings].map(Arc::new)
});

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("an event type is made of texts, numbers and lists")
}

fn now() -> Timestamp {
    Clock::system().now()
}

#[cfg(test)]
mod tests {
    use slotd_store::Kind;

    use super::*;
    use crate::operations::OPERATIONS;

    fn kind(value: &Value) -> Option<Kind> {
        Some(match value {
            Value::Null => return None,
            Value::Int(_) => Kind::Int,
            Value::Big(_) => Kind::Big,
            Value::Bool(_) => Kind::Bool,
            Value::Text(_) => Kind::Text,
            Value::Bytes(_) => Kind::Bytes,
            Value::Json(_) => Kind::Json,
            Value::Instant(_) => Kind::Instant,
            Value::Date(_) => Kind::Date,
        })
    }

    /// Otherwise a new column is seen only once a measurement has been prepared for minutes.
    #[test]
    fn raw_work_gives_slotds_statements_the_values_that_they_take() {
        let line =
            "client secret 1 access refresh 2 3 4 5 6 booking 2026-01-01 2026-01-08 2026-01-31";
        let entry: PoolEntry = line.parse().unwrap();
        for operation in &OPERATIONS {
            let Some(raw) = &operation.raw else { continue };
            let statements = raw.statements().unwrap();
            let values = (raw.values)(&entry, 1_000_000_000);
            assert_eq!(statements.len(), values.len(), "{}", operation.name);
            for (statement, values) in statements.into_iter().zip(values) {
                let what = format!("{}, {}: {values:?}", operation.name, statement.name);
                assert_eq!(statement.params.len(), values.len(), "{what}");
                for (param, value) in statement.params.iter().zip(&values) {
                    assert!(kind(value).is_none_or(|kind| kind == *param), "{what}");
                }
            }
        }
    }
}
