//! Calls and the shape of their arguments.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::Language;
use super::query::{fold, run, text_of};

/// A call, as `tags.scm` captures it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// Line of the called name, 1-based.
    pub line: u32,
    pub name: String,
    /// The text before the dot.
    pub receiver: Option<String>,
    /// Arguments without a name, spread ones not counted.
    pub positional: usize,
    /// Names of keyword arguments, in order.
    pub keywords: Vec<String>,
    /// Whether `*args`, `...args` or the like adds an unknown number.
    pub spread: bool,
    /// Bytes of the whole call.
    pub range: Range<usize>,
    /// Line on which the call ends.
    pub end: u32,
}

pub(super) fn calls(language: &Language, tree: &Tree, text: &str) -> Vec<CallSite> {
    let mut calls = Vec::new();
    run(&language.tags, tree.root_node(), text, None, |found| {
        let (Some(node), Some(name)) = (found.node("reference.call"), found.node("name")) else {
            return;
        };
        let mut call = CallSite {
            line: name.start_position().row as u32 + 1,
            name: fold(text_of(name, text), 120),
            receiver: found.node("receiver").map(|r| fold(text_of(r, text), 80)),
            positional: 0,
            keywords: Vec::new(),
            spread: false,
            range: node.byte_range(),
            end: node.end_position().row as u32 + 1,
        };
        if let Some(arguments) = found.node("arguments") {
            count(language, arguments, text, &mut call);
        }
        call.spread |= found.node("spread").is_some();
        calls.push((name.start_byte(), call));
    });
    calls.sort_by_key(|(name, call)| (*name, call.range.end));
    // A lambda behind the brackets makes a second call of the same name.
    calls.dedup_by(|again, first| {
        let same = again.0 == first.0;
        first.1.spread |= same && again.1.spread;
        same
    });
    calls.into_iter().map(|(_, call)| call).collect()
}

fn count(language: &Language, arguments: Node<'_>, text: &str, call: &mut CallSite) {
    let kinds = &language.settings.arguments;
    let is = |list: &[String], node: Node<'_>| list.iter().any(|k| k == node.kind());
    if is(&kinds.single, arguments) {
        call.positional = 1;
        return;
    }
    let mut cursor = arguments.walk();
    for node in arguments.named_children(&mut cursor) {
        if node.is_extra() || node.is_error() || is(&kinds.ignore, node) {
            continue;
        }
        // Some grammars wrap each argument.
        let inner = node.named_child(0).filter(|_| node.named_child_count() == 1);
        if is(&kinds.spread, node) || inner.is_some_and(|n| is(&kinds.spread, n)) {
            call.spread = true;
        } else if let Some(key) = is(&kinds.keyword, node).then(|| key(node)).flatten() {
            call.keywords.push(text_of(key, text).trim_matches([':', '"', '\'']).to_owned());
        } else {
            call.positional += 1;
        }
    }
}

/// The name of a keyword argument; `None` for one without, where both share a
/// node.
fn key(node: Node<'_>) -> Option<Node<'_>> {
    let field = |name| node.child_by_field_name(name);
    field("name").or_else(|| field("key")).or_else(|| field("left")).or_else(|| {
        let first = node.named_child(0)?;
        first.next_sibling().filter(|n| n.kind() == "=").map(|_| first)
    })
}
