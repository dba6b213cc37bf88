//! Steps through a syntax tree.

use std::ops::Range;

use tree_sitter::Node;

use super::super::source::{Source, last};
use super::table::{Row, is};

/// The outermost node of exactly these bytes that is a call.
pub(super) fn call<'t>(
    source: &'t Source<'_>,
    row: &Row,
    range: &Range<usize>,
) -> Option<Node<'t>> {
    let mut node = source.node(range)?;
    while let Some(parent) = node.parent().filter(|p| p.byte_range() == *range) {
        if row.calls.iter().any(|c| c.node == node.kind()) {
            break;
        }
        node = parent;
    }
    (node.byte_range() == *range).then_some(node)
}

/// Nodes below one, itself included, in the order of the text, for which `each` says
/// whether to go on below.
pub(super) fn walk<'t>(node: Node<'t>, mut each: impl FnMut(Node<'t>) -> bool) {
    let mut cursor = node.walk();
    // Without recursion: trees of hostile files are deep.
    'walk: loop {
        if each(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        loop {
            if cursor.node() == node {
                break 'walk;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
}

/// The nodes around one, the nearest first.
pub(super) fn around(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(node.parent(), Node::parent)
}

/// 1-based lines of a node.
pub(super) fn lines(node: Node<'_>) -> (u32, u32) {
    (node.start_position().row as u32 + 1, node.end_position().row as u32 + 1)
}

/// A call with its called name that stands on a line.
pub(super) fn call_at<'t>(
    source: &'t Source<'_>,
    row: &Row,
    line: u32,
    name: &str,
) -> Option<Node<'t>> {
    let mut found = None;
    walk(source.tree.root_node(), |node| {
        let (start, end) = lines(node);
        if found.is_some() || end < line || start > line {
            return false;
        }
        if let Some(named) = called(row, node)
            && last(source.slice(&named.byte_range())) == name
            && named.end_position().row as u32 + 1 == line
        {
            found = Some(node);
        }
        true
    });
    found
}

/// The node that names what a call calls.
pub(super) fn called<'t>(row: &Row, node: Node<'t>) -> Option<Node<'t>> {
    let form = row.calls.iter().find(|c| c.node == node.kind())?;
    node.child_by_field_name(&form.name)
}

/// The arguments of a call.
pub(super) fn arguments<'t>(row: &Row, node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let list = node.children(&mut cursor).find(|c| is(&row.arguments, c.kind()));
    let Some(list) = list else { return Vec::new() };
    let mut cursor = list.walk();
    list.named_children(&mut cursor).filter(|c| !c.is_extra()).collect()
}
