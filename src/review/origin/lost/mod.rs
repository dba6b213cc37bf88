//! What a function did before the change and no longer does, while what it did it for
//! is still there: a condition, a handler, a lock, the end of something begun.
//!
//! `guard` knows what a check is for and what fails without it. Here little is known of
//! the meaning: one function lost it, no other line of the change takes it over, and the
//! code that it protected still runs. So it says less, and with a lower prior.

mod condition;
mod handler;
mod part;

use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;

use crate::asset::Assets;
use crate::change::ChangedFile;
use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::lang::{Definition, Guard};

use super::access::{Style, Styles};
use super::source::{Compared, Lines, Source, quote, removal_point};
use super::{DraftError, Drafter, Scene};
use part::flat;

const FILE: &str = "grammars/lost.toml";

/// A function of which a larger share is gone was rewritten, and is not compared.
const MOST_GONE: f64 = 0.5;
/// Things that one function may lose before it counts as rewritten.
const MOST_LOST: usize = 2;
/// Most lines of a quote.
const QUOTED: usize = 6;

pub(super) struct Lost {
    pub assets: Assets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    leaves: String,
    keywords: Vec<String>,
    intended: String,
    nothing: String,
    size: String,
    zero: String,
    counted: String,
    broad: String,
    asks: String,
    narrows: String,
    pairs: Vec<(String, String)>,
    kinds: Vec<Kind>,
}

/// A kind of protection that is a call or a statement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    /// One of `lang::GUARD_KINDS`.
    guard: String,
    /// A file of `prompts/guidelines/`.
    kind: String,
    severity: f64,
    /// What the code did, in words that fit behind "no longer".
    does: String,
}

struct Words {
    leaves: Regex,
    keywords: Vec<String>,
    intended: Regex,
    nothing: Regex,
    size: Regex,
    zero: Regex,
    /// Uses that fail on something empty, or on zero.
    counted: Regex,
    /// Names of errors that stand for all others.
    broad: Regex,
    /// Lines that may hold a condition.
    asks: Regex,
    /// What leaves some of a list out.
    narrows: Regex,
    /// Beginnings of names of calls: what begins something, and what ends it.
    pairs: Vec<(Regex, Regex)>,
    kinds: Vec<Kind>,
}

impl Words {
    fn load(assets: &Assets) -> Result<Self, DraftError> {
        let text = assets.read(FILE)?.text;
        let file: File = toml::from_str(&text)
            .map_err(|source| DraftError::Toml { file: FILE, source: Box::new(source) })?;
        let regex = |text: &str| {
            Regex::new(text)
                .map_err(|source| DraftError::Pattern { file: FILE, source: Box::new(source) })
        };
        let pair = |(first, second): &(String, String)| Ok((regex(first)?, regex(second)?));
        Ok(Self {
            leaves: regex(&file.leaves)?,
            keywords: file.keywords,
            intended: regex(&file.intended)?,
            nothing: regex(&file.nothing)?,
            size: regex(&file.size)?,
            zero: regex(&file.zero)?,
            counted: regex(&file.counted)?,
            broad: regex(&file.broad)?,
            asks: regex(&file.asks)?,
            narrows: regex(&file.narrows)?,
            pairs: file.pairs.iter().map(pair).collect::<Result<_, DraftError>>()?,
            kinds: file.kinds,
        })
    }
}

impl Drafter for Lost {
    fn name(&self) -> &'static str {
        "lost protection"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        let words = Words::load(&self.assets)?;
        let styles = Styles::load(&self.assets)?;
        let subjects = scene.change.commits.iter().map(|c| c.subject.as_str());
        let told = scene.change.description.lines().next().unwrap_or_default();
        if subjects.chain([told]).any(|m| words.intended.is_match(m)) {
            return Ok(Vec::new());
        }
        // What any file adds may be where it went.
        let added = scene.change.files.iter().flat_map(ChangedFile::added_lines);
        let added_lines: Vec<&str> = added.map(|(_, line)| line).collect();
        let added: String = added_lines.iter().map(|line| flat(line)).collect();
        let mut found = Vec::new();
        for Compared { file, lines, base, head } in scene.compared() {
            let Some(style) = styles.of(head) else { continue };
            let altered = |d: &&Definition| {
                d.kind.is_callable() && lines.added.range(d.start..=d.end).next().is_some()
            };
            let altered = head.definitions.iter().filter(altered).map(|d| d.name.clone()).collect();
            let (words, added, added_lines) = (&words, &added, &added_lines);
            let search =
                Search { file, base, head, style, lines, altered, words, added, added_lines };
            found.extend(search.run(&scene.config.prior));
        }
        Ok(found)
    }
}

struct Search<'a> {
    file: &'a ChangedFile,
    base: &'a Source<'a>,
    head: &'a Source<'a>,
    style: &'a Style,
    lines: Lines,
    /// Functions of the file to which the change adds something.
    altered: Vec<String>,
    words: &'a Words,
    /// What the whole change adds, as `flat` writes it.
    added: &'a str,
    added_lines: &'a [&'a str],
}

/// One function on both sides.
struct Both<'a> {
    old: &'a Definition,
    new: &'a Definition,
    /// Their texts as `flat` writes them.
    before: String,
    after: String,
}

