//! What definitions promise their callers besides parameters, from
//! `contract.scm`.
//!
//! Captures: `@returns` the type of the result, `@nothing` a return without a
//! value or of null, `@raises` the name of an error that is raised or declared,
//! `@async`, `@visibility`. Each counts for the innermost definition around it; the
//! type, `@async` and `@visibility` only where its body has not begun.

use std::collections::BTreeSet;

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
    run(&language.contracts, tree.root_node(), text, None, |found| {
        for (name, node) in found.named() {
            let Some(n) = innermost(node.start_byte()) else { continue };
            // Those of members and closures are not its own.
            let d = &definitions[n];
            let heading = node.start_byte() < d.body.unwrap_or(d.range.end);
            let contract = &mut contracts[n];
            let words = || fold(text_of(node, text), TYPE);
            match name {
                "returns" if heading => contract.returns = Some(words()),
                "nothing" => contract.nothing = true,
                "raises" if contract.raises.len() < MOST => {
                    contract.raises.insert(words());
                }
                "async" if heading => contract.is_async = true,
                "visibility" if heading => contract.visibility = Some(words()),
                _ => {}
            }
        }
    });
    contracts
}
