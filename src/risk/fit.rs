//! Logistic regression with an L2 penalty towards a prior.

use serde::{Deserialize, Serialize};

use super::data::DATA;
use super::feature::Row;

/// Newton steps at most; a dozen is usual.
const STEPS: usize = 50;
/// A step smaller than this in every weight ends the search.
const CLOSE: f64 = 1e-9;
/// Least penalty, which keeps the equations solvable.
const LEAST: f64 = 1e-3;

/// What one feature does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub name: String,
    /// Mean and standard deviation by which values are scaled.
    pub mean: f64,
    pub deviation: f64,
    /// Log-odds for one standard deviation.
    pub weight: f64,
}

/// A row to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    pub row: &'a Row,
    pub label: bool,
    /// What it counts; 1 for a row of today.
    pub weight: f64,
}

/// A fitted model: probability that a later fix removes lines of a change or file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// Log-odds of a row whose values are all the mean.
    pub base: f64,
    #[serde(rename = "term")]
    pub terms: Vec<Term>,
}

impl Fit {
    /// A model of these features that knows nothing yet.
    pub fn blank(names: &[&str]) -> Self {
        let term =
            |name: &&str| Term { name: (*name).to_owned(), mean: 0.0, deviation: 1.0, weight: 0.0 };
        Self { base: 0.0, terms: names.iter().map(term).collect() }
    }

    /// Fits rows with their labels, each counted by its own weight. `prior` counts as
    /// `weight` rows for the weights and the scale, and as `rate_weight` for the base; the
    /// features are the prior's.
    pub fn learn(rows: &[Labelled<'_>], prior: &Self, weight: f64, rate_weight: f64) -> Self {
        if rows.is_empty() {
            return prior.clone();
        }
        let mut fit = Self {
            base: prior.base,
            terms: prior.terms.iter().map(|term| scale(rows, term, weight)).collect(),
        };
        let values: Vec<Vec<f64>> = rows.iter().map(|r| fit.scaled(r.row)).collect();
        let rate = sigmoid(prior.base);
        let spread = rate * (1.0 - rate);
        let size = fit.terms.len() + 1;
        let wanted: Vec<f64> =
            std::iter::once(prior.base).chain(prior.terms.iter().map(|t| t.weight)).collect();
        let mut penalty = vec![weight * spread + LEAST; size];
        penalty[0] = rate_weight * spread + LEAST;
        let mut weights = wanted.clone();
        for _ in 0..STEPS {
            let mut gradient: Vec<f64> =
                (0..size).map(|j| penalty[j] * (wanted[j] - weights[j])).collect();
            let mut curve = vec![0.0; size * size];
            for (values, row) in values.iter().zip(rows) {
                let odds: f64 = values.iter().zip(&weights).map(|(x, w)| x * w).sum();
                let p = sigmoid(odds);
                let miss = row.weight * (f64::from(u8::from(row.label)) - p);
                let bend = row.weight * p * (1.0 - p);
                for j in 0..size {
                    gradient[j] += values[j] * miss;
                    for k in 0..=j {
                        curve[j * size + k] += bend * values[j] * values[k];
                    }
                }
            }
            for j in 0..size {
                curve[j * size + j] += penalty[j];
            }
            let step = solve(curve, gradient, size);
            let largest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
            // A long step may overshoot where the rows are separable.
            let damp = if largest > 2.0 { 2.0 / largest } else { 1.0 };
            weights.iter_mut().zip(&step).for_each(|(w, s)| *w += damp * s);
            if largest < CLOSE {
                break;
            }
        }
        fit.base = weights[0];
        fit.terms.iter_mut().zip(&weights[1..]).for_each(|(term, w)| term.weight = *w);
        fit
    }

    /// The log-odds of a row.
    pub fn odds(&self, row: &Row) -> f64 {
        self.base + self.parts(row).map(|(_, _, part)| part).sum::<f64>()
    }

    /// The probability of a row, from 0 to 1.
    pub fn score(&self, row: &Row) -> f64 {
        sigmoid(self.odds(row))
    }

    /// Name, scaled value and share in the log-odds of each feature.
    pub(super) fn parts<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, f64, f64)> {
        self.terms.iter().map(|term| {
            let x = term.scaled(row);
            (term.name.as_str(), x, x * term.weight)
        })
    }

    /// A row with a leading 1, scaled.
    fn scaled(&self, row: &Row) -> Vec<f64> {
        std::iter::once(1.0).chain(self.terms.iter().map(|term| term.scaled(row))).collect()
    }
}

impl Term {
    /// The row's value in standard deviations from the mean; 0 where it is not known.
    fn scaled(&self, row: &Row) -> f64 {
        let value = super::feature::value(row, &self.name).unwrap_or(f64::NAN);
        let x = (value - self.mean) / self.deviation;
        if x.is_finite() { x.clamp(-DATA.model.clip, DATA.model.clip) } else { 0.0 }
    }
}

