//! Event types.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::event_type::{BookingField, EventType, Location, Settings};
use slotd_domain::{EventTypeId, OrganizationId, ScheduleId, UserId};

use crate::sql::{Json, queries, row};
use crate::{Conn, StoreError};

row! {
    struct Row {
        id: EventTypeId,
        user_id: Option<UserId>,
        team_id: Option<OrganizationId>,
        title: String,
        slug: String,
        length_minutes: i32,
        is_hidden: bool,
        schedule_id: Option<ScheduleId>,
        locations: Json<Vec<Location>>,
        booking_fields: Option<Json<Vec<BookingField>>>,
        settings: Json<Settings>,
        before_buffer_minutes: i32,
        after_buffer_minutes: i32,
        created_at: Timestamp,
    }
}

/// An event type with what its row says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Id.
    pub id: EventTypeId,
    /// Whose it is; none for a team's.
    pub user_id: Option<UserId>,
    /// The team it belongs to; none for a user's.
    pub team_id: Option<OrganizationId>,
    /// What can be booked.
    pub event_type: EventType,
    /// When it was created.
    pub created_at: Timestamp,
}

macro_rules! columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, user_id, team_id, title, slug, length_minutes, is_hidden, schedule_id, locations, booking_fields,
                settings, before_buffer_minutes, after_buffer_minutes, created_at ",
            $after
        )
    };
}

queries! {
    fn row_of_id(id: EventTypeId) -> Option<Row> = columns!("select", "from event_type where id = $1");

    fn lock_row(id: EventTypeId) -> Option<Row> =
        columns!("update event_type set created_at = created_at where id = $1 returning", "");

    fn row_of_slug(user: UserId, slug: &str) -> Option<Row> =
        columns!("select", "from event_type where user_id = $1 and slug = $2");

    fn rows_of_user(user: UserId) -> Vec<Row> =
        columns!("select", "from event_type where user_id = $1 order by id");

    /// How many event types a user has.
    pub fn count_of_user(user: UserId) -> Option<(i64,)> = "select count(*) from event_type where user_id = $1";

    /// Whose an event type is. No user is named for one of a team.
    pub fn owner(id: EventTypeId) -> Option<(Option<UserId>,)> =
        "select user_id from event_type where id = $1";

    /// Holds an event type until the end of the transaction, by a column without an
    /// index, as [`users::lock`](crate::users::lock) does.
    pub fn hold(id: EventTypeId) -> u64 =
        "update event_type set created_at = created_at where id = $1";

    fn insert_row(
        id: EventTypeId,
        user: UserId,
        title: &str,
        slug: &str,
        length_minutes: i32,
        is_hidden: bool,
        schedule: Option<ScheduleId>,
        locations: &Value,
        booking_fields: Option<&Value>,
        settings: &Value,
        before_buffer_minutes: i32,
        after_buffer_minutes: i32,
        now: Timestamp,
    ) -> u64 = "insert into event_type (
        id, user_id, title, slug, length_minutes, is_hidden, schedule_id, locations, booking_fields, settings,
        before_buffer_minutes, after_buffer_minutes, created_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    fn update_row(
        id: EventTypeId,
        title: &str,
        slug: &str,
        length_minutes: i32,
        is_hidden: bool,
        schedule: Option<ScheduleId>,
        locations: &Value,
        booking_fields: Option<&Value>,
        settings: &Value,
        before_buffer_minutes: i32,
        after_buffer_minutes: i32,
    ) -> u64 = "update event_type set
        title = $2, slug = $3, length_minutes = $4, is_hidden = $5, schedule_id = $6, locations = $7,
        booking_fields = $8, settings = $9, before_buffer_minutes = $10, after_buffer_minutes = $11
        where id = $1";

    /// Removes an event type with what belongs to it (ET-63).
    pub fn delete(id: EventTypeId) -> u64 = "delete from event_type where id = $1";
}

