//! What all functions beside a new one do and it does not: a check, a lock, a decorator.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::finding::Hypothesis;
use crate::lang::Definition;

use super::super::DraftError;
use super::super::source::last;
use super::{Part, Read, Told, Work, caller, hypothesis, place, shown};

/// Fewer siblings show no habit.
const LEAST: usize = 3;
/// Calls of a function that count as its beginning.
const FIRST: usize = 3;
/// Functions of fewer lines do too little to owe anything.
const LINES: u32 = 3;

/// What a function does.
struct Doing {
    /// Names of the first functions that it calls.
    first: BTreeSet<String>,
    all: BTreeSet<String>,
    decorators: BTreeSet<String>,
}

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let read = &*part.head;
    let source = &read.source;
    let mut found = Vec::new();
    let functions: Vec<&Definition> =
        source.definitions.iter().filter(|d| d.kind.is_callable() && d.body.is_some()).collect();
    for new in functions.iter().filter(|d| work.fresh(part, d.line)) {
        // A function that was only renamed has old lines.
        let own = (new.start..=new.end).filter(|n| part.lines.added.contains(n)).count() as u32;
        if own * 10 < (new.end - new.start + 1) * 9 || new.end - new.line < LINES {
            continue;
        }
        let like = |d: &&&Definition| {
            d.range != new.range
                && home(d) == home(new)
                && !home(d).is_empty()
                && !part.lines.added.contains(&d.line)
                && d.end - d.line >= LINES
                && role(&d.name) == role(&new.name)
        };
        let siblings: Vec<&&Definition> = functions.iter().filter(like).collect();
        if siblings.len() < LEAST {
            continue;
        }
        if let Some(one) = examine(work, part, new, &siblings)? {
            found.push(one);
        }
    }
    Ok(found)
}

fn examine(
    work: &Work<'_>,
    part: &Part<'_>,
    new: &Definition,
    siblings: &[&&Definition],
) -> Result<Option<Hypothesis>, DraftError> {
    let read = &*part.head;
    let own = doing(read, new);
    let theirs: Vec<(u32, Doing)> = siblings.iter().map(|d| (d.line, doing(read, d))).collect();
    let mut counts: BTreeMap<(bool, &String), usize> = BTreeMap::new();
    for (_, doing) in &theirs {
        for name in &doing.first {
            *counts.entry((false, name)).or_default() += 1;
        }
        for name in &doing.decorators {
            *counts.entry((true, name)).or_default() += 1;
        }
    }
    for ((decorator, name), count) in counts {
        let has = if decorator { own.decorators.contains(name) } else { own.all.contains(name) };
        if has || count < LEAST || count < theirs.len() {
            continue;
        }
        if decorator && !work.table.duty.is_match(name)
            || !decorator && !caller::is_duty(work, part, name, &own.all)?
        {
            continue;
        }
        let example = theirs.first().map_or(new.line, |(line, _)| *line);
        return Ok(Some(told(work, part, new, (decorator, name), count, example)));
    }
    Ok(None)
}

fn doing(read: &Read<'_>, definition: &Definition) -> Doing {
    let source = &read.source;
    let mut names: Vec<String> = Vec::new();
    let node: Option<Node<'_>> = source.node(&definition.range);
    if let Some(node) = node {
        place::walk(node, |here| {
            let range = here.byte_range();
            if range.start >= definition.range.end || range.end <= definition.range.start {
                return false;
            }
            if range.start >= definition.body.unwrap_or(definition.range.start)
                && let Some(named) = place::called(read.row, here)
            {
                names.push(last(source.slice(&named.byte_range())).to_owned());
            }
            true
        });
    }
    let decorators = (definition.start..definition.line)
        .map(|n| source.line(n).trim())
        .filter_map(|l| l.strip_prefix('@'))
        .map(|l| last(l.split(['(', ' ']).next().unwrap_or(l)).to_owned());
    Doing {
        first: names.iter().take(FIRST).cloned().collect(),
        decorators: decorators.collect(),
        all: names.into_iter().collect(),
    }
}

/// The type that a method belongs to.
fn home(definition: &Definition) -> &str {
    let home = definition.qualified.strip_suffix(&definition.name).unwrap_or_default();
    home.trim_end_matches(['.', ':', '#'])
}

/// Functions for all and helpers owe different things.
fn role(name: &str) -> (bool, bool) {
    (name.starts_with('_'), name.starts_with("__"))
}

fn told(
    work: &Work<'_>,
    part: &Part<'_>,
    new: &Definition,
    (decorator, duty): (bool, &str),
    count: usize,
    example: u32,
) -> Hypothesis {
    let source = &part.head.source;
    let name = &new.name;
    let does = match decorator {
        true => format!("have `@{duty}`"),
        false => format!("call `{duty}` first"),
    };
    let told = Told {
        rule: "siblings",
        kind: "removed_guard",
        title: format!("`{name}` lacks the `{duty}` of its siblings"),
        mechanism: format!(
            "All {count} other functions of `{}` {does}; the new `{name}` does not.",
            home(new)
        ),
        assumption: format!("`{name}` needs no `{duty}`"),
        question: format!("May `{name}` run without `{duty}`?"),
        prior: work.table.prior.sibling,
        severity: 0.55,
        fix: format!("Use `{duty}` in `{name}` as its siblings do."),
        checked: vec![format!("all {count} siblings {does}")],
        unchecked: vec![format!("whether `{name}` is a special case")],
    };
    let more = vec![shown(source, example, example + 3, "a sibling")];
    hypothesis(part, (new.line, new.line), told, more)
}
