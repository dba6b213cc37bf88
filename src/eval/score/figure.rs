//! The figures of a run or of a part of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, interval, percentile};
use super::calibration::{brier, expected_error};
use super::{BugScore, CaseScore, FindingScore, Hit};
use crate::eval::dataset::{Label, Severity};

/// A figure that is computed over cases.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Right findings among those that are right or false.
    Precision,
    /// Found bugs among all.
    Recall,
    /// Harmonic mean of the two.
    F1,
    /// Changes called right: bugged with a bug found, safe with nothing said.
    Accuracy,
    /// False findings per safe change.
    FalsePerSafe,
    /// Recall with each bug weighted by its severity.
    WeightedRecall,
    /// Brier score of the findings' confidences.
    Brier,
    /// Expected calibration error of the findings' confidences.
    CalibrationError,
}

impl Measure {
    pub const ALL: [Self; 8] = [
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Accuracy,
        Self::FalsePerSafe,
        Self::WeightedRecall,
        Self::Brier,
        Self::CalibrationError,
    ];

    /// As it stands in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "F1",
            Self::Accuracy => "accuracy over changes",
            Self::FalsePerSafe => "false findings per safe change",
            Self::WeightedRecall => "severity-weighted recall",
            Self::Brier => "Brier score",
            Self::CalibrationError => "expected calibration error",
        }
    }

    /// Whether more of it is better.
    pub fn more_is_better(self) -> bool {
        !matches!(self, Self::FalsePerSafe | Self::Brier | Self::CalibrationError)
    }
}

/// A value with its 95 % interval, three decimals each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub value: f64,
    /// `None` where there are too few cases for one.
    pub interval: Option<Interval>,
}

/// Counts and figures of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub cases: usize,
    pub bugged: usize,
    pub safe: usize,
    /// Expected bugs that count.
    pub bugs: usize,
    pub found: usize,
    /// Findings that are right or false.
    pub findings: usize,
    pub right: usize,
    /// Those that are defined.
    pub measures: BTreeMap<Measure, Figure>,
    pub seconds: Spread,
    pub tokens: Spread,
}

/// The middle and the upper end of values; zeros without values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub median: f64,
    /// Nine of ten are at most this.
    pub p90: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        if values.is_empty() {
            return Self::default();
        }
        values.sort_by(f64::total_cmp);
        let round = |value: f64| (value * 1000.0).round() / 1000.0;
        let (median, p90) = (percentile(&values, 0.5), percentile(&values, 0.9));
        Self { median: round(median), p90: round(p90) }
    }
}

/// Which bugs and findings of the cases are looked at.
#[derive(Debug, Clone, Default)]
pub struct Lens {
    /// Bugs expected to be, and findings said to be, of this kind.
    pub kind: Option<String>,
    /// Findings of this origin, and the bugs that they found among all.
    pub origin: Option<String>,
    /// Bugs of this severity, and no findings.
    pub severity: Option<String>,
    /// Whether lines alone decide what is right.
    pub by_lines: bool,
}

impl Lens {
    fn found(&self, case: &CaseScore, bug: &BugScore) -> bool {
        let by = if self.by_lines { bug.found_by_lines } else { bug.found_by };
        let finding = by.and_then(|n| case.findings.get(n));
        finding.is_some_and(|f| self.origin.as_deref().is_none_or(|o| f.origin.as_str() == o))
    }

    fn bugs<'a>(&'a self, case: &'a CaseScore) -> impl Iterator<Item = &'a BugScore> {
        case.counted()
            .filter(|bug| bug.has_lines || !self.by_lines)
            .filter(|bug| self.kind.is_none() || self.kind == bug.kind)
            .filter(|bug| self.severity.as_deref().is_none_or(|s| severity_name(bug.severity) == s))
    }

    fn hit(&self, finding: &FindingScore) -> Hit {
        if self.by_lines { finding.hit_by_lines } else { finding.hit }
    }

    /// Findings that are right or false.
    fn findings<'a>(&'a self, case: &'a CaseScore) -> impl Iterator<Item = &'a FindingScore> {
        case.findings.iter().filter(|finding| {
            // A finding has the severity of no bug until it found one.
            self.severity.is_none()
                && self.kind.as_deref().is_none_or(|kind| finding.kind == kind)
                && self.origin.as_deref().is_none_or(|o| finding.origin.as_str() == o)
                && self.hit(finding) != Hit::Neutral
        })
    }

    /// Whether the part consists of whole cases, so that cases can be right or wrong.
    fn is_whole(&self) -> bool {
        self.kind.is_none() && self.origin.is_none() && self.severity.is_none()
    }
}

pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

impl Figures {
    /// Of cases that were reviewed.
    pub(super) fn of(cases: &[&CaseScore], lens: &Lens) -> Self {
        let mut measures = BTreeMap::new();
        for measure in Measure::ALL {
            let Some(value) = compute(measure, cases, lens) else { continue };
            let interval = interval(cases, &|drawn| {
                let drawn: Vec<&CaseScore> = drawn.iter().map(|c| **c).collect();
                compute(measure, &drawn, lens)
            });
            let round = |v: f64| (v * 1000.0).round() / 1000.0;
            let interval = interval.map(|i| Interval { low: round(i.low), high: round(i.high) });
            measures.insert(measure, Figure { value: round(value), interval });
        }
        let bugged = cases.iter().filter(|c| c.label == Label::Bug).count();
        let sums = Sums::of(cases, lens);
        Self {
            cases: cases.len(),
            bugged,
            safe: cases.len() - bugged,
            bugs: sums.bugs,
            found: sums.found,
            findings: sums.findings,
            right: sums.right,
            measures,
            seconds: Spread::of(cases.iter().map(|c| c.seconds)),
            tokens: Spread::of(cases.iter().map(|c| c.tokens as f64)),
        }
    }

