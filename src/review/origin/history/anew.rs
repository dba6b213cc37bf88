//! A value that was nothing in production, used at another place: a crash showed that a
//! member, the result of a function or an argument may be missing, the code that crashed
//! sees to it since, and the change uses the same without asking.

use regex::Regex;

use super::expose::{Exposed, How};
use super::protect::Proof;
use super::spot::{Raises, Spot, argument, identifiers};
use super::{Pair, Search, Side};
use crate::lang::Definition;
use crate::review::origin::access::subject;
use crate::review::origin::source::{Source, fold, last, mentions, root};

/// Where the value comes from that was nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Giver {
    /// It is this member of something: `payment_method` of `sub.payment_method`.
    Member(String),
    /// This function returned it; with the last name of its receiver, if it has one.
    Call { receiver: Option<String>, function: String },
    /// It is this argument, counted without `self`, of the function that crashed, or a
    /// member of it.
    Argument { function: String, position: usize, name: String, member: Option<String> },
}

impl<'a> Search<'a> {
    /// The first use of such a value that the change adds without a check.
    pub(super) fn anew(&self) -> Option<(&'a Pair<'a>, Exposed)> {
        let cause = self.cause;
        let crashed = cause.crashed.as_ref().filter(|_| cause.is_of_nothing())?;
        let path = &self.past.found.path;
        let failed = self.crashed.get(path.as_str())?;
        let source = failed.source;
        let family = source.language.family();
        // Functions without a name are told by the lines around the crash alone.
        let function = self.past.place.as_deref().and_then(|place| source.only(place));
        let place = function.map_or_else(|| path.clone(), |f| f.qualified.clone());
        let givers = self.givers(failed, function, crashed);
        for giver in givers {
            if !self.is_seen_to(failed, function, crashed, &giver)
                || self.is_sorted_out(failed, function, &giver)
                || self.is_filled(giver.member().unwrap_or(giver.name()))
            {
                continue;
            }
            let tried = failed.guards_of(function).any(|g| g.kind == "try");
            let pairs = self.pairs.iter().filter(|p| p.head.source.language.family() == family);
            let uses = pairs.filter_map(|pair| {
                let search = Search { pair, ..*self };
                let (spot, function, names) = search.bare_use(&giver, &place, path, tried)?;
                Some((names, pair, spot, function))
            });
            // One that takes it by another name may stand behind one that does not.
            if let Some((_, pair, spot, function)) = uses.min_by_key(|(names, ..)| *names) {
                let how = How::Anew { place, value: giver.shown() };
                return Some((pair, Exposed { spot, function, added: true, how }));
            }
        }
        None
    }

    /// What was nothing when it crashed, by the values of the frame and by the message.
    fn givers(
        &self,
        failed: &Side<'_>,
        function: Option<&Definition>,
        crashed: &str,
    ) -> Vec<Giver> {
        let (cause, source) = (self.cause, failed.source);
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
        // The value itself, where the message names it: `because "to.phone()" is null`; or
        // what its part was taken of: `reading 'name'`.
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
        around.or_else(|| bound(source, function?, name))
    }

