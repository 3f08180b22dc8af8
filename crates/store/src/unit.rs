//! Units of work: what callers write, and how the engines see it.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use crate::{Conn, StoreError};

/// Writes that stand or fall together, and the reads they depend on.
///
/// A unit is a value: its inputs are its fields. It may run more than once
/// (PostgreSQL asks for another try now and then), so it changes nothing but the
/// database, and it waits for nothing but the database. `Err` undoes everything.
///
/// On SQLite units run one after another on the writer thread and share a
/// `COMMIT`; on PostgreSQL each is a transaction at READ COMMITTED.
pub trait UnitOfWork: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + 'static;
    /// A refusal, or a failure of the store.
    type Error: From<StoreError> + Send + 'static;

    /// Does the work inside the transaction of `conn`.
    fn run(&self, conn: &Conn) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// A unit of work without its types: what the engines do with units is compiled once, and
/// not once for each of them.
pub(crate) trait Work: Send + Sync {
    /// Does the work; its outcome is kept for the caller. True: it is to be committed.
    /// False and `Err`: it is to be undone, and `Err` is what the caller gets.
    fn run<'a>(&'a self, conn: &'a Conn) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// A unit and its outcome.
pub(crate) struct Unit<U: UnitOfWork> {
    unit: U,
    outcome: Mutex<Option<Result<U::Output, U::Error>>>,
}

impl<U: UnitOfWork> Unit<U> {
    pub(crate) fn new(unit: U) -> Arc<Self> {
        Arc::new(Self { unit, outcome: Mutex::new(None) })
    }

    /// What came of the last run. There must have been one.
    pub(crate) fn outcome(&self) -> Result<U::Output, U::Error> {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.expect("a unit that has run to its end has an outcome")
    }
}

impl<U: UnitOfWork> Work for Unit<U> {
    fn run<'a>(&'a self, conn: &'a Conn) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let outcome = self.unit.run(conn).await;
            let is_kept = outcome.is_ok();
            *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            Ok(is_kept)
        })
    }
}