    /// The value of a figure, if it is defined.
    pub fn value(&self, measure: Measure) -> Option<f64> {
        self.measures.get(&measure).map(|f| f.value)
    }
}

#[derive(Default)]
struct Sums {
    bugs: usize,
    found: usize,
    findings: usize,
    right: usize,
}

impl Sums {
    fn of(cases: &[&CaseScore], lens: &Lens) -> Self {
        let mut sums = Self::default();
        for case in cases {
            sums.bugs += lens.bugs(case).count();
            sums.found += lens.bugs(case).filter(|b| lens.found(case, b)).count();
            sums.findings += lens.findings(case).count();
            sums.right += lens.findings(case).filter(|f| lens.hit(f) == Hit::Right).count();
        }
        sums
    }
}

/// Computes a figure over cases, each of which may stand there several times;
/// `None` where it is not defined.
pub fn compute(measure: Measure, cases: &[&CaseScore], lens: &Lens) -> Option<f64> {
    let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
    let has_findings = lens.severity.is_none();
    match measure {
        Measure::Precision => {
            let sums = Sums::of(cases, lens);
            has_findings.then(|| share(sums.right, sums.findings)).flatten()
        }
        Measure::Recall => {
            let sums = Sums::of(cases, lens);
            share(sums.found, sums.bugs)
        }
        Measure::F1 => {
            // A kind's or an origin's findings and bugs are not the same pairs.
            let sums = Sums::of(cases, lens);
            lens.is_whole().then(|| share(2 * sums.found, sums.findings + sums.bugs)).flatten()
        }
        Measure::Accuracy => {
            let judged: Vec<bool> = cases.iter().filter_map(|c| is_right(c, lens)).collect();
            let right = judged.iter().filter(|r| **r).count();
            lens.is_whole().then(|| share(right, judged.len())).flatten()
        }
        Measure::FalsePerSafe => {
            let safe = cases.iter().filter(|c| c.label == Label::Safe);
            let wrong = safe.clone().map(|c| lens.findings(c).count()).sum();
            has_findings.then(|| share(wrong, safe.count())).flatten()
        }
        Measure::WeightedRecall => {
            let (mut found, mut all) = (0.0, 0.0);
            for case in cases {
                for bug in lens.bugs(case) {
                    all += bug.severity.weight();
                    found += if lens.found(case, bug) { bug.severity.weight() } else { 0.0 };
                }
            }
            (all > 0.0).then(|| found / all)
        }
        Measure::Brier => has_findings.then(|| brier(&confidences(cases, lens))).flatten(),
        Measure::CalibrationError => {
            has_findings.then(|| expected_error(&confidences(cases, lens))).flatten()
        }
    }
}

/// Confidence and truth of each finding.
pub(in crate::eval) fn confidences(cases: &[&CaseScore], lens: &Lens) -> Vec<(f64, bool)> {
    let findings = cases.iter().flat_map(|c| lens.findings(c));
    findings.map(|f| (f.confidence, lens.hit(f) == Hit::Right)).collect()
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Findings of at least this confidence are counted.
    pub confidence: f64,
    pub precision: f64,
    pub recall: f64,
}

/// Precision and recall for each confidence that a finding has, or a hypothesis that
/// only its confidence kept back, highest first. A finding is worth what it was worth
/// among all: were a duplicate the only one left it would count as false still, which
/// makes the curve a little too low.
pub fn curve(cases: &[&CaseScore]) -> Vec<Point> {
    let mut findings = confidences(cases, &Lens::default());
    let below = cases.iter().flat_map(|c| &c.dropped).filter(|d| d.cause.is_confidence());
    let below = below.filter(|d| d.hit != Hit::Neutral);
    findings.extend(below.filter_map(|d| Some((d.confidence?, d.hit == Hit::Right))));
    findings.sort_by(|a, b| b.0.total_cmp(&a.0));
    let bugs: usize = cases.iter().map(|c| c.counted().count()).sum();
    let (mut points, mut right) = (Vec::new(), 0);
    for (n, (confidence, is_right)) in findings.iter().enumerate() {
        right += usize::from(*is_right);
        let last = findings.get(n + 1).is_none_or(|next| next.0 != *confidence);
        if last && bugs > 0 {
            let (precision, recall) = (right as f64 / (n + 1) as f64, right as f64 / bugs as f64);
            points.push(Point { confidence: *confidence, precision, recall });
        }
    }
    points
}

/// Whether a change was called right; `None` for one whose only bugs are remarks
/// that count neither way.
fn is_right(case: &CaseScore, lens: &Lens) -> Option<bool> {
    match case.label {
        Label::Safe => Some(lens.findings(case).next().is_none()),
        Label::Bug => {
            let mut bugs = lens.bugs(case).peekable();
            bugs.peek()?;
            Some(bugs.any(|b| lens.found(case, b)))
        }
    }
}