/// Mean and deviation of a feature over the rows, the prior's counted as `weight` rows.
fn scale(rows: &[Labelled<'_>], prior: &Term, weight: f64) -> Term {
    let of = |r: &Labelled<'_>| Some((super::feature::value(r.row, &prior.name)?, r.weight));
    let values: Vec<(f64, f64)> = rows.iter().filter_map(of).filter(|v| v.0.is_finite()).collect();
    let count = values.iter().map(|(_, w)| w).sum::<f64>() + weight;
    if count <= 0.0 {
        return prior.clone();
    }
    let mean = (values.iter().map(|(v, w)| v * w).sum::<f64>() + weight * prior.mean) / count;
    let square = |v: f64| (v - mean).powi(2);
    let prior_square = prior.deviation.powi(2) + square(prior.mean);
    let variance =
        (values.iter().map(|(v, w)| square(*v) * w).sum::<f64>() + weight * prior_square) / count;
    // A feature that is the same everywhere says nothing.
    let deviation = if variance > 1e-12 { variance.sqrt() } else { 1.0 };
    Term { name: prior.name.clone(), mean, deviation, weight: prior.weight }
}

pub(super) fn sigmoid(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

/// Solves a symmetric positive definite system, of which the lower half is given, by
/// Cholesky's decomposition.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>, size: usize) -> Vec<f64> {
    for j in 0..size {
        for k in 0..=j {
            let dot: f64 = (0..k).map(|i| matrix[j * size + i] * matrix[k * size + i]).sum();
            let rest = matrix[j * size + k] - dot;
            matrix[j * size + k] =
                if j == k { rest.max(LEAST * 1e-6).sqrt() } else { rest / matrix[k * size + k] };
        }
        let dot: f64 = (0..j).map(|i| matrix[j * size + i] * right[i]).sum();
        right[j] = (right[j] - dot) / matrix[j * size + j];
    }
    for j in (0..size).rev() {
        let dot: f64 = (j + 1..size).map(|i| matrix[i * size + j] * right[i]).sum();
        right[j] = (right[j] - dot) / matrix[j * size + j];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of two features; the first decides, with some exceptions, the second is noise.
    fn rows() -> Vec<(Row, bool)> {
        (0..400u32)
            .map(|n| {
                let (a, b) = (f64::from(n % 20), f64::from(n * 7919 % 13));
                (vec![("added", a), ("age", b)], (n % 20 + n % 3) > 12)
            })
            .collect()
    }

    fn learn(rows: &[(Row, bool)], weight: f64) -> Fit {
        let rows: Vec<Labelled<'_>> =
            rows.iter().map(|(row, label)| Labelled { row, label: *label, weight: 1.0 }).collect();
        Fit::learn(&rows, &Fit::blank(&["added", "age"]), weight, 1.0)
    }

    #[test]
    fn the_fit_finds_what_decides_and_is_calibrated_on_its_rows() {
        let rows = rows();
        let fit = learn(&rows, 0.0);
        assert!(fit.terms[0].weight > 10.0 * fit.terms[1].weight.abs(), "{fit:?}");
        let mean = rows.iter().map(|(r, _)| fit.score(r)).sum::<f64>() / 400.0;
        let rate = rows.iter().filter(|(_, l)| *l).count() as f64 / 400.0;
        assert!((mean - rate).abs() < 0.01, "{mean} for {rate}");
        assert_eq!(fit, learn(&rows, 0.0));
    }

    #[test]
    fn a_prior_holds_few_rows_back_and_many_less() {
        let rows = rows();
        let free = learn(&rows, 0.0).terms[0].weight;
        let some = learn(&rows, 200.0).terms[0].weight;
        let much = learn(&rows[..20], 1e6).terms[0].weight;
        assert!(much.abs() < 0.01 && much < some && some < free, "{much} {some} {free}");
        let prior = Fit { base: -2.0, ..Fit::blank(&["added"]) };
        assert_eq!(Fit::learn(&[], &prior, 100.0, 1.0), prior);
    }

    #[test]
    fn rows_that_are_separable_or_all_alike_give_finite_weights() {
        let separable: Vec<(Row, bool)> =
            (0..50u32).map(|n| (vec![("added", f64::from(n))], n >= 25)).collect();
        let alike: Vec<(Row, bool)> =
            (0..50u32).map(|n| (vec![("added", 1.0), ("age", f64::NAN)], n % 2 == 0)).collect();
        for rows in [separable, alike] {
            let fit = learn(&rows, 0.0);
            assert!(fit.base.is_finite(), "{fit:?}");
            assert!(fit.terms.iter().all(|t| t.weight.is_finite()), "{fit:?}");
            assert!((0.0..=1.0).contains(&fit.score(&rows[0].0)));
        }
    }
}
