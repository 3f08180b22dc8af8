//! Storage: one source of SQL over SQLite and PostgreSQL.
//!
//! A [`Store`] is an embedded SQLite database or a pool of PostgreSQL
//! connections. Reads run on a [`Conn`] from [`Store::read`]; every write is a
//! [`UnitOfWork`] that commits as a whole or not at all. Queries live in one
//! module per aggregate and are declared with `queries!`, once for both engines.
//!
//! This crate knows nothing of HTTP and reads no clock: instants are arguments.

mod backup;
mod conn;
mod error;
mod ids;
mod keys;
mod metrics;
mod migrations;
mod postgres;
mod secrets;
mod sql;
mod sqlite;
mod unit;

pub mod api_keys;
pub mod audit;
pub mod authorization_codes;
pub mod bookings;
pub mod encrypted;
pub mod event_types;
pub mod idempotency;
pub mod instance;
pub mod oauth2;
pub mod oauth_clients;
pub mod occupancy;
pub mod organizations;
pub mod out_of_office;
pub mod outbox;
pub mod private_links;
pub mod schedules;
pub mod sessions;
pub mod slot_holds;
pub mod tokens;
pub mod users;
pub mod webhooks;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use backup::{Backup, BackupError, backup};
pub use conn::Conn;
pub use error::{Constraint, Source, StoreError};
pub use ids::Sequence;
pub use keys::{InvalidKey, KeyId, ServerKey, ServerKeys};
pub use migrations::MigrationError;
pub use secrets::{
    Keyring, digest, new_api_key, new_authorization_code, new_client_secret, new_oauth_client_id,
    new_oauth2_client_id, new_one_time_code, new_private_link_id, random_bits, same_secret,
};
pub use sql::{Kind, Statement};
pub use unit::UnitOfWork;

use idempotency::Claimed;
use unit::{Unit, Work};

/// Where the data lives.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as a `postgres://` URL.
    Postgres(String),
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the data lives.
    pub location: Location,
    /// Connections that read (SQLite), or connections in all (PostgreSQL).
    pub connections: usize,
    /// After this long a statement, a wait for a connection or a wait for the
    /// writer is given up.
    pub time_out: Duration,
}

impl Options {
    /// The defaults for a location: 8 connections, 10 seconds.
    #[must_use]
    pub fn new(location: Location) -> Self {
        Self { location, connections: 8, time_out: Duration::from_secs(10) }
    }
}

