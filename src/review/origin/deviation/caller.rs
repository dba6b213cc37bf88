//! What nearly all other callers of a function do and a new call does not.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::finding::{Evidence, Hypothesis, Source as Place};
use crate::index::Symbol;
use crate::lang::CallSite;

use super::super::DraftError;
use super::super::source::{fold, last, mentions};
use super::site::{Taken, site, taken, tried};
use super::table::is;
use super::{Part, Read, Told, Work, hypothesis, place};

/// Fewer other callers show no habit.
const LEAST: usize = 4;
/// Fewer show none about what stands around a call.
const LEAST_AROUND: usize = 6;
/// Most other callers that are read.
const MOST: usize = 24;
/// Names that one argument may give; a call with more is a table.
const KEYWORDS: usize = 40;

/// What callers may do, in the order of what weighs most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Habit {
    /// Ask about the result before they use it.
    Ask,
    Await,
    /// Hold a lock or a transaction.
    Lock,
    /// Let a `with` let go of what they got.
    Hold,
    /// Pass an argument, by its position, through a function.
    Through(usize, String),
    Keyword(String),
    /// Call another function before, or after.
    Before(String),
    After(String),
}

/// One call with what its caller does.
struct Seen {
    path: String,
    line: u32,
    text: String,
    /// Where its function begins.
    function: (String, usize),
    habits: BTreeSet<Habit>,
    /// What it had the occasion to do.
    open: BTreeSet<Kind>,
    arguments: usize,
    /// All names called around it.
    around: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Ask,
    Await,
    Hold,
    Argument,
}

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let mut found: Vec<Hypothesis> = Vec::new();
    for call in &part.calls {
        if !work.fresh(part, call.line) || part.head.source.language.is_ambient(&call.name) {
            continue;
        }
        let Some(callee) = work.callee(part, call)? else { continue };
        if let Some(one) = examine(work, part, call, &callee)?
            && !found.iter().any(|h| h.location.overlaps(&one.location))
        {
            found.push(one);
        }
    }
    Ok(found)
}

fn examine(
    work: &Work<'_>,
    part: &Part<'_>,
    call: &CallSite,
    callee: &Symbol,
) -> Result<Option<Hypothesis>, DraftError> {
    let others = work.others(callee)?;
    if others.len() < LEAST {
        return Ok(None);
    }
    let read = &*part.head;
    let Some(node) = place::call(&read.source, read.row, &call.range) else { return Ok(None) };
    let new = seen(read, node, call.line);
    let mut all = Vec::new();
    // Of many a part, spread over the files.
    let step = others.len().div_ceil(MOST);
    for used in others.iter().step_by(step) {
        let Some(other) = work.file(&used.path)? else { continue };
        if let Some(node) = place::call_at(&other.source, other.row, used.line, &callee.name) {
            all.push(seen(&other, node, used.line));
        }
    }
    if all.len() < LEAST {
        return Ok(None);
    }
    let mut counts: BTreeMap<&Habit, usize> = BTreeMap::new();
    for habit in all.iter().flat_map(|s| &s.habits) {
        *counts.entry(habit).or_default() += 1;
    }
    for (habit, count) in counts {
        if new.habits.contains(habit) || !could(habit, &new) {
            continue;
        }
        let occasions = all.iter().filter(|s| could(habit, s)).count();
        let functions: BTreeSet<&(String, usize)> =
            all.iter().filter(|s| s.habits.contains(habit)).map(|s| &s.function).collect();
        if !is_habit(habit, count, occasions, functions.len()) {
            continue;
        }
        match habit {
            Habit::Before(name) | Habit::After(name)
                if !is_duty(work, part, name, &new.around)? =>
            {
                continue;
            }
            // `f(d.get(k))` is a habit of no meaning.
            Habit::Through(_, name) if !is_own(work, part, name)? => continue,
            _ => {}
        }
        return Ok(Some(told(work, part, call, callee, habit, (count, occasions), &all)));
    }
    Ok(None)
}

/// Whether a caller had the occasion.
fn could(habit: &Habit, seen: &Seen) -> bool {
    match habit {
        Habit::Ask => seen.open.contains(&Kind::Ask),
        Habit::Await => seen.open.contains(&Kind::Await),
        Habit::Hold => seen.open.contains(&Kind::Hold),
        Habit::Keyword(_) => seen.open.contains(&Kind::Argument),
        Habit::Through(at, _) => seen.open.contains(&Kind::Argument) && *at < seen.arguments,
        _ => true,
    }
}

