//! PostgreSQL: a pool of connections with every statement prepared, transactions
//! whose `BEGIN` and `COMMIT` are pipelined, and retries where the server asks for them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts,
};
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use prometheus::proto::MetricFamily;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use crate::conn::{Conn, Link};
use crate::metrics::{Connections, Metrics};
use crate::sql::{Param, Statement, panic_text};
use crate::unit::Work;
use crate::{StoreError, all_statements};

/// How often a transaction is tried when the server asks for another try.
const TRIES: u32 = 8;

/// A pool of PostgreSQL connections.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    metrics: Arc<Metrics>,
}

/// How to reach PostgreSQL.
pub(crate) struct PostgresOptions<'a> {
    pub(crate) url: &'a str,
    pub(crate) connections: usize,
    pub(crate) time_out: Duration,
}

/// A connection on loan. A transaction that was neither committed nor rolled
/// back closes it instead of returning it to the pool.
pub(crate) struct PostgresLink {
    object: Option<Object>,
    in_transaction: AtomicBool,
    commit_sent: AtomicBool,
    /// The server asked for another try (40001, 40P01).
    try_again: AtomicBool,
    metrics: Arc<Metrics>,
}

impl Drop for PostgresLink {
    fn drop(&mut self) {
        if self.in_transaction.load(Ordering::Relaxed)
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}

impl PostgresLink {
    fn new(object: Object, in_transaction: bool, metrics: &Arc<Metrics>) -> Self {
        Self {
            object: Some(object),
            in_transaction: AtomicBool::new(in_transaction),
            commit_sent: AtomicBool::new(false),
            try_again: AtomicBool::new(false),
            metrics: Arc::clone(metrics),
        }
    }

    fn object(&self) -> &Object {
        self.object.as_ref().expect("a link holds its connection until it is dropped")
    }

    fn failed(&self, statement: &'static str, error: tokio_postgres::Error) -> StoreError {
        if let Some(state) = error.code()
            && (*state == SqlState::T_R_SERIALIZATION_FAILURE
                || *state == SqlState::T_R_DEADLOCK_DETECTED)
        {
            self.try_again.store(true, Ordering::Relaxed);
        }
        StoreError::from_postgres(statement, error)
    }

    async fn prepared(
        &self,
        statement: &'static Statement,
    ) -> Result<tokio_postgres::Statement, StoreError> {
        // Never seen: it would mean a unit of work that goes on after its last statements.
        if self.commit_sent.load(Ordering::Relaxed) {
            return Err(StoreError::Aborted);
        }
        self.object()
            .prepare_cached(statement.sql)
            .await
            .map_err(|error| self.failed(statement.name, error))
    }

    pub(crate) async fn rows(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        let prepared = self.prepared(statement).await?;
        self.object()
            .query(&prepared, &by_reference(params))
            .await
            .map_err(|error| self.failed(statement.name, error))
    }

    pub(crate) async fn execute(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        let prepared = self.prepared(statement).await?;
        self.object()
            .execute(&prepared, &by_reference(params))
            .await
            .map_err(|error| self.failed(statement.name, error))
    }

    async fn begin(&self) -> Result<(), StoreError> {
        self.object().batch_execute("begin").await.map_err(|error| self.failed("begin", error))
    }

    pub(crate) async fn commit(&self) -> Result<(), StoreError> {
        self.commit_sent.store(true, Ordering::Relaxed);
        let started = Instant::now();
        let committed = self.object().batch_execute("commit").await;
        self.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
        committed.map_err(|error| self.failed("commit", error))?;
        self.in_transaction.store(false, Ordering::Relaxed);
        Ok(())
    }

