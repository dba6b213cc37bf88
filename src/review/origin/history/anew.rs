//! A value that was nothing in production, used at another place: a crash showed that a
//! member, the result of a function or an argument may be missing, the code that crashed
//! sees to it since, and the change uses the same without asking.

use std::collections::BTreeSet;

use regex::Regex;

use super::elsewhere::is_only_used;
use super::expose::{Exposed, How};
use super::giver::{Giver, called, is_member, is_path, last_part, whole};
use super::protect::Proof;
use super::spot::{Raises, Spot, given, identifiers};
use super::{Pair, Search, Side};
use crate::lang::{Definition, Guard};
use crate::review::origin::access::subject;
use crate::review::origin::source::{Source, fold, last, mentions, root};

/// The crash, in the file as it was before the change.
struct Crash<'s> {
    side: &'s Side<'s>,
    /// The function that failed; those without a name are told by the lines around the
    /// crash alone.
    function: Option<&'s Definition>,
    /// The line that crashed, where it still stands.
    line: Option<u32>,
    /// Whether it stands within a handler of errors, which did not help.
    tried: bool,
}

/// A use that the change adds.
struct Found<'a> {
    pair: &'a Pair<'a>,
    spot: Spot,
    function: Definition,
    /// By how many names the value goes there.
    names: usize,
}

impl<'a> Search<'a> {
    /// The first use of such a value that the change adds without a check.
    pub(super) fn anew(&self) -> Option<(&'a Pair<'a>, Exposed)> {
        self.cause.crashed.as_ref().filter(|_| self.cause.is_of_nothing())?;
        let path = &self.past.found.path;
        let crash = self.crash(self.sides.get(path.as_str())?);
        let place = crash.function.map_or_else(|| path.clone(), |f| f.qualified.clone());
        let family = crash.side.source.language.family();
        let pairs = || self.pairs.iter().filter(|p| p.head.source.language.family() == family);
        for giver in self.givers(&crash) {
            let uses = pairs().filter_map(|pair| {
                let search = Search { pair, ..*self };
                search.bare_use(&giver, &crash, &place)
            });
            // One that takes it by another name may stand behind one that does not.
            let Some(first) = uses.min_by_key(|found| found.names) else { continue };
            if self.is_seen_to(&crash, &giver)
                && !self.is_sorted_out(&crash, &giver)
                && !self.is_filled(giver.member().unwrap_or(giver.name()))
            {
                let how = How::Anew { place, value: giver.shown() };
                let Found { pair, spot, function, .. } = first;
                return Some((pair, Exposed { spot, function, added: true, how }));
            }
        }
        None
    }

    fn crash<'s>(&self, side: &'s Side<'s>) -> Crash<'s> {
        let source = side.source;
        let function = self.past.place.as_deref().and_then(|place| source.only(place));
        let crashed = fold(self.cause.crashed.as_deref().unwrap_or_default());
        let whole = 1..=source.text.lines().count() as u32;
        let mut lines = function.map_or(whole, |f| f.start..=f.end);
        let line = lines.find(|n| fold(source.line(*n)) == crashed);
        let tried = line.is_some_and(|n| {
            let mut guards = side.guards_of(function);
            guards.any(|g| g.kind == "try" && (g.line..=g.end).contains(&n))
        });
        Crash { side, function, line, tried }
    }

    /// What was nothing when it crashed, by the values of the frame and by the message.
    fn givers(&self, crash: &Crash<'_>) -> Vec<Giver> {
        let (cause, source, function) = (self.cause, crash.side.source, crash.function);
        let crashed = cause.crashed.as_deref().unwrap_or_default();
        let body = function.map_or("", |f| source.slice(&f.range));
        let mut givers: Vec<Giver> = Vec::new();
        let mut add = |giver: Option<Giver>| {
            if let Some(giver) = giver.filter(|g| !givers.contains(g)) {
                givers.push(giver);
            }
        };
        let vars = &self.past.found.frame.vars;
        for (name, value) in vars {
            let name = name.trim_start_matches('$');
            if cause.words.nothing.is_match(value.trim()) && mentions(crashed, name) {
                add(self.giver_of(source, function, name));
            }
        }
        for (_, value) in vars {
            for found in cause.words.empty_member.captures_iter(value) {
                let member = &found["member"];
                let on_line = mentions(crashed, member);
                let by_name = || {
                    let aliases = identifiers(crashed).into_iter();
                    let mut aliases = aliases.filter_map(|n| self.bound(source, function, n));
                    aliases.any(|right| last_part(right) == Some(member))
                };
                if on_line && is_member(crashed, member) || mentions(body, member) && by_name() {
                    add(Some(Giver::Member(member.to_owned())));
                }
            }
        }
        // The value itself, where the message names it (`user is not defined`), or what its
        // part was taken of (`reading 'name'`).
        let value = cause.key.as_deref().and_then(|key| match cause.names_value() {
            true => Some(key),
            false => whole(crashed, key),
        });
        if let Some(value) = value {
            match last_part(value) {
                Some(member) if root(value) != value => {
                    add(Some(Giver::Member(member.to_owned())));
                    let of = self.giver_of(source, function, root(value));
                    add(of.and_then(|g| g.with_member(member)));
                }
                _ => add(self.giver_of(source, function, value)),
            }
        }
        givers
    }

