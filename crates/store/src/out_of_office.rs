//! Days on which users are out of office (section 16 of the availability rules).

use jiff::Timestamp;
use jiff::civil::Date;
use slotd_domain::{EventTypeId, OrganizationId, OutOfOfficeId, UserId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

row! {
    /// An entry as it is stored.
    #[derive(Debug, Clone)]
    pub struct Entry {
        /// Id.
        pub id: OutOfOfficeId,
        /// The contract's second id: a UUID v4.
        pub uuid: String,
        /// Who is away.
        pub user_id: UserId,
        /// Whom to book instead.
        pub to_user_id: Option<UserId>,
        /// The first day, as a date of the user's schedule (OOF-1).
        pub start_date: Date,
        /// The last day, which is included.
        pub end_date: Date,
        /// Name of a [`Reason`](slotd_domain::out_of_office::Reason).
        pub reason: String,
        /// What the caller wrote about it.
        pub notes: Option<String>,
    }
}

/// Days of a user out of office, as slots need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Id.
    pub id: OutOfOfficeId,
    /// Who is away.
    pub user_id: UserId,
    /// The first day, as a date of the user's schedule (OOF-1).
    pub start_date: Date,
    /// The last day, which is included.
    pub end_date: Date,
    /// Name of a [`Reason`](slotd_domain::out_of_office::Reason).
    pub reason: String,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// Whom to book instead.
    pub to_user: Option<Substitute>,
}

/// Whom to book instead of a user who is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// Id.
    pub id: UserId,
    /// Display name.
    pub name: Option<String>,
    /// Username.
    pub username: Option<String>,
}

row! {
    struct AwayRow {
        id: OutOfOfficeId,
        user_id: UserId,
        start_date: Date,
        end_date: Date,
        reason: String,
        notes: Option<String>,
        to_user_id: Option<UserId>,
        name: Option<String>,
        username: Option<String>,
    }
}

macro_rules! columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, uuid, user_id, to_user_id, start_date, end_date, reason, notes ",
            $after
        )
    };
}

macro_rules! touching {
    ($user:literal) => {
        concat!(
            "select o.id, o.user_id, o.start_date, o.end_date, o.reason, o.notes, o.to_user_id, t.name, t.username
             from out_of_office o left join user_account t on t.id = o.to_user_id
             where o.user_id = ",
            $user,
            " and o.end_date >= $2 and o.start_date <= $3 order by o.start_date, o.id"
        )
    };
}

