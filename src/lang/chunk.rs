//! Chunks: the pieces of a file that semantic search embeds.
//!
//! `chunks.scm` captures `@chunk`, kept whole, and `@chunk.container`, of which
//! only the part before its first inner chunk is kept.

use std::ops::Range;

use tree_sitter::Tree;

use super::Language;
use super::query::{lines_of, run};

/// Longest chunk in lines: about what an embedder's window of 512 tokens takes.
const LINES: u32 = 60;
/// Most lines of a container's head.
const HEAD: u32 = 40;
const MOST: usize = 5000;

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Lines, 1-based, inclusive.
    pub start: u32,
    pub end: u32,
    /// Byte at which the captured node begins, to find the symbol around it.
    pub byte: usize,
}

pub(super) fn chunks(language: &Language, tree: &Tree, text: &str) -> Vec<Chunk> {
    let mut nodes: Vec<(Range<usize>, (u32, u32), bool)> = Vec::new();
    run(&language.chunks, tree.root_node(), text, None, |found| {
        for (name, node) in found.named() {
            if nodes.len() < MOST && (name == "chunk" || name == "chunk.container") {
                nodes.push((node.byte_range(), lines_of(node), name == "chunk.container"));
            }
        }
    });
    nodes.sort_by_key(|(range, ..)| (range.start, std::cmp::Reverse(range.end)));
    // A decorated class is its class: the outer node stands.
    nodes.dedup_by(|a, b| a.0 == b.0 || (a.2 && b.2 && a.0.end == b.0.end));
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut covered = 0;
    for (n, (range, (start, end), container)) in nodes.iter().enumerate() {
        // Inside a chunk that is already whole.
        if range.start < covered {
            continue;
        }
        if *container {
            let first_inner = nodes[n + 1..].first().filter(|(r, ..)| r.start < range.end);
            let until = first_inner.map_or(*end, |(_, (line, _), _)| line.saturating_sub(1));
            let until = until.max(*start).min(start + HEAD - 1);
            chunks.push(Chunk { start: *start, end: until, byte: range.start });
            continue;
        }
        covered = range.end;
        let mut from = *start;
        while from <= *end && chunks.len() < MOST {
            // A short rest stays with the piece before it.
            let until = if end - from < LINES + LINES / 4 { *end } else { from + LINES - 1 };
            chunks.push(Chunk { start: from, end: until, byte: range.start });
            from = until + 1;
        }
    }
    chunks.dedup_by(|a, b| (a.start, a.end) == (b.start, b.end));
    chunks
}
