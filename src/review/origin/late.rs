//! A check for nothing that stands in the wrong place: behind the use that it is for, or
//! the wrong way round, with the use just where the value is nothing.
//!
//! A check says that its author thought the value may be nothing. Only what the change
//! adds counts: the check, or the use.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

use crate::asset::Assets;
use crate::finding::{
    Evidence, Fix, Hypothesis, Location, Origin, Side as Version, Source as Place,
};
use crate::lang::{Branch, Definition, Guard};

use super::access::{Access, Style, Styles, Use, accesses, subject};
use super::source::{Lines, Source, binds, fold, mentions, quote, root};
use super::{DraftError, Drafter, Scene};

const FILE: &str = "grammars/late.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    /// Members that nothing has too.
    harmless: Vec<String>,
    /// Parts of the names of syntax nodes of which the inside runs only sometimes.
    aside: Vec<String>,
}

pub(super) struct LateCheck {
    pub assets: Assets,
}

impl Drafter for LateCheck {
    fn name(&self) -> &'static str {
        "misplaced check"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        let styles = Styles::load(&self.assets)?;
        let words: Words = toml::from_str(&self.assets.read(FILE)?.text)
            .map_err(|source| DraftError::Toml { file: FILE, source: Box::new(source) })?;
        let languages = scene.head.languages();
        let mut found = Vec::new();
        for path in scene.files {
            let Some(file) = scene.change.file(path) else { continue };
            if languages.is_test_path(path) {
                continue;
            }
            let Some(head) = scene.source(Version::New, path) else { continue };
            let Some(style) = styles.of(head) else { continue };
            let base = scene.source(Version::Old, file.base_path());
            let base = base.map(|b| Side { source: b, style, words: &words }.faults());
            let lines = Lines::of(file);
            let side = Side { source: head, style, words: &words };
            let old = base.unwrap_or_default();
            for fault in side.faults() {
                let fresh = lines.added.contains(&fault.check) || lines.added.contains(&fault.used);
                let known = old.iter().any(|o| o.name == fault.name && o.subject == fault.subject);
                if fresh && !known {
                    found.push(side.hypothesis(fault, scene.config.prior.late_check));
                }
            }
        }
        Ok(found)
    }
}

/// A check and a use that do not go together.
struct Fault {
    subject: String,
    /// Lines of both.
    check: u32,
    used: u32,
    /// The use stands where the check found nothing; else it stands before the check.
    inverted: bool,
    /// Qualified name of the function.
    name: String,
}

struct Side<'a, 'l> {
    source: &'a Source<'l>,
    style: &'a Style,
    words: &'a Words,
}

impl Side<'_, '_> {
    fn faults(&self) -> Vec<Fault> {
        let source = self.source;
        let guards = source.guards();
        let branches = source.branches();
        let mut found: Vec<Fault> = Vec::new();
        let mut all: BTreeMap<usize, Vec<Access>> = BTreeMap::new();
        for guard in guards.iter().filter(|g| g.kind == "null_check") {
            let Some(function) = source.function(&guard.range) else { continue };
            let Some((about, nothing)) = self.asks(guard) else { continue };
            let around = |b: &&Branch| {
                b.condition.start <= guard.range.start && guard.range.end <= b.condition.end
            };
            let branch = branches.iter().filter(around).max_by_key(|b| b.condition.len());
            if branch.is_some_and(|b| b.repeats) || source.broken(function) {
                continue;
            }
            let uses = all
                .entry(function.range.start)
                .or_insert_with(|| accesses(source, self.style, &function.range));
            let uses = uses.iter().filter(|a| {
                !a.safe
                    && !a.store
                    && a.subject == about
                    && self.fails(a)
                    && (a.range.end <= guard.range.start || a.range.start >= guard.range.end)
            });
            let uses: Vec<&Access> = uses.collect();
            let early = uses
                .iter()
                .find(|a| self.is_early(a, guard, &about, function, guards, branches))
                .map(|a| (a, false));
            let inside = || branch.and_then(|b| self.inside(b, &about, nothing, &uses));
            let fault = early.or_else(|| inside().map(|a| (a, true)));
            let Some((access, inverted)) = fault else { continue };
            let name = function.qualified.clone();
            if !found.iter().any(|f| f.name == name && f.subject == about) {
                let (check, used) = (guard.line, access.line);
                found.push(Fault { subject: about, check, used, inverted, name });
            }
        }
        found
    }

    /// What a check asks about, and whether it asks for nothing; `None` if it may ask for
    /// something else, such as emptiness.
    fn asks(&self, guard: &Guard) -> Option<(String, bool)> {
        let text = fold(self.source.slice(&guard.range));
        let nil = text.contains(".nil?");
        let explicit = self.style.nulls.iter().any(|n| mentions(&text, n));
        if !explicit && !nil {
            return None;
        }
        let about = subject(guard.subject.as_deref()?);
        let plain = about.chars().all(|c| c.is_alphanumeric() || "_.$@:".contains(c));
        if !plain || about.starts_with(char::is_uppercase) {
            return None;
        }
        let around = guard.condition.as_deref().unwrap_or(&text);
        let denied =
            around.contains(&format!("!{text}")) || around.contains(&format!("not {text}"));
        let unless =
            guard.text.trim_start().starts_with("unless ") || guard.text.contains(" unless ");
        let equal = ["is not", "!=", "<>"].iter().all(|o| !text.contains(o));
        (!unless).then_some((about, equal != denied))
    }

    /// Whether a use fails on nothing.
    fn fails(&self, access: &Access) -> bool {
        matches!(access.used, Use::Member | Use::Subscript)
            && !self.words.harmless.contains(&access.key)
    }

