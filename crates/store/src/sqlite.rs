//! The embedded engine: one writer thread with group commit, a pool of readers,
//! and a thread that checkpoints the write-ahead log.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use prometheus::proto::MetricFamily;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use crate::conn::{Conn, Link};
use crate::metrics::{Connections, Metrics, Waiting};
use crate::unit::Work;
use crate::{StoreError, sql};

/// Jobs in one `COMMIT` at most. A lone job is committed at once.
const GROUP: usize = 256;
/// Pages of the write-ahead log (4 KiB each) after which it is checkpointed in the background.
const CHECKPOINT_PAGES: i32 = 2_048;
/// Pages after which the writer checkpoints itself, so that the log stays bounded
/// when the background cannot keep up.
const CHECKPOINT_HARD_CAP: i32 = 16_384;
/// How long the writer waits for readers when it checkpoints between two groups:
/// longer than a request reads, not as long as a backup.
const READERS: Duration = Duration::from_millis(100);
/// How long a connection waits for a lock of another process.
const BUSY: Duration = Duration::from_secs(5);
/// Virtual-machine steps between two looks at the deadline.
const STEPS: i32 = 20_000;

/// The embedded database.
pub(crate) struct Sqlite {
    path: PathBuf,
    time_out: Duration,
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    idle: Arc<Mutex<Vec<Reader>>>,
    permits: Arc<Semaphore>,
    readers: usize,
    metrics: Arc<Metrics>,
}

/// A connection and the instant at which its running statement is stopped.
struct Reader {
    connection: Mutex<Connection>,
    deadline: Arc<Deadline>,
}

/// A reader on loan; it returns to its pool when dropped.
pub(crate) struct ReaderGuard {
    reader: Option<Reader>,
    idle: Arc<Mutex<Vec<Reader>>>,
    _permit: OwnedSemaphorePermit,
}

impl ReaderGuard {
    pub(crate) fn connection(&self) -> &Mutex<Connection> {
        &self.reader.as_ref().expect("a guard holds its reader until it is dropped").connection
    }
}

impl Drop for ReaderGuard {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
    }
}

/// Stops statements that run too long: read by SQLite every [`STEPS`] steps.
struct Deadline {
    started: Instant,
    /// Milliseconds after `started`.
    at: AtomicU64,
}

