//! Measures of a ranking.

use forewarn::risk::Example;

/// Share of all lines that may be read.
const EFFORT: f64 = 0.2;
/// Orders whose recall is averaged for that of chance.
const SHUFFLES: u64 = 20;

/// Probability that a faulty example has a higher score than a sound one; equal scores
/// count half.
pub fn auc(examples: &[Example<'_>], score: impl Fn(&Example<'_>) -> f64) -> f64 {
    let mut scored: Vec<(f64, bool)> = examples.iter().map(|e| (score(e), e.faulty)).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let faulty = scored.iter().filter(|(_, f)| *f).count() as f64;
    let mut ranks = 0.0;
    let mut n = 0;
    while n < scored.len() {
        let end = n + scored[n..].iter().take_while(|s| s.0 == scored[n].0).count();
        let rank = (n + end + 1) as f64 / 2.0;
        ranks += rank * scored[n..end].iter().filter(|(_, f)| *f).count() as f64;
        n = end;
    }
    (ranks - faulty * (faulty + 1.0) / 2.0) / (faulty * (scored.len() as f64 - faulty))
}

/// Share of the faulty examples among those read first, until a fifth of all lines.
pub fn recall(examples: &[Example<'_>], key: impl Fn(&Example<'_>) -> f64) -> f64 {
    let mut order: Vec<&Example<'_>> = examples.iter().collect();
    order.sort_by(|a, b| key(b).total_cmp(&key(a)));
    found(&order)
}

/// The same in random orders, averaged.
pub fn random_recall(examples: &[Example<'_>]) -> f64 {
    let one = |seed: u64| {
        let mut state = seed;
        let mut order: Vec<(u64, &Example<'_>)> = examples
            .iter()
            .map(|e| {
                // splitmix64
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (z ^ (z >> 31), e)
            })
            .collect();
        order.sort_by_key(|(n, _)| *n);
        found(&order.into_iter().map(|(_, e)| e).collect::<Vec<_>>())
    };
    (1..=SHUFFLES).map(one).sum::<f64>() / SHUFFLES as f64
}

fn found(order: &[&Example<'_>]) -> f64 {
    let all: f64 = order.iter().map(|e| f64::from(e.lines)).sum();
    let mut read = 0.0;
    let within = |e: &&&Example<'_>| {
        read += f64::from(e.lines);
        read <= all * EFFORT
    };
    let found = order.iter().take_while(within).filter(|e| e.faulty).count();
    found as f64 / order.iter().filter(|e| e.faulty).count().max(1) as f64
}

/// Mean square of what the probabilities miss.
pub fn brier(examples: &[Example<'_>], score: impl Fn(&Example<'_>) -> f64) -> f64 {
    let miss = |e: &Example<'_>| (f64::from(u8::from(e.faulty)) - score(e)).powi(2);
    examples.iter().map(miss).sum::<f64>() / examples.len().max(1) as f64
}
