//! Whether a store says of itself that requests can be served.

use slotd_store::{MigrationError, StoreError};
use slotd_testkit::{Engine, TestDatabase, on_both_engines};

on_both_engines! {
    async fn an_edited_or_missing_migration_is_named_and_a_newer_one_is_no_fault(database: TestDatabase) {
        let store = database.open();
        store.check().await.unwrap();
        database.run_sql("insert into schema_migration (version, name, checksum) values (999, 'later', 'x')").await;
        store.check().await.unwrap();
        database.run_sql("delete from schema_migration where version = 2").await;
        assert!(matches!(store.check().await, Err(MigrationError::Missing { version: 2 })));
        database.run_sql("update schema_migration set checksum = 'x' where version = 1").await;
        assert!(matches!(store.check().await, Err(MigrationError::Changed { version: 1 })));
    }

    async fn a_closed_store_is_not_ready(database: TestDatabase) {
        let store = database.open();
        store.close();
        assert!(matches!(store.check().await, Err(MigrationError::Store(StoreError::Closed))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_went_away_is_unavailable() {
    let Some(database) = TestDatabase::start(Engine::Postgres).await else { return };
    let store = database.open();
    store.check().await.unwrap();
    database.remove_from_postgres().await;
    // The first check may still find the connection that is being closed.
    for _ in 0..2 {
        let answer = store.check().await;
        assert!(
            matches!(&answer, Err(MigrationError::Store(error)) if error.is_transient()),
            "{answer:?}"
        );
    }
}
