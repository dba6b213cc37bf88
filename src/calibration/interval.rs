//! A share with its interval, where what was counted comes in pairs.

use serde::{Deserialize, Serialize};

/// Standard deviations of a normal distribution that hold 95 % of it.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// The share of right answers where each pair of questions has 0, 1 or 2 of them, with
/// Wilson's interval. `None` without a pair.
///
/// The answers of a pair are no independent draws: who always says "yes" has one right
/// in each. The number of answers is therefore divided by the design effect (how much
/// the pairs vary against independent answers), within the bounds of one and two
/// answers a pair. Wilson's interval stays honest where a bootstrap of few pairs does
/// not: three pairs without a mistake are no certainty.
pub fn share_of_pairs(right: &[u8]) -> Option<Share> {
    if right.is_empty() {
        return None;
    }
    let pairs = right.len() as f64;
    let shares: Vec<f64> = right.iter().map(|&n| f64::from(n.min(2)) / 2.0).collect();
    let value = shares.iter().sum::<f64>() / pairs;
    let spread: f64 = shares.iter().map(|s| (s - value).powi(2)).sum();
    let answers = if right.len() > 1 && spread > 0.0 {
        // The variance of the mean, as the pairs show it.
        let variance = spread / (pairs - 1.0) / pairs;
        (value * (1.0 - value) / variance).clamp(pairs, 2.0 * pairs)
    } else {
        2.0 * pairs
    };
    let (low, high) = wilson(value, answers);
    Some(Share { value, low, high })
}

/// Wilson's score interval of a share among a number of independent answers.
fn wilson(share: f64, answers: f64) -> (f64, f64) {
    let z2 = Z * Z;
    let middle = (share + z2 / (2.0 * answers)) / (1.0 + z2 / answers);
    let half = Z / (1.0 + z2 / answers)
        * (share * (1.0 - share) / answers + z2 / (4.0 * answers * answers)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    #[test]
    fn wilson_is_as_the_books_have_it() {
        // 81 of 263: 25.5 to 36.6 % (Newcombe 1998, table I).
        let (low, high) = wilson(81.0 / 263.0, 263.0);
        assert!(near(low, 0.2553) && near(high, 0.3662), "{low} {high}");
        // 15 of 148 in the same table: 6.2 to 16.0 %.
        let (low, high) = wilson(15.0 / 148.0, 148.0);
        assert!(near(low, 0.0624) && near(high, 0.1605), "{low} {high}");
    }

    #[test]
    fn one_right_in_each_pair_is_a_half_and_no_better() {
        let share = share_of_pairs(&[1; 34]).unwrap();
        assert_eq!(share.value, 0.5);
        assert!(share.low < 0.5 && share.high > 0.5);
    }

    #[test]
    fn few_pairs_without_a_mistake_are_no_certainty() {
        let few = share_of_pairs(&[2; 3]).unwrap();
        let many = share_of_pairs(&[2; 34]).unwrap();
        assert!(few.low < 0.62 && many.low > 0.94, "{few:?} {many:?}");
        assert_eq!((few.value, many.high), (1.0, 1.0));
        assert_eq!(share_of_pairs(&[]), None);
    }

    #[test]
    fn pairs_that_stand_or_fall_together_count_once() {
        let together = share_of_pairs(&[2, 0].repeat(17)).unwrap();
        let apart = share_of_pairs(&[2, 0, 1, 1].repeat(9)).unwrap();
        assert_eq!((together.value, apart.value), (0.5, 0.5));
        assert!(together.high - together.low > apart.high - apart.low);
        // As many answers as pairs: 17 of 34 is 0.341 to 0.659.
        assert!(near(together.low, 0.3407), "{together:?}");
    }
}