    /// Where the function that crashed got the value of a name from, then or since.
    fn giver_of(
        &self,
        source: &Source<'_>,
        function: Option<&Definition>,
        name: &str,
    ) -> Option<Giver> {
        let own = source.language.self_names();
        if let Some(function) = function {
            let parameters = source.language.parameters(&source.tree, &source.text, function);
            let mut listed = parameters.iter().filter(|p| !own.contains(&p.name));
            if let Some(position) = listed.position(|p| p.name.trim_start_matches('$') == name) {
                let (function, name) = (function.name.clone(), name.to_owned());
                return Some(Giver::Argument { function, position, name, member: None });
            }
        }
        let right = self.bound(source, function, name)?;
        if let Some((receiver, function)) = called(right) {
            return Some(Giver::Call { receiver, function });
        }
        let member = last_part(right).filter(|_| is_path(right) && root(right) != right)?;
        Some(Giver::Member(member.to_owned()))
    }

    /// What a line around the crash, or of its function today, gives a name.
    fn bound<'s>(
        &'s self,
        source: &'s Source<'_>,
        function: Option<&Definition>,
        name: &str,
    ) -> Option<&'s str> {
        let frame = &self.past.found.frame;
        let before = |n: u32| frame.line.is_none_or(|line| n < line);
        let around = frame.context.iter().rev().filter(|(n, _)| before(*n));
        let around = around.map(|(_, line)| line.as_str()).find_map(|line| given(line, name));
        let today = || {
            let function = function?;
            (function.start..=function.end).find_map(|n| given(source.line(n), name))
        };
        around.or_else(today)
    }

    /// Whether the code that crashed asks about the value since, or no longer holds the line,
    /// and nobody else, as far as the files go, uses it bare. Of an argument it is the
    /// callers that must ask, all of them.
    fn is_seen_to(&self, crash: &Crash<'_>, giver: &Giver) -> bool {
        let (source, words) = (crash.side.source, self.cause.words);
        let by_callers = giver.is_argument();
        if !by_callers && crash.line.is_none() && crash.function.is_none() {
            return false;
        }
        if !by_callers && crash.line.is_some() {
            let text = match crash.function {
                Some(f) => source.lines(f.start, f.end),
                None => source.text.to_string(),
            };
            let alias = |line: &str| {
                let (left, right) = line.split_once('=')?;
                let name = left.trim().trim_end_matches(':').rsplit(' ').next()?;
                giver.is_given_by(right).then(|| name.trim_start_matches('$').to_owned())
            };
            let mut names: Vec<String> = text.lines().filter_map(alias).collect();
            names.push(giver.name().to_owned());
            let asks = |line: &str| {
                (words.asks.is_match(line) || words.shields.is_match(line))
                    && names.iter().any(|n| mentions(line, n))
            };
            if !text.lines().any(|l| !source.language.is_comment(l) && asks(l)) {
                return false;
            }
        }
        let sides = self.pairs.iter().map(|p| &p.base).filter(|s| s.source.path != source.path);
        let mut any = false;
        for side in sides.chain([crash.side]) {
            for spot in &side.spots {
                let Some(passed) = giver.met(side.source, spot) else { continue };
                let of = side.source.function(&spot.range);
                // The use that crashed may be asked about in a way that no query knows.
                let own = !by_callers
                    && std::ptr::eq(side, crash.side)
                    && crash.function.is_none_or(|f| of.is_some_and(|of| of.range == f.range));
                let bare = self.is_bare(side, of, spot, &passed, false);
                if bare && !own {
                    return false;
                }
                any |= !bare;
            }
        }
        any || !by_callers
    }

    /// Whether a function of the changed files, or of that of the crash, asks about the value
    /// without using it, and stands before the added code: the change calls it, or it makes
    /// or checks such things.
    fn is_sorted_out(&self, crash: &Crash<'_>, giver: &Giver) -> bool {
        let name = giver.member().unwrap_or(giver.name());
        let words = self.cause.words;
        let added = |p: &'a Pair<'a>| {
            p.head
                .spots
                .iter()
                .filter(|s| s.used == Raises::Call && p.lines.added.contains(&s.line))
        };
        let called: BTreeSet<&str> =
            self.pairs.iter().flat_map(added).map(|s| s.key.as_str()).collect();
        let before =
            |d: &Definition| called.contains(d.name.as_str()) || words.makes.is_match(&d.name);
        let asks = |source: &Source<'_>, line: &str| {
            words.asks.is_match(line)
                && mentions(line, name)
                && !is_only_used(line, name)
                && !source.language.is_comment(line)
        };
        let sides = self.pairs.iter().map(|p| &p.head);
        let sides = sides.filter(|s| s.source.path != crash.side.source.path).chain([crash.side]);
        sides.into_iter().any(|side| {
            let source = side.source;
            let own = |d: &Definition| {
                std::ptr::eq(side, crash.side) && crash.function.is_some_and(|f| f.range == d.range)
            };
            let met = |d: &Definition| side.within(d).any(|s| giver.met(source, s).is_some());
            let asking = |d: &Definition| (d.start..=d.end).any(|n| asks(source, source.line(n)));
            let mut others = source.definitions.iter().filter(|d| d.kind.is_callable());
            others.any(|d| before(d) && !own(d) && asking(d) && !met(d))
        })
    }

    /// Whether a file of the folder gives that key or member something in place of nothing:
    /// `"email" => ""`.
    pub(super) fn is_filled(&self, name: &str) -> bool {
        let empty = format!(
            r#"(?:^|[^\w$]){}["']?\s*(?:=>|:|=)\s*(?:""|''|0\b|\[\]|\{{\}}|False\b|false\b)"#,
            regex::escape(name)
        );
        let Ok(empty) = Regex::new(&empty) else { return false };
        self.pairs.iter().any(|p| empty.is_match(&p.head.source.text))
            || self.neighbours().iter().any(|text| empty.is_match(text))
    }

    /// Whether nothing in its function protects a use of the value, by none of its names.
    fn is_bare(
        &self,
        side: &Side<'_>,
        function: Option<&Definition>,
        spot: &Spot,
        passed: &[String],
        tried: bool,
    ) -> bool {
        let is_argument = spot.used == Raises::Call && passed[0] != spot.subject;
        passed.iter().all(|value| {
            let used = of_value(spot, value);
            let protects = |g: &Guard| {
                // `if (allowed(user.role))` uses what it may seem to ask about.
                let holds = g.range.start <= spot.range.start && spot.range.end <= g.range.end;
                let about =
                    || g.subject.as_deref().is_some_and(|s| last(&subject(s)) == last(value));
                side.protects(g, &used, self.cause, Proof::Any)
                    && (!holds || g.kind == "try" || about())
            };
            let mut guards = side.guards_of(function).filter(|g| !(tried && g.kind == "try"));
            // An argument that another function has put into shape.
            let shaped = is_argument && !is_path(value);
            !shaped
                && !guards.any(protects)
                && !self.cause.words.fallbacks.iter().any(|f| value.contains(f))
        })
    }

    /// An added use of the value that nothing protects.
    fn bare_use(&self, giver: &Giver, crash: &Crash<'_>, place: &str) -> Option<Found<'a>> {
        let (pair, head) = (self.pair, &self.pair.head);
        let tried = crash.tried;
        for spot in head.spots.iter().filter(|s| pair.lines.added.contains(&s.line)) {
            let Some(passed) = giver.met(head.source, spot) else { continue };
            let Some(function) = head.source.function(&spot.range) else { continue };
            // What came back to the function that crashed is told of elsewhere.
            let own = function.qualified == place && head.source.path == crash.side.source.path;
            if own || head.source.broken(function) {
                continue;
            }
            let old = pair.base.source.only(&function.qualified);
            let names: Vec<&str> =
                passed.iter().map(|p| last_part(p).unwrap_or(p)).chain([giver.name()]).collect();
            let names = giver.member().map_or(names, |member| vec![member]);
            let before = |d: &Definition| {
                pair.base.within(d).any(|b| {
                    let met = giver.met(pair.base.source, b);
                    met.is_some_and(|met| self.is_bare(&pair.base, Some(d), b, &met, tried))
                })
            };
            let used = of_value(spot, &passed[0]);
            let bare = self.is_bare(head, Some(function), spot, &passed, tried)
                && !self.is_asked(&used, function)
                && !self.is_part_checked(&used, function)
                && !self.is_checked_by_callers(&used, function, old)
                && !self.is_spoken_of(spot, function, &names)
                && !old.is_some_and(before);
            if bare {
                let (spot, function) = (spot.clone(), function.clone());
                return Some(Found { pair, spot, function, names: passed.len() });
            }
        }
        None
    }

    /// Whether another line that the change adds, or one of the use's own function, may ask
    /// about the value.
    fn is_spoken_of(&self, spot: &Spot, function: &Definition, names: &[&str]) -> bool {
        let words = self.cause.words;
        let asks = |line: &str| {
            (words.asks.is_match(line) || words.shields.is_match(line))
                && names.iter().any(|n| mentions(line, n) && !is_only_used(line, n))
        };
        let head = self.pair.head.source;
        let own = (function.start..=function.end).filter(|n| *n != spot.line);
        own.map(|n| head.line(n)).any(|l| !head.language.is_comment(l) && asks(l))
            || self.pairs.iter().any(|pair| {
                let source = pair.head.source;
                let here = std::ptr::eq(pair, self.pair);
                let lines = pair.lines.added.iter().filter(|n| !here || **n != spot.line);
                lines.map(|n| source.line(*n)).any(|l| !source.language.is_comment(l) && asks(l))
            })
    }
}

/// A use of that value at the place of another.
fn of_value(spot: &Spot, value: &str) -> Spot {
    Spot {
        used: Raises::Member,
        subject: value.to_owned(),
        arguments: String::new(),
        ..spot.clone()
    }
}
