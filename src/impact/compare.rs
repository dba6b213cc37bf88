//! Compares the two versions of a symbol.

use std::collections::BTreeMap;

use similar::TextDiff;

use super::{Alteration, Side};
use crate::change::ChangedFile;
use crate::lang::{Guard, Parameter, SymbolKind};

/// Bytes of a text that likeness looks at; more of it would not change a verdict.
const LOOKED_AT: usize = 8_000;

/// What happened between two versions of a symbol; empty if nothing did.
pub(super) fn alterations(file: &ChangedFile, old: &Side<'_>, new: &Side<'_>) -> Vec<Alteration> {
    let mut found = Vec::new();
    parameters(&old.parameters, &new.parameters, &mut found);
    let (before, after) = (old.contract, new.contract);
    if before.returns != after.returns {
        let (from, to) = (before.returns.clone(), after.returns.clone());
        found.push(Alteration::Returns { from, to });
    }
    if before.nothing != after.nothing && returns_something(old) {
        found.push(Alteration::ReturnsNothing(after.nothing));
    }
    for name in after.raises.difference(&before.raises) {
        found.push(Alteration::Raises { name: name.clone() });
    }
    for name in before.raises.difference(&after.raises) {
        found.push(Alteration::NoLongerRaises { name: name.clone() });
    }
    if before.is_async != after.is_async {
        found.push(Alteration::Async(after.is_async));
    }
    if before.visibility != after.visibility {
        let (from, to) = (before.visibility.clone(), after.visibility.clone());
        found.push(Alteration::Visibility { from, to });
    }
    if new.definition.kind.is_callable() {
        found.extend(guards_lost(old, new));
        if found.is_empty() && touched(file, old, new) && folded(old) != folded(new) {
            found.push(Alteration::Body);
        }
    } else if found.is_empty() && heading(old) != heading(new) {
        found.push(Alteration::Declaration);
    }
    found
}

/// Whether its callers got a value before, as far as syntax shows.
fn returns_something(side: &Side<'_>) -> bool {
    side.contract.returns.is_some() || side.text().contains("return ") || side.contract.nothing
}

fn parameters(old: &[Parameter], new: &[Parameter], found: &mut Vec<Alteration>) {
    let find = |list: &'_ [Parameter], name: &str| list.iter().position(|p| p.name == name);
    let gone: Vec<usize> = (0..old.len()).filter(|i| find(new, &old[*i].name).is_none()).collect();
    let mut come: Vec<usize> =
        (0..new.len()).filter(|i| find(old, &new[*i].name).is_none()).collect();
    for i in gone {
        // One at the same place and of the same kind has another name.
        let twin = come.iter().position(|j| {
            let (a, b) = (&old[i], &new[*j]);
            *j == i
                && old.len() == new.len()
                && (a.default, a.variadic, a.keyword_only)
                    == (b.default, b.variadic, b.keyword_only)
                && a.ty == b.ty
        });
        let from = old[i].name.clone();
        found.push(match twin {
            Some(at) => {
                Alteration::ParameterRenamed { from, to: new[come.remove(at)].name.clone() }
            }
            None => Alteration::ParameterRemoved { name: from },
        });
    }
    for j in come {
        let p = &new[j];
        let optional = p.default || p.variadic;
        found.push(Alteration::ParameterAdded { name: p.name.clone(), optional });
    }
    let kept: Vec<(&Parameter, &Parameter)> =
        new.iter().filter_map(|p| Some((&old[find(old, &p.name)?], p))).collect();
    let positions: Vec<Option<usize>> = kept
        .iter()
        .filter(|(a, b)| !a.keyword_only && !b.keyword_only)
        .map(|(a, _)| find(old, &a.name))
        .collect();
    if !positions.is_sorted() {
        found.push(Alteration::ParametersReordered);
    }
    for (a, b) in kept {
        let name = || b.name.clone();
        match (a.default, b.default) {
            (false, true) => found.push(Alteration::DefaultAdded { name: name() }),
            (true, false) => found.push(Alteration::DefaultRemoved { name: name() }),
            _ => {}
        }
        if !a.keyword_only && b.keyword_only {
            found.push(Alteration::KeywordOnly { name: name() });
        }
        if a.variadic != b.variadic {
            found.push(Alteration::Variadic { name: name(), now: b.variadic });
        }
        if a.ty != b.ty {
            let (from, to) = (a.ty.clone(), b.ty.clone());
            found.push(Alteration::ParameterType { name: name(), from, to });
        }
    }
}

/// How often each check is made: kind and subject.
type Counts = BTreeMap<(String, Option<String>), i64>;

