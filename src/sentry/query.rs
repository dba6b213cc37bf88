//! The searches over the cache. Limits, orders and time windows are those of
//! Sentry's own reviewer; times count back from the newest data in the cache,
//! not from the clock, for an export may be months old.

use rusqlite::{Connection, OptionalExtension, params};

use super::frame;
use super::write::{ISSUE_COLUMNS, read_issue};
use super::{Event, Issue, SentryError};

const DAY: i64 = 86_400;
/// Searches by words and by error type look at issues seen this recently.
const RECENT: i64 = 90 * DAY;
/// The search by function looks at issues that are still being seen...
pub(super) const SEEN: i64 = 28 * DAY;
/// ...and are not older than this.
pub(super) const BORN: i64 = 26 * 7 * DAY;

/// Most words of a query.
const WORDS: usize = 16;
/// Characters from which a word also matches longer words that begin with it.
const LONG: usize = 4;

/// Which issues a search by place considers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Seen in the last 28 days, born in the last 26 weeks, resolved or not,
    /// but not ignored.
    Live,
    /// Whatever is in the cache: a crash that was fixed long ago is what a
    /// change can bring back.
    Ever,
}

/// What `forewarn sentry search` looks for; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub words: String,
    pub error_type: Option<String>,
    /// In the stack of the newest event, in whatever file.
    pub function: Option<String>,
    pub project: Option<String>,
    /// Last seen at this time or later, in seconds since the epoch.
    pub since: Option<i64>,
    /// Ids of the issues to choose from.
    pub among: Option<Vec<String>>,
    pub limit: usize,
}

/// The words of a query as FTS5 knows them: quoted, so that nothing a model writes is
/// read as its syntax. All must occur.
fn terms(query: &str) -> Option<String> {
    let mut words: Vec<&str> = words(query);
    words.dedup();
    (!words.is_empty()).then(|| words.iter().map(|w| term(w)).collect::<Vec<_>>().join(" AND "))
}

fn words(query: &str) -> Vec<&str> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    query.split(|c| !part(c)).filter(|w| !w.is_empty()).take(WORDS).collect()
}

/// A long word stands for those that begin with it, too.
fn term(word: &str) -> String {
    format!("\"{word}\"{}", if word.chars().count() >= LONG { " *" } else { "" })
}

