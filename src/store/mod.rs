//! The one SQLite file of a repository's state: reviews, findings, traces,
//! memories, reactions, the code index and the Sentry cache.
//!
//! Each part of the program owns its tables and its numbered migration under
//! `src/store/migrations/`; this module opens the file, migrates it and hands
//! out connections. The file is in WAL mode, so two processes at once work.
//!
//! The documentation of a user's packages lies in a file of its own, which
//! [`Store::open_with`] opens in the same way.

mod memory;
mod migrate;
mod reaction;
mod review;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use include_dir::{Dir, include_dir};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub use memory::Memory;
pub use reaction::{Reaction, Vote};
pub use review::{ReviewRecord, ReviewSummary, TraceEvent, TraceKind, review_id};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/store/migrations");

/// How long a writer waits for another one.
const BUSY: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("could not open the database {}", path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("could not create the folder {}", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "the database {} was written by a newer forewarn (schema {found}, this one knows {known})",
        path.display()
    )]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the database {} is locked by another process", path.display())]
    Locked { path: PathBuf },
    #[error("{} is not a forewarn database, or it is damaged", path.display())]
    Damaged { path: PathBuf },
    #[error("the schema change `{name}` failed")]
    Migrate {
        name: String,
        #[source]
        source: rusqlite::Error,
    },
    #[error("a database query failed")]
    Query(#[from] rusqlite::Error),
    #[error("a stored record could not be read")]
    Record(#[from] serde_json::Error),
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    #[error("`{id}` begins the id of more than one {what}: {}", candidates.join(", "))]
    Ambiguous { what: &'static str, id: String, candidates: Vec<String> },
}

/// An open database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    busy: Duration,
    migrations: &'static Dir<'static>,
    read_only: bool,
    connection: Mutex<Connection>,
    /// Holds the file if it is a copy; dropped after the connection.
    _copy: Option<tempfile::TempDir>,
}

impl Store {
    /// Opens or creates the database file and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_waiting(path, BUSY)
    }

    /// Like [`Self::open`], with the time to wait for other writers.
    pub fn open_waiting(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        Self::create(path, busy, &MIGRATIONS)
    }

    /// Like [`Self::open`], for a file with a schema of its own: a folder of
    /// numbered SQL files.
    pub fn open_with(path: &Path, migrations: &'static Dir<'static>) -> Result<Self, StoreError> {
        Self::create(path, BUSY, migrations)
    }

    /// Opens an existing file to read only: nothing is written to it or beside it.
    /// One with an older schema is read from a temporary copy, which is migrated.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let connection = connect_read_only(path, BUSY)?;
        migrate::recognise(&connection, path, &MIGRATIONS)?;
        if migrate::is_current(&connection, path, &MIGRATIONS)? {
            return Ok(Self {
                path: path.to_owned(),
                busy: BUSY,
                migrations: &MIGRATIONS,
                read_only: true,
                connection: Mutex::new(connection),
                _copy: None,
            });
        }
        drop(connection);
        let folder = |source| StoreError::Folder { path: std::env::temp_dir(), source };
        let copy = tempfile::tempdir().map_err(folder)?;
        let file = copy.path().join("copy.db");
        std::fs::copy(path, &file).map_err(folder)?;
        Ok(Self { _copy: Some(copy), ..Self::open(&file)? })
    }

    fn create(
        path: &Path,
        busy: Duration,
        migrations: &'static Dir<'static>,
    ) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        }
        let mut connection = connect(path, busy, migrations)?;
        migrate::migrate(&mut connection, path, migrations)?;
        Ok(Self {
            path: path.to_owned(),
            busy,
            migrations,
            read_only: false,
            connection: Mutex::new(connection),
            _copy: None,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that it lies in, for files that can be made anew.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The shared connection; hold it briefly.
    pub fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A connection of the caller's own, for long reads or bulk writes.
    pub fn connect(&self) -> Result<Connection, StoreError> {
        if self.read_only {
            return connect_read_only(&self.path, self.busy);
        }
        connect(&self.path, self.busy, self.migrations)
    }

    /// Names the failures of a query that a user can act on.
    pub fn failed(&self, source: rusqlite::Error) -> StoreError {
        match classify(&self.path, source) {
            StoreError::Open { source, .. } => StoreError::Query(source),
            other => other,
        }
    }
}

fn connect(
    path: &Path,
    busy: Duration,
    migrations: &'static Dir<'static>,
) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(busy)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Else some statements are compiled anew for each bound value, which takes
        // longer than they do.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    };
    let connection = open().map_err(|source| classify(path, source))?;
    // Before anything is written: the journal mode stands in the file's header.
    migrate::recognise(&connection, path, migrations)?;
    use_wal(&connection, busy)
        .and_then(|()| connection.pragma_update(None, "synchronous", "normal"))
        .map_err(|source| classify(path, source))?;
    Ok(connection)
}

