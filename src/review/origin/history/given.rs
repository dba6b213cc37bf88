//! Whether the code around a use has seen to its value: gave it anew, asked about it in
//! a way that no query knows, or checks it where the function is called.
//!
//! A line says no more than its words, so each of these is enough for silence.

use std::ops::RangeInclusive;

use regex::Regex;

use super::giver::called;
use super::protect::Proof;
use super::spot::{Raises, Spot, argument, identifiers};
use super::{Search, Side};
use crate::lang::{Definition, Guard};
use crate::review::origin::access::subject;
use crate::review::origin::guard::asked;
use crate::review::origin::source::{fold, last, mentions, root};

/// Lines over which a call that fills a value may run.
const CALL: u32 = 6;
/// Lines after a condition within which it leaves the function.
const LEAVING: u32 = 3;

impl Search<'_> {
    /// Whether the value gets a new one before the use: by a line that the change adds, or
    /// by one that never gives nothing. What stood around the crash already did not help.
    pub(super) fn is_given(
        &self,
        spot: &Spot,
        function: &Definition,
        old: Option<&Definition>,
    ) -> bool {
        let source = &self.pair.head.source;
        let value = self.cause.words.value(&spot.subject);
        if value.is_empty() {
            return false;
        }
        if self.fills(spot, function, value) {
            return true;
        }
        let mut names = vec![value];
        if !source.language.self_names().iter().any(|n| n == root(value)) {
            names.push(root(value));
        }
        names.dedup();
        let before: Vec<String> = old.map_or_else(Vec::new, |d| {
            (d.start..=d.end).map(|n| fold(self.pair.base.source.line(n))).collect()
        });
        names.into_iter().filter_map(Binding::of).any(|binding| {
            self.body(function, spot.line).any(|n| {
                let line = source.line(n);
                let found = match n == spot.line {
                    true => binding.goes_through(line),
                    false => binding.value(line),
                };
                let Some(right) = found else { return false };
                if source.language.is_comment(line) || self.stood(&binding, line, right) {
                    return false;
                }
                let added = self.pair.lines.added.contains(&n) && !before.contains(&fold(line));
                // What is left of a list can be as empty as it was.
                if self.cause.rule.row.used == Raises::Division
                    && self.cause.words.narrows.is_match(right)
                {
                    return false;
                }
                added || self.cause.words.fresh.is_match(right.trim())
            })
        })
    }

    /// The lines of a function's body up to one.
    fn body(&self, function: &Definition, until: u32) -> RangeInclusive<u32> {
        let head = &self.pair.head.source;
        let signature = function.body.and_then(|at| head.text.get(function.range.start..at));
        let from = match signature {
            // An expression's body stands on the line of its signature.
            Some(text) => function.start + text.matches('\n').count() as u32,
            None => function.start + 1,
        };
        from.max(function.line + 1).min(until)..=until
    }

    /// Whether a line that gives the value stood around the crash, or gives it what was
    /// used there by another name.
    fn stood(&self, binding: &Binding, line: &str, right: &str) -> bool {
        let alias = right.trim().trim_end_matches(';');
        let path = |c: char| c.is_alphanumeric() || "_.$".contains(c);
        let crashed = self.cause.crashed.as_deref().unwrap_or_default();
        if !alias.is_empty() && alias.chars().all(path) && mentions(crashed, last(alias)) {
            return true;
        }
        let frame = &self.past.found.frame;
        frame.context.iter().any(|(_, known)| {
            let known_right = binding.value(known).or_else(|| binding.goes_through(known));
            fold(known) == fold(line)
                || known_right.is_some_and(|k| {
                    // The same function, of whatever it is given.
                    let same = called(k).is_some() && called(k) == called(right);
                    same || identifiers(k) == identifiers(right)
                })
        })
    }

    /// Whether the missing key is put into the value before the use.
    fn fills(&self, spot: &Spot, function: &Definition, value: &str) -> bool {
        let (head, words) = (&self.pair.head, self.cause.words);
        let Some(key) = self.cause.key.as_deref().filter(|_| self.is_key()) else { return false };
        let stored = |s: &&Spot| {
            s.store
                && s.used == Raises::Subscript
                && words.value(&s.subject) == value
                && s.name() == key
                && s.range.start < spot.range.start
        };
        let context = &self.past.found.frame.context;
        head.within(function).find(stored).is_some()
            || self.body(function, spot.line).take_while(|n| *n < spot.line).any(|n| {
                let line = head.source.line(n);
                let call = head.source.lines(n, (n + CALL).min(spot.line - 1));
                words.fills.is_match(line)
                    && mentions(line, last(value))
                    && mentions(&call, key)
                    && !context.iter().any(|(_, known)| fold(known) == fold(line))
            })
    }

    fn is_key(&self) -> bool {
        self.cause.rule.row.kind == "missing_key"
    }

    /// Whether a line that the change adds before the use may ask about the value, or the
    /// key; or one that was there asks and leaves.
    pub(super) fn is_asked(&self, spot: &Spot, function: &Definition) -> bool {
        let head = &self.pair.head.source;
        let value = self.cause.words.value(&spot.subject);
        let mut names: Vec<&str> = vec![last(value).trim()];
        names.extend(self.cause.key.as_deref().filter(|_| self.is_key()));
        names.retain(|n| !n.is_empty());
        // `if !c.HasUser()` asks about `c.User`.
        let method = value.contains('.').then(|| {
            let (of, part) = (regex::escape(root(value)), regex::escape(last(value)));
            Regex::new(&format!(r"(?i)(?:^|[^\w.]){of}\.\w*{part}\w*\(")).ok()
        });
        let method = method.flatten();
        self.body(function, spot.line).take_while(|n| *n < spot.line).any(|n| {
            let line = head.line(n);
            if head.language.is_comment(line) || !self.replaced.is_match(line) {
                return false;
            }
            let asks = names.iter().any(|name| asked(line, name))
                || method.as_ref().is_some_and(|m| m.is_match(line));
            let leaves = || self.cause.words.leaves.is_match(&head.lines(n, n + LEAVING));
            let called = || names.iter().any(|name| passes(line, name));
            asks && (self.pair.lines.added.contains(&n) || called() && leaves())
        })
    }

    /// Whether every call of the function in the changed files stands behind a check of
    /// what it passes. Of a function that was there before the change, others may call it,
    /// so only checks that the change adds count.
    pub(super) fn is_checked_by_callers(
        &self,
        spot: &Spot,
        function: &Definition,
        old: Option<&Definition>,
    ) -> bool {
        let head = &self.pair.head.source;
        let parameters = head.language.parameters(&head.tree, &head.text, function);
        let own = |name: &str| head.language.self_names().iter().any(|n| n == name);
        let value = self.cause.words.value(&spot.subject);
        let position =
            parameters.iter().filter(|p| !own(&p.name)).position(|p| p.name == root(value));
        let mut calls = 0;
        for pair in self.pairs {
            let side = &pair.head;
            let named = |s: &&Spot| s.used == Raises::Call && s.key == function.name;
            for call in side.spots.iter().filter(named) {
                let caller = side.source.function(&call.range);
                if caller.is_some_and(|c| c.qualified == function.qualified) {
                    continue;
                }
                calls += 1;
                let passed = match position {
                    Some(n) => argument(&call.arguments, n, root(value)),
                    None => Some(value),
                };
                let Some(passed) = passed else { return false };
                let passed = Spot {
                    used: spot.used,
                    subject: subject(passed),
                    key: spot.key.clone(),
                    arguments: String::new(),
                    ..call.clone()
                };
                let new = |g: &Guard| old.is_none() || pair.lines.added.contains(&g.line);
                let mut guards = side.guards_of(caller);
                if !guards.any(|g| new(g) && side.protects(g, &passed, self.cause, Proof::Any)) {
                    return false;
                }
            }
        }
        calls > 0
    }

    /// Whether the change adds a check of something that the value is taken of. Where a
    /// message names nothing, no one knows which part of `a.b.c` was missing.
    pub(super) fn is_part_checked(&self, spot: &Spot, function: &Definition) -> bool {
        if self.cause.key.is_some() || self.cause.rule.row.kind != "null_dereference" {
            return false;
        }
        let head: &Side<'_> = &self.pair.head;
        let ends = spot.subject.match_indices('.').map(|(at, _)| at);
        let parts: Vec<Spot> = ends
            .map(|at| Spot { subject: spot.subject[..at].to_owned(), ..spot.clone() })
            .collect();
        head.guards_of(Some(function))
            .filter(|g| self.pair.lines.added.contains(&g.line))
            .any(|g| parts.iter().any(|part| head.protects(g, part, self.cause, Proof::Any)))
    }
}

