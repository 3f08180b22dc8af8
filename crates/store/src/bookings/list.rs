//! Lists of bookings (file 03, sections 10 and 22).

use jiff::Timestamp;
use slotd_domain::{OrganizationId, UserId};

use super::read::{Booking, booking};
use crate::sql::queries;
use crate::{Conn, StoreError};

/// Whose bookings are listed.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// Those that a user hosts or attends, and those that anybody does in organizations and
    /// teams that the user administers (R10.3).
    User {
        /// Who.
        id: UserId,
        /// Their address as it is compared.
        email_key: String,
    },
    /// Those alone that a user hosts or attends (ORG-68).
    Participant {
        /// Who.
        id: UserId,
        /// Their address as it is compared.
        email_key: String,
    },
    /// Those that members of an organization or team host or attend (ORG-64).
    Members(OrganizationId),
}

/// Which of them. Nothing set means all. Ids are lists like `,1,2,`.
#[expect(clippy::struct_excessive_bools, reason = "states are a set")]
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those to come, and so on: the union of what is set, all when nothing is.
    pub upcoming: bool,
    /// Occurrences of series to come.
    pub recurring: bool,
    /// Those that are over.
    pub past: bool,
    /// Those cancelled or declined.
    pub cancelled: bool,
    /// Those to come that wait for their host.
    pub unconfirmed: bool,
    /// Addresses of which one attends, as they are compared.
    pub attendee_emails: Option<(String, String)>,
    /// Name of somebody who attends.
    pub attendee_name: Option<String>,
    /// Uid.
    pub uid: Option<String>,
    /// Event types.
    pub event_types: Option<String>,
    /// Teams whose event types were booked.
    pub teams: Option<String>,
    /// Users of whom one hosts or attends.
    pub users: Option<String>,
    /// Earliest start.
    pub after_start: Option<Timestamp>,
    /// Latest end.
    pub before_end: Option<Timestamp>,
    /// Earliest making.
    pub after_created: Option<Timestamp>,
    /// Latest making.
    pub before_created: Option<Timestamp>,
    /// Earliest change.
    pub after_updated: Option<Timestamp>,
    /// Latest change.
    pub before_updated: Option<Timestamp>,
}

/// Order of a list: `asc` or `desc`, what stands first counts first. Ties go by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order {
    /// By start.
    pub start: Option<&'static str>,
    /// By end.
    pub end: Option<&'static str>,
    /// By making.
    pub created: Option<&'static str>,
    /// By the last change.
    pub updated: Option<&'static str>,
}

