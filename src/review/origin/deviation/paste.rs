//! Copies in which one name was not renamed (Z. Li and others, "CP-Miner", 2004).
//!
//! Statements, branches and functions side by side that have one shape are taken for
//! copies. Where a part of names became another everywhere but in one place, and the name
//! that would be expected there exists, the one place was forgotten.

use std::collections::BTreeMap;

use tree_sitter::Node;

use crate::finding::Hypothesis;

use super::super::source::{fold, mentions};
use super::table::is;
use super::{Part, Read, Told, Work, hypothesis, place, shown};

/// Most statements that are copied as one.
const UNIT: usize = 6;
/// Most leaves of one copy.
const LEAVES: usize = 600;
/// Most copies one of another that are compared within a block.
const CHILDREN: usize = 400;
/// Times that the part of names was renamed beside the one where it was not.
const RENAMED: usize = 2;

/// A token.
struct Leaf<'s> {
    text: &'s str,
    name: bool,
    line: u32,
}

/// A place that was not renamed.
struct Forgotten {
    line: u32,
    /// As it is, and as it would be expected.
    is: String,
    expected: String,
    from: String,
    to: String,
    renamed: usize,
}

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Vec<Hypothesis> {
    let read = &*part.head;
    let mut found: Vec<Hypothesis> = Vec::new();
    place::walk(read.source.tree.root_node(), |node| {
        let (start, end) = place::lines(node);
        if part.lines.added.range(start..=end).next().is_none() {
            return false;
        }
        if is(&read.row.imports, node.kind()) {
            return false;
        }
        if node.named_child_count() > 1 {
            for one in in_block(work, part, node) {
                if !found.iter().any(|h| h.location.overlaps(&one.location)) {
                    found.push(one);
                }
            }
        }
        true
    });
    found
}

fn in_block(work: &Work<'_>, part: &Part<'_>, block: Node<'_>) -> Vec<Hypothesis> {
    let read = &*part.head;
    let mut cursor = block.walk();
    let children: Vec<Node<'_>> =
        block.named_children(&mut cursor).filter(|c| !c.is_extra()).take(CHILDREN).collect();
    let listed = is(&read.row.blocks, block.kind());
    let longest = if listed { UNIT } else { 1 };
    let leaves: Vec<Vec<Leaf<'_>>> = children.iter().map(|c| leaves(read, *c)).collect();
    let mut found = Vec::new();
    for unit in 1..=longest {
        for at in unit..=children.len().saturating_sub(unit) {
            let (first, second) = (&children[at - unit..at], &children[at..at + unit]);
            let lines = (place::lines(second[0]).0, place::lines(second[unit - 1]).1);
            if part.lines.added.range(lines.0..=lines.1).next().is_none() {
                continue;
            }
            let imports = first.iter().any(|n| is(&read.row.imports, n.kind()));
            let alike = first.iter().zip(second).all(|(a, b)| a.kind_id() == b.kind_id());
            if imports || !alike {
                continue;
            }
            let a: Vec<&Leaf<'_>> = leaves[at - unit..at].iter().flatten().collect();
            let b: Vec<&Leaf<'_>> = leaves[at..at + unit].iter().flatten().collect();
            if let Some(one) = forgotten(read, &a, &b)
                && work.fresh(part, one.line)
            {
                let before = (place::lines(first[0]).0, place::lines(first[unit - 1]).1);
                found.push(told(work, part, &one, before));
            }
        }
    }
    found
}

fn leaves<'s>(read: &'s Read<'_>, node: Node<'_>) -> Vec<Leaf<'s>> {
    let mut leaves = Vec::new();
    // Types of one kind after another are no copies.
    let mut type_until = 0;
    place::walk(node, |here| {
        if leaves.len() > LEAVES || here.is_extra() {
            return false;
        }
        if here.kind().contains("type") {
            type_until = type_until.max(here.end_byte());
        }
        if here.child_count() == 0 {
            leaves.push(Leaf {
                text: read.source.slice(&here.byte_range()),
                name: is(&read.row.names, here.kind()) && here.start_byte() >= type_until,
                line: place::lines(here).0,
            });
        }
        true
    });
    leaves
}