impl Deadline {
    fn none() -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), at: AtomicU64::new(u64::MAX) })
    }

    fn set(&self, from_now: Duration) {
        let at = self.started.elapsed() + from_now;
        self.at.store(u64::try_from(at.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn passed(&self) -> bool {
        self.started.elapsed().as_millis() > u128::from(self.at.load(Ordering::Relaxed))
    }
}

struct Job {
    work: Arc<dyn Work>,
    /// A job that waited longer is answered with a time-out, unrun.
    expires: Instant,
    /// Told once the group's `COMMIT` has succeeded or failed.
    answer: oneshot::Sender<Result<(), StoreError>>,
}

fn open(path: &Path, read_only: bool) -> rusqlite::Result<(Connection, Arc<Deadline>)> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags |= if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Without it SQLite compiles a statement anew whenever a bound value changes that
    // its planner could have looked at, which costs ten times the statement itself.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(512);
    if !read_only {
        use_write_ahead_log(&connection)?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    let deadline = Deadline::none();
    let seen = Arc::clone(&deadline);
    connection.progress_handler(STEPS, Some(move || seen.passed()))?;
    Ok((connection, deadline))
}

/// Switches a new file to a write-ahead log. SQLite does not wait for the lock that
/// this takes when another process does the same at once, so we do.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let patience = Instant::now() + BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < patience =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

/// Opens the file, creating it where it is missing, for one-off use (migrations).
pub(crate) fn open_plain(path: &Path) -> rusqlite::Result<Connection> {
    open(path, false).map(|(connection, _)| connection)
}

/// Opens a file that is there, for one-off reading (backups).
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    open(path, true).map(|(connection, _)| connection)
}

impl Sqlite {
    /// Opens a migrated database and starts its threads.
    pub(crate) fn open(path: &Path, readers: usize, time_out: Duration) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicI32::new(0));
        let (wake, woken) = sync_channel(1);
        let (mut writer, deadline) = open(path, false)?;
        let seen = Arc::clone(&pages);
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, in_log| {
            seen.store(in_log, Ordering::Relaxed);
            Ok(())
        }))?;
        let idle = (0..readers)
            .map(|_| {
                open(path, true).map(|(connection, deadline)| Reader {
                    connection: Mutex::new(connection),
                    deadline,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let checkpointer = open_plain(path)?;
        let metrics = Arc::new(Metrics::new());
        let checkpointing = Arc::new(Mutex::new(()));

        let (jobs, queue) = channel();
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .expect("the operating system starts a thread")
        };
        let writer = Writer {
            connection: Arc::new(Mutex::new(writer)),
            deadline,
            time_out,
            pages,
            checkpointer: wake,
            metrics: Arc::clone(&metrics),
            checkpointing: Arc::clone(&checkpointing),
        };
        let threads = vec![
            spawn("slotd-writer", Box::new(move || writer.run(&queue))),
            spawn(
                "slotd-checkpoint",
                Box::new(move || checkpoint(&checkpointer, &woken, &checkpointing)),
            ),
        ];
        Ok(Self {
            path: path.to_owned(),
            time_out,
            jobs: Mutex::new(Some(jobs)),
            threads: Mutex::new(threads),
            permits: Arc::new(Semaphore::new(idle.len())),
            idle: Arc::new(Mutex::new(idle)),
            readers,
            metrics,
        })
    }

    /// A reader. Its statements see the last commit.
    pub(crate) async fn read(&self) -> Result<Conn, StoreError> {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed) => return Err(StoreError::Closed),
            Err(TryAcquireError::NoPermits) => {
                let _counted = Waiting::new(&self.metrics);
                let free = Arc::clone(&self.permits).acquire_owned();
                tokio::time::timeout(self.time_out, free)
                    .await
                    .map_err(|_| StoreError::TimedOut)?
                    .map_err(|_| StoreError::Closed)?
            }
        };
        let reader = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = reader.ok_or(StoreError::Closed)?;
        reader.deadline.set(self.time_out);
        Ok(Conn::new(Link::Reader(ReaderGuard {
            reader: Some(reader),
            idle: Arc::clone(&self.idle),
            _permit: permit,
        })))
    }

    /// Runs the work on the writer thread and waits for its commit. It stands also when
    /// the caller goes away.
    pub(crate) async fn write(&self, work: Arc<dyn Work>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Job { work, expires: Instant::now() + self.time_out, answer };
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = jobs.as_ref().ok_or(StoreError::Closed)?;
            self.metrics.queue_depth.inc();
            sender.send(job).map_err(|_| StoreError::Closed)?;
        }
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// What a monitoring system wants to know.
    pub(crate) fn metrics(&self) -> Vec<MetricFamily> {
        let idle = self.permits.available_permits();
        let connections = Connections {
            in_use: self.readers.saturating_sub(idle),
            idle,
            waiting: self.metrics.waiting.load(Ordering::Relaxed),
        };
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        // Where there is no log, nothing is in it.
        let wal_bytes = std::fs::metadata(log).map_or(0, |file| file.len());
        self.metrics.of_sqlite(&connections, wal_bytes)
    }

    /// Finishes the jobs in the queue, writes the log back and ends the threads.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a database thread had panicked");
            }
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        tracing::debug!(path = %self.path.display(), "database closed");
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

struct Writer {
    connection: Arc<Mutex<Connection>>,
    deadline: Arc<Deadline>,
    time_out: Duration,
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    checkpointer: SyncSender<()>,
    metrics: Arc<Metrics>,
    /// Held by whoever checkpoints.
    checkpointing: Arc<Mutex<()>>,
}

impl Writer {
    fn run(&self, queue: &Receiver<Job>) {
        let mut cap = CHECKPOINT_HARD_CAP;
        while let Ok(first) = queue.recv() {
            self.commit_group(first, queue);
            let pages = self.pages.load(Ordering::Relaxed);
            if pages < CHECKPOINT_HARD_CAP {
                cap = CHECKPOINT_HARD_CAP;
            }
            if pages >= cap {
                self.pages.store(0, Ordering::Relaxed);
                self.checkpoint_inline(READERS);
                // Somebody who reads one snapshot for long, such as a backup, keeps the
                // log from being emptied. It grows on until they are done: to wait for
                // them after every group would hold all writes up.
                cap = pages.saturating_add(CHECKPOINT_PAGES);
            } else if pages >= CHECKPOINT_PAGES {
                // Full means that the thread has been woken already.
                let _woken = self.checkpointer.try_send(());
            }
        }
        self.checkpoint_inline(BUSY);
    }

