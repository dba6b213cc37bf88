//! Freezes the cache into a file of its own, as a whole or as it was at some time.
//!
//! What is kept is decided record by record and written anew, so the file never
//! held anything else: no free page, index or dictionary remembers what is left
//! out. Sentry rewrites an issue's words and counts with each event; an issue that
//! went on later is therefore told again from the events until then, or left out.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::event::title;
use super::frame::Place;
use super::record::{EventRecord, Mapping, Rank, Record, Site};
use super::write::{ISSUE_COLUMNS, Writer, read_issue};
use super::{Event, Issue, SentryCache, SentryError, query};
use crate::store::{Store, StoreError};

/// The row of `sentry_state` that makes a file a snapshot.
const KEY: &str = "snapshot";

/// What a snapshot says of itself; it tells nothing of what was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Seconds since the epoch: nothing in the file is newer. `None`: all there was.
    pub until: Option<i64>,
    /// Digest of the cache that it was taken from.
    pub source: String,
    /// Version of the program that took it.
    pub version: String,
    pub issues: usize,
    pub events: usize,
}

/// What freezing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotReport {
    pub manifest: Manifest,
    pub left_out: LeftOut,
}

/// What a snapshot leaves out or tells again, by the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Issues first seen later.
    pub issues_later: usize,
    /// Issues that may be older, but of which all that is known is later or undated.
    pub issues_unsupported: usize,
    pub events_later: usize,
    /// Events whose time is not known.
    pub events_undated: usize,
    /// Issues that went on later: cut back to their events until then.
    pub issues_cut: usize,
    /// Summaries and root causes; when they were written is not known.
    pub summaries: usize,
    /// States such as resolved, which may have been set later.
    pub states: usize,
}

/// Writes a snapshot; see [`SentryCache::snapshot`].
pub(super) fn freeze(
    store: &Store,
    file: &Path,
    until: Option<i64>,
) -> Result<SnapshotReport, SentryError> {
    if file.exists() {
        return Err(SentryError::Exists(file.to_owned()));
    }
    let io = |source| SentryError::Write { path: file.to_owned(), source };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Beside the file, so that it can be renamed; SQLite takes an empty file.
    let scratch = tempfile::Builder::new().prefix(".forewarn-").tempdir_in(folder).map_err(io)?;
    let path = scratch.path().join("snapshot.db");
    let report = copy(store, &Store::open(&path)?, until)?;
    // One file, which can be read where nothing can be written.
    let connection = Connection::open(&path)?;
    connection.pragma_update(None, "journal_mode", "delete")?;
    connection.execute_batch("VACUUM")?;
    drop(connection);
    let path = tempfile::TempPath::try_from_path(path).map_err(io)?;
    path.persist_noclobber(file).map_err(|e| match e.error.kind() {
        std::io::ErrorKind::AlreadyExists => SentryError::Exists(file.to_owned()),
        _ => io(e.error),
    })?;
    Ok(report)
}

/// Opens a snapshot to read only.
pub fn open_snapshot(file: &Path) -> Result<(Store, Manifest), SentryError> {
    if !file.is_file() {
        let kind = match file.is_dir() {
            true => std::io::ErrorKind::IsADirectory,
            false => std::io::ErrorKind::NotFound,
        };
        let source = std::io::Error::from(kind);
        return Err(SentryError::Io { path: file.to_owned(), source });
    }
    let store = match Store::open_read_only(file) {
        Err(StoreError::Damaged { .. }) => return Err(SentryError::NotSnapshot(file.to_owned())),
        other => other?,
    };
    let manifest = manifest(&store.lock())?;
    match manifest {
        Some(manifest) => Ok((store, manifest)),
        None => Err(SentryError::NotSnapshot(file.to_owned())),
    }
}

