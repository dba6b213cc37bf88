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
        let own = || old.iter().filter(|b| self.owns(both, &b.range));
        let held: BTreeSet<String> =
            own().flat_map(|b| Part::of(self.base, b, keywords)).map(|p| p.key).collect();
        let fresh: Vec<&Part> = now
            .iter()
            .filter(|p| !held.contains(&p.key) && (p.is_bare() || !both.before.contains(&p.key)))
            .filter(|p| self.lines.added.range(p.line..=p.end).next().is_some())
            .collect();
        let mut lost = Vec::new();
        let mut seen = BTreeSet::new();
        for branch in own() {
            for part in Part::of(self.base, branch, keywords) {
                let gone = (part.line..=part.end).all(|n| self.lines.removed.contains(&n));
                // The text of `if (user)` stands everywhere.
                let here = now.iter().any(|p| p.key == part.key)
                    || if part.is_bare() {
                        self.asked(&part)
                    } else {
                        both.after.contains(&part.key) || self.added.contains(&part.key)
                    };
                let assigns = self.base.slice(&branch.condition).contains(":=");
                if !gone || here || assigns || part.values.is_empty() {
                    continue;
                }
                let replaced = fresh.iter().any(|f| f.concerns(&part) || f.shape == part.shape);
                if !replaced
                    && self.stays(both, branch, &part)
                    && !self.given(both, &part)
                    && seen.insert(part.key.clone())
                {
                    lost.push(self.lost_condition(both, branch, &part, prior));
                }
            }
        }
        lost
    }

    /// Whether what the condition decided about is still there, and still concerns what
    /// it asked about.
    fn stays(&self, both: &Both<'_>, branch: &Branch, part: &Part) -> bool {
        let Some(body) = branch.body.as_ref().map(|b| self.base.slice(b)) else { return false };
        let plain = |l: &&str| l.trim().len() > PLAIN;
        let (kept, region) = if branch.alternative.is_none() && self.leaves(body) {
            // What comes after ran only without it, up to the end of what it leaves.
            let left = self.style.function(self.base, &branch.range);
            let end = branch.start + lines(self.base.slice(&(branch.range.start..left.end)));
            let after = branch.end + 1..=end.min(both.old.end);
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
        part.names(&self.words.keywords).any(used) && !self.used_bare(both, branch, part, &region)
    }

    /// Whether the base used the value where the condition did not protect it: then
    /// nothing depends on the condition.
    fn used_bare(
        &self,
        both: &Both<'_>,
        branch: &Branch,
        part: &Part,
        region: &RangeInclusive<u32>,
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
        self.lines.added.range(new.start..=new.end).any(|n| sets(self.head.line(*n)))
            || self
                .lines
                .removed
                .range(old.start..=old.end)
                .any(|n| !(part.line..=part.end).contains(n) && sets(self.base.line(*n)))
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