    /// Whether the code that crashed sees to the value since, and nobody else uses it bare.
    fn is_seen_to(
        &self,
        failed: &Side<'_>,
        function: Option<&Definition>,
        crashed: &str,
        giver: &Giver,
    ) -> bool {
        let source = failed.source;
        let lines = || match function {
            Some(f) => source.lines(f.start, f.end),
            None => source.text.to_string(),
        };
        let by_callers = matches!(giver, Giver::Argument { .. });
        if !by_callers && source.text.lines().any(|l| fold(l) == fold(crashed)) {
            let text = lines();
            let alias = |line: &str| {
                let (left, right) = line.split_once('=')?;
                let name = left.trim().trim_end_matches(':').rsplit(' ').next()?;
                giver.is_given_by(right).then(|| name.trim_start_matches('$').to_owned())
            };
            let mut names: Vec<String> = text.lines().filter_map(alias).collect();
            names.push(giver.name().to_owned());
            let words = self.cause.words;
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
        for side in sides.chain([failed]) {
            for spot in &side.spots {
                let Some(passed) = giver.met(side.source, spot) else { continue };
                let of = side.source.function(&spot.range);
                let bare = self.is_bare(side, of, spot, &passed, giver, false);
                // The use that crashed may be asked about in a way that no query knows.
                let here = std::ptr::eq(side, failed);
                let own = here
                    && function.is_none_or(|f| of.is_some_and(|of| of.range == f.range))
                    && !by_callers;
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
    fn is_sorted_out(
        &self,
        failed: &Side<'_>,
        function: Option<&Definition>,
        giver: &Giver,
    ) -> bool {
        let name = giver.member().unwrap_or(giver.name());
        let words = self.cause.words;
        let called = |name: &str| {
            let added = self.pairs.iter().flat_map(|p| {
                p.lines.added.iter().map(|n| p.head.source.line(*n)).collect::<Vec<_>>()
            });
            added.into_iter().any(|line| line.contains(&format!("{name}(")))
        };
        let before = |d: &Definition| called(&d.name) || words.makes.is_match(&d.name);
        let sides = self.pairs.iter().map(|p| &p.head);
        let sides = sides.filter(|s| s.source.path != failed.source.path).chain([failed]);
        sides.into_iter().any(|side| {
            let source = side.source;
            let met = |d: &Definition| side.within(d).any(|s| giver.met(source, s).is_some());
            let own = |d: &Definition| {
                std::ptr::eq(side, failed) && function.is_some_and(|f| f.range == d.range)
            };
            let others = source.definitions.iter().filter(|d| d.kind.is_callable());
            others.filter(|d| !own(d) && before(d) && !met(d)).any(|d| {
                (d.start..=d.end).map(|n| source.line(n)).any(|line| {
                    words.asks.is_match(line)
                        && mentions(line, name)
                        && !super::elsewhere::is_only_used(line, name)
                        && !source.language.is_comment(line)
                })
            })
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

    /// Whether nothing in its function protects a use of the value. A handler of errors does
    /// not, where one stood around the crash.
    fn is_bare(
        &self,
        side: &Side<'_>,
        function: Option<&Definition>,
        spot: &Spot,
        passed: &[String],
        giver: &Giver,
        tried: bool,
    ) -> bool {
        if let (Giver::Argument { .. }, Some(text)) = (giver, passed.first())
            && !is_path(text)
        {
            return false;
        }
        !passed.iter().any(|value| {
            let used = Spot {
                used: Raises::Member,
                subject: value.clone(),
                arguments: String::new(),
                ..spot.clone()
            };
            let mut guards = side.guards_of(function).filter(|g| !(tried && g.kind == "try"));
            guards.any(|g| {
                // `if (allowed(user.role))` uses what it may seem to ask about.
                let holds = g.range.start <= spot.range.start && spot.range.end <= g.range.end;
                let about =
                    || g.subject.as_deref().is_some_and(|s| last(&subject(s)) == last(value));
                side.protects(g, &used, self.cause, Proof::Any)
                    && (!holds || g.kind == "try" || about())
            }) || self.cause.words.fallbacks.iter().any(|f| value.contains(f))
        })
    }

    /// An added use of the value that nothing protects, with its function, and by how many
    /// names it goes there.
    fn bare_use(
        &self,
        giver: &Giver,
        place: &str,
        path: &str,
        tried: bool,
    ) -> Option<(Spot, Definition, usize)> {
        let head = &self.pair.head;
        for spot in head.spots.iter().filter(|s| self.pair.lines.added.contains(&s.line)) {
            let Some(passed) = giver.met(head.source, spot) else { continue };
            let Some(function) = head.source.function(&spot.range) else { continue };
            // What came back to the function that crashed is told of elsewhere.
            let own = function.qualified == place && head.source.path == path;
            if own || head.source.broken(function) {
                continue;
            }
            let old = self.pair.base.source.only(&function.qualified);
            let names: Vec<&str> =
                passed.iter().map(|p| last_part(p).unwrap_or(p)).chain([giver.name()]).collect();
            let names = giver.member().map_or(names, |member| vec![member]);
            let bare = self.is_bare(head, Some(function), spot, &passed, giver, tried)
                && !self.is_asked(spot, function)
                && !self.is_part_checked(spot, function)
                && !self.is_checked_by_callers(spot, function, old)
                && !self.is_spoken_of(spot, function, &names)
                && !old.is_some_and(|d| {
                    let base = &self.pair.base;
                    base.within(d).any(|b| {
                        let met = giver.met(base.source, b);
                        met.is_some_and(|met| self.is_bare(base, Some(d), b, &met, giver, tried))
                    })
                });
            if bare {
                return Some((spot.clone(), function.clone(), passed.len()));
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
                && names
                    .iter()
                    .any(|n| mentions(line, n) && !super::elsewhere::is_only_used(line, n))
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

impl Giver {
    /// The name by which lines speak of it.
    fn name(&self) -> &str {
        match self {
            Self::Member(name) | Self::Argument { name, .. } => name,
            Self::Call { function, .. } => function,
        }
    }

    /// The member of an argument that was nothing.
    fn member(&self) -> Option<&str> {
        match self {
            Self::Argument { member, .. } => member.as_deref(),
            _ => None,
        }
    }

    /// An argument of which that member was nothing; others give no way to tell.
    fn with_member(self, part: &str) -> Option<Self> {
        let Self::Argument { function, position, name, .. } = self else { return None };
        Some(Self::Argument { function, position, name, member: Some(part.to_owned()) })
    }

    /// For a sentence.
    fn shown(&self) -> String {
        match self {
            Self::Member(name) => name.clone(),
            Self::Call { receiver, function } => {
                let receiver = receiver.iter().map(|r| format!("{r}.")).collect::<String>();
                format!("{receiver}{function}()")
            }
            Self::Argument { function, name, member, .. } => {
                let member = member.iter().map(|m| format!(".{m}")).collect::<String>();
                format!("{name}{member} of {function}()")
            }
        }
    }

    /// The names of the value where a use takes it: as the use has it, and as it was given
    /// to that name; `None` if the use is of something else.
    fn met(&self, source: &Source<'_>, spot: &Spot) -> Option<Vec<String>> {
        if let Self::Argument { function, position, name, .. } = self {
            let call = spot.used == Raises::Call && spot.key == *function;
            let passed = call.then(|| argument(&spot.arguments, *position, name)).flatten()?;
            return Some(vec![subject(passed)]);
        }
        let takes = [Raises::Member, Raises::Subscript, Raises::Iteration, Raises::Force];
        let method = spot.used == Raises::Call && !spot.subject.is_empty();
        if spot.safe || spot.store || !(takes.contains(&spot.used) || method) {
            return None;
        }
        if self.is_given_by(&spot.subject) {
            return Some(vec![spot.subject.clone()]);
        }
        let plain = spot.subject.chars().all(|c| c.is_alphanumeric() || "_$@".contains(c));
        let function = source.function(&spot.range)?;
        let right = bound(source, function, &spot.subject).filter(|_| plain)?;
        self.is_given_by(right).then(|| vec![spot.subject.clone(), subject(right)])
    }

    /// Whether an expression yields the value.
    fn is_given_by(&self, text: &str) -> bool {
        let text = text.trim().trim_end_matches(';').trim_start_matches("await ").trim();
        match self {
            Self::Member(name) => {
                let own = |part: &str| part == name;
                is_path(text) && last_part(text).is_some_and(own) && root(text) != text
            }
            Self::Call { receiver, function } => called(text).is_some_and(|(of, name)| {
                name == *function && receiver.as_deref().is_none_or(|r| of.as_deref() == Some(r))
            }),
            Self::Argument { .. } => false,
        }
    }
}

/// What a line of a function gives a name, the first such line.
fn bound<'s>(source: &'s Source<'_>, function: &Definition, name: &str) -> Option<&'s str> {
    (function.start..=function.end).find_map(|n| given(source.line(n), name))
}

/// What a line gives a name.
fn given<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (left, right) = line.split_once('=')?;
    let left = left.trim().trim_end_matches(':').trim();
    let right = right.trim().trim_end_matches(';');
    let given = left.rsplit(' ').next()?.trim_start_matches('$');
    let whole = !right.is_empty() && !right.starts_with('=');
    (given == name.trim_start_matches('$') && whole).then_some(right)
}

/// What a line takes a part of: `a.b` for `c` in `f(a.b.c)`.
pub(super) fn whole<'l>(line: &'l str, part: &str) -> Option<&'l str> {
    let taken = format!(
        r#"(?P<whole>[$@]*[A-Za-z_][\w.$]*(?:\(\)|\[['":]?\w+['"]?\])*)(?:\.|->|\[['":]){}\b"#,
        regex::escape(part)
    );
    let found = Regex::new(&taken).ok()?.captures(line)?;
    found.name("whole").map(|m| m.as_str())
}

/// Whether a text is a name, or a way from one: `a.b`, `a["b"]`, `a->b`, `a.b()`.
fn is_path(text: &str) -> bool {
    Regex::new(r#"^[$@]*[A-Za-z_]\w*(?:(?:\.|->|::|\?\.)\w+(?:\(\))?|\[\s*(?:['"]\w+['"]|:\w+|\w+)\s*\])*$"#)
        .is_ok_and(|path| path.is_match(text.trim()))
}

/// The last member of a way: `b` of `a.b`, `a["b"]` and `a.b()`.
pub(super) fn last_part(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches("()").trim_end_matches(']');
    let text = text.trim_end_matches(['"', '\'']);
    let at = text.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    let part =
        at.map_or(text, |at| &text[at + text[at..].chars().next().map_or(1, char::len_utf8)..]);
    (!part.is_empty()).then(|| part.trim_start_matches('$'))
}

/// Whether a line takes that member of something.
fn is_member(line: &str, member: &str) -> bool {
    let marks = [".", "->", "[\"", "['", "[:", "?.", "::"];
    marks.iter().any(|mark| line.contains(&format!("{mark}{member}")))
}

/// Receiver's last name and name of the function that a whole expression calls.
pub(super) fn called(text: &str) -> Option<(Option<String>, String)> {
    let text = text.trim().trim_end_matches(';').trim_start_matches("await ").trim();
    let (path, rest) = text.split_once('(')?;
    let whole = rest.trim_end().ends_with(')') && {
        let mut depth = 1i32;
        let end = rest.char_indices().find(|(_, c)| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        end.is_some_and(|(at, _)| rest[at + 1..].trim().is_empty())
    };
    let path = path.trim();
    if !whole || !is_path(path) {
        return None;
    }
    let name = last(path).to_owned();
    let receiver = path.strip_suffix(&name)?.trim_end_matches(['.', ':', '>', '-', '?']);
    let receiver = Some(last(receiver)).filter(|r| !r.is_empty()).map(str::to_owned);
    // `new User()` and `User()` make something.
    (!name.starts_with(char::is_uppercase)).then_some((receiver, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_and_their_last_members() {
        for (text, part) in [
            ("sub.payment_method", "payment_method"),
            (r#"event["sender"]"#, "sender"),
            ("to.phone()", "phone"),
            ("$letter->dueOn", "dueOn"),
            ("phone", "phone"),
        ] {
            assert!(is_path(text), "{text}");
            assert_eq!(last_part(text), Some(part), "{text}");
        }
        for text in ["f(x)", "a + b", "a.b(c)", "x ?? y", "'text'"] {
            assert!(!is_path(text), "{text}");
        }
    }

    #[test]
    fn a_call_is_known_by_its_function_and_receiver() {
        let call = |receiver: Option<&str>, name: &str| {
            Some((receiver.map(str::to_owned), name.to_owned()))
        };
        assert_eq!(called("customers.load(invoice.customerId)"), call(Some("customers"), "load"));
        assert_eq!(called("membershipOf(pool, f(x))"), call(None, "membershipOf"));
        assert_eq!(called("f(x) || g(y)"), None);
        assert_eq!(called("User(x)"), None);
        assert_eq!(whole("f(sample.labels.host)", "host"), Some("sample.labels"));
        assert_eq!(whole(r#"return e["sender"]["name"]"#, "name"), Some(r#"e["sender"]"#));
    }
}
