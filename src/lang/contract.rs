//! What definitions promise their callers besides parameters, from
//! `contract.scm`.
//!
//! Captures: `@returns` the type of the result, `@nothing` a return without a
//! value or of null, `@raises` the name of an error that is raised or declared,
//! `@async`, `@visibility`, `@receiver` the way in which a method takes its object.
//! Each counts for the innermost definition around it; the type, `@async`,
//! `@visibility` and `@receiver` only where its body has not begun. What stands in a
//! `@closure`, a function without a definition, counts for nobody: it happens
//! when the closure is called.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Tree;

use super::definition::Definition;
use super::query::{fold, run, text_of};
use super::{Language, SymbolKind};

/// Most characters of a type.
const TYPE: usize = 120;
/// Definitions that are asked whether they are around a capture.
const NEARBY: usize = 2000;
/// Most names of errors that are kept of one definition.
const MOST: usize = 50;

/// The promises of one definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contract {
    /// The result's type as written, white space folded.
    pub returns: Option<String>,
    /// Whether it returns null, or returns without a value, somewhere.
    pub nothing: bool,
    /// Errors that it raises itself or declares.
    pub raises: BTreeSet<String>,
    pub is_async: bool,
    /// As written: `public`, `pub(crate)`, `export`.
    pub visibility: Option<String>,
    /// As written: `&mut self`.
    pub receiver: Option<String>,
}

/// One contract for each definition, in their order.
pub(super) fn contracts(
    language: &Language,
    tree: &Tree,
    text: &str,
    definitions: &[Definition],
) -> Vec<Contract> {
    let mut contracts = vec![Contract::default(); definitions.len()];
    // Sorted by start: the last one that still covers the byte is innermost.
    let innermost = |byte: usize| {
        let until = definitions.partition_point(|d| d.range.start <= byte);
        let around = |d: &Definition| d.range.end > byte && d.kind != SymbolKind::Constant;
        (0..until).rev().take(NEARBY).find(|n| around(&definitions[*n]))
    };
    let mut closures: Vec<Range<usize>> = Vec::new();
    let mut inside: Vec<(usize, usize, Promise)> = Vec::new();
    run(&language.contracts, tree.root_node(), text, None, |found| {
        for (name, node) in found.named() {
            if name == "closure" {
                closures.push(node.byte_range());
                continue;
            }
            let at = node.start_byte();
            let Some(n) = innermost(at) else { continue };
            // Those of members are not its own.
            let d = &definitions[n];
            let heading = at < d.body.unwrap_or(d.range.end);
            let contract = &mut contracts[n];
            let words = || fold(text_of(node, text), TYPE);
            match name {
                "returns" if heading => contract.returns = Some(words()),
                "nothing" => inside.push((n, at, Promise::Nothing)),
                "raises" => inside.push((n, at, Promise::Raises(words()))),
                "async" if heading => contract.is_async = true,
                "visibility" if heading => contract.visibility = Some(words()),
                "receiver" if heading => contract.receiver = Some(words()),
                _ => {}
            }
        }
    });
    let closures = Closures::new(closures);
    for (n, at, promise) in inside {
        let contract = &mut contracts[n];
        match promise {
            _ if closures.between(&definitions[n], at) => {}
            Promise::Nothing => contract.nothing = true,
            Promise::Raises(name) if contract.raises.len() < MOST => {
                contract.raises.insert(name);
            }
            Promise::Raises(_) => {}
        }
    }
    contracts
}

/// What counts only once all closures are known.
enum Promise {
    Nothing,
    Raises(String),
}

/// The closures of a file by their start, with the last end up to each.
struct Closures(Vec<(Range<usize>, usize)>);

impl Closures {
    fn new(mut ranges: Vec<Range<usize>>) -> Self {
        ranges.sort_by_key(|r| (r.start, r.end));
        let mut last = 0;
        let with_last = |range: Range<usize>| {
            last = range.end.max(last);
            (range, last)
        };
        Self(ranges.into_iter().map(with_last).collect())
    }

    /// Whether a byte of a definition stands in a closure that is not the
    /// definition itself (`const f = () => ...`).
    fn between(&self, d: &Definition, byte: usize) -> bool {
        let until = self.0.partition_point(|(range, _)| range.start <= byte);
        let own = |c: &Range<usize>| d.body.is_some_and(|body| c.start < body && body < c.end);
        self.0[..until]
            .iter()
            .rev()
            .take_while(|(range, last)| *last > byte && range.start > d.range.start)
            .take(NEARBY)
            .any(|(range, _)| range.end > byte && !own(range))
    }
}