// `$2` and `$3` of the lists are `asc`, `desc` or null: by which ends they are sorted.
queries! {
    /// An entry of a user.
    pub fn of_user(user: UserId, id: OutOfOfficeId) -> Option<Entry> =
        columns!("select", "from out_of_office where id = $2 and user_id = $1");

    /// The entries of a user, by start, then by end, as far as that is asked for, then by id.
    pub fn list_of_user(
        user: UserId,
        sort_start: Option<&str>,
        sort_end: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Vec<Entry> = columns!(
        "select",
        "from out_of_office where user_id = $1
         order by case when $2 = 'asc' then start_date end, case when $2 = 'desc' then start_date end desc,
            case when $3 = 'asc' then end_date end, case when $3 = 'desc' then end_date end desc, id
         limit $4 offset $5"
    );

    /// The entries of everybody in an organization, or of the one who has an address there.
    pub fn list_of_organization(
        organization: OrganizationId,
        sort_start: Option<&str>,
        sort_end: Option<&str>,
        email_key: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Vec<Entry> = columns!(
        "select",
        "from out_of_office where user_id in (
            select p.user_id from profile p join user_account u on u.id = p.user_id
            where p.organization_id = $1 and u.email_key = coalesce($4, u.email_key)
         )
         order by case when $2 = 'asc' then start_date end, case when $2 = 'desc' then start_date end desc,
            case when $3 = 'asc' then end_date end, case when $3 = 'desc' then end_date end desc, id
         limit $5 offset $6"
    );

    /// The entry of a user with these first and last days, if there is one (OOF-6).
    pub fn with_dates(user: UserId, start: Date, end: Date) -> Option<(OutOfOfficeId,)> =
        "select id from out_of_office where user_id = $1 and start_date = $2 and end_date = $3";

    /// An entry by which a user sends bookings of some of these days to another one.
    pub fn redirecting(user: UserId, to_user: UserId, start: Date, end: Date) -> Option<(OutOfOfficeId,)> =
        "select id from out_of_office
         where user_id = $1 and to_user_id = $2 and end_date >= $3 and start_date <= $4
         order by id limit 1";

    /// How many entries a user has.
    pub fn count(user: UserId) -> Option<(i64,)> =
        "select count(*) from out_of_office where user_id = $1";

    fn insert_row(
        id: OutOfOfficeId,
        uuid: &str,
        user: UserId,
        to_user: Option<UserId>,
        start: Date,
        end: Date,
        reason: &str,
        notes: Option<&str>,
        now: Timestamp,
    ) -> u64 = "insert into out_of_office (id, uuid, user_id, to_user_id, start_date, end_date, reason, notes, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    fn update_row(
        id: OutOfOfficeId,
        to_user: Option<UserId>,
        start: Date,
        end: Date,
        reason: &str,
        notes: Option<&str>,
    ) -> u64 = "update out_of_office set to_user_id = $2, start_date = $3, end_date = $4, reason = $5, notes = $6
         where id = $1";

    /// Removes an entry of a user and returns what it was.
    pub fn delete(user: UserId, id: OutOfOfficeId) -> Option<Entry> = columns!(
        "delete from out_of_office where id = $2 and user_id = $1 returning",
        ""
    );

    fn touching_rows(user: UserId, from: Date, to: Date) -> Vec<AwayRow> = touching!("$1");

    fn touching_rows_of_owner(event_type: EventTypeId, from: Date, to: Date) -> Vec<AwayRow> =
        touching!("(select e.user_id from event_type e where e.id = $1)");
}

impl Away {
    fn of_row(row: AwayRow) -> Self {
        let AwayRow { name, username, .. } = row;
        Self {
            id: row.id,
            user_id: row.user_id,
            start_date: row.start_date,
            end_date: row.end_date,
            reason: row.reason,
            notes: row.notes,
            to_user: row.to_user_id.map(|id| Substitute { id, name, username }),
        }
    }
}

/// The entries of a user that touch a range of dates, both ends included (OOF-7), the
/// earliest first.
pub async fn touching(
    conn: &Conn,
    user: UserId,
    from: Date,
    to: Date,
) -> Result<Vec<Away>, StoreError> {
    let rows = touching_rows(conn, user, from, to).await?;
    Ok(rows.into_iter().map(Away::of_row).collect())
}

/// The same of the user whose event type it is.
pub async fn touching_of_owner(
    conn: &Conn,
    event_type: EventTypeId,
    from: Date,
    to: Date,
) -> Result<Vec<Away>, StoreError> {
    let rows = touching_rows_of_owner(conn, event_type, from, to).await?;
    Ok(rows.into_iter().map(Away::of_row).collect())
}

/// Writes a new entry.
///
/// # Errors
///
/// [`Constraint::OutOfOffice`](crate::Constraint::OutOfOffice) when the user has one with
/// the same first and last day.
pub async fn insert(conn: &Conn, entry: &Entry, now: Timestamp) -> Result<u64, StoreError> {
    insert_row(
        conn,
        entry.id,
        &entry.uuid,
        entry.user_id,
        entry.to_user_id,
        entry.start_date,
        entry.end_date,
        &entry.reason,
        entry.notes.as_deref(),
        now,
    )
    .await
}

/// Writes what can change about an entry.
///
/// # Errors
///
/// [`Constraint::OutOfOffice`](crate::Constraint::OutOfOffice) when the user has another one
/// with the same first and last day.
pub async fn update(conn: &Conn, entry: &Entry) -> Result<u64, StoreError> {
    update_row(
        conn,
        entry.id,
        entry.to_user_id,
        entry.start_date,
        entry.end_date,
        &entry.reason,
        entry.notes.as_deref(),
    )
    .await
}