/// Something that a function lost.
struct Loss {
    /// Which kind of loss.
    rule: &'static str,
    /// Base lines to show.
    start: u32,
    end: u32,
    /// The base line that is gone.
    line: u32,
    kind: String,
    severity: f64,
    prior: f64,
    title: String,
    mechanism: String,
    assumption: String,
    questions: Vec<String>,
    fix: String,
    checked: String,
}

impl Search<'_> {
    fn run(&self, prior: &crate::config::Prior) -> Vec<Hypothesis> {
        let old = self.base.branches();
        let new = self.head.branches();
        let (guards, after) = (self.base.guards(), self.head.guards());
        let mut found: Vec<(String, Hypothesis)> = Vec::new();
        for both in self.functions() {
            // A handler that came with the change may expect the failure.
            let tries = |all: &[Guard], d: &Definition| {
                let inside =
                    |g: &&Guard| d.range.start <= g.range.start && g.range.end <= d.range.end;
                all.iter().filter(inside).filter(|g| g.kind == "try").count()
            };
            let handled = tries(after, both.new) > tries(guards, both.old);
            if handled {
                continue;
            }
            let mut lost = self.conditions(&both, old, new, prior.lost_condition);
            lost.extend(self.handlers(&both, guards, after, prior.lost_guard));
            lost.extend(self.protections(&both, guards, after, prior.lost_guard));
            lost.extend(self.ends(&both, prior.lost_guard));
            lost.sort_by_key(|l| l.line);
            lost.dedup_by_key(|l| l.line);
            // The same on several paths is one loss.
            let mut titles = BTreeSet::new();
            lost.retain(|l| titles.insert(l.title.clone()));
            if lost.len() > MOST_LOST {
                continue;
            }
            for one in lost {
                let what = one.title.replacen(&format!("`{}`", both.new.name), "", 1);
                let one = self.hypothesis(&both, one);
                match found.iter_mut().find(|(same, h)| *same == what && h.rule == one.rule) {
                    Some((_, first)) => join(first, one),
                    None => found.push((what, one)),
                }
            }
        }
        found.into_iter().map(|(_, hypothesis)| hypothesis).collect()
    }

    /// Functions of which some lines are gone, but not most, and that both sides have.
    fn functions(&self) -> Vec<Both<'_>> {
        let both = |old: &Definition| {
            self.lines.removed.range(old.start..=old.end).next()?;
            let old = self.base.only(&old.qualified)?;
            let new = self.head.only(&old.qualified)?;
            if self.base.broken(old) || self.head.broken(new) {
                return None;
            }
            let before = flat(self.base.slice(&old.range));
            let after = flat(self.head.slice(&new.range));
            // A line that only stands further in or out is not gone.
            let lines: BTreeSet<String> =
                (new.start..=new.end).map(|n| flat(self.head.line(n))).collect();
            let is_gone = |n: &&u32| !lines.contains(&flat(self.base.line(**n)));
            let gone = self.lines.removed.range(old.start..=old.end).filter(is_gone).count();
            let all = old.end.saturating_sub(old.start) + 1;
            (gone as f64 / f64::from(all) <= MOST_GONE).then_some(Both { old, new, before, after })
        };
        self.base.definitions.iter().filter(|d| d.kind.is_callable()).filter_map(both).collect()
    }

    /// Whether the innermost function around some bytes of the base is that one.
    fn owns(&self, both: &Both<'_>, range: &std::ops::Range<usize>) -> bool {
        self.base.function(range).is_some_and(|d| d.range == both.old.range)
    }

    fn hypothesis(&self, both: &Both<'_>, lost: Loss) -> Hypothesis {
        let place = removal_point(self.file, lost.line).unwrap_or(both.new.start);
        let evidence = Evidence {
            source: Place::Diff {
                path: self.base.path.clone(),
                start: lost.start,
                end: lost.end,
                side: Side::Old,
            },
            quote: quote(&self.base.lines(lost.start, lost.end), QUOTED),
            note: Some("what the change takes away".to_owned()),
        };
        Hypothesis {
            id: String::new(),
            origin: Origin::Rule,
            rule: Some(lost.rule.to_owned()),
            kind: lost.kind,
            title: lost.title,
            location: Location::line(self.head.path.as_str(), place),
            symbol: Some(both.new.qualified.clone()),
            mechanism: lost.mechanism,
            assumption: lost.assumption,
            questions: lost.questions,
            prior: lost.prior,
            severity: lost.severity,
            evidence: vec![evidence],
            fix: Some(Fix { patch: None, text: lost.fix }),
            checked: vec![
                lost.checked,
                format!("what it protected is still in `{}`", both.new.name),
            ],
            unchecked: vec!["whether callers outside the change take it over".to_owned()],
        }
    }
}

/// Adds that another function of the file lost the same: one cause is one finding.
fn join(first: &mut Hypothesis, other: Hypothesis) {
    let name = other.symbol.as_deref().unwrap_or_default();
    first.mechanism.push_str(&format!(" So did `{name}` (line {}).", other.location.start));
    first.evidence.extend(other.evidence);
}
