//! A check that the change removed while what it protected is still there.
//!
//! The rule compares one function before and after. It speaks only if every
//! line of the check is gone, the same value is still used in a way that fails
//! (see `access`), nothing else in the function checks it, nothing in the change
//! gives it another value or may check it elsewhere, and the base did not use it
//! unchecked too (then the check was not needed).

use std::collections::BTreeSet;
use std::ops::Range;

use regex::Regex;

use crate::asset::Assets;
use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::lang::{Definition, Guard};

use super::access::{Access, Style, Styles, Use, accesses, subject};
use super::source::{
    Compared, Source, binds, fold, in_hunk, last, mentions, quote, removal_point, root,
};
use super::{DraftError, Drafter, Scene, history, patch};

pub(super) struct RemovedGuard {
    pub assets: Assets,
}

impl Drafter for RemovedGuard {
    fn name(&self) -> &'static str {
        "removed guard"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        let styles = Styles::load(&self.assets)?;
        let pairs = scene.compared().collect::<Vec<_>>();
        // A check may have moved to another function of the change.
        let moved: Vec<Guard> = pairs.iter().flat_map(Compared::new_guards).collect();
        let altered: BTreeSet<String> = pairs.iter().flat_map(Compared::altered).collect();
        let mut found = Vec::new();
        for pair in &pairs {
            let Some(style) = styles.of(pair.head) else { continue };
            let search = Search { pair, style, styles: &styles, moved: &moved, altered: &altered };
            found.extend(search.run(scene.config.prior.removed_guard));
        }
        history::attach(&mut found, scene, &self.assets)?;
        Ok(found)
    }
}

impl Compared<'_> {
    /// Names of functions of which a line changed.
    fn altered(&self) -> Vec<String> {
        let changed = |lines: &BTreeSet<u32>, d: &Definition| {
            d.kind.is_callable() && lines.range(d.start..=d.end).next().is_some()
        };
        let new = self.head.definitions.iter().filter(|d| changed(&self.lines.added, d));
        let old = self.base.definitions.iter().filter(|d| changed(&self.lines.removed, d));
        new.chain(old).map(|d| d.name.clone()).collect()
    }

    fn new_guards(&self) -> Vec<Guard> {
        self.head.guards().iter().filter(|g| self.lines.added.contains(&g.line)).cloned().collect()
    }
}

struct Search<'a> {
    pair: &'a Compared<'a>,
    style: &'a Style,
    styles: &'a Styles,
    moved: &'a [Guard],
    /// Names of functions that the change alters.
    altered: &'a BTreeSet<String>,
}

/// How a removed check worked.
struct Check<'g> {
    guard: &'g Guard,
    subject: String,
    /// The key of `key in subject`.
    key: Option<String>,
    /// It asks for the bad case (`x is None`), and leaves or repairs it.
    negative: bool,
    /// Whether it compares with the word for nothing.
    explicit: bool,
    kind: &'static str,
}

