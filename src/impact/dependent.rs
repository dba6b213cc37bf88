//! Finds who depends on an altered symbol.

use std::cmp::Reverse;

use super::{Alteration, Effect};
use crate::change::Change;
use crate::index::{Certainty, IndexError, Reference, Symbol, View};
use crate::lang::{Import, SymbolKind};

/// Lines that a list of imported names may take.
const LIST: u32 = 60;

/// Fills in the callers, implementers and tests.
pub(super) fn find(effect: &mut Effect, change: &Change, head: &View) -> Result<(), IndexError> {
    // What is new has no past.
    if effect.alterations == [Alteration::Added] {
        return Ok(());
    }
    let symbol = &effect.symbol;
    let gone = effect.alterations.contains(&Alteration::Removed);
    let mut names = vec![symbol.name.clone()];
    for alteration in &effect.alterations {
        // Who still uses the old name is left behind.
        if let Alteration::Renamed { from } = alteration {
            let old = from.rsplit(['.', ':', '#', '\\']).next().unwrap_or(from);
            if old != symbol.name {
                names = vec![old.to_owned(), symbol.name.clone()];
            }
        }
    }
    let languages = head.languages();
    let family = head.language(&symbol.path).map(|l| l.family().to_owned());
    let implementers = implementers(symbol, change, head)?;
    let member = symbol.kind == SymbolKind::Method;
    let mut uses = Vec::new();
    for name in &names {
        let known = !gone && *name == symbol.name;
        // Calls of an override may mean the symbol; other things of its name leave
        // only what is sure.
        let other = head.symbols(name)?.iter().any(|s| {
            (!known || s.path != symbol.path || s.line != symbol.line) && !implementers.contains(s)
        });
        for mut r in head.references(name, known.then_some(symbol))? {
            let of_family = head.language(&r.path).map(|l| l.family().to_owned()) == family;
            if !of_family
                || other && (!known || r.certainty == Certainty::ByName)
                || inside(symbol, &r)
                || written(change, &r.path, r.line)
                || imports(head, &mut r)?
            {
                continue;
            }
            if !known {
                // Nothing here has the name any more; things from elsewhere may.
                let language = head.language(&r.path);
                if language.is_some_and(|l| l.is_ambient(name)) || member != r.receiver.is_some() {
                    continue;
                }
                r.certainty = if member { Certainty::ByName } else { Certainty::ByImport };
            }
            uses.push(r);
        }
    }
    uses.sort_by(|a, b| {
        (Reverse(a.certainty), !a.call, &a.path, a.line).cmp(&(
            Reverse(b.certainty),
            !b.call,
            &b.path,
            b.line,
        ))
    });
    uses.dedup_by(|a, b| a.path == b.path && a.line == b.line);
    head.quote(&mut uses)?;
    let is_test = |r: &Reference| {
        let named = |n: &str| {
            n.rsplit(['.', ':', '#'])
                .next()
                .is_some_and(|n| head.language(&r.path).is_some_and(|l| l.is_test_name(n)))
        };
        languages.is_test_path(&r.path) || r.within.as_deref().is_some_and(named)
    };
    (effect.tests, effect.callers) = uses.into_iter().partition(is_test);
    effect.implementers = implementers;
    Ok(())
}

/// Recursion is no caller.
fn inside(symbol: &Symbol, r: &Reference) -> bool {
    r.path == symbol.path && (symbol.start..=symbol.end).contains(&r.line)
}

/// Whether a use only brings the name into its file.
fn imports(head: &View, r: &mut Reference) -> Result<bool, IndexError> {
    if r.call || r.within.is_some() {
        return Ok(false);
    }
    head.quote([&mut *r])?;
    // In a list over several lines the name stands alone.
    let alone = r.text.trim_matches([',', '(', ')', '{', '}', ' ']) == r.name;
    let listed = |i: &Import| i.line <= r.line && r.line - i.line < LIST;
    let plain = !r.text.contains(['=', '(']);
    let of_import = |i: &Import| {
        i.line == r.line || i.name.as_deref() == Some(&r.name) && (alone || plain && listed(i))
    };
    Ok(head.imports_of(&r.path)?.iter().any(of_import))
}

/// Whether the change wrote a line of the head.
fn written(change: &Change, path: &str, line: u32) -> bool {
    change.file(path).is_some_and(|f| f.added_lines().any(|(n, _)| n == line))
}

/// Members of the same name in types that name the symbol's type in their
/// heading.
fn implementers(symbol: &Symbol, change: &Change, head: &View) -> Result<Vec<Symbol>, IndexError> {
    let parts: Vec<&str> =
        symbol.qualified.split(['.', ':', '#', '/', '\\']).filter(|p| !p.is_empty()).collect();
    let [.., container, _] = &parts[..] else { return Ok(Vec::new()) };
    if symbol.kind != SymbolKind::Method {
        return Ok(Vec::new());
    }
    let family = |path: &str| head.language(path).map(|l| l.family().to_owned());
    let own = family(&symbol.path);
    let mut found = Vec::new();
    for r in head.references(container, None)? {
        if family(&r.path) != own {
            continue;
        }
        let Some(within) = &r.within else { continue };
        let outline = head.outline(&r.path)?;
        let derived = outline.iter().find(|s| {
            s.qualified == *within
                && matches!(s.kind, SymbolKind::Class | SymbolKind::Interface | SymbolKind::Type)
                && s.name != *container
                && s.signature.contains(container)
        });
        let Some(derived) = derived else { continue };
        let member = outline.iter().find(|s| {
            s.name == symbol.name
                && s.kind == SymbolKind::Method
                && derived.start <= s.start
                && s.end <= derived.end
        });
        if let Some(member) = member
            && !(member.start..=member.end).any(|n| written(change, &member.path, n))
            && !found.contains(member)
        {
            found.push(member.clone());
        }
    }
    Ok(found)
}