/// An open database.
pub struct Store {
    engine: Engine,
    blocks: ids::Blocks,
    keyring: Arc<Keyring>,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Store {
    /// Opens a database whose schema is up to date (see [`migrate`]).
    ///
    /// # Errors
    ///
    /// When the file or the server cannot be reached.
    pub fn open(options: &Options, keys: &ServerKeys) -> Result<Self, StoreError> {
        let engine = match &options.location {
            Location::Sqlite(path) => Engine::Sqlite(
                sqlite::Sqlite::open(path, options.connections, options.time_out)
                    .map_err(|error| StoreError::from_sqlite("open", error))?,
            ),
            Location::Postgres(url) => {
                Engine::Postgres(postgres::Postgres::open(&postgres::PostgresOptions {
                    url,
                    connections: options.connections,
                    time_out: options.time_out,
                })?)
            }
        };
        Ok(Self { engine, blocks: ids::Blocks::new(), keyring: Arc::new(Keyring::new(keys)) })
    }

    /// A connection for reading. On PostgreSQL nothing stops it from writing; on
    /// SQLite it is read-only, so a write through it fails in every test.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read().await,
            Engine::Postgres(engine) => engine.read().await,
        }
    }

    /// Runs a unit of work and commits it. After `Ok` it survives a power cut. Within a
    /// request that has a key, the first one commits the key's record, too ([`idempotency`]).
    pub async fn write<U: UnitOfWork>(&self, unit: U) -> Result<U::Output, U::Error> {
        let Some(claim) = idempotency::current() else { return self.write_alone(unit).await };
        let unit = Unit::new(unit);
        let work = Arc::clone(&unit) as Arc<dyn Work>;
        self.commit(Arc::new(Claimed { work, claim: Arc::clone(&claim) })).await?;
        let written = unit.outcome()?;
        claim.note_commit();
        Ok(written)
    }

    /// The same, for what is no part of what a request asks for.
    async fn write_alone<U: UnitOfWork>(&self, unit: U) -> Result<U::Output, U::Error> {
        let unit = Unit::new(unit);
        self.commit(Arc::clone(&unit) as Arc<dyn Work>).await?;
        unit.outcome()
    }

    /// Runs the work to its end, in a transaction that is committed or undone.
    async fn commit(&self, work: Arc<dyn Work>) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.write(work).await,
            Engine::Postgres(engine) => engine.write(work).await,
        }
    }

    /// The next id of a sequence. An id that is not used in the end stays unused.
    pub async fn next_id(&self, sequence: Sequence) -> Result<i32, StoreError> {
        self.blocks.next(self, sequence).await
    }

    /// The keys in use.
    #[must_use]
    pub fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    /// Whether the database can be read and every migration of this version was
    /// applied in the form that this version has. Migrations of a newer version are
    /// no fault.
    ///
    /// # Errors
    ///
    /// The store's error, or which migration is missing or differs.
    pub async fn check(&self) -> Result<(), MigrationError> {
        let conn = self.read().await?;
        let applied = migrations::ledger(&conn).await?;
        migrations::check(&applied, matches!(self.engine, Engine::Sqlite(_)))
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn engine_name(&self) -> &'static str {
        match &self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// What a monitoring system wants to know: connections, commits, and what the
    /// engine in use has of its own. Durations are in seconds.
    #[must_use]
    pub fn metrics(&self) -> Vec<prometheus::proto::MetricFamily> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.metrics(),
            Engine::Postgres(engine) => engine.metrics(),
        }
    }

    /// Finishes what is being written and closes the database. Later calls on
    /// this store answer [`StoreError::Closed`]. Blocks while the embedded
    /// database writes its log back.
    pub fn close(&self) {
        match &self.engine {
            Engine::Sqlite(engine) => engine.close(),
            Engine::Postgres(engine) => engine.close(),
        }
    }
}

/// Brings the schema up to date and names the migrations applied; with
/// `dry_run`, those that would be. Creates the SQLite file where it is missing.
pub async fn migrate(options: &Options, dry_run: bool) -> Result<Vec<String>, MigrationError> {
    match &options.location {
        Location::Sqlite(path) => migrations::migrate_sqlite(path, dry_run),
        Location::Postgres(url) => {
            migrations::migrate_postgres(url, dry_run, options.time_out).await
        }
    }
}

/// The texts of a stored JSON array.
pub fn texts(list: &serde_json::Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
}

/// Every statement that this crate can run.
pub fn all_statements() -> impl Iterator<Item = &'static Statement> {
    [
        api_keys::STATEMENTS,
        audit::STATEMENTS,
        authorization_codes::STATEMENTS,
        bookings::attendees::STATEMENTS,
        bookings::change::STATEMENTS,
        bookings::insert::STATEMENTS,
        bookings::list::STATEMENTS,
        bookings::read::STATEMENTS,
        outbox::STATEMENTS,
        encrypted::STATEMENTS,
        event_types::STATEMENTS,
        idempotency::STATEMENTS,
        ids::STATEMENTS,
        instance::STATEMENTS,
        oauth2::STATEMENTS,
        migrations::STATEMENTS,
        oauth_clients::STATEMENTS,
        occupancy::STATEMENTS,
        organizations::STATEMENTS,
        out_of_office::STATEMENTS,
        private_links::STATEMENTS,
        schedules::STATEMENTS,
        sessions::STATEMENTS,
        slot_holds::STATEMENTS,
        tokens::STATEMENTS,
        users::STATEMENTS,
        webhooks::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