pub(super) fn search(db: &Connection, search: &Search) -> Result<Vec<Issue>, SentryError> {
    let among = search.among.as_ref().map(serde_json::to_string).transpose()?;
    let terms = terms(&search.words);
    let (from, order) = match terms {
        Some(_) => (
            "sentry_text t JOIN sentry_issue i ON i.row = t.rowid AND sentry_text MATCH ?1",
            "bm25(sentry_text, 4.0, 2.0, 1.0, 4.0, 1.0), ",
        ),
        None => ("sentry_issue i", ""),
    };
    let sql = format!(
        "SELECT {ISSUE_COLUMNS} FROM {from}
         WHERE ?1 IS ?1
           AND (?2 IS NULL OR i.error_name = ?2)
           AND (?3 IS NULL OR i.project = ?3 COLLATE NOCASE)
           AND (?4 IS NULL OR i.last_seen >= ?4)
           AND (?5 IS NULL OR i.id IN (SELECT value FROM json_each(?5)))
           AND (?7 IS NULL OR i.latest IN (SELECT event FROM sentry_placed WHERE function = ?7)
                OR i.row IN (SELECT issue FROM sentry_site WHERE function = ?7))
         ORDER BY {order}i.last_seen DESC, i.id LIMIT ?6"
    );
    let error = search.error_type.as_deref().map(|e| frame::plain_name(e.trim()));
    let function = search.function.as_deref().map(frame::plain_name);
    let limit = sql_limit(search.limit);
    let values = params![terms, error, search.project, search.since, among, limit, function];
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(values, read_issue)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn counts(db: &Connection) -> Result<(usize, Option<i64>), SentryError> {
    let issues: i64 = db.query_row("SELECT count(*) FROM sentry_issue", [], |r| r.get(0))?;
    Ok((usize::try_from(issues).unwrap_or_default(), newest(db)?))
}

pub(super) fn newest(db: &Connection) -> rusqlite::Result<Option<i64>> {
    let event: Option<i64> =
        db.prepare_cached("SELECT max(time) FROM sentry_event")?.query_row([], |r| r.get(0))?;
    let issue: Option<i64> = db
        .prepare_cached("SELECT max(last_seen) FROM sentry_issue")?
        .query_row([], |r| r.get(0))?;
    Ok(event.max(issue))
}

/// The earliest last sighting within a window; everything if no time is known.
fn since(db: &Connection, window: i64) -> rusqlite::Result<i64> {
    Ok(newest(db)?.map_or(i64::MIN, |newest| newest - window))
}

pub(super) fn digest(db: &Connection) -> Result<String, SentryError> {
    let kept = db
        .query_row("SELECT value FROM sentry_state WHERE key = 'digest'", [], |r| r.get(0))
        .optional()?;
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let mut hasher = blake3::Hasher::new();
    let mut empty = true;
    for table in ["sentry_issue", "sentry_event"] {
        let sql = format!("SELECT id, hash FROM {table} ORDER BY id");
        let mut statement = db.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            empty = false;
            hasher.update(row.get_ref(0)?.as_bytes().unwrap_or_default());
            hasher.update(&[0]);
            hasher.update(row.get_ref(1)?.as_bytes().unwrap_or_default());
        }
        hasher.update(&[1]);
    }
    let mut statement = db.prepare(
        "SELECT project, stack_root, source_root FROM sentry_mapping ORDER BY project, stack_root",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        empty = false;
        for column in 0..3 {
            hasher.update(row.get_ref(column)?.as_bytes().unwrap_or_default());
            hasher.update(&[0]);
        }
    }
    if empty {
        return Ok("empty".to_owned());
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// Keeps the digest until the next import drops it, if nothing was imported
/// while it was computed.
pub(super) fn keep_digest(db: &mut Connection) -> Result<(), SentryError> {
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let digest = digest(&tx)?;
    tx.execute("INSERT OR REPLACE INTO sentry_state (key, value) VALUES ('digest', ?1)", [digest])?;
    tx.commit()?;
    Ok(())
}

/// Splits identifiers into their words: `NullPointerException` and `get_total`
/// are found by `pointer` and `total`. The words of plain text are not repeated.
pub(super) fn identifier_parts(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let mut parts: Vec<String> = Vec::new();
        let mut lower = false;
        for c in word.chars() {
            if c == '_' || (c.is_uppercase() && lower) || parts.is_empty() {
                parts.push(String::new());
            }
            if let (true, Some(part)) = (c != '_', parts.last_mut()) {
                part.push(c);
            }
            lower = c.is_lowercase() || c.is_ascii_digit();
        }
        parts.retain(|p| !p.is_empty());
        if parts.len() > 1 {
            out.append(&mut parts);
        }
    }
    out.join(" ")
}

pub(super) fn by_keywords(
    db: &Connection,
    query: &str,
    limit: usize,
) -> Result<Vec<Issue>, SentryError> {
    let mut words = words(query);
    words.dedup();
    if words.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let since = since(db, RECENT)?;
    // All words in what Sentry's own search looks at come first, the newest issues of
    // them; then all words anywhere, and those with any word that can tell issues apart.
    let all = words.iter().map(|w| term(w)).collect::<Vec<_>>().join(" AND ");
    let own = format!("{{title message error_type}} : ({all})");
    words.retain(|w| w.chars().count() >= LONG);
    let any = words.iter().map(|w| term(w)).collect::<Vec<_>>().join(" OR ");
    let best = "bm25(sentry_text, 4.0, 2.0, 1.0, 4.0, 1.0)";
    let mut found: Vec<Issue> = Vec::new();
    for (terms, score) in [(own, "-coalesce(i.first_seen, 0)"), (all, best), (any, best)] {
        if found.len() >= limit || terms.is_empty() {
            break;
        }
        for issue in matching(db, &terms, score, since, limit)? {
            if found.len() < limit && found.iter().all(|f| f.id != issue.id) {
                found.push(issue);
            }
        }
    }
    Ok(found)
}

/// Issues seen since a time that match, by a score of which the least is the best.
fn matching(
    db: &Connection,
    terms: &str,
    score: &str,
    since: i64,
    limit: usize,
) -> Result<Vec<Issue>, SentryError> {
    // The columns are fetched only for the rows that are shown: sorting whole
    // rows took three times as long over 50,000 issues.
    let sql = format!(
        "SELECT {ISSUE_COLUMNS} FROM (
            SELECT i.row AS found, i.last_seen AS seen, i.id AS name, {score} AS score
            FROM sentry_text t JOIN sentry_issue i ON i.row = t.rowid
            WHERE sentry_text MATCH ?1 AND coalesce(i.last_seen, ?2) >= ?2
            ORDER BY score, seen DESC, name LIMIT ?3
         ) JOIN sentry_issue i ON i.row = found ORDER BY score, seen DESC, name"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let values = params![terms, since, sql_limit(limit)];
    let rows = statement.query_map(values, read_issue)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// By the whole type, else by its last identifier without regard to case.
pub(super) fn by_error_type(
    db: &Connection,
    error_type: &str,
    limit: usize,
) -> Result<Vec<Issue>, SentryError> {
    let since = since(db, RECENT)?;
    let name = frame::plain_name(error_type.trim());
    for exact in ["AND i.error_type = ?4", "AND ?4 = ?4"] {
        let sql = format!(
            "SELECT {ISSUE_COLUMNS} FROM sentry_issue i
             WHERE i.error_name = ?1 AND coalesce(i.last_seen, ?2) >= ?2 {exact}
             ORDER BY i.last_seen DESC, i.id LIMIT ?3"
        );
        let mut statement = db.prepare_cached(&sql)?;
        let found: Vec<Issue> = statement
            .query_map(params![name, since, sql_limit(limit), error_type.trim()], read_issue)?
            .collect::<Result<_, _>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

pub(super) fn event(db: &Connection, row: i64) -> Result<Option<Event>, SentryError> {
    let found: Option<(Vec<u8>, String)> = db
        .prepare_cached(
            "SELECT e.body, i.id FROM sentry_event e JOIN sentry_issue i ON i.row = e.issue
             WHERE e.row = ?1",
        )?
        .query_row([row], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let Some((body, issue)) = found else { return Ok(None) };
    let damaged = |e: std::io::Error| SentryError::Record(serde_json::Error::io(e));
    let body = zstd::stream::decode_all(body.as_slice()).map_err(damaged)?;
    Ok(Some(Event { issue, ..serde_json::from_slice(&body)? }))
}

/// By the event's own id.
pub(super) fn event_by_id(db: &Connection, id: &str) -> Result<Option<Event>, SentryError> {
    let row: Option<i64> = db
        .prepare_cached("SELECT row FROM sentry_event WHERE id = ?1")?
        .query_row([id], |r| r.get(0))
        .optional()?;
    row.map_or(Ok(None), |row| event(db, row))
}

/// By id, by short id (the last seen of several), or by an address that ends
/// in an id.
pub(super) fn issue(db: &Connection, id: &str) -> Result<Issue, SentryError> {
    let id = id.trim();
    let end = id.trim_end_matches('/').rsplit('/').next().unwrap_or(id);
    let sql = format!(
        "SELECT {ISSUE_COLUMNS} FROM sentry_issue i WHERE i.id = ?1 OR i.short_id = ?1
         ORDER BY i.id = ?1 DESC, i.last_seen DESC, i.id LIMIT 1"
    );
    db.prepare_cached(&sql)?
        .query_row([end], read_issue)
        .optional()?
        .ok_or_else(|| SentryError::NotFound(id.to_owned()))
}

pub(super) fn latest_event(db: &Connection, id: &str) -> Result<Option<Event>, SentryError> {
    let issue = issue(db, id)?;
    let row: Option<i64> = db
        .prepare_cached("SELECT latest FROM sentry_issue WHERE id = ?1")?
        .query_row([issue.id], |r| r.get(0))?;
    row.map_or(Ok(None), |row| event(db, row))
}

/// The newest first.
pub(super) fn events(db: &Connection, id: &str, limit: usize) -> Result<Vec<Event>, SentryError> {
    let issue = issue(db, id)?;
    let mut statement = db.prepare_cached(
        "SELECT e.row FROM sentry_event e JOIN sentry_issue i ON i.row = e.issue
         WHERE i.id = ?1 ORDER BY e.row = i.latest DESC, e.time DESC, e.id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![issue.id, sql_limit(limit)], |r| r.get(0))?;
    let rows: Vec<i64> = rows.collect::<Result<_, _>>()?;
    Ok(rows
        .into_iter()
        .map(|row| event(db, row))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// Issues whose ids look like one that does not exist, else the last seen.
pub(super) fn near(db: &Connection, id: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
    let start: String = id.trim().chars().take_while(|c| *c != '-').take(40).collect();
    let sql = format!(
        "SELECT {ISSUE_COLUMNS} FROM sentry_issue i
         ORDER BY substr(coalesce(i.short_id, i.id), 1, ?2) = ?1 COLLATE NOCASE DESC,
                  i.last_seen DESC, i.id LIMIT ?3"
    );
    let length = i64::try_from(start.chars().count()).unwrap_or_default();
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params![start, length, sql_limit(limit)], read_issue)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::identifier_parts;

    #[test]
    fn identifiers_are_split() {
        assert_eq!(
            identifier_parts("NullPointerException in getTotal"),
            "Null Pointer Exception get Total"
        );
        assert_eq!(identifier_parts("a.get_total"), "get total");
        assert_eq!(identifier_parts("plain words 42"), "");
    }
}
