//! Learns a model from a repository's past.

use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::RiskError;
use super::data::{DATA, Kinds};
use super::feature::{Facts, Memory, Row};
use super::fit::{Fit, Labelled};
use super::past::{self, Delta};
use super::trace::Faults;
use crate::change::{Depth, Repo};

const PRIOR: &str = include_str!("prior.toml");
const DAY: i64 = 86_400;

static BUILT_IN: LazyLock<Model> =
    LazyLock::new(|| toml::from_str(PRIOR).expect("prior.toml is checked by a test"));

/// Two fits: of whole changes, and of files in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub change: Fit,
    pub file: Fit,
}

impl Model {
    /// What holds of repositories in general, learned by `benches/risk`.
    pub fn prior() -> &'static Self {
        &BUILT_IN
    }

    /// Learns from what was known after the first `until` changes.
    pub fn learn(history: &History, until: usize, prior: &Self) -> Self {
        Self::learn_with(history, until, prior, DATA.model.prior_weight, DATA.model.rate_weight)
    }

    /// Like [`Self::learn`], with other weights of the prior, in changes.
    pub fn learn_with(
        history: &History,
        until: usize,
        prior: &Self,
        weight: f64,
        rate_weight: f64,
    ) -> Self {
        let range = history.usable(until);
        let changes = history.changes(range.clone(), until);
        let files = history.files(range, until);
        let now = history.past[..until].last().map_or(0, |delta| delta.time);
        // Files of one change are not independent: the prior weighs as many changes.
        let per_change = files.len() as f64 / changes.len().max(1) as f64;
        let fit = |examples: &[Example<'_>], prior: &Fit, times: f64| {
            let rows: Vec<Labelled<'_>> = examples.iter().map(|e| e.labelled(now)).collect();
            Fit::learn(&rows, prior, weight * times, rate_weight * times)
        };
        Self {
            change: fit(&changes, &prior.change, 1.0),
            file: fit(&files, &prior.file, per_change.max(1.0)),
        }
    }

    /// Hash of all its numbers.
    pub fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// The past of a main line, with what each change turned out to be.
#[derive(Debug)]
pub struct History {
    past: Vec<Delta>,
    facts: Vec<Facts>,
    faults: Faults,
}

/// A change or file that a model learns from or is measured on.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    pub row: &'a Row,
    /// A later fix removed lines that it had brought in.
    pub faulty: bool,
    /// Lines added and removed.
    pub lines: u32,
    /// Seconds since the epoch.
    pub time: i64,
}

impl<'a> Example<'a> {
    /// The example as a model learns from it: the older, the less it counts.
    pub fn labelled(&self, now: i64) -> Labelled<'a> {
        let days = (now - self.time).max(0) as f64 / DAY as f64;
        let weight = 0.5f64.powf(days / DATA.model.half_life);
        Labelled { row: self.row, label: self.faulty, weight }
    }
}

impl History {
    /// Reads the last `count` changes of the main line that ends in `head`.
    pub fn read(
        repo: &Repo,
        head: &str,
        count: usize,
        kinds: &Kinds<'_>,
    ) -> Result<Self, RiskError> {
        let past = past::read(repo, head, count, Depth::Lines, kinds)?;
        let faults = Faults::trace(&past);
        let mut memory = Memory::default();
        let mut facts = Vec::with_capacity(past.len());
        for delta in &past {
            facts.push(memory.look(delta));
            memory.take(delta);
        }
        Ok(Self { past, facts, faults })
    }

    pub fn len(&self) -> usize {
        self.past.len()
    }

    pub fn is_empty(&self) -> bool {
        self.past.is_empty()
    }

    /// How many changes say that they repair something.
    pub fn fixes(&self) -> usize {
        self.past.iter().filter(|d| d.fix).count()
    }

    /// The changes to learn from when `until` is now: not the first, of which the past is
    /// not known, nor the last, which had no time to be fixed.
    pub fn usable(&self, until: usize) -> Range<usize> {
        let rules = &DATA.past;
        let warm = (self.past.len() as f64 * rules.warm_share) as usize;
        let warm = warm.min(rules.warm_commits);
        let Some(last) = until.checked_sub(1).and_then(|n| self.past.get(n)) else { return 0..0 };
        let delays = self.faults.delays(&self.past, until);
        let [least, most] = DATA.trace.settle_days;
        let nth = (delays.len() as f64 * DATA.trace.settle_share) as usize;
        let delay = delays.get(nth).copied().unwrap_or(0).clamp(least * DAY, most * DAY);
        let end = self.past[..until].partition_point(|d| d.time <= last.time - delay);
        warm.min(end)..end
    }

    /// The changes of a range that touch source, as they were known after the change of
    /// number `until`. Those that begin a history and sweeps are none.
    pub fn changes(&self, range: Range<usize>, until: usize) -> Vec<Example<'_>> {
        let example = |n: usize| {
            let (delta, facts) = (&self.past[n], &self.facts[n]);
            let of = || (0..).zip(&delta.files).filter(|(_, f)| f.kind.is_source());
            let exists = delta.is_lesson() && of().any(|(_, f)| f.lines > 0);
            exists.then(|| Example {
                row: &facts.change,
                faulty: of().any(|(m, _)| self.faults.file(n, m, until)),
                lines: of().map(|(_, f)| f.lines).sum(),
                time: delta.time,
            })
        };
        range.filter_map(example).collect()
    }

    /// The source files of the same changes. Deleted ones and mere renames are none.
    pub fn files(&self, range: Range<usize>, until: usize) -> Vec<Example<'_>> {
        let mut found = Vec::new();
        for n in range.filter(|n| self.past[*n].is_lesson()) {
            let files = self.past[n].files.iter().zip(&self.facts[n].files).enumerate();
            found.extend(files.filter_map(|(m, (file, row))| {
                let row = row.as_ref().filter(|_| !file.gone && file.lines > 0)?;
                let faulty = self.faults.file(n, m, until);
                Some(Example { row, faulty, lines: file.lines, time: self.past[n].time })
            }));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_is_valid_and_names_only_features_that_there_are() {
        let prior: Model = toml::from_str(PRIOR).unwrap();
        for term in prior.change.terms.iter().chain(&prior.file.terms) {
            assert!(super::super::NAMES.contains(&term.name.as_str()), "{}", term.name);
            assert!(term.deviation > 0.0 && term.weight.is_finite(), "{}", term.name);
        }
        assert!(!prior.change.terms.is_empty() && !prior.file.terms.is_empty());
    }
}