/// Each way to see a booking is an index; what is seen is looked at row by row, and what is
/// not asked for costs nothing (so the order of each `or`; `coalesce` tells PostgreSQL the type). Sorted is by
/// `id + 0`, or PostgreSQL might walk all bookings by their id until it has a page. An address that
/// is not a managed user's is not proven: it counts where caller and host are of one
/// organization or team, and to whoever had it when they came.
macro_rules! visible {
    ($select:expr, $rest:literal) => {
        concat!(
            $select,
            "where b.id in (
                select v.id from booking v where v.host_user_id = $1
                union select a.booking_id from attendee a where a.user_id = $1
                union select a.booking_id from attendee a where a.email_key = $2 and exists (
                    select 1 from user_account me where me.id = $1 and me.oauth_client_id is not null)
                union select a.booking_id from attendee a join booking v on v.id = a.booking_id
                    join membership theirs on theirs.user_id = v.host_user_id
                    join membership mine on mine.team_id = theirs.team_id
                    where a.email_key = $2 and mine.user_id = $1 and mine.accepted and theirs.accepted
                union select v.id from membership mine
                    join membership theirs on theirs.team_id = mine.team_id
                    join booking v on v.host_user_id = theirs.user_id
                    where mine.user_id = $3 and mine.accepted and mine.role in ('ADMIN', 'OWNER') and theirs.accepted
                union select a.booking_id from membership mine
                    join membership theirs on theirs.team_id = mine.team_id
                    join attendee a on a.user_id = theirs.user_id
                    where mine.user_id = $3 and mine.accepted and mine.role in ('ADMIN', 'OWNER') and theirs.accepted
                union select v.id from membership m join booking v on v.host_user_id = m.user_id
                    where m.team_id = $4 and m.accepted
                union select a.booking_id from membership m join user_account u on u.id = m.user_id
                    join attendee a on a.email_key = u.email_key
                    where m.team_id = $4 and m.accepted and u.oauth_client_id is not null
                union select a.booking_id from membership m join attendee a on a.user_id = m.user_id
                    where m.team_id = $4 and m.accepted
            ) and (
                $6
                or $7 and b.end_at >= $5 and (b.status = 'accepted'
                    or b.recurring_event_id is null and b.status not in ('cancelled', 'rejected'))
                or $8 and b.end_at >= $5 and b.recurring_event_id is not null
                    and b.status not in ('cancelled', 'rejected')
                or $9 and b.end_at <= $5 and b.status not in ('cancelled', 'rejected')
                or $10 and b.status in ('cancelled', 'rejected')
                or $11 and b.end_at >= $5 and b.status = 'pending'
            )
            and (coalesce($12, '') = ''
                or exists (select 1 from attendee a where a.booking_id = b.id and a.email_key in ($12, $13)))
            and (coalesce($14, '') = '' or exists (select 1 from attendee a where a.booking_id = b.id and a.name = $14))
            and (b.uid = $15 or $15 is null)
            and (coalesce($16, '') = '' or $16 like '%,' || b.event_type_id || ',%')
            and (coalesce($17, '') = '' or $17 like '%,' || e.team_id || ',%')
            and (coalesce($18, '') = '' or $18 like '%,' || b.host_user_id || ',%' or exists (
                select 1 from attendee a join user_account u on u.email_key = a.email_key
                where a.booking_id = b.id and $18 like '%,' || u.id || ',%'))
            and (b.start_at >= $19 or $19 is null)
            and (b.end_at <= $20 or $20 is null)
            and (b.created_at >= $21 or $21 is null)
            and (b.created_at <= $22 or $22 is null)
            and (b.updated_at >= $23 or $23 is null)
            and (b.updated_at <= $24 or $24 is null) ",
            $rest
        )
    };
}

queries! {
    fn count_rows(
        user: Option<UserId>,
        email_key: Option<&str>,
        administrator: Option<UserId>,
        organization: Option<OrganizationId>,
        now: Timestamp,
        all: bool,
        upcoming: bool,
        recurring: bool,
        past: bool,
        cancelled: bool,
        unconfirmed: bool,
        attendee_email: Option<&str>,
        other_attendee_email: Option<&str>,
        attendee_name: Option<&str>,
        uid: Option<&str>,
        event_types: Option<&str>,
        teams: Option<&str>,
        users: Option<&str>,
        after_start: Option<Timestamp>,
        before_end: Option<Timestamp>,
        after_created: Option<Timestamp>,
        before_created: Option<Timestamp>,
        after_updated: Option<Timestamp>,
        before_updated: Option<Timestamp>,
    ) -> Option<(i64,)> =
        visible!("select count(*) from booking b left join event_type e on e.id = b.event_type_id ", "");

    fn page_rows(
        user: Option<UserId>,
        email_key: Option<&str>,
        administrator: Option<UserId>,
        organization: Option<OrganizationId>,
        now: Timestamp,
        all: bool,
        upcoming: bool,
        recurring: bool,
        past: bool,
        cancelled: bool,
        unconfirmed: bool,
        attendee_email: Option<&str>,
        other_attendee_email: Option<&str>,
        attendee_name: Option<&str>,
        uid: Option<&str>,
        event_types: Option<&str>,
        teams: Option<&str>,
        users: Option<&str>,
        after_start: Option<Timestamp>,
        before_end: Option<Timestamp>,
        after_created: Option<Timestamp>,
        before_created: Option<Timestamp>,
        after_updated: Option<Timestamp>,
        before_updated: Option<Timestamp>,
        start: Option<&str>,
        end: Option<&str>,
        created: Option<&str>,
        updated: Option<&str>,
        take: i64,
        skip: i64,
    ) -> Vec<Booking> = visible!(
        booking!(""),
        "order by
            case when $25 = 'asc' then b.start_at end, case when $25 = 'desc' then b.start_at end desc,
            case when $26 = 'asc' then b.end_at end, case when $26 = 'desc' then b.end_at end desc,
            case when $27 = 'asc' then b.created_at end, case when $27 = 'desc' then b.created_at end desc,
            case when $28 = 'asc' then b.updated_at end, case when $28 = 'desc' then b.updated_at end desc,
            b.id + 0
         limit $29 offset $30"
    );
}