    /// Whether a use stands before a check that decides about it, with nothing between
    /// that makes it another value, and on the way to the check.
    fn is_early(
        &self,
        access: &Access,
        guard: &Guard,
        about: &str,
        function: &Definition,
        guards: &[Guard],
        branches: &[Branch],
    ) -> bool {
        let source = self.source;
        if access.range.end > guard.range.start || access.range.start < function.range.start {
            return false;
        }
        let same =
            self.style.function(source, &access.range) == self.style.function(source, &guard.range);
        let set = (access.line..=guard.line).any(|n| {
            let line = source.line(n);
            binds(line, root(about)) || binds(line, about) || line.contains(&format!("&{about}"))
        });
        // A check before the use, in the same function, of whatever sort.
        let covered = guards.iter().any(|g| {
            function.range.start <= g.range.start
                && g.range.start < access.range.start
                && g.subject.as_deref().is_some_and(|s| subject(s) == about)
        });
        // A use within a branch says nothing of what comes after it, and what a condition
        // decides about may stand before it (`x.name if x is not None else ...`).
        let aside = branches.iter().any(|b| {
            let holds = |r: &Range<usize>, inner: &Range<usize>| {
                r.start <= inner.start && inner.end <= r.end
            };
            let part = |r: &Range<usize>| holds(r, &access.range) && !holds(r, &guard.range);
            b.body.as_ref().is_some_and(part)
                || b.alternative.as_ref().is_some_and(part)
                || holds(&b.condition, &guard.range)
                    && holds(&b.range, &access.range)
                    && !holds(&b.condition, &access.range)
        });
        same && !set && !covered && !aside && !self.leaves_between(access, guard, function)
    }

    /// Whether the use stands in a case or a handler that the check is not in.
    fn leaves_between(&self, access: &Access, guard: &Guard, function: &Definition) -> bool {
        let mut node = self.source.node(&access.range);
        while let Some(here) = node {
            if here.start_byte() <= guard.range.start && guard.range.end <= here.end_byte()
                || here.byte_range() == function.range
            {
                return false;
            }
            if here.kind().split('_').any(|part| self.words.aside.iter().any(|a| a == part)) {
                return true;
            }
            node = here.parent();
        }
        false
    }

    /// A use within the branch that is taken where the value is nothing.
    fn inside<'u>(
        &self,
        branch: &Branch,
        about: &str,
        nothing: bool,
        uses: &'u [&'u Access],
    ) -> Option<&'u &'u Access> {
        let condition = fold(self.source.slice(&branch.condition));
        let joined = |signs: [&str; 2]| signs.iter().any(|s| condition.contains(s));
        let range = if nothing {
            (!joined(["||", " or "])).then_some(branch.body.clone()?)?
        } else {
            let any = joined(["&&", " and "]) || joined(["||", " or "]);
            (!any).then_some(branch.alternative.clone()?)?
        };
        let within = |a: &&&Access| range.start <= a.range.start && a.range.end <= range.end;
        let found = uses.iter().find(within)?;
        let before = self.source.text.get(..range.start).unwrap_or_default();
        let from = before.matches('\n').count() as u32 + 1;
        let set = (from..=found.line).any(|n| {
            let line = self.source.line(n);
            binds(line, root(about)) || binds(line, about)
        });
        let same = self.style.function(self.source, &found.range)
            == self.style.function(self.source, &branch.condition);
        (!set && same).then_some(found)
    }

    fn hypothesis(&self, fault: Fault, prior: f64) -> Hypothesis {
        let source = self.source;
        let Fault { subject, check, used, inverted, name } = fault;
        let nothing = self.style.nulls.first().map_or("empty", String::as_str);
        let line = |n: u32| source.line(n).trim().to_owned();
        let (title, mechanism) = if inverted {
            (
                format!("`{subject}` is used just where it is {nothing}"),
                format!(
                    "Line {check} asks whether `{subject}` is {nothing}, and line {used} uses it in the very branch where it is. That fails every time the branch is taken."
                ),
            )
        } else {
            (
                format!("`{subject}` is used before it is checked"),
                format!(
                    "Line {check} takes it that `{subject}` may be {nothing}, but line {used} has already used it. In that case the use fails before the check is reached."
                ),
            )
        };
        let quoted = |n: u32, note: &str| Evidence {
            source: Place::Diff { path: source.path.clone(), start: n, end: n, side: Version::New },
            quote: quote(&line(n), 1),
            note: Some(note.to_owned()),
        };
        Hypothesis {
            id: String::new(),
            origin: Origin::Rule,
            rule: Some("late_check".to_owned()),
            kind: "null_dereference".to_owned(),
            title,
            location: if inverted {
                Location::new(source.path.as_str(), check.min(used), check.max(used))
            } else {
                Location::line(source.path.as_str(), used)
            },
            symbol: Some(name),
            mechanism,
            assumption: format!("`{subject}` is not {nothing} at line {used}"),
            questions: vec![
                format!("Can `{subject}` be {nothing} at line {used}?"),
                "Is the check the one that is not needed?".to_owned(),
            ],
            prior: if inverted { prior.max(0.7) } else { prior },
            severity: 0.55,
            evidence: vec![quoted(used, "the use"), quoted(check, "the check")],
            fix: Some(Fix { patch: None, text: format!("Check `{subject}` before line {used}.") }),
            checked: vec![format!(
                "nothing between them gives `{subject}` another value (misplaced check)"
            )],
            unchecked: vec![format!("whether `{subject}` can be {nothing}")],
        }
    }
}