    async fn rollback(&self) {
        if self.object().batch_execute("rollback").await.is_ok() {
            self.in_transaction.store(false, Ordering::Relaxed);
        }
        // Otherwise the connection is closed when the link is dropped.
    }
}

fn by_reference<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

/// A configuration with our time-outs, which the server enforces, and without compiled
/// statements, which cost more than any of ours takes. Unless the URL says
/// otherwise with `sslmode`, a server on another machine is reached over TLS only.
pub(crate) fn configuration(
    url: &str,
    time_out: Duration,
) -> Result<tokio_postgres::Config, tokio_postgres::Error> {
    let mut config: tokio_postgres::Config = url.parse()?;
    if !url.contains("sslmode=") && !config.get_hosts().iter().all(is_here) {
        config.ssl_mode(SslMode::Require);
    }
    let millis = time_out.as_millis();
    let ours = format!(
        "-c statement_timeout={millis} -c lock_timeout={millis} \
         -c idle_in_transaction_session_timeout={millis} -c timezone=UTC -c jit=off"
    );
    let options = match config.get_options() {
        Some(theirs) => format!("{ours} {theirs}"),
        None => ours,
    };
    config.options(options).application_name("slotd").connect_timeout(time_out);
    Ok(config)
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// TLS with the machine's certificates; used when the URL's `sslmode` asks for it.
pub(crate) fn tls() -> tokio_postgres_rustls::MakeRustlsConnect {
    // A process-wide default may exist already; either way there is one now.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A certificate that rustls cannot read is one root fewer, not a failure.
        let _added = roots.add(certificate);
    }
    tokio_postgres_rustls::MakeRustlsConnect::new(
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth(),
    )
}

impl Postgres {
    pub(crate) fn open(options: &PostgresOptions<'_>) -> Result<Self, StoreError> {
        let config = configuration(options.url, options.time_out)
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        let manager = Manager::from_config(
            config,
            tls(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(options.connections)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(options.time_out),
                create: Some(options.time_out),
                recycle: Some(options.time_out),
            })
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    // All at once: `Conn::commit_with` relies on statements that are
                    // prepared, and a first request does not pay for it.
                    try_join_all(
                        all_statements().map(|statement| client.prepare_cached(statement.sql)),
                    )
                    .await
                    .map_err(HookError::Backend)?;
                    Ok(())
                })
            }))
            .build()
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(Self { pool, metrics: Arc::new(Metrics::new()) })
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        use deadpool_postgres::PoolError;
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(_) => StoreError::TimedOut,
            PoolError::Closed => StoreError::Closed,
            other => StoreError::Unavailable(Box::new(other)),
        })
    }

    /// A connection for statements that read.
    pub(crate) async fn read(&self) -> Result<Conn, StoreError> {
        let object = self.connection().await?;
        Ok(Conn::new(Link::Postgres(PostgresLink::new(object, false, &self.metrics))))
    }

    /// Runs the work in a transaction, again if the server asks for it.
    ///
    /// In a task of its own, so that a caller who goes away in the middle does not
    /// cost the connection; as on SQLite, the write stands all the same.
    pub(crate) async fn write(&self, work: Arc<dyn Work>) -> Result<(), StoreError> {
        let pool = self.clone();
        let written = tokio::spawn(async move { pool.run(&*work).await }).await;
        written.map_err(|error| StoreError::Panicked(error.to_string()))?
    }

    async fn run(&self, work: &dyn Work) -> Result<(), StoreError> {
        let mut tries = 1;
        loop {
            let object = self.connection().await?;
            let conn = Conn::new(Link::Postgres(PostgresLink::new(object, true, &self.metrics)));
            let link = conn.postgres().expect("the connection was made from PostgreSQL's pool");
            let ended = attempt(&conn, link, work).await;
            let is_asked = link.try_again.load(Ordering::Relaxed);
            if matches!(ended, Ok(true)) || !is_asked || tries == TRIES {
                return ended.map(drop);
            }
            tries += 1;
            self.metrics.retries.inc();
        }
    }

    /// What a monitoring system wants to know.
    pub(crate) fn metrics(&self) -> Vec<MetricFamily> {
        let pool = self.pool.status();
        self.metrics.of_postgres(&Connections {
            in_use: pool.size.saturating_sub(pool.available),
            idle: pool.available,
            waiting: pool.waiting,
        })
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// Runs the work once; true when it was committed.
async fn attempt(conn: &Conn, link: &PostgresLink, work: &dyn Work) -> Result<bool, StoreError> {
    // `BEGIN` is sent first and awaited together with the work's first statements.
    let (begun, ended) =
        tokio::join!(biased; link.begin(), AssertUnwindSafe(work.run(conn)).catch_unwind());
    let ended = ended.unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(&*panic))));
    let ended = match (begun, ended) {
        (Err(error), _) => Err(error),
        // PostgreSQL answers COMMIT of a given-up transaction with success.
        (Ok(()), Ok(true)) if conn.has_failed() => Err(StoreError::Aborted),
        (Ok(()), ended) => ended,
    };
    if !link.in_transaction.load(Ordering::Relaxed) {
        return ended;
    }
    if matches!(ended, Ok(true)) {
        link.commit().await?;
    } else {
        link.rollback().await;
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_another_machine_is_reached_over_tls_unless_the_url_says_otherwise() {
        let mode = |url: &str| configuration(url, Duration::from_secs(1)).unwrap().get_ssl_mode();
        for here in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1:5433/d",
            "postgres://u@[::1]/d",
            "postgres://u@%2Frun%2Fpostgresql/d",
        ] {
            assert_eq!(mode(here), SslMode::Prefer, "{here}");
        }
        for elsewhere in ["postgres://u@db/d", "postgres://u@10.0.0.1,localhost/d"] {
            assert_eq!(mode(elsewhere), SslMode::Require, "{elsewhere}");
        }
        assert_eq!(mode("postgres://u@db/d?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u@db/d?sslmode=prefer"), SslMode::Prefer);
    }
}
