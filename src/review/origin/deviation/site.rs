//! What a caller does about the result of a call.

use std::ops::Range;

use tree_sitter::Node;

use super::super::access::{Access, accesses, subject};
use super::super::source::{binds, fold, last, mentions};
use super::table::is;
use super::{Read, place};

/// Kinds of guards that ask about a value.
const ASKING: [&str; 9] = [
    "assert",
    "auth",
    "bounds_check",
    "default",
    "error_check",
    "key_check",
    "null_check",
    "type_check",
    "zero_check",
];

/// What becomes of a result.
#[derive(Debug)]
pub(super) enum Taken {
    /// It is compared or tested, or used in a way that cannot fail.
    Asked,
    /// It is used as if it were there; the name that it has, if it has one.
    Bare { access: Access, name: Option<String> },
    /// Nothing takes it.
    Dropped,
    /// It is handed on.
    Else,
}

/// A call and what is around it.
pub(super) struct Site<'t> {
    /// With what leaves its value as it is.
    pub node: Node<'t>,
    pub awaited: bool,
    /// The node that takes it.
    pub parent: Option<Node<'t>>,
}

pub(super) fn site<'t>(read: &Read<'_>, call: Node<'t>) -> Site<'t> {
    let row = read.row;
    let mut site = Site { node: call, awaited: false, parent: call.parent() };
    while let Some(parent) = site.parent {
        let kind = parent.kind();
        let waits = is(&row.waits, kind);
        let same = parent.byte_range() == site.node.byte_range();
        let means = is(&row.drop, kind)
            || is(&row.asks, kind)
            || is(&row.held, kind)
            || row.bind.iter().any(|b| b.node == kind);
        if waits || is(&row.wrap, kind) || same && !means {
            site.awaited |= waits;
            site.node = parent;
            site.parent = parent.parent();
        } else {
            break;
        }
    }
    site
}

/// The name that a statement gives a value, with the statement.
pub(super) fn bound<'t>(read: &Read<'_>, site: &Site<'t>) -> Option<(String, Node<'t>)> {
    let parent = site.parent?;
    let form = read.row.bind.iter().find(|b| b.node == parent.kind())?;
    let right = parent.child_by_field_name(&form.right)?;
    if right.byte_range() != site.node.byte_range() {
        return None;
    }
    let left = parent.child_by_field_name(&form.left)?;
    let name = fold(read.source.slice(&left.byte_range()));
    Some((name, parent))
}

pub(super) fn taken(read: &Read<'_>, call: Node<'_>) -> Taken {
    let site = site(read, call);
    let Some(parent) = site.parent else { return Taken::Else };
    if is(&read.row.drop, parent.kind()) {
        return Taken::Dropped;
    }
    let function = read.style.function(&read.source, &call.byte_range());
    let uses = accesses(&read.source, read.style, &function);
    let text = subject(read.source.slice(&site.node.byte_range()));
    let at_once =
        uses.iter().find(|a| a.range == parent.byte_range() && a.subject == text).cloned();
    if let Some(access) = at_once {
        if is_asked_before(read, &text, &function, site.node.start_byte()) {
            return Taken::Asked;
        }
        return match access.safe || is(&read.row.asking, &access.key) {
            true => Taken::Asked,
            false => Taken::Bare { access, name: None },
        };
    }
    if is(&read.row.asks, parent.kind()) {
        return Taken::Asked;
    }
    let Some((name, statement)) = bound(read, &site) else { return Taken::Else };
    let plain = |c: char| c.is_alphanumeric() || "_$@.".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return Taken::Else;
    }
    // `if (x = f())`, `while x := f()`.
    let tested = place::around(statement)
        .take_while(|n| n.start_byte() >= function.start)
        .take(3)
        .any(|n| {
            is(&read.row.asks, n.kind())
                && n.child_by_field_name("condition").is_some_and(|c| {
                    c.start_byte() <= statement.start_byte() && statement.end_byte() <= c.end_byte()
                })
        });
    if tested {
        return Taken::Asked;
    }
    after(read, &name, statement.end_byte()..function.end, uses)
}

/// Whether a check before a use asks about the same value.
fn is_asked_before(read: &Read<'_>, text: &str, function: &Range<usize>, until: usize) -> bool {
    let same = |g: &&crate::lang::Guard| {
        g.range.start < until
            && ASKING.contains(&g.kind.as_str())
            && g.subject.as_deref().is_some_and(|s| {
                let s = subject(s);
                s == text || s.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']))
            })
    };
    read.guards_in(function).any(|g| same(&g))
}

/// What becomes of a name behind the place where it got its value.
fn after(read: &Read<'_>, name: &str, rest: Range<usize>, uses: Vec<Access>) -> Taken {
    let source = &read.source;
    let asks = |g: &&crate::lang::Guard| {
        ASKING.contains(&g.kind.as_str())
            && (g.names.iter().any(|n| n == last(name))
                || g.condition.as_deref().is_some_and(|c| mentions(c, last(name))))
    };
    let asked = read.guards_in(&rest).filter(asks).map(|g| g.range.start).min();
    let used = uses
        .into_iter()
        .filter(|a| rest.start <= a.range.start && a.range.end <= rest.end)
        .find(|a| a.subject == name);
    let first = source.text[..rest.start].matches('\n').count() as u32 + 1;
    let until = |byte: usize| source.text[..byte].matches('\n').count() as u32 + 1;
    let bound_again = |to: u32| (first + 1..to).any(|n| binds(source.line(n), name));
    match (asked, used) {
        (Some(asked), Some(used)) if asked <= used.range.start => match bound_again(until(asked)) {
            true => Taken::Else,
            false => Taken::Asked,
        },
        // `x.y if x else z` stands before what it decides about.
        (Some(asked), Some(used)) if until(asked) == used.line => Taken::Asked,
        (Some(asked), None) if !bound_again(until(asked)) => Taken::Asked,
        (_, Some(used)) if bound_again(used.line) => Taken::Else,
        (_, Some(used)) if used.safe || is(&read.row.asking, &used.key) => Taken::Asked,
        (_, Some(access)) => Taken::Bare { access, name: Some(name.to_owned()) },
        _ => Taken::Else,
    }
}

/// Whether a handler of the error of a missing value stands around a place, within its
/// function.
pub(super) fn tried(read: &Read<'_>, line: u32, function: &Range<usize>) -> bool {
    let broad = &read.row.broad;
    let takes = |g: &&crate::lang::Guard| {
        let named = g.subject.as_deref().filter(|_| !broad.is_empty());
        g.kind == "try" && named.is_none_or(|s| broad.iter().any(|b| mentions(s, b)))
    };
    read.guards_in(function).filter(takes).any(|g| g.start <= line && line <= g.end)
}
