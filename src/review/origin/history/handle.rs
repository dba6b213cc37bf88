//! A handler of an error that came up in production, taken away: the call that raised it is
//! still made, and nothing in the change catches it any more.

use super::expose::{Exposed, How, Mend};
use super::protect::{Proof, catches};
use super::spot::{Raises, Spot};
use super::{Pair, Search, Side};
use crate::lang::Definition;
use crate::review::origin::source::mentions;

impl<'a> Search<'a> {
    /// A call of the line that failed, which a handler of that error stood around before the
    /// change, and stands bare now, in whatever function or file it went to.
    pub(super) fn unhandled(&self) -> Option<(&'a Pair<'a>, Exposed)> {
        let line = self.cause.crashed.as_deref()?;
        let base = &self.pair.base;
        let called = |s: &&Spot| s.used == Raises::Call && mentions(line, &s.key);
        let (failed, call, handler) = self.failed().into_iter().find_map(|d| {
            let call = base.within(d).filter(called).find(|s| self.is_handled(base, d, s))?;
            Some((d, call, self.handler(d)?))
        })?;
        // Another handler of it may take over what the change moved.
        let error = self.cause.error.as_str();
        let speaks =
            |p: &Pair<'_>| p.lines.added.iter().any(|n| mentions(p.head.source.line(*n), error));
        if self.pairs.iter().any(speaks) {
            return None;
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
                    || self.is_caught_by_callers(function)
                {
                    return None;
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
        found
    }

    /// Whether a handler of the error stands around a use in its function.
    fn is_handled(&self, side: &Side<'_>, function: &Definition, spot: &Spot) -> bool {
        side.guards_of(Some(function)).any(|g| {
            g.kind == "try"
                && (g.line..=g.end).contains(&spot.line)
                && (side.style.catches_all || catches(g, self.cause))
        })
    }

    /// Whether a changed file calls a function within a handler of the error.
    fn is_caught_by_callers(&self, function: &Definition) -> bool {
        self.pairs.iter().any(|pair| {
            let calls = |s: &&Spot| s.used == Raises::Call && s.key == function.name;
            pair.head.spots.iter().filter(calls).any(|s| {
                let caller = pair.head.source.function(&s.range);
                caller.is_some_and(|c| self.is_handled(&pair.head, c, s))
            })
        })
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
