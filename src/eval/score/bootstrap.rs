//! Confidence intervals by drawing cases with replacement.

use serde::{Deserialize, Serialize};

/// Draws of an interval.
pub const DRAWS: usize = 2000;
/// Fixed, so that the same run has the same intervals.
const SEED: u64 = 0x5EED;

/// A 95 % interval: between the 2.5th and the 97.5th percentile of the draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The interval of a figure over cases. Draws for which it is not defined are left
/// out; `None` if those are more than half, or if there are fewer than two cases.
pub fn interval<T>(cases: &[T], figure: &dyn Fn(&[&T]) -> Option<f64>) -> Option<Interval> {
    if cases.len() < 2 {
        return None;
    }
    let mut random = Random(SEED);
    let mut drawn: Vec<&T> = Vec::with_capacity(cases.len());
    let mut values: Vec<f64> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        drawn.clear();
        drawn.extend((0..cases.len()).map(|_| &cases[random.below(cases.len())]));
        values.extend(figure(&drawn));
    }
    if values.len() * 2 < DRAWS {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(Interval { low: percentile(&values, 0.025), high: percentile(&values, 0.975) })
}

/// The interval of the difference of a figure (second less first) between two runs
/// of the same cases, each draw taking the same cases of both.
pub fn paired<T>(cases: &[(T, T)], figure: &dyn Fn(&[&T]) -> Option<f64>) -> Option<Interval> {
    interval(cases, &|drawn| {
        let first: Vec<&T> = drawn.iter().map(|c| &c.0).collect();
        let second: Vec<&T> = drawn.iter().map(|c| &c.1).collect();
        Some(figure(&second)? - figure(&first)?)
    })
}

/// A percentile of sorted values, linear between two; they must not be empty.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (at - low as f64)
}

/// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; the bias of the product is below 2^-32 for our sizes.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[&f64]) -> Option<f64> {
        (!values.is_empty()).then(|| values.iter().copied().sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn the_same_cases_have_the_same_interval() {
        let cases: Vec<f64> = (0..40).map(f64::from).collect();
        let a = interval(&cases, &|c| mean(c)).unwrap();
        assert_eq!(Some(a), interval(&cases, &|c| mean(c)));
        // The mean is 19.5 and its standard error 1.825: about 19.5 ± 3.6.
        assert!((15.0..17.0).contains(&a.low) && (22.0..24.0).contains(&a.high), "{a:?}");
    }

    #[test]
    fn equal_runs_differ_by_nothing_and_a_constant_gain_is_certain() {
        let same: Vec<(f64, f64)> = (0..9).map(|n| (f64::from(n), f64::from(n))).collect();
        assert_eq!(paired(&same, &|c| mean(c)), Some(Interval { low: 0.0, high: 0.0 }));
        let gain: Vec<(f64, f64)> = (0..9).map(|n| (f64::from(n), f64::from(n) + 0.5)).collect();
        let interval = paired(&gain, &|c| mean(c)).unwrap();
        assert!((interval.low - 0.5).abs() < 1e-9 && (interval.high - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_figure_that_is_mostly_undefined_has_no_interval() {
        assert_eq!(interval(&[1.0, 2.0], &|_| None), None);
        assert_eq!(interval(&[1.0], &|c| mean(c)), None);
    }

    #[test]
    fn percentiles_lie_between_values() {
        assert_eq!(percentile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
        assert_eq!(percentile(&[1.0, 2.0, 3.0], 1.0), 3.0);
        assert_eq!(percentile(&[7.0], 0.9), 7.0);
    }
}
