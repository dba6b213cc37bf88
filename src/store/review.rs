//! Reviews, their findings and their traces.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::finding::Finding;

/// A finished review as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewRecord {
    /// Sortable and unique: time, then a few digits of the key.
    pub id: String,
    /// Hash of all that the result depends on.
    pub key: String,
    pub created: i64,
    pub base: String,
    pub head: String,
    pub label: String,
    /// JSON of the review as reports read it.
    pub result: serde_json::Value,
    pub findings: Vec<Finding>,
    pub trace: Vec<TraceEvent>,
}

/// A line of `forewarn log`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewSummary {
    pub id: String,
    pub created: i64,
    pub label: String,
    pub findings: usize,
    pub result: serde_json::Value,
}

/// One step of a review's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// `filter`, `draft`, `verify`, `gather`, `package`, `learn`.
    pub stage: String,
    /// The agent within the stage, for example `H2`; empty for the stage itself.
    #[serde(default)]
    pub agent: String,
    pub kind: TraceKind,
    /// Prompt, completion, arguments or result, as text.
    pub text: String,
    #[serde(default)]
    pub prompt_tokens: usize,
    /// Prompt tokens that were not computed again.
    #[serde(default)]
    pub cached_tokens: usize,
    #[serde(default)]
    pub completion_tokens: usize,
    #[serde(default)]
    pub milliseconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// A message that went into a prompt (system or user).
    Prompt,
    /// What the model wrote.
    Completion,
    ToolCall,
    ToolResult,
    /// Something the program decided, with its reason.
    Note,
    /// Text that was cut so that a prompt fits its window.
    Cut,
    /// Log-probabilities of forced answers.
    Score,
}

/// Makes the id of a review: the second it was made, in UTC, so that ids sort,
/// and eight digits of its key.
pub fn review_id(created: i64, key: &str) -> String {
    let time = jiff::Timestamp::from_second(created).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let digits: String = key.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("{}-{digits}", time.strftime("%Y%m%d-%H%M%S"))
}

const COLUMNS: &str = "id, key, created, base, head, label, result";