/// The one place of the second copy that the renaming left out.
fn forgotten(read: &Read<'_>, first: &[&Leaf<'_>], second: &[&Leaf<'_>]) -> Option<Forgotten> {
    if first.len() != second.len() || first.len() < 4 || first.len() > LEAVES {
        return None;
    }
    let mut renames: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (a, b) in first.iter().zip(second) {
        match (a.name && b.name, a.text == b.text) {
            (true, true) | (false, true) => {}
            (true, false) => {
                let (from, to) = renamed(a.text, b.text)?;
                *renames.entry((from, to)).or_default() += 1;
            }
            // Other numbers and texts are what a copy is made for.
            (false, false) if is_value(a.text) && is_value(b.text) => {}
            (false, false) => return None,
        }
    }
    let ((from, to), count) = renames.iter().max_by_key(|(_, n)| **n)?;
    let swapped = renames.keys().any(|(f, t)| f == to || t == from || (f == from && t != to));
    if *count < RENAMED || swapped {
        return None;
    }
    let mut left = first.iter().zip(second).filter(|(a, b)| {
        a.name && a.text == b.text && words(a.text).iter().any(|w| w.to_lowercase() == *from)
    });
    let (_, leaf) = left.next()?;
    if left.next().is_some() {
        return None;
    }
    let expected = replaced(leaf.text, from, to);
    let known = expected != leaf.text && mentions(&read.source.text, &expected);
    known.then(|| Forgotten {
        line: leaf.line,
        is: leaf.text.to_owned(),
        expected,
        from: from.clone(),
        to: to.clone(),
        renamed: *count,
    })
}

fn is_value(text: &str) -> bool {
    !text.is_empty() && text.chars().any(|c| c.is_alphanumeric())
}

/// The one word in which two names differ, in small letters; both names where they have
/// nothing in common.
fn renamed(a: &str, b: &str) -> Option<(String, String)> {
    let (a, b) = (words(a), words(b));
    if a.len() == b.len() {
        let mut differ = a.iter().zip(&b).filter(|(a, b)| a.to_lowercase() != b.to_lowercase());
        if let (Some((a, b)), None) = (differ.next(), differ.next()) {
            return Some((a.to_lowercase(), b.to_lowercase()));
        }
    }
    Some((a.concat().to_lowercase(), b.concat().to_lowercase()))
}

/// Words of a name: `maxWidth`, `max_width`, `MAX_WIDTH`.
fn words(name: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in name.split(['_', '-', '$', '@']).filter(|p| !p.is_empty()) {
        let mut start = 0;
        let mut lower = false;
        for (at, c) in part.char_indices() {
            if c.is_uppercase() && lower {
                words.push(&part[start..at]);
                start = at;
            }
            lower = !c.is_uppercase();
        }
        words.push(&part[start..]);
    }
    words
}

/// A name with one word in place of another, in the same case.
fn replaced(name: &str, from: &str, to: &str) -> String {
    let Some(word) = words(name).into_iter().find(|w| w.to_lowercase() == from) else {
        return name.to_owned();
    };
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    let upper = word.len() > 1 && word.chars().all(|c| !c.is_lowercase());
    let new = match (upper, capital) {
        (true, _) => to.to_uppercase(),
        (false, true) => {
            let mut letters = to.chars();
            letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect())
        }
        (false, false) => to.to_owned(),
    };
    // `word` is a slice of `name`.
    let at = word.as_ptr() as usize - name.as_ptr() as usize;
    format!("{}{new}{}", &name[..at], &name[at + word.len()..])
}

fn told(work: &Work<'_>, part: &Part<'_>, one: &Forgotten, before: (u32, u32)) -> Hypothesis {
    let source = &part.head.source;
    let Forgotten { line, is, expected, from, to, renamed } = one;
    let told = Told {
        rule: "copy_name",
        kind: "wrong_condition",
        title: format!("a copy still says `{is}`, not `{expected}`"),
        mechanism: format!(
            "The lines repeat those at {}:{}, with `{to}` for `{from}` in {renamed} places, but line {line} still says `{is}`: `{}`. `{expected}` exists.",
            source.path,
            before.0,
            fold(source.line(*line))
        ),
        assumption: format!("`{is}` is meant here too"),
        question: format!("Is `{is}` meant at line {line}, or `{expected}`?"),
        prior: work.table.prior.paste,
        severity: 0.55,
        fix: format!("Write `{expected}` in place of `{is}`."),
        checked: vec![format!("`{from}` became `{to}` in all other places of the copy")],
        unchecked: vec![format!("whether `{is}` is shared by both on purpose")],
    };
    let end = before.1.min(before.0 + 5);
    hypothesis(part, (*line, *line), told, vec![shown(source, before.0, end, "what it repeats")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words_and_keep_their_case() {
        assert_eq!(words("maxWidth_px"), ["max", "Width", "px"]);
        assert_eq!(words("MAX_WIDTH"), ["MAX", "WIDTH"]);
        assert_eq!(renamed("minWidth", "minHeight"), Some(("width".into(), "height".into())));
        assert_eq!(replaced("minWidth", "width", "height"), "minHeight");
        assert_eq!(replaced("MIN_WIDTH", "width", "height"), "MIN_HEIGHT");
        assert_eq!(replaced("width", "width", "height"), "height");
    }
}
