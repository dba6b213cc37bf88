//! What a change does to symbols, and who depends on them, without any model.
//!
//! For each symbol that differs between base and head: what happened to it, the
//! callers and implementers that the change did not touch, the tests that name
//! it, the guards that it lost. Agents get it as a [`brief()`].
//!
//! Compared are the definitions of one file's two versions, by qualified name. A
//! symbol that went away in one place and one that came in another are the same
//! if their texts are alike. What syntax does not show stays unseen: implementers in
//! Go and of Ruby's modules, Ruby's visibility, errors that a callee raises.

mod alteration;
mod brief;
mod compare;
mod dependent;
mod pair;

use std::cell::OnceCell;

use serde::Serialize;

use crate::change::{Change, ChangedFile, Content, Snapshot};
use crate::index::{IndexError, Reference, Source, Symbol, View};
use crate::lang::{Contract, Definition, Guard, Parameter, SymbolKind};

pub use alteration::Alteration;
pub use brief::brief;

use compare::{alterations, likeness};

/// Most symbols whose dependents are looked up, those with the gravest alterations
/// first; a change of more is a sweep through the code.
const LOOKED_UP: usize = 60;
/// Pairs of what went and what came that are compared by text; of more only those
/// with one name.
const TRIED: usize = 20_000;
/// How alike the texts of a renamed or moved symbol must be, of 1.
const ALIKE: f32 = 0.75;

/// A symbol that a change alters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// As it is at the head; at the base, if it is gone.
    pub symbol: Symbol,
    /// The gravest first.
    pub alterations: Vec<Alteration>,
    /// Uses on lines that the change did not write, the surest first, without
    /// tests.
    pub callers: Vec<Reference>,
    /// Members of derived types that have its name and that the change did not
    /// write.
    pub implementers: Vec<Symbol>,
    /// Uses in tests.
    pub tests: Vec<Reference>,
    /// Whether dependents were looked for: not where a change alters very many
    /// symbols.
    pub looked_up: bool,
}

impl Effect {
    /// How much the alterations matter to who depends on the symbol: 3 breaks, 2
    /// may break, 1 changes what it does, 0 nothing.
    pub fn weight(&self) -> u8 {
        self.alterations.iter().map(Alteration::weight).max().unwrap_or(0)
    }
}

/// A definition of one side with what is compared.
struct Side<'a> {
    parsed: &'a Parsed<'a>,
    definition: &'a Definition,
    contract: &'a Contract,
    parameters: Vec<Parameter>,
}

impl Side<'_> {
    fn source(&self) -> &Source<'_> {
        &self.parsed.source
    }

    fn text(&self) -> &str {
        self.source().slice(&self.definition.range)
    }
}

/// A parsed file with the contracts of its definitions.
struct Parsed<'l> {
    source: Source<'l>,
    contracts: Vec<Contract>,
    guards: OnceCell<Vec<Guard>>,
}

impl<'l> Parsed<'l> {
    fn new(source: Source<'l>) -> Self {
        let contracts = source.language.contracts(&source.tree, &source.text, &source.definitions);
        Self { source, contracts, guards: OnceCell::new() }
    }

    fn side(&self, n: usize) -> Side<'_> {
        let definition = &self.source.definitions[n];
        let Source { language, tree, text, .. } = &self.source;
        let parameters = language.parameters(tree, text, definition);
        Side { parsed: self, definition, contract: &self.contracts[n], parameters }
    }

    fn text(&self, n: usize) -> &str {
        self.source.slice(&self.source.definitions[n].range)
    }

    /// All checks of the file.
    fn guards(&self) -> &[Guard] {
        self.guards.get_or_init(|| self.source.guards())
    }
}

/// The two versions of a changed file.
struct Pair<'a, 'l> {
    file: &'a ChangedFile,
    base: Option<Parsed<'l>>,
    head: Option<Parsed<'l>>,
}

