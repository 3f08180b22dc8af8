//! Numbered SQL files, embedded in the binary, applied in order and never edited
//! once released. Both engines have the same numbers. Forward only.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio_postgres::error::SqlState;

use crate::StoreError;
use crate::postgres::{configuration, tls};
use crate::sql::queries;

/// One step of the schema, in both dialects.
pub(crate) struct Migration {
    version: i32,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    /// Number and name.
    pub(crate) fn label(&self) -> String {
        format!("{:04}_{}", self.version, self.name)
    }
}

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $file, ".sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "foundation", "0001_foundation"),
    migration!(2, "webhook", "0002_webhook"),
    migration!(3, "rate_limits", "0003_rate_limits"),
    migration!(4, "oauth2", "0004_oauth2"),
    migration!(5, "event_type", "0005_event_type"),
    migration!(6, "private_link", "0006_private_link"),
    migration!(7, "schedules", "0007_schedules"),
    migration!(8, "bookings", "0008_bookings"),
    migration!(9, "idempotency", "0009_idempotency"),
    migration!(10, "booking_events", "0010_booking_events"),
    migration!(11, "no_overlap", "0011_no_overlap"),
    migration!(12, "groups", "0012_groups"),
    migration!(13, "order", "0013_order"),
    migration!(14, "event_surroundings", "0014_event_surroundings"),
];

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database failed; nothing of the migration was kept.
    #[error("the migration failed")]
    Store(#[from] StoreError),
    /// A migration that was applied differs from the one in this binary.
    #[error("migration {version} was applied in another form than this version of slotd has")]
    Changed {
        /// Number of the migration.
        version: i32,
    },
    /// A migration was not applied yet.
    #[error("migration {version} is missing from the database")]
    Missing {
        /// Number of the migration.
        version: i32,
    },
    /// The database is newer than the binary.
    #[error(
        "the database has migration {version}, which this version of slotd does not know: use a newer slotd"
    )]
    FromTheFuture {
        /// Number of the migration.
        version: i32,
    },
}

const LEDGER: &str = "create table if not exists schema_migration (
    version int not null primary key,
    name text not null,
    checksum text not null
)";
/// What `create table if not exists` fails with when two processes make it at once.
const MADE_AT_ONCE: [SqlState; 3] =
    [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_OBJECT, SqlState::DUPLICATE_TABLE];
const APPLIED: &str = "select version, checksum from schema_migration order by version";
const RECORD: &str = "insert into schema_migration (version, name, checksum) values ($1, $2, $3)";

queries! {
    /// Numbers and checksums of the migrations that were applied.
    pub(crate) fn ledger() -> Vec<(i32, String)> = APPLIED;
}

fn checksum(sql: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(sql.as_bytes()))
}

/// The migrations that are missing, after a look at those that are there.
fn pending(
    applied: &[(i32, String)],
    text: impl Fn(&'static Migration) -> &'static str,
) -> Result<Vec<&'static Migration>, MigrationError> {
    for (version, applied) in applied {
        let Some(known) = MIGRATIONS.iter().find(|migration| migration.version == *version) else {
            return Err(MigrationError::FromTheFuture { version: *version });
        };
        if checksum(text(known)) != *applied {
            return Err(MigrationError::Changed { version: *version });
        }
    }
    let is_missing =
        |migration: &&Migration| applied.iter().all(|(version, _)| *version != migration.version);
    Ok(MIGRATIONS.iter().filter(is_missing).collect())
}

/// Whether every migration of this binary was applied in this form.
///
/// Those that a newer binary has applied do not count: a migration leaves the release
/// before it running, so that processes can be replaced one after another.
pub(crate) fn check(applied: &[(i32, String)], is_sqlite: bool) -> Result<(), MigrationError> {
    let is_known = |version: i32| MIGRATIONS.iter().any(|migration| migration.version == version);
    let known: Vec<_> = applied.iter().filter(|(version, _)| is_known(*version)).cloned().collect();
    let text =
        |migration: &Migration| if is_sqlite { migration.sqlite } else { migration.postgres };
    match pending(&known, text)?.first() {
        None => Ok(()),
        Some(missing) => Err(MigrationError::Missing { version: missing.version }),
    }
}