fn is_habit(habit: &Habit, count: usize, occasions: usize, functions: usize) -> bool {
    let (least, share) = match habit {
        Habit::Ask | Habit::Await => (LEAST, 0.85),
        Habit::Lock | Habit::Hold => (LEAST, 0.9),
        Habit::Through(..) => (LEAST, 0.95),
        Habit::Keyword(_) => (LEAST_AROUND, 0.95),
        Habit::Before(_) | Habit::After(_) => (LEAST_AROUND, 0.95),
    };
    count >= least && functions >= least - 1 && count as f64 >= share * occasions as f64
}

/// Whether a function that is called around nearly all calls is one that a caller owes,
/// and the new one does not call it by way of another.
pub(super) fn is_duty(
    work: &Work<'_>,
    part: &Part<'_>,
    name: &str,
    around: &BTreeSet<String>,
) -> Result<bool, DraftError> {
    if !is_own(work, part, name)? {
        return Ok(false);
    }
    let language = part.head.source.language;
    for called in around {
        for symbol in work.functions(called, language)?.iter().take(super::DEFINITIONS) {
            let Some(read) = work.file(&symbol.path)? else { continue };
            if mentions(&read.source.lines(symbol.start, symbol.end), name) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether a function is one of the repository with a name of its own, or one whose name
/// tells a duty.
fn is_own(work: &Work<'_>, part: &Part<'_>, name: &str) -> Result<bool, DraftError> {
    let language = part.head.source.language;
    if work.table.duty.is_match(name) {
        return Ok(true);
    }
    Ok(!language.is_ambient(name) && !work.functions(name, language)?.is_empty())
}

fn seen(read: &Read<'_>, node: Node<'_>, line: u32) -> Seen {
    let source = &read.source;
    let function = read.style.function(source, &node.byte_range());
    let mut habits = BTreeSet::new();
    let mut open = BTreeSet::new();
    let site = site(read, node);
    let taken = taken(read, node);
    match taken {
        Taken::Asked => {
            habits.insert(Habit::Ask);
            open.insert(Kind::Ask);
        }
        Taken::Bare { .. } if !tried(read, line, &function) => {
            open.insert(Kind::Ask);
        }
        _ => {}
    }
    if !read.row.waits.is_empty() {
        let kind = site.parent.map_or("", |p| p.kind());
        let taken_now = is(&read.row.drop, kind)
            || read.row.bind.iter().any(|b| b.node == kind)
            || matches!(taken, Taken::Bare { name: None, .. });
        if site.awaited {
            habits.insert(Habit::Await);
            open.insert(Kind::Await);
        } else if taken_now {
            open.insert(Kind::Await);
        }
    }
    let held = |n: &Node<'_>| is(&read.row.held, n.kind());
    let bound = site.parent.is_some_and(|p| read.row.bind.iter().any(|b| b.node == p.kind()));
    if place::around(node).take(5).any(|n| held(&n)) {
        habits.insert(Habit::Hold);
        open.insert(Kind::Hold);
    } else if bound {
        open.insert(Kind::Hold);
    }
    let locked = read.guards_in(&function).any(|g| {
        ["lock", "transaction"].contains(&g.kind.as_str()) && g.range.start < node.start_byte()
    });
    if locked {
        habits.insert(Habit::Lock);
    }
    let given = place::arguments(read.row, node);
    let mut spread = false;
    let mut position = 0;
    for argument in &given {
        spread |= argument.kind().contains("splat") || argument.kind().contains("spread");
        let keywords = keywords(read, *argument);
        if !keywords.is_empty() {
            habits.extend(keywords.into_iter().map(Habit::Keyword));
            continue;
        }
        if let Some(through) = place::called(read.row, *argument) {
            let name = last(source.slice(&through.byte_range())).to_owned();
            habits.insert(Habit::Through(position, name));
        }
        position += 1;
    }
    if !spread {
        open.insert(Kind::Argument);
    }
    let mut around = BTreeSet::new();
    // What a file does at its top level belongs to no one call.
    let inside = function.len() < source.text.len();
    if let Some(whole) = source.node(&function).filter(|_| inside) {
        place::walk(whole, |here| {
            if here.start_byte() >= function.end {
                return false;
            }
            if let Some(named) = place::called(read.row, here) {
                let name = last(source.slice(&named.byte_range())).to_owned();
                let inside =
                    node.start_byte() <= here.start_byte() && here.end_byte() <= node.end_byte();
                if !inside && !name.is_empty() && name.len() < 60 {
                    around.insert(name.clone());
                    match here.start_byte() < node.start_byte() {
                        true => habits.insert(Habit::Before(name)),
                        false => habits.insert(Habit::After(name)),
                    };
                }
            }
            true
        });
    }
    // What stands on either side is a duty on neither.
    let both = |name: &String, habits: &BTreeSet<Habit>| {
        habits.contains(&Habit::Before(name.clone()))
            && habits.contains(&Habit::After(name.clone()))
    };
    let twice: Vec<String> = around.iter().filter(|n| both(n, &habits)).cloned().collect();
    for name in twice {
        habits.remove(&Habit::After(name));
    }
    Seen {
        path: source.path.clone(),
        line,
        text: fold(source.line(line)),
        function: (source.path.clone(), function.start),
        habits,
        open,
        arguments: position,
        around,
    }
}

/// Names that an argument carries: its own, or those of an object of options.
fn keywords(read: &Read<'_>, argument: Node<'_>) -> Vec<String> {
    let row = read.row;
    let mut names = Vec::new();
    let own = is(&row.keyword, argument.kind());
    let mut cursor = argument.walk();
    let inner = argument.named_children(&mut cursor).filter(|c| is(&row.keyword, c.kind()));
    for node in std::iter::once(argument).filter(|_| own).chain(inner.take(KEYWORDS)) {
        let key = node.child_by_field_name("name").or_else(|| node.child_by_field_name("key"));
        let key = key.unwrap_or(node);
        let text = read.source.slice(&key.byte_range()).trim_matches([':', '"', '\'']);
        names.push(text.to_owned());
    }
    names
}

fn told(
    work: &Work<'_>,
    part: &Part<'_>,
    call: &CallSite,
    callee: &Symbol,
    habit: &Habit,
    (count, occasions): (usize, usize),
    all: &[Seen],
) -> Hypothesis {
    let name = &callee.name;
    let (kind, does, title, severity) = match habit {
        Habit::Ask => (
            "null_dereference",
            "ask about its result before they use it".to_owned(),
            format!("the result of `{name}` is not checked as elsewhere"),
            0.6,
        ),
        Habit::Await => (
            "api_misuse",
            "await it".to_owned(),
            format!("`{name}` is not awaited as elsewhere"),
            0.65,
        ),
        Habit::Lock => (
            "race",
            "hold a lock or a transaction".to_owned(),
            format!("`{name}` is called without the lock held elsewhere"),
            0.6,
        ),
        Habit::Hold => (
            "resource_leak",
            "let go of what it gives at the end of a block".to_owned(),
            format!("what `{name}` gives is not released as elsewhere"),
            0.5,
        ),
        Habit::Through(at, through) => (
            "api_misuse",
            format!("pass argument {} through `{through}`", at + 1),
            format!("argument {} of `{name}` skips `{through}`", at + 1),
            0.55,
        ),
        Habit::Keyword(keyword) => (
            "api_misuse",
            format!("pass `{keyword}`"),
            format!("`{name}` is called without `{keyword}`"),
            0.5,
        ),
        Habit::Before(before) => (
            "api_misuse",
            format!("call `{before}` first"),
            format!("`{name}` without `{before}` before it"),
            0.5,
        ),
        Habit::After(after) => (
            "api_misuse",
            format!("call `{after}` afterwards"),
            format!("`{name}` without `{after}` after it"),
            0.5,
        ),
    };
    let examples: Vec<&Seen> = all.iter().filter(|s| s.habits.contains(habit)).take(2).collect();
    let more = examples.iter().map(|s| Evidence {
        source: Place::File { path: s.path.clone(), start: s.line, end: s.line },
        quote: s.text.clone(),
        note: Some("another call of it".to_owned()),
    });
    let told = Told {
        rule: "other_callers",
        kind,
        title,
        mechanism: format!(
            "{count} of {occasions} other calls of `{name}` {does}; this call does not."
        ),
        assumption: format!("what other callers of `{name}` do is not needed here"),
        question: format!("Why do other callers of `{name}` {does}?"),
        prior: work.table.prior.caller,
        severity,
        fix: format!("Do as the other callers of `{name}` do: {does}."),
        checked: vec![format!("{count} of {occasions} other calls in the repository {does}")],
        unchecked: vec!["whether this call is a special case".to_owned()],
    };
    hypothesis(part, (call.line, call.line.max(call.end.min(call.line + 3))), told, more.collect())
}