fn connect_read_only(path: &Path, busy: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(busy)?;
        Ok(connection)
    };
    open().map_err(|source| classify(path, source))
}

/// Switches the file to WAL mode. SQLite does not wait for a lock here, since
/// two processes that both switch would wait for each other, so this tries again.
fn use_wal(connection: &Connection, busy: Duration) -> rusqlite::Result<()> {
    let deadline = Instant::now() + busy;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                if Instant::now() >= deadline {
                    return Err(e);
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}

/// Names the failures that a user can act on; anything else is [`StoreError::Open`].
fn classify(path: &Path, source: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase};
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => StoreError::Locked { path },
        Some(NotADatabase | DatabaseCorrupt) => StoreError::Damaged { path },
        _ => StoreError::Open { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/forewarn.db");
        (folder, path)
    }

    #[test]
    fn a_new_file_is_migrated_and_opens_again() {
        let (_folder, path) = folder();
        let store = Store::open(&path).unwrap();
        store.add_memory("kept", Memory::USER, 1).unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.memories().unwrap().len(), 1);
        let mode: String =
            store.lock().pragma_query_value(None, "journal_mode", |r| r.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn reading_only_leaves_a_file_as_it_was() {
        let (folder, path) = folder();
        drop(Store::open(&path).unwrap());
        let raw = Connection::open(&path).unwrap();
        raw.pragma_update(None, "journal_mode", "delete").unwrap();
        drop(raw);
        // Without a schema, as a file from before the first migration.
        let old = folder.path().join("state/old.db");
        std::fs::write(&old, b"").unwrap();
        for path in [&path, &old] {
            let before = std::fs::read(path).unwrap();
            let store = Store::open_read_only(path).unwrap();
            assert_eq!(store.memories().unwrap(), []);
            let connection = store.connect().unwrap();
            connection.query_row("SELECT count(*) FROM memory", [], |_| Ok(())).unwrap();
            drop((store, connection));
            assert_eq!(std::fs::read(path).unwrap(), before);
        }
        assert_eq!(std::fs::read_dir(folder.path().join("state")).unwrap().count(), 2);
        assert!(Store::open_read_only(&path.with_file_name("none.db")).is_err());
    }

    #[test]
    fn a_newer_database_is_refused_and_left_as_it_was() {
        let (_folder, path) = folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 4000;").unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        match Store::open(&path) {
            Err(StoreError::Newer { found: 4000, known, .. }) => assert!(known >= 1),
            other => panic!("{other:?}"),
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_is_not_our_database_is_refused_and_left_as_it_was() {
        let (_folder, path) = folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let foreign = path.with_file_name("foreign.db");
        Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
        for bytes in [
            b"not a database, but long enough to be looked at".repeat(40),
            std::fs::read(&foreign).unwrap(),
        ] {
            std::fs::write(&path, &bytes).unwrap();
            assert!(matches!(Store::open(&path), Err(StoreError::Damaged { .. })));
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn a_damaged_database_is_named_as_such() {
        let (_folder, path) = folder();
        let store = Store::open(&path).unwrap();
        for n in 0..200 {
            store.add_memory(&"x".repeat(500), Memory::USER, n).unwrap();
        }
        store.lock().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        // All but the first page, which holds the schema.
        bytes[4096..].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        let outcome = Store::open(&path).and_then(|s| s.memories());
        assert!(matches!(outcome, Err(StoreError::Damaged { .. })), "{outcome:?}");
    }

    #[test]
    fn a_locked_database_is_named_as_such_once_the_wait_is_over() {
        let (_folder, path) = folder();
        let holder = Store::open(&path).unwrap();
        let waiter = Store::open_waiting(&path, Duration::from_millis(20)).unwrap();
        holder.lock().execute_batch("BEGIN IMMEDIATE").unwrap();
        let outcome = waiter.add_memory("x", Memory::USER, 1);
        assert!(matches!(outcome, Err(StoreError::Locked { .. })), "{outcome:?}");
        holder.lock().execute_batch("COMMIT").unwrap();
        waiter.add_memory("x", Memory::USER, 1).unwrap();
    }

    #[test]
    fn a_database_locked_before_it_is_migrated_is_named_as_such() {
        let (_folder, path) = folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let outcome = Store::open_waiting(&path, Duration::from_millis(20));
        assert!(matches!(outcome, Err(StoreError::Locked { .. })), "{outcome:?}");
    }

    #[test]
    fn writers_that_open_and_write_at_once_all_succeed() {
        let (_folder, path) = folder();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    let store = Store::open(path).unwrap();
                    for n in 0..25 {
                        store.add_memory(&format!("{writer}/{n}"), Memory::USER, n).unwrap();
                    }
                });
            }
        });
        assert_eq!(Store::open(&path).unwrap().memories().unwrap().len(), 100);
    }
}
