//! Compares two runs of the same cases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EvalError;
use super::score::{CaseScore, Interval, Lens, Measure, Score, compute, paired};

/// How the second run differs from the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Cases that both reviewed; all figures are over these.
    pub cases: usize,
    /// The figure that the verdict rests on.
    pub on: Measure,
    pub verdict: Verdict,
    pub deltas: BTreeMap<Measure, Delta>,
    /// Cases in which the second found more, or said less that is false, and was
    /// worse in neither.
    pub won: Vec<String>,
    /// The reverse.
    pub lost: Vec<String>,
    /// Cases in which it was better in one and worse in the other.
    pub mixed: Vec<String>,
    /// Cases that the first reviewed and the second did not.
    pub newly_failed: Vec<String>,
    /// The reverse.
    pub no_longer_failed: Vec<String>,
}

/// A figure of both runs, and its difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub first: f64,
    pub second: f64,
    /// Second less first.
    pub difference: f64,
    /// 95 %; `None` with too few cases.
    pub interval: Option<Interval>,
}

/// What the comparison says of the second run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Better,
    Worse,
    NoDifference,
}

impl Verdict {
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifference => "no difference shown",
        }
    }
}

/// Compares the second score with the first. `on` is the figure that decides; left
/// out it is F1, or false findings per safe change where there is no expected bug.
///
/// The second is worse if the interval of the difference lies on that side of zero,
/// or if cases have no review now that had one; better only if the reverse holds
/// for the figure and no such case exists.
pub fn compare(
    first: &Score,
    second: &Score,
    on: Option<Measure>,
) -> Result<Comparison, EvalError> {
    alike(first, second)?;
    let (mut newly_failed, mut no_longer_failed) = (Vec::new(), Vec::new());
    let mut both: Vec<(&CaseScore, &CaseScore)> = Vec::new();
    for (a, b) in first.cases.iter().zip(&second.cases) {
        match (a.is_reviewed(), b.is_reviewed()) {
            (true, true) => both.push((a, b)),
            (true, false) => newly_failed.push(a.id.clone()),
            (false, true) => no_longer_failed.push(a.id.clone()),
            (false, false) => {}
        }
    }
    let lens = Lens::default();
    let of = |measure: Measure, cases: &[&&CaseScore]| {
        let cases: Vec<&CaseScore> = cases.iter().map(|c| **c).collect();
        compute(measure, &cases, &lens)
    };
    let mut deltas = BTreeMap::new();
    for measure in Measure::ALL {
        let firsts: Vec<&&CaseScore> = both.iter().map(|c| &c.0).collect();
        let seconds: Vec<&&CaseScore> = both.iter().map(|c| &c.1).collect();
        let (Some(a), Some(b)) = (of(measure, &firsts), of(measure, &seconds)) else { continue };
        let interval = paired(&both, &|cases| of(measure, cases));
        deltas.insert(measure, Delta { first: a, second: b, difference: b - a, interval });
    }
    let has_bugs = both.iter().any(|(a, _)| a.counted().next().is_some());
    let on = on.unwrap_or(if has_bugs { Measure::F1 } else { Measure::FalsePerSafe });
    let (mut won, mut lost, mut mixed) = (Vec::new(), Vec::new(), Vec::new());
    for (a, b) in &both {
        let found = b.found().cmp(&a.found());
        let quiet = a.false_findings().cmp(&b.false_findings());
        match (found.is_gt() || quiet.is_gt(), found.is_lt() || quiet.is_lt()) {
            (true, true) => mixed.push(a.id.clone()),
            (true, false) => won.push(a.id.clone()),
            (false, true) => lost.push(a.id.clone()),
            (false, false) => {}
        }
    }
    let verdict = verdict(on, deltas.get(&on), !newly_failed.is_empty());
    Ok(Comparison {
        cases: both.len(),
        on,
        verdict,
        deltas,
        won,
        lost,
        mixed,
        newly_failed,
        no_longer_failed,
    })
}

fn verdict(on: Measure, delta: Option<&Delta>, newly_failed: bool) -> Verdict {
    let interval = delta.and_then(|d| d.interval);
    let (up, down) = interval.map_or((false, false), |i| (i.low > 0.0, i.high < 0.0));
    let (better, worse) = if on.more_is_better() { (up, down) } else { (down, up) };
    match (better, worse || newly_failed) {
        (_, true) => Verdict::Worse,
        (true, false) => Verdict::Better,
        (false, false) => Verdict::NoDifference,
    }
}

