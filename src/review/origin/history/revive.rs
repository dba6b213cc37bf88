//! What came after a crash and is taken back: somebody kept a use from failing, by a check
//! or another call; the change drops that, and the use stands again, in whatever function
//! or file it went to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
/// Files of a folder that are asked for a check.
const NEIGHBOURS: usize = 60;

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
            let right = crashed.split_once(" = ").map_or(crashed, |(_, right)| right);
            let names: BTreeSet<&str> = identifiers(right).into_iter().collect();
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
        let right = crashed.split_once(" = ").map_or(crashed, |(_, right)| right);
        let mut names: Vec<&str> = identifiers(right);
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

    /// Names of what failed: what the use is of, and what the failed function was given.
    /// Those that are members, which other files know by this name too, are true.
    fn telling(&self, spot: &Spot, crashed: &str) -> BTreeMap<String, bool> {
        let source = &self.pair.head.source;
        let right = crashed.split_once(" = ").map_or(crashed, |(_, right)| right);
        let known = |name: &&str| mentions(right, name) || mentions(right, &format!("${name}"));
        let mut names: BTreeSet<&str> = match self.cause.rule.is_any() {
            true => parts(source.line(spot.line)).filter(|n| *n != spot.key).collect(),
            false => parts(&spot.arguments).chain(parts(&spot.subject)).collect(),
        };
        let given: Vec<&str> =
            names.iter().filter_map(|name| spot.given(source, name)).flat_map(parts).collect();
        names.extend(given);
        names.retain(known);
        // What the failed function took in, and its line does not name.
        let vars = &self.past.found.frame.vars;
        let mut vars: Vec<&str> =
            vars.iter().map(|(name, _)| name.trim_start_matches('$')).collect();
        if vars.iter().any(known) {
            vars.clear();
        }
        let member = |name: &str| {
            [".", "->", "@", "::"].iter().any(|mark| right.contains(&format!("{mark}{name}")))
        };
        let own = source.language.self_names();
        let all = names.into_iter().chain(vars).filter(|n| !own.iter().any(|o| o == n));
        all.map(|name| (name.to_owned(), member(name))).collect()
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

    /// Whether another line may see to what failed: one that the change adds to any of its
    /// files, or one outside the function that asks about it, in the same file or, where the
    /// value goes by that name there too, in another one of the folder.
    pub(super) fn is_taken_over(
        &self,
        spot: &Spot,
        function: &Definition,
        mend: Option<&Mend>,
    ) -> bool {
        let Some(crashed) = self.cause.crashed.as_deref() else { return false };
        let words = self.cause.words;
        let telling = self.telling(spot, crashed);
        let literals = |line: &str| -> Vec<String> {
            line.split(['"', '\'', '`']).skip(1).step_by(2).map(str::to_owned).collect()
        };
        let own_literals = literals(crashed);
        let asks = |line: &str, only_members: bool| {
            let of_others = || {
                let texts = literals(line);
                !texts.is_empty()
                    && !own_literals.is_empty()
                    && texts.iter().all(|t| !own_literals.contains(t))
            };
            let null = self.cause.rule.row.kind == "null_dereference";
            let about = |(name, member): (&String, &bool)| {
                (*member || !only_members)
                    && mentions(line, name)
                    // What takes a member of it does not ask whether it is there.
                    && !(null && line.matches(name.as_str()).count() == line.matches(&format!("{name}.")).count())
            };
            // The mend itself may have been repeated there.
            let same = || {
                mend.is_some_and(|m| {
                    // Of what it calls, others call the same.
                    let called = |n: &&str| {
                        ["(", "?", "!"].iter().any(|end| m.text.contains(&format!("{n}{end}")))
                    };
                    let member = |n: &&str| m.text.contains(&format!(".{n}")) && !called(n);
                    parts(&m.text).filter(member).any(|n| mentions(line, n))
                })
            };
            (words.asks.is_match(line) || words.shields.is_match(line))
                && (telling.iter().any(about) || same())
                && !of_others()
        };
        let added = self.pairs.iter().any(|pair| {
            let source = pair.head.source;
            pair.lines.added.iter().any(|n| {
                let own = std::ptr::eq(pair, self.pair) && *n == spot.line;
                let line = source.line(*n);
                !own && !source.language.is_comment(line) && asks(line, false)
            })
        });
        if added || self.is_given_otherwise(spot, function) {
            return true;
        }
        self.pairs.iter().any(|pair| {
            let source = pair.head.source;
            let here = std::ptr::eq(pair, self.pair);
            // The failed function's own file asked before it failed, too.
            if here && mend.is_none() {
                return false;
            }
            (1..).zip(source.text.lines()).any(|(n, line)| {
                let own = here && (function.start..=function.end).contains(&n);
                !own && !source.language.is_comment(line) && asks(line, !here)
            })
        }) || self.neighbours().iter().any(|text| text.lines().any(|line| asks(line, true)))
    }

    /// Whether the value comes from a function that the change alters.
    fn is_given_otherwise(&self, spot: &Spot, function: &Definition) -> bool {
        let value = self.cause.words.value(&spot.subject);
        let Some(right) = spot.given(self.pair.head.source, value) else { return false };
        let names = identifiers(right);
        self.pairs.iter().any(|pair| {
            let altered = |d: &&Definition| {
                d.kind.is_callable()
                    && d.name != function.name
                    && pair.lines.added.range(d.start..=d.end).next().is_some()
            };
            let mut altered = pair.head.source.definitions.iter().filter(altered);
            altered.any(|d| names.contains(&d.name.as_str()))
        })
    }

    /// Texts of the other files of the folder, of the same language and no tests.
    fn neighbours(&self) -> Vec<Arc<str>> {
        let head = self.scene.head;
        let (snapshot, languages) = (head.snapshot(), head.languages());
        let source = self.pair.head.source;
        let folder = |path: &str| path.rsplit_once('/').map_or("", |(f, _)| f).to_owned();
        let here = folder(&source.path);
        let wanted = |path: &str| {
            folder(path) == here
                && !self.pairs.iter().any(|p| p.head.source.path == path)
                && !languages.is_test_path(path)
                && languages.of(path, "").is_some_and(|l| l.family() == source.language.family())
        };
        let entries = snapshot.entries().iter().filter(|e| e.is_file() && wanted(&e.path));
        entries.take(NEIGHBOURS).filter_map(|e| Some(snapshot.text(&e.path).ok()??.text)).collect()
    }
}

/// The last names of the paths in an expression: `country` of `upper(customer.country)`.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let path = |c: char| c.is_alphanumeric() || "_$.?>:-@".contains(c);
    // Of a type or a module: `CultureInfo.InvariantCulture`.
    let constant = |part: &&str| part.contains('.') && part.starts_with(char::is_uppercase);
    text.split(move |c| !path(c))
        .filter(move |part| !constant(part))
        .map(|part| last(part.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')))
        .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$'))
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
