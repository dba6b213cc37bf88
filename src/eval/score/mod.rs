//! Scores a run: which findings are right, which bugs were found, and the figures
//! that follow.
//!
//! A finding is right when it means an expected bug: its lines meet one of the
//! bug's locations, and the two descriptions agree. Each bug takes one finding, so
//! a second one on the same bug is false.

mod agree;
mod assign;
mod bootstrap;
mod calibration;
mod figure;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EvalError;
use super::dataset::{Bug, Category, Facts, Half, Label, Place, Severity};
use super::record::{CaseRecord, Outcome, Predicted, Run, SCHEMA};
use crate::engine::{EmbedKind, Embedder, cosine};
use crate::finding::{Location, Origin, words};
use crate::review::{Cause, Dropped};

pub use agree::{Pair, Threshold, choose, known, pairs, threshold};
pub use bootstrap::{DRAWS, Interval};
pub use calibration::{Bin, bins};
pub use figure::{Figure, Figures, Lens, Measure, Point, compute, curve};

pub(super) use bootstrap::paired;
pub(super) use figure::confidences;

/// How findings and expected bugs are matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Lines between a finding and a location that still meet.
    pub distance: u32,
    /// How descriptions are compared; `None`: they are not.
    pub descriptions: Option<Threshold>,
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
    /// Its first location, `path:start-end`.
    pub place: String,
    /// Whether finding or missing it counts.
    pub counts: bool,
    /// Index of the finding.
    pub found_by: Option<usize>,
    /// The same with lines alone deciding.
    pub found_by_lines: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingScore {
    pub id: String,
    pub origin: Origin,
    pub kind: String,
    pub title: String,
    pub location: Location,
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

/// Scores a run. Without `embedder` the rule must not compare descriptions.
pub fn score(run: &Run, rule: &Rule, embedder: Option<&dyn Embedder>) -> Result<Score, EvalError> {
    let similar = Similar::compute(run, rule.descriptions.as_ref().and(embedder))?;
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    for chosen in &run.info.cases {
        let record = run.records.get(&chosen.facts.id);
        let name = record.map_or("not run", |r| r.outcome.name());
        *outcomes.entry(name.to_owned()).or_default() += 1;
        cases.push(judge(&chosen.facts, &chosen.hash, record, rule, &similar));
    }
    let all: Vec<&CaseScore> = cases.iter().filter(|c| c.is_reviewed()).collect();
    let rejected = all.iter().flat_map(|c| &c.findings).filter(|f| f.rejected).count();
    let rejects_dropped = all.iter().flat_map(|c| &c.dropped).filter(|d| d.rejected).count();
    let reviewed = run.info.cases.iter().zip(&cases).filter(|(_, case)| case.is_reviewed());
    Ok(Score {
        rejects: reviewed.map(|(chosen, _)| chosen.facts.rejects.len()).sum(),
        rejected,
        rejects_dropped,
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

/// Cosines of findings and bugs; empty where descriptions are not compared.
struct Similar {
    vectors: BTreeMap<String, Vec<f32>>,
}

impl Similar {
    /// Embeds every text once.
    fn compute(run: &Run, embedder: Option<&dyn Embedder>) -> Result<Self, EvalError> {
        let mut vectors = BTreeMap::new();
        let Some(embedder) = embedder else { return Ok(Self { vectors }) };
        for chosen in &run.info.cases {
            // Only where both are there can they be compared.
            let facts = &chosen.facts;
            let record = run.records.get(&facts.id);
            let mut findings = record.map_or(Vec::new(), |r| r.findings.clone());
            let dropped = record.into_iter().flat_map(|r| &r.dropped);
            findings.extend(dropped.filter(|d| is_own(d)).map(Predicted::of_dropped));
            if findings.is_empty() || facts.bugs.is_empty() && facts.rejects.is_empty() {
                continue;
            }
            vectors.extend(findings.iter().map(|f| (words(&f.title, &f.short), Vec::new())));
            vectors.extend(facts.bugs.iter().map(|b| (b.description.clone(), Vec::new())));
            vectors.extend(facts.rejects.iter().map(|r| (r.description.clone(), Vec::new())));
        }
        let texts: Vec<String> = vectors.keys().cloned().collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if !texts.is_empty() {
            let found = embedder.embed(&texts, EmbedKind::Passage)?;
            vectors.values_mut().zip(found).for_each(|(slot, vector)| *slot = vector);
        }
        Ok(Self { vectors })
    }

    fn of(&self, finding: &Predicted, description: &str) -> Option<f32> {
        let a = self.vectors.get(&words(&finding.title, &finding.short))?;
        let b = self.vectors.get(description)?;
        Some(cosine(a, b))
    }
}

/// Whether a dropped hypothesis is not another one's duplicate.
fn is_own(dropped: &Dropped) -> bool {
    !matches!(dropped.cause, Cause::SamePlace | Cause::SameBug | Cause::Unstated)
}

/// Whether a finding's lines meet one of some places.
fn meets(finding: &Location, places: &[Place], distance: u32) -> bool {
    places.iter().any(|place| {
        let after = finding.start.saturating_sub(place.end);
        let before = place.start.saturating_sub(finding.end);
        place.file == finding.path && after.max(before) <= distance
    })
}

fn judge(
    facts: &Facts,
    hash: &str,
    record: Option<&CaseRecord>,
    rule: &Rule,
    similar: &Similar,
) -> CaseScore {
    let all = record.into_iter().flat_map(|r| &r.findings);
    let (findings, below): (Vec<&Predicted>, Vec<&Predicted>) =
        all.partition(|f| f.confidence >= rule.min_confidence);
    let bugs = &facts.bugs;
    // Matched by lines; then by lines and words.
    let near = |f: &Predicted, places: &[Place]| meets(&f.location, places, rule.distance);
    let threshold = rule.descriptions.as_ref().map(|d| f64::from(d.threshold));
    let meant = |f: &Predicted, places: &[Place], description: &str| {
        let similarity = f64::from(similar.of(f, description).unwrap_or(0.0));
        (near(f, places) && threshold.is_none_or(|t| similarity >= t)).then_some(similarity)
    };
    let lines = |f: &Predicted, b: &Bug| {
        let similarity = f64::from(similar.of(f, &b.description).unwrap_or(0.0));
        near(f, &b.locations).then_some(similarity)
    };
    let both = |f: &Predicted, b: &Bug| meant(f, &b.locations, &b.description);
    let rejected = |f: &Predicted| {
        facts.rejects.iter().any(|r| meant(f, &r.locations, &r.description).is_some())
    };
    let (hits, found) = hits_of(&findings, bugs, &both);
    let (hits_by_lines, found_by_lines) = hits_of(&findings, bugs, &lines);
    let below = below.into_iter().map(|f| Hidden {
        finding: f.clone(),
        cause: Cause::LowConfidence,
        confidence: Some(f.confidence),
    });
    let dropped = record.into_iter().flat_map(|r| &r.dropped).filter(|d| is_own(d));
    let hidden: Vec<Hidden> = below.chain(dropped.map(Hidden::of)).collect();
    let rejects_dropped: Vec<bool> = hidden.iter().map(|h| rejected(&h.finding)).collect();
    let dropped_hits = hidden_hits(&hidden, bugs, &found, &both);
    let dropped_hits_by_lines = hidden_hits(&hidden, bugs, &found_by_lines, &lines);
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
                place: bug.locations.first().map_or(String::new(), |p| {
                    Location::new(p.file.as_str(), p.start, p.end).to_string()
                }),
                counts: bug.counts(),
                found_by: found[n],
                found_by_lines: found_by_lines[n],
            })
            .collect(),
        findings: findings
            .iter()
            .enumerate()
            .map(|(n, f)| FindingScore {
                id: f.id.clone(),
                origin: f.origin,
                kind: f.kind.clone(),
                title: f.title.clone(),
                location: f.location.clone(),
                severity: f.severity,
                confidence: f.confidence,
                hit: hits[n],
                hit_by_lines: hits_by_lines[n],
                similarity: bugs
                    .iter()
                    .filter(|b| near(f, &b.locations))
                    .filter_map(|b| similar.of(f, &b.description))
                    .reduce(f32::max),
                rejected: hits[n] == Hit::False && rejected(f),
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
                hit: dropped_hits[n],
                hit_by_lines: dropped_hits_by_lines[n],
                rejected: rejects_dropped[n],
            })
            .collect(),
    }
}

/// A hypothesis that was not shown.
struct Hidden {
    finding: Predicted,
    cause: Cause,
    confidence: Option<f64>,
}

impl Hidden {
    fn of(dropped: &Dropped) -> Self {
        let (cause, confidence) = (dropped.cause, dropped.confidence);
        Self { finding: Predicted::of_dropped(dropped), cause, confidence }
    }
}

/// What hypotheses that were not shown would be worth: what is shown has its bugs
/// already, and those below the threshold come before the others.
fn hidden_hits(
    hidden: &[Hidden],
    bugs: &[Bug],
    found: &[Option<usize>],
    fits: &dyn Fn(&Predicted, &Bug) -> Option<f64>,
) -> Vec<Hit> {
    let mut hits = vec![Hit::False; hidden.len()];
    let mut taken: Vec<bool> = found.iter().map(Option::is_some).collect();
    for below in [true, false] {
        let part: Vec<usize> =
            (0..hidden.len()).filter(|n| hidden[*n].cause.is_confidence() == below).collect();
        let findings: Vec<&Predicted> = part.iter().map(|n| &hidden[*n].finding).collect();
        let open: Vec<usize> = (0..bugs.len()).filter(|n| !taken[*n]).collect();
        let free: Vec<Bug> = open.iter().map(|n| bugs[*n].clone()).collect();
        let (new, by) = hits_of(&findings, &free, fits);
        part.iter().zip(new).for_each(|(n, hit)| hits[*n] = hit);
        open.iter().zip(by).filter(|(_, by)| by.is_some()).for_each(|(n, _)| taken[*n] = true);
    }
    hits
}

/// What each finding is worth, and which finding found each bug.
fn hits_of(
    findings: &[&Predicted],
    bugs: &[Bug],
    fits: &dyn Fn(&Predicted, &Bug) -> Option<f64>,
) -> (Vec<Hit>, Vec<Option<usize>>) {
    let mut hits = vec![Hit::False; findings.len()];
    let mut found = vec![None; bugs.len()];
    // Bugs first: a finding that could mean a bug or a remark means the bug.
    for (counts, hit) in [(true, Hit::Right), (false, Hit::Neutral)] {
        let weights: Vec<Vec<Option<f64>>> = (0..findings.len())
            .map(|f| {
                let free = hits[f] == Hit::False;
                let weight = |bug: &Bug| {
                    (free && bug.counts() == counts).then(|| fits(findings[f], bug)).flatten()
                };
                bugs.iter().map(weight).collect()
            })
            .collect();
        for (f, b) in assign::assign(&weights) {
            hits[f] = hit;
            found[b] = Some(f);
        }
    }
    (hits, found)
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
