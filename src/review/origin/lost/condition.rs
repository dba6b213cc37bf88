//! A condition that is gone while what it decided about still runs.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::lang::{Branch, Definition};
use crate::review::origin::guard::asked;
use crate::review::origin::source::{Source, binds, fold, last, mentions, root};

use super::part::{Part, flat};
use super::{Both, Loss, Search};

/// Letters of a condition in a title.
const SHOWN: usize = 40;
/// Words of one; a title has ten.
const WORDS: usize = 5;
/// Shorter lines (`}`, `end`) say nothing.
const PLAIN: usize = 3;
/// Share of the lines of a body that must still be there, in tenths.
const STAYS: usize = 7;

impl Search<'_> {
    pub(super) fn conditions(
        &self,
        both: &Both<'_>,
        old: &[Branch],
        new: &[Branch],
        prior: f64,
    ) -> Vec<Loss> {
        let keywords = &self.words.keywords;
        let range = &both.new.range;
        let now: Vec<Part> = new
            .iter()
            .filter(|b| range.start <= b.range.start && b.range.end <= range.end)
            .flat_map(|b| Part::of(self.head, b, keywords))
            .collect();
        let then: Vec<(&Branch, Part)> = old
            .iter()
            .filter(|b| both.old.range.start <= b.range.start && b.range.end <= both.old.range.end)
            .flat_map(|b| Part::of(self.base, b, keywords).into_iter().map(move |p| (b, p)))
            .collect();
        let held: BTreeSet<&str> = then.iter().map(|(_, p)| p.key.as_str()).collect();
        let fresh: Vec<&Part> = now
            .iter()
            .filter(|p| {
                !held.contains(p.key.as_str()) && (p.is_bare() || !both.before.contains(&p.key))
            })
            .filter(|p| self.lines.added.range(p.line..=p.end).next().is_some())
            .collect();
        let mut lost = Vec::new();
        let mut seen = BTreeSet::new();
        for (branch, part) in then.iter().filter(|(b, _)| self.owns(both, &b.range)) {
            let gone = |p: &Part| (p.line..=p.end).all(|n| self.lines.removed.contains(&n));
            let assigns = self.base.slice(&branch.condition).contains(":=");
            if !gone(part) || assigns || part.values.is_empty() {
                continue;
            }
            // Where the function asks the same at other places too.
            let others: Vec<RangeInclusive<u32>> = then
                .iter()
                .filter(|(b, p)| p.key == part.key && b.range != branch.range && !gone(p))
                .map(|(b, _)| self.reach(b))
                .collect();
            let same = |p: &&Part| p.key == part.key;
            let had = then.iter().map(|(_, p)| p).filter(same).count();
            let fewer = now.iter().filter(same).count() < had;
            let is_new = |p: &Part| self.lines.added.range(p.line..=p.end).next().is_some();
            let moved = now.iter().any(|p| p.key == part.key && is_new(p));
            // The text of `if (user)` stands everywhere.
            let times = |text: &str| text.matches(&part.key).count();
            let here = if part.is_bare() {
                self.asked(part)
            } else {
                times(&both.after) >= times(&both.before) || self.added.contains(&part.key)
            };
            if !fewer || moved || here || others.iter().any(|o| o.contains(&branch.start)) {
                continue;
            }
            let replaced = fresh.iter().any(|f| f.concerns(part) || f.shape == part.shape);
            if !replaced
                && self.stays(both, branch, part, &others)
                && !self.given(both, part)
                && seen.insert(part.key.clone())
            {
                lost.push(self.lost_condition(both, branch, part, prior));
            }
        }
        lost
    }

    /// Lines of the base of which a branch decides whether they run.
    fn reach(&self, branch: &Branch) -> RangeInclusive<u32> {
        let body = branch.body.as_ref().map_or("", |b| self.base.slice(b));
        if branch.alternative.is_some() || !self.leaves(body) {
            return branch.start..=branch.end;
        }
        // What comes after runs only without it, up to the end of what it leaves.
        let left = self.style.function(self.base, &branch.range);
        let end = branch.start + lines(self.base.slice(&(branch.range.start..left.end)));
        branch.start..=end.max(branch.end)
    }

    /// Whether what the condition decided about is still there, and still concerns what
    /// it asked about.
    fn stays(
        &self,
        both: &Both<'_>,
        branch: &Branch,
        part: &Part,
        others: &[RangeInclusive<u32>],
    ) -> bool {
        let Some(body) = branch.body.as_ref().map(|b| self.base.slice(b)) else { return false };
        let plain = |l: &&str| l.trim().len() > PLAIN;
        let (kept, region) = if branch.alternative.is_none() && self.leaves(body) {
            let after = branch.end + 1..=(*self.reach(branch).end()).min(both.old.end);
            let Some(next) = after.clone().map(|n| self.base.line(n)).find(plain) else {
                return false;
            };
            if !both.after.contains(&flat(next)) {
                return false;
            }
            (self.base.lines(*after.start(), *after.end()), after)
        } else {
            let lines: Vec<&str> = body.lines().filter(plain).collect();
            let still = lines.iter().filter(|l| both.after.contains(&flat(l))).count();
            if lines.is_empty() || still * 10 < lines.len() * STAYS {
                return false;
            }
            let other = branch.alternative.as_ref().map_or("", |b| self.base.slice(b));
            (format!("{body}\n{other}"), branch.start..=branch.end)
        };
        let head = self.head.slice(&both.new.range);
        let text = fold(self.base.slice(&part.range));
        let counts = self.words.size.is_match(&text) || self.words.zero.is_match(&text);
        // An empty value harms only some uses.
        let harmed = |n: &str| {
            !counts || kept.lines().any(|l| mentions(l, n) && self.words.counted.is_match(l))
        };
        let used = |n: &str| mentions(&kept, n) && mentions(head, n) && harmed(n);
        part.names(&self.words.keywords).any(used)
            && !self.used_bare(both, branch, part, &region, others)
    }

    /// Whether the base used the value where the condition did not protect it: then
    /// nothing depends on the condition.
    fn used_bare(
        &self,
        both: &Both<'_>,
        branch: &Branch,
        part: &Part,
        region: &RangeInclusive<u32>,
        others: &[RangeInclusive<u32>],
    ) -> bool {
        let text = self.base.slice(&part.range);
        if !part.is_bare() && !self.words.nothing.is_match(text) {
            return false;
        }
        let uses = |line: &str, value: &str| {
            [".", "[", "->"].iter().any(|sign| {
                let used = format!("{value}{sign}");
                line.match_indices(&used).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_$@.".contains(c))
                })
            })
        };
        let whole = branch.start..=branch.end;
        (both.old.line..=both.old.end)
            .filter(|n| !whole.contains(n) && !region.contains(n))
            .filter(|n| !others.iter().any(|o| o.contains(n)))
            .map(|n| self.base.line(n))
            .any(|line| part.values.iter().any(|v| uses(line, v)))
    }

    /// Whether a line that the change adds anywhere may ask for a value itself.
    fn asked(&self, part: &Part) -> bool {
        let mut lines = self.added_lines.iter().filter(|l| self.words.asks.is_match(l));
        lines.any(|l| part.values.iter().any(|v| asked(l, last(v))))
    }

    /// Whether the last or only statement of a body leaves.
    fn leaves(&self, body: &str) -> bool {
        let mut lines = body.lines().map(str::trim).filter(|l| l.len() > 1);
        lines.next_back().is_some_and(|l| self.words.leaves.is_match(l))
            || self.words.leaves.is_match(body.trim_start_matches('{').trim_start())
    }

    /// Whether the change gives what was asked about another value, on either side.
    fn given(&self, both: &Both<'_>, part: &Part) -> bool {
        let keywords = &self.words.keywords;
        let sets = |line: &str| {
            part.names(keywords).any(|n| binds(line, n))
                || part.values.iter().any(|v| binds(line, v))
        };
        let (new, old) = (both.new, both.old);
        // Another type may rule the case out.
        let typed = |source: &Source<'_>, function: &Definition, name: &str| {
            let all = source.language.parameters(&source.tree, &source.text, function);
            let found = all.into_iter().find(|p| p.name == name);
            found.map(|p| (p.default, p.ty))
        };
        if part.names(keywords).any(|n| typed(self.base, old, n) != typed(self.head, new, n)) {
            return true;
        }
        // `self.x` may be declared or set in another way elsewhere in the file.
        let member = |value: &String| {
            let own = keywords.iter().any(|k| k == root(value).trim_start_matches('$'));
            let name = last(value);
            let speaks = |line: &str| own && mentions(line, name);
            let away =
                |n: &u32, function: &Definition| !(function.start..=function.end).contains(n);
            let added = self.lines.added.iter().filter(|n| away(n, new));
            let removed = self.lines.removed.iter().filter(|n| away(n, old));
            added.map(|n| self.head.line(*n)).any(|l| speaks(l) && !self.words.asks.is_match(l))
                || removed
                    .map(|n| self.base.line(*n))
                    .any(|l| speaks(l) && !self.words.asks.is_match(l))
        };
        if part.values.iter().any(member) {
            return true;
        }
        // What gives the value may no longer give the bad case.
        let gives = |line: &str| sets(line) && self.altered.iter().any(|f| mentions(line, f));
        if (new.start..=new.end).any(|n| gives(self.head.line(n))) {
            return true;
        }
        let added = self.lines.added.range(new.start..=new.end).map(|n| self.head.line(*n));
        let removed = self.lines.removed.range(old.start..=old.end);
        let removed = removed.filter(|n| !(part.line..=part.end).contains(n));
        let removed = removed.map(|n| self.base.line(*n));
        // `xs = [x for x in xs if x]` made less of what came; that is gone too.
        let narrows = |line: &str| {
            let value = line.split_once('=').map_or("", |(_, value)| value);
            self.words.narrows.is_match(value)
                && part.names(keywords).any(|n| binds(line, n) && mentions(value, n))
        };
        // A line that only moves gives what it gave.
        let stands = |line: &str, source: &Source<'_>, d: &Definition| {
            let line = flat(line);
            (d.start..=d.end).any(|n| flat(source.line(n)) == line)
        };
        added.filter(|l| sets(l)).any(|l| !stands(l, self.base, old))
            || removed.filter(|l| sets(l) && !narrows(l)).any(|l| !stands(l, self.head, new))
    }

    fn lost_condition(&self, both: &Both<'_>, branch: &Branch, part: &Part, prior: f64) -> Loss {
        let text = fold(self.base.slice(&part.range));
        let kind = if self.words.nothing.is_match(&text) {
            "null_dereference"
        } else if self.words.size.is_match(&text) {
            "index_out_of_range"
        } else {
            "removed_guard"
        };
        let short = shorten(&text);
        let name = &both.new.name;
        Loss {
            rule: "lost_condition",
            start: branch.start,
            end: branch.end,
            line: part.line,
            kind: kind.to_owned(),
            severity: 0.5,
            prior,
            title: format!("`{name}` no longer asks `{short}`"),
            mechanism: format!(
                "Before the change, `{}` asked `{short}` before it went on. The condition is gone, and the code that it decided about still runs, now in the other case too.",
                both.old.qualified
            ),
            assumption: format!("`{short}` no longer matters to `{name}`"),
            questions: vec![
                format!("Can the case that `{short}` kept apart still come here?"),
                "Was the condition taken over by a caller or a helper?".to_owned(),
            ],
            fix: format!("Ask `{short}` again, or show that the case cannot occur."),
            checked: "the change adds the same condition nowhere (lost condition)".to_owned(),
        }
    }
}

fn lines(text: &str) -> u32 {
    text.matches('\n').count() as u32
}

/// A piece of code that fits into a title.
pub(super) fn shorten(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(WORDS).collect();
    let short = words.join(" ");
    if short.chars().count() <= SHOWN && short.len() == text.len() {
        return short;
    }
    short.chars().take(SHOWN - 1).chain(['…']).collect()
}
