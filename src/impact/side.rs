//! The two versions of a changed file, parsed.

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::sync::Arc;

use super::guard;
use crate::change::{ChangeError, ChangedFile, Content, Snapshot};
use crate::index::Source;
use crate::lang::{Contract, Definition, Guard, Languages, Parameter};

/// Work that may still be done, in bytes looked at. A count and no clock: the same
/// change has the same effects on every machine.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub fn new(bytes: usize) -> Self {
        Self(Cell::new(bytes))
    }

    /// Takes from it, unless too little is left; then all of it is gone.
    pub fn spend(&self, bytes: usize) -> bool {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    pub fn spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// A definition of one side with what is compared.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub parsed: &'a Parsed<'a>,
    pub definition: &'a Definition,
    n: usize,
}

impl<'a> Side<'a> {
    pub fn source(&self) -> &'a Source<'a> {
        &self.parsed.source
    }

    pub fn text(&self) -> &'a str {
        self.source().slice(&self.definition.range)
    }

    pub fn contract(&self) -> &'a Contract {
        &self.parsed.contracts[self.n]
    }

    pub fn parameters(&self) -> &'a [Parameter] {
        let all = self.parsed.parameters.get_or_init(|| {
            let Source { language, tree, text, definitions, .. } = self.source();
            language.all_parameters(tree, text, definitions)
        });
        &all[self.n]
    }

    /// Whether it stands inside a function.
    pub fn is_local(&self) -> bool {
        self.parsed.local[self.n]
    }

    /// Whether it only says that a function exists.
    pub fn is_declaration(&self) -> bool {
        self.definition.kind.is_callable() && self.definition.body.is_none()
    }
}

/// A parsed file with what is asked of its definitions.
pub(super) struct Parsed<'l> {
    pub source: Source<'l>,
    pub contracts: Vec<Contract>,
    local: Vec<bool>,
    parameters: OnceCell<Vec<Vec<Parameter>>>,
    guards: OnceCell<Vec<Guard>>,
}

impl<'l> Parsed<'l> {
    fn new(source: Source<'l>) -> Self {
        let contracts = source.language.contracts(&source.tree, &source.text, &source.definitions);
        let local = locals(&source.definitions);
        let (parameters, guards) = (OnceCell::new(), OnceCell::new());
        Self { source, contracts, local, parameters, guards }
    }

    pub fn side(&self, n: usize) -> Side<'_> {
        Side { parsed: self, definition: &self.source.definitions[n], n }
    }

    pub fn text(&self, n: usize) -> &str {
        self.source.slice(&self.source.definitions[n].range)
    }

    /// The checks within a range of bytes, by start, an outer one before what it
    /// holds.
    pub fn guards_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Guard> {
        let all = self.guards.get_or_init(|| {
            let mut guards = self.source.guards().to_vec();
            guards.sort_by_key(|g| (g.range.start, std::cmp::Reverse(g.range.end)));
            guards
        });
        guard::within(all, range)
    }
}

/// Which definitions stand inside a function; they are in order, outer ones first.
fn locals(definitions: &[Definition]) -> Vec<bool> {
    let mut until = 0;
    let local = |d: &Definition| {
        let local = d.range.end <= until;
        if d.kind.is_callable() {
            until = until.max(d.range.end);
        }
        local
    };
    definitions.iter().map(local).collect()
}

/// The lines that a change took from a file and wrote into it, sorted.
pub(super) struct Lines {
    added: Vec<u32>,
    removed: Vec<u32>,
}

impl Lines {
    pub fn of(file: &ChangedFile) -> Self {
        let mut added: Vec<u32> = file.added_lines().map(|(n, _)| n).collect();
        let mut removed: Vec<u32> = file.removed_lines().map(|(n, _)| n).collect();
        added.sort_unstable();
        removed.sort_unstable();
        Self { added, removed }
    }

    /// Whether the change wrote a line of the head, of these.
    pub fn written(&self, start: u32, end: u32) -> bool {
        self.added.get(self.added.partition_point(|n| *n < start)).is_some_and(|n| *n <= end)
    }

    /// Whether the change wrote into the lines of a symbol's versions.
    pub fn meet(&self, old: &Side<'_>, new: &Side<'_>) -> bool {
        let (old, new) = (old.definition, new.definition);
        let removed = self.removed.partition_point(|n| *n < old.start);
        self.written(new.start, new.end) || self.removed.get(removed).is_some_and(|n| *n <= old.end)
    }
}

/// The two versions of a changed file.
pub(super) struct Pair<'l> {
    pub lines: Lines,
    pub base: Option<Parsed<'l>>,
    pub head: Option<Parsed<'l>>,
}

impl<'l> Pair<'l> {
    /// Reads and parses both versions; the inner error says why they cannot be
    /// compared.
    pub fn read(
        languages: &'l Languages,
        file: &ChangedFile,
        base: &Snapshot,
        head: &Snapshot,
        budget: &Budget,
    ) -> Result<Result<Self, String>, ChangeError> {
        // A file that only moved is one file still.
        let moved = file.base.as_ref().zip(file.head.as_ref()).is_some_and(|(a, b)| a.id == b.id);
        if moved {
            return Ok(Ok(Self { lines: Lines::of(file), base: None, head: None }));
        }
        let what = match file.content {
            Content::Text => None,
            Content::Binary => Some("binary"),
            Content::Oversized => Some("over the size limit"),
            Content::Symlink => Some("a link"),
            Content::Submodule => Some("a submodule"),
        };
        if let Some(what) = what {
            return Ok(Err(what.to_owned()));
        }
        let mut sides = Vec::new();
        for (snapshot, path, there) in [
            (base, file.base_path(), file.base.is_some()),
            (head, file.path.as_str(), file.head.is_some()),
        ] {
            let text = if there { snapshot.text(path)?.map(|t| t.text) } else { None };
            sides.push(match text {
                None if there => return Ok(Err("no text that can be read".to_owned())),
                None => None,
                Some(text) => match parse(languages, path, text, budget) {
                    Ok(parsed) => Some(parsed),
                    Err(why) => return Ok(Err(why)),
                },
            });
        }
        let (head, base) = (sides.pop().flatten(), sides.pop().flatten());
        Ok(Ok(Self { lines: Lines::of(file), base, head }))
    }
}

fn parse<'l>(
    languages: &'l Languages,
    path: &str,
    text: Arc<str>,
    budget: &Budget,
) -> Result<Parsed<'l>, String> {
    if languages.of(path, text.lines().next().unwrap_or_default()).is_none() {
        return Err("in no known language".to_owned());
    }
    // What the index does not read, this does not either.
    if let Some(why) = languages.skip_rules().reason(&text) {
        return Err(why);
    }
    if !budget.spend(text.len()) {
        return Err("behind what is read of a large change".to_owned());
    }
    let source = Source::parse(languages, path, text);
    source.map(Parsed::new).ok_or_else(|| "too slow to parse".to_owned())
}
