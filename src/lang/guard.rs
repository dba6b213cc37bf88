//! Guards: checks that protect what follows or lies inside them.
//!
//! `guards.scm` captures `@guard.<kind>` with `@subject`, what is being checked.
//! A pattern with `(#set! in condition)` counts only inside a `@condition`,
//! whose statement is `@owner`; the guard is then that whole statement.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use tree_sitter::{Node, Tree};

use super::Language;
use super::query::{fold, lines_of, run, text_of};

/// The kinds of guards that queries may capture.
pub const GUARD_KINDS: [&str; 15] = [
    "assert",       // assert x
    "auth",         // @login_required, authorize!(user)
    "await",        // await f()
    "bounds_check", // i < len(xs)
    "close",        // with open(), defer f.Close(), try-with-resources, ensure
    "default",      // d.get(k, 0), a ?? b, a || {}, unwrap_or
    "error_check",  // if err != nil, f()?
    "key_check",    // if k in d
    "lock",         // with lock, mu.Lock(), synchronized
    "null_check",   // if x is None, if let Some(x)
    "optional",     // a?.b, a&.b
    "transaction",  // with transaction.atomic()
    "try",          // try/except, begin/rescue
    "type_check",   // isinstance(x, T)
    "zero_check",   // if n == 0, if xs.is_empty()
];

/// Most characters of a guard's text; a `try` may span a whole file.
const TEXT: usize = 4000;
const MOST: usize = 20_000;

/// A check in the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// One of [`GUARD_KINDS`].
    pub kind: String,
    /// Lines of the guard: for a condition, of its whole statement. 1-based,
    /// inclusive.
    pub start: u32,
    pub end: u32,
    /// What is checked, white space folded: `user.name` in `user.name is None`.
    pub subject: Option<String>,
    /// Identifiers within the subject, in order, each once.
    pub names: Vec<String>,
    /// The condition it is part of, white space folded.
    pub condition: Option<String>,
    /// Whole text, cut after 4,000 characters.
    pub text: String,
    /// Bytes of the check itself, without the statement around it.
    pub range: Range<usize>,
    /// Line of the check itself.
    pub line: u32,
}

struct Condition<'t> {
    range: Range<usize>,
    owner: Node<'t>,
}

struct Check<'t> {
    kind: String,
    node: Node<'t>,
    subject: Option<Node<'t>>,
    in_condition: bool,
}

pub(super) fn guards(language: &Language, tree: &Tree, text: &str) -> Vec<Guard> {
    let mut conditions: Vec<Condition<'_>> = Vec::new();
    let mut checks: Vec<Check<'_>> = Vec::new();
    run(&language.guards, tree.root_node(), text, None, |found| {
        if let (Some(node), Some(owner)) = (found.node("condition"), found.node("owner")) {
            conditions.push(Condition { range: node.byte_range(), owner });
        }
        let guard = found.named().find_map(|(n, node)| Some((n.strip_prefix("guard.")?, node)));
        if let Some((kind, node)) = guard
            && checks.len() < MOST
        {
            checks.push(Check {
                kind: kind.to_owned(),
                node,
                subject: found.node("subject"),
                in_condition: found.has_setting("in"),
            });
        }
    });
    conditions.sort_by_key(|c| (c.range.start, std::cmp::Reverse(c.range.end)));
    let mut guards: Vec<Guard> =
        checks.iter().filter_map(|check| guard(check, &conditions, text)).collect();
    guards.sort_by(|a, b| {
        (a.range.start, a.range.end, &a.kind, &a.subject).cmp(&(
            b.range.start,
            b.range.end,
            &b.kind,
            &b.subject,
        ))
    });
    guards.dedup_by(|a, b| a.kind == b.kind && a.range == b.range && a.subject == b.subject);
    guards
}

fn guard(check: &Check<'_>, conditions: &[Condition<'_>], text: &str) -> Option<Guard> {
    let range = check.node.byte_range();
    // The outermost condition around the check: in `if a and b`, the `if`.
    let until = conditions.partition_point(|c| c.range.start <= range.start);
    let nearby = &conditions[until.saturating_sub(100)..until];
    let around = nearby.iter().find(|c| c.range.end >= range.end);
    let around = match around {
        Some(condition) if check.in_condition => Some(condition),
        None if check.in_condition => return None,
        _ => None,
    };
    let whole = around.map_or(check.node, |c| c.owner);
    let (start, end) = lines_of(whole);
    Some(Guard {
        kind: check.kind.clone(),
        start,
        end,
        subject: check.subject.map(|n| fold(text_of(n, text), 120)),
        names: check.subject.map(|n| identifiers(n, text)).unwrap_or_default(),
        condition: around.map(|c| fold(text.get(c.range.clone()).unwrap_or_default(), 200)),
        text: cut(text_of(whole, text)),
        line: check.node.start_position().row as u32 + 1,
        range,
    })
}

/// Identifiers below a node, in order, each once, at most 20 of the first 500
/// nodes: subjects nest, so walking all of each would be quadratic.
fn identifiers(node: Node<'_>, text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut cursor = node.walk();
    // Without recursion: trees of hostile files are deep.
    let mut steps = 0;
    'walk: loop {
        steps += 1;
        if steps > 500 {
            break;
        }
        let here = cursor.node();
        let kind = here.kind();
        if here.child_count() == 0
            && (kind.ends_with("identifier")
                || kind.ends_with("variable")
                || matches!(kind, "constant" | "name" | "variable_name"))
        {
            let name = text_of(here, text);
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
            if names.len() == 20 {
                break;
            }
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    names
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => text[..at].to_owned(),
        None => text.to_owned(),
    }
}
