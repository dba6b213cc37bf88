//! Members that nearly all of the repository asks about before it uses them.
//!
//! `customer.address.city`, where everybody else asks whether there is an `address`: the
//! others believe that there may be none. No type is known, so names alone decide, and
//! only those that the repository gives one meaning: long ones, used by several functions.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::finding::{Evidence, Hypothesis, Source as Place};

use super::super::DraftError;
use super::super::access::{Access, Use, accesses};
use super::super::source::{fold, last, mentions, root};
use super::site::{Taken, taken, tried};
use super::{Part, Read, Told, Work, hypothesis, place};

/// Functions that must ask.
const LEAST: usize = 4;
/// Of those that use the member at all.
const SHARE: f64 = 0.85;
/// Shorter names mean many things.
const NAME: usize = 4;
/// A member that is used more often is of many types.
const USES: usize = 120;
/// Most places that are read.
const MOST: usize = 30;
/// Members that one file of the change asks about.
const MEMBERS: usize = 40;

/// What one function does about a member.
#[derive(Default)]
struct Stance {
    asks: Option<(u32, String)>,
    bare: bool,
}

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let read = &*part.head;
    let source = &read.source;
    let whole = 0..source.text.len();
    let mut known: BTreeMap<String, Option<(usize, usize, Vec<Evidence>)>> = BTreeMap::new();
    let mut found: Vec<Hypothesis> = Vec::new();
    for access in accesses(source, read.style, &whole) {
        let used = matches!(access.used, Use::Member | Use::Subscript | Use::Iteration);
        if !used || access.safe || !work.fresh(part, access.line) {
            continue;
        }
        let Some(name) = member(&access) else { continue };
        if source.language.is_ambient(name) || is_asked(read, &access, name) {
            continue;
        }
        if !known.contains_key(name) {
            if known.len() >= MEMBERS {
                break;
            }
            let belief = belief(work, part, name)?;
            known.insert(name.to_owned(), belief);
        }
        let Some(Some((asks, uses, examples))) = known.get(name) else { continue };
        let one = told(work, part, &access, name, (*asks, *uses), examples.clone());
        if !found.iter().any(|h| h.location.overlaps(&one.location)) {
            found.push(one);
        }
    }
    Ok(found)
}