impl Store {
    /// Writes a review with its findings and trace in one transaction. A
    /// second one of the same id and key is the same review and is left out.
    pub fn add_review(&self, record: &ReviewRecord) -> Result<(), StoreError> {
        let result = serde_json::to_string(&record.result)?;
        let findings: Vec<(&str, String)> = record
            .findings
            .iter()
            .map(|f| Ok((f.id.as_str(), serde_json::to_string(f)?)))
            .collect::<Result<_, serde_json::Error>>()?;
        let trace: Vec<String> =
            record.trace.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let write = || -> rusqlite::Result<()> {
            let mut connection = self.lock();
            // Immediate: a deferred one that has read cannot wait for a writer.
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let known: Option<String> = transaction
                .query_row("SELECT key FROM review WHERE id = ?1", [&record.id], |r| r.get(0))
                .optional()?;
            if known.as_deref() == Some(&record.key) {
                return Ok(());
            }
            transaction.execute(
                "INSERT INTO review (id, key, created, base, head, label, result)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    record.id,
                    record.key,
                    record.created,
                    record.base,
                    record.head,
                    record.label,
                    result
                ],
            )?;
            {
                // Two findings of one review may share an id; the first, more severe, stands.
                let mut insert = transaction.prepare(
                    "INSERT OR IGNORE INTO finding (review, id, body) VALUES (?1, ?2, ?3)",
                )?;
                for (id, body) in &findings {
                    insert.execute(params![record.id, id, body])?;
                }
                let mut insert = transaction
                    .prepare("INSERT INTO trace (review, seq, body) VALUES (?1, ?2, ?3)")?;
                for (seq, body) in trace.iter().enumerate() {
                    insert.execute(params![record.id, seq as i64, body])?;
                }
            }
            transaction.commit()
        };
        write().map_err(|e| self.failed(e))
    }

    /// The newest review of that key, without its trace.
    pub fn review_by_key(&self, key: &str) -> Result<Option<ReviewRecord>, StoreError> {
        let connection = self.lock();
        let row = connection
            .query_row(
                &format!(
                    "SELECT {COLUMNS} FROM review WHERE key = ?1
                     ORDER BY created DESC, rowid DESC LIMIT 1"
                ),
                [key],
                Stored::read,
            )
            .optional()
            .map_err(|e| self.failed(e))?;
        row.map(|stored| self.record(&connection, stored)).transpose()
    }

    /// By id, by an unambiguous start of it, or by `last`. Without its trace.
    pub fn review(&self, id: &str) -> Result<ReviewRecord, StoreError> {
        let connection = self.lock();
        let full = if id == "last" {
            connection
                .query_row(
                    "SELECT id FROM review ORDER BY created DESC, rowid DESC LIMIT 1",
                    [],
                    |row| row.get(0),
                )
                .optional()
                .map_err(|e| self.failed(e))?
                .ok_or_else(|| StoreError::NotFound { what: "review", id: id.to_owned() })?
        } else {
            self.resolve(&connection, "review", id)?
        };
        let stored = connection
            .query_row(
                &format!("SELECT {COLUMNS} FROM review WHERE id = ?1"),
                [&full],
                Stored::read,
            )
            .map_err(|e| self.failed(e))?;
        self.record(&connection, stored)
    }

    /// The story of a review, by its full id, in the order it happened.
    pub fn trace(&self, review: &str) -> Result<Vec<TraceEvent>, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let connection = self.lock();
            let mut statement = connection
                .prepare_cached("SELECT body FROM trace WHERE review = ?1 ORDER BY seq")?;
            statement.query_map([review], |row| row.get(0))?.collect()
        };
        let bodies = read().map_err(|e| self.failed(e))?;
        Ok(bodies.iter().map(|b| serde_json::from_str(b)).collect::<Result<_, _>>()?)
    }

    /// Newest first.
    pub fn reviews(&self, limit: usize) -> Result<Vec<ReviewSummary>, StoreError> {
        type Line = (String, i64, String, i64, String);
        let read = || -> rusqlite::Result<Vec<Line>> {
            let connection = self.lock();
            let mut statement = connection.prepare_cached(
                "SELECT id, created, label,
                        (SELECT count(*) FROM finding WHERE finding.review = review.id), result
                 FROM review ORDER BY created DESC, rowid DESC LIMIT ?1",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            statement
                .query_map([limit], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
                })?
                .collect()
        };
        read()
            .map_err(|e| self.failed(e))?
            .into_iter()
            .map(|(id, created, label, findings, result)| {
                Ok(ReviewSummary {
                    id,
                    created,
                    label,
                    findings: findings as usize,
                    result: serde_json::from_str(&result)?,
                })
            })
            .collect()
    }

    /// The newest finding of that id (or unambiguous start of it), with its review's id.
    pub fn finding(&self, id: &str) -> Result<(String, Finding), StoreError> {
        let connection = self.lock();
        let full = self.resolve(&connection, "finding", id)?;
        let (review, body): (String, String) = connection
            .query_row(
                "SELECT finding.review, finding.body FROM finding
                 JOIN review ON review.id = finding.review WHERE finding.id = ?1
                 ORDER BY review.created DESC, review.rowid DESC LIMIT 1",
                [&full],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(|e| self.failed(e))?;
        Ok((review, serde_json::from_str(&body)?))
    }

    /// Completes the start of an id of the table `what`.
    fn resolve(
        &self,
        connection: &Connection,
        what: &'static str,
        id: &str,
    ) -> Result<String, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT DISTINCT id FROM {what} WHERE substr(id, 1, length(?1)) = ?1
                 ORDER BY id = ?1 DESC, id LIMIT 11"
            ))?;
            statement.query_map([id], |row| row.get(0))?.collect()
        };
        let mut found =
            if id.is_empty() { Vec::new() } else { read().map_err(|e| self.failed(e))? };
        match found.len() {
            0 => Err(StoreError::NotFound { what, id: id.to_owned() }),
            _ if found.len() == 1 || found[0] == id => Ok(found.swap_remove(0)),
            _ => Err(StoreError::Ambiguous { what, id: id.to_owned(), candidates: found }),
        }
    }

    fn record(&self, connection: &Connection, row: Stored) -> Result<ReviewRecord, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = connection
                .prepare_cached("SELECT body FROM finding WHERE review = ?1 ORDER BY rowid")?;
            statement.query_map([&row.id], |r| r.get(0))?.collect()
        };
        let bodies = read().map_err(|e| self.failed(e))?;
        Ok(ReviewRecord {
            result: serde_json::from_str(&row.result)?,
            findings: bodies.iter().map(|b| serde_json::from_str(b)).collect::<Result<_, _>>()?,
            trace: Vec::new(),
            id: row.id,
            key: row.key,
            created: row.created,
            base: row.base,
            head: row.head,
            label: row.label,
        })
    }
}

