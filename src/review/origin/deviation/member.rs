//! Lists of the same members, of which the change completes only some.
//!
//! The change adds a member to an enumeration or an entry to a table. Where another table
//! of the repository has all the older members, but not the new one, and nothing for what
//! it does not name, what looks the new one up there finds nothing.

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::finding::Hypothesis;

use super::super::DraftError;
use super::super::source::last;
use super::table::is;
use super::{Part, Read, Told, Work, hypothesis, place, shown};

/// Fewer older members are no list.
const LEAST: usize = 3;
/// Longer lists are data.
const MOST: usize = 80;
/// Files in which a list's twins are looked for.
const FILES: usize = 8;
/// Members by which files are found.
const PROBES: usize = 3;

struct List<'t> {
    node: Node<'t>,
    old: BTreeSet<String>,
    new: Vec<(String, u32)>,
}

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let read = &*part.head;
    let mut found: Vec<Hypothesis> = Vec::new();
    for list in lists(work, part) {
        let mut paths = BTreeSet::from([read.source.path.clone()]);
        paths.extend(elsewhere(work, read, &list)?);
        for path in paths {
            let Some(other) = work.file(&path)? else { continue };
            let Some(twin) = twin(work, &other, read, &list) else { continue };
            let one = told(work, part, &list, &other, twin);
            if !found.iter().any(|h| h.location.overlaps(&one.location)) {
                found.push(one);
            }
        }
    }
    Ok(found)
}

/// Lists of the file that the change adds one or two members to.
fn lists<'t>(work: &Work<'_>, part: &'t Part<'_>) -> Vec<List<'t>> {
    let read = &*part.head;
    let mut lists = Vec::new();
    place::walk(read.source.tree.root_node(), |node| {
        let (start, end) = place::lines(node);
        if part.lines.added.range(start..=end).next().is_none() {
            return false;
        }
        let listed = is(&read.row.tables, node.kind()) || declares(read, node);
        if listed && node.named_child_count() <= MOST {
            let (mut old, mut new) = (BTreeSet::new(), Vec::new());
            let mut cursor = node.walk();
            for child in node.named_children(&mut cursor) {
                let Some(name) = key(read, child) else { continue };
                let line = place::lines(child).0;
                match part.lines.added.contains(&line) {
                    true if work.fresh(part, line) => new.push((name, line)),
                    true => {}
                    false => {
                        old.insert(name);
                    }
                }
            }
            let least = if declares(read, node) { LEAST } else { LEAST + 1 };
            if old.len() >= least && (1..=2).contains(&new.len()) {
                lists.push(List { node, old, new });
            }
        }
        true
    });
    lists
}

/// Whether a node declares the members of an enumeration.
fn declares(read: &Read<'_>, node: Node<'_>) -> bool {
    let of_class = || {
        let class = node.parent().filter(|p| p.kind().contains("class"));
        let first = class.map(|c| read.source.line(place::lines(c).0));
        first.is_some_and(|l| l.contains("Enum") || l.contains("Flag"))
    };
    is(&read.row.members, node.kind()) && (node.kind() != "block" || of_class())
}

/// The name of a member: what stands before the colon or the sign of equality, else all
/// of it.
fn key(read: &Read<'_>, member: Node<'_>) -> Option<String> {
    let mut node = member;
    for _ in 0..3 {
        let field = ["key", "name", "left", "pattern", "value"]
            .iter()
            .find_map(|f| node.child_by_field_name(f));
        node = match field {
            Some(field) => field,
            None if node.named_child_count() == 1 => node.named_child(0)?,
            None => break,
        };
        if node.child_count() == 0 {
            break;
        }
    }
    let text = read.source.slice(&node.byte_range()).trim_matches(['"', '\'', ':', '`']);
    let plain = |c: char| c.is_alphanumeric() || "_.-:".contains(c);
    let name = last(text);
    (name.len() > 1 && text.chars().all(plain) && name.chars().any(char::is_alphabetic))
        .then(|| name.to_owned())
}

