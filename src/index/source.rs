//! A parsed file of one side of a change.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use tree_sitter::{Node, Tree};

use crate::change::{ChangeError, Snapshot};
use crate::lang::{Branch, Definition, Guard, Language, Languages, is_too_nested};

/// A file that could be parsed.
pub struct Source<'l> {
    pub path: String,
    pub language: &'l Language,
    pub text: Arc<str>,
    pub tree: Tree,
    pub definitions: Vec<Definition>,
    starts: Vec<usize>,
    guards: OnceLock<Vec<Guard>>,
    branches: OnceLock<Vec<Branch>>,
}

/// The text of a file; `None` if it is missing, binary or no plain file.
fn text(snapshot: &Snapshot, path: &str) -> Result<Option<Arc<str>>, ChangeError> {
    if snapshot.entry(path).is_none_or(|e| !e.is_file()) {
        return Ok(None);
    }
    Ok(snapshot.text(path)?.map(|read| read.text))
}

impl<'l> Source<'l> {
    /// Reads and parses a file; `None` if it is missing, binary, in no known
    /// language, too slow to parse, or nested too deep.
    pub fn read(
        languages: &'l Languages,
        snapshot: &Snapshot,
        path: &str,
    ) -> Result<Option<Self>, ChangeError> {
        let text = text(snapshot, path)?;
        Ok(text.and_then(|text| Self::parse(languages, path, text)))
    }

    /// As [`Self::read`], without looking for definitions, which takes longer than to
    /// parse.
    pub fn bare(
        languages: &'l Languages,
        snapshot: &Snapshot,
        path: &str,
    ) -> Result<Option<Self>, ChangeError> {
        let text = text(snapshot, path)?;
        Ok(text.and_then(|text| Self::parsed(languages, path, text)))
    }

    /// Parses a text as the file of that path; `None` as for [`Self::read`].
    pub fn parse(languages: &'l Languages, path: &str, text: Arc<str>) -> Option<Self> {
        let mut source = Self::parsed(languages, path, text)?;
        source.definitions = source.language.definitions(&source.tree, &source.text);
        (!is_too_nested(&source.definitions)).then_some(source)
    }

    fn parsed(languages: &'l Languages, path: &str, text: Arc<str>) -> Option<Self> {
        let language = languages.of(path, text.lines().next().unwrap_or_default())?;
        let tree = language.parse(&text)?;
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(n, _)| n + 1))
            .collect();
        Some(Self {
            path: path.to_owned(),
            language,
            text,
            tree,
            definitions: Vec::new(),
            starts,
            guards: OnceLock::new(),
            branches: OnceLock::new(),
        })
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

    /// The smallest node around a byte range.
    pub fn node(&self, range: &Range<usize>) -> Option<Node<'_>> {
        self.tree.root_node().descendant_for_byte_range(range.start, range.end)
    }

    /// The text of a byte range.
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

    /// What [`Language::guards`] finds in it, found once.
    pub fn guards(&self) -> &[Guard] {
        self.guards.get_or_init(|| self.language.guards(&self.tree, &self.text))
    }

    /// What [`Language::branches`] finds in it, found once.
    pub fn branches(&self) -> &[Branch] {
        self.branches.get_or_init(|| self.language.branches(&self.tree, &self.text))
    }

    /// Whether the file does not parse cleanly around a definition.
    pub fn broken(&self, definition: &Definition) -> bool {
        self.node(&definition.range).is_none_or(|n| n.has_error())
    }
}
