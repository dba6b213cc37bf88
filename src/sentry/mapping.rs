//! Code mappings: where the files of a running program lie in the repository.

use std::collections::BTreeMap;

use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::tree::Tree;
use super::{SentryError, query};

/// Paths that begin with one root lie below the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The project's slug; empty for any.
    pub project: String,
    pub stack_root: String,
    pub source_root: String,
    /// `import`, `user` or `derived`.
    pub origin: String,
}

/// The mappings of a cache, ready to be applied.
#[derive(Debug, Clone, Default)]
pub(super) struct Mappings {
    /// Project, and the roots' segments joined by `/`; longest stack roots first.
    rows: Vec<(String, String, String)>,
}

impl Mappings {
    pub fn add(&mut self, project: &str, stack_root: &str, source_root: &str) {
        let row = (project.to_owned(), frame::root(stack_root), frame::root(source_root));
        // Those of a project come before those of any.
        let order = |(project, stack, _): &(String, String, String)| {
            (project.is_empty(), std::cmp::Reverse(stack.len()))
        };
        let at = self.rows.partition_point(|known| order(known) <= order(&row));
        self.rows.insert(at, row);
    }

    /// The paths of the repository that a place may mean, the best first.
    pub fn apply(&self, place: &Place, project: Option<&str>) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let (own, whole) = (frame::forward(&place.path), place.whole());
        let mut found = Vec::new();
        for (of, stack, source) in &self.rows {
            if !of.is_empty() && project.is_none_or(|p| !p.eq_ignore_ascii_case(of)) {
                continue;
            }
            let rest = below(&own, stack).or_else(|| below(&whole, stack));
            if let Some(rest) = rest {
                let path = [source.as_str(), rest].into_iter().filter(|p| !p.is_empty());
                found.push(path.collect::<Vec<_>>().join("/"));
            }
        }
        found
    }
}

/// The rest of a path below a root.
fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    if root.is_empty() {
        return Some(path);
    }
    path.strip_prefix(root)?.strip_prefix('/')
}

pub(super) fn list(db: &Connection) -> Result<Vec<Mapping>, SentryError> {
    let mut statement = db.prepare_cached(
        "SELECT project, stack_root, source_root, origin FROM sentry_mapping
         ORDER BY project, stack_root",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Mapping {
            project: row.get(0)?,
            stack_root: row.get(1)?,
            source_root: row.get(2)?,
            origin: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn load(db: &Connection) -> Result<Mappings, SentryError> {
    let mut mappings = Mappings::default();
    for mapping in list(db)? {
        mappings.add(&mapping.project, &mapping.stack_root, &mapping.source_root);
    }
    Ok(mappings)
}

impl Mapping {
    /// Whether it is of that project and stack root; `/app`, `/app/` and `app` are one.
    pub fn is_of(&self, project: &str, stack_root: &str) -> bool {
        self.project == project && frame::root(&self.stack_root) == frame::root(stack_root)
    }
}

/// Writes mappings; one with the same project and stack root is replaced.
pub(super) fn put(db: &mut Connection, mappings: &[Mapping]) -> Result<(), SentryError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for mapping in mappings {
        for same in list(&tx)?.iter().filter(|m| m.is_of(&mapping.project, &mapping.stack_root)) {
            drop_one(&tx, same)?;
        }
        tx.execute(
            "INSERT OR REPLACE INTO sentry_mapping (project, stack_root, source_root, origin)
             VALUES (?1, ?2, ?3, ?4)",
            params![mapping.project, mapping.stack_root, mapping.source_root, mapping.origin],
        )?;
    }
    tx.execute("DELETE FROM sentry_state WHERE key = 'digest'", [])?;
    tx.commit()?;
    query::keep_digest(db)
}

fn drop_one(db: &Connection, mapping: &Mapping) -> Result<usize, SentryError> {
    Ok(db.execute(
        "DELETE FROM sentry_mapping WHERE project = ?1 AND stack_root = ?2",
        [&mapping.project, &mapping.stack_root],
    )?)
}

/// Whether there was one.
pub(super) fn remove(
    db: &mut Connection,
    project: &str,
    stack_root: &str,
) -> Result<bool, SentryError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut removed = 0;
    for mapping in list(&tx)?.iter().filter(|m| m.is_of(project, stack_root)) {
        removed += drop_one(&tx, mapping)?;
    }
    tx.execute("DELETE FROM sentry_state WHERE key = 'digest'", [])?;
    tx.commit()?;
    query::keep_digest(db)?;
    Ok(removed > 0)
}

/// A mapping that the frames of a project suggest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Derived {
    pub mapping: Mapping,
    /// Frames that it places.
    pub frames: u64,
}

/// Suggests mappings: for each project the pairs of roots by which most of the
/// application's frames reach a file of the tree. A frame that several files agree
/// with suggests nothing, nor does a stack root that leads to two source roots.
pub(super) fn derive(db: &Connection, tree: &Tree) -> Result<Vec<Derived>, SentryError> {
    let mut statement = db.prepare(
        "SELECT i.project, f.path, f.base, f.absolute, f.root, count(*)
         FROM sentry_issue i JOIN sentry_placed f ON f.event = i.latest
         WHERE f.in_app GROUP BY 1, 2, 3, 4, 5",
    )?;
    let mut rows = statement.query([])?;
    let none = Mappings::default();
    let known = list(db)?;
    // By project and stack root: the source roots it leads to, with their frames.
    let mut roots: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let project: Option<String> = row.get(0)?;
        let place = Place {
            path: row.get(1)?,
            base: row.get(2)?,
            absolute: row.get(3)?,
            root: row.get(4)?,
        };
        let count: u64 = row.get::<_, i64>(5)?.unsigned_abs();
        let candidates = tree.resolve(&place, &none, None);
        let [found] = candidates.as_slice() else { continue };
        // A file name or a folder alone is no evidence.
        if found.score < 60 || !place.base.contains('.') {
            continue;
        }
        let path = found.former.as_deref().unwrap_or(&found.path);
        let own = frame::forward(&place.path);
        let (stack, source) = split(&own, path);
        if stack != source {
            let key = (project.unwrap_or_default(), stack);
            *roots.entry(key).or_default().entry(source).or_default() += count;
        }
    }
    let mut found = Vec::new();
    for ((project, stack_root), sources) in roots {
        let all: u64 = sources.values().sum();
        let Some((source_root, frames)) = sources.into_iter().max_by_key(|(_, n)| *n) else {
            continue;
        };
        let given = known.iter().any(|m| m.project == project && m.stack_root == stack_root);
        // What leads to two places is left to a person.
        if frames == all && !given {
            let origin = "derived".to_owned();
            let mapping = Mapping { project, stack_root, source_root, origin };
            found.push(Derived { mapping, frames });
        }
    }
    Ok(found)
}

/// Cuts what two paths have in common at their ends: what is left are the roots,
/// each with a `/` at its end unless it is empty. A stack root that would stand for
/// every path takes in the first common folder.
fn split(stack: &str, source: &str) -> (String, String) {
    let (a, b): (Vec<&str>, Vec<&str>) = (stack.split('/').collect(), source.split('/').collect());
    let mut common = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    if common == a.len() && common > 1 {
        common -= 1;
    }
    let root = |parts: &[&str]| {
        parts[..parts.len() - common].iter().flat_map(|p| [*p, "/"]).collect::<String>()
    };
    (root(&a), root(&b))
}