/// Other files that use all of a few older members.
fn elsewhere(work: &Work<'_>, read: &Read<'_>, list: &List<'_>) -> Result<Vec<String>, DraftError> {
    let languages = work.scene.head.languages();
    // Long names first: they say the most.
    let mut probes: Vec<&String> = list.old.iter().collect();
    probes.sort_by_key(|n| std::cmp::Reverse(n.len()));
    let mut common: Option<BTreeSet<String>> = None;
    for name in probes.into_iter().take(PROBES) {
        if read.source.language.is_ambient(name) {
            return Ok(Vec::new());
        }
        let uses = work.look_up(name, None)?;
        let paths: BTreeSet<String> = uses.into_iter().map(|r| r.path).collect();
        common = Some(match common {
            None => paths,
            Some(before) => before.intersection(&paths).cloned().collect(),
        });
    }
    let mut paths: Vec<String> = common.unwrap_or_default().into_iter().collect();
    paths.retain(|p| !languages.is_test_path(p) && *p != read.source.path);
    paths.truncate(FILES);
    Ok(paths)
}

/// The smallest other list of a file that has all older members and no new one.
fn twin(work: &Work<'_>, other: &Read<'_>, read: &Read<'_>, list: &List<'_>) -> Option<(u32, u32)> {
    let source = &other.source;
    let own = source.path == read.source.path;
    let mut best: Option<(Node<'_>, usize)> = None;
    place::walk(source.tree.root_node(), |node| {
        let listed = is(&other.row.tables, node.kind());
        if own && node.byte_range() == list.node.byte_range() {
            return false;
        }
        if listed && node.named_child_count() <= MOST * 2 {
            let names = names(other, node);
            let whole = list.old.iter().all(|n| names.contains(n.as_str()));
            // A list of more is another list.
            let whole = whole && node.named_child_count() <= list.old.len() + 3;
            if whole && best.is_none_or(|(_, size)| node.byte_range().len() < size) {
                best = Some((node, node.byte_range().len()));
            }
        }
        true
    });
    let (node, _) = best?;
    let names = names(other, node);
    let text = source.slice(&node.byte_range());
    let open = other.row.rest.iter().any(|w| text.contains(w));
    let lacks = list.new.iter().all(|(n, _)| !names.contains(n.as_str()));
    let lines = place::lines(node);
    let written = work.parts.iter().any(|p| {
        p.file.path == source.path && p.lines.added.range(lines.0..=lines.1).next().is_some()
    });
    (lacks && !open && !written).then_some(lines)
}

/// The names within a node, and its short texts.
fn names<'s>(read: &'s Read<'_>, node: Node<'_>) -> BTreeSet<&'s str> {
    let mut names = BTreeSet::new();
    place::walk(node, |here| {
        if here.child_count() == 0 {
            names.insert(read.source.slice(&here.byte_range()).trim_matches(['"', '\'', ':']));
        }
        true
    });
    names.retain(|n| n.chars().next().is_some_and(char::is_alphabetic));
    names
}

fn told(
    work: &Work<'_>,
    part: &Part<'_>,
    list: &List<'_>,
    other: &Read<'_>,
    twin: (u32, u32),
) -> Hypothesis {
    let (name, line) = &list.new[0];
    let path = &other.source.path;
    let count = list.old.len();
    let told = Told {
        rule: "missing_member",
        kind: "missing_key",
        title: format!("`{name}` is missing from a list of the others"),
        mechanism: format!(
            "The change adds `{name}`. {path}:{} lists all {count} older members, has no entry for `{name}` and nothing for what it does not name; a look-up of `{name}` there finds nothing.",
            twin.0
        ),
        assumption: format!("no other list of the members needs `{name}`"),
        question: format!("Can `{name}` reach {path}:{}?", twin.0),
        prior: work.table.prior.table,
        severity: 0.55,
        fix: format!("Add `{name}` at {path}:{}.", twin.0),
        checked: vec![format!("the list at {path}:{} has all {count} older members", twin.0)],
        unchecked: vec![format!("whether `{name}` is looked up there")],
    };
    let evidence = shown(&other.source, twin.0, twin.1, "the list that lacks it");
    hypothesis(part, (*line, *line), told, vec![evidence])
}
