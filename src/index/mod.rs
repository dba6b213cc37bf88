//! Symbols, references, chunks and search over the files of one tree.
//!
//! Facts are kept by blob id, so commits and worktrees share them; a [`View`]
//! joins them with the paths of one tree. Vectors are kept in SQLite; the
//! usearch file beside it is rebuilt whenever its checksum does not match.

mod chunk;
mod hybrid;
mod import;
mod lexicon;
mod meaning;
mod near;
mod parse;
mod rank;
mod reference;
mod scope;
mod source;
mod text;
mod update;
mod vector;
mod view;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::change::Snapshot;
use crate::engine::Embedder;
use crate::lang::Languages;
use crate::store::Store;

pub use hybrid::Query;
pub use near::Near;
pub use scope::Scope;
pub use source::Source;
pub use view::View;

pub use crate::lang::SymbolKind;

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    pub path: String,
    pub name: String,
    /// With its containers: `Cart.total`, `module::f`.
    pub qualified: String,
    pub kind: SymbolKind,
    /// Lines of the whole definition, 1-based, inclusive.
    pub start: u32,
    pub end: u32,
    /// Line of its name.
    pub line: u32,
    /// First line(s) up to the body, white space folded.
    pub signature: String,
    /// First line of its doc comment or docstring.
    pub doc: Option<String>,
}

/// How sure it is that a reference means the symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Only the name agrees, and other definitions have it too.
    ByName,
    /// The name is imported from that file, or only one definition has it.
    ByImport,
    /// Same file and scope.
    Exact,
}

/// A use of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub path: String,
    pub line: u32,
    pub name: String,
    /// Whether it is called there.
    pub call: bool,
    /// The text before the dot of `receiver.name`, if any.
    pub receiver: Option<String>,
    /// Qualified name of the enclosing symbol.
    pub within: Option<String>,
    pub certainty: Certainty,
    /// The source line, trimmed; empty until [`View::quote`] fills it in.
    pub text: String,
}

/// A hit of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    pub path: String,
    /// The line to go to: of the symbol's name, or of the text that matches.
    pub line: u32,
    /// Lines of `text`, 1-based, inclusive.
    pub start: u32,
    pub end: u32,
    /// By meaning the cosine; by words, names and meaning together the fused
    /// score, 1 for a definition of that very name; 0 by regular expression.
    pub score: f32,
    pub text: String,
    /// Qualified name, kind and signature of the symbol that it is, or is in.
    pub symbol: Option<String>,
    pub kind: Option<SymbolKind>,
    pub signature: Option<String>,
}

/// What an update did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexReport {
    pub files: usize,
    /// Parsed now; the others were known by their content.
    pub parsed: usize,
    pub embedded: usize,
    pub skipped: Vec<crate::change::Skipped>,
    /// Why embedding ended before all was done, other than by the limit of its number.
    pub stopped: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error("an index query failed")]
    Query(#[from] rusqlite::Error),
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    #[error("the search pattern is not a valid regular expression: {0}")]
    Pattern(String),
    #[error("the pattern for paths is not a valid glob: {0}")]
    Glob(String),
    #[error("there is no language `{given}`; there are: {}", known.join(", "))]
    Language { given: String, known: Vec<String> },
    #[error("the vector index failed: {0}")]
    Vectors(String),
}

/// The index of one repository.
pub struct Index<'a> {
    store: &'a Store,
    languages: Arc<Languages>,
    room: &'a dyn Fn(u64) -> Result<(), String>,
}

impl<'a> Index<'a> {
    pub fn new(store: &'a Store, languages: Arc<Languages>) -> Self {
        Self { store, languages, room: &|_| Ok(()) }
    }

    /// Embeds only while there is memory: `room` is asked before each batch whether so
    /// many bytes more may be taken, and says why not.
    pub fn within(self, room: &'a dyn Fn(u64) -> Result<(), String>) -> Self {
        Self { room, ..self }
    }

    /// Parses the files of the tree that are not known yet. With an embedder,
    /// also embeds chunks that have no vector of that embedder, most recently
    /// relevant first (`first` are paths to begin with), at most `limit` now.
    /// `progress` hears how many files, then how many chunks, are done and how
    /// many there are. What was finished before an interruption stays.
    pub fn update(
        &self,
        snapshot: &Snapshot,
        embedder: Option<&dyn Embedder>,
        first: &[String],
        limit: usize,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<IndexReport, IndexError> {
        let mut report = update::parse(self.store, &self.languages, snapshot, progress)?;
        snapshot.keep(self.store.folder());
        if let Some(embedder) = embedder {
            let tree = view::Tree::open(self.store, &self.languages, snapshot)?;
            let work = chunk::Work { store: self.store, snapshot, tree: &tree, embedder };
            (report.embedded, report.stopped) = work.embed(first, limit, self.room, progress)?;
        }
        Ok(report)
    }

    /// The index as seen from one tree, which [`Self::update`] has covered.
    pub fn view(&self, snapshot: Arc<Snapshot>) -> Result<View, IndexError> {
        View::open(self.store, self.languages.clone(), snapshot)
    }
}
