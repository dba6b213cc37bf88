//! Search by regular expression over files, and by meaning over chunks.

use std::collections::HashMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::sinks::Lossy;
use grep_searcher::{BinaryDetection, SearcherBuilder};
use rayon::prelude::*;
use rusqlite::params;

use crate::change::Entry;
use crate::engine::{EmbedKind, Embedder, cosine};

use super::chunk::from_bytes;
use super::view::View;
use super::{Hit, IndexError, vector};

/// Files searched in parallel before it is asked whether there are enough hits.
const BATCH: usize = 512;
/// Larger files are data, not code.
const MAX_SIZE: u64 = 8_000_000;
/// Most characters of a shown line.
const LINE: usize = 300;
/// Most hits that one file may give.
const PER_FILE: usize = 50;
/// Bytes that a compiled pattern may take; a hostile one would ask for more.
const PATTERN_SIZE: usize = 4 << 20;

/// A chunk of the tree: path, first and last line, symbol.
type Place = (String, u32, u32, Option<String>);

/// What a search by meaning needs, kept while a view lives.
pub(super) struct Semantic {
    embedder: String,
    index: usearch::Index,
    places: HashMap<u64, Vec<Place>>,
}

enum Within {
    Everything,
    Folder(String),
    Glob(GlobMatcher),
}

impl Within {
    fn parse(text: Option<&str>) -> Result<Self, IndexError> {
        let text = text.unwrap_or_default().trim();
        let text = text.strip_prefix("./").unwrap_or(text);
        let text = text.trim_end_matches('/');
        if text.is_empty() || text == "." {
            return Ok(Self::Everything);
        }
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Folder(text.to_owned()));
        }
        // `*.py` means in any folder, as in a `.gitignore`.
        let pattern = if text.contains('/') { text.to_owned() } else { format!("**/{text}") };
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        glob.map(|g| Self::Glob(g.compile_matcher()))
            .map_err(|e| IndexError::Pattern(e.to_string()))
    }

    fn holds(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Folder(folder) => path
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Glob(glob) => glob.is_match(path),
        }
    }
}

impl View {
    /// Lines that match a regular expression, at most `limit`; `within` is a
    /// folder or a glob.
    pub fn search_text(
        &self,
        pattern: &str,
        within: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let matcher = RegexMatcherBuilder::new()
            .line_terminator(Some(b'\n'))
            .size_limit(PATTERN_SIZE)
            .dfa_size_limit(PATTERN_SIZE)
            .build(pattern)
            .map_err(|e| IndexError::Pattern(e.to_string()))?;
        let within = Within::parse(within)?;
        let entries: Vec<&Entry> = self
            .snapshot
            .entries()
            .iter()
            .filter(|e| e.is_file() && e.size <= MAX_SIZE && within.holds(&e.path))
            .collect();
        let mut hits = Vec::new();
        for batch in entries.chunks(BATCH) {
            let found: Vec<Vec<Hit>> = batch
                .par_iter()
                .map(|entry| self.search_file(&matcher, entry, limit.min(PER_FILE)))
                .collect();
            hits.extend(found.into_iter().flatten());
            if hits.len() >= limit {
                break;
            }
        }
        hits.truncate(limit);
        for hit in &mut hits {
            hit.symbol = self.enclosing(&hit.path, hit.start)?.map(|s| s.qualified);
        }
        Ok(hits)
    }

    fn search_file(&self, matcher: &RegexMatcher, entry: &Entry, limit: usize) -> Vec<Hit> {
        // An object that a partial clone lacks holds no line to show.
        let Ok(bytes) = self.snapshot.blob(&entry.id) else { return Vec::new() };
        let mut hits = Vec::new();
        let mut searcher = SearcherBuilder::new()
            .line_number(true)
            .binary_detection(BinaryDetection::quit(0))
            .build();
        let sink = Lossy(|line, text: &str| {
            hits.push(Hit {
                path: entry.path.clone(),
                start: line as u32,
                end: line as u32,
                score: 0.0,
                text: text.trim_end().chars().take(LINE).collect(),
                symbol: None,
            });
            Ok(hits.len() < limit)
        });
        // Reading from memory cannot fail; what was found stands.
        let _ = searcher.search_slice(matcher, &bytes, sink);
        hits
    }

    /// Chunks nearest in meaning, at most `limit`, the nearest first.
    pub fn search_meaning(
        &self,
        embedder: &dyn Embedder,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let semantic = self.semantic(embedder)?;
        let Some(query) = embedder.embed(&[query], EmbedKind::Query)?.into_iter().next() else {
            return Ok(Vec::new());
        };
        if semantic.places.is_empty() || limit == 0 || query.len() != embedder.dimensions() {
            return Ok(Vec::new());
        }
        let wanted = (limit * 2 + 16).min(semantic.places.len());
        let inside = |key: u64| semantic.places.contains_key(&key);
        let found = semantic
            .index
            .filtered_search(&query, wanted, inside)
            .map_err(|e| IndexError::Vectors(e.to_string()))?;
        let mut keys = found.keys;
        if keys.len() < wanted {
            // The graph found too few of this tree among those of others.
            keys = semantic.places.keys().copied().collect();
        }
        let mut hits = Vec::new();
        for key in keys {
            let score = self.score(key, &query)?;
            for (path, start, end, symbol) in semantic.places.get(&key).into_iter().flatten() {
                hits.push(Hit {
                    path: path.clone(),
                    start: *start,
                    end: *end,
                    score,
                    text: String::new(),
                    symbol: symbol.clone(),
                });
            }
        }
        hits.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| (&a.path, a.start).cmp(&(&b.path, b.start)))
        });
        hits.truncate(limit);
        for hit in &mut hits {
            if let Some(text) = self.snapshot.text(&hit.path)? {
                hit.text = text.lines(hit.start, hit.end).join("\n");
            }
        }
        Ok(hits)
    }

    /// The exact cosine: the graph's own distances are of half floats.
    fn score(&self, key: u64, query: &[f32]) -> Result<f32, IndexError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT vector FROM index_vectors WHERE id = ?1")?;
        let bytes: Vec<u8> = statement.query_row([key as i64], |row| row.get(0))?;
        Ok(cosine(query, &from_bytes(&bytes)))
    }

    fn semantic(&self, embedder: &dyn Embedder) -> Result<Arc<Semantic>, IndexError> {
        let mut kept = self.semantic.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(semantic) = kept.as_ref().filter(|s| s.embedder == embedder.id()) {
            return Ok(semantic.clone());
        }
        let connection = self.connection();
        let index =
            vector::open(&connection, &self.tree.folder, embedder.id(), embedder.dimensions())?;
        let mut places: HashMap<u64, Vec<Place>> = HashMap::new();
        let mut statement = connection.prepare(
            "SELECT v.id, c.file, c.start, c.\"end\", c.symbol
             FROM index_vectors v JOIN index_chunks c ON c.hash = v.hash
             WHERE v.embedder = ?1",
        )?;
        let mut rows = statement.query(params![embedder.id()])?;
        while let Some(row) = rows.next()? {
            for path in self.tree.paths_of(row.get(1)?) {
                places.entry(row.get::<_, i64>(0)? as u64).or_default().push((
                    path.clone(),
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ));
            }
        }
        let semantic = Arc::new(Semantic { embedder: embedder.id().to_owned(), index, places });
        *kept = Some(semantic.clone());
        Ok(semantic)
    }
}
