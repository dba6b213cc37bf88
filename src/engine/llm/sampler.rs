//! Picks the next token.

use crate::engine::Sampling;

/// Tokens back that the repeat penalty looks.
const PENALTY_WINDOW: usize = 64;

/// Draws tokens by one request's rules; the same seed draws the same.
pub struct Sampler {
    rules: Sampling,
    random: SplitMix64,
    recent: Vec<u32>,
}

impl Sampler {
    pub fn new(rules: Sampling) -> Self {
        Self { rules, random: SplitMix64(rules.seed), recent: Vec::new() }
    }

    /// Tells of a token that was written, drawn here or not.
    pub fn saw(&mut self, token: u32) {
        self.recent.push(token);
        if self.recent.len() > PENALTY_WINDOW {
            self.recent.remove(0);
        }
    }

    /// Picks one of the `allowed` tokens. `None` if there is none whose logit
    /// is a number.
    pub fn pick(&mut self, logits: &[f32], allowed: impl Fn(u32) -> bool) -> Option<u32> {
        let mut choices: Vec<(u32, f32)> = (0u32..)
            .zip(logits.iter().copied())
            .filter(|&(token, logit)| {
                !logit.is_nan() && logit != f32::NEG_INFINITY && allowed(token)
            })
            .collect();
        let penalty = self.rules.repeat_penalty;
        if penalty > 0.0 && penalty != 1.0 {
            for (token, logit) in &mut choices {
                if self.recent.contains(token) {
                    *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
                }
            }
        }
        // Equal logits go to the lower token, so that ties are settled.
        if self.rules.temperature <= 0.0 || choices.len() < 2 {
            let best = choices.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a });
            return best.map(|(token, _)| token);
        }
        choices.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        if self.rules.top_k > 0 {
            choices.truncate(self.rules.top_k);
        }
        let most = f64::from(choices[0].1);
        let mut weights: Vec<f64> = choices
            .iter()
            .map(|&(_, logit)| ((f64::from(logit) - most) / self.rules.temperature).exp())
            .collect();
        let sum: f64 = weights.iter().sum();
        let mut kept = 0.0;
        let nucleus = weights.iter().position(|weight| {
            kept += weight / sum;
            kept >= self.rules.top_p
        });
        weights.truncate(nucleus.map_or(weights.len(), |at| at + 1));
        let mut point = self.random.unit() * weights.iter().sum::<f64>();
        let drawn = weights.iter().position(|weight| {
            point -= weight;
            point < 0.0
        });
        Some(choices[drawn.unwrap_or(weights.len() - 1)].0)
    }
}

/// Natural-log probability of a token under the whole softmax.
pub fn log_probability(logits: &[f32], token: u32) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - most).exp()).sum();
    f64::from(logits[token as usize] - most) - sum.ln()
}

/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): small and reproducible.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `[0, 1)`.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [1.0, 3.0, f32::NAN, 2.0];

    fn sampler(change: impl FnOnce(&mut Sampling)) -> Sampler {
        let mut rules = Sampling { temperature: 1.0, ..Sampling::default() };
        change(&mut rules);
        Sampler::new(rules)
    }

    #[test]
    fn zero_temperature_takes_the_best_allowed_number() {
        let mut greedy = Sampler::new(Sampling::default());
        assert_eq!(greedy.pick(&LOGITS, |_| true), Some(1));
        assert_eq!(greedy.pick(&LOGITS, |t| t != 1), Some(3));
        assert_eq!(greedy.pick(&[2.0, 2.0], |_| true), Some(0));
        assert_eq!(greedy.pick(&[f32::NAN], |_| true), None);
        assert_eq!(greedy.pick(&LOGITS, |_| false), None);
    }

    #[test]
    fn draws_follow_the_probabilities_and_the_seed() {
        let draw = |seed| {
            let mut sampler = sampler(|rules| rules.seed = seed);
            (0..4000).map(|_| sampler.pick(&LOGITS, |_| true).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let share = |token| draw(7).iter().filter(|&&t| t == token).count() as f64 / 4000.0;
        let sum = 1f64.exp() + 3f64.exp() + 2f64.exp();
        for (token, logit) in [(0, 1f64), (1, 3.0), (3, 2.0)] {
            assert!((share(token) - logit.exp() / sum).abs() < 0.03, "token {token}");
        }
        assert_eq!(share(2), 0.0);
    }

    #[test]
    fn top_k_and_top_p_cut_the_tail() {
        let mut first = sampler(|rules| rules.top_k = 1);
        let mut nucleus = sampler(|rules| rules.top_p = 0.7);
        for _ in 0..200 {
            assert_eq!(first.pick(&LOGITS, |_| true), Some(1));
            assert_ne!(nucleus.pick(&LOGITS, |_| true), Some(0));
        }
    }

    #[test]
    fn the_penalty_makes_seen_tokens_less_likely() {
        let mut sampler = Sampler::new(Sampling { repeat_penalty: 2.0, ..Sampling::default() });
        assert_eq!(sampler.pick(&LOGITS, |_| true), Some(1));
        sampler.saw(1);
        assert_eq!(sampler.pick(&LOGITS, |_| true), Some(3));
    }

    #[test]
    fn log_probabilities_sum_to_one() {
        let sum: f64 = (0..3).map(|t| log_probability(&[0.5, -1.0, 2.0], t).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}
