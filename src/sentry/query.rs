//! The searches over the cache. Limits, orders and time windows are those of
//! Sentry's own reviewer; times count back from the newest data in the cache,
//! not from the clock, for an export may be months old.

use rusqlite::{Connection, OptionalExtension, params};

use super::frame::{self, FILE_SCORE, FUNCTION_SCORE};
use super::write::{ISSUE_COLUMNS, read_issue};
use super::{Event, Frame, FrameMatch, Issue, SentryError};

const DAY: i64 = 86_400;
/// Searches by words and by error type look at issues seen this recently.
const RECENT: i64 = 90 * DAY;
/// The search by function looks at issues that are still being seen...
const SEEN: i64 = 28 * DAY;
/// ...and are not older than this.
const BORN: i64 = 26 * 7 * DAY;

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

pub(super) fn counts(db: &Connection) -> Result<(usize, Option<i64>), SentryError> {
    let issues: i64 = db.query_row("SELECT count(*) FROM sentry_issue", [], |r| r.get(0))?;
    Ok((usize::try_from(issues).unwrap_or_default(), newest(db)?))
}

fn newest(db: &Connection) -> rusqlite::Result<Option<i64>> {
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
    // Quoted, so that nothing a model writes is read as FTS5's syntax.
    let mut words: Vec<&str> = query
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty())
        .take(WORDS)
        .collect();
    words.dedup();
    if words.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let since = since(db, RECENT)?;
    // All words first; only if that is not enough, any that can tell issues apart.
    let mut found = search(db, &words, " AND ", since, limit)?;
    words.retain(|w| w.chars().count() >= LONG);
    if found.len() < limit && !words.is_empty() {
        for issue in search(db, &words, " OR ", since, limit)? {
            if found.len() < limit && found.iter().all(|f| f.id != issue.id) {
                found.push(issue);
            }
        }
    }
    Ok(found)
}

