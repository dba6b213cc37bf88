//! Checks that a function no longer makes.

use std::collections::BTreeMap;

use super::Side;
use super::compare::{Renames, rename};
use crate::lang::Guard;

/// A check by what it asks: kind and subject.
type Check = (String, Option<String>);

/// Checks of the old version that the new one has less often, by kind and subject.
/// Their order and place do not count, nor do the names of parameters.
pub(super) fn lost(old: &Side<'_>, new: &Side<'_>, renames: &Renames) -> Vec<Check> {
    let (before, after) = (count(old, renames), count(new, &Renames::new()));
    let fewer = |a: &BTreeMap<Check, usize>, b: &BTreeMap<Check, usize>| -> Vec<Check> {
        let missing = a.iter().filter(|(check, n)| b.get(*check).copied().unwrap_or(0) < **n);
        missing.map(|(check, _)| check.clone()).collect()
    };
    let mut gained = fewer(&after, &before);
    let mut lost = fewer(&before, &after);
    // One of the same thing in another way was changed, not lost.
    let changed = |lost: &Check, gained: &Check| {
        lost.1 == gained.1 || lost.0 == gained.0 && share_a_name(&lost.1, &gained.1)
    };
    lost.retain(|one| match gained.iter().position(|other| changed(one, other)) {
        Some(at) => {
            gained.remove(at);
            false
        }
        None => true,
    });
    lost
}

/// How often each check is made.
fn count(side: &Side<'_>, renames: &Renames) -> BTreeMap<Check, usize> {
    let mut counts = BTreeMap::new();
    // `not x` asks for null and for zero, `len(x) == 0` for a size three times over:
    // of what one condition says of one place only the outermost counts.
    let mut until = 0;
    for guard in side.parsed.guards_in(&side.definition.range) {
        if guard.condition.is_some() && guard.range.end <= until {
            continue;
        }
        if guard.condition.is_some() || guard.kind == "assert" {
            until = guard.range.end;
        }
        let subject = guard.subject.as_ref().map(|subject| rename(subject, renames));
        *counts.entry((guard.kind.clone(), subject)).or_default() += 1;
    }
    counts
}

/// The guards within a range, of a list sorted by start and, of those with one
/// start, the longest first.
pub(super) fn within<'g>(
    guards: &'g [Guard],
    range: &std::ops::Range<usize>,
) -> impl Iterator<Item = &'g Guard> + use<'g> {
    let from = guards.partition_point(|g| g.range.start < range.start);
    let end = range.end;
    guards[from..]
        .iter()
        .take_while(move |g| g.range.start < end)
        .filter(move |g| g.range.end <= end)
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
