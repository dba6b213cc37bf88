//! Scores a run: which findings are right, which bugs were found, and the figures
//! that follow.
//!
//! A finding is right when it means an expected bug: its lines meet one of the
//! bug's locations, and the two descriptions agree (`meaning`). Each bug takes one
//! finding, so a second one on the same bug is false (`pairing`).

mod agree;
mod assign;
mod bootstrap;
mod calibration;
mod figure;
mod judge;
mod meaning;
mod pairing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EvalError;
use super::dataset::{Bug, Category, Facts, Half, Label, Severity};
use super::record::{CaseRecord, Outcome, Predicted, Run, SCHEMA};
use crate::engine::Embedder;
use crate::finding::{Location, Origin};
use crate::review::{Cause, Dropped};

pub use agree::{Pair, Threshold, choose, known, pairs, threshold};
pub use bootstrap::{DRAWS, Interval};
pub use calibration::{Bin, bins, brier, expected_error};
pub use figure::{Figure, Figures, Lens, Measure, Point, compute, curve};
pub use judge::{Judge, Judged};

use meaning::Meaning;
use pairing::{Hidden, Pairing};

pub(super) use bootstrap::paired;
pub(super) use figure::confidences;

/// How findings and expected bugs are matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Lines between a finding and a location that still meet.
    pub distance: u32,
    /// How descriptions are compared; `None`: they are not.
    pub descriptions: Option<Threshold>,
    /// The model that decides where their cosine is near the threshold, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judged>,
    /// Findings below this confidence are left out.
    pub min_confidence: f64,
}

/// The result of scoring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub schema: u32,
    pub dataset: String,
    /// Hash of the whole dataset.
    pub dataset_hash: String,
    pub rule: Rule,
    /// Cases by how they ended; `not run` for those that did not.
    pub outcomes: BTreeMap<String, usize>,
    /// Over all cases that were reviewed.
    pub all: Figures,
    /// The same with lines alone deciding what is right.
    pub by_lines: Figures,
    pub groups: Vec<Group>,
    /// Expected bugs of reviewed cases whose lines nobody knows: words alone decide.
    #[serde(default)]
    pub without_lines: usize,
    /// Pairs of descriptions that the judge decided.
    #[serde(default)]
    pub judged: usize,
    /// Remarks that are known to be wrong, in all reviewed cases.
    #[serde(default)]
    pub rejects: usize,
    /// False findings that mean one of them.
    #[serde(default)]
    pub rejected: usize,
    /// Dropped hypotheses that mean one of them.
    #[serde(default)]
    pub rejects_dropped: usize,
    pub cases: Vec<CaseScore>,
}

/// Figures of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// `language`, `kind`, `origin`, `half`, `tag` or `severity`.
    pub by: String,
    pub name: String,
    pub figures: Figures,
}

/// A case with what became of its bugs and findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseScore {
    pub id: String,
    /// Hash of what the review saw.
    pub hash: String,
    pub title: String,
    pub language: String,
    pub label: Label,
    pub half: Option<Half>,
    pub tags: Vec<String>,
    /// `None` if it did not run.
    pub outcome: Option<Outcome>,
    pub seconds: f64,
    pub tokens: usize,
    pub bugs: Vec<BugScore>,
    pub findings: Vec<FindingScore>,
    /// Hypotheses that were not shown: those that the review dropped, but for
    /// duplicates of others, and findings below the rule's confidence.
    #[serde(default)]
    pub dropped: Vec<DroppedScore>,
}

impl CaseScore {
    pub fn is_reviewed(&self) -> bool {
        self.outcome == Some(Outcome::Reviewed)
    }

    /// Bugs that count.
    pub fn counted(&self) -> impl Iterator<Item = &BugScore> {
        self.bugs.iter().filter(|b| b.counts)
    }

    pub fn found(&self) -> usize {
        self.counted().filter(|b| b.found_by.is_some()).count()
    }

