//! Makes databases: managed users with tokens, spread over clients that belong
//! to an organization each. The same numbers give the same rows, but for ids of
//! clients, secrets and tokens, which are random as in slotd.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use slotd_contract::oauth_clients::CreateOAuthClient;
use slotd_domain::{
    MembershipId, OAuthClientId, OrganizationId, Permissions, Role, ScheduleId, UserId, defaults,
    email, username,
};
use slotd_http::Clock;
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::organizations::{self, NewOrganization};
use slotd_store::schedules::Schedule;
use slotd_store::tokens::Pair;
use slotd_store::users::{self, User};
use slotd_store::{
    Conn, Location, Options, Sequence, ServerKey, Store, StoreError, UnitOfWork, schedules,
};
use uuid::Uuid;

use crate::Result;

/// Users in one transaction.
const BATCH: usize = 1_000;
/// Transactions at a time: PostgreSQL works on them in parallel.
const PARALLEL: usize = 4;
/// Users whose credentials the load generator gets.
const POOL: usize = 2_000;

/// What a request needs to be made in the name of a user.
pub(crate) struct PoolEntry {
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) user: i32,
    pub(crate) access_token: String,
}

/// Reads what [`fill`] wrote beside the database.
pub(crate) fn read_pool(path: &Path) -> Result<Vec<PoolEntry>> {
    let entry = |line: &str| {
        let mut parts = line.split(' ').map(str::to_owned);
        let (client, secret) = (parts.next()?, parts.next()?);
        let user = parts.next()?.parse().ok()?;
        Some(PoolEntry { client, secret, user, access_token: parts.next()? })
    };
    std::fs::read_to_string(path)?
        .lines()
        .map(|line| entry(line).ok_or_else(|| format!("no pool entry: {line}").into()))
        .collect()
}

struct Client {
    id: OAuthClientId,
    secret: String,
    organization: OrganizationId,
}

/// Makes the database, which must not exist yet (a file) or be empty (PostgreSQL).
#[tokio::main]
pub(crate) async fn fill(
    location: Location,
    key: &ServerKey,
    users: usize,
    clients: usize,
    pool: &Path,
) -> Result<()> {
    let options = Options { time_out: Duration::from_mins(10), ..Options::new(location) };
    slotd_store::migrate(&options, false).await?;
    let store = Store::open(&options, &key.clone().into())?;
    let now = Clock::system().now();

    let mut made = Vec::new();
    for numbers in batches(clients) {
        let mut batch = Vec::new();
        for number in numbers {
            let name = format!("Organization {number}");
            let owner = format!("owner-{number}@example.com");
            let new = NewOrganization::prepare(&store, &name, &owner, now).await?;
            let organization = new.organization_id;
            let body = client_body(format!("Client {number}"));
            let (client, secret) =
                slotd_http::new_client(store.keyring(), organization, &body, now);
            made.push(Client { id: client.id.clone(), secret, organization });
            batch.push((new, client));
        }
        store.write(Clients(batch)).await?;
    }

    let every = users.div_ceil(POOL).max(1);
    let mut text = String::new();
    let mut waiting = Vec::new();
    for numbers in batches(users) {
        let mut batch = Vec::new();
        for number in numbers {
            let client = &made[number % clients];
            let new = NewUser::prepare(&store, client, number, now).await?;
            if number % every == 0 {
                let NewUser { user, tokens, .. } = &new;
                let (Client { id, secret, .. }, Pair { access_token, refresh_token, .. }) =
                    (client, tokens);
                writeln!(text, "{id} {secret} {} {access_token} {refresh_token}", user.id)?;
            }
            batch.push(new);
        }
        waiting.push(store.write(Users(batch)));
        if waiting.len() == PARALLEL {
            try_join_all(waiting.drain(..)).await?;
        }
    }
    try_join_all(waiting).await?;
    store.close();
    Ok(std::fs::write(pool, text)?)
}

fn batches(count: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..count).step_by(BATCH).map(move |first| first..(first + BATCH).min(count))
}

fn client_body(name: String) -> CreateOAuthClient {
    CreateOAuthClient {
        name,
        redirect_uris: vec!["https://example.com".to_owned()],
        permissions: Permissions::ALL,
        logo: None,
        booking_redirect_uri: None,
        booking_cancel_redirect_uri: None,
        booking_reschedule_redirect_uri: None,
        are_emails_enabled: false,
        are_default_event_types_enabled: false,
        are_calendar_events_enabled: true,
    }
}

struct Clients(Vec<(NewOrganization, OAuthClient)>);

impl UnitOfWork for Clients {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> std::result::Result<(), StoreError> {
        for (organization, client) in &self.0 {
            organization.run(conn).await?;
            oauth_clients::insert(conn, client).await?;
        }
        Ok(())
    }
}

struct NewUser {
    user: User,
    organization: OrganizationId,
    membership: MembershipId,
    schedule: ScheduleId,
    profile_uid: String,
    tokens: Pair,
}

impl NewUser {
    async fn prepare(
        store: &Store,
        client: &Client,
        number: usize,
        now: Timestamp,
    ) -> Result<Self> {
        let id = UserId(store.next_id(Sequence::User).await?);
        let schedule = ScheduleId(store.next_id(Sequence::Schedule).await?);
        let address = email::with_client_suffix(&format!("user-{number}@example.com"), &client.id);
        let user = User {
            id,
            organization_id: Some(client.organization),
            oauth_client_id: Some(client.id.clone()),
            username: Some(username::derive(&address)),
            email: address,
            name: Some("Alice Smith".to_owned()),
            bio: None,
            avatar_url: None,
            time_zone: "Europe/Rome".to_owned(),
            week_start: "Sunday".to_owned(),
            time_format: Some(12),
            locale: None,
            metadata: None,
            is_platform_managed: true,
            created_at: now,
            default_schedule_id: Some(schedule),
            is_in_platform: Some(true),
        };
        Ok(Self {
            organization: client.organization,
            membership: MembershipId(store.next_id(Sequence::Membership).await?),
            schedule,
            profile_uid: Uuid::from_u128(number as u128).to_string(),
            tokens: Pair::issue(store.keyring(), &client.id, id, false, now),
            user,
        })
    }

    async fn insert(&self, conn: &Conn) -> std::result::Result<(), StoreError> {
        let Self { user, organization, schedule, .. } = self;
        let (id, now) = (user.id, user.created_at);
        let username = user.username.as_deref().unwrap_or_default();
        let schedule = Schedule {
            id: *schedule,
            user_id: id,
            name: defaults::SCHEDULE_NAME.to_owned(),
            time_zone: Some(user.time_zone.clone()),
            is_default: true,
            weekly: defaults::weekly_hours(),
            overrides: Vec::new(),
        };
        tokio::try_join!(
            biased;
            users::insert(conn, user),
            organizations::insert_profile(conn, *organization, id, &self.profile_uid, username, now),
            organizations::insert_membership(
                conn, self.membership, *organization, id, Role::Member.name(), true, now,
            ),
            self.tokens.insert(conn, None),
            schedules::insert(conn, &schedule, now),
        )
        .map(drop)
    }
}

struct Users(Vec<NewUser>);

impl UnitOfWork for Users {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> std::result::Result<(), StoreError> {
        // A hundred users in flight: the futures of all would be large.
        for some in self.0.chunks(100) {
            try_join_all(some.iter().map(|user| Box::pin(user.insert(conn)))).await?;
        }
        Ok(())
    }
}