/// How lines give a name, or a path such as `a.b`, a value.
struct Binding {
    assigned: Regex,
    gone_through: Regex,
}

impl Binding {
    fn of(name: &str) -> Option<Self> {
        let name = regex::escape(name);
        // Keyword arguments (`f(x=1)`) are none: a statement begins before the name, or a
        // declaration, a type, or names that are assigned with it.
        let before = r"(?:^|[;{)]|\belse\b|\bthen\b|\bif\b)\s*(?:[\w<>\[\],.?:&*$@\s]*[\s,&*])?[(\[{]?\s*(?:[^=(]*,\s*)?";
        let operator = r"\s*(?:[,)}\]][^=(]*)?(?::[^=;(]*)?(?:\|\||\?\?|&&|\+|\||:)?=";
        let assigned = Regex::new(&format!(r"{before}{name}{operator}(?P<right>[^=>~].*|$)"));
        let gone_through = Regex::new(&format!(
            r"\bfor(?:each)?\b.*(?:^|[^\w$@.]){name}(?:[^\w$@.][^=]*?)??\s*(?:\bin\b|\bof\b|:)(?P<right>.*)|\bforeach\b\s*\((?P<of>.*)\bas\b[^)]*(?:^|[^\w@.]){name}\s*\)"
        ));
        Some(Self { assigned: assigned.ok()?, gone_through: gone_through.ok()? })
    }

