//! Search by regular expression over the files of the tree.

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::sinks::Lossy;
use grep_searcher::{BinaryDetection, SearcherBuilder};
use rayon::prelude::*;

use crate::change::Entry;

use super::view::{View, innermost};
use super::{Hit, IndexError, Scope};

/// Files and bytes searched in parallel before it is asked whether there are
/// enough hits.
const BATCH: usize = 512;
const BATCH_BYTES: u64 = 16 << 20;
/// Larger files are data, not code.
const MAX_SIZE: u64 = 8_000_000;
/// Most characters of a shown line.
const LINE: usize = 300;
/// Most hits that one file may give.
const PER_FILE: usize = 50;
/// Bytes that a compiled pattern may take; a hostile one would ask for more.
const PATTERN_SIZE: usize = 4 << 20;

impl View {
    /// Lines that match a regular expression, by path and line, at most `limit`
    /// and at most 50 of one file.
    pub fn search_text(
        &self,
        pattern: &str,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let matcher = RegexMatcherBuilder::new()
            .line_terminator(Some(b'\n'))
            .size_limit(PATTERN_SIZE)
            .dfa_size_limit(PATTERN_SIZE)
            .build(pattern)
            .map_err(|e| IndexError::Pattern(e.to_string()))?;
        let entries: Vec<&Entry> = self
            .snapshot
            .entries()
            .iter()
            .filter(|e| e.is_file() && e.size <= MAX_SIZE && scope.holds(self, &e.path))
            .collect();
        let batches = batches(&entries);
        let mut hits = Vec::new();
        let mut next = batches.first().map(|batch| self.snapshot.read(batch));
        for (n, batch) in batches.iter().enumerate() {
            let Some(bytes) = next.take() else { break };
            // The next batch is read while this one is searched.
            let (found, read) = rayon::join(
                || -> Vec<Vec<Hit>> {
                    let files = batch.par_iter().zip(&bytes);
                    files
                        .map(|(entry, bytes)| match bytes {
                            Some(bytes) => search_file(&matcher, entry, bytes, limit.min(PER_FILE)),
                            // What a partial clone lacks holds no line to show.
                            None => Vec::new(),
                        })
                        .collect()
                },
                || batches.get(n + 1).map(|batch| self.snapshot.read(batch)),
            );
            next = read;
            hits.extend(found.into_iter().flatten());
            if hits.len() >= limit {
                break;
            }
        }
        hits.truncate(limit);
        let mut outline = (String::new(), Vec::new());
        for hit in &mut hits {
            if outline.0 != hit.path {
                outline = (hit.path.clone(), self.outline(&hit.path)?);
            }
            if let Some(symbol) = innermost(&outline.1, hit.start) {
                hit.kind = Some(symbol.kind);
                hit.symbol = Some(symbol.qualified.clone());
                hit.signature = Some(symbol.signature.clone());
            }
        }
        Ok(hits)
    }
}

/// Cuts files into batches that are read together.
fn batches<'e>(entries: &'e [&'e Entry]) -> Vec<&'e [&'e Entry]> {
    let mut batches = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (n, entry) in entries.iter().enumerate() {
        if n > from && (n - from >= BATCH || bytes + entry.size > BATCH_BYTES) {
            batches.push(&entries[from..n]);
            (from, bytes) = (n, 0);
        }
        bytes += entry.size;
    }
    if from < entries.len() {
        batches.push(&entries[from..]);
    }
    batches
}

fn search_file(matcher: &RegexMatcher, entry: &Entry, bytes: &[u8], limit: usize) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut searcher =
        SearcherBuilder::new().line_number(true).binary_detection(BinaryDetection::quit(0)).build();
    let sink = Lossy(|line, text: &str| {
        hits.push(Hit {
            path: entry.path.clone(),
            line: line as u32,
            start: line as u32,
            end: line as u32,
            score: 0.0,
            text: text.trim_end().chars().take(LINE).collect(),
            symbol: None,
            kind: None,
            signature: None,
        });
        Ok(hits.len() < limit)
    });
    // Reading from memory cannot fail; what was found stands.
    let _ = searcher.search_slice(matcher, bytes, sink);
    hits
}
