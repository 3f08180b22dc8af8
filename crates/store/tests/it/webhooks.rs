//! The rules that the schema keeps about webhooks, on both engines.

use slotd_store::Location;
use slotd_testkit::{TestDatabase, on_both_engines};
use tokio_postgres::NoTls;

/// One owner of each kind.
const OWNERS: [&str; 4] = [
    "insert into team (id, name, is_organization, is_platform, created_at) values (1, 'T', true, true, {now})",
    "insert into user_account (id, email, email_key, time_zone, week_start, is_platform_managed, is_system_admin, created_at)
     values (1, 'a@b.co', 'a@b.co', 'UTC', 'Sunday', false, false, {now})",
    "insert into event_type (id, user_id, title, slug, length_minutes, locations, created_at)
     values (1, 1, 'E', 'e', 30, '[]', {now})",
    "insert into oauth_client (id, organization_id, name, secret, permissions, redirect_uris, are_emails_enabled,
        are_default_event_types_enabled, are_calendar_events_enabled, created_at)
     values ('c', 1, 'C', '', 0, '[]', false, false, false, {now})",
];
const COLUMNS: [(&str, &str); 4] =
    [("user_id", "1"), ("team_id", "1"), ("event_type_id", "1"), ("oauth_client_id", "'c'")];

/// Runs a statement beside the store, as any program with access to the database could.
async fn run(database: &TestDatabase, sql: &str) -> Result<u64, String> {
    match &database.options.location {
        Location::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.pragma_update(None, "foreign_keys", true).unwrap();
            let done = connection.execute(&sql.replace("{now}", "0").replace("''", "x''"), []);
            done.map(|rows| rows as u64).map_err(|error| error.to_string())
        }
        Location::Postgres(url) => {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let done = client.execute(&sql.replace("{now}", "now()"), &[]).await;
            drop(client);
            connection.await.unwrap().unwrap();
            done.map_err(|error| error.as_db_error().unwrap().message().to_owned())
        }
    }
}

fn webhook(id: &str, url: &str, owners: &[(&str, &str)]) -> String {
    let columns: String = owners.iter().flat_map(|(column, _)| [", ", column]).collect();
    let values: String = owners.iter().flat_map(|(_, value)| [", ", value]).collect();
    format!(
        "insert into webhook (id, subscriber_url, triggers, is_active, version, created_at{columns})
         values ('{id}', '{url}', '[]', true, '2021-10-20', {{now}}{values})"
    )
}

on_both_engines! {
    /// Section 17 of the platform rules: one owner of four kinds.
    async fn a_webhook_has_exactly_one_owner(database: TestDatabase) {
        for owner in OWNERS {
            run(&database, owner).await.unwrap();
        }
        for chosen in 0..16_u32 {
            let owners: Vec<(&str, &str)> =
                COLUMNS.into_iter().enumerate().filter(|(bit, _)| chosen & (1 << bit) != 0).map(|(_, owner)| owner).collect();
            let done = run(&database, &webhook(&format!("w{chosen}"), "https://a.example", &owners)).await;
            if owners.len() == 1 {
                assert_eq!(done, Ok(1), "{owners:?}");
            } else {
                assert!(done.unwrap_err().contains("webhook_owner"), "{owners:?}");
            }
        }
        // The same URL again for the same owner, and another one.
        for owner in COLUMNS {
            let again = run(&database, &webhook("again", "https://a.example", &[owner])).await.unwrap_err();
            assert!(again.to_lowercase().contains("unique"), "{owner:?}: {again}");
            let other = run(&database, &webhook(owner.0, "https://b.example", &[owner])).await;
            assert_eq!(other, Ok(1), "{owner:?}");
        }
        // Each goes with its owner (OC-12, MU-38). The user's event type goes with the user.
        for (removal, left) in [("oauth_client", 6), ("user_account", 2), ("team", 0)] {
            run(&database, &format!("delete from {removal}")).await.unwrap();
            assert_eq!(run(&database, "update webhook set id = id").await, Ok(left), "after the {removal}");
        }
    }
}