/// What the change does to the symbols of these files, by weight, then in the
/// order of the files and lines. Tests, and files that are no text or in no known
/// language, have none.
pub fn effects(
    change: &Change,
    files: &[String],
    base: &Snapshot,
    head: &View,
) -> Result<Vec<Effect>, IndexError> {
    let languages = head.languages();
    let read = |snapshot: &Snapshot, path: &str, exists: bool| -> Result<_, IndexError> {
        let source = if exists { Source::read(languages, snapshot, path)? } else { None };
        // What the index does not read, this does not either.
        let worth = |s: &Source<'_>| languages.skip_rules().reason(&s.text).is_none();
        Ok(source.filter(worth).map(Parsed::new))
    };
    let mut pairs = Vec::new();
    for file in files.iter().filter_map(|path| change.file(path)) {
        // Nobody depends on a test.
        if file.content != Content::Text || languages.is_test_path(&file.path) {
            continue;
        }
        pairs.push(Pair {
            file,
            base: read(base, file.base_path(), file.base.is_some())?,
            head: read(head.snapshot(), &file.path, file.head.is_some())?,
        });
    }
    let mut effects = compare_all(&pairs);
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.weight()));
    for effect in effects.iter_mut().take(LOOKED_UP) {
        dependent::find(effect, change, head)?;
        effect.looked_up = true;
    }
    Ok(effects)
}

fn compare_all(pairs: &[Pair<'_, '_>]) -> Vec<Effect> {
    let mut effects = Vec::new();
    // What went away and what came, which may be one symbol.
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for Pair { file, base, head } in pairs {
        let paired = pair::pair(base.as_ref(), head.as_ref());
        if let (Some(base), Some(head)) = (base, head) {
            for (j, i) in paired.both {
                // As it was, with the words before it such as `export`.
                if base.text(j) == head.text(i) && base.contracts[j] == head.contracts[i] {
                    continue;
                }
                let (before, after) = (base.side(j), head.side(i));
                let alterations = alterations(file, &before, &after);
                if !alterations.is_empty() {
                    effects.push(effect(&after, alterations));
                }
            }
        }
        // What a file that does not parse seems to lack may be there.
        let broken = head.as_ref().is_some_and(|h| h.source.tree.root_node().has_error());
        if let Some(base) = base.as_ref().filter(|_| !broken) {
            gone.extend(paired.gone.into_iter().map(|j| (*file, base.side(j))));
        }
        if let Some(head) = head {
            come.extend(paired.come.into_iter().map(|i| head.side(i)));
        }
    }
    let few = gone.len() * come.len() <= TRIED;
    for (file, before) in gone {
        let best = come
            .iter()
            .enumerate()
            .filter(|(_, after)| few || before.definition.name == after.definition.name)
            .map(|(n, after)| (n, likeness(&before, after)))
            .filter(|(_, alike)| *alike >= ALIKE)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((n, _)) = best else {
            effects.push(effect(&before, vec![Alteration::Removed]));
            continue;
        };
        let after = come.remove(n);
        let mut found = alterations(file, &before, &after);
        if before.source().path != after.source().path {
            let from = before.source().path.clone();
            found.insert(0, Alteration::Moved { from });
        }
        if before.definition.qualified != after.definition.qualified {
            found.insert(0, Alteration::Renamed { from: before.definition.qualified.clone() });
        }
        effects.push(effect(&after, found));
    }
    effects.extend(come.iter().map(|after| effect(after, vec![Alteration::Added])));
    effects.sort_by(|a, b| (&a.symbol.path, a.symbol.start).cmp(&(&b.symbol.path, b.symbol.start)));
    // A class that came or went says it for its members.
    let whole = |e: &Effect, what: &Alteration| {
        e.alterations.contains(what) && !e.symbol.kind.is_callable()
    };
    let outer: Vec<(String, u32, u32, Alteration)> = effects
        .iter()
        .flat_map(|e| [Alteration::Added, Alteration::Removed].map(|what| (e, what)))
        .filter(|(e, what)| whole(e, what) && e.symbol.kind != SymbolKind::Constant)
        .map(|(e, what)| (e.symbol.path.clone(), e.symbol.start, e.symbol.end, what))
        .collect();
    effects.retain(|e| {
        !outer.iter().any(|(path, start, end, what)| {
            let s = &e.symbol;
            let inside = *start <= s.start && s.end <= *end && (*start, *end) != (s.start, s.end);
            s.path == *path && inside && e.alterations == [what.clone()]
        })
    });
    effects
}

fn effect(side: &Side<'_>, mut alterations: Vec<Alteration>) -> Effect {
    let d = side.definition;
    alterations.sort_by_key(|a| std::cmp::Reverse(a.weight()));
    Effect {
        symbol: Symbol {
            path: side.source().path.clone(),
            name: d.name.clone(),
            qualified: d.qualified.clone(),
            kind: d.kind,
            start: d.start,
            end: d.end,
            line: d.line,
            signature: d.signature.clone(),
            doc: d.doc.clone(),
        },
        alterations,
        callers: Vec::new(),
        implementers: Vec::new(),
        tests: Vec::new(),
        looked_up: false,
    }
}
