//! Effects in a line each, for agents and people.

use std::collections::BTreeMap;

use super::{Effect, Impact};
use crate::index::{Certainty, Reference};
use crate::plain;

/// Characters of a line.
const LINE: usize = 400;
/// Places named in a line; further ones are counted.
const PLACES: usize = 4;
/// Alterations named in a line.
const ALTERATIONS: usize = 6;

/// One line for each effect that matters to who depends on the symbol, and for each
/// other one whose callers the change left alone; at most `most`. Behind them how much
/// of a large change was left out.
pub fn brief(impact: &Impact, most: usize) -> Vec<String> {
    let effects = &impact.effects;
    let worth = |e: &&Effect| e.weight() > 1 || (e.weight() == 1 && !e.callers.is_empty());
    let mut lines: Vec<String> = effects.iter().filter(worth).take(most).map(line).collect();
    let rest = effects.iter().filter(|e| !e.looked_up && e.weight() > 0).count();
    if rest > 0 {
        lines.push(format!("Who uses {rest} further altered symbols was not looked up."));
    }
    if impact.uncompared > 0 {
        let rest = impact.uncompared;
        lines.push(format!("The change is large: {rest} further symbols were not compared."));
    }
    lines
}

/// One line for each reason why changed files were not compared.
pub fn unread(impact: &Impact) -> Vec<String> {
    let mut unread: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in &impact.unread {
        unread.entry(&file.reason).or_default().push(file.path.clone());
    }
    let line = |(reason, paths)| format!("Not compared ({reason}): {}", list(paths));
    unread.into_iter().map(line).map(|line| plain::line(&line, LINE)).collect()
}

fn line(effect: &Effect) -> String {
    let symbol = &effect.symbol;
    let what: Vec<String> =
        effect.alterations.iter().take(ALTERATIONS).map(ToString::to_string).collect();
    let mut parts = vec![format!(
        "{}:{} {} {}: {}",
        symbol.path,
        symbol.line,
        symbol.kind.as_str(),
        symbol.qualified,
        what.join(", ")
    )];
    if effect.alterations.len() > ALTERATIONS {
        parts[0].push_str(&format!(" and {} more", effect.alterations.len() - ALTERATIONS));
    }
    let place = |r: &Reference| {
        let doubt = if r.certainty == Certainty::ByName { "?" } else { "" };
        format!("{}:{}{doubt}", r.path, r.line)
    };
    let mut add = |head: &str, places: Vec<String>| {
        if !places.is_empty() {
            parts.push(format!("{head} {}", list(places)));
        }
    };
    add("used unchanged at", effect.callers.iter().map(place).collect());
    let member = |s: &crate::index::Symbol| format!("{}:{}", s.path, s.line);
    add("also implemented at", effect.implementers.iter().map(member).collect());
    add("tests", effect.tests.iter().map(place).collect());
    plain::line(&parts.join("; "), LINE)
}

/// The first of some places, and how many more there are.
fn list(mut places: Vec<String>) -> String {
    let more = places.len().saturating_sub(PLACES);
    places.truncate(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", places.join(", "))
}
