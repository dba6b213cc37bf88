//! Runs a query over a tree within the time limit and hands out its captures
//! by name.

use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;

use streaming_iterator::StreamingIterator;
use tree_sitter::{Node, Query, QueryCapture, QueryCursor, QueryCursorOptions};

use super::limit::Limit;

/// Half-finished matches kept at once; a hostile file could ask for millions.
const MATCH_LIMIT: u32 = 4096;

/// A query that is compiled when it is first used.
#[derive(Debug)]
pub(super) struct LazyQuery {
    parser: tree_sitter::Language,
    source: String,
    query: OnceLock<Option<Query>>,
}

impl LazyQuery {
    pub fn new(parser: tree_sitter::Language, source: String) -> Self {
        Self { parser, source, query: OnceLock::new() }
    }

    /// Compiles it and says what is wrong.
    pub fn check(&self) -> Result<(), tree_sitter::QueryError> {
        Query::new(&self.parser, &self.source).map(|_| ())
    }

    fn get(&self) -> Option<&Query> {
        self.query.get_or_init(|| Query::new(&self.parser, &self.source).ok()).as_ref()
    }
}

/// One match of a pattern.
pub(super) struct Match<'a, 't> {
    pub query: &'a Query,
    pub pattern: usize,
    pub captures: &'a [QueryCapture<'t>],
}

impl<'a, 't> Match<'a, 't> {
    /// The first node of a capture.
    pub fn node(&self, name: &str) -> Option<Node<'t>> {
        self.nodes(name).next()
    }

    pub fn nodes<'n>(&'n self, name: &'n str) -> impl Iterator<Item = Node<'t>> + 'n {
        self.named().filter(move |(n, _)| *n == name).map(|(_, node)| node)
    }

    /// All captures with their names, in the order of the text.
    pub fn named<'n>(&'n self) -> impl Iterator<Item = (&'a str, Node<'t>)> + 'n {
        let names = self.query.capture_names();
        self.captures.iter().map(move |c| (names[c.index as usize], c.node))
    }

    /// Whether the pattern carries `(#set! key)` or `(#set! key value)`.
    pub fn has_setting(&self, key: &str) -> bool {
        self.query.property_settings(self.pattern).iter().any(|p| &*p.key == key)
    }
}

/// Calls `each` for every match below `node`, at most within `range` (bytes).
/// What was found when the time runs out stands.
pub(super) fn run<'t>(
    query: &LazyQuery,
    node: Node<'t>,
    text: &str,
    range: Option<Range<usize>>,
    mut each: impl FnMut(&Match<'_, 't>),
) {
    let Some(query) = query.get() else { return };
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCH_LIMIT);
    if let Some(range) = range {
        cursor.set_byte_range(range);
    }
    let mut limit = Limit::start();
    let mut inside = limit;
    let mut watch = |_: &tree_sitter::QueryCursorState| {
        if inside.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = QueryCursorOptions::new().progress_callback(&mut watch);
    let mut matches = cursor.matches_with_options(query, node, text.as_bytes(), options);
    while let Some(found) = matches.next() {
        // The watch runs inside the library only, not while a caller works.
        if limit.is_over() {
            break;
        }
        each(&Match { query, pattern: found.pattern_index, captures: found.captures() });
    }
}

/// The text of a node; empty where the tree does not fit the text.
pub(super) fn text_of<'s>(node: Node<'_>, text: &'s str) -> &'s str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// White space folded to single blanks, cut at `most` characters.
pub(super) fn fold(text: &str, most: usize) -> String {
    let mut folded = String::new();
    // Nodes nest, so folding whole texts of each would be quadratic.
    let most_bytes = (0..=text.len().min(most * 8)).rev().find(|n| text.is_char_boundary(*n));
    let text = &text[..most_bytes.unwrap_or_default()];
    for (n, word) in text.split_whitespace().enumerate() {
        if n > 0 {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    match folded.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &folded[..at]),
        None => folded,
    }
}

/// 1-based first and last line of a node. A node that ends at the start of a
/// line does not touch that line.
pub(super) fn lines_of(node: Node<'_>) -> (u32, u32) {
    let (start, end) = (node.start_position(), node.end_position());
    let last = if end.column == 0 && end.row > start.row { end.row - 1 } else { end.row };
    (start.row as u32 + 1, last as u32 + 1)
}
