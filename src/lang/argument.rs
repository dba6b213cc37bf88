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
    calls.dedup_by_key(|c| c.0);
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
        if is(&kinds.spread, node) {
            call.spread = true;
        } else if is(&kinds.keyword, node) {
            let key = node.child_by_field_name("name").or_else(|| node.child_by_field_name("key"));
            if let Some(key) = key {
                call.keywords.push(text_of(key, text).trim_matches([':', '"', '\'']).to_owned());
            }
        } else {
            call.positional += 1;
        }
    }
}
