//! The index as seen from one tree: joins facts by blob with the tree's paths.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Row, params};

use crate::change::Snapshot;
use crate::lang::{Import, Language, Languages, SymbolKind};
use crate::store::Store;

use super::meaning::Semantic;
use super::{IndexError, Symbol, update};

/// Which stored files are in a tree.
pub(super) struct Tree {
    /// The state folder.
    pub folder: PathBuf,
    files: HashMap<String, i64>,
    /// Several paths may hold the same content.
    paths: HashMap<i64, Vec<String>>,
}

impl Tree {
    pub fn open(
        store: &Store,
        languages: &Languages,
        snapshot: &Snapshot,
    ) -> Result<Self, IndexError> {
        let known = update::known(&store.connect()?, languages)?;
        let (mut files, mut paths) = (HashMap::new(), HashMap::<i64, Vec<String>>::new());
        for entry in snapshot.entries().iter().filter(|e| e.is_file()) {
            if let Some(file) = update::look_up(&known, languages, entry) {
                files.insert(entry.path.clone(), file.id);
                paths.entry(file.id).or_default().push(entry.path.clone());
            }
        }
        Ok(Self { folder: store.folder().to_owned(), files, paths })
    }

    pub fn file(&self, path: &str) -> Option<i64> {
        self.files.get(path).copied()
    }

    /// Paths of the tree that hold a stored file, sorted.
    pub fn paths_of(&self, file: i64) -> &[String] {
        self.paths.get(&file).map_or(&[], Vec::as_slice)
    }
}

/// Queries over one tree. Results are sorted by path and line.
pub struct View {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) languages: Arc<Languages>,
    pub(super) tree: Tree,
    connection: Mutex<Connection>,
    pub(super) semantic: Mutex<Option<Arc<Semantic>>>,
    /// Imports of files that were asked for.
    pub(super) imports: Mutex<HashMap<i64, Arc<[Import]>>>,
}

const SYMBOL: &str =
    "SELECT file, name, qualified, kind, start, \"end\", line, signature, doc FROM index_symbols";

impl View {
    pub(super) fn open(
        store: &Store,
        languages: Arc<Languages>,
        snapshot: Arc<Snapshot>,
    ) -> Result<Self, IndexError> {
        let tree = Tree::open(store, &languages, &snapshot)?;
        snapshot.recall(&tree.folder);
        Ok(Self {
            tree,
            connection: Mutex::new(store.connect()?),
            semantic: Mutex::new(None),
            imports: Mutex::default(),
            snapshot,
            languages,
        })
    }

    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    pub fn languages(&self) -> &Arc<Languages> {
        &self.languages
    }

    /// How many chunks of the tree have a vector of the embedder, and how many
    /// there are; equal ones count once.
    pub fn embedded(&self, embedder: &str) -> Result<(usize, usize), IndexError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT c.file, c.hash, v.id IS NOT NULL FROM index_chunks c
             LEFT JOIN index_vectors v ON v.embedder = ?1 AND v.hash = c.hash",
        )?;
        let mut rows = statement.query([embedder])?;
        let mut seen: HashMap<Vec<u8>, bool> = HashMap::new();
        while let Some(row) = rows.next()? {
            if !self.tree.paths_of(row.get(0)?).is_empty() {
                seen.insert(row.get(1)?, row.get(2)?);
            }
        }
        Ok((seen.values().filter(|has| **has).count(), seen.len()))
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The language of a file of the tree.
    pub fn language(&self, path: &str) -> Option<&Language> {
        if let Some(language) = self.languages.of(path, "") {
            return Some(language);
        }
        if !Languages::needs_first_line(path) {
            return None;
        }
        let text = self.snapshot.text(path).ok()??;
        self.languages.of(path, text.line(1).unwrap_or_default())
    }

    /// Symbols of a file, outermost first.
    pub fn outline(&self, path: &str) -> Result<Vec<Symbol>, IndexError> {
        let Some(file) = self.tree.file(path) else { return Ok(Vec::new()) };
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(&format!("{SYMBOL} WHERE file = ?1 ORDER BY n"))?;
        let rows = statement.query_map([file], |row| symbol(row, path))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Definitions by plain or qualified name. A qualified one may leave out
    /// outer containers, and `.`, `::`, `#` and `/` all separate its parts.
    pub fn symbols(&self, name: &str) -> Result<Vec<Symbol>, IndexError> {
        let wanted = segments(name);
        let Some(last) = wanted.last() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(&format!("{SYMBOL} WHERE name = ?1"))?;
            let mut rows = statement.query(params![last])?;
            while let Some(row) = rows.next()? {
                for path in self.tree.paths_of(row.get(0)?) {
                    found.push(symbol(row, path)?);
                }
            }
        }
        found.retain(|s| segments(&s.qualified).ends_with(&wanted));
        found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        Ok(found)
    }

    /// Innermost symbol around a line; constants do not count.
    pub fn enclosing(&self, path: &str, line: u32) -> Result<Option<Symbol>, IndexError> {
        Ok(innermost(&self.outline(path)?, line).cloned())
    }
}

/// The innermost of a file's symbols around a line; constants do not count.
pub(super) fn innermost(outline: &[Symbol], line: u32) -> Option<&Symbol> {
    let around = |s: &Symbol| s.start <= line && line <= s.end;
    outline.iter().rfind(|s| s.kind != SymbolKind::Constant && around(s))
}

/// Parts of a qualified name, whatever its language joins them with; brackets of a
/// call or a type are dropped.
pub(super) fn segments(name: &str) -> Vec<&str> {
    let name = name.split(['(', '<', ' ']).next().unwrap_or_default();
    name.split(['.', ':', '#', '/', '\\']).filter(|s| !s.is_empty()).collect()
}

fn symbol(row: &Row<'_>, path: &str) -> rusqlite::Result<Symbol> {
    let kind: String = row.get(3)?;
    Ok(Symbol {
        path: path.to_owned(),
        name: row.get(1)?,
        qualified: row.get(2)?,
        kind: SymbolKind::parse(&kind).unwrap_or(SymbolKind::Type),
        start: row.get(4)?,
        end: row.get(5)?,
        line: row.get(6)?,
        signature: row.get(7)?,
        doc: row.get(8)?,
    })
}
