//! Effects in a line each, for agents and people.

use super::Effect;
use crate::index::{Certainty, Reference};
use crate::plain;

/// Characters of a line.
const LINE: usize = 400;
/// Places named in a line; further ones are counted.
const PLACES: usize = 4;
/// Alterations named in a line.
const ALTERATIONS: usize = 6;

/// One line for each effect that matters to who depends on the symbol, and for each
/// other one whose callers the change left alone; at most `most`, and one more where
/// dependents were not looked for.
pub fn brief(effects: &[Effect], most: usize) -> Vec<String> {
    let worth = |e: &&Effect| e.weight() > 1 || (e.weight() == 1 && !e.callers.is_empty());
    let mut lines: Vec<String> = effects.iter().filter(worth).take(most).map(line).collect();
    let rest = effects.iter().filter(|e| !e.looked_up && e.weight() > 0).count();
    if rest > 0 {
        let rest = format!("Who uses {rest} further altered symbols was not looked up.");
        lines.push(rest);
    }
    lines
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
    let mut list = |head: &str, places: Vec<String>| {
        if !places.is_empty() {
            let more = places.len().saturating_sub(PLACES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown: Vec<String> = places.into_iter().take(PLACES).collect();
            parts.push(format!("{head} {}{more}", shown.join(", ")));
        }
    };
    list("used unchanged at", effect.callers.iter().map(place).collect());
    let member = |s: &crate::index::Symbol| format!("{}:{}", s.path, s.line);
    list("also implemented at", effect.implementers.iter().map(member).collect());
    list("tests", effect.tests.iter().map(place).collect());
    plain::line(&parts.join("; "), LINE)
}
