//! What the answers to the probes come to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calibration::{Share, share_of_pairs};
use crate::config;

use super::Answers;

/// How good a model's verdicts are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualification {
    /// Verdicts asked for, half of them on bugs.
    pub probes: usize,
    /// Mean of the two shares below, with its 95 % interval; chance has 0.5.
    pub accuracy: Share,
    /// Share of bugs that were called valid.
    pub kept: f64,
    /// Share of safe twins that were called invalid.
    pub cleared: f64,
    /// Mean square of probability less truth: 0 is perfect, who always says 0.5 has 0.25.
    pub brier: f64,
    /// Share of pairs in which the bug is held for likelier than its safe twin.
    pub ranked: f64,
    /// How much more probable `valid` is when it is named first, on average, -1 to 1.
    pub order_shift: f64,
    /// Share of verdicts that one order alone would have given otherwise.
    pub order_flips: f64,
    /// Seconds of one verdict, both orders together.
    pub seconds: f64,
}

impl Qualification {
    /// `None` without an answer.
    pub(super) fn of(answers: &[Answers], elapsed: Duration) -> Option<Self> {
        let pairs = answers.len() as f64;
        let mean = |value: &dyn Fn(&Answers) -> f64| answers.iter().map(value).sum::<f64>() / pairs;
        let share = |holds: &dyn Fn(&Answers) -> bool| mean(&|a| f64::from(u8::from(holds(a))));
        let is_right = |a: &Answers| u8::from(is_valid(a.bug)) + u8::from(!is_valid(a.safe));
        let right: Vec<u8> = answers.iter().map(is_right).collect();
        let shift = |orders: [f64; 2]| orders[0] - orders[1];
        let flips =
            |orders: [f64; 2]| f64::from(u8::from(is_valid(orders[0]) != is_valid(orders[1])));
        Some(Self {
            probes: 2 * answers.len(),
            accuracy: share_of_pairs(&right)?,
            kept: share(&|a| is_valid(a.bug)),
            cleared: share(&|a| !is_valid(a.safe)),
            brier: mean(&|a| ((1.0 - a.bug).powi(2) + a.safe.powi(2)) / 2.0),
            ranked: share(&|a| a.bug > a.safe),
            order_shift: mean(&|a| (shift(a.bug_orders) + shift(a.safe_orders)) / 2.0),
            order_flips: mean(&|a| (flips(a.bug_orders) + flips(a.safe_orders)) / 2.0),
            seconds: elapsed.as_secs_f64() / (2.0 * pairs),
        })
    }

    /// Whether the verdicts may keep and kill findings: the share is at the bar or
    /// above, and its interval lies above the floor.
    pub fn passes(&self, settings: &config::Model) -> bool {
        self.accuracy.value >= settings.qualify_bar && self.accuracy.low > settings.qualify_floor
    }

    /// The measured share, for a sentence: `84 % of 68 probes right (73 to 91 %)`.
    pub fn words(&self) -> String {
        let Share { value, low, high } = self.accuracy;
        format!(
            "{:.0} % of {} probes right ({:.0} to {:.0} %)",
            100.0 * value,
            self.probes,
            100.0 * low,
            100.0 * high
        )
    }
}

/// The verdict that a probability stands for, as the verify stage has it.
fn is_valid(probability: f64) -> bool {
    probability >= 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn answers(bug: f64, safe: f64) -> Answers {
        Answers {
            kind: "race".into(),
            language: "go".into(),
            title: "t".into(),
            bug,
            bug_orders: [bug; 2],
            safe,
            safe_orders: [safe; 2],
        }
    }

    fn measured(answers: &[Answers]) -> Qualification {
        Qualification::of(answers, Duration::from_secs(4)).unwrap()
    }

    #[test]
    fn a_judge_passes_and_one_that_always_says_valid_does_not() {
        let settings = Config::builtin().model;
        let good = measured(&vec![answers(0.9, 0.2); 10]);
        assert!(good.passes(&settings));
        assert_eq!(
            (good.accuracy.value, good.kept, good.cleared, good.ranked),
            (1.0, 1.0, 1.0, 1.0)
        );
        assert!((good.brier - 0.025).abs() < 1e-9, "{good:?}");
        assert_eq!((good.probes, good.seconds), (20, 0.2));
        // It knows the bugs apart, but its verdicts do not.
        let biased = measured(&vec![answers(0.9, 0.8); 40]);
        assert!(!biased.passes(&settings));
        assert_eq!((biased.accuracy.value, biased.ranked, biased.cleared), (0.5, 1.0, 0.0));
    }

    #[test]
    fn a_share_just_above_chance_is_not_enough() {
        let mut settings = Config::builtin().model;
        let times = |n: usize, some: &[Answers]| -> Vec<Answers> {
            some.iter().cycle().take(n * some.len()).cloned().collect()
        };
        let coin = [answers(0.9, 0.9), answers(0.1, 0.1), answers(0.9, 0.1), answers(0.1, 0.9)];
        assert!(!measured(&times(10, &coin)).passes(&settings));
        // 55 % of very many: above chance, below the bar.
        let weak = [times(9, &coin), vec![answers(0.9, 0.1); 4]].concat();
        let weak = measured(&times(100, &weak));
        assert!(weak.accuracy.low > 0.5 && !weak.passes(&settings), "{weak:?}");
        settings.qualify_bar = 0.5;
        assert!(weak.passes(&settings));
        assert_eq!(Qualification::of(&[], Duration::ZERO), None);
    }

    #[test]
    fn the_bias_of_the_order_is_told() {
        let mut one = answers(0.6, 0.4);
        (one.bug_orders, one.safe_orders) = ([0.9, 0.2], [0.7, 0.6]);
        let found = measured(&[one]);
        assert!((found.order_shift - 0.4).abs() < 1e-9);
        assert_eq!(found.order_flips, 0.5);
    }
}