    pub fn false_findings(&self) -> usize {
        self.findings.iter().filter(|f| f.hit == Hit::False).count()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BugScore {
    pub kind: Option<String>,
    pub category: Category,
    pub severity: Severity,
    pub description: String,
    /// Its first location, `path:start-end`; its files where it has no lines.
    pub place: String,
    /// Whether finding or missing it counts; without lines it does only where
    /// descriptions are compared.
    pub counts: bool,
    #[serde(default = "yes")]
    pub has_lines: bool,
    /// Index of the finding.
    pub found_by: Option<usize>,
    /// The same with lines alone deciding.
    pub found_by_lines: Option<usize>,
}

/// What scores of earlier versions do not say.
fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingScore {
    pub id: String,
    pub origin: Origin,
    #[serde(default)]
    pub rule: Option<String>,
    pub kind: String,
    pub title: String,
    pub location: Location,
    /// Probability before verification; 0 in runs of earlier versions.
    #[serde(default)]
    pub prior: f64,
    pub severity: f64,
    pub confidence: f64,
    pub hit: Hit,
    /// The same with lines alone deciding.
    pub hit_by_lines: Hit,
    /// Cosine with the nearest expected bug whose lines it meets.
    pub similarity: Option<f32>,
    /// It is false, and means a remark that is known to be wrong.
    #[serde(default)]
    pub rejected: bool,
}

/// A hypothesis that was not shown, and what it would have been worth. Figures leave it
/// out; curves and calibration need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedScore {
    pub origin: Origin,
    pub rule: Option<String>,
    pub kind: String,
    pub title: String,
    pub location: Location,
    pub prior: f64,
    pub severity: f64,
    /// `None` where it was dropped before it had a verdict.
    pub confidence: Option<f64>,
    pub cause: Cause,
    /// `Right` if it means a bug that nothing shown, and nothing of more confidence that
    /// was dropped for its confidence, means.
    pub hit: Hit,
    /// The same with lines alone deciding.
    pub hit_by_lines: Hit,
    /// It means a remark that is known to be wrong: the review was right to drop it.
    pub rejected: bool,
}

/// What a finding is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// It means an expected bug.
    Right,
    /// It means none, or one that another finding means already.
    False,
    /// It means a remark that counts neither way.
    Neutral,
}

/// Scores a run. Without `embedder` the rule must not compare descriptions; `judge` is
/// asked only where it does.
pub fn score(
    run: &Run,
    rule: &Rule,
    embedder: Option<&dyn Embedder>,
    judge: Option<&Judge>,
) -> Result<Score, EvalError> {
    let meaning = Meaning::compute(run, rule, embedder, judge)?;
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    for chosen in &run.info.cases {
        let record = run.records.get(&chosen.facts.id);
        let name = record.map_or("not run", |r| r.outcome.name());
        *outcomes.entry(name.to_owned()).or_default() += 1;
        cases.push(case_score(&chosen.facts, &chosen.hash, record, rule, &meaning));
    }
    let all: Vec<&CaseScore> = cases.iter().filter(|c| c.is_reviewed()).collect();
    let rejected = all.iter().flat_map(|c| &c.findings).filter(|f| f.rejected).count();
    let rejects_dropped = all.iter().flat_map(|c| &c.dropped).filter(|d| d.rejected).count();
    let reviewed = run.info.cases.iter().zip(&cases).filter(|(_, case)| case.is_reviewed());
    Ok(Score {
        rejects: reviewed.map(|(chosen, _)| chosen.facts.rejects.len()).sum(),
        rejected,
        rejects_dropped,
        judged: meaning.judged(),
        without_lines: all.iter().flat_map(|c| &c.bugs).filter(|b| !b.has_lines).count(),
        schema: SCHEMA,
        dataset: run.info.dataset.name.clone(),
        dataset_hash: run.info.dataset.hash.clone(),
        rule: rule.clone(),
        outcomes,
        all: Figures::of(&all, &Lens::default()),
        by_lines: Figures::of(&all, &Lens { by_lines: true, ..Lens::default() }),
        groups: groups(&all),
        cases,
    })
}

/// Whether a dropped hypothesis is not another one's duplicate.
fn is_own(dropped: &Dropped) -> bool {
    !matches!(dropped.cause, Cause::SamePlace | Cause::SameBug | Cause::Unstated)
}

