//! A real server on a real database for tests: every test builds its own world,
//! on SQLite and on PostgreSQL.
//!
//! PostgreSQL is found in `SLOTD_TEST_POSTGRES` (see `scripts/postgres`), and
//! each test gets a database of its own there. Without the variable the
//! PostgreSQL half of a test says loudly that it was skipped; in CI it fails.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "test code fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod booking_rules;
mod bookings;
mod database;
mod server;
mod tables;

pub use bookings::TestBooking;
pub use database::{Engine, TestDatabase, new_postgres_database};
pub use server::{Answer, Call, NOW, TestServer, Work, World};
pub use tables::Tables;

/// Declares each test once and runs it on both engines.
///
/// ```text
/// on_both_engines! {
///     /// MU-30
///     async fn a_user_can_be_read(server: TestServer) { … }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($( $(#[$meta:meta])* async fn $name:ident($value:ident: $kind:ty) $body:block )*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every test uses all of its file")]
            use super::*;

            async fn body($value: $kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let value = <$kind>::start($crate::Engine::Sqlite).await.expect("SQLite is always there");
                body(value).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(value) = <$kind>::start($crate::Engine::Postgres).await {
                    body(value).await;
                }
            }
        }
    )*};
}
