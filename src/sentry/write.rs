//! Writes records into the cache. What is there already is replaced only by
//! something newer or better, so the order of files does not matter and a
//! second import changes nothing.

mod event;
mod issue;
mod place;

use rusqlite::{Connection, TransactionBehavior, params};

use super::record::{Mapping, Note, Record};
use super::{ImportRecord, ImportReport, Issue, SentryError};
use crate::store::{Store, StoreError};
use event::{Packer, Waiting, put_event};
use issue::{put_issue, put_mapping, put_note, put_text, signed};
use place::Places;

pub(super) use issue::{ISSUE_COLUMNS, read_issue};
pub(super) use place::sweep;

/// Records in one transaction: an interruption loses at most these, and a rerun
/// brings them back. Others who write wait for it, about a second. The places of so
/// many touch nearly every page of their index, which is written once for all of them.
const BATCH: usize = 16_000;
/// Bytes of events that wait for it, with their frames and places; and bytes of the
/// export for other records.
const HELD: usize = 72 << 20;
const WEIGHT: usize = 24 << 20;
/// Contradictions told one by one.
const TOLD: usize = 20;
/// Imports that are remembered.
const IMPORTS: i64 = 100;
/// Statements that stay prepared; an import alternates between some twenty.
const STATEMENTS: usize = 64;
/// The page cache, in KiB: ids come in no order, so their index is touched all over.
const CACHE: i64 = 96 << 10;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Issue,
    Event,
    Note,
    Mapping,
    Unchanged,
}

/// A record that waits for its batch.
enum Pending {
    Event(Box<Waiting>),
    Issue(Box<Issue>),
    Text(Box<Issue>),
    Note(Box<Note>),
    Mapping(Mapping),
}

/// Collects records and writes them batch by batch on a connection of its own.
pub(super) struct Writer<'a> {
    store: &'a Store,
    connection: Connection,
    pending: Vec<Pending>,
    weight: usize,
    held: usize,
    /// Time and paths of this import, and its row once something was written.
    time: i64,
    what: String,
    log: Option<i64>,
    told: Told,
    packer: Packer,
    places: Places,
}

/// Ids that say two things.
#[derive(Default)]
struct Told {
    list: Vec<String>,
    more: usize,
}

impl Told {
    fn add(&mut self, what: String) {
        if self.list.len() < TOLD {
            self.list.push(what);
        } else {
            self.more += 1;
        }
    }
}

impl<'a> Writer<'a> {
    /// `time` in seconds since the epoch and the paths, one a line, go into the list
    /// of imports.
    pub(super) fn new(store: &'a Store, time: i64, what: String) -> Result<Self, SentryError> {
        let connection = store.connect()?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "cache_size", -CACHE)?;
        Ok(Self {
            store,
            connection,
            pending: Vec::new(),
            weight: 0,
            held: 0,
            time,
            what,
            log: None,
            told: Told::default(),
            packer: Packer::new()?,
            places: Places::default(),
        })
    }

    /// Takes a record that was `weight` bytes of the export; `done` hears what became
    /// of each record of a batch.
    pub(super) fn put(
        &mut self,
        record: Record,
        weight: usize,
        done: &mut dyn FnMut(Written),
    ) -> Result<(), SentryError> {
        if !matches!(record, Record::Event(_)) {
            self.weight += weight;
        }
        self.pending.push(match record {
            Record::Event(event) => {
                let waiting = self.packer.take(*event, &mut self.places)?;
                self.held += waiting.held();
                Pending::Event(Box::new(waiting))
            }
            Record::Issue(issue) => Pending::Issue(issue),
            Record::Text(issue) => Pending::Text(issue),
            Record::Note(note) => Pending::Note(note),
            Record::Mapping(mapping) => Pending::Mapping(mapping),
        });
        let held = self.held + self.packer.held() + self.places.held();
        let full = held >= HELD || self.weight >= WEIGHT;
        if full || self.pending.len() >= BATCH { self.flush(done) } else { Ok(()) }
    }

    /// Writes what is pending; without any, the file is not touched.
    pub(super) fn flush(&mut self, done: &mut dyn FnMut(Written)) -> Result<(), SentryError> {
        (self.weight, self.held) = (0, 0);
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut written = Vec::with_capacity(self.pending.len());
        let result = self.batch(&mut written);
        result.map_err(|source| busy(self.store, source))?;
        self.pending.clear();
        self.packer.clear();
        self.places.clear();
        written.into_iter().for_each(done);
        Ok(())
    }

    fn batch(&mut self, written: &mut Vec<Written>) -> Result<(), SentryError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut log = self.log;
        if log.is_none() {
            let report = serde_json::to_string(&ImportReport::default())?;
            tx.execute(
                "INSERT INTO sentry_import (time, what, finished, report) VALUES (?1, ?2, 0, ?3)",
                params![self.time, self.what, report],
            )?;
            log = Some(tx.last_insert_rowid());
        }
        let mut places = self.places.begin();
        for record in &self.pending {
            written.push(match record {
                Pending::Event(event) => {
                    put_event(&tx, event, &mut self.packer, &mut places, &mut self.told)?
                }
                Pending::Issue(issue) => put_issue(&tx, issue, &mut self.told)?,
                Pending::Text(issue) => put_text(&tx, issue)?,
                Pending::Note(note) => put_note(&tx, note)?,
                Pending::Mapping(mapping) => put_mapping(&tx, mapping, &mut self.told)?,
            });
        }
        places.finish(&tx)?;
        if written.iter().any(|w| *w != Written::Unchanged) {
            tx.execute("DELETE FROM sentry_state WHERE key = 'digest'", [])?;
        }
        tx.commit()?;
        self.log = log;
        Ok(())
    }

    /// What was told of one id in two ways.
    pub(super) fn contradictions(&mut self) -> Vec<String> {
        let mut list = std::mem::take(&mut self.told.list);
        if self.told.more > 0 {
            list.push(format!("{} more contradictions", self.told.more));
        }
        list
    }

    /// Enters the finished import into the list of imports.
    pub(super) fn finish(&mut self, report: &ImportReport) -> Result<(), SentryError> {
        let Some(row) = self.log else { return Ok(()) };
        let report = serde_json::to_string(report)?;
        let update = || -> rusqlite::Result<()> {
            self.connection.execute(
                "UPDATE sentry_import SET finished = 1, report = ?2 WHERE id = ?1",
                params![row, report],
            )?;
            self.connection.execute(
                "DELETE FROM sentry_import WHERE id <= (SELECT max(id) FROM sentry_import) - ?1",
                [IMPORTS],
            )?;
            Ok(())
        };
        update().map_err(|error| busy(self.store, error.into()))
    }
}

/// The last imports, newest first.
pub(super) fn imports(db: &Connection, limit: usize) -> Result<Vec<ImportRecord>, SentryError> {
    let mut statement = db.prepare_cached(
        "SELECT time, what, finished, report FROM sentry_import ORDER BY id DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([signed(limit as u64)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let what: String = row.get(1)?;
        found.push(ImportRecord {
            time: row.get(0)?,
            what: what.lines().map(str::to_owned).collect(),
            finished: row.get(2)?,
            report: serde_json::from_str(row.get_ref(3)?.as_str().unwrap_or_default())?,
        });
    }
    Ok(found)
}

/// Names the failure that a user can act on.
fn busy(store: &Store, error: SentryError) -> SentryError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    match &error {
        SentryError::Query(e)
            if matches!(e.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked)) =>
        {
            StoreError::Locked { path: store.path().to_owned() }.into()
        }
        _ => error,
    }
}