pub(super) fn manifest(db: &Connection) -> Result<Option<Manifest>, SentryError> {
    let text: Option<String> = db
        .query_row("SELECT value FROM sentry_state WHERE key = ?1", [KEY], |r| r.get(0))
        .optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Copies what may stay from one store into an empty one.
fn copy(from: &Store, to: &Store, until: Option<i64>) -> Result<SnapshotReport, SentryError> {
    let mut db = from.connect()?;
    // One transaction: an import at the same time is in it as a whole or not at all.
    let source = db.transaction()?;
    let digest = query::digest(&source)?;
    let newest = query::counts(&source)?.1;
    let mut left_out = LeftOut::default();
    let mut writer = Writer::new(to, 0, String::new())?;
    let (mut issues, mut events) = (0, 0);
    let sql = format!("SELECT {ISSUE_COLUMNS}, i.whole, i.row FROM sentry_issue i ORDER BY i.id");
    let mut statement = source.prepare(&sql)?;
    let [whole_column, row_column] = [2, 1].map(|n| statement.column_count() - n);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (issue, number): (Issue, i64) = (read_issue(row)?, row.get(row_column)?);
        let whole = row.get(whole_column)?;
        let kept = match until {
            None => issue,
            Some(until) => {
                let over = newest.is_none_or(|newest| newest > until);
                match then(&source, issue, (number, whole), (until, over), &mut left_out)? {
                    Some(issue) => issue,
                    None => continue,
                }
            }
        };
        writer.put(Record::Issue(Box::new(kept.clone())), 0, &mut |_| {})?;
        issues += 1;
        let mut of_issue = source.prepare_cached(
            "SELECT row, rank FROM sentry_event WHERE issue = ?1 AND (?2 IS NULL OR time <= ?2)
             ORDER BY id",
        )?;
        let mut of_issue = of_issue.query(params![number, until])?;
        while let Some(row) = of_issue.next()? {
            let record = record(&source, row.get(0)?, row.get(1)?, &kept)?;
            writer.put(Record::Event(Box::new(record)), 0, &mut |_| {})?;
            events += 1;
        }
    }
    let mut mappings =
        source.prepare("SELECT project, stack_root, source_root FROM sentry_mapping")?;
    let mut rows = mappings.query([])?;
    while let Some(row) = rows.next()? {
        let mapping =
            Mapping { project: row.get(0)?, stack_root: row.get(1)?, source_root: row.get(2)? };
        writer.put(Record::Mapping(mapping), 0, &mut |_| {})?;
    }
    writer.flush(&mut |_| {})?;
    // A snapshot is no import, and when the cache's were made is no matter of then.
    to.lock().execute("DELETE FROM sentry_import", [])?;
    let manifest = Manifest {
        until,
        source: digest,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        issues,
        events,
    };
    query::keep_digest(&mut to.connect()?)?;
    to.lock().execute(
        "INSERT INTO sentry_state (key, value) VALUES (?1, ?2)",
        params![KEY, serde_json::to_string(&manifest)?],
    )?;
    Ok(SnapshotReport { manifest, left_out })
}