impl Viewer {
    /// Who takes part, who administers, and whose members.
    fn parts(&self) -> (Option<UserId>, Option<&str>, Option<UserId>, Option<OrganizationId>) {
        match self {
            Self::User { id, email_key } => (Some(*id), Some(email_key), Some(*id), None),
            Self::Participant { id, email_key } => (Some(*id), Some(email_key), None, None),
            Self::Members(organization) => (None, None, None, Some(*organization)),
        }
    }
}

impl Filter {
    fn is_every_state(&self) -> bool {
        !(self.upcoming || self.recurring || self.past || self.cancelled || self.unconfirmed)
    }
}

/// How many bookings a list has (R10.4).
///
/// # Errors
///
/// The database's.
pub async fn count(
    conn: &Conn,
    viewer: &Viewer,
    filter: &Filter,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let (user, email_key, administrator, organization) = viewer.parts();
    let emails = filter.attendee_emails.as_ref();
    let counted = count_rows(
        conn,
        user,
        email_key,
        administrator,
        organization,
        now,
        filter.is_every_state(),
        filter.upcoming,
        filter.recurring,
        filter.past,
        filter.cancelled,
        filter.unconfirmed,
        emails.map(|(one, _)| one.as_str()),
        emails.map(|(_, other)| other.as_str()),
        filter.attendee_name.as_deref(),
        filter.uid.as_deref(),
        filter.event_types.as_deref(),
        filter.teams.as_deref(),
        filter.users.as_deref(),
        filter.after_start,
        filter.before_end,
        filter.after_created,
        filter.before_created,
        filter.after_updated,
        filter.before_updated,
    );
    Ok(counted.await?.map_or(0, |(count,)| count))
}

/// Some bookings of a list.
///
/// # Errors
///
/// The database's.
pub async fn page(
    conn: &Conn,
    viewer: &Viewer,
    filter: &Filter,
    order: Order,
    take: i64,
    skip: i64,
    now: Timestamp,
) -> Result<Vec<Booking>, StoreError> {
    let (user, email_key, administrator, organization) = viewer.parts();
    let emails = filter.attendee_emails.as_ref();
    page_rows(
        conn,
        user,
        email_key,
        administrator,
        organization,
        now,
        filter.is_every_state(),
        filter.upcoming,
        filter.recurring,
        filter.past,
        filter.cancelled,
        filter.unconfirmed,
        emails.map(|(one, _)| one.as_str()),
        emails.map(|(_, other)| other.as_str()),
        filter.attendee_name.as_deref(),
        filter.uid.as_deref(),
        filter.event_types.as_deref(),
        filter.teams.as_deref(),
        filter.users.as_deref(),
        filter.after_start,
        filter.before_end,
        filter.after_created,
        filter.before_created,
        filter.after_updated,
        filter.before_updated,
        order.start,
        order.end,
        order.created,
        order.updated,
        take,
        skip,
    )
    .await
}