fn search(
    db: &Connection,
    words: &[&str],
    operator: &str,
    since: i64,
    limit: usize,
) -> Result<Vec<Issue>, SentryError> {
    let terms: Vec<String> = words
        .iter()
        .map(|w| format!("\"{w}\"{}", if w.chars().count() >= LONG { " *" } else { "" }))
        .collect();
    // The columns are fetched only for the rows that are shown: sorting whole
    // rows took three times as long over 50,000 issues.
    let sql = format!(
        "SELECT {ISSUE_COLUMNS} FROM (
            SELECT i.row AS found, i.last_seen AS seen, i.id AS name,
                   bm25(sentry_text, 4.0, 2.0, 1.0, 4.0, 1.0) AS score
            FROM sentry_text t JOIN sentry_issue i ON i.row = t.rowid
            WHERE sentry_text MATCH ?1 AND coalesce(i.last_seen, ?2) >= ?2
            ORDER BY score, seen DESC, name LIMIT ?3
         ) JOIN sentry_issue i ON i.row = found ORDER BY score, seen DESC, name"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let values = params![terms.join(operator), since, sql_limit(limit)];
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

/// A frame of an issue's newest event that lies in the wanted file.
struct Candidate {
    issue: i64,
    event: i64,
    exception: usize,
    position: usize,
    distance: u32,
    score: u32,
    crash: bool,
    last_seen: Option<i64>,
    id: String,
}

pub(super) fn by_function(
    db: &Connection,
    path: &str,
    function: &str,
    limit: usize,
    window: Window,
) -> Result<Vec<FrameMatch>, SentryError> {
    let wanted = frame::reversed(path);
    let (base, stem) = names(path);
    let candidates = candidates(
        db,
        "f.base IN (?1, ?2) AND f.function = ?3",
        &[&base, &stem, &frame::plain_name(function)],
        &wanted,
        true,
        window,
    )?;
    best(db, path, candidates, FUNCTION_SCORE, limit)
}

pub(super) fn by_path(
    db: &Connection,
    path: &str,
    limit: usize,
) -> Result<Vec<FrameMatch>, SentryError> {
    let wanted = frame::reversed(path);
    let (base, stem) = names(path);
    let segments: Vec<&str> = wanted.split_terminator('/').collect();
    let mut found = Vec::new();
    for first in [base.as_str(), stem.as_str()] {
        // Frames that end with the last three segments or more lie in one range
        // of the index; shorter ones are each some start of the wanted path.
        let mut start = format!("{first}/");
        for segment in segments.iter().skip(1).take(2) {
            found.extend(candidates(db, "f.path = ?1", &[&start], &wanted, false, Window::Ever)?);
            start.push_str(segment);
            start.push('/');
        }
        let end = format!("{}0", &start[..start.len() - 1]); // `0` follows `/`.
        found.extend(candidates(
            db,
            "f.path >= ?1 AND f.path < ?2",
            &[&start, &end],
            &wanted,
            false,
            Window::Ever,
        )?);
    }
    best(db, path, found, FILE_SCORE, limit)
}

/// A path's last segment, and that without its extension.
fn names(path: &str) -> (String, String) {
    let base = path.rsplit('/').next().unwrap_or(path);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    (base.to_owned(), stem.to_owned())
}

fn candidates(
    db: &Connection,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
    wanted: &str,
    same_function: bool,
    window: Window,
) -> Result<Vec<Candidate>, SentryError> {
    let newest = newest(db)?;
    let sql = format!(
        "SELECT e.issue, f.event, f.exception, f.position, f.distance, f.path, f.absolute,
                f.in_app, f.crash, i.first_seen, i.last_seen, i.status, i.id
         FROM sentry_frame f
         JOIN sentry_event e ON e.row = f.event
         JOIN sentry_issue i ON i.row = e.issue AND i.latest = f.event
         WHERE {condition}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let path = row.get_ref(5)?.as_str().unwrap_or_default();
        let Some(score) = frame::path_score(path, row.get(6)?, wanted) else { continue };
        let (first_seen, last_seen): (Option<i64>, Option<i64>) = (row.get(9)?, row.get(10)?);
        if let (Window::Live, Some(newest)) = (window, newest) {
            let status = row.get_ref(11)?.as_str().unwrap_or_default();
            let live = last_seen.is_none_or(|seen| seen >= newest - SEEN)
                && first_seen.is_none_or(|born| born >= newest - BORN)
                && matches!(status, "unresolved" | "resolved");
            if !live {
                continue;
            }
        }
        let distance: u32 = row.get(4)?;
        found.push(Candidate {
            issue: row.get(0)?,
            event: row.get(1)?,
            exception: row.get::<_, u32>(2)? as usize,
            position: row.get::<_, u32>(3)? as usize,
            distance,
            score: score + frame::bonus(same_function, row.get(7)?, distance),
            crash: row.get(8)?,
            last_seen,
            id: row.get(12)?,
        });
    }
    Ok(found)
}

/// The best frame of each issue, best issue first.
fn best(
    db: &Connection,
    path: &str,
    mut candidates: Vec<Candidate>,
    least: u32,
    limit: usize,
) -> Result<Vec<FrameMatch>, SentryError> {
    candidates.retain(|c| c.score >= least);
    candidates.sort_by(|a, b| {
        (b.score, b.last_seen, &a.id, a.distance, b.exception, b.position).cmp(&(
            a.score,
            a.last_seen,
            &b.id,
            b.distance,
            a.exception,
            a.position,
        ))
    });
    let mut seen = std::collections::HashSet::new();
    candidates.retain(|c| seen.insert(c.issue));
    let sql = format!("SELECT {ISSUE_COLUMNS} FROM sentry_issue i WHERE i.row = ?1");
    let mut matches = Vec::new();
    for candidate in candidates.into_iter().take(limit) {
        let Some(event) = event(db, candidate.event)? else { continue };
        let frame: Option<&Frame> = event
            .exceptions
            .get(candidate.exception)
            .and_then(|e| e.frames.get(candidate.position));
        let Some(frame) = frame.cloned() else { continue };
        matches.push(FrameMatch {
            issue: db.prepare_cached(&sql)?.query_row([candidate.issue], read_issue)?,
            frame,
            path: path.to_owned(),
            score: candidate.score,
            crash: candidate.crash,
        });
    }
    Ok(matches)
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
