//! Shares from few votes: what a group shows, drawn towards what all groups show.

use serde::{Deserialize, Serialize};

/// Votes of one group, for example on the findings of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Votes {
    pub up: u32,
    pub down: u32,
}

/// A beta distribution over a group's true share, by its mean and by the number of
/// votes that it weighs as much as.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// 0 to 1.
    pub mean: f64,
    /// Above 0.
    pub weight: f64,
}

/// Bounds of an estimated weight: one vote must move a share, and a thousand must.
const WEIGHTS: (f64, f64) = (2.0, 200.0);

impl Prior {
    /// The expected share of a group with these votes: `(mean * weight + up) / (weight +
    /// votes)`.
    pub fn share(&self, votes: Votes) -> f64 {
        let (up, down) = (f64::from(votes.up), f64::from(votes.down));
        (self.mean * self.weight + up) / (self.weight + up + down)
    }

    /// The prior that a number of groups show, by moments: groups that differ more than
    /// chance has it get a light prior, those that do not a heavy one. `None` unless two
    /// groups have votes.
    pub fn of(groups: &[Votes]) -> Option<Self> {
        let groups: Vec<(f64, f64)> = groups
            .iter()
            .map(|v| (f64::from(v.up), f64::from(v.up) + f64::from(v.down)))
            .filter(|(_, n)| *n > 0.0)
            .collect();
        if groups.len() < 2 {
            return None;
        }
        let votes: f64 = groups.iter().map(|(_, n)| n).sum();
        let mean = groups.iter().map(|(up, _)| up).sum::<f64>() / votes;
        let even = mean * (1.0 - mean);
        let spread: f64 = groups.iter().map(|(up, n)| n * (up / n - mean).powi(2)).sum();
        let squares: f64 = groups.iter().map(|(_, n)| n * n).sum();
        let degrees = groups.len() as f64 - 1.0;
        // The variance between groups beyond what binomial chance makes.
        let between = (spread - even * degrees) / (votes - squares / votes);
        let weight = if between > 0.0 { even / between - 1.0 } else { WEIGHTS.1 };
        Some(Self { mean, weight: weight.clamp(WEIGHTS.0, WEIGHTS.1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(up: u32, down: u32) -> Votes {
        Votes { up, down }
    }

    #[test]
    fn few_votes_move_little_and_many_decide() {
        let prior = Prior { mean: 0.8, weight: 10.0 };
        assert!((prior.share(votes(0, 0)) - 0.8).abs() < 1e-12);
        assert!((prior.share(votes(0, 1)) - 8.0 / 11.0).abs() < 1e-12);
        assert!(prior.share(votes(10, 990)) < 0.02);
    }

    #[test]
    fn groups_that_differ_get_a_light_prior_and_equal_ones_a_heavy_one() {
        let apart = Prior::of(&[votes(95, 5), votes(5, 95), votes(90, 10), votes(10, 90)]).unwrap();
        let equal = Prior::of(&[votes(51, 49), votes(49, 51), votes(50, 50)]).unwrap();
        assert!((apart.mean - 0.5).abs() < 1e-12 && (equal.mean - 0.5).abs() < 1e-12);
        assert!(apart.weight < 5.0 && equal.weight == 200.0, "{apart:?} {equal:?}");
        assert_eq!(Prior::of(&[votes(3, 4), votes(0, 0)]), None);
        // All alike: no spread to divide by.
        assert_eq!(Prior::of(&[votes(3, 0), votes(4, 0)]).unwrap().weight, 200.0);
    }
}