    /// What a line gives the name.
    fn value<'l>(&self, line: &'l str) -> Option<&'l str> {
        let found = self.assigned.captures(line).and_then(|c| c.name("right"));
        found.map(|m| m.as_str()).or_else(|| self.goes_through(line))
    }

    /// What a line goes through with the name.
    fn goes_through<'l>(&self, line: &'l str) -> Option<&'l str> {
        let found = self.gone_through.captures(line)?;
        found.name("right").or_else(|| found.name("of")).map(|m| m.as_str())
    }
}

/// Whether a line hands a name to a function: `isMissing(user)`.
fn passes(line: &str, name: &str) -> bool {
    line.match_indices(['(', ',']).any(|(at, _)| {
        let rest = line[at + 1..].trim_start();
        rest.strip_prefix(name).is_some_and(|r| r.trim_start().starts_with([')', ',']))
            && line[..at].ends_with(|c: char| c.is_alphanumeric() || "_?!".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_and_loops_give_a_value_and_keyword_arguments_do_not() {
        for (line, right) in [
            ("user = User()", "User()"),
            ("    String user = find(id);", "find(id);"),
            ("const user = res.user ?? {};", "res.user ?? {};"),
            ("let mut user: Option<User> = None;", "None;"),
            ("user, err := load()", "load()"),
            ("err, user := load()", "load()"),
            ("const { user } = state;", "state;"),
            ("const { id, user = {} } = state;", "{} } = state;"),
            ("if (!user) user = new User();", "new User();"),
            ("user ||= Guest.new", "Guest.new"),
            ("for user in self.users:", "self.users:"),
            ("return [user.name for user in users]", "users]"),
            ("for (const user of users) {", "users) {"),
            ("for (User user : users) {", "users) {"),
        ] {
            let found = Binding::of("user").unwrap().value(line).map(str::trim);
            assert_eq!(found, Some(right), "{line}");
        }
        for line in ["f(x, user=user)", "if user == 1:", "user.name = 1", "x = user", "f(user)"] {
            assert_eq!(Binding::of("user").unwrap().value(line), None, "{line}");
        }
        let of = |name: &str, line: &str| Binding::of(name).unwrap().value(line).is_some();
        assert!(of("c.User", "\tc.User = &User{}") && !of("User", "\tc.User = &User{}"));
        assert!(of("$data", "$data += ['a' => 1];") && of("$x", "foreach ($xs as $x) {"));
    }

    #[test]
    fn arguments_are_found_by_place_and_by_name() {
        assert_eq!(argument("(a, f(b, c), d)", 1, "x"), Some("f(b, c)"));
        assert_eq!(argument("(a, x=b)", 0, "x"), Some("b"));
        assert_eq!(argument("()", 0, "x"), None);
        assert!(passes("if (isMissing(user)) return;", "user") && !passes("f(user.id)", "user"));
        assert!(!passes("if (user) return;", "user"));
    }
}