/// Refuses runs whose difference would say nothing.
fn alike(first: &Score, second: &Score) -> Result<(), EvalError> {
    let unlike = |what: String| Err(EvalError::Unlike(what));
    if (&first.dataset, &first.dataset_hash) != (&second.dataset, &second.dataset_hash) {
        return unlike(format!(
            "they are of the datasets {} ({}) and {} ({})",
            first.dataset, first.dataset_hash, second.dataset, second.dataset_hash
        ));
    }
    if first.rule != second.rule {
        return unlike("they were scored by different rules".to_owned());
    }
    let ids = |score: &Score| score.cases.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
    let (a, b) = (ids(first), ids(second));
    if a != b {
        let only =
            a.iter().find(|id| !b.contains(id)).or_else(|| b.iter().find(|id| !a.contains(id)));
        let example = only.map_or(String::new(), |id| format!(", for example `{id}`"));
        return unlike(format!("a case is in one of them only{example}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::record::Outcome;
    use crate::eval::score::tests::{case, scored};

    /// Two runs of ten bugged cases; `found` says how many of them each found.
    fn runs(found: [usize; 2]) -> [Score; 2] {
        found.map(|found| {
            scored((0..10).map(|n| case(&format!("c{n}"), true, n < found, 0)).collect())
        })
    }

    #[test]
    fn a_clear_gain_is_better_and_its_cases_are_named() {
        let [a, b] = runs([2, 9]);
        let comparison = compare(&a, &b, None).unwrap();
        assert_eq!((comparison.on, comparison.verdict), (Measure::F1, Verdict::Better));
        assert_eq!(comparison.won.len(), 7);
        assert!(comparison.lost.is_empty() && comparison.mixed.is_empty());
        assert!((comparison.deltas[&Measure::Recall].difference - 0.7).abs() < 1e-9);
        assert_eq!(compare(&b, &a, None).unwrap().verdict, Verdict::Worse);
    }

    #[test]
    fn equal_and_nearly_equal_runs_show_no_difference() {
        let [a, b] = runs([5, 6]);
        assert_eq!(compare(&a, &a, None).unwrap().verdict, Verdict::NoDifference);
        assert_eq!(compare(&a, &b, None).unwrap().verdict, Verdict::NoDifference);
    }

    #[test]
    fn a_case_that_now_crashes_makes_a_run_worse_however_good_the_rest_is() {
        let [a, mut b] = runs([2, 9]);
        b.cases[0].outcome = Some(Outcome::Crashed { how: "signal 11".into() });
        let comparison = compare(&a, &b, None).unwrap();
        assert_eq!(comparison.verdict, Verdict::Worse);
        assert_eq!(comparison.newly_failed, ["c0"]);
        assert_eq!(comparison.cases, 9);
    }

    #[test]
    fn where_nothing_can_be_found_false_findings_decide() {
        let quiet = scored((0..10).map(|n| case(&format!("c{n}"), false, false, 0)).collect());
        let loud = scored((0..10).map(|n| case(&format!("c{n}"), false, false, 1)).collect());
        let comparison = compare(&quiet, &loud, None).unwrap();
        assert_eq!((comparison.on, comparison.verdict), (Measure::FalsePerSafe, Verdict::Worse));
        assert_eq!(comparison.lost.len(), 10);
    }

    #[test]
    fn what_is_found_at_the_price_of_noise_is_mixed() {
        let a = scored(vec![case("c", true, false, 0)]);
        let b = scored(vec![case("c", true, true, 2)]);
        assert_eq!(compare(&a, &b, None).unwrap().mixed, ["c"]);
    }

    #[test]
    fn runs_of_other_cases_datasets_or_rules_are_refused() {
        let [a, b] = runs([2, 9]);
        let refused = |b: &Score| compare(&a, b, None).unwrap_err().to_string();
        let mut other = b.clone();
        other.dataset_hash = "0".into();
        assert!(refused(&other).contains("datasets"));
        let mut other = b.clone();
        other.rule.distance = 9;
        assert!(refused(&other).contains("rules"));
        let mut other = b;
        other.cases.pop();
        assert!(refused(&other).contains("`c9`"));
    }
}
