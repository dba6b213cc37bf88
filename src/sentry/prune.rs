//! Removes what is no longer wanted, and gives its space back.

use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;

use super::{SentryError, query, write};
use crate::store::Store;

/// What goes. An issue goes if it meets all conditions that are given; at least one
/// of `older_than` and `project` makes issues go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prune {
    /// Issues last seen before this time, in seconds since the epoch.
    pub older_than: Option<i64>,
    pub project: Option<String>,
    /// Events that stay of each issue that stays: the newest ones.
    pub keep: Option<usize>,
}

/// What went, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    pub issues: u64,
    pub events: u64,
    pub issues_left: u64,
    pub events_left: u64,
    /// Bytes of the file before and after; the same in a dry run.
    pub bytes_before: u64,
    pub bytes_after: u64,
}

pub(super) fn prune(store: &Store, rule: &Prune, dry: bool) -> Result<Pruned, SentryError> {
    let mut db = store.connect()?;
    let bytes_before = size(&db)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let count = |sql: &str| -> rusqlite::Result<u64> {
        tx.query_row(sql, [], |r| r.get::<_, i64>(0)).map(i64::unsigned_abs)
    };
    const ISSUES: &str = "SELECT count(*) FROM sentry_issue";
    const EVENTS: &str = "SELECT count(*) FROM sentry_event";
    let (issues, events) = (count(ISSUES)?, count(EVENTS)?);
    if rule.older_than.is_some() || rule.project.is_some() {
        // Issues whose age is not known are not old.
        tx.execute_batch("CREATE TEMP TABLE gone (row INTEGER PRIMARY KEY)")?;
        tx.execute(
            "INSERT INTO gone SELECT row FROM sentry_issue
             WHERE (?1 IS NULL OR last_seen < ?1) AND (?2 IS NULL OR project = ?2 COLLATE NOCASE)",
            params![rule.older_than, rule.project],
        )?;
        tx.execute_batch(
            "DELETE FROM sentry_text WHERE rowid IN (SELECT row FROM gone);
             DELETE FROM sentry_issue WHERE row IN (SELECT row FROM gone);
             DROP TABLE gone;",
        )?;
    }
    if let Some(keep) = rule.keep {
        // The event that searches look at stays, whichever it is.
        tx.execute(
            "DELETE FROM sentry_event WHERE row IN (
                SELECT row FROM (
                    SELECT e.row AS row, row_number() OVER (
                        PARTITION BY e.issue
                        ORDER BY e.row = i.latest DESC, e.time DESC, e.id DESC
                    ) AS n FROM sentry_event e JOIN sentry_issue i ON i.row = e.issue
                ) WHERE n > ?1)",
            [i64::try_from(keep.max(1)).unwrap_or(i64::MAX)],
        )?;
    }
    write::sweep(&tx)?;
    let (issues_left, events_left) = (count(ISSUES)?, count(EVENTS)?);
    let mut pruned = Pruned {
        issues: issues - issues_left,
        events: events - events_left,
        issues_left,
        events_left,
        bytes_before,
        bytes_after: bytes_before,
    };
    if dry || pruned.issues + pruned.events == 0 {
        tx.rollback()?;
        return Ok(pruned);
    }
    tx.execute("DELETE FROM sentry_state WHERE key = 'digest'", [])?;
    tx.commit()?;
    query::keep_digest(&mut db)?;
    db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
    pruned.bytes_after = size(&db)?;
    Ok(pruned)
}

fn size(db: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |r| r.get::<_, i64>(0));
    Ok((pragma("page_count")? * pragma("page_size")?).unsigned_abs())
}
