//! A parsed file of one side of a change, and the text helpers of the origins.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use regex::Regex;
use tree_sitter::{Node, Tree};

use crate::change::{ChangeError, ChangedFile, Content, Snapshot, Status};
use crate::lang::{Definition, Guard, Language, Languages};

/// A file that could be parsed.
pub(super) struct Source<'l> {
    pub path: String,
    pub language: &'l Language,
    pub text: Arc<str>,
    pub tree: Tree,
    pub definitions: Vec<Definition>,
    starts: Vec<usize>,
}

impl<'l> Source<'l> {
    /// Reads and parses a file; `None` if it is missing, binary, in no known
    /// language, or too slow to parse.
    pub fn read(
        languages: &'l Languages,
        snapshot: &Snapshot,
        path: &str,
    ) -> Result<Option<Self>, ChangeError> {
        if snapshot.entry(path).is_none_or(|e| !e.is_file()) {
            return Ok(None);
        }
        let Some(read) = snapshot.text(path)? else { return Ok(None) };
        Ok(Self::parse(languages, path, read.text))
    }

    pub fn parse(languages: &'l Languages, path: &str, text: Arc<str>) -> Option<Self> {
        let language = languages.of(path, text.lines().next().unwrap_or_default())?;
        let tree = language.parse(&text)?;
        let definitions = language.definitions(&tree, &text);
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(n, _)| n + 1))
            .collect();
        Some(Self { path: path.to_owned(), language, text, tree, definitions, starts })
    }

    /// A line without its end, 1-based.
    pub fn line(&self, line: u32) -> &str {
        let Some(start) = self.starts.get((line as usize).wrapping_sub(1)) else { return "" };
        self.text[*start..].lines().next().unwrap_or_default()
    }

    /// Lines `start..=end` joined.
    pub fn lines(&self, start: u32, end: u32) -> String {
        (start..=end).map(|n| self.line(n)).collect::<Vec<_>>().join("\n")
    }

    /// Number of lines, not counting an empty one at the end.
    pub fn count(&self) -> u32 {
        self.text.lines().count() as u32
    }

    pub fn node(&self, range: &Range<usize>) -> Option<Node<'_>> {
        self.tree.root_node().descendant_for_byte_range(range.start, range.end)
    }

    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The innermost function or method around a byte range.
    pub fn function(&self, range: &Range<usize>) -> Option<&Definition> {
        self.definitions
            .iter()
            .filter(|d| d.kind.is_callable())
            .filter(|d| d.range.start <= range.start && range.end <= d.range.end)
            .min_by_key(|d| d.range.len())
    }

    /// The only function or method of that qualified name.
    pub fn only(&self, qualified: &str) -> Option<&Definition> {
        let mut found =
            self.definitions.iter().filter(|d| d.kind.is_callable() && d.qualified == qualified);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    pub fn guards(&self) -> Vec<Guard> {
        self.language.guards(&self.tree, &self.text)
    }

    /// Whether the file does not parse cleanly around a definition.
    pub fn broken(&self, definition: &Definition) -> bool {
        self.node(&definition.range).is_none_or(|n| n.has_error())
    }
}

/// What a change did to the lines of one file.
pub(super) struct Lines {
    /// Base lines that are gone.
    pub removed: BTreeSet<u32>,
    /// Head lines that are new.
    pub added: BTreeSet<u32>,
    /// Removed lines' texts, trimmed.
    pub texts: BTreeSet<String>,
}

impl Lines {
    pub fn of(file: &ChangedFile) -> Self {
        Self {
            removed: file.removed_lines().map(|(n, _)| n).collect(),
            added: file.added_lines().map(|(n, _)| n).collect(),
            texts: file.removed_lines().map(|(_, t)| t.trim().to_owned()).collect(),
        }
    }
}

/// Whether a file has two texts to compare.
pub(super) fn comparable(file: &ChangedFile) -> bool {
    matches!(file.status, Status::Modified | Status::Renamed) && file.content == Content::Text
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

/// White space folded to single blanks.
pub(super) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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

/// The first name of `a.b.c`.
pub(super) fn root(subject: &str) -> &str {
    let end = subject.find(['.', '[', '?', '!', '(', '-', ':', '&']).unwrap_or(subject.len());
    &subject[..end]
}

/// The last name of `a.b.c`.
pub(super) fn last(subject: &str) -> &str {
    subject.rsplit(['.', '>', ':']).next().unwrap_or(subject)
}

/// Whether a name stands in a text as a whole word.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(word)
            && !text[at + name.len()..].chars().next().is_some_and(word)
    })
}

/// Whether a line gives a name a value (assignment, loop variable, pattern).
pub(super) fn binds(line: &str, name: &str) -> bool {
    if !mentions(line, name) {
        return false;
    }
    let name = regex::escape(name);
    let patterns = [
        // `x = ...`, `x: T = ...`, `x, y := ...`, `const { x } = ...`
        format!(
            r"(?:^|[^\w.$@]){name}\s*(?:[,}}\])][^=(]*)?(?::[^=;(]*)?(?::|\?\?|\|\|)?=(?:[^=>]|$)"
        ),
        format!(r"\bfor\b.*\b{name}\b.*\b(?:in|of)\b|\bfor\b.*\b{name}\b\s*:"),
        format!(r"\bas\s+{name}\b"),
        format!(r"(?:\||\blambda\b)[^|:]*\b{name}\b"),
    ];
    patterns.iter().any(|p| Regex::new(p).is_ok_and(|r| r.is_match(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words_and_bindings_are_seen() {
        assert!(mentions("user.name", "user") && !mentions("superuser.name", "user"));
        for line in ["x = 1", "x: int = 1", "x, err := f()", "const { x } = o", "for x in xs:"] {
            assert!(binds(line, "x"), "{line}");
        }
        for line in ["x == 1", "f(x)", "x.y = 1", "if x >= 2", "y = x", "(x) => x.y"] {
            assert!(!binds(line, "x"), "{line}");
        }
    }

    #[test]
    fn quotes_lose_common_indentation_only() {
        assert_eq!(quote("    if x:\n        y\n    z", 2), "if x:\n    y\n…");
        assert_eq!((root("a.b.c"), last("a.b.c"), root("xs[0]")), ("a", "c", "xs"));
    }
}
