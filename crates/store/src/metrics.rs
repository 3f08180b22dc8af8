//! What the store counts about itself, for a monitoring system.
//!
//! The engines record while they work; [`crate::Store::metrics`] adds what can be
//! looked up at that moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, IntGaugeVec, Opts};

/// From a local disk's write to a network round trip with a queue.
const COMMIT_SECONDS: [f64; 12] =
    [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0];
/// Up to the largest group that is committed at once.
const GROUP_SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What both engines record.
pub(crate) struct Metrics {
    /// Seconds from sending a `COMMIT` to its answer.
    pub(crate) commit_seconds: Histogram,
    /// Units of work that are not running yet (SQLite).
    pub(crate) queue_depth: IntGauge,
    /// Units of work in one `COMMIT` (SQLite).
    pub(crate) group_size: Histogram,
    /// Callers who wait for a reader (SQLite; PostgreSQL's pool counts by itself).
    pub(crate) waiting: AtomicUsize,
    /// Transactions that were run again because the server asked for it (PostgreSQL).
    pub(crate) retries: IntCounter,
}

/// The connections at one moment.
pub(crate) struct Connections {
    pub(crate) in_use: usize,
    pub(crate) idle: usize,
    /// Callers who wait for one.
    pub(crate) waiting: usize,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            commit_seconds: histogram(
                "slotd_database_commit_seconds",
                "Seconds that a COMMIT took.",
                &COMMIT_SECONDS,
            ),
            queue_depth: gauge(
                "slotd_sqlite_queue_depth",
                "Writes that wait for the writer thread.",
            ),
            group_size: histogram(
                "slotd_sqlite_group_size",
                "Writes that shared one COMMIT.",
                &GROUP_SIZES,
            ),
            waiting: AtomicUsize::new(0),
            retries: IntCounter::new(
                "slotd_postgres_retries_total",
                "Transactions run again after a serialization failure or a deadlock.",
            )
            .expect("the name is one"),
        }
    }

    /// What the embedded database shows.
    pub(crate) fn of_sqlite(&self, connections: &Connections, wal_bytes: u64) -> Vec<MetricFamily> {
        let wal = gauge("slotd_sqlite_wal_bytes", "Size of the write-ahead log's file.");
        wal.set(i64::try_from(wal_bytes).unwrap_or(i64::MAX));
        let mut families = self.of_connections(connections);
        for own in [&self.group_size as &dyn Collector, &self.queue_depth, &wal] {
            families.extend(own.collect());
        }
        families
    }

    /// What PostgreSQL shows.
    pub(crate) fn of_postgres(&self, connections: &Connections) -> Vec<MetricFamily> {
        let mut families = self.of_connections(connections);
        families.extend(self.retries.collect());
        families
    }

    fn of_connections(&self, connections: &Connections) -> Vec<MetricFamily> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let states = IntGaugeVec::new(
            Opts::new("slotd_database_connections", "Connections of the pool, by state."),
            &["state"],
        )
        .expect("the name is one");
        states.with_label_values(&["in_use"]).set(number(connections.in_use));
        states.with_label_values(&["idle"]).set(number(connections.idle));
        let waiting = gauge("slotd_database_waiting", "Requests that wait for a connection.");
        waiting.set(number(connections.waiting));
        let own = [&states as &dyn Collector, &waiting, &self.commit_seconds];
        own.into_iter().flat_map(Collector::collect).collect()
    }
}

fn gauge(name: &str, help: &str) -> IntGauge {
    IntGauge::new(name, help).expect("the name is one")
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))
        .expect("the name is one and the buckets grow")
}

/// Counts one who waits for a reader, until it is dropped.
pub(crate) struct Waiting(Arc<Metrics>);

impl Waiting {
    pub(crate) fn new(metrics: &Arc<Metrics>) -> Self {
        metrics.waiting.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(metrics))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
