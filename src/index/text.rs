//! Search by regular expression over the files of the tree.

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::sinks::Lossy;
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};

use crate::change::Entry;

use super::view::{View, innermost};
use super::{Hit, IndexError, Scope};

/// Files searched in parallel before it is first asked whether there are enough
/// hits; twice as many each time after that.
const BATCH: usize = 512;
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
        let most = limit.min(PER_FILE);
        let (mut hits, mut from, mut batch) = (Vec::new(), 0, BATCH);
        while from < entries.len() && hits.len() < limit {
            let end = entries.len().min(from + batch);
            let found = self.snapshot.each(
                &entries[from..end],
                || (matcher.clone(), searcher()),
                |(matcher, searcher), entry, bytes| {
                    search_file(matcher, searcher, entry, bytes, most)
                },
            );
            // What a partial clone lacks holds no line to show.
            hits.extend(found.into_iter().flatten().flatten());
            (from, batch) = (end, batch * 2);
        }
        self.snapshot.keep(&self.tree.folder);
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

/// A searcher reserves memory, so a thread makes one for all its files.
fn searcher() -> Searcher {
    SearcherBuilder::new().line_number(true).binary_detection(BinaryDetection::quit(0)).build()
}

fn search_file(
    matcher: &RegexMatcher,
    searcher: &mut Searcher,
    entry: &Entry,
    bytes: &[u8],
    limit: usize,
) -> Vec<Hit> {
    let mut hits = Vec::new();
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