fn names(migrations: &[&'static Migration]) -> Vec<String> {
    migrations.iter().map(|migration| migration.label()).collect()
}

/// The migrations that a database with a ledger lacks.
pub(crate) fn missing_sqlite(
    connection: &rusqlite::Connection,
) -> Result<Vec<&'static Migration>, MigrationError> {
    let applied = connection
        .prepare(APPLIED)
        .and_then(|mut s| {
            s.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()
        })
        .map_err(|error| StoreError::from_sqlite("migration", error))?;
    pending(&applied, |migration| migration.sqlite)
}

/// Applies what is missing to the file at `path`, creating it if need be.
/// With `dry_run` only says what would be applied.
pub(crate) fn migrate_sqlite(path: &Path, dry_run: bool) -> Result<Vec<String>, MigrationError> {
    // Opening an empty file would write to it.
    if dry_run && std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(names(&pending(&[], |migration| migration.sqlite)?));
    }
    let failed = |error| MigrationError::Store(StoreError::from_sqlite("migration", error));
    let mut connection = crate::sqlite::open_plain(path).map_err(failed)?;
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    transaction.execute_batch(LEDGER).map_err(failed)?;
    let missing = missing_sqlite(&transaction)?;
    if dry_run {
        return Ok(names(&missing));
    }
    for migration in &missing {
        transaction.execute_batch(migration.sqlite).map_err(failed)?;
        transaction
            .execute(RECORD, (migration.version, migration.name, checksum(migration.sqlite)))
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(names(&missing))
}

/// Applies what is missing to the PostgreSQL database at `url`. Processes that
/// start together wait for one another on a lock row.
pub(crate) async fn migrate_postgres(
    url: &str,
    dry_run: bool,
    time_out: std::time::Duration,
) -> Result<Vec<String>, MigrationError> {
    let failed = |error| MigrationError::Store(StoreError::from_postgres("migration", error));
    let config = configuration(url, time_out).map_err(failed)?;
    let (mut client, connection) = config.connect(tls()).await.map_err(failed)?;
    let connection = tokio::spawn(connection);

    if !dry_run {
        // `if not exists` still fails when two processes create the table at once.
        for table in [
            LEDGER,
            "create table if not exists schema_migration_lock (id int not null primary key)",
        ] {
            match client.batch_execute(table).await {
                Err(error) if error.code().is_some_and(|code| MADE_AT_ONCE.contains(code)) => {}
                result => result.map_err(failed)?,
            }
        }
        client
            .execute(
                "insert into schema_migration_lock (id) values (1) on conflict do nothing",
                &[],
            )
            .await
            .map_err(failed)?;
    }
    let transaction = client.transaction().await.map_err(failed)?;
    let exists: bool = transaction
        .query_one("select to_regclass('schema_migration') is not null", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(failed)?;
    let mut applied = Vec::new();
    if exists {
        if !dry_run {
            transaction
                .execute("select id from schema_migration_lock where id = 1 for update", &[])
                .await
                .map_err(failed)?;
        }
        for row in transaction.query(APPLIED, &[]).await.map_err(failed)? {
            applied.push((row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?));
        }
    }
    let missing = pending(&applied, |migration| migration.postgres)?;
    if !dry_run {
        for migration in &missing {
            transaction.batch_execute(migration.postgres).await.map_err(failed)?;
            transaction
                .execute(
                    RECORD,
                    &[&migration.version, &migration.name, &checksum(migration.postgres)],
                )
                .await
                .map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)?;
    drop(client);
    // The connection ends with its client; what it says then tells nothing new.
    let _ended = connection.await;
    Ok(names(&missing))
}
