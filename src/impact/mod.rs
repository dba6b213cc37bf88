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
mod guard;
mod likeness;
mod pair;
mod side;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::change::{Change, Snapshot};
use crate::index::{IndexError, Reference, Symbol, View};
use crate::lang::{Language, Parameter, SymbolKind};

pub use alteration::{Alteration, Passing};
pub use brief::{brief, unread};

use compare::alterations;
use dependent::Search;
use likeness::Print;
use side::{Budget, Lines, Pair, Parsed, Side};

/// Most symbols whose dependents are looked up, those with the gravest alterations
/// first; a change of more is a sweep through the code.
const LOOKED_UP: usize = 60;
/// Pairs of what went and what came that are compared by text; of more only those
/// with one name.
const TRIED: usize = 20_000;
/// Most candidates that one symbol which went away is compared with.
const CANDIDATES: usize = 200;
/// Bytes of changed files that are read, both versions together: some 8 s of dense
/// code on one core.
const READ: usize = 8_000_000;
/// Bytes of symbols that are compared.
const COMPARED: usize = 64_000_000;

/// What a change does.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Impact {
    /// By weight, then by path and line.
    pub effects: Vec<Effect>,
    /// Changed files, without tests, that were not compared.
    pub unread: Vec<Unread>,
    /// Symbols of a large change that were not compared.
    pub uncompared: usize,
}

/// A changed file that was not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    pub path: String,
    pub reason: String,
}

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
    /// Whether it is a function without a body, as in a header.
    #[serde(skip)]
    declaration: bool,
}

impl Effect {
    /// How much the alterations matter to who depends on the symbol: 3 breaks, 2
    /// may break, 1 changes what it does, 0 nothing.
    pub fn weight(&self) -> u8 {
        self.alterations.iter().map(Alteration::weight).max().unwrap_or(0)
    }
}

/// What the change does to the symbols of these files. Tests have no effects:
/// nobody depends on them.
pub fn assess(
    change: &Change,
    files: &[String],
    base: &Snapshot,
    head: &View,
) -> Result<Impact, IndexError> {
    let languages = head.languages();
    let mut impact = Impact::default();
    let mut pairs = Vec::new();
    let budget = Budget::new(READ);
    for file in files.iter().filter_map(|path| change.file(path)) {
        if languages.is_test_path(&file.path) {
            continue;
        }
        match Pair::read(languages, file, base, head.snapshot(), &budget)? {
            Ok(pair) => pairs.push(pair),
            Err(reason) => impact.unread.push(Unread { path: file.path.clone(), reason }),
        }
    }
    (impact.effects, impact.uncompared) = compare_all(&pairs);
    impact.effects.sort_by_key(|effect| std::cmp::Reverse(effect.weight()));
    let mut search = Search::new(change, head);
    for effect in impact.effects.iter_mut().take(LOOKED_UP) {
        search.find(effect)?;
        effect.looked_up = true;
    }
    Ok(impact)
}

/// What happened between two lists of parameters of one function.
pub fn parameter_alterations(
    language: &Language,
    old: &[Parameter],
    new: &[Parameter],
) -> Vec<Alteration> {
    let mut found = Vec::new();
    compare::parameters(language, old, new, &mut found);
    found
}

