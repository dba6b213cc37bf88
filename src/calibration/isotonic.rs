//! Isotonic regression: the rising function nearest to what was observed.

use serde::{Deserialize, Serialize};

/// One observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub score: f64,
    /// What came of it, 0 to 1.
    pub outcome: f64,
    /// How much it counts, above 0.
    pub weight: f64,
}

/// A rising function: constant on the scores of a block, linear between two blocks, and
/// constant before the first and after the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isotonic {
    /// In order of score.
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    /// Lowest and highest score.
    from: f64,
    to: f64,
    value: f64,
    weight: f64,
}

impl Block {
    fn join(&mut self, other: Self) {
        let weight = self.weight + other.weight;
        self.value = (self.value * self.weight + other.value * other.weight) / weight;
        (self.to, self.weight) = (other.to, weight);
    }
}

impl Isotonic {
    /// Fits by pooling adjacent violators: the least sum of weighted squares among all
    /// rising functions. Points of one score count as one point. `None` without a point
    /// of finite numbers and a weight above 0.
    pub fn fit(points: &[Point]) -> Option<Self> {
        let is_usable = |p: &&Point| {
            p.score.is_finite() && p.outcome.is_finite() && p.weight.is_finite() && p.weight > 0.0
        };
        let mut points: Vec<Point> = points.iter().filter(is_usable).copied().collect();
        points.sort_by(|a, b| a.score.total_cmp(&b.score));
        let mut blocks: Vec<Block> = Vec::new();
        for p in points {
            let block = Block { from: p.score, to: p.score, value: p.outcome, weight: p.weight };
            match blocks.last_mut() {
                Some(last) if last.to == p.score => last.join(block),
                _ => blocks.push(block),
            }
        }
        let mut pooled: Vec<Block> = Vec::new();
        for block in blocks {
            pooled.push(block);
            while let [.., before, last] = pooled.as_slice()
                && before.value >= last.value
            {
                let last = *last;
                pooled.pop();
                if let Some(before) = pooled.last_mut() {
                    before.join(last);
                }
            }
        }
        (!pooled.is_empty()).then_some(Self { blocks: pooled })
    }

    /// The value at a score.
    pub fn at(&self, score: f64) -> f64 {
        let next = self.blocks.partition_point(|b| b.to < score);
        let (before, after) = (next.checked_sub(1).map(|n| self.blocks[n]), self.blocks.get(next));
        match (before, after) {
            (Some(a), Some(b)) if score < b.from => {
                a.value + (b.value - a.value) * (score - a.to) / (b.from - a.to)
            }
            (_, Some(b)) => b.value,
            (Some(a), None) => a.value,
            // `fit` leaves one block at least; a file that has none says nothing.
            (None, None) => score,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(points: &[(f64, f64, f64)]) -> Isotonic {
        let point = |&(score, outcome, weight)| Point { score, outcome, weight };
        Isotonic::fit(&points.iter().map(point).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn violators_are_pooled_by_their_weights() {
        let fitted = fit(&[(1.0, 1.0, 1.0), (2.0, 3.0, 1.0), (3.0, 2.0, 3.0), (4.0, 4.0, 1.0)]);
        let values: Vec<f64> = (1..=4).map(|x| fitted.at(f64::from(x))).collect();
        // 3 and 2 with the weights 1 and 3 come to 2.25.
        assert_eq!(values, [1.0, 2.25, 2.25, 4.0]);
        // A violation may reach far back.
        let fitted = fit(&[(1.0, 0.5, 1.0), (2.0, 0.6, 1.0), (3.0, 0.1, 1.0)]);
        assert!((fitted.at(1.0) - 0.4).abs() < 1e-12 && fitted.at(1.0) == fitted.at(3.0));
    }

    #[test]
    fn equal_scores_have_one_value_in_whatever_order_they_come() {
        let a = fit(&[(0.5, 0.0, 1.0), (0.5, 1.0, 1.0), (0.7, 1.0, 1.0)]);
        let b = fit(&[(0.7, 1.0, 1.0), (0.5, 1.0, 1.0), (0.5, 0.0, 1.0)]);
        assert_eq!(a, b);
        assert_eq!((a.at(0.5), a.at(0.7)), (0.5, 1.0));
    }

    #[test]
    fn it_is_linear_between_blocks_and_constant_outside() {
        let fitted = fit(&[(0.2, 0.0, 1.0), (0.6, 1.0, 1.0)]);
        assert_eq!((fitted.at(-9.0), fitted.at(9.0)), (0.0, 1.0));
        assert!((fitted.at(0.3) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_result_rises_and_keeps_the_mean() {
        // A fixed mix of ups and downs.
        let points: Vec<(f64, f64, f64)> =
            (0..200u32).map(|n| (f64::from(n), f64::from(n * 7919 % 101) / 101.0, 1.0)).collect();
        let fitted = fit(&points);
        let values: Vec<f64> = points.iter().map(|p| fitted.at(p.0)).collect();
        assert!(values.windows(2).all(|w| w[0] <= w[1]));
        let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
        let before = sum(&mut points.iter().map(|p| p.1));
        assert!((sum(&mut values.into_iter()) - before).abs() < 1e-9);
    }

    #[test]
    fn without_a_usable_point_there_is_no_fit() {
        assert_eq!(Isotonic::fit(&[]), None);
        let useless = Point { score: f64::NAN, outcome: 1.0, weight: 1.0 };
        assert_eq!(Isotonic::fit(&[useless, Point { score: 0.0, weight: 0.0, ..useless }]), None);
    }
}
