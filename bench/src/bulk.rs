//! Bookings that exist before anything is measured, written in bulk: rows as slotd
//! writes them, by statements that make one booking of many hosts at once. So the bookings of
//! a host lie apart from each other, as they do when people book day after day.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use slotd_store::Location;

use crate::bookings::{FIRST_NEW, LENGTH, RESPONSES, SNAPSHOT, TITLE};
use crate::{Result, raw_postgres, slots};

/// A user and how many bookings to give them.
pub(crate) struct Host {
    pub(crate) user: i32,
    pub(crate) email: String,
    pub(crate) client: String,
    /// What is booked.
    pub(crate) event_type: i32,
    /// Bookings that are over.
    pub(crate) past: usize,
    /// Bookings in the month to come.
    pub(crate) coming: usize,
}

/// The bookings of all hosts, in rounds: those that are over, then those to come.
pub(crate) struct Bulk {
    hosts: Vec<Host>,
    now: Timestamp,
    past: usize,
    coming: usize,
}

/// Each host's booking with the same number.
struct Round {
    number: usize,
    /// The column that says how many of them a host has.
    column: &'static str,
    /// Number among those of the column.
    place: usize,
    start: Timestamp,
}

impl Bulk {
    pub(crate) fn new(hosts: Vec<Host>, now: Timestamp) -> Self {
        let most = |count: fn(&Host) -> usize| hosts.iter().map(count).max().unwrap_or(0);
        let (past, coming) = (most(|host| host.past), most(|host| host.coming));
        Self { hosts, now, past, coming }
    }

    /// The uid of one of the bookings of the host with a number, if there are any. Which
    /// one differs from host to host.
    pub(crate) fn uid(&self, host: usize) -> Option<String> {
        let Host { past, coming, .. } = self.hosts[host];
        let round = match (past, coming) {
            (0, 0) => return None,
            (past, 0) => host % past,
            (_, coming) => self.past + host % coming,
        };
        let id = self.first_id(round) + host;
        let scattered = (id as u64 * 2_654_435_761) % 4_294_967_296;
        Some(format!("booking{}bulk", 10_000_000_000 + scattered))
    }

    fn first_id(&self, round: usize) -> usize {
        1 + round * self.hosts.len()
    }

    fn rounds(&self) -> impl Iterator<Item = Round> {
        let first_day = slots::first_day(self.now);
        let past = (0..self.past).map(move |place| Round {
            number: place,
            column: "past",
            place,
            start: slots::past_time(first_day, place),
        });
        let coming = (0..self.coming).map(move |place| Round {
            number: self.past + place,
            column: "coming",
            place,
            start: slots::time(first_day, place),
        });
        past.chain(coming)
    }

    /// Writes them. Nobody uses the database meanwhile.
    pub(crate) async fn write(&self, location: &Location) -> Result<()> {
        match location {
            Location::Sqlite(file) => {
                let connection = Connection::open(file)?;
                // A fill that is broken off is begun again.
                connection.execute_batch(
                    "pragma journal_mode = delete; pragma journal_mode = off;
                     pragma synchronous = off; pragma foreign_keys = off;
                     pragma cache_size = -1000000; pragma temp_store = memory",
                )?;
                for batch in self.batches(Dialect::Sqlite) {
                    connection.execute_batch(&batch)?;
                }
                Ok(connection.execute_batch("pragma journal_mode = wal")?)
            }
            Location::Postgres(url) => {
                let client = raw_postgres::connect(url).await?;
                // References are right by the way they are made.
                client
                    .batch_execute(
                        "set synchronous_commit = off; set session_replication_role = replica",
                    )
                    .await?;
                for batch in self.batches(Dialect::Postgres) {
                    client.batch_execute(&batch).await?;
                }
                Ok(())
            }
        }
    }

