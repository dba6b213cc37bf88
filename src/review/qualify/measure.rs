//! What the answers to the probes come to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calibration::{Platt, Share, log_odds, share_of_pairs};
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
    /// Share of bugs that were called valid, each weighed by what the other pairs show.
    pub kept: f64,
    /// Share of safe twins that were called invalid, likewise.
    pub cleared: f64,
    /// Mean square of weighed probability less truth: 0 is perfect, who always says 0.5
    /// has 0.25.
    pub brier: f64,
    /// The model's own probability of `valid`, on average; half of the probes are.
    pub leaning: f64,
    /// What a verdict weighs: over the log-odds of `valid`, the log of how much likelier
    /// it is for a bug than for a safe twin.
    pub weight: Platt,
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
    ///
    /// Small models lean towards one word whatever they read, so their verdicts are
    /// weighed: a sigmoid of the log-odds, fitted on the answers, takes the leaning out
    /// and has the strength of what they know. Each pair is judged by the fit of all
    /// others (leave one out), so that no answer vouches for itself.
    pub(super) fn of(answers: &[Answers], elapsed: Duration) -> Option<Self> {
        let pairs = answers.len() as f64;
        let weighed: Vec<[f64; 2]> = (0..answers.len())
            .map(|n| {
                let others = fit(answers.iter().enumerate().filter(|(m, _)| *m != n));
                [answers[n].bug, answers[n].safe].map(|p| others.at(log_odds(p)))
            })
            .collect();
        let mean =
            |value: &dyn Fn(usize) -> f64| (0..answers.len()).map(value).sum::<f64>() / pairs;
        let share = |holds: &dyn Fn(usize) -> bool| mean(&|n| f64::from(u8::from(holds(n))));
        let right: Vec<u8> = weighed
            .iter()
            .map(|[bug, safe]| u8::from(is_valid(*bug)) + u8::from(!is_valid(*safe)))
            .collect();
        let shift = |orders: [f64; 2]| orders[0] - orders[1];
        let flips =
            |orders: [f64; 2]| f64::from(u8::from(is_valid(orders[0]) != is_valid(orders[1])));
        Some(Self {
            probes: 2 * answers.len(),
            accuracy: share_of_pairs(&right)?,
            kept: share(&|n| is_valid(weighed[n][0])),
            cleared: share(&|n| !is_valid(weighed[n][1])),
            brier: mean(&|n| ((1.0 - weighed[n][0]).powi(2) + weighed[n][1].powi(2)) / 2.0),
            leaning: mean(&|n| (answers[n].bug + answers[n].safe) / 2.0),
            weight: fit(answers.iter().enumerate()),
            ranked: share(&|n| answers[n].bug > answers[n].safe),
            order_shift: mean(&|n| {
                (shift(answers[n].bug_orders) + shift(answers[n].safe_orders)) / 2.0
            }),
            order_flips: mean(&|n| {
                (flips(answers[n].bug_orders) + flips(answers[n].safe_orders)) / 2.0
            }),
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

/// What a model's verdicts weigh by these pairs; as they are if there are none.
fn fit<'a>(pairs: impl Iterator<Item = (usize, &'a Answers)>) -> Platt {
    let observed: Vec<(f64, bool)> =
        pairs.flat_map(|(_, a)| [(log_odds(a.bug), true), (log_odds(a.safe), false)]).collect();
    Platt::fit(&observed).unwrap_or(Platt::AS_IT_IS)
}

/// The verdict that a probability stands for. Even odds, to the precision of a fit, are no
/// reason to call something invalid.
fn is_valid(probability: f64) -> bool {
    probability >= 0.5 - 1e-6
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
        assert!(good.brier < 0.01 && good.weight.at(log_odds(0.9)) > 0.9, "{good:?}");
        assert_eq!((good.probes, good.seconds), (20, 0.2));
        // The same answer to everything says nothing, however surely.
        let yes = measured(&vec![answers(0.9, 0.9); 40]);
        assert!(!yes.passes(&settings));
        assert_eq!((yes.accuracy.value, yes.kept, yes.cleared), (0.5, 1.0, 0.0));
        assert!((yes.weight.at(log_odds(0.9)) - 0.5).abs() < 1e-6, "{yes:?}");
        // One that leans towards a word and yet tells them apart is of use.
        let leaning = measured(&vec![answers(0.9, 0.8); 40]);
        assert!(leaning.passes(&settings) && (leaning.leaning - 0.85).abs() < 1e-9);
        assert!(leaning.weight.at(log_odds(0.8)) < 0.1, "{leaning:?}");
    }

    #[test]
    fn a_share_just_above_chance_is_not_enough() {
        let mut settings = Config::builtin().model;
        let times = |n: usize, some: &[Answers]| -> Vec<Answers> {
            some.iter().cycle().take(n * some.len()).cloned().collect()
        };
        let coin = [answers(0.9, 0.9), answers(0.1, 0.1), answers(0.9, 0.1), answers(0.1, 0.9)];
        assert!(!measured(&times(10, &coin)).passes(&settings));
        // 55 % of many: above chance, below the bar.
        let weak = [times(9, &coin), vec![answers(0.9, 0.1); 4]].concat();
        let weak = measured(&times(15, &weak));
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
