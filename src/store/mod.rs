//! The one SQLite file of a repository's state: reviews, findings, traces,
//! memories, reactions, the code index and the Sentry cache.
//!
//! Each part of the program owns its tables and its numbered migration under
//! `src/store/migrations/`; this module opens the file, migrates it and hands
//! out connections. The file is in WAL mode, so two processes at once work.

mod memory;
mod migrate;
mod reaction;
mod review;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use memory::Memory;
pub use reaction::{Reaction, Vote};
pub use review::{ReviewRecord, ReviewSummary, TraceEvent, TraceKind};

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
}

/// An open database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens or creates the database file and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        }
        let mut connection = connect(path)?;
        migrate::migrate(&mut connection, path)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The shared connection; hold it briefly.
    pub fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A connection of the caller's own, for long reads or bulk writes.
    pub fn connect(&self) -> Result<Connection, StoreError> {
        connect(&self.path)
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    open().map_err(|source| classify(path, source))
}

/// Names the two failures that a user can act on.
fn classify(path: &Path, source: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase};
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => StoreError::Locked { path },
        Some(NotADatabase | DatabaseCorrupt) => StoreError::Damaged { path },
        _ => StoreError::Open { path, source },
    }
}
