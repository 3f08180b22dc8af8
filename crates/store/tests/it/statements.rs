//! In place of SQL that is checked at compile time: every statement is prepared
//! on both engines, its types are compared, and its plan uses an index.

use slotd_store::{Kind, Location, Statement, all_statements};
use slotd_testkit::{Engine, TestDatabase};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::beside_postgres;

/// Tables that grow with the number of users or clients. The others have a row
/// per sequence, migration or instance.
const GROWING: [&str; 30] = [
    "team",
    "oauth_client",
    "user_account",
    "profile",
    "membership",
    "token_pair",
    "api_key",
    "schedule",
    "schedule_range",
    "schedule_override",
    "event_type",
    "private_link",
    "audit_entry",
    "webhook",
    "login_link",
    "session",
    "authorization_code",
    "oauth2_client",
    "oauth2_code",
    "oauth2_grant",
    "booking",
    "attendee",
    "booking_seat",
    "booking_reference",
    "booking_event",
    "outbox",
    "occupancy",
    "slot_hold",
    "out_of_office",
    "idempotency",
];

/// Statements that may read a whole table, with the reason.
const MAY_SCAN: [(&str, &str); 2] = [
    (
        "organizations::statement::first",
        "walks the primary key and stops at the first organization",
    ),
    ("migrations::statement::ledger", "reads all of a table with a row per migration"),
];

fn postgres_type(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT4,
        Kind::Big => Type::INT8,
        Kind::Bool => Type::BOOL,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
        Kind::Json => Type::JSON,
        Kind::Instant => Type::TIMESTAMPTZ,
        Kind::Date => Type::DATE,
    }
}

fn may_scan(statement: &Statement) -> bool {
    MAY_SCAN.iter().any(|(name, _)| statement.name.ends_with(name))
}

#[test]
fn statements_have_names_of_their_own() {
    let mut names: Vec<&str> = all_statements().map(|statement| statement.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count > 35, "{count} statements are listed");
    for (name, _) in MAY_SCAN {
        assert!(names.iter().any(|known| known.ends_with(name)), "{name} is stale");
    }
}

#[tokio::test]
async fn sqlite_prepares_every_statement_and_uses_an_index() {
    let database = TestDatabase::start(Engine::Sqlite).await.unwrap();
    let Location::Sqlite(path) = &database.options.location else { unreachable!("this is SQLite") };
    let connection = rusqlite::Connection::open(path).unwrap();
    for statement in all_statements() {
        let prepared = connection
            .prepare(statement.sql)
            .unwrap_or_else(|error| panic!("{}: {error}", statement.name));
        assert_eq!(prepared.parameter_count(), statement.params.len(), "{}", statement.name);
        assert_eq!(prepared.column_count(), statement.columns.len(), "{}", statement.name);

        let mut explain =
            connection.prepare(&format!("explain query plan {}", statement.sql)).unwrap();
        for parameter in 1..=statement.params.len() {
            explain.raw_bind_parameter(parameter, 1).unwrap();
        }
        let mut rows = explain.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get("detail").unwrap();
            let scans = step.strip_prefix("SCAN ").and_then(|step| step.split(' ').next());
            assert!(scans.is_none() || may_scan(statement), "{}: {step}", statement.name);
        }
    }
}

#[tokio::test]
async fn postgres_prepares_every_statement_with_the_declared_types_and_uses_an_index() {
    beside_postgres(async |client| {
        // An empty table is scanned whatever its indexes, so scans are made unattractive.
        client
            .batch_execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan")
            .await
            .unwrap();
        for statement in all_statements() {
            let prepared = client
                .prepare(statement.sql)
                .await
                .unwrap_or_else(|error| panic!("{}: {error:?}", statement.name));
            let expected: Vec<Type> =
                statement.params.iter().map(|kind| postgres_type(*kind)).collect();
            assert_eq!(prepared.params(), expected, "parameters of {}", statement.name);
            let columns: Vec<Type> =
                prepared.columns().iter().map(|column| column.type_().clone()).collect();
            let expected: Vec<Type> =
                statement.columns.iter().map(|kind| postgres_type(*kind)).collect();
            assert_eq!(columns, expected, "columns of {}", statement.name);

            let nulls = vec!["null"; statement.params.len()];
            for step in plan(client, statement, &nulls).await {
                let scanned =
                    GROWING.iter().find(|table| step.contains(&format!("Seq Scan on {table}")));
                assert!(scanned.is_none() || may_scan(statement), "{}: {step}", statement.name);
            }
        }
    })
    .await;
}

/// The steps of PostgreSQL's plan for values of the parameters.
async fn plan(client: &Client, statement: &Statement, values: &[&str]) -> Vec<String> {
    let types: Vec<String> =
        statement.params.iter().map(|kind| postgres_type(*kind).to_string()).collect();
    let listed = |parts: &[&str]| match parts {
        [] => String::new(),
        parts => format!("({})", parts.join(", ")),
    };
    let types = listed(&types.iter().map(String::as_str).collect::<Vec<_>>());
    client.batch_execute(&format!("prepare one {types} as {}", statement.sql)).await.unwrap();
    let explain = format!("explain (costs off) execute one {}", listed(values));
    let rows = client.query(&explain, &[]).await.unwrap();
    client.batch_execute("deallocate one").await.unwrap();
    rows.into_iter().map(|row| row.get(0)).collect()
}

/// To find the first rows in the order of their ids, PostgreSQL may walk all bookings until it
/// has found enough that somebody may see. It believes so when there are many.
#[tokio::test]
async fn postgres_never_walks_all_bookings_to_sort_some() {
    beside_postgres(async |client| {
    let settings =
        "set enable_seqscan = off; set enable_sort = off; set plan_cache_mode = force_custom_plan";
    client.batch_execute(settings).await.unwrap();
    for statement in all_statements() {
        for text in ["null", "'x'"] {
            let values = statement.params.iter().map(|kind| match kind {
                Kind::Int | Kind::Big => "1",
                Kind::Bool => "true",
                Kind::Text => text,
                Kind::Bytes => "''",
                Kind::Json => "'{}'",
                Kind::Instant => "now()",
                Kind::Date => "current_date",
            });
            let steps = plan(client, statement, &values.collect::<Vec<_>>()).await;
            for (number, step) in steps.iter().enumerate() {
                let condition = steps.get(number + 1).map_or("", |next| next.trim_start());
                assert!(
                    !step.contains("booking_pkey on ") || condition.starts_with("Index Cond"),
                    "{}: {step}",
                    statement.name,
                );
            }
        }
    }
    })
    .await;
}