    /// The statements, each text a transaction.
    fn batches(&self, dialect: Dialect) -> impl Iterator<Item = String> {
        let table =
            "create table bulk_host (number integer primary key, user_id integer, email text,
            client text, event_type_id integer, past integer, coming integer)";
        let hosts = self.hosts.chunks(1_000).zip((0..).step_by(1_000)).map(|(hosts, first)| {
            let rows = hosts.iter().zip(first..).map(|(host, number): (_, usize)| {
                let Host { user, email, client, event_type, past, coming } = host;
                format!("({number}, {user}, '{email}', '{client}', {event_type}, {past}, {coming})")
            });
            format!("insert into bulk_host values {}", rows.collect::<Vec<_>>().join(", "))
        });
        let rounds = self.rounds().map(move |round| self.of_round(&round, dialect));
        let last = format!(
            "drop table bulk_host;
             update id_block set next_id = {FIRST_NEW} where sequence in ('booking', 'attendee')"
        );
        std::iter::once(table.to_owned()).chain(hosts).chain(rounds).chain([last])
    }

    fn of_round(&self, round: &Round, dialect: Dialect) -> String {
        let Round { number, column, place, start } = *round;
        let first = self.first_id(number);
        let end = start + SignedDuration::from_mins(15);
        let [start, end, now] = [start, end, self.now].map(|at| dialect.instant(at));
        let json = dialect.json();
        let id = format!("({first} + h.number)");
        let uid = format!(
            "('booking' || (10000000000 + (cast({id} as bigint) * 2654435761) % 4294967296) || 'bulk')"
        );
        let guest = format!("('guest-' || {id} || '@example.org')");
        let filled = |text: &str| {
            format!(
                "cast(replace(replace(replace('{text}', '{{uid}}', {uid}), '{{guest}}', {guest}),
                    '\"{{id}}\"', cast({id} as text)) as {json})"
            )
        };
        let (responses, snapshot) = (filled(RESPONSES), filled(SNAPSHOT));
        let from = format!("from bulk_host h where h.{column} > {place}");
        // What followed at once is done.
        let effects: &[_] =
            if column == "coming" { &[("STARTED", &start), ("ENDED", &end)] } else { &[] };
        let effects = effects.iter().map(|(effect, due)| {
            format!(
                "insert into outbox (booking_id, sequence, effect, due_at)
                 select {id}, 1, 'webhook.MEETING_{effect}', {due} {from};"
            )
        });
        let effects: Vec<String> = effects.collect();
        let effects = effects.concat();
        format!(
            "begin;
             insert into booking (id, uid, event_type_id, host_user_id, host_email, title, description, start_at,
                end_at, status, responses, metadata, location, ical_uid, oauth_client_id, created_at, updated_at)
             select {id}, {uid}, h.event_type_id, h.user_id, h.email, '{TITLE}', '', {start}, {end}, 'accepted',
                {responses}, cast('{{}}' as {json}), 'integrations:daily', {uid} || '@Cal.com', h.client, {now}, {now}
             {from};
             insert into attendee (id, booking_id, email, email_key, name, time_zone, locale)
             select {id}, {id}, {guest}, {guest}, 'Bob Jones', 'Europe/Rome', 'en' {from};
             insert into occupancy (user_id, is_long, end_at, booking_id, start_at, event_type_id, is_pending, is_host)
             select h.user_id, false, {end}, {id}, {start}, h.event_type_id, false, true {from};
             insert into booking_event (booking_id, sequence, kind, snapshot, created_at, event_type_title,
                event_type_length_minutes, event_type_settings)
             select {id}, 1, 'created', {snapshot}, {now}, 'Appointment', {LENGTH}, cast('{{}}' as {json}) {from};
             {effects} commit"
        )
    }
}

#[derive(Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    fn instant(self, at: Timestamp) -> String {
        match self {
            Self::Sqlite => at.as_microsecond().to_string(),
            Self::Postgres => format!("timestamptz '{at}'"),
        }
    }

    fn json(self) -> &'static str {
        match self {
            Self::Sqlite => "text",
            Self::Postgres => "json",
        }
    }
}
