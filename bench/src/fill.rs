//! Makes databases: managed users with tokens, spread over clients that belong
//! to an organization each. Those in whose names the load is made have event types, and
//! they and others have bookings. The same numbers give the same rows, but for ids of clients, secrets and
//! tokens, which are random as in slotd.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use jiff::{Timestamp, ToSpan as _};
use slotd_contract::oauth_clients::CreateOAuthClient;
use slotd_domain::event_type::EventType;
use slotd_domain::{
    EventTypeId, MembershipId, OAuthClientId, OrganizationId, Permissions, Role, ScheduleId,
    UserId, defaults, email, username,
};
use slotd_http::Clock;
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::organizations::{self, NewOrganization};
use slotd_store::schedules::Schedule;
use slotd_store::tokens::Pair;
use slotd_store::users::{self, User};
use slotd_store::{
    Conn, Location, Options, Sequence, ServerKey, Store, StoreError, UnitOfWork, event_types,
    schedules,
};
use uuid::Uuid;

use crate::bulk::{Bulk, Host};
use crate::operations::EVENT_TYPE;
use crate::pool::PoolEntry;
use crate::slots::LIST;
use crate::{Result, bookings, slots};

/// Users in one transaction.
const BATCH: usize = 1_000;
/// Transactions at a time: PostgreSQL works on them in parallel.
const PARALLEL: usize = 4;
/// Users whose credentials the load generator gets.
const POOL: usize = 2_000;
/// Event types of each of them.
const EVENT_TYPES: usize = 100;

/// Users who have bookings beside those of the pool.
const HOSTS: usize = 10_000;
/// Bookings that are over of the users whose bookings are listed, however many others have:
/// with those to come they have 1,100.
const LISTED: usize = 600;

/// How large a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) users: usize,
    pub(crate) clients: usize,
    /// Beside those of the pool's users to come: spread over 10,000 users at most and the
    /// 1,000 days until yesterday.
    pub(crate) bookings: usize,
}

impl Amount {
    /// Bookings that are over of the user with a number.
    fn past(self, number: usize) -> usize {
        if number < HOSTS { self.bookings / self.users.clamp(1, HOSTS) } else { 0 }
    }
}

/// `USERS:CLIENTS:BOOKINGS`
impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let numbers: Vec<usize> =
            text.split(':').filter_map(|number| number.parse().ok()).collect();
        match numbers.as_slice() {
            &[users, clients, bookings] => Ok(Self { users, clients, bookings }),
            _ => Err("a size is USERS:CLIENTS:BOOKINGS".to_owned()),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, clients, bookings } = self;
        write!(f, "{users} users, {clients} clients, {bookings} bookings beside those of the pool")
    }
}

struct Client {
    id: OAuthClientId,
    secret: String,
    organization: OrganizationId,
}

/// Makes the database, which must not exist yet (a file) or be empty (PostgreSQL).
#[tokio::main]
pub(crate) async fn fill(
    location: &Location,
    key: &ServerKey,
    amount: Amount,
    pool: &Path,
) -> Result<()> {
    let Amount { users, clients, .. } = amount;
    let options = Options { time_out: Duration::from_mins(10), ..Options::new(location.clone()) };
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
    let (mut entries, mut hosts) = (Vec::new(), Vec::new());
    let mut waiting = Vec::new();
    for numbers in batches(users) {
        let mut batch = Vec::new();
        for number in numbers {
            let client = &made[number % clients];
            let mut new = NewUser::prepare(&store, client, number, now).await?;
            let in_pool = number.is_multiple_of(every).then_some(number / every);
            let (mut past, coming) = (amount.past(number), in_pool.map_or(0, slots::booked));
            if in_pool.is_some_and(|number| slots::is_in(number, LIST)) {
                past = LISTED;
            }
            let event_types = if in_pool.is_some() { EVENT_TYPES } else { past.min(1) };
            for _ in 0..event_types {
                new.event_types.push(EventTypeId(store.next_id(Sequence::EventType).await?));
            }
            if in_pool.is_some() {
                entries.push((hosts.len(), new.pool_entry(client)));
            }
            if let Some(event_type) = new.event_types.first() {
                hosts.push(Host {
                    user: new.user.id.0,
                    email: new.user.email.clone(),
                    client: client.id.as_str().to_owned(),
                    event_type: event_type.0,
                    past,
                    coming,
                });
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

    let (bulk, started) = (Bulk::new(hosts, now), Instant::now());
    bulk.write(location).await?;
    eprintln!("bookings written in {:.0} s", started.elapsed().as_secs_f64());
    let lines = entries.into_iter().map(|(host, entry)| {
        let booking = bulk.uid(host).unwrap_or(entry.booking);
        format!("{}\n", PoolEntry { booking, ..entry })
    });
    Ok(std::fs::write(pool, lines.collect::<String>())?)
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
    event_types: Vec<EventTypeId>,
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
            is_locked: false,
        };
        Ok(Self {
            organization: client.organization,
            membership: MembershipId(store.next_id(Sequence::Membership).await?),
            schedule,
            profile_uid: Uuid::from_u128(number as u128).to_string(),
            tokens: Pair::issue(store.keyring(), &client.id, id, false, now),
            event_types: Vec::new(),
            user,
        })
    }

    fn pool_entry(&self, client: &Client) -> PoolEntry {
        let from = slots::first_day(self.user.created_at);
        PoolEntry {
            client: client.id.as_str().to_owned(),
            secret: client.secret.clone(),
            user: self.user.id.0,
            access_token: self.tokens.access_token.clone(),
            refresh_token: self.tokens.refresh_token.clone(),
            organization: client.organization.0,
            schedule: self.schedule.0,
            event_type: self.event_types[0].0,
            slots: self.event_types[1].0,
            appointment: self.event_types[2].0,
            booking: "-".to_owned(),
            from,
            week: from.saturating_add(6.days()),
            month: from.saturating_add(29.days()),
        }
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
            try_join_all(self.event_types.iter().zip(0..).map(async |(event_type, number)| {
                let slug = format!("consultation-{number}");
                let new = match number {
                    1 => slots::event_type(),
                    2 => bookings::appointment(),
                    _ => EventType { slug, ..EVENT_TYPE.clone() },
                };
                event_types::insert(conn, *event_type, id, &new, now).await
            })),
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
