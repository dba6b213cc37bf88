//! Whether a finding means an expected bug: its lines meet those of the bug, and the
//! two descriptions agree.

use std::collections::BTreeMap;

use super::judge::{Judge, is_open};
use super::{Rule, is_own};
use crate::engine::{EmbedKind, Embedder, cosine};
use crate::eval::EvalError;
use crate::eval::dataset::{Bug, Facts, Place};
use crate::eval::record::{Predicted, Run};
use crate::finding::{Location, words};

/// The rule with what it needs to know of the descriptions of a run.
pub(super) struct Meaning {
    distance: u32,
    /// Cosine from which descriptions agree; `None`: they are not compared.
    threshold: Option<f32>,
    /// Embedded descriptions; empty where they are not compared.
    vectors: BTreeMap<String, Vec<f32>>,
    /// What a judge said of a finding's words and a description.
    answers: BTreeMap<(String, String), bool>,
}

impl Meaning {
    /// Embeds every text once, and asks the judge of each pair that the cosine leaves open.
    pub fn compute(
        run: &Run,
        rule: &Rule,
        embedder: Option<&dyn Embedder>,
        judge: Option<&Judge>,
    ) -> Result<Self, EvalError> {
        let threshold = rule.descriptions.as_ref().map(|d| d.threshold);
        let mut meaning = Self {
            distance: rule.distance,
            threshold,
            vectors: BTreeMap::new(),
            answers: BTreeMap::new(),
        };
        let Some(embedder) = embedder.filter(|_| threshold.is_some()) else { return Ok(meaning) };
        meaning.embed(run, embedder)?;
        if let (Some(judge), Some(threshold)) = (judge, threshold) {
            meaning.ask(run, judge, threshold)?;
        }
        Ok(meaning)
    }

    /// Pairs that a judge decided.
    pub fn judged(&self) -> usize {
        self.answers.len()
    }

    fn embed(&mut self, run: &Run, embedder: &dyn Embedder) -> Result<(), EvalError> {
        let vectors = &mut self.vectors;
        for chosen in &run.info.cases {
            let (findings, expected) = (claims(run, &chosen.facts), expected(&chosen.facts));
            // Only where both are there can they be compared.
            if !findings.is_empty() && !expected.is_empty() {
                vectors.extend(findings.iter().map(|f| (said(f), Vec::new())));
                vectors.extend(expected.into_iter().map(|text| (text.to_owned(), Vec::new())));
            }
        }
        let texts: Vec<String> = vectors.keys().cloned().collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if !texts.is_empty() {
            let found = embedder.embed(&texts, EmbedKind::Passage)?;
            vectors.values_mut().zip(found).for_each(|(slot, vector)| *slot = vector);
        }
        Ok(())
    }

    /// Asks of the pairs whose places meet and whose cosine is near the threshold.
    fn ask(&mut self, run: &Run, judge: &Judge, threshold: f32) -> Result<(), EvalError> {
        for facts in run.info.cases.iter().map(|c| &c.facts) {
            for finding in claims(run, facts) {
                let place = &finding.location;
                let bugs = facts.bugs.iter().filter(|b| self.is_at(place, b));
                let rejects = facts.rejects.iter().filter(|r| self.near(place, &r.locations));
                let descriptions: Vec<&str> = bugs
                    .map(|b| b.description.as_str())
                    .chain(rejects.map(|r| r.description.as_str()))
                    .collect();
                for description in descriptions {
                    let Some(cosine) = self.similarity(&finding, description) else { continue };
                    let pair = (said(&finding), description.to_owned());
                    if is_open(cosine, threshold) && !self.answers.contains_key(&pair) {
                        let same = judge.is_same(description, &pair.0)?;
                        self.answers.insert(pair, same);
                    }
                }
            }
        }
        Ok(())
    }

    /// The similarity of a finding and a bug if lines alone decide; `None` where they do
    /// not meet, or the bug has none.
    pub fn by_lines(&self, finding: &Predicted, bug: &Bug) -> Option<f64> {
        let near = bug.has_lines() && self.near(&finding.location, &bug.locations);
        near.then(|| self.similarity(finding, &bug.description).map_or(0.0, f64::from))
    }

    /// The similarity of a finding and a bug that it means by the rule. Where the bug has
    /// no lines, words decide among the findings in its files; without words, nothing does.
    pub fn of(&self, finding: &Predicted, bug: &Bug) -> Option<f64> {
        if !self.is_at(&finding.location, bug) {
            return None;
        }
        match self.threshold {
            None => self.by_lines(finding, bug),
            Some(_) => self.agrees(finding, &bug.description),
        }
    }

    /// Whether a finding means a remark that is known to be wrong.
    pub fn is_rejected(&self, finding: &Predicted, facts: &Facts) -> bool {
        let near = facts.rejects.iter().filter(|r| self.near(&finding.location, &r.locations));
        let mut near = near.filter(|r| match self.threshold {
            None => true,
            Some(_) => self.agrees(finding, &r.description).is_some(),
        });
        near.next().is_some()
    }

    /// The cosine with the most similar of the bugs that it could mean by its place.
    pub fn nearest(&self, finding: &Predicted, bugs: &[Bug]) -> Option<f32> {
        bugs.iter()
            .filter(|b| self.is_at(&finding.location, b))
            .filter_map(|b| self.similarity(finding, &b.description))
            .reduce(f32::max)
    }

    /// The cosine, if the descriptions agree.
    fn agrees(&self, finding: &Predicted, description: &str) -> Option<f64> {
        let cosine = self.similarity(finding, description)?;
        let judged = match self.answers.is_empty() {
            true => None,
            false => self.answers.get(&(said(finding), description.to_owned())).copied(),
        };
        let agrees = judged.unwrap_or_else(|| self.threshold.is_none_or(|t| cosine >= t));
        agrees.then_some(f64::from(cosine))
    }

    fn similarity(&self, finding: &Predicted, description: &str) -> Option<f32> {
        let a = self.vectors.get(&said(finding))?;
        let b = self.vectors.get(description)?;
        Some(cosine(a, b))
    }

    /// Whether a place may be the bug's: near its lines, or in its files.
    fn is_at(&self, place: &Location, bug: &Bug) -> bool {
        match &bug.files {
            None => self.near(place, &bug.locations),
            Some(files) => files.is_empty() || files.contains(&place.path),
        }
    }

    fn near(&self, place: &Location, places: &[Place]) -> bool {
        meets(place, places, self.distance)
    }
}

/// The findings of a case and the hypotheses that were dropped.
fn claims(run: &Run, facts: &Facts) -> Vec<Predicted> {
    let Some(record) = run.records.get(&facts.id) else { return Vec::new() };
    let dropped = record.dropped.iter().filter(|d| is_own(d)).map(Predicted::of_dropped);
    record.findings.iter().cloned().chain(dropped).collect()
}

/// The descriptions of bugs and rejects.
fn expected(facts: &Facts) -> Vec<&str> {
    let bugs = facts.bugs.iter().map(|b| b.description.as_str());
    bugs.chain(facts.rejects.iter().map(|r| r.description.as_str())).collect()
}

/// What a finding says, as it is compared.
fn said(finding: &Predicted) -> String {
    words(&finding.title, &finding.short)
}

/// Whether a finding's lines meet one of some places.
pub(super) fn meets(finding: &Location, places: &[Place], distance: u32) -> bool {
    places.iter().any(|place| {
        let after = finding.start.saturating_sub(place.end);
        let before = place.start.saturating_sub(finding.end);
        place.file == finding.path && after.max(before) <= distance
    })
}
