//! Platt's scaling: a sigmoid of the score, for where there are too few observations
//! for a freer form.

use serde::{Deserialize, Serialize};

use super::probability;

/// Steps of Newton's method; a dozen are usual.
const STEPS: usize = 100;
/// Keeps the matrix of second derivatives invertible.
const RIDGE: f64 = 1e-12;
/// Where both derivatives are smaller, the fit is done.
const FLAT: f64 = 1e-9;

/// Probability `1 / (1 + exp(-(slope * score + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    pub slope: f64,
    pub offset: f64,
}

impl Platt {
    /// Takes log-odds for what they say.
    pub const AS_IT_IS: Self = Self { slope: 1.0, offset: 0.0 };

    /// Fits to scores with what came of them, by the likelihood with Platt's prior: the
    /// targets are `(n + 1) / (n + 2)` and `1 / (m + 2)` for `n` that held and `m` that
    /// did not, so that no finite number of observations is taken as certain. `None`
    /// unless both kinds are there, with finite scores.
    pub fn fit(observed: &[(f64, bool)]) -> Option<Self> {
        let observed: Vec<(f64, bool)> =
            observed.iter().filter(|(score, _)| score.is_finite()).copied().collect();
        let held = observed.iter().filter(|(_, held)| *held).count() as f64;
        let failed = observed.len() as f64 - held;
        if held == 0.0 || failed == 0.0 {
            return None;
        }
        let (high, low) = ((held + 1.0) / (held + 2.0), 1.0 / (failed + 2.0));
        let points: Vec<(f64, f64)> = observed
            .into_iter()
            .map(|(score, held)| (score, if held { high } else { low }))
            .collect();
        // Begins at the base rate, whatever the score.
        let mut at = Self { slope: 0.0, offset: ((held + 1.0) / (failed + 1.0)).ln() };
        let mut loss = at.loss(&points);
        for _ in 0..STEPS {
            let (mut g, mut h) = ([0.0; 2], [RIDGE, 0.0, RIDGE]);
            for &(x, target) in &points {
                let p = at.at(x);
                let (error, spread) = (p - target, p * (1.0 - p));
                g = [g[0] + error * x, g[1] + error];
                h = [h[0] + spread * x * x, h[1] + spread * x, h[2] + spread];
            }
            if g.iter().all(|d| d.abs() < FLAT) {
                break;
            }
            let determinant = h[0] * h[2] - h[1] * h[1];
            let step = [
                (h[2] * g[0] - h[1] * g[1]) / determinant,
                (h[0] * g[1] - h[1] * g[0]) / determinant,
            ];
            let slope_of_loss = g[0] * step[0] + g[1] * step[1];
            // Halves the step until the loss falls enough.
            let mut length = 1.0;
            let next = loop {
                let next = Self {
                    slope: at.slope - length * step[0],
                    offset: at.offset - length * step[1],
                };
                let new = next.loss(&points);
                if new <= loss - 1e-4 * length * slope_of_loss {
                    break Some((next, new));
                }
                length /= 2.0;
                if length < 1e-10 {
                    break None;
                }
            };
            let Some(next) = next else { break };
            (at, loss) = next;
        }
        Some(at)
    }

    /// The probability at a score.
    pub fn at(&self, score: f64) -> f64 {
        probability(self.odds(score))
    }

    /// The log-odds of that probability.
    pub fn odds(&self, score: f64) -> f64 {
        self.slope * score + self.offset
    }

    /// Cross entropy with the targets, in a form that does not overflow.
    fn loss(&self, points: &[(f64, f64)]) -> f64 {
        let one = |&(x, target): &(f64, f64)| {
            let z = self.slope * x + self.offset;
            z.max(0.0) - z * target + (-z.abs()).exp().ln_1p()
        };
        points.iter().map(one).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_sigmoid_that_made_the_observations() {
        let truth = Platt { slope: 1.7, offset: -0.6 };
        // At each score as many of a thousand hold as the sigmoid says.
        let mut observed = Vec::new();
        for step in -20..=20 {
            let score = f64::from(step) / 5.0;
            let held = (truth.at(score) * 1000.0).round() as usize;
            observed.extend((0..1000).map(|n| (score, n < held)));
        }
        let found = Platt::fit(&observed).unwrap();
        assert!((found.slope - truth.slope).abs() < 0.02, "{found:?}");
        assert!((found.offset - truth.offset).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn few_observations_that_part_cleanly_are_no_certainty() {
        let found = Platt::fit(&[(-1.0, false), (1.0, true)]).unwrap();
        // The targets are 1/3 and 2/3, and two points are met exactly.
        assert!((found.at(1.0) - 2.0 / 3.0).abs() < 1e-6, "{found:?}");
        assert!((found.at(-1.0) - 1.0 / 3.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_score_that_says_nothing_gives_the_base_rate() {
        let observed = [(0.3, true), (0.3, false), (0.3, false), (0.3, false)].repeat(50);
        let found = Platt::fit(&observed).unwrap();
        assert!((found.at(0.3) - 0.25).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn large_scores_do_not_break_it_and_one_outcome_is_none() {
        let found = Platt::fit(&[(-800.0, false), (900.0, true), (700.0, false)]).unwrap();
        assert!(found.at(900.0).is_finite() && found.at(900.0) >= found.at(-800.0));
        assert_eq!(Platt::fit(&[(1.0, true), (2.0, true)]), None);
        assert_eq!(Platt::fit(&[(f64::NAN, false), (2.0, true)]), None);
    }
}
