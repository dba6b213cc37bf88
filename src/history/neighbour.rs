//! Failures in the direct callers and callees of a changed function.

use std::collections::BTreeSet;

use super::{HistoryError, Past, Relation, live};
use crate::index::{Certainty, Source, Symbol, View};
use crate::sentry::{FrameMatch, SentryCache};

/// Callers that are looked up, the surest first, and names that are called.
const CALLERS: usize = 20;
const CALLED: usize = 40;
/// Definitions of one name that are looked up; of a common name no one knows which
/// is meant.
const DEFINITIONS: usize = 5;

/// Crashes in functions that call the symbol, or that it calls, as far as the index can
/// tell that it is they that are meant.
pub(super) fn neighbours(
    path: &str,
    symbol: &Symbol,
    head: &View,
    cache: &SentryCache<'_>,
) -> Result<Vec<Past>, HistoryError> {
    let mut near = callers(path, symbol, head, cache)?;
    near.extend(callees(path, symbol, head, cache)?);
    Ok(near)
}

fn callers(
    path: &str,
    symbol: &Symbol,
    head: &View,
    cache: &SentryCache<'_>,
) -> Result<Vec<Past>, HistoryError> {
    let mut uses = head.references(&symbol.name, Some(symbol))?;
    uses.retain(|r| {
        r.call
            && r.certainty > Certainty::ByName
            && r.within.as_deref().is_some_and(|w| w != symbol.qualified)
            && !head.languages().is_test_path(&r.path)
    });
    uses.sort_by_key(|r| std::cmp::Reverse(r.certainty));
    let mut seen = BTreeSet::new();
    let mut past = Vec::new();
    for caller in uses {
        let Some(within) = caller.within else { continue };
        if seen.len() >= CALLERS || !seen.insert((caller.path.clone(), within.clone())) {
            continue;
        }
        let outline = head.outline(&caller.path)?;
        let Some(of) = outline.iter().find(|s| s.qualified == within) else { continue };
        for found in live(cache, &caller.path, (&caller.path, None), of, head)? {
            past.extend(at(Relation::Caller, path, symbol, &within, found, cache)?);
        }
    }
    Ok(past)
}

fn callees(
    path: &str,
    symbol: &Symbol,
    head: &View,
    cache: &SentryCache<'_>,
) -> Result<Vec<Past>, HistoryError> {
    let Some(source) = Source::read(head.languages(), head.snapshot(), path)? else {
        return Ok(Vec::new());
    };
    let lines = symbol.start..=symbol.end;
    let called: BTreeSet<String> = source
        .language
        .references(&source.tree, &source.text)
        .into_iter()
        .filter(|u| u.call && lines.contains(&u.line) && u.name != symbol.name)
        .map(|u| u.name)
        .take(CALLED)
        .collect();
    let mut past = Vec::new();
    for name in called {
        let mut definitions = head.symbols(&name)?;
        definitions.retain(|d| d.kind.is_callable() && !head.languages().is_test_path(&d.path));
        if definitions.len() > DEFINITIONS {
            continue;
        }
        for definition in definitions {
            let here = (definition.path.as_str(), None);
            let crashes = live(cache, &definition.path, here, &definition, head)?;
            // Asking the index is dear, and most functions never failed.
            if crashes.is_empty() || !calls(path, symbol, &definition, head)? {
                continue;
            }
            for found in crashes {
                let place = &definition.qualified;
                past.extend(at(Relation::Callee, path, symbol, place, found, cache)?);
            }
        }
    }
    Ok(past)
}

/// Whether a symbol of a file calls that very definition.
fn calls(
    path: &str,
    symbol: &Symbol,
    definition: &Symbol,
    head: &View,
) -> Result<bool, HistoryError> {
    Ok(head.references(&definition.name, Some(definition))?.iter().any(|r| {
        r.path == path
            && r.call
            && r.certainty > Certainty::ByName
            && (symbol.start..=symbol.end).contains(&r.line)
    }))
}

/// A failure at a neighbour, if it crashed there.
fn at(
    relation: Relation,
    path: &str,
    symbol: &Symbol,
    place: &str,
    (found, either): (FrameMatch, Vec<String>),
    cache: &SentryCache<'_>,
) -> Result<Option<Past>, HistoryError> {
    let sample = cache.sample(&found)?;
    let crashed = found.crash || sample.innermost;
    Ok(crashed.then(|| Past {
        relation,
        path: path.to_owned(),
        symbol: Some(symbol.qualified.clone()),
        place: Some(place.to_owned()),
        either,
        found,
        sample,
    }))
}
