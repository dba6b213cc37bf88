//! What came after a crash and is taken back: somebody kept a use from failing, by a check
//! or another call; the change drops that, and the use stands again, in whatever function
//! or file it went to.

use std::collections::BTreeSet;

use super::expose::{Exposed, How, Mend};
use super::protect::Proof;
use super::spot::{Raises, Spot, identifiers};
use super::{Pair, Search, Side};
use crate::lang::Definition;
use crate::review::origin::source::{binds, fold, last, mentions};
use crate::sentry::function_name;

/// Of the names on the line that crashed, so many must stand on a line that may fail as it
/// did, where nothing else is known of the error.
const ALIKE: f64 = 0.65;

impl<'a> Search<'a> {
    /// A use that crashed, added by the change to any of its files, while the change takes
    /// away what kept it from failing since.
    pub(super) fn revived(&self) -> Option<(&'a Pair<'a>, Exposed)> {
        let crashed = self.cause.crashed.as_deref()?;
        let failed = self.failed();
        let removed = &self.pair.lines.removed;
        if failed.iter().all(|d| removed.range(d.start..=d.end).next().is_none()) {
            return None;
        }
        for pair in self.pairs {
            if pair.head.source.language.family() != self.pair.head.source.language.family() {
                continue;
            }
            let search = Search { pair, ..*self };
            let spots = pair.head.spots.iter().filter(|s| pair.lines.added.contains(&s.line));
            for spot in spots.filter(|s| search.returns(&pair.head, s, crashed)) {
                let Some(function) = pair.head.source.function(&spot.range) else { continue };
                if pair.head.source.broken(function) {
                    continue;
                }
                let Some(mend) = self.mend(&failed, spot, crashed) else { continue };
                if search.is_shielded(spot, function, &mend) {
                    continue;
                }
                let place = failed.first().map(|d| d.qualified.clone()).unwrap_or_default();
                let how = How::Revived { place, mend };
                let exposed =
                    Exposed { spot: spot.clone(), function: function.clone(), added: true, how };
                return Some((pair, exposed));
            }
        }
        None
    }

