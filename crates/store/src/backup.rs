//! A copy of the embedded database, made while it is in use.
//!
//! SQLite's backup interface copies page by page in one read transaction: a
//! snapshot with everything that was committed before, also what is only in the
//! write-ahead log, and no lock that the writer waits for. `VACUUM INTO` holds the
//! same snapshot, but for longer, because it builds every table and index anew.

use std::path::{Path, PathBuf};

use rusqlite::backup::StepResult;
use rusqlite::{Connection, ErrorCode};

use crate::migrations::missing_sqlite;
use crate::{Location, MigrationError, Options, StoreError, sqlite};

/// What [`backup`] wrote.
#[derive(Debug)]
pub struct Backup {
    /// Size of the file.
    pub bytes: u64,
    /// Migrations that this version will apply when it opens the copy: the
    /// database was last used by an older one.
    pub pending: Vec<String>,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has its own tools.
    #[error(
        "slotd backup copies the embedded database, and this data is in PostgreSQL: use pg_dump"
    )]
    Postgres,
    /// The embedded database is not there.
    #[error("there is no database {} to back up", .0.display())]
    NoDatabase(PathBuf),
    /// The database has no instance, or is none of slotd's.
    #[error("the database {} holds no instance of slotd yet", .0.display())]
    NoInstance(PathBuf),
    /// A file is never overwritten.
    #[error("{} is there already: a backup overwrites nothing", .0.display())]
    Exists(PathBuf),
    /// The file's folder is not there.
    #[error("there is no folder {} to write the backup to", .0.display())]
    NoFolder(PathBuf),
    /// The file cannot be written.
    #[error("{} cannot be written", path.display())]
    File {
        /// The backup.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The copy is damaged, so the database is.
    #[error("the database is damaged, the backup was not kept: {0}")]
    Damaged(String),
    /// The copy has migrations that this version cannot vouch for.
    #[error("the backup was not kept")]
    Migration(#[from] MigrationError),
    /// The database cannot be read, or the copy not written.
    #[error("the database cannot be copied")]
    Store(#[from] StoreError),
}

/// Copies the embedded database to a new file that only its owner can read.
///
/// The copy is made beside the file, checked, and on the disk before it gets its
/// name: a file with that name is a whole backup. It is one file without a
/// write-ahead log. Works beside running servers; blocks until it is done.
///
/// # Errors
///
/// When the file is there already, when there is nothing to back up, or when the
/// copy does not pass the checks. Nothing is left behind then.
pub fn backup(options: &Options, path: &Path) -> Result<Backup, BackupError> {
    let Location::Sqlite(database) = &options.location else {
        return Err(BackupError::Postgres);
    };
    // An empty file is what a first start leaves that was interrupted at once.
    if std::fs::metadata(database).map_or(0, |file| file.len()) == 0 {
        return Err(BackupError::NoDatabase(database.clone()));
    }
    if std::fs::symlink_metadata(path).is_ok() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(BackupError::NoFolder(folder.to_owned()));
    }
    let failed = |source| BackupError::File { path: path.to_owned(), source };
    let draft = tempfile::Builder::new()
        .prefix(".slotd-backup-")
        .suffix(".draft")
        .tempfile_in(folder)
        .map_err(failed)?;
    copy(database, draft.path()).map_err(copying)?;
    let pending = check(draft.path(), database)?;
    draft.as_file().sync_all().map_err(failed)?;
    let bytes = draft.as_file().metadata().map_err(failed)?.len();
    draft.persist_noclobber(path).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
        _ => failed(error.error),
    })?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(Backup { bytes, pending })
}

fn copying(error: rusqlite::Error) -> BackupError {
    let code = error.sqlite_error_code();
    if matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        return BackupError::Damaged(error.to_string());
    }
    StoreError::from_sqlite("backup", error).into()
}

fn copy(database: &Path, draft: &Path) -> rusqlite::Result<()> {
    let source = sqlite::open_reader(database)?;
    let mut target = Connection::open(draft)?;
    let backup = rusqlite::backup::Backup::new(&source, &mut target)?;
    // All pages in one step: between two, a commit of another process would make
    // SQLite begin again, and a busy server would never let it end.
    let ended = backup.step(-1)?;
    drop(backup);
    if ended != StepResult::Done {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        ));
    }
    // The copy says that it has a write-ahead log, as its source does. One file is
    // easier to keep; slotd gives it a log again when it opens it.
    target.pragma_update(None, "journal_mode", "delete")?;
    target.close().map_err(|(_, error)| error)
}

/// Looks at the copy as it will be found when it is needed, and names the
/// migrations it lacks.
fn check(draft: &Path, database: &Path) -> Result<Vec<String>, BackupError> {
    let copy = sqlite::open_reader(draft).map_err(copying)?;
    let rows = |sql: &str, column: usize| -> Result<Vec<String>, BackupError> {
        let mut statement = copy.prepare(sql).map_err(copying)?;
        let rows = statement.query_map([], |row| row.get(column)).map_err(copying)?;
        rows.collect::<Result<_, _>>().map_err(copying)
    };
    let found = rows("pragma integrity_check(10)", 0)?;
    if found != ["ok"] {
        let found = found.iter().flat_map(|text| text.lines()).collect::<Vec<_>>().join("; ");
        return Err(BackupError::Damaged(found));
    }
    if let Some(table) = rows("pragma foreign_key_check", 0)?.first() {
        return Err(BackupError::Damaged(format!("a row of {table} refers to none")));
    }
    // Reading the schema worked: what fails now is a table that is not there.
    let instances = copy.query_row("select count(*) from instance", [], |row| row.get(0));
    if !matches!(instances, Ok(1_i64)) {
        return Err(BackupError::NoInstance(database.to_owned()));
    }
    Ok(missing_sqlite(&copy)?.iter().map(|migration| migration.label()).collect())
}