/// What became of the bugs and findings of a case.
fn case_score(
    facts: &Facts,
    hash: &str,
    record: Option<&CaseRecord>,
    rule: &Rule,
    meaning: &Meaning,
) -> CaseScore {
    let all = record.into_iter().flat_map(|r| &r.findings);
    let (findings, below): (Vec<&Predicted>, Vec<&Predicted>) =
        all.partition(|f| f.confidence >= rule.min_confidence);
    let bugs = &facts.bugs;
    let compares = rule.descriptions.is_some();
    let pairing = Pairing::of(&findings, bugs, &|f, b| meaning.of(f, b), compares);
    let lines = Pairing::of(&findings, bugs, &|f, b| meaning.by_lines(f, b), false);
    let below = below.into_iter().map(Hidden::below);
    let dropped = record.into_iter().flat_map(|r| &r.dropped).filter(|d| is_own(d));
    let hidden: Vec<Hidden> = below.chain(dropped.map(Hidden::of)).collect();
    let rejected: Vec<bool> =
        hidden.iter().map(|h| meaning.is_rejected(&h.finding, facts)).collect();
    let hidden_hits = pairing.hidden(&hidden, bugs, &|f, b| meaning.of(f, b));
    let hidden_by_lines = lines.hidden(&hidden, bugs, &|f, b| meaning.by_lines(f, b));
    CaseScore {
        id: facts.id.clone(),
        hash: hash.to_owned(),
        title: facts.title.clone(),
        language: facts.language.clone(),
        label: facts.label,
        half: facts.half,
        tags: facts.tags.clone(),
        outcome: record.map(|r| r.outcome.clone()),
        seconds: record.map_or(0.0, |r| r.seconds),
        tokens: record.map_or(0, |r| r.tokens.all()),
        bugs: bugs
            .iter()
            .enumerate()
            .map(|(n, bug)| BugScore {
                kind: bug.kind.clone(),
                category: bug.category,
                severity: bug.severity,
                description: bug.description.clone(),
                place: place_of(bug),
                counts: bug.counts() && (compares || bug.has_lines()),
                has_lines: bug.has_lines(),
                found_by: pairing.found[n],
                found_by_lines: lines.found[n],
            })
            .collect(),
        findings: findings
            .iter()
            .enumerate()
            .map(|(n, f)| FindingScore {
                id: f.id.clone(),
                origin: f.origin,
                rule: f.rule.clone(),
                kind: f.kind.clone(),
                title: f.title.clone(),
                location: f.location.clone(),
                prior: f.prior,
                severity: f.severity,
                confidence: f.confidence,
                hit: pairing.hits[n],
                hit_by_lines: lines.hits[n],
                similarity: meaning.nearest(f, bugs),
                rejected: pairing.hits[n] == Hit::False && meaning.is_rejected(f, facts),
            })
            .collect(),
        dropped: hidden
            .into_iter()
            .enumerate()
            .map(|(n, h)| DroppedScore {
                origin: h.finding.origin,
                rule: h.finding.rule,
                kind: h.finding.kind,
                title: h.finding.title,
                location: h.finding.location,
                prior: h.finding.prior,
                severity: h.finding.severity,
                confidence: h.confidence,
                cause: h.cause,
                hit: hidden_hits[n],
                hit_by_lines: hidden_by_lines[n],
                rejected: rejected[n],
            })
            .collect(),
    }
}

/// Where a bug is, for people: its first lines, else its files.
fn place_of(bug: &Bug) -> String {
    match (&bug.files, bug.locations.first()) {
        (None, Some(p)) => Location::new(p.file.as_str(), p.start, p.end).to_string(),
        (Some(files), _) if !files.is_empty() => files.join(", "),
        _ => "some file of the change".to_owned(),
    }
}

/// The parts that have figures of their own.
fn groups(cases: &[&CaseScore]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut by_case = |by: &str, names: &dyn Fn(&CaseScore) -> Vec<String>| {
        let mut parts: BTreeMap<String, Vec<&CaseScore>> = BTreeMap::new();
        for case in cases {
            for name in names(case) {
                parts.entry(name).or_default().push(case);
            }
        }
        groups.extend(parts.into_iter().map(|(name, part)| Group {
            by: by.to_owned(),
            name,
            figures: Figures::of(&part, &Lens::default()),
        }));
    };
    by_case("half", &|c| c.half.map(|h| h.as_str().to_owned()).into_iter().collect());
    by_case("language", &|c| vec![c.language.clone()]);
    by_case("tag", &|c| c.tags.clone());
    let mut by_lens = |by: &str, names: Vec<String>, lens: &dyn Fn(&str) -> Lens| {
        groups.extend(names.into_iter().map(|name| Group {
            by: by.to_owned(),
            figures: Figures::of(cases, &lens(&name)),
            name,
        }));
    };
    let sorted = |names: &mut dyn Iterator<Item = String>| {
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let bugs = || cases.iter().flat_map(|c| c.counted());
    let findings = || cases.iter().flat_map(|c| &c.findings);
    let kinds = bugs().filter_map(|b| b.kind.clone()).chain(findings().map(|f| f.kind.clone()));
    by_lens("kind", sorted(&mut { kinds }), &|kind| Lens {
        kind: Some(kind.to_owned()),
        ..Lens::default()
    });
    let origins = findings().map(|f| f.origin.as_str().to_owned());
    by_lens("origin", sorted(&mut { origins }), &|origin| Lens {
        origin: Some(origin.to_owned()),
        ..Lens::default()
    });
    let severities = bugs().map(|b| figure::severity_name(b.severity).to_owned());
    by_lens("severity", sorted(&mut { severities }), &|severity| Lens {
        severity: Some(severity.to_owned()),
        ..Lens::default()
    });
    groups
}

#[cfg(test)]
pub(super) mod tests;