    /// The functions of the file before the change that have the name of the one that failed.
    pub(super) fn failed(&self) -> Vec<&'a Definition> {
        let found = &self.past.found;
        let platform = found.issue.platform.as_deref().unwrap_or_default();
        let name = function_name(&found.frame, platform);
        let of = |d: &&Definition| d.kind.is_callable() && Some(&d.name) == name.as_ref();
        let named: Vec<_> = self.pair.base.source.definitions.iter().filter(of).collect();
        let meant = |d: &&&Definition| Some(&d.qualified) == self.past.place.as_ref();
        let meant: Vec<_> = named.iter().filter(meant).copied().collect();
        // Without the class, one of several may be any.
        match (meant.is_empty(), named.iter().all(|d| d.qualified == named[0].qualified)) {
            (false, _) => meant,
            (true, true) => named,
            (true, false) => Vec::new(),
        }
    }

    /// Whether a use is that of the line that crashed, however its values are put.
    fn returns(&self, side: &Side<'_>, spot: &Spot, crashed: &str) -> bool {
        let line = side.source.line(spot.line);
        if !spot.fits(side.source, self.cause) || spot.store || binds(line, &spot.text) {
            return false;
        }
        let known = |name: &str| {
            mentions(crashed, name) || {
                let given = spot.given(side.source, name);
                given.is_some_and(|right| {
                    let names = identifiers(right);
                    !names.is_empty() && names.iter().all(|n| mentions(crashed, n))
                })
            }
        };
        if self.cause.words.shields.is_match(line) && !self.cause.words.shields.is_match(crashed) {
            return false;
        }
        // A function around the value may have made it one that does not fail.
        let wrapped = spot.text.split('(').rev().skip(1).any(|before| {
            let name = identifiers(before).last().copied().filter(|n| before.ends_with(n));
            name.is_some_and(|n| n != spot.key && !mentions(crashed, n))
        });
        if wrapped {
            return false;
        }
        if self.cause.rule.is_any() {
            let own = side.source.language.self_names();
            let names: BTreeSet<&str> = identifiers(self.cause.expression()).into_iter().collect();
            let names: Vec<&str> =
                names.into_iter().filter(|n| !own.iter().any(|o| o == n)).collect();
            let given = |name: &&str| {
                mentions(line, name)
                    || identifiers(line).into_iter().any(|n| {
                        spot.given(side.source, n).is_some_and(|right| mentions(right, name))
                    })
            };
            let alike = names.iter().filter(|n| given(n)).count() as f64;
            let called = spot.used == Raises::Call && mentions(crashed, &spot.key);
            let no_call = !crashed.contains('(');
            return (called || no_call) && names.len() > 1 && alike >= ALIKE * names.len() as f64;
        }
        let named = || self.cause.key.as_deref().is_none_or(|key| spot.name() == key);
        match (self.cause.rule.row.used, spot.used) {
            (Raises::Division, Raises::Division) => {
                crashed.contains(['/', '%']) && known(last(&spot.subject))
            }
            (Raises::Index, Raises::Subscript) => {
                let whole = crashed.contains(&format!("[{}]", spot.key.trim_matches(['[', ']'])));
                whole && known(called(&spot.subject))
            }
            (Raises::Subscript, Raises::Subscript) | (Raises::Member, Raises::Member) => {
                named() && mentions(crashed, spot.name()) && known(last(&spot.subject))
            }
            (Raises::Call, Raises::Call) => {
                let values: Vec<&str> = spot.names().collect();
                mentions(crashed, &spot.key)
                    && (values.is_empty() || values.iter().any(|v| known(v)))
                    && self.cause.key.as_deref().is_none_or(|key| mentions(&spot.arguments, key))
            }
            (one, other) => one == other && known(last(&spot.subject)),
        }
    }

    /// What the change takes away of what came after the crash; nothing if it was not mended,
    /// or the use stood elsewhere as bare.
    fn mend(&self, failed: &[&Definition], spot: &Spot, crashed: &str) -> Option<Mend> {
        let (base, words) = (&self.pair.base, self.cause.words);
        let within = |d: &Definition, n: u32| (d.start..=d.end).contains(&n);
        let context = &self.past.found.frame.context;
        let stood = |line: &str| context.iter().any(|(_, known)| fold(known) == fold(line));
        let own = base.source.language.self_names();
        let mut names: Vec<&str> = identifiers(self.cause.expression());
        names.extend(self.past.found.frame.vars.iter().map(|(name, _)| name.as_str()));
        let word = |n: &str| words.leaves.is_match(n) || words.asks.is_match(n);
        names.retain(|n| !own.iter().any(|o| o == n) && !word(n));
        let gone = || {
            self.pair.lines.removed.iter().copied().filter(|n| {
                let line = base.source.line(*n);
                failed.iter().any(|d| within(d, *n) && d.line != *n)
                    && !stood(line)
                    && fold(line) != fold(crashed)
                    && !base.source.language.is_comment(line)
                    && names.iter().any(|name| mentions(line, name))
            })
        };
        // The same uses before the change.
        let mut kept = None;
        let mut bare = false;
        let mut any = false;
        for pair in self.pairs {
            let search = Search { pair, ..*self };
            for twin in pair.base.spots.iter().filter(|t| t.is_like(spot, self.cause)) {
                if !search.returns(&pair.base, twin, crashed) {
                    continue;
                }
                any = true;
                let function = pair.base.source.function(&twin.range);
                let inside = std::ptr::eq(pair, self.pair)
                    && function.is_some_and(|f| failed.iter().any(|d| d.range == f.range));
                let before = inside.then(|| {
                    gone().filter(|n| *n <= twin.line).find(|n| {
                        let line = base.source.line(*n);
                        self.replaced.is_match(line) || words.shields.is_match(line)
                    })
                });
                match before.flatten() {
                    Some(n) => kept = kept.or(Some(n)),
                    None if pair.base.guards(function, twin, self.cause, Proof::Any) => {}
                    None => bare = true,
                }
            }
        }
        let line = if any { kept.filter(|_| !bare) } else { gone().next() }?;
        Some(Mend { path: base.source.path.clone(), line, text: base.source.line(line).to_owned() })
    }

    /// Whether something protects the use where it stands now, or may do so elsewhere.
    fn is_shielded(&self, spot: &Spot, function: &Definition, mend: &Mend) -> bool {
        let head = &self.pair.head;
        let old = self.pair.base.source.only(&function.qualified);
        head.guards(Some(function), spot, self.cause, Proof::Any)
            || self.is_given(spot, function, old)
            || self.is_asked(spot, function)
            || self.is_part_checked(spot, function)
            || self.is_checked_by_callers(spot, function, old)
            || self.is_taken_over(spot, function, Some(mend))
    }
}

/// The last name of a value, or of the function that gives it: `split` of `a.split(b)`.
fn called(subject: &str) -> &str {
    let subject = subject.trim();
    let end = if subject.ends_with(')') {
        subject.find('(').unwrap_or(subject.len())
    } else {
        subject.len()
    };
    last(&subject[..end])
}
