//! The file in which passages are kept and found, one for all repositories of a
//! user.

use std::path::Path;

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::DocsError;
use super::passage::Passage;
use super::words;
use crate::store::Store;

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/docs/migrations");

/// Passages that one search weighs; a question of common words alone has more.
const MAX_CANDIDATES: usize = 30_000;
/// Seconds after which it is written down anew that a collection was used.
const USED: i64 = 86_400;

/// Documentation that can be searched: of one version of a package, or imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    pub(super) id: i64,
    /// Empty for imported documentation.
    pub ecosystem: String,
    pub name: String,
    /// Empty if unknown.
    pub version: String,
    pub files: usize,
    pub passages: usize,
    /// What was left out; empty if nothing was.
    pub note: String,
    pub(super) digest: Vec<u8>,
    /// Where it was read; empty for imported documentation.
    pub place: String,
}

impl Collection {
    /// `name version`.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version).trim_end().to_owned()
    }
}

/// What a new collection holds.
pub(super) struct Content<'a> {
    pub ecosystem: &'a str,
    pub name: &'a str,
    pub version: &'a str,
    pub files: usize,
    pub passages: &'a [Passage],
    pub note: &'a str,
}

impl Content<'_> {
    fn digest(&self) -> blake3::Hash {
        let mut hash = blake3::Hasher::new();
        for passage in self.passages {
            for part in [&passage.title, &passage.body, &passage.place] {
                hash.update(&(part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.update(self.note.as_bytes());
        hash.finalize()
    }
}

/// A passage that was found.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub collection: i64,
    pub passage: Passage,
}

/// The open file.
pub(super) struct Database {
    store: Store,
}

const COLUMNS: &str = "id, ecosystem, name, version, files, passages, note, digest, \
     (SELECT coalesce(min(root), '') FROM docs_place WHERE collection = docs_collection.id)";

fn collection(row: &rusqlite::Row<'_>) -> rusqlite::Result<Collection> {
    Ok(Collection {
        id: row.get(0)?,
        ecosystem: row.get(1)?,
        name: row.get(2)?,
        version: row.get(3)?,
        files: row.get::<_, i64>(4)?.try_into().unwrap_or_default(),
        passages: row.get::<_, i64>(5)?.try_into().unwrap_or_default(),
        note: row.get(6)?,
        digest: row.get(7)?,
        place: row.get::<_, String>(8)?.trim_end_matches(':').to_owned(),
    })
}

impl Database {
    pub fn open(path: &Path) -> Result<Self, DocsError> {
        Ok(Self { store: Store::open_with(path, &MIGRATIONS)? })
    }

    /// Everything that is kept, by ecosystem, name and version.
    pub fn collections(&self) -> Result<Vec<Collection>, DocsError> {
        let db = self.store.lock();
        let mut statement = db.prepare(&format!(
            "SELECT {COLUMNS} FROM docs_collection ORDER BY ecosystem, name, version, digest"
        ))?;
        let rows = statement.query_map([], collection)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was read at a root, if its files look as they did then.
    pub fn at_root(
        &self,
        root: &str,
        stamp: &[u8],
        now: i64,
    ) -> Result<Option<Collection>, DocsError> {
        let db = self.store.lock();
        let found = db
            .query_row(
                &format!(
                    "SELECT {COLUMNS} FROM docs_collection WHERE id =
                     (SELECT collection FROM docs_place WHERE root = ?1 AND stamp = ?2)"
                ),
                params![root, stamp],
                collection,
            )
            .optional()?;
        if let Some(found) = &found {
            // Only once a day: a search is a read, and should stay one.
            db.execute(
                "UPDATE docs_collection SET used = ?2 WHERE id = ?1 AND used < ?2 - ?3",
                params![found.id, now, USED],
            )?;
        }
        Ok(found)
    }

    /// Keeps what was read at a root; the same content is kept once. Collections
    /// that were not used the longest make room, within `most` bytes.
    pub fn put_at_root(
        &self,
        root: &str,
        stamp: &[u8],
        content: &Content<'_>,
        most: u64,
        now: i64,
    ) -> Result<Collection, DocsError> {
        self.write(|db| {
            let mut kept = insert(db, content, now)?;
            db.execute(
                "INSERT INTO docs_place (root, stamp, collection) VALUES (?1, ?2, ?3)
                 ON CONFLICT (root) DO UPDATE SET stamp = ?2, collection = ?3",
                params![root, stamp, kept.id],
            )?;
            if kept.place.is_empty() {
                kept.place = root.trim_end_matches(':').to_owned();
            }
            // What no place holds any more was replaced there.
            let orphans = ids(db, "SELECT id FROM docs_collection WHERE ecosystem <> '' AND id NOT IN (SELECT collection FROM docs_place)")?;
            for id in orphans {
                delete(db, id)?;
            }
            make_room(db, kept.id, most)?;
            Ok(kept)
        })
    }

    /// Keeps imported documentation in place of what had its name and version; says
    /// whether that was the same.
    pub fn put_imported(
        &self,
        content: &Content<'_>,
        now: i64,
    ) -> Result<(Collection, bool), DocsError> {
        self.write(|db| {
            let digest = content.digest();
            let mut statement = db.prepare(
                "SELECT id, digest FROM docs_collection
                 WHERE ecosystem = '' AND name = ?1 AND version = ?2",
            )?;
            let before: Vec<(i64, Vec<u8>)> = statement
                .query_map(params![content.name, content.version], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect::<Result<_, _>>()?;
            drop(statement);
            let same = before.iter().any(|(_, d)| d == digest.as_bytes());
            for (id, other) in before {
                if other != digest.as_bytes() {
                    delete(db, id)?;
                }
            }
            Ok((insert(db, content, now)?, same))
        })
    }

    /// Removes collections; says how many there were.
    pub fn remove(&self, ids: &[i64]) -> Result<usize, DocsError> {
        self.write(|db| {
            let mut removed = 0;
            for id in ids {
                removed += delete(db, *id)?;
            }
            Ok(removed)
        })
    }

    /// Passages of the collections that have any of the words, in the order in which
    /// they were read, and whether there are more than are weighed.
    pub fn candidates(
        &self,
        collections: &[i64],
        words: &[String],
    ) -> Result<(Vec<Candidate>, bool), DocsError> {
        if collections.is_empty() || words.is_empty() {
            return Ok((Vec::new(), false));
        }
        // Words are letters and digits only, so quoting them is enough.
        let scope: Vec<String> = collections.iter().map(|id| format!("\"c{id}\"")).collect();
        let words: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
        let pattern = format!(
            "scope : ({}) AND {{title place body}} : ({})",
            scope.join(" OR "),
            words.join(" OR ")
        );
        let db = self.store.lock();
        let mut statement = db.prepare_cached(
            "SELECT p.collection, p.title, p.body, p.place, p.symbol
             FROM docs_text t JOIN docs_passage p ON p.id = t.rowid
             WHERE docs_text MATCH ?1 ORDER BY t.rowid LIMIT ?2",
        )?;
        let rows = statement.query_map(params![pattern, MAX_CANDIDATES as i64 + 1], |row| {
            Ok(Candidate {
                collection: row.get(0)?,
                passage: Passage {
                    title: row.get(1)?,
                    body: row.get(2)?,
                    place: row.get(3)?,
                    symbol: row.get(4)?,
                },
            })
        })?;
        let mut found: Vec<Candidate> = rows.collect::<Result<_, _>>()?;
        let more = found.len() > MAX_CANDIDATES;
        found.truncate(MAX_CANDIDATES);
        Ok((found, more))
    }

    /// One transaction; names the failures that a user can act on.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, DocsError> {
        let mut db = self.store.lock();
        let done: rusqlite::Result<T> = (|| {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        done.map_err(|e| self.store.failed(e).into())
    }
}

fn insert(db: &Connection, content: &Content<'_>, now: i64) -> rusqlite::Result<Collection> {
    let digest = content.digest();
    let known = db
        .query_row(
            &format!(
                "SELECT {COLUMNS} FROM docs_collection
                 WHERE ecosystem = ?1 AND name = ?2 AND version = ?3 AND digest = ?4"
            ),
            params![content.ecosystem, content.name, content.version, digest.as_bytes()],
            collection,
        )
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let bytes: usize = content.passages.iter().map(|p| p.body.len() + p.title.len()).sum();
    db.execute(
        "INSERT INTO docs_collection
             (ecosystem, name, version, digest, files, passages, bytes, note, used)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            content.ecosystem,
            content.name,
            content.version,
            digest.as_bytes(),
            content.files as i64,
            content.passages.len() as i64,
            bytes as i64,
            content.note,
            now
        ],
    )?;
    let id = db.last_insert_rowid();
    let mut passage = db.prepare_cached(
        "INSERT INTO docs_passage (collection, title, body, place, symbol)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut text = db.prepare_cached(
        "INSERT INTO docs_text (rowid, scope, title, place, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let scope = format!("c{id}");
    for p in content.passages {
        passage.execute(params![id, p.title, p.body, p.place, p.symbol])?;
        let split = |text: &str| words::words(text).join(" ");
        text.execute(params![
            db.last_insert_rowid(),
            scope,
            split(&p.title),
            split(&p.place),
            split(&p.body)
        ])?;
    }
    Ok(Collection {
        id,
        ecosystem: content.ecosystem.to_owned(),
        name: content.name.to_owned(),
        version: content.version.to_owned(),
        files: content.files,
        passages: content.passages.len(),
        note: content.note.to_owned(),
        // Written down by the caller, if it has one.
        place: String::new(),
        digest: digest.as_bytes().to_vec(),
    })
}

fn delete(db: &Connection, id: i64) -> rusqlite::Result<usize> {
    db.execute(
        "DELETE FROM docs_text WHERE rowid IN (SELECT id FROM docs_passage WHERE collection = ?1)",
        [id],
    )?;
    // Passages and places go with it.
    db.execute("DELETE FROM docs_collection WHERE id = ?1", [id])
}

fn ids(db: &Connection, query: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = db.prepare(query)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// Removes packages that were not used the longest, but for `keep`.
fn make_room(db: &Connection, keep: i64, most: u64) -> rusqlite::Result<()> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    loop {
        let total: i64 =
            db.query_row("SELECT coalesce(sum(bytes), 0) FROM docs_collection", [], |r| r.get(0))?;
        let oldest: Option<i64> = db
            .query_row(
                "SELECT id FROM docs_collection WHERE ecosystem <> '' AND id <> ?1
                 ORDER BY used, id LIMIT 1",
                [keep],
                |r| r.get(0),
            )
            .optional()?;
        match oldest {
            Some(id) if total > most => delete(db, id)?,
            _ => return Ok(()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(title: &str, body: &str) -> Passage {
        let place = "a.rs:1".to_owned();
        Passage { title: title.into(), body: body.into(), place, symbol: true }
    }

    fn content<'a>(name: &'a str, passages: &'a [Passage]) -> Content<'a> {
        Content { ecosystem: "rust", name, version: "1", files: 1, passages, note: "" }
    }

    #[test]
    fn a_place_that_changed_is_read_anew_and_its_old_content_goes() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("docs.db")).unwrap();
        let (old, new) = ([passage("a", "old")], [passage("a", "new")]);
        db.put_at_root("/x", b"1", &content("p", &old), 1000, 0).unwrap();
        assert!(db.at_root("/x", b"2", 0).unwrap().is_none());
        let kept = db.put_at_root("/x", b"2", &content("p", &new), 1000, 0).unwrap();
        assert_eq!(db.at_root("/x", b"2", 0).unwrap(), Some(kept.clone()));
        assert_eq!(db.collections().unwrap(), std::slice::from_ref(&kept));
        let found = |word: &str| db.candidates(&[kept.id], &[word.to_owned()]).unwrap().0.len();
        assert_eq!((found("old"), found("new")), (0, 1));
    }

    #[test]
    fn equal_content_at_two_places_is_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("docs.db")).unwrap();
        let same = [passage("a", "text")];
        let first = db.put_at_root("/x", b"1", &content("p", &same), 1000, 0).unwrap();
        let second = db.put_at_root("/y", b"1", &content("p", &same), 1000, 0).unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn what_was_not_used_the_longest_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("docs.db")).unwrap();
        let passages: Vec<[Passage; 1]> =
            (0..3).map(|n| [passage("a", &format!("{n}").repeat(60))]).collect();
        let add = |n: usize, now| {
            let name = format!("p{n}");
            db.put_at_root(&format!("/{n}"), b"1", &content(&name, &passages[n]), 150, now)
                .unwrap();
        };
        add(0, 10);
        add(1, 20);
        // Used again, so that the other one is older.
        db.at_root("/0", b"1", 200_000).unwrap();
        add(2, 30);
        let names: Vec<String> = db.collections().unwrap().into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["p0", "p2"]);
    }
}