    fn commit_group(&self, first: Job, queue: &Receiver<Job>) {
        self.deadline.set(self.time_out);
        if let Err(error) = self.execute("begin immediate") {
            tracing::error!(error = &error as &dyn std::error::Error, "no write transaction");
            // Waiting for a lock took this group's time already; the next one tries anew.
            self.metrics.queue_depth.dec();
            tell(first.answer, Err(error));
            return;
        }
        let mut answers = Vec::new();
        let mut jobs = 0_u32;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            jobs += 1;
            self.metrics.queue_depth.dec();
            answers.push((self.run_job(&job), job.answer));
            if answers.len() < GROUP {
                next = queue.try_recv().ok();
            }
        }
        let started = Instant::now();
        let committed = self.execute("commit");
        self.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
        self.metrics.group_size.observe(f64::from(jobs));
        if let Err(error) = &committed {
            tracing::error!(error = error as &dyn std::error::Error, "commit failed");
            if let Err(error) = self.execute("rollback") {
                tracing::debug!(error = &error as &dyn std::error::Error, "nothing to roll back");
            }
        }
        for (ended, answer) in answers {
            let committed = committed
                .as_ref()
                .map_err(|error| StoreError::Unavailable(error.to_string().into()));
            tell(answer, committed.and(ended));
        }
    }

    /// Runs one job in a savepoint. What it returns is told after the commit, also
    /// of a job that failed: what it failed at may be a row of its neighbour, which
    /// is nobody's business until it is committed.
    fn run_job(&self, job: &Job) -> Result<(), StoreError> {
        if Instant::now() > job.expires {
            return Err(StoreError::TimedOut);
        }
        self.deadline.set(self.time_out);
        self.execute("savepoint job")?;
        let conn = Conn::new(Link::Writer(Arc::clone(&self.connection)));
        let ended = match caught(|| now(job.work.run(&conn))) {
            // A failed statement gives the transaction up, as on PostgreSQL.
            Ok(true) if conn.has_failed() => Err(StoreError::Aborted),
            ended => ended,
        };
        // Whatever the job did with its time, the transaction goes on.
        self.deadline.set(self.time_out);
        if !matches!(ended, Ok(true)) {
            self.execute("rollback to job")?;
        }
        self.execute("release job")?;
        ended.map(drop)
    }

    fn execute(&self, sql: &'static str) -> Result<(), StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection
            .prepare_cached(sql)
            .and_then(|mut prepared| prepared.execute([]))
            .map(drop)
            .map_err(|error| StoreError::from_sqlite(sql, error))
    }

    fn checkpoint_inline(&self, patience: Duration) {
        // The background is waited for, so that the log cannot outgrow it; only readers
        // are not waited for beyond their time.
        let _alone = self.checkpointing.lock().unwrap_or_else(PoisonError::into_inner);
        self.deadline.set(Duration::from_mins(1));
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let done = connection
            .busy_timeout(patience)
            .and_then(|()| connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())));
        let done = connection.busy_timeout(BUSY).and(done);
        if let Err(error) = done {
            tracing::warn!(error = &error as &dyn std::error::Error, "checkpoint failed");
        }
    }
}

fn tell(answer: oneshot::Sender<Result<(), StoreError>>, ended: Result<(), StoreError>) {
    // The caller may have gone away.
    let _gone = answer.send(ended);
}

fn checkpoint(connection: &Connection, woken: &Receiver<()>, checkpointing: &Mutex<()>) {
    while woken.recv().is_ok() {
        let _alone = checkpointing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(())) {
            tracing::warn!(error = &error as &dyn std::error::Error, "checkpoint failed");
        }
    }
}

/// Polls a future that is ready at once: on SQLite nothing waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a unit of work waited for something that is not the database"),
    }
}

/// Runs `f`; a panic becomes an error, so that one bad job cannot take the writer down.
fn caught(f: impl FnOnce() -> Result<bool, StoreError>) -> Result<bool, StoreError> {
    catch_unwind(AssertUnwindSafe(f))
        .unwrap_or_else(|panic| Err(StoreError::Panicked(sql::panic_text(&*panic))))
}
