//! What must be so in the tables of an instance, whatever the code that writes them.

use std::collections::BTreeSet;

use slotd_testkit::Tables;

use crate::process::Place;

/// What must not be there once a managed user is created, changed, refreshed and
/// deleted as a whole or not at all. Each statement selects what breaks the rule.
const RULES: [(&str, &str); 14] = [
    (
        "a managed user has one profile, under the user's name",
        "select u.id from user_account u where u.is_platform_managed and 1 <>
            (select count(*) from profile p
             where p.user_id = u.id and p.organization_id = u.organization_id and p.username = u.username)",
    ),
    (
        "a managed user has one membership, in the client's organization",
        "select u.id from user_account u where u.is_platform_managed and 1 <>
            (select count(*) from membership m join oauth_client c on c.organization_id = m.team_id
             where m.user_id = u.id and c.id = u.oauth_client_id and m.accepted and m.role = 'MEMBER')",
    ),
    (
        "a managed user has a refresh token that works",
        "select u.id from user_account u where u.is_platform_managed and not exists
            (select 1 from token_pair t
             where t.user_id = u.id and t.oauth_client_id = u.oauth_client_id and t.refresh_used_at is null)",
    ),
    (
        "a managed user with schedules has a default one",
        "select s.user_id from schedule s group by s.user_id
         having sum(case when s.is_default then 1 else 0 end) <> 1",
    ),
    (
        "a schedule has its hours",
        "select s.id from schedule s where 1 <>
            (select count(*) from schedule_range r
             where r.schedule_id = s.id and r.start_minute = 540 and r.end_minute = 1020 and r.days = '12345')",
    ),
    (
        "a managed user has four event types or none, as the client says",
        "select u.id from user_account u join oauth_client c on c.id = u.oauth_client_id
         where (case when c.are_default_event_types_enabled then 4 else 0 end) <>
            (select count(*) from event_type e where e.user_id = u.id and e.length_minutes in (30, 60))",
    ),
    (
        "a used refresh token has a successor",
        "select t.user_id from token_pair t where t.refresh_used_at is not null and not exists
            (select 1 from token_pair s where s.predecessor_digest = t.refresh_digest)",
    ),
    (
        "the key of an address is the address in lower case",
        "select id from user_account where email_key <> lower(email)",
    ),
    (
        "profiles and memberships belong to somebody",
        "select user_id from profile where user_id not in (select id from user_account)
         union all select user_id from membership where user_id not in (select id from user_account)",
    ),
    (
        "tokens and keys belong to somebody",
        "select user_id from token_pair where user_id not in (select id from user_account)
         union all select user_id from api_key where user_id not in (select id from user_account)",
    ),
    (
        "schedules, their hours and event types belong to somebody",
        "select id from schedule where user_id not in (select id from user_account)
         union all select schedule_id from schedule_range where schedule_id not in (select id from schedule)
         union all select schedule_id from schedule_override where schedule_id not in (select id from schedule)
         union all select id from event_type where user_id not in (select id from user_account)",
    ),
    (
        "ids of users and organizations come from reserved blocks",
        "select next_id from id_block where sequence = 'user' and next_id <= (select max(id) from user_account)
         union all select next_id from id_block where sequence = 'team' and next_id <= (select max(id) from team)",
    ),
    (
        "other ids come from reserved blocks",
        "select next_id from id_block where sequence = 'membership' and next_id <= (select max(id) from membership)
         union all select next_id from id_block where sequence = 'schedule' and next_id <= (select max(id) from schedule)
         union all select next_id from id_block where sequence = 'event_type' and next_id <= (select max(id) from event_type)",
    ),
    (
        "there is one instance, with its owner",
        "select count(*) from instance having count(*) <> 1
         union all select count(*) from membership where role = 'OWNER' having count(*) <> 1",
    ),
];

const CONNECTIONS: &str = "select pid || ' since ' || backend_start from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";

/// Opens the tables of an instance whose server is running.
pub(crate) async fn open(place: &Place) -> Tables {
    Tables::open(&place.location()).await
}

/// Fails when anything is half there.
pub(crate) async fn check(tables: &Tables) {
    for (rule, sql) in RULES {
        let broken = tables.column(sql).await;
        assert!(broken.is_empty(), "not so: {rule}: {broken:?}");
    }
    if let Tables::Sqlite(_) = tables {
        assert_eq!(tables.column("pragma integrity_check").await, ["ok"]);
        assert!(tables.column("pragma foreign_key_check").await.is_empty());
    }
}

/// The ids of all managed users.
pub(crate) async fn managed_users(tables: &Tables) -> BTreeSet<i64> {
    let ids = tables.column("select id from user_account where is_platform_managed").await;
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

/// The connections of others to the PostgreSQL database, whose other end may be
/// dead; none on SQLite.
pub(crate) async fn connections(place: &Place) -> BTreeSet<String> {
    if place.database_url.is_none() {
        return BTreeSet::new();
    }
    open(place).await.column(CONNECTIONS).await.into_iter().collect()
}

/// Waits until PostgreSQL has noticed the end of all of `dead`: until then it may
/// still commit what it was told.
pub(crate) async fn wait_for_the_end_of(dead: &BTreeSet<String>, tables: &Tables) {
    while !dead.is_empty() && tables.column(CONNECTIONS).await.iter().any(|one| dead.contains(one))
    {
    }
}
