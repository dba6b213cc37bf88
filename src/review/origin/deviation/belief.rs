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
use super::super::source::{binds, fold, last, mentions};
use super::site::{Taken, taken, tried};
use super::table::is;
use super::{DEFINITIONS, Part, Read, Told, Work, hypothesis, place};

/// Functions that must ask; fewer, down to `FEW`, if all do.
const LEAST: usize = 4;
const FEW: usize = 3;
/// Of those that use the member at all.
const SHARE: f64 = 0.8;
/// Shorter names mean many things.
const NAME: usize = 4;
/// A member that is used more often is of many types.
const USES: usize = 120;
/// Guards that ask about nothing.
const OTHER: [&str; 3] = ["await", "close", "try"];
/// Most places that are read.
const MOST: usize = 30;
/// Members that one file of the change asks about.
const MEMBERS: usize = 30;

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
        let Some(name) = member(&access.subject).or_else(|| given(read, &access)) else {
            continue;
        };
        if is(&read.row.asking, &access.key)
            || source.language.is_ambient(&name)
            || is_asked(read, &access, &name)
        {
            continue;
        }
        if !known.contains_key(&name) {
            if known.len() >= MEMBERS {
                break;
            }
            let belief = belief(work, part, &name)?;
            known.insert(name.clone(), belief);
        }
        // Said once, at the first place.
        let belief = known.get_mut(&name).and_then(Option::take);
        if let Some((asks, uses, examples)) = belief {
            found.push(told(work, part, &access, &name, (asks, uses), examples));
        }
    }
    Ok(found)
}

/// The member or method of something that a value comes from: `f` of `a.f`, `a.b().f(c)`.
fn member(value: &str) -> Option<String> {
    let mut end = value.trim_end_matches(';').len();
    if value[..end].ends_with(')') {
        let mut depth = 0;
        end = value[..end].char_indices().rev().find_map(|(at, c)| {
            depth += match c {
                ')' => 1,
                '(' => -1,
                _ => 0,
            };
            (depth == 0).then_some(at)
        })?;
    }
    let path = &value[..end];
    let name = last(path);
    let held = path.strip_suffix(name)?.trim_end_matches(['.', '>', ':', '-']);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let capital = held.chars().next().is_some_and(char::is_uppercase);
    (!held.is_empty() && !capital && name.len() >= NAME && name.chars().all(word))
        .then(|| name.to_owned())
}

/// As [`member`], of the value that a name got on a line of the function.
fn given(read: &Read<'_>, access: &Access) -> Option<String> {
    let name = access.subject.as_str();
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let line = (function_line(read, access)..access.line)
        .rev()
        .map(|n| read.source.line(n))
        .find(|l| binds(l, name))?;
    let (left, right) = line.split_once(":=").or_else(|| line.split_once('='))?;
    let plain =
        last(left.split(':').next().unwrap_or(left).trim()).rsplit(' ').next() == Some(name);
    let value = fold(right.trim_start_matches('=').trim());
    plain.then(|| member(value.strip_prefix("await ").unwrap_or(&value))).flatten()
}

/// The first line of the function around a use.
fn function_line(read: &Read<'_>, access: &Access) -> u32 {
    let function = read.style.function(&read.source, &access.range);
    let text = &read.source.text[function.start..access.range.start];
    access.line.saturating_sub(text.matches('\n').count() as u32).max(1)
}

/// Whether something in the function asks about the member, or about what holds it.
fn is_asked(read: &Read<'_>, access: &Access, name: &str) -> bool {
    let source = &read.source;
    let function = read.style.function(source, &access.range);
    if tried(read, access.line, &function) {
        return true;
    }
    let asks = |line: u32| {
        read.source.guards().iter().any(|g| g.line == line && !OTHER.contains(&g.kind.as_str()))
    };
    let subject = access.subject.as_str();
    let about = |line: &str| mentions(line, name) || mentions(line, subject);
    (function_line(read, access)..=access.line).any(|n| {
        let line = source.line(n);
        // Something else may have given it a value.
        let sets = n < access.line && binds(line, name);
        about(line) && (asks(n) || sets)
    })
}

/// How many functions ask about a member, of those that use it, if nearly all do.
fn belief(
    work: &Work<'_>,
    part: &Part<'_>,
    name: &str,
) -> Result<Option<(usize, usize, Vec<Evidence>)>, DraftError> {
    let head = work.scene.head;
    let family = part.head.source.language.family();
    // One of several types may be meant.
    if head.symbols(name)?.len() > DEFINITIONS {
        return Ok(None);
    }
    let mut uses = work.look_up(name, None)?;
    uses.retain(|r| {
        r.receiver.is_some()
            && work.speaks(&r.path)
            && head.language(&r.path).is_some_and(|l| l.family() == family)
    });
    uses.retain(|r| {
        let own = work.parts.iter().find(|p| p.file.path == r.path);
        own.is_none_or(|p| !p.lines.added.contains(&r.line))
    });
    let functions: BTreeSet<(&str, Option<&str>)> =
        uses.iter().map(|r| (r.path.as_str(), r.within.as_deref())).collect();
    if functions.len() < FEW || uses.len() > USES {
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
    let asking: Vec<_> = stances.iter().filter_map(|(k, s)| Some((k, s.asks.as_ref()?))).collect();
    let bare = stances.values().filter(|s| s.bare && s.asks.is_none()).count();
    let (asks, all) = (asking.len(), asking.len() + bare);
    let most = asks >= LEAST && asks as f64 >= SHARE * all as f64;
    if !most && (asks < FEW || asks < all) {
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
    let prior = &work.table.prior;
    let nothing = part.head.style.nulls.first().map_or("null", String::as_str);
    let told = Told {
        rule: "others_ask",
        kind: "null_dereference",
        title: format!("`{name}` may be {nothing}, as others ask"),
        mechanism: format!(
            "{asks} of {all} other functions that use `{name}` ask whether it is there; here it is used at once: `{}`. Where there is none, this fails.",
            fold(part.head.source.line(access.line))
        ),
        assumption: format!("`{name}` is always there"),
        question: format!("Can `{name}` be {nothing} here?"),
        prior: if asks >= LEAST { prior.belief } else { prior.belief_few },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_the_last_member() {
        let of = |value| member(value).unwrap_or_default();
        assert_eq!(of("customer.address"), "address");
        assert_eq!(of("a.b(c.d).lookup(e, f(g))"), "lookup");
        assert_eq!(of("lookup(e)"), "");
        assert_eq!(of("Registry.lookup(e)"), "");
    }
}