impl Stored {
    fn of_row(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            team_id: row.team_id,
            event_type: EventType {
                title: row.title,
                slug: row.slug,
                length_minutes: row.length_minutes,
                is_hidden: row.is_hidden,
                schedule_id: row.schedule_id,
                locations: row.locations.0,
                booking_fields: row.booking_fields.map(|fields| fields.0),
                settings: Settings {
                    before_buffer_minutes: row.before_buffer_minutes,
                    after_buffer_minutes: row.after_buffer_minutes,
                    ..row.settings.0
                },
            },
            created_at: row.created_at,
        }
    }
}

const INVARIANT: &str = "an event type is made of texts, numbers and lists";
static DEFAULTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(Settings::default()).expect(INVARIANT));

/// Settings with a column of their own, because other statements read them (SLOT-42).
const COLUMNS: [&str; 2] = ["before_buffer_minutes", "after_buffer_minutes"];

/// The columns that hold JSON.
struct Columns {
    locations: Value,
    booking_fields: Option<Value>,
    settings: Value,
}

impl Columns {
    fn of(event_type: &EventType) -> Self {
        let mut settings = serde_json::to_value(&event_type.settings).expect(INVARIANT);
        if let (Some(settings), Some(defaults)) = (settings.as_object_mut(), DEFAULTS.as_object()) {
            // What has its default is not stored, and what has a column stands there.
            settings.retain(|name, value| {
                defaults.get(name) != Some(value) && !COLUMNS.contains(&name.as_str())
            });
        }
        Self {
            locations: serde_json::to_value(&event_type.locations).expect(INVARIANT),
            booking_fields: event_type
                .booking_fields
                .as_ref()
                .map(|fields| serde_json::to_value(fields).expect(INVARIANT)),
            settings,
        }
    }
}

/// An event type by its id.
pub async fn by_id(conn: &Conn, id: EventTypeId) -> Result<Option<Stored>, StoreError> {
    row_of_id(conn, id).await.map(|row| row.map(Stored::of_row))
}

/// An event type by its id, held until the end of the transaction.
pub async fn lock(conn: &Conn, id: EventTypeId) -> Result<Option<Stored>, StoreError> {
    lock_row(conn, id).await.map(|row| row.map(Stored::of_row))
}

/// An event type of a user by its slug.
pub async fn of_slug(conn: &Conn, user: UserId, slug: &str) -> Result<Option<Stored>, StoreError> {
    row_of_slug(conn, user, slug).await.map(|row| row.map(Stored::of_row))
}

/// The event types of a user, by id.
pub async fn of_user(conn: &Conn, user: UserId) -> Result<Vec<Stored>, StoreError> {
    Ok(rows_of_user(conn, user).await?.into_iter().map(Stored::of_row).collect())
}

/// Writes an event type of a user.
///
/// # Errors
///
/// [`Constraint::EventTypeUserSlug`](crate::Constraint::EventTypeUserSlug) when the
/// user has one with this slug.
pub async fn insert(
    conn: &Conn,
    id: EventTypeId,
    user: UserId,
    event_type: &EventType,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let json = Columns::of(event_type);
    insert_row(
        conn,
        id,
        user,
        &event_type.title,
        &event_type.slug,
        event_type.length_minutes,
        event_type.is_hidden,
        event_type.schedule_id,
        &json.locations,
        json.booking_fields.as_ref(),
        &json.settings,
        event_type.settings.before_buffer_minutes,
        event_type.settings.after_buffer_minutes,
        now,
    )
    .await
}

/// Writes what can change about an event type.
///
/// # Errors
///
/// [`Constraint::EventTypeUserSlug`](crate::Constraint::EventTypeUserSlug) when the
/// owner has another one with this slug.
pub async fn update(
    conn: &Conn,
    id: EventTypeId,
    event_type: &EventType,
) -> Result<u64, StoreError> {
    let json = Columns::of(event_type);
    update_row(
        conn,
        id,
        &event_type.title,
        &event_type.slug,
        event_type.length_minutes,
        event_type.is_hidden,
        event_type.schedule_id,
        &json.locations,
        json.booking_fields.as_ref(),
        &json.settings,
        event_type.settings.before_buffer_minutes,
        event_type.settings.after_buffer_minutes,
    )
    .await
}