/// Checks of the old version that the new one has less often. Their order and
/// place do not count.
fn guards_lost(old: &Side<'_>, new: &Side<'_>) -> Vec<Alteration> {
    let count = |side: &Side<'_>| {
        let mut counts = Counts::new();
        let range = &side.definition.range;
        let inside = |g: &Guard| range.start <= g.range.start && g.range.end <= range.end;
        for guard in side.parsed.guards().iter().filter(|g| inside(g)) {
            *counts.entry((guard.kind.clone(), guard.subject.clone())).or_default() += 1;
        }
        counts
    };
    let (before, after) = (count(old), count(new));
    let fewer = |a: &Counts, b: &Counts| -> Vec<(String, Option<String>)> {
        let missing = a.iter().filter(|(guard, n)| b.get(*guard).copied().unwrap_or(0) < **n);
        missing.map(|(guard, _)| guard.clone()).collect()
    };
    let mut gained = fewer(&after, &before);
    let mut lost = fewer(&before, &after);
    // One of the same thing in another way was changed, not lost.
    let changed = |lost: &(String, Option<String>), gained: &(String, Option<String>)| {
        lost.1 == gained.1 || lost.0 == gained.0 && share_a_name(&lost.1, &gained.1)
    };
    lost.retain(|one| match gained.iter().position(|other| changed(one, other)) {
        Some(at) => {
            gained.remove(at);
            false
        }
        None => true,
    });
    lost.into_iter().map(|(kind, subject)| Alteration::GuardRemoved { kind, subject }).collect()
}

/// Whether two subjects have a name in common.
fn share_a_name(a: &Option<String>, b: &Option<String>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let names = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let names = words.filter(|w| w.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        names.filter(|w| !matches!(*w, "self" | "this")).map(str::to_owned).collect()
    };
    let b = names(b);
    names(a).iter().any(|name| b.contains(name))
}

/// Whether the change wrote into the symbol's lines.
fn touched(file: &ChangedFile, old: &Side<'_>, new: &Side<'_>) -> bool {
    let within =
        |side: &Side<'_>, n: u32| (side.definition.start..=side.definition.end).contains(&n);
    file.added_lines().any(|(n, _)| within(new, n))
        || file.removed_lines().any(|(n, _)| within(old, n))
}

/// The text without its own name, whole lines of comment, and what layout alone
/// decides: white space, and a comma before a closing bracket.
fn folded(side: &Side<'_>) -> String {
    let language = side.source().language;
    let mut words: Vec<String> = Vec::new();
    let text = nameless(side);
    for word in text.lines().filter(|l| !language.is_comment(l)).flat_map(str::split_whitespace) {
        if word.starts_with([')', ']', '}'])
            && let Some(last) = words.last_mut()
            && last.ends_with(',')
        {
            last.pop();
        }
        words.push(word.to_owned());
    }
    words.concat()
}

fn nameless(side: &Side<'_>) -> String {
    side.text().replace(&side.definition.name, "\u{1}")
}

/// A type's text up to its members.
fn heading<'a>(side: &'a Side<'_>) -> &'a str {
    let d = side.definition;
    match d.kind {
        SymbolKind::Constant | SymbolKind::Type => side.text(),
        _ => &d.signature,
    }
}

/// Words of a text that says too little to know a renamed symbol by.
const SHORT: usize = 12;

/// How alike two symbols' texts are, 0 to 1, their names taken out; 0 for those
/// of different kinds.
pub(super) fn likeness(old: &Side<'_>, new: &Side<'_>) -> f32 {
    if old.definition.kind != new.definition.kind
        || old.source().language.family() != new.source().language.family()
    {
        return 0.0;
    }
    let text = |side: &Side<'_>| {
        let mut text = nameless(side);
        let end = (0..=text.len().min(LOOKED_AT)).rev().find(|n| text.is_char_boundary(*n));
        text.truncate(end.unwrap_or(0));
        text
    };
    let bare = |side: &Side<'_>| side.definition.signature.replace(&side.definition.name, "");
    let (same_name, same_signature) =
        (old.definition.name == new.definition.name, bare(old) == bare(new));
    let (old, new) = (text(old), text(new));
    // Short texts are alike by chance.
    if old.split_whitespace().count() < SHORT && !same_name && !same_signature {
        return 0.0;
    }
    // The lengths bound the ratio, which takes quadratic time.
    let (short, long) = (old.len().min(new.len()), old.len().max(new.len()));
    if short * 2 < long {
        return 0.0;
    }
    TextDiff::from_words(old.as_str(), new.as_str()).ratio()
}
