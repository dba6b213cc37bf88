//! Writes records into the cache. What is there already is replaced only by
//! something newer or better, so the order of files does not matter and a
//! second import changes nothing.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::event::LOCAL;
use super::record::{EventRecord, Record};
use super::{Issue, SentryError, frame};
use crate::store::{Store, StoreError};

/// Records in one transaction: an interruption loses at most these, and a rerun
/// brings them back.
const BATCH: usize = 500;
const COMPRESSION: i32 = 3;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Issue,
    Event,
    Unchanged,
}

/// Collects records and writes them batch by batch on a connection of its own.
pub(super) struct Writer<'a> {
    store: &'a Store,
    connection: Connection,
    pending: Vec<Record>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(store: &'a Store) -> Result<Self, SentryError> {
        Ok(Self { store, connection: store.connect()?, pending: Vec::new() })
    }

    /// Takes a record; `done` hears what became of each record of a batch.
    pub(super) fn put(
        &mut self,
        record: Record,
        done: &mut dyn FnMut(Written),
    ) -> Result<(), SentryError> {
        self.pending.push(record);
        if self.pending.len() >= BATCH { self.flush(done) } else { Ok(()) }
    }

    /// Writes what is pending; without any, the file is not touched.
    pub(super) fn flush(&mut self, done: &mut dyn FnMut(Written)) -> Result<(), SentryError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut written = Vec::with_capacity(self.pending.len());
        let result = self.batch(&mut written);
        result.map_err(|source| busy(self.store, source))?;
        self.pending.clear();
        written.into_iter().for_each(done);
        Ok(())
    }

    fn batch(&mut self, written: &mut Vec<Written>) -> Result<(), SentryError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for record in &self.pending {
            written.push(match record {
                Record::Issue(issue) => put_issue(&transaction, issue)?,
                Record::Event(event) => put_event(&transaction, event)?,
            });
        }
        if written.iter().any(|w| *w != Written::Unchanged) {
            transaction.execute("DELETE FROM sentry_state WHERE key = 'digest'", [])?;
        }
        transaction.commit()?;
        Ok(())
    }
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

struct Known {
    row: i64,
    issue: Issue,
    whole: bool,
}

pub(super) const ISSUE_COLUMNS: &str = "i.id, i.short_id, i.title, i.error_type, i.message, \
    i.culprit, i.level, i.status, i.count, i.users, i.first_seen, i.last_seen, i.permalink, \
    i.project, i.platform, i.summary";

pub(super) fn read_issue(row: &Row<'_>) -> rusqlite::Result<Issue> {
    let unsigned = |n: usize| row.get::<_, i64>(n).map(|v| u64::try_from(v).unwrap_or_default());
    Ok(Issue {
        id: row.get(0)?,
        short_id: row.get(1)?,
        title: row.get(2)?,
        error_type: row.get(3)?,
        message: row.get(4)?,
        culprit: row.get(5)?,
        level: row.get(6)?,
        status: row.get(7)?,
        count: unsigned(8)?,
        users: unsigned(9)?,
        first_seen: row.get(10)?,
        last_seen: row.get(11)?,
        permalink: row.get(12)?,
        project: row.get(13)?,
        platform: row.get(14)?,
        summary: row.get(15)?,
    })
}