/// A row of the table `review`, its JSON not yet read.
struct Stored {
    id: String,
    key: String,
    created: i64,
    base: String,
    head: String,
    label: String,
    result: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            created: row.get(2)?,
            base: row.get(3)?,
            head: row.get(4)?,
            label: row.get(5)?,
            result: row.get(6)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Judge, Location, Origin};

    fn finding(id: &str) -> Finding {
        Finding {
            id: id.into(),
            origin: Origin::Rule,
            rule: None,
            kind: "null".into(),
            title: "Guard removed".into(),
            short: String::new(),
            explanation: String::new(),
            fix: None,
            location: Location::line("a.py", 1),
            anchor: Location::line("a.py", 1),
            symbol: None,
            prior: 0.5,
            severity: 0.5,
            confidence: 0.5,
            evidence: Vec::new(),
            issues: Vec::new(),
            judge: Judge::Program,
            checked: Vec::new(),
            unchecked: Vec::new(),
        }
    }

    fn record(id: &str, created: i64, findings: &[&str]) -> ReviewRecord {
        ReviewRecord {
            id: id.into(),
            key: format!("key of {id}"),
            created,
            base: "b".into(),
            head: "h".into(),
            label: "main..HEAD".into(),
            result: serde_json::json!({"mode": {"type": "judged", "model": "m"}}),
            findings: findings.iter().map(|id| finding(id)).collect(),
            trace: vec![TraceEvent {
                stage: "draft".into(),
                agent: String::new(),
                kind: TraceKind::Note,
                text: format!("story of {id}"),
                prompt_tokens: 0,
                cached_tokens: 0,
                completion_tokens: 0,
                milliseconds: 3,
            }],
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("f.db")).unwrap();
        (folder, store)
    }

    #[test]
    fn a_review_comes_back_as_it_was_written() {
        let (_folder, store) = store();
        let mut written = record("20260101-000000-aaaa", 5, &["f1", "f2"]);
        store.add_review(&written).unwrap();
        store.add_review(&written).unwrap();
        let trace = std::mem::take(&mut written.trace);
        assert_eq!(store.review("last").unwrap(), written);
        assert_eq!(store.review("20260101").unwrap(), written);
        assert_eq!(store.review_by_key(&written.key).unwrap(), Some(written.clone()));
        assert_eq!(store.review_by_key("other").unwrap(), None);
        assert_eq!(store.trace(&written.id).unwrap(), trace);
        let list = store.reviews(10).unwrap();
        assert_eq!((list.len(), list[0].findings), (1, 2));
    }

    #[test]
    fn the_same_id_with_another_key_is_refused_and_writes_nothing() {
        let (_folder, store) = store();
        store.add_review(&record("r1", 5, &["f1"])).unwrap();
        let other = ReviewRecord { key: "another".into(), ..record("r1", 6, &["f2"]) };
        assert!(matches!(store.add_review(&other), Err(StoreError::Query(_))));
        assert!(matches!(store.finding("f2"), Err(StoreError::NotFound { .. })));
    }

    #[test]
    fn the_start_of_an_id_is_enough_unless_two_share_it() {
        let (_folder, store) = store();
        store.add_review(&record("20260101-a", 1, &["abc1", "abd2"])).unwrap();
        store.add_review(&record("20260102-b", 2, &["abc1"])).unwrap();
        let (review, found) = store.finding("abc").unwrap();
        assert_eq!((review.as_str(), found.id.as_str()), ("20260102-b", "abc1"));
        match store.finding("ab") {
            Err(StoreError::Ambiguous { candidates, .. }) => {
                assert_eq!(candidates, ["abc1", "abd2"]);
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(store.review("2026"), Err(StoreError::Ambiguous { .. })));
        assert!(matches!(store.review(""), Err(StoreError::NotFound { .. })));
        assert!(matches!(store.review("%"), Err(StoreError::NotFound { .. })));
        assert_eq!(store.review("last").unwrap().id, "20260102-b");
        assert_eq!(store.reviews(1).unwrap()[0].id, "20260102-b");
    }

    #[test]
    fn a_full_id_that_starts_another_is_not_ambiguous() {
        let (_folder, store) = store();
        store.add_review(&record("r1", 1, &[])).unwrap();
        store.add_review(&record("r10", 2, &[])).unwrap();
        assert_eq!(store.review("r1").unwrap().id, "r1");
    }

    #[test]
    fn ids_sort_by_time_and_carry_the_key() {
        assert_eq!(review_id(0, "0123456789abcdef"), "19700101-000000-01234567");
        assert!(review_id(1_767_225_600, "a") < review_id(1_767_225_601, "a"));
    }

    #[test]
    fn two_processes_may_store_the_same_review() {
        let (folder, first) = store();
        let second = Store::open(&folder.path().join("f.db")).unwrap();
        first.add_review(&record("r1", 1, &["f"])).unwrap();
        second.add_review(&record("r1", 1, &["f"])).unwrap();
        assert_eq!(second.reviews(9).unwrap().len(), 1);
    }
}
