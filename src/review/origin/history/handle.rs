//! A handler of an error that came up in production, taken away: the call that raised it is
//! still made, and nothing in the change catches it any more.

use std::collections::BTreeSet;

use super::expose::{Exposed, How, Mend};
use super::protect::{Proof, catches};
use super::spot::{Raises, Spot};
use super::{Pair, Search, Side};
use crate::lang::Definition;
use crate::review::origin::DraftError;
use crate::review::origin::source::{Source, mentions};

/// Files that call a function which are asked for a handler.
const CALLERS: usize = 20;

impl<'a> Search<'a> {
    /// A call of the line that failed, which a handler of that error stood around before the
    /// change, and stands bare now, in whatever function or file it went to.
    pub(super) fn unhandled(&self) -> Result<Option<(&'a Pair<'a>, Exposed)>, DraftError> {
        let Some(line) = self.cause.crashed.as_deref() else { return Ok(None) };
        let base = &self.pair.base;
        let called = |s: &&Spot| s.used == Raises::Call && mentions(line, &s.key);
        let handled = self.failed().into_iter().find_map(|d| {
            let handled = base.within(d).filter(called).filter(|s| self.is_handled(base, d, s));
            // Of `put(parse(line))` the inner call comes first.
            let call = handled.min_by_key(|s| s.range.len())?;
            Some((d, call, self.handler(d)?))
        });
        let Some((failed, call, handler)) = handled else { return Ok(None) };
        // Another handler of it may take over what the change moved.
        let error = self.cause.error.as_str();
        let speaks =
            |p: &Pair<'_>| p.lines.added.iter().any(|n| mentions(p.head.source.line(*n), error));
        if self.pairs.iter().any(speaks) {
            return Ok(None);
        }
        let mut found = None;
        for pair in self.pairs {
            let head = &pair.head;
            let same = |s: &&Spot| s.used == Raises::Call && s.key == call.key;
            for spot in head.spots.iter().filter(same) {
                let Some(function) = head.source.function(&spot.range) else { continue };
                let search = Search { pair, ..*self };
                let old = pair.base.source.only(&function.qualified);
                if head.source.broken(function)
                    || head.guards(Some(function), spot, self.cause, Proof::Any)
                    || search.is_given(spot, function, old)
                    || search.is_asked(spot, function)
                    || self.is_handled(head, function, spot)
                {
                    return Ok(None);
                }
                let changed = pair.lines.added.contains(&spot.line)
                    || std::ptr::eq(pair, self.pair) && function.qualified == failed.qualified;
                if changed && found.is_none() {
                    let how =
                        How::Revived { place: failed.qualified.clone(), mend: handler.clone() };
                    let added = pair.lines.added.contains(&spot.line);
                    let (spot, function) = (spot.clone(), function.clone());
                    found = Some((pair, Exposed { spot, function, added, how }));
                }
            }
        }
        let Some((pair, exposed)) = found else { return Ok(None) };
        let caught = self.is_caught_by_callers(pair, &exposed.function)?;
        Ok((!caught).then_some((pair, exposed)))
    }

    /// Whether a handler of the error stands around a use in its function.
    fn is_handled(&self, side: &Side<'_>, function: &Definition, spot: &Spot) -> bool {
        side.guards_of(Some(function)).any(|g| {
            g.kind == "try"
                && (g.line..=g.end).contains(&spot.line)
                && (side.style.catches_all || catches(g, self.cause))
        })
    }

    /// Whether a file that calls a function does so within a handler of the error.
    fn is_caught_by_callers(
        &self,
        of: &Pair<'_>,
        function: &Definition,
    ) -> Result<bool, DraftError> {
        let catches = |side: &Side<'_>| {
            let calls = |s: &&Spot| s.used == Raises::Call && s.key == function.name;
            side.spots.iter().filter(calls).any(|s| {
                let caller = side.source.function(&s.range);
                caller.is_some_and(|c| self.is_handled(side, c, s))
            })
        };
        if self.pairs.iter().any(|pair| catches(&pair.head)) {
            return Ok(true);
        }
        let head = self.scene.head;
        let calls = head.references(&function.name, None)?;
        let paths: BTreeSet<String> = calls
            .into_iter()
            .filter(|r| r.call && !self.pairs.iter().any(|p| p.head.source.path == r.path))
            .filter(|r| !head.languages().is_test_path(&r.path))
            .map(|r| r.path)
            .collect();
        for path in paths.into_iter().take(CALLERS) {
            let source = Source::read(head.languages(), head.snapshot(), &path)?;
            let family = of.head.source.language.family();
            if let Some(source) = source.filter(|s| s.language.family() == family)
                && catches(&Side::new(&source, of.head.style))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The removed line of a function that names the error, or any.
    fn handler(&self, function: &Definition) -> Option<Mend> {
        let source = self.pair.base.source;
        let words = self.cause.words;
        let named = |n: &&u32| {
            let line = source.line(**n);
            words.handlers.iter().any(|h| mentions(line, h))
                && (mentions(line, &self.cause.error)
                    || words.broad.iter().any(|b| mentions(line, b)))
        };
        let line = *self.pair.lines.removed.range(function.start..=function.end).find(named)?;
        let (path, text) = (source.path.clone(), source.line(line).to_owned());
        Some(Mend { path, line, text })
    }
}