fn known(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Known>> {
    let sql = format!("SELECT {ISSUE_COLUMNS}, i.row, i.whole FROM sentry_issue i WHERE i.id = ?1");
    tx.prepare_cached(&sql)?
        .query_row([id], |row| {
            Ok(Known { issue: read_issue(row)?, row: row.get(16)?, whole: row.get(17)? })
        })
        .optional()
}

fn put_issue(tx: &Transaction<'_>, incoming: &Issue) -> Result<Written, SentryError> {
    let Some(known) = known(tx, &incoming.id)? else {
        let row = insert_issue(tx, incoming, true)?;
        index_text(tx, row, incoming)?;
        return Ok(Written::Issue);
    };
    let merged = if known.whole { merge(&known.issue, incoming) } else { incoming.clone() };
    if known.whole && merged == known.issue {
        return Ok(Written::Unchanged);
    }
    update_issue(tx, known.row, &merged, true)?;
    index_text(tx, known.row, &merged)?;
    Ok(Written::Issue)
}

/// The newer state of an issue. Of two states with the same last event and
/// count neither is known to be newer: gaps are filled, and being resolved
/// counts, for that happens without a new event.
fn merge(old: &Issue, new: &Issue) -> Issue {
    let age = |i: &Issue| (i.last_seen, i.count);
    match age(new).cmp(&age(old)) {
        std::cmp::Ordering::Less => old.clone(),
        std::cmp::Ordering::Greater => {
            let summary = new.summary.clone().or_else(|| old.summary.clone());
            Issue { summary, ..new.clone() }
        }
        std::cmp::Ordering::Equal => {
            let either = |a: &Option<String>, b: &Option<String>| a.clone().or_else(|| b.clone());
            let settled = |status: &str| match status {
                "resolved" => 2,
                "ignored" => 1,
                _ => 0,
            };
            let status = if settled(&new.status) > settled(&old.status) {
                new.status.clone()
            } else {
                old.status.clone()
            };
            Issue {
                status,
                short_id: either(&old.short_id, &new.short_id),
                error_type: either(&old.error_type, &new.error_type),
                culprit: either(&old.culprit, &new.culprit),
                permalink: either(&old.permalink, &new.permalink),
                project: either(&old.project, &new.project),
                platform: either(&old.platform, &new.platform),
                summary: either(&old.summary, &new.summary),
                users: old.users.max(new.users),
                first_seen: old.first_seen.or(new.first_seen),
                ..old.clone()
            }
        }
    }
}

fn hash<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, SentryError> {
    Ok(blake3::hash(&serde_json::to_vec(value)?).as_bytes()[..16].to_vec())
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn insert_issue(tx: &Transaction<'_>, issue: &Issue, whole: bool) -> Result<i64, SentryError> {
    tx.prepare_cached(
        "INSERT INTO sentry_issue (id, title, message, level, status, count, users, whole, hash)
         VALUES (?1, '', '', '', '', 0, 0, 0, x'')",
    )?
    .execute([&issue.id])?;
    let row = tx.last_insert_rowid();
    update_issue(tx, row, issue, whole)?;
    Ok(row)
}

fn update_issue(
    tx: &Transaction<'_>,
    row: i64,
    issue: &Issue,
    whole: bool,
) -> Result<(), SentryError> {
    tx.prepare_cached(
        "UPDATE sentry_issue SET short_id = ?2, title = ?3, error_type = ?4, error_name = ?5,
            message = ?6, culprit = ?7, level = ?8, status = ?9, count = ?10, users = ?11,
            first_seen = ?12, last_seen = ?13, permalink = ?14, project = ?15, platform = ?16,
            summary = ?17, whole = ?18, hash = ?19
         WHERE row = ?1",
    )?
    .execute(params![
        row,
        issue.short_id,
        issue.title,
        issue.error_type,
        issue.error_type.as_deref().map(frame::plain_name),
        issue.message,
        issue.culprit,
        issue.level,
        issue.status,
        signed(issue.count),
        signed(issue.users),
        issue.first_seen,
        issue.last_seen,
        issue.permalink,
        issue.project,
        issue.platform,
        issue.summary,
        whole,
        hash(issue)?,
    ])?;
    Ok(())
}

fn index_text(tx: &Transaction<'_>, row: i64, issue: &Issue) -> Result<(), SentryError> {
    tx.prepare_cached("DELETE FROM sentry_text WHERE rowid = ?1")?.execute([row])?;
    let kind = issue.error_type.as_deref().unwrap_or_default();
    let culprit = issue.culprit.as_deref().unwrap_or_default();
    let parts = [issue.title.as_str(), kind, culprit].map(super::query::identifier_parts);
    tx.prepare_cached(
        "INSERT INTO sentry_text (rowid, title, message, culprit, error_type, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![row, issue.title, issue.message, culprit, kind, parts.join(" ")])?;
    Ok(())
}

/// How good a form of an event is: first its rank, then whether it names its
/// issue.
fn quality(record: &EventRecord) -> u8 {
    record.rank as u8 * 2 + u8::from(!record.issue.id.starts_with(LOCAL))
}

fn put_event(tx: &Transaction<'_>, record: &EventRecord) -> Result<Written, SentryError> {
    let body = serde_json::to_vec(&record.event)?;
    let digest = blake3::hash(&body).as_bytes()[..16].to_vec();
    let old: Option<(i64, i64, u8, Vec<u8>)> = tx
        .prepare_cached("SELECT row, issue, rank, hash FROM sentry_event WHERE id = ?1")?
        .query_row([&record.event.id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .optional()?;
    if let Some((row, issue, rank, old_digest)) = old {
        // Between two bodies of one form any fixed choice will do.
        if (quality(record), &digest) <= (rank, &old_digest) {
            return Ok(Written::Unchanged);
        }
        tx.execute("DELETE FROM sentry_event WHERE row = ?1", [row])?;
        refresh(tx, issue, None)?;
    }
    let issue = match known(tx, &record.issue.id)? {
        Some(known) => known.row,
        None => insert_issue(tx, &record.issue, false)?,
    };
    tx.prepare_cached(
        "INSERT INTO sentry_event (id, issue, time, rank, hash, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        record.event.id,
        issue,
        record.event.time,
        quality(record),
        digest,
        zstd::bulk::compress(&body, COMPRESSION)
            .map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?,
    ])?;
    let row = tx.last_insert_rowid();
    let mut statement = tx.prepare_cached(
        "INSERT INTO sentry_frame
            (event, exception, position, distance, path, base, absolute, function, in_app, crash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for site in &record.sites {
        statement.execute(params![
            row,
            signed(site.exception as u64),
            signed(site.position as u64),
            signed(site.distance as u64),
            site.path.path,
            site.path.base,
            site.path.absolute,
            site.function,
            site.in_app,
            site.crash,
        ])?;
    }
    refresh(tx, issue, Some((row, record)))?;
    Ok(Written::Event)
}

/// Brings an issue in line with its events: which is the newest, and for an
/// issue known only from them also its counts and words. One that has lost its
/// last event to a better known issue goes.
fn refresh(
    tx: &Transaction<'_>,
    row: i64,
    added: Option<(i64, &EventRecord)>,
) -> Result<(), SentryError> {
    let latest: Option<i64> = tx
        .prepare_cached(
            "SELECT row FROM sentry_event WHERE issue = ?1 ORDER BY time DESC, id DESC LIMIT 1",
        )?
        .query_row([row], |r| r.get(0))
        .optional()?;
    tx.prepare_cached("UPDATE sentry_issue SET latest = ?2 WHERE row = ?1")?
        .execute(params![row, latest])?;
    let sql = format!("SELECT {ISSUE_COLUMNS}, i.whole FROM sentry_issue i WHERE i.row = ?1");
    let (mut issue, whole): (Issue, bool) =
        tx.prepare_cached(&sql)?.query_row([row], |r| Ok((read_issue(r)?, r.get(16)?)))?;
    if whole {
        return Ok(());
    }
    if latest.is_none() {
        tx.execute("DELETE FROM sentry_text WHERE rowid = ?1", [row])?;
        tx.execute("DELETE FROM sentry_issue WHERE row = ?1", [row])?;
        return Ok(());
    }
    if let Some((_, record)) = added.filter(|(event, _)| Some(*event) == latest) {
        issue = record.issue.clone();
    }
    let (count, first, last): (i64, Option<i64>, Option<i64>) = tx
        .prepare_cached("SELECT count(*), min(time), max(time) FROM sentry_event WHERE issue = ?1")?
        .query_row([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    issue.count = u64::try_from(count).unwrap_or_default();
    issue.first_seen = first;
    issue.last_seen = last;
    update_issue(tx, row, &issue, false)?;
    index_text(tx, row, &issue)
}
