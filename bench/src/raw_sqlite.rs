//! The limit of the embedded database: rusqlite and a queue, nothing else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Params, params_from_iter};
use slotd_store::Statement;

use crate::Result;
use crate::figures::{Figures, measure};
use crate::pool::PoolEntry;
use crate::rows::{FREE_ID, Raw, Value};

/// As in slotd: jobs in one `COMMIT` at most, and pages after which the log is
/// written back by another thread.
const GROUP: usize = 256;
const CHECKPOINT_PAGES: i32 = 2_048;

struct Job {
    /// Of each statement.
    values: Vec<Vec<Value>>,
    written: SyncSender<()>,
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // As slotd opens it; one thread uses a connection.
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "mmap_size", 268_435_456_i64)?;
    Ok(connection)
}

/// Callers repeat raw work, each for the next user of the pool.
pub(crate) fn run(
    path: &Path,
    raw: &Raw,
    pool: &[PoolEntry],
    engine: Option<fn()>,
    callers: usize,
    seconds: u64,
) -> Result<Figures> {
    let statements = raw.statements()?;
    let next = AtomicUsize::new(0);
    let entry = || &pool[next.fetch_add(1, Ordering::Relaxed) % pool.len()];
    if statements.iter().any(|statement| statement.columns.is_empty()) {
        let first_id = open(path)?.query_row(FREE_ID, [], |row| row.get(0))?;
        let next_id = AtomicI32::new(first_id);
        let values = || (raw.values)(entry(), next_id.fetch_add(1, Ordering::Relaxed));
        write_all(path, &statements, callers, seconds, values)
    } else {
        // Each caller has a connection of its own.
        let connections = (0..callers).map(|_| Ok(open(path)?)).collect::<Result<Vec<_>>>()?;
        measure(connections, seconds, |connection| {
            read(connection, &statements, &(raw.values)(entry(), 0))?;
            if let Some(engine) = engine {
                engine();
            }
            Ok(())
        })
    }
}

fn read(
    connection: &Connection,
    statements: &[&'static Statement],
    values: &[Vec<Value>],
) -> Result<()> {
    for (number, (statement, values)) in statements.iter().zip(values).enumerate() {
        let mut select = connection.prepare_cached(statement.sql)?;
        let mut rows = select.query(in_order(statement, values))?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            for column in 0..statement.columns.len() {
                row.get_ref(column)?;
            }
            found += 1;
        }
        // What belongs to it may be missing.
        if found == 0 && number == 0 {
            return Err(format!("{} found nothing", statement.name).into());
        }
    }
    Ok(())
}

/// One thread writes; what waits for it goes into one transaction.
fn write_all(
    path: &Path,
    statements: &[&'static Statement],
    callers: usize,
    seconds: u64,
    values: impl Fn() -> Vec<Vec<Value>> + Sync,
) -> Result<Figures> {
    let (jobs, queue) = sync_channel(callers);
    let (wake, woken) = sync_channel(1);
    let (writer, checkpointer) = (open(path)?, open(path)?);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || write(writer, statements, &queue, &wake));
        scope.spawn(move || checkpoint(&checkpointer, &woken));
        // The last sender goes with the callers, which ends the writer.
        let figures = measure(vec![jobs; callers], seconds, |jobs| {
            let (written, wait) = sync_channel(1);
            jobs.send(Job { values: values(), written })?;
            Ok(wait.recv()?)
        });
        // When it failed, the callers know nothing but that it is gone.
        writer.join().map_err(|_| "the writer panicked")??;
        figures
    })
}

fn write(
    mut connection: Connection,
    statements: &[&'static Statement],
    queue: &Receiver<Job>,
    checkpointer: &SyncSender<()>,
) -> Result<()> {
    let pages = Arc::new(AtomicI32::new(0));
    let seen = Arc::clone(&pages);
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, in_log| {
        seen.store(in_log, Ordering::Relaxed);
        Ok(())
    }))?;
    let prepare = |statement: &&'static Statement| connection.prepare(statement.sql);
    let mut prepared = statements.iter().map(prepare).collect::<rusqlite::Result<Vec<_>>>()?;
    let mut begin = connection.prepare("begin immediate")?;
    let mut commit = connection.prepare("commit")?;

    let mut written = Vec::new();
    while let Ok(first) = queue.recv() {
        begin.execute([])?;
        let mut next = Some(first);
        while let Some(job) = next {
            for ((prepared, statement), values) in
                prepared.iter_mut().zip(statements).zip(&job.values)
            {
                if prepared.execute(in_order(statement, values))? == 0 {
                    return Err(format!("{} changed nothing", statement.name).into());
                }
            }
            written.push(job.written);
            next = if written.len() < GROUP { queue.try_recv().ok() } else { None };
        }
        commit.execute([])?;
        for caller in written.drain(..) {
            caller.send(())?;
        }
        if pages.load(Ordering::Relaxed) >= CHECKPOINT_PAGES {
            // Full means that the thread has been woken already.
            let _woken = checkpointer.try_send(());
        }
    }
    Ok(())
}

fn in_order<'a>(statement: &'static Statement, values: &'a [Value]) -> impl Params + 'a {
    params_from_iter(statement.order().iter().map(|number| &values[number - 1]))
}

fn checkpoint(connection: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        // Whether it was busy or not, the next one comes.
        let _done = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
    }
}

/// Removes rows of tables, and writes the log back so that no measurement has to.
pub(crate) fn remove(path: &Path, leaves: &[(&str, &str)]) -> Result<()> {
    let connection = open(path)?;
    for (table, condition) in leaves {
        connection.execute(&format!("delete from {table} where {condition}"), [])?;
    }
    Ok(connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?)
}