/// The effects by path and line, and how many symbols were left out.
fn compare_all(pairs: &[Pair<'_>]) -> (Vec<Effect>, usize) {
    let budget = Budget::new(COMPARED);
    let (mut effects, mut left_out) = (Vec::new(), 0);
    // What went away and what came, which may be one symbol.
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for Pair { lines, base, head } in pairs {
        let paired = pair::pair(base.as_ref(), head.as_ref());
        if let (Some(base), Some(head)) = (base, head) {
            for (j, i) in paired.both {
                if !budget.spend(base.text(j).len() + head.text(i).len()) {
                    left_out += 1;
                    continue;
                }
                // As it was, with the words before it such as `export`.
                if base.text(j) == head.text(i) && base.contracts[j] == head.contracts[i] {
                    continue;
                }
                let (before, after) = (base.side(j), head.side(i));
                let alterations = alterations(lines, &before, &after);
                if !alterations.is_empty() {
                    effects.push(effect(&after, alterations));
                }
            }
        }
        // Nobody outside of a function depends on what is local to it.
        let outer = |side: &Side<'_>| !side.is_local();
        // What a file that does not parse seems to lack may be there.
        let broken = head.as_ref().is_some_and(|h| h.source.tree.root_node().has_error());
        if let Some(base) = base.as_ref().filter(|_| !broken) {
            let sides = paired.gone.into_iter().map(|j| base.side(j)).filter(outer);
            gone.extend(sides.map(|side| (lines, side)));
        }
        if let Some(head) = head {
            come.extend(paired.come.into_iter().map(|i| head.side(i)).filter(outer));
        }
    }
    left_out += match_moved(&gone, &come, &budget, &mut effects);
    effects.sort_by(|a, b| (&a.symbol.path, a.symbol.start).cmp(&(&b.symbol.path, b.symbol.start)));
    drop_members(&mut effects);
    drop_declarations(&mut effects);
    (effects, left_out)
}

/// Tells what was renamed or moved from what went away or came anew; returns how
/// many symbols were left out.
fn match_moved(
    gone: &[(&Lines, Side<'_>)],
    come: &[Side<'_>],
    budget: &Budget,
    effects: &mut Vec<Effect>,
) -> usize {
    let prints = |side: &Side<'_>| budget.spend(side.text().len()).then(|| Print::of(side));
    let candidates: Vec<Option<Print>> =
        come.iter().map(|side| if gone.is_empty() { None } else { prints(side) }).collect();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, print) in candidates.iter().enumerate() {
        by_name.entry(print.as_ref().map_or("", Print::name)).or_default().push(n);
    }
    let all: Vec<usize> = (0..come.len()).collect();
    let few = gone.len() * come.len() <= TRIED;
    let mut taken = vec![false; come.len()];
    for (at, (lines, before)) in gone.iter().enumerate() {
        let print = if come.is_empty() { None } else { prints(before) };
        let near = match &print {
            Some(_) if few => &all,
            Some(print) => by_name.get(print.name()).map_or(&[][..], Vec::as_slice),
            None => &[],
        };
        let best = near
            .iter()
            .filter(|n| !taken[**n])
            .take(CANDIDATES)
            .filter_map(|n| Some((*n, print.as_ref()?.alike(candidates[*n].as_ref()?, budget)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        // What is left may be one with what came; nothing can be said of it.
        if budget.spent() {
            return gone.len() - at + taken.iter().filter(|taken| !**taken).count();
        }
        let Some((n, _)) = best else {
            effects.push(effect(before, vec![Alteration::Removed]));
            continue;
        };
        taken[n] = true;
        let after = &come[n];
        let mut found = alterations(lines, before, after);
        if before.source().path != after.source().path {
            let from = before.source().path.clone();
            found.insert(0, Alteration::Moved { from });
        }
        if before.definition.qualified != after.definition.qualified {
            found.insert(0, Alteration::Renamed { from: before.definition.qualified.clone() });
        }
        effects.push(effect(after, found));
    }
    let new = come.iter().zip(&taken).filter(|(_, taken)| !**taken);
    effects.extend(new.map(|(after, _)| effect(after, vec![Alteration::Added])));
    0
}

/// Drops the members of a class that came or went with it: it says it for them,
/// also where they stand outside of it, as in Rust and Go.
fn drop_members(effects: &mut Vec<Effect>) {
    let alike = |e: &Effect| match e.alterations[..] {
        [Alteration::Added] => Some(true),
        [Alteration::Removed] => Some(false),
        _ => None,
    };
    let holds = |s: &Symbol| !s.kind.is_callable() && s.kind != SymbolKind::Constant;
    let types: HashSet<(String, String, Option<bool>)> = effects
        .iter()
        .filter(|e| alike(e).is_some() && holds(&e.symbol))
        .map(|e| (e.symbol.path.clone(), e.symbol.qualified.clone(), alike(e)))
        .collect();
    effects.retain(|e| {
        let owner = e.symbol.qualified.strip_suffix(&e.symbol.name).unwrap_or_default();
        let owner = owner.trim_end_matches(['.', ':', '#', '/', '\\']);
        !types.contains(&(e.symbol.path.clone(), owner.to_owned(), alike(e)))
    });
}

/// Drops a declaration whose definition says as much: one function is told once.
fn drop_declarations(effects: &mut Vec<Effect>) {
    let mut defined: HashMap<String, Vec<Alteration>> = HashMap::new();
    for e in effects.iter().filter(|e| e.symbol.kind.is_callable() && !e.declaration) {
        defined.entry(e.symbol.qualified.clone()).or_default().extend(e.alterations.clone());
    }
    effects.retain(|e| {
        let told = |known: &Vec<Alteration>| e.alterations.iter().all(|a| known.contains(a));
        !e.declaration || !defined.get(&e.symbol.qualified).is_some_and(told)
    });
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
        declaration: side.is_declaration(),
    }
}