/// The member of something that a use takes for present.
fn member(access: &Access) -> Option<&str> {
    let subject = access.subject.strip_suffix("()").unwrap_or(&access.subject);
    let name = last(subject);
    let plain = |c: char| c.is_alphanumeric() || "_.$@:>-".contains(c);
    let whole = subject.chars().all(plain) && name.len() < subject.len();
    (whole && name.len() >= NAME && name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .then_some(name)
}

/// Whether something in the function asks about the member, or about what holds it.
fn is_asked(read: &Read<'_>, access: &Access, name: &str) -> bool {
    let source = &read.source;
    let function = read.style.function(source, &access.range);
    if tried(read, access.line, &function) {
        return true;
    }
    let before = source.text[function.start..access.range.start].matches('\n').count() as u32;
    let start = access.line.saturating_sub(before).max(1);
    (start..=access.line).any(|n| {
        let line = source.line(n);
        let asks = read
            .guards()
            .iter()
            .any(|g| g.line == n && !["await", "close"].contains(&g.kind.as_str()));
        (asks || line.contains(" = ") && n < access.line) && mentions(line, name)
    }) || root(&access.subject).is_empty()
}

/// How many functions ask about a member, of those that use it, if nearly all do.
fn belief(
    work: &Work<'_>,
    part: &Part<'_>,
    name: &str,
) -> Result<Option<(usize, usize, Vec<Evidence>)>, DraftError> {
    let (head, languages) = (work.scene.head, work.scene.head.languages());
    let family = part.head.source.language.family();
    let mut uses = head.references(name, None)?;
    uses.retain(|r| {
        r.receiver.is_some()
            && !languages.is_test_path(&r.path)
            && head.language(&r.path).is_some_and(|l| l.family() == family)
    });
    uses.retain(|r| {
        let own = work.parts.iter().find(|p| p.file.path == r.path);
        own.is_none_or(|p| !p.lines.added.contains(&r.line))
    });
    let functions: BTreeSet<(&str, Option<&str>)> =
        uses.iter().map(|r| (r.path.as_str(), r.within.as_deref())).collect();
    if functions.len() < LEAST || uses.len() > USES {
        return Ok(None);
    }
    let mut stances: BTreeMap<(String, usize), Stance> = BTreeMap::new();
    for used in uses.iter().take(MOST) {
        let Some(read) = work.file(&used.path)? else { continue };
        let Some(node) = member_at(&read, used.line, name) else { continue };
        let function = read.style.function(&read.source, &node.byte_range());
        let stance = stances.entry((used.path.clone(), function.start)).or_default();
        match taken(&read, node) {
            Taken::Asked => {
                stance.asks.get_or_insert((used.line, fold(read.source.line(used.line))));
            }
            Taken::Bare { access, .. } if access.used != Use::Division => stance.bare = true,
            _ => {}
        }
    }
    let asking: Vec<(&(String, usize), &(u32, String))> =
        stances.iter().filter_map(|(k, s)| Some((k, s.asks.as_ref()?))).collect();
    let bare = stances.values().filter(|s| s.bare && s.asks.is_none()).count();
    let (asks, all) = (asking.len(), asking.len() + bare);
    if asks < LEAST || (asks as f64) < SHARE * all as f64 {
        return Ok(None);
    }
    let examples = asking.iter().take(2).map(|((path, _), (line, text))| Evidence {
        source: Place::File { path: path.clone(), start: *line, end: *line },
        quote: text.clone(),
        note: Some("asks first".to_owned()),
    });
    Ok(Some((asks, all, examples.collect())))
}

/// The node that takes a member on a line.
fn member_at<'t>(read: &'t Read<'_>, line: u32, name: &str) -> Option<Node<'t>> {
    let source = &read.source;
    let mut found = None;
    place::walk(source.tree.root_node(), |node| {
        let (start, end) = place::lines(node);
        if found.is_some() || end < line || start > line {
            return false;
        }
        if node.child_count() == 0 && start == line && source.slice(&node.byte_range()) == name {
            let member = node.parent().filter(|p| p.end_byte() == node.end_byte());
            // The whole call, where it is one.
            let call = member.and_then(|m| {
                let call = m.parent()?;
                let named = place::called(read.row, call)?;
                (named.byte_range() == m.byte_range()).then_some(call)
            });
            found = call.or(member);
        }
        true
    });
    found
}

fn told(
    work: &Work<'_>,
    part: &Part<'_>,
    access: &Access,
    name: &str,
    (asks, all): (usize, usize),
    examples: Vec<Evidence>,
) -> Hypothesis {
    let nothing = part.head.style.nulls.first().map_or("null", String::as_str);
    let told = Told {
        kind: "null_dereference",
        title: format!("`{name}` may be {nothing}, as others ask"),
        mechanism: format!(
            "{asks} of {all} other functions that use `{name}` ask whether it is there; here it is used at once: `{}`. Where there is none, this fails.",
            fold(part.head.source.line(access.line))
        ),
        assumption: format!("`{name}` is always there"),
        question: format!("Can `{name}` be {nothing} here?"),
        prior: work.table.prior.belief,
        severity: 0.6,
        fix: format!("Ask whether `{name}` is there before it is used."),
        checked: vec![
            format!("{asks} of {all} other functions ask about `{name}`"),
            "nothing in this function asks about it".to_owned(),
        ],
        unchecked: vec![format!("whether the others mean the same `{name}`")],
    };
    hypothesis(part, (access.line, access.line), told, examples)
}