impl Search<'_> {
    fn run(&self, prior: f64) -> Vec<Hypothesis> {
        let guards = self.pair.base.guards();
        let after = self.pair.head.guards();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for guard in guards {
            let Some(check) = self.check(guard) else { continue };
            let Some(old) = self.pair.base.function(&guard.range) else { continue };
            if !seen.insert((old.qualified.clone(), check.subject.clone(), check.kind)) {
                continue;
            }
            let hypothesis = self.examine(&check, old, guards, after, prior);
            found.extend(hypothesis);
        }
        found
    }

    /// A check that the change removed and whose working is understood.
    fn check<'g>(&self, guard: &'g Guard) -> Option<Check<'g>> {
        let base = &self.pair.base;
        let last_line = guard.line + base.slice(&guard.range).matches('\n').count() as u32;
        if !(guard.line..=last_line).all(|n| self.pair.lines.removed.contains(&n)) {
            return None;
        }
        let text = fold(base.slice(&guard.range));
        let subject = subject(guard.subject.as_deref()?);
        if !subject.chars().all(|c| c.is_alphanumeric() || "_.$@:".contains(c)) {
            return None;
        }
        let explicit = self.style.nulls.iter().any(|n| mentions(&text, n));
        let equal = ["is not", "!="].iter().all(|o| !text.contains(o));
        let nil =
            text.contains(".nil?") || text.contains(".is_none()") || text.contains(".isNull(");
        let around = guard.condition.as_deref().unwrap_or(&text);
        // `while ((line = in.readLine()) != null)` ends the loop; another way to read
        // needs no such check.
        if binds(around, root(&subject)) {
            return None;
        }
        let denied = text.starts_with('!')
            || text.starts_with("not ")
            || around.contains(&format!("!{text}"))
            || around.contains(&format!("not {text}"))
            || guard.text.trim_start().starts_with("unless ");
        let (kind, key, negative) = match guard.kind.as_str() {
            "null_check" if explicit => ("null_dereference", None, equal),
            "null_check" => ("null_dereference", None, denied || nil),
            "key_check" if self.style.missing_key_fails => {
                let not = text.contains(" not in ");
                let key =
                    text.split(if not { " not in " } else { " in " }).next()?.trim().to_owned();
                ("missing_key", Some(key), not || denied)
            }
            "zero_check" => {
                // The check may be of `len(x)` alone; the comparison is around it.
                let nonzero = ["!=", "> 0", ">= 1"].iter().any(|o| around.contains(o));
                let zero = ["==", "< 1", "<= 0"].iter().any(|o| around.contains(o));
                ("removed_guard", None, zero || (denied && !nonzero))
            }
            _ => return None,
        };
        Some(Check { guard, subject, key, negative, explicit, kind })
    }

    fn examine(
        &self,
        check: &Check<'_>,
        old: &Definition,
        guards: &[Guard],
        after: &[Guard],
        prior: f64,
    ) -> Option<Hypothesis> {
        let (base, head, lines) = (&self.pair.base, &self.pair.head, &self.pair.lines);
        let new = head.only(&old.qualified)?;
        base.only(&old.qualified)?;
        if base.broken(old) || head.broken(new) {
            return None;
        }
        let leaves = Regex::new(
            r"\b(return|raise|throw|continue|break|next|redirect|abort|exit|panic|fail)\b",
        )
        .ok()?;
        let statement = self.statement(check);
        let repairs = statement.lines().any(|l| binds(l, &check.subject));
        if check.negative && !(leaves.is_match(&statement) || repairs) {
            return None;
        }
        // Nothing else may check it: an equal check elsewhere in the function...
        let same = |g: &Guard| checks(g, last(&check.subject));
        let within = |g: &Guard, d: &Definition| {
            d.range.start <= g.range.start && g.range.end <= d.range.end
        };
        if after.iter().any(|g| within(g, new) && same(g)) {
            return None;
        }
        // ... an added one anywhere in the change ...
        if self.moved.iter().any(&same) {
            return None;
        }
        // ... an added line that gives it a value or speaks of it in a condition.
        let name = root(&check.subject);
        for n in lines.added.range(new.start..=new.end) {
            let line = head.line(*n);
            let may_check =
                self.styles.replaced.is_match(line) && asked(line, last(&check.subject));
            if binds(line, name) || binds(line, &check.subject) || may_check {
                return None;
            }
        }
        if self.parameter(base, old, name) != self.parameter(head, new, name) {
            return None;
        }
        // What gives the value may no longer give the bad case.
        let given = |n: &u32| {
            let line = head.line(*n);
            binds(line, name) && self.altered.iter().any(|f| *f != new.name && mentions(line, f))
        };
        if (new.start..=new.end).any(|n| given(&n)) {
            return None;
        }
        // `self.x = ...` may be set elsewhere in the file.
        if check.subject.contains('.') {
            let sets = |n: &u32| binds(head.line(*n), &check.subject);
            if lines.added.iter().any(sets) {
                return None;
            }
        }

        let mut before = self.uses(base, check, old);
        // `x.nil?` is no use of `x`.
        let own = &check.guard.range;
        before.retain(|a| a.range.start < own.start || a.range.end > own.end);
        let protected: Vec<&Access> = before.iter().filter(|a| self.protects(check, a)).collect();
        let others: Vec<&Guard> = guards
            .iter()
            .filter(|g| within(g, old) && same(g) && g.range != check.guard.range)
            .collect();
        let bare = before.iter().any(|a| {
            !self.protects(check, a) && !others.iter().any(|g| covers(g, a)) && a.used != Use::Call
        });
        if protected.is_empty() || bare {
            return None;
        }
        let uses = self.uses(head, check, new);
        let use_ = uses.iter().find(|a| {
            protected.iter().any(|p| p.used == a.used && p.key == a.key)
                || lines.added.contains(&a.line)
        })?;
        // A handler that came with the change may expect the failure.
        let handled = after.iter().any(|g| {
            g.kind == "try"
                && lines.added.contains(&g.start)
                && (g.start..=g.end).contains(&use_.line)
        });
        if handled {
            return None;
        }
        let (kind, certain) = self.kind(check, use_, new)?;
        Some(self.hypothesis(check, new, use_, kind, prior * certain))
    }

    /// The whole statement of a check, from its first line.
    fn statement(&self, check: &Check<'_>) -> String {
        self.pair.base.lines(check.guard.start, check.guard.end)
    }

    fn parameter(
        &self,
        source: &Source<'_>,
        definition: &Definition,
        name: &str,
    ) -> Option<String> {
        let parameters = source.language.parameters(&source.tree, &source.text, definition);
        let found = parameters.into_iter().find(|p| p.name == name)?;
        Some(format!("{} {}", found.default, found.ty.unwrap_or_default()))
    }

    /// Failing uses of the checked value in a function.
    fn uses(&self, source: &Source<'_>, check: &Check<'_>, definition: &Definition) -> Vec<Access> {
        let all = accesses(source, self.style, &definition.range);
        let size = ["len(", "size(", "count("].map(|f| format!("{f}{})", check.subject));
        let sizes =
            [".length", ".size", ".count", ".len()"].map(|f| format!("{}{f}", check.subject));
        all.into_iter()
            .filter(|a| !a.safe)
            .filter(|a| {
                let itself = a.subject == check.subject;
                match (check.kind, a.used) {
                    ("missing_key", Use::Subscript) => {
                        itself && !a.store && check.key.as_deref() == Some(a.key.as_str())
                    }
                    ("null_dereference", Use::Division) => false,
                    ("null_dereference", Use::Subscript | Use::Member | Use::Call) => itself,
                    ("removed_guard", Use::Division) => {
                        self.style.zero_fails
                            && (itself || size.contains(&a.subject) || sizes.contains(&a.subject))
                    }
                    ("removed_guard", Use::Subscript) => itself && !a.store && a.is_number(),
                    _ => false,
                }
            })
            .collect()
    }

    /// Whether the check stood between the bad case and a use.
    fn protects(&self, check: &Check<'_>, access: &Access) -> bool {
        if check.negative {
            // A `return` in a closure leaves only that closure.
            let left = self.style.function(self.pair.base, &check.guard.range);
            return access.range.start >= check.guard.range.end && access.range.end <= left.end;
        }
        (check.guard.start..=check.guard.end).contains(&access.line)
            && access.range.start >= check.guard.range.end
    }

    /// The kind of failure, and how sure it is that it can happen, 0 to 1.
    fn kind(
        &self,
        check: &Check<'_>,
        use_: &Access,
        new: &Definition,
    ) -> Option<(&'static str, f64)> {
        match (check.kind, use_.used) {
            ("removed_guard", Use::Division) => Some(("division_by_zero", 1.0)),
            ("removed_guard", Use::Subscript) => Some(("index_out_of_range", 1.0)),
            ("missing_key", _) => Some(("missing_key", 1.0)),
            _ => self.nullable(check, new).map(|certain| ("null_dereference", certain)),
        }
    }

    /// How sure it is that the value can be nothing; `None` if its type rules
    /// that out.
    fn nullable(&self, check: &Check<'_>, new: &Definition) -> Option<f64> {
        let head = &self.pair.head;
        let name = root(&check.subject);
        let mut member = check.subject.contains('.').then(|| last(&check.subject).to_owned());
        if member.is_none() {
            let parameters = head.language.parameters(&head.tree, &head.text, new);
            if let Some(parameter) = parameters.iter().find(|p| p.name == name) {
                let empty_default = {
                    let end = new.body.unwrap_or(new.range.end);
                    let signature = fold(head.slice(&(new.range.start..end.max(new.range.start))));
                    self.style.nulls.iter().any(|n| {
                        Regex::new(&format!(r"\b{}\b[^,)]*=\s*{n}\b", regex::escape(name)))
                            .is_ok_and(|r| r.is_match(&signature))
                    })
                };
                let typed = parameter.ty.as_deref().filter(|_| head.language.family() != "java");
                match typed {
                    Some(ty) if self.style.nullable.is_match(ty) => return Some(1.0),
                    _ if empty_default => return Some(1.0),
                    // `x?: T` may be left out.
                    Some(_) if parameter.default && head.language.family() == "ecma" => {
                        return Some(1.0);
                    }
                    Some(_) => return None,
                    None => {}
                }
            }
        }
        for n in new.start..=new.end {
            let line = head.line(n).trim_end();
            if binds(line, name) && check.subject == name {
                if self.style.maybe.is_match(line) {
                    return Some(1.0);
                }
                let value = line.rsplit(['.', '=']).next().unwrap_or_default();
                let value = value.trim().trim_end_matches(';');
                if !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    member = Some(value.to_owned());
                }
            }
        }
        if let Some(member) = member {
            let member = regex::escape(&member);
            let optional = Regex::new(&format!(r"\b{member}\?\s*:")).ok()?;
            let typed = Regex::new(&format!(r"\b{member}\s*:\s*([^=;,]+)")).ok()?;
            let empty = Regex::new(&format!(
                r"\.{member}\s*=\s*({})\b",
                if self.style.nulls.is_empty() {
                    "None".to_owned()
                } else {
                    self.style.nulls.join("|")
                }
            ))
            .ok()?;
            let declared = head.text.lines().any(|line| {
                optional.is_match(line)
                    || empty.is_match(line)
                    || typed.captures(line).is_some_and(|c| self.style.nullable.is_match(&c[1]))
            });
            if declared {
                return Some(1.0);
            }
        }
        // Nothing shows where nothing would come from; the check is the only
        // witness, and a truth test may have meant emptiness.
        Some(if check.explicit || self.style.truth_is_null { 0.9 } else { 0.7 })
    }

    fn hypothesis(
        &self,
        check: &Check<'_>,
        new: &Definition,
        use_: &Access,
        kind: &'static str,
        prior: f64,
    ) -> Hypothesis {
        let head = &self.pair.head;
        let subject = &check.subject;
        let (what, failure, severity) = match kind {
            "division_by_zero" => {
                (format!("`{subject}` being zero or empty"), "divides by it", 0.55)
            }
            "index_out_of_range" => {
                (format!("`{subject}` being empty"), "takes an element of it", 0.55)
            }
            "missing_key" => {
                let key = check.key.clone().unwrap_or_default();
                (format!("key {key} missing in `{subject}`"), "reads it", 0.55)
            }
            _ => {
                let nothing = self.style.nulls.first().map_or("empty", String::as_str);
                (format!("`{subject}` being {nothing}"), "uses it without a check", 0.6)
            }
        };
        let place = if in_hunk(self.pair.file, use_.line) {
            use_.line
        } else {
            removal_point(self.pair.file, check.guard.start).unwrap_or(use_.line)
        };
        let mut evidence = vec![
            Evidence {
                source: Place::Diff {
                    path: self.pair.base.path.clone(),
                    start: check.guard.start,
                    end: check.guard.end,
                    side: Side::Old,
                },
                quote: quote(&self.statement(check), 6),
                note: Some("the check that the change removes".to_owned()),
            },
            Evidence {
                source: Place::File { path: head.path.clone(), start: use_.line, end: use_.line },
                quote: head.line(use_.line).trim().to_owned(),
                note: Some(format!("still {failure}")),
            },
        ];
        evidence.dedup_by(|a, b| a.source == b.source);
        let function = &new.qualified;
        Hypothesis {
            id: String::new(),
            origin: Origin::Rule,
            rule: Some("removed_guard".to_owned()),
            kind: kind.to_owned(),
            title: format!("`{}` lost its check of `{}`", new.name, tail(subject)),
            location: Location::line(head.path.as_str(), place),
            symbol: Some(function.clone()),
            mechanism: format!(
                "Before the change, `{function}` checked for {what}. The check is gone, and line {} still {failure}: `{}`.",
                use_.line,
                head.line(use_.line).trim()
            ),
            assumption: format!("the case of {what} no longer reaches `{function}`"),
            questions: vec![
                format!("Can {what} still happen when `{function}` is called?"),
                "Was the check moved to a caller or a helper?".to_owned(),
            ],
            prior,
            severity,
            evidence,
            fix: Some(self.fix(check)),
            checked: vec![
                format!("nothing else in `{function}` checks `{subject}`"),
                format!(
                    "the change gives `{subject}` no other value and adds no check of it elsewhere"
                ),
            ],
            unchecked: vec![format!("whether callers outside the change rule out {what}")],
        }
    }

    /// Puts the lines of a leaving check back where they stood, if they were
    /// removed whole and everything they name is still known there.
    fn fix(&self, check: &Check<'_>) -> Fix {
        let text = format!(
            "Put the check of `{}` back, or show that the case cannot occur.",
            check.subject
        );
        Fix { patch: self.restore(check), text }
    }

    fn restore(&self, check: &Check<'_>) -> Option<String> {
        let (base, head, lines) = (&self.pair.base, &self.pair.head, &self.pair.lines);
        let whole = check.guard.start..=check.guard.end;
        if !check.negative || !whole.clone().all(|n| lines.removed.contains(&n)) {
            return None;
        }
        // The statement must be lines of its own.
        let first = base.line(check.guard.start).trim_start();
        if !["if", "unless", "assert"].iter().any(|w| first.starts_with(w)) {
            return None;
        }
        let removed: Vec<String> = whole.map(|n| base.line(n).to_owned()).collect();
        let word = Regex::new(r"[A-Za-z_]\w*").ok()?;
        let strings = Regex::new(r#""[^"]*"|'[^']*'|`[^`]*`"#).ok()?;
        let known = |line: &String| {
            let line = strings.replace_all(line, "");
            word.find_iter(&line).all(|w| {
                mentions(&head.text, w.as_str())
                    || ["if", "return", "raise", "throw", "continue", "break", "None", "null"]
                        .contains(&w.as_str())
            })
        };
        // What stands before and after must be as it was.
        let hunk = self
            .pair
            .file
            .hunks
            .iter()
            .find(|h| h.lines.iter().any(|l| l.old == Some(check.guard.start)))?;
        let at = hunk.lines.iter().position(|l| l.old == Some(check.guard.start))?;
        let before = hunk.lines[..at].iter().rev().find(|l| l.new.is_some())?;
        before.old?;
        let insert = before.new? + 1;
        removed.iter().all(known).then_some(())?;
        patch::replace(&head.path, &head.text, insert, 0, &removed)
    }
}

