//! The store on both engines.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod attendees;
mod backup;
mod event_types;
mod idempotency;
mod keys;
mod metrics;
mod readiness;
mod schedules;
mod statements;
mod units;
mod webhooks;

use slotd_store::Location;
use slotd_testkit::{Engine, TestDatabase};
use tokio_postgres::{Client, NoTls};

/// Looks at a fresh PostgreSQL database past the store; nothing where there is none.
async fn beside_postgres(look: impl AsyncFnOnce(&Client)) {
    let Some(database) = TestDatabase::start(Engine::Postgres).await else { return };
    let Location::Postgres(url) = &database.options.location else {
        unreachable!("this is PostgreSQL")
    };
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    look(&client).await;
    drop(client);
    connection.await.unwrap().unwrap();
}
