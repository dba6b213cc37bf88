//! Files as the origins compare them, and their text helpers.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::change::{self, ChangedFile, Snapshot};
pub(super) use crate::index::Source;
pub(super) use crate::lang::name::{binds, last, mentions, root};
pub(super) use crate::plain::fold;

/// What a change did to the lines of one file.
pub(super) struct Lines {
    /// Base lines that are gone.
    pub removed: BTreeSet<u32>,
    /// Head lines that are new.
    pub added: BTreeSet<u32>,
}

impl Lines {
    pub fn of(file: &ChangedFile) -> Self {
        Self {
            removed: file.removed_lines().map(|(n, _)| n).collect(),
            added: file.added_lines().map(|(n, _)| n).collect(),
        }
    }
}

/// Both versions of a changed file.
pub(super) struct Compared<'a> {
    pub file: &'a ChangedFile,
    pub lines: Lines,
    pub base: &'a Source<'a>,
    pub head: &'a Source<'a>,
}

/// Texts of the wanted files in the folder of a path, itself among them, at most so many.
pub(super) fn folder(
    snapshot: &Snapshot,
    path: &str,
    most: usize,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Arc<str>> {
    let here = change::folder(path);
    let entries = snapshot.entries().iter();
    entries
        .filter(|e| e.is_file() && change::folder(&e.path) == here && wanted(&e.path))
        .take(most)
        .filter_map(|e| Some(snapshot.text(&e.path).ok()??.text))
        .collect()
}

/// Whether the diff shows a head line.
pub(super) fn in_hunk(file: &ChangedFile, line: u32) -> bool {
    file.hunks.iter().flat_map(|h| &h.lines).any(|l| l.new == Some(line))
}

/// The head line that took the place of a removed one: the first kept or added
/// line after it within its hunk.
pub(super) fn removal_point(file: &ChangedFile, old: u32) -> Option<u32> {
    let hunk = file.hunks.iter().find(|h| h.lines.iter().any(|l| l.old == Some(old)))?;
    let at = hunk.lines.iter().position(|l| l.old == Some(old))?;
    let later = hunk.lines[at..].iter().find_map(|l| l.new);
    later.or_else(|| hunk.lines[..at].iter().rev().find_map(|l| l.new))
}

/// A quote of at most `most` lines.
pub(super) fn quote(text: &str, most: usize) -> String {
    let mut lines: Vec<&str> = text.lines().take(most).map(str::trim_end).collect();
    if text.lines().count() > most {
        lines.push("…");
    }
    let shift = lines
        .iter()
        .filter(|l| !l.trim().is_empty() && **l != "…")
        .map(|l| l.len() - l.trim_start().len())
        .min()
        .unwrap_or(0);
    let cut = |l: &&str| l.get(shift..).filter(|_| *l != "…").unwrap_or(l.trim_start()).to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_lose_common_indentation_only() {
        assert_eq!(quote("    if x:\n        y\n    z", 2), "if x:\n    y\n…");
    }
}