/// Whether a guard asks about a value of that name. One use made safe (`a?.b`,
/// `d.get(k)`) says nothing of the others.
fn checks(guard: &Guard, name: &str) -> bool {
    let asks = [
        "null_check",
        "type_check",
        "assert",
        "key_check",
        "zero_check",
        "bounds_check",
        "error_check",
        "auth",
    ];
    let fills =
        guard.kind == "default" && !guard.text.contains(".get(") && !guard.text.contains(".pop(");
    let about = guard.subject.as_deref().map(subject).is_some_and(|s| {
        let plain = s.chars().all(|c| c.is_alphanumeric() || "_.$@:".contains(c));
        // `user.active` asks about `active`, not about `user`; `plans[user.plan] ?? free`
        // fills in for the plan.
        if plain { last(&s) == name } else { !fills && guard.names.iter().any(|n| n == name) }
    });
    (asks.contains(&guard.kind.as_str()) || fills) && about
}

/// Whether another check stands before a use or around it.
fn covers(guard: &Guard, access: &Access) -> bool {
    let range: &Range<usize> = &access.range;
    guard.range.start <= range.start
}

/// Whether a line speaks of a value other than by taking a member of it.
pub(super) fn asked(line: &str, name: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
        let whole = !word(before.chars().next_back()) && !word(after.chars().next());
        if whole && !after.starts_with(['.', '[']) {
            return true;
        }
        rest = after;
    }
    false
}

/// The end of a long subject, so that titles stay short.
fn tail(subject: &str) -> String {
    if subject.len() <= 40 { subject.to_owned() } else { last(subject).chars().take(40).collect() }
}
