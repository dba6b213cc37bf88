//! Makes probabilities of priors: fits what came of hypotheses in scored runs.
//!
//! Held-out cases are left out, whatever a run holds. Few observations get Platt's
//! sigmoid, which has two parameters, many an isotonic function; an origin or a rule gets a
//! fit of its own once it has enough of them, right and wrong.

use crate::calibration::{Fit, Isotonic, Platt, Point, Row, Table, log_odds};

use super::dataset::{Half, Label};
use super::score::{CaseScore, Hit, Score};

/// Observations that a fit of all needs, and one of an origin or a rule.
pub const FEWEST: usize = 30;
const FEWEST_OF_GROUP: usize = 20;
/// Observations from which on the function may take any rising form.
const MANY: usize = 300;

/// What came of a hypothesis, shown or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Which case it is of, counted over all runs.
    pub case: usize,
    pub origin: String,
    pub rule: Option<String>,
    pub prior: f64,
    pub right: bool,
    /// Whether the change is safe.
    pub safe: bool,
}

/// What a fit is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observations {
    pub all: Vec<Observation>,
    pub cases: usize,
    pub safe_cases: usize,
    /// Cases of the held-out half, which are not used.
    pub held_out: usize,
}

/// What a threshold of confidence would show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    pub threshold: f64,
    pub right: usize,
    pub wrong: usize,
    /// Wrong ones on safe changes, by their number.
    pub false_per_safe: f64,
}

impl Observations {
    /// Adds a scored run. What counts neither way is left out.
    pub fn add(&mut self, score: &Score, by_lines: bool) {
        for case in score.cases.iter().filter(|c| c.is_reviewed()) {
            if case.half == Some(Half::HeldOut) {
                self.held_out += 1;
                continue;
            }
            self.all.extend(of_case(case, self.cases, by_lines));
            self.cases += 1;
            self.safe_cases += usize::from(case.label == Label::Safe);
        }
    }

    pub fn right(&self) -> usize {
        self.all.iter().filter(|o| o.right).count()
    }

    /// The fits, that of all first; `None` without right and wrong ones among enough.
    pub fn fit(&self) -> Option<Table> {
        table(&self.all.iter().collect::<Vec<_>>())
    }

    /// Confidence and truth of each, by the fit of all other cases: what the fit is worth
    /// on cases that it was not made of.
    pub fn cross_validated(&self) -> Vec<(f64, bool)> {
        let fitted =
            |case: usize| table(&self.all.iter().filter(|o| o.case != case).collect::<Vec<_>>());
        let mut table = (usize::MAX, None);
        let mut found = Vec::new();
        for one in &self.all {
            if table.0 != one.case {
                table = (one.case, fitted(one.case));
            }
            found.push((chance(table.1.as_ref(), one), one.right));
        }
        found
    }

    /// Priors and truth.
    pub fn uncalibrated(&self) -> Vec<(f64, bool)> {
        self.all.iter().map(|o| (o.prior, o.right)).collect()
    }

    /// What each confidence that occurs would show as the threshold, from the highest.
    pub fn cuts(&self, table: &Table) -> Vec<Cut> {
        let mut rows: Vec<(f64, &Observation)> =
            self.all.iter().map(|o| (chance(Some(table), o), o)).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut cuts, mut right, mut wrong, mut on_safe) = (Vec::new(), 0, 0, 0usize);
        for (n, (confidence, one)) in rows.iter().enumerate() {
            right += usize::from(one.right);
            wrong += usize::from(!one.right);
            on_safe += usize::from(!one.right && one.safe);
            if rows.get(n + 1).is_none_or(|next| next.0 < *confidence) {
                let false_per_safe = on_safe as f64 / self.safe_cases.max(1) as f64;
                cuts.push(Cut { threshold: *confidence, right, wrong, false_per_safe });
            }
        }
        cuts
    }
}

fn of_case(case: &CaseScore, number: usize, by_lines: bool) -> Vec<Observation> {
    let hit = |words: Hit, lines: Hit| if by_lines { lines } else { words };
    let shown = case
        .findings
        .iter()
        .map(|f| (f.origin, f.rule.clone(), f.prior, hit(f.hit, f.hit_by_lines)));
    let dropped = case
        .dropped
        .iter()
        .map(|d| (d.origin, d.rule.clone(), d.prior, hit(d.hit, d.hit_by_lines)));
    shown
        .chain(dropped)
        .filter(|(.., hit)| *hit != Hit::Neutral)
        .map(|(origin, rule, prior, hit)| Observation {
            case: number,
            origin: origin.as_str().to_owned(),
            rule,
            prior,
            right: hit == Hit::Right,
            safe: case.label == Label::Safe,
        })
        .collect()
}

fn chance(table: Option<&Table>, one: &Observation) -> f64 {
    table.map_or(one.prior, |t| t.chance(&one.origin, one.rule.as_deref(), one.prior))
}

fn table(all: &[&Observation]) -> Option<Table> {
    let mut rows = vec![row(None, None, all, FEWEST)?];
    let mut groups: Vec<(&str, Option<&str>)> = Vec::new();
    for one in all {
        groups.push((&one.origin, None));
        groups.extend(one.rule.as_deref().map(|rule| (one.origin.as_str(), Some(rule))));
    }
    groups.sort_unstable();
    groups.dedup();
    for (origin, rule) in groups {
        let part: Vec<&Observation> = all
            .iter()
            .filter(|o| o.origin == origin && (rule.is_none() || o.rule.as_deref() == rule))
            .copied()
            .collect();
        // An origin of which all are of one rule would say the same twice.
        rows.extend(row(Some(origin), rule, &part, FEWEST_OF_GROUP));
    }
    Some(Table { rows })
}