/// The issue as it stood at a time; `None` if nothing of it is known to be so old.
/// `whole` says whether it is known from more than its events, `over` whether the
/// cache knows anything later.
fn then(
    db: &Connection,
    issue: Issue,
    (row, whole): (i64, bool),
    (until, over): (i64, bool),
    left_out: &mut LeftOut,
) -> Result<Option<Issue>, SentryError> {
    let (kept, first, last, later, undated): (i64, Option<i64>, Option<i64>, i64, i64) = db
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE time <= ?2), min(time),
                    max(time) FILTER (WHERE time <= ?2), count(*) FILTER (WHERE time > ?2),
                    count(*) FILTER (WHERE time IS NULL)
             FROM sentry_event WHERE issue = ?1",
        )?
        .query_row([row, until], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?;
    let count = |n: i64| usize::try_from(n).unwrap_or_default();
    let born_later = issue.first_seen.is_some_and(|first| first > until);
    left_out.events_later += count(if born_later { later + kept } else { later });
    left_out.events_undated += count(undated);
    if born_later {
        left_out.issues_later += 1;
        return Ok(None);
    }
    // Every field is named here, so that a new one is not carried along unseen: its
    // words may be later ones.
    let Issue {
        id,
        short_id,
        title: words,
        error_type,
        message,
        culprit,
        level,
        status,
        count: times,
        users,
        first_seen,
        last_seen,
        permalink,
        project,
        platform,
        summary,
        root_cause,
        meta_file,
        meta_function,
        unhandled,
        priority,
        substatus,
    } = issue;
    // One known only from its events counts those without a time too.
    let ended =
        last_seen.is_some_and(|last| last <= until) && later == 0 && (whole || undated == 0);
    if !ended && kept == 0 {
        match first {
            Some(_) if later > 0 && first_seen.is_none() => left_out.issues_later += 1,
            _ => left_out.issues_unsupported += 1,
        }
        return Ok(None);
    }
    left_out.summaries += usize::from(summary.is_some() || root_cause.is_some());
    let changed = over && status != "unresolved";
    left_out.states += usize::from(changed);
    let mut then = Issue {
        id,
        short_id,
        title: words,
        error_type,
        message,
        culprit,
        level,
        status: if changed { "unresolved".to_owned() } else { status },
        count: times,
        users,
        first_seen,
        last_seen,
        permalink,
        project,
        platform,
        summary: None,
        root_cause: None,
        // These are of the newest event...
        meta_file: meta_file.filter(|_| ended),
        meta_function: meta_function.filter(|_| ended),
        unhandled: unhandled.filter(|_| ended),
        // ...and these change without one.
        priority: priority.filter(|_| !over),
        substatus: substatus.filter(|_| !over),
    };
    if !ended {
        left_out.issues_cut += 1;
        let newest: i64 = db
            .prepare_cached(
                "SELECT row FROM sentry_event WHERE issue = ?1 AND time <= ?2
                 ORDER BY time DESC, id DESC LIMIT 1",
            )?
            .query_row([row, until], |r| r.get(0))?;
        let event = query::event(db, newest)?.ok_or(SentryError::NotFound(then.id.clone()))?;
        tell_again(&mut then, &event);
        then.count = u64::try_from(kept).unwrap_or_default();
        // Who was affected by then is not in the events, which are scrubbed.
        then.users = 0;
        then.first_seen = then.first_seen.or(first);
        then.last_seen = last;
    }
    Ok(Some(then))
}

/// Takes an issue's words from one of its events, as Sentry takes them from the
/// newest one.
fn tell_again(issue: &mut Issue, event: &Event) {
    let tag = |key: &str| {
        let found = event.tags.iter().find(|(k, v)| k == key && !v.is_empty());
        found.map(|(_, value)| value.clone())
    };
    let raised = event.exceptions.last();
    issue.error_type = raised.map(|e| e.error_type.clone()).filter(|t| !t.is_empty());
    let value = raised.map(|e| e.value.clone()).filter(|v| !v.is_empty());
    issue.message = value.unwrap_or_else(|| event.message.clone());
    issue.title = title(issue.error_type.as_deref(), &issue.message);
    issue.culprit = tag("transaction");
    issue.level = tag("level").unwrap_or_else(|| "error".to_owned());
}

/// An event as it was written, with the places of its frames.
fn record(
    db: &Connection,
    row: i64,
    quality: u8,
    issue: &Issue,
) -> Result<EventRecord, SentryError> {
    let event = query::event(db, row)?.ok_or(SentryError::NotFound(issue.id.clone()))?;
    let mut statement = db.prepare_cached(
        "SELECT exception, position, distance, path, base, absolute, function, in_app, crash, root
         FROM sentry_placed WHERE event = ?1 ORDER BY exception, position",
    )?;
    let size = |r: &rusqlite::Row<'_>, n: usize| r.get::<_, u32>(n).map(|v| v as usize);
    let sites = statement
        .query_map([row], |r| {
            Ok(Site {
                exception: size(r, 0)?,
                position: size(r, 1)?,
                distance: size(r, 2)?,
                path: Place {
                    path: r.get(3)?,
                    base: r.get(4)?,
                    absolute: r.get(5)?,
                    root: r.get(9)?,
                },
                function: r.get(6)?,
                in_app: r.get(7)?,
                crash: r.get(8)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(EventRecord { event, issue: issue.clone(), rank: Rank::of_quality(quality), sites })
}

impl SentryCache<'_> {
    /// Freezes the cache into a new file, which [`open_snapshot`] reads. With `until`
    /// (seconds since the epoch) nothing in it is newer, whichever way it is read:
    /// what may be newer, as a summary without a time, is left out.
    ///
    /// Fails with [`SentryError::Exists`] if there is such a file; then, and after any
    /// other failure, nothing was written.
    pub fn snapshot(&self, file: &Path, until: Option<i64>) -> Result<SnapshotReport, SentryError> {
        freeze(self.store, file, until)
    }
}
