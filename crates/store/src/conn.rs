//! One connection of either engine, and the running of statements on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::postgres::PostgresLink;
use crate::sql::{FromRow, Param, Row, RowOf, Statement};
use crate::sqlite::ReaderGuard;
use crate::{StoreError, idempotency};

/// A connection on which statements run: a reader, or the transaction of a
/// [`UnitOfWork`](crate::UnitOfWork).
///
/// On SQLite every statement is done when its future is first polled; on
/// PostgreSQL, statements polled together (`tokio::try_join!`) are pipelined.
pub struct Conn {
    link: Link,
    /// A statement failed: PostgreSQL has given the transaction up, and SQLite
    /// does the same so that both engines agree.
    failed: AtomicBool,
}

pub(crate) enum Link {
    /// The writer's connection, or a reader that returns to its pool.
    Writer(Arc<Mutex<rusqlite::Connection>>),
    Reader(ReaderGuard),
    Postgres(PostgresLink),
}

impl Conn {
    pub(crate) fn new(link: Link) -> Self {
        Self { link, failed: AtomicBool::new(false) }
    }

    /// Whether a statement of this transaction failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    pub(crate) fn postgres(&self) -> Option<&PostgresLink> {
        match &self.link {
            Link::Postgres(link) => Some(link),
            Link::Writer(_) | Link::Reader(_) => None,
        }
    }

    /// Runs the last statements of a transaction and, on PostgreSQL, sends
    /// `COMMIT` in the same breath, which saves one round trip. Not in a request with an
    /// idempotency key, whose answer may be written after them.
    ///
    /// `last` may only be statements that do not wait for one another
    /// (`tokio::try_join!`), and whose only way to fail is the database's.
    /// A statement started after `COMMIT` was sent is refused.
    ///
    /// # Errors
    ///
    /// The first error of `last`, else the one of `COMMIT`; nothing is written then.
    pub async fn commit_with<T>(
        &self,
        last: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.postgres() {
            Some(link) if !idempotency::is_keyed() => {
                let (last, commit) = tokio::join!(biased; last, link.commit());
                let last = last?;
                commit?;
                Ok(last)
            }
            _ => last.await,
        }
    }

    pub(crate) async fn rows<R: FromRow>(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<Vec<R>, StoreError> {
        debug_assert_eq!(statement.params.len(), params.len(), "{}", statement.name);
        let rows = match &self.link {
            Link::Writer(connection) => sqlite_rows(&lock(connection), statement, params),
            Link::Reader(reader) => sqlite_rows(&lock(reader.connection()), statement, params),
            Link::Postgres(link) => link.rows(statement, params).await.and_then(|rows| {
                rows.iter()
                    .map(|row| R::from_row(&mut Row::new(RowOf::Postgres(row), statement)))
                    .collect()
            }),
        };
        self.note(rows).await
    }

    pub(crate) async fn execute(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        debug_assert_eq!(statement.params.len(), params.len(), "{}", statement.name);
        let changed = match &self.link {
            Link::Writer(connection) => sqlite_execute(&lock(connection), statement, params),
            Link::Reader(reader) => sqlite_execute(&lock(reader.connection()), statement, params),
            Link::Postgres(link) => link.execute(statement, params).await,
        };
        self.note(changed).await
    }

    /// Notes that a statement failed. The cause of a failure is told before what
    /// follows from it: of statements that went out together, the one that failed may
    /// have its answer and not have been looked at yet.
    async fn note<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Aborted)) {
            let mut patience = 10_000;
            while !self.has_failed() && patience > 0 {
                patience -= 1;
                tokio::task::yield_now().await;
            }
        }
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// The lock is never contended: one thread at a time holds a connection. It is
/// there so that a `&Conn` can be held across an `.await`.
fn lock(
    connection: &Mutex<rusqlite::Connection>,
) -> std::sync::MutexGuard<'_, rusqlite::Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sqlite_rows<R: FromRow>(
    connection: &rusqlite::Connection,
    statement: &'static Statement,
    params: &[Param<'_>],
) -> Result<Vec<R>, StoreError> {
    let failed = |error| StoreError::from_sqlite(statement.name, error);
    let mut prepared = connection.prepare_cached(statement.sql).map_err(failed)?;
    let mut rows = prepared.query(in_order(statement, params)).map_err(failed)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        out.push(R::from_row(&mut Row::new(RowOf::Sqlite(row), statement))?);
    }
    Ok(out)
}

fn sqlite_execute(
    connection: &rusqlite::Connection,
    statement: &'static Statement,
    params: &[Param<'_>],
) -> Result<u64, StoreError> {
    connection
        .prepare_cached(statement.sql)
        .and_then(|mut prepared| prepared.execute(in_order(statement, params)))
        .map(|changed| changed as u64)
        .map_err(|error| StoreError::from_sqlite(statement.name, error))
}

fn in_order<'a>(
    statement: &'static Statement,
    params: &'a [Param<'a>],
) -> impl rusqlite::Params + 'a {
    rusqlite::params_from_iter(statement.order().iter().map(|number| &params[number - 1]))
}