fn row(
    origin: Option<&str>,
    rule: Option<&str>,
    part: &[&Observation],
    fewest: usize,
) -> Option<Row> {
    let right = part.iter().filter(|o| o.right).count();
    if part.len() < fewest || right == 0 || right == part.len() {
        return None;
    }
    let fit = if part.len() >= MANY {
        let points: Vec<Point> = part
            .iter()
            .map(|o| Point { score: o.prior, outcome: f64::from(u8::from(o.right)), weight: 1.0 })
            .collect();
        Fit::Isotonic(Isotonic::fit(&points)?)
    } else {
        let points: Vec<(f64, bool)> = part.iter().map(|o| (log_odds(o.prior), o.right)).collect();
        Fit::Platt(rising(&points)?)
    };
    let (origin, rule) = (origin.map(str::to_owned), rule.map(str::to_owned));
    Some(Row { origin, rule, observed: part.len(), right, fit })
}

/// A higher prior never means less: where the observations say so by chance, or all
/// priors are the same, the share of right ones holds for every prior.
fn rising(points: &[(f64, bool)]) -> Option<Platt> {
    let fit = Platt::fit(points)?;
    let same = points.iter().all(|p| (p.0 - points[0].0).abs() < 1e-9);
    if fit.slope > 0.0 && !same {
        return Some(round(fit));
    }
    let right = points.iter().filter(|p| p.1).count() as f64;
    let share = (right + 1.0) / (points.len() as f64 + 2.0);
    Some(round(Platt { slope: 0.0, offset: log_odds(share) }))
}

/// Three decimals are more than the observations carry.
fn round(fit: Platt) -> Platt {
    let three = |x: f64| (x * 1000.0).round() / 1000.0;
    Platt { slope: three(fit.slope), offset: three(fit.offset) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(origin: &str, rule: &str, prior: f64, right: usize, wrong: usize) -> Observations {
        let one = |n: usize| Observation {
            case: n,
            origin: origin.into(),
            rule: Some(rule.into()),
            prior,
            right: n < right,
            safe: n >= right,
        };
        let all: Vec<Observation> = (0..right + wrong).map(one).collect();
        Observations { cases: all.len(), safe_cases: wrong, all, held_out: 0 }
    }

    fn with(mut self_: Observations, other: Observations) -> Observations {
        self_
            .all
            .extend(other.all.into_iter().map(|o| Observation { case: o.case + self_.cases, ..o }));
        self_.cases += other.cases;
        self_.safe_cases += other.safe_cases;
        self_
    }

    #[test]
    fn priors_that_promise_too_much_are_lowered_and_an_origin_has_its_own_fit() {
        let all = with(observed("rule", "a", 0.9, 12, 12), observed("history", "near", 0.5, 4, 20));
        let table = all.fit().unwrap();
        let rule = table.chance("rule", Some("a"), 0.9);
        assert!((rule - 0.5).abs() < 0.02, "{table:?}");
        let near = table.chance("history", Some("near"), 0.5);
        assert!((near - 5.0 / 26.0).abs() < 0.02, "{table:?}");
        // What was never observed follows all.
        let other = table.chance("impact", None, 0.9);
        assert!(other > near && other < 0.9, "{other} {table:?}");
    }

    #[test]
    fn too_few_or_only_right_ones_give_no_fit() {
        assert_eq!(observed("rule", "a", 0.9, 10, 10).fit(), None);
        assert_eq!(observed("rule", "a", 0.9, 40, 0).fit(), None);
    }

    #[test]
    fn a_higher_prior_never_means_less() {
        let all = with(observed("rule", "a", 0.6, 15, 5), observed("rule", "b", 0.9, 5, 15));
        let table = all.fit().unwrap();
        let row = &table.rows[0];
        assert!(row.fit.at(0.9) >= row.fit.at(0.6), "{row:?}");
    }

    #[test]
    fn many_observations_take_the_form_they_have() {
        let all = with(observed("rule", "a", 0.6, 30, 170), observed("rule", "b", 0.61, 190, 10));
        let table = all.fit().unwrap();
        assert!(matches!(table.rows[0].fit, Fit::Isotonic(_)));
        assert!(table.rows[0].fit.at(0.6) < 0.2 && table.rows[0].fit.at(0.61) > 0.9);
    }

    #[test]
    fn each_case_is_judged_by_the_others_and_cuts_count_what_is_shown() {
        let all = with(observed("rule", "a", 0.9, 20, 4), observed("rule", "b", 0.5, 4, 20));
        let judged = all.cross_validated();
        assert_eq!(judged.len(), 48);
        assert!(judged.iter().all(|(p, _)| *p > 0.05 && *p < 0.95), "{judged:?}");
        let cuts = all.cuts(&all.fit().unwrap());
        let first = cuts[0];
        assert_eq!((first.right, first.wrong), (20, 4));
        assert!((first.false_per_safe - 4.0 / 24.0).abs() < 1e-9);
        let last = cuts[cuts.len() - 1];
        assert_eq!((last.right, last.wrong), (24, 24));
    }
}
