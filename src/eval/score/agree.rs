//! From which cosine on two descriptions are of the same bug.
//!
//! `pairs.jsonl` holds labelled pairs of an expected description and a finding's
//! words, many of them different bugs on the same lines. One half chooses the
//! threshold, the other tells how often it is right.

use serde::{Deserialize, Serialize};

use crate::engine::{EmbedKind, Embedder, EngineError, cosine};
use crate::finding::words;

const PAIRS: &str = include_str!("pairs.jsonl");

/// Two descriptions, and whether they are of the same bug.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Whether it chooses the threshold; else it reports.
    pub choose: bool,
    pub same: bool,
    /// As a dataset expects it.
    pub expected: String,
    /// As a finding says it.
    pub title: String,
    pub short: String,
}

/// A threshold and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Id of the embedder.
    pub embedder: String,
    /// Descriptions agree from this cosine on.
    pub threshold: f32,
    /// Pairs that chose it and that report.
    pub chosen_by: usize,
    pub reported_by: usize,
    /// Of the reporting pairs, the share judged right: of the same bugs, of the
    /// different ones, and the mean of the two.
    pub same_right: f32,
    pub different_right: f32,
    pub accuracy: f32,
}

/// The labelled pairs.
pub fn pairs() -> Vec<Pair> {
    let read = |line| serde_json::from_str(line).expect("pairs.jsonl is checked by a test");
    PAIRS.lines().filter(|l| !l.trim().is_empty()).map(read).collect()
}

/// Finds the threshold of an embedder by the labelled pairs.
pub fn threshold(embedder: &dyn Embedder) -> Result<Threshold, EngineError> {
    let pairs = pairs();
    let findings: Vec<String> = pairs.iter().map(|p| words(&p.title, &p.short)).collect();
    let texts: Vec<&str> = pairs
        .iter()
        .map(|p| p.expected.as_str())
        .chain(findings.iter().map(String::as_str))
        .collect();
    let vectors = embedder.embed(&texts, EmbedKind::Passage)?;
    let (expected, found) = vectors.split_at(pairs.len());
    let judged: Vec<(f32, bool, bool)> = pairs
        .iter()
        .zip(expected.iter().zip(found))
        .map(|(pair, (a, b))| (cosine(a, b), pair.same, pair.choose))
        .collect();
    let half = |choose: bool| -> Vec<(f32, bool)> {
        judged.iter().filter(|j| j.2 == choose).map(|j| (j.0, j.1)).collect()
    };
    let (choose, report) = (half(true), half(false));
    let threshold = best(&choose);
    let (same_right, different_right) = rates(&report, threshold);
    Ok(Threshold {
        embedder: embedder.id().to_owned(),
        threshold,
        chosen_by: choose.len(),
        reported_by: report.len(),
        same_right,
        different_right,
        accuracy: (same_right + different_right) / 2.0,
    })
}

/// The hundredth with the highest mean of the two rates; of several, the one in the
/// middle.
fn best(pairs: &[(f32, bool)]) -> f32 {
    let mean = |hundredth: i32| {
        let (same, different) = rates(pairs, hundredth as f32 / 100.0);
        same + different
    };
    let top = (0..=100).map(mean).fold(f32::MIN, f32::max);
    let at_top: Vec<i32> = (0..=100).filter(|h| mean(*h) >= top - 1e-6).collect();
    at_top[at_top.len() / 2] as f32 / 100.0
}

/// Shares judged right, of the same bugs and of the different ones.
fn rates(pairs: &[(f32, bool)], threshold: f32) -> (f32, f32) {
    let share = |same: bool| {
        let of = pairs.iter().filter(|p| p.1 == same);
        let right = of.clone().filter(|p| (p.0 >= threshold) == same).count();
        right as f32 / of.count().max(1) as f32
    };
    (share(true), share(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_pairs_of_each_sort() {
        let pairs = pairs();
        assert!(pairs.len() >= 120, "{}", pairs.len());
        for (choose, same) in [(true, true), (true, false), (false, true), (false, false)] {
            let count = pairs.iter().filter(|p| p.choose == choose && p.same == same).count();
            assert!(count >= 25, "{choose} {same}: {count}");
        }
        // No text is in both halves: the report would measure what was chosen.
        for pair in pairs.iter().filter(|p| p.choose) {
            let leaks = pairs.iter().any(|p| !p.choose && p.expected == pair.expected);
            assert!(!leaks, "{}", pair.expected);
        }
    }

    #[test]
    fn the_best_threshold_separates() {
        let pairs = [(0.2, false), (0.4, false), (0.6, true), (0.9, true)];
        let threshold = best(&pairs);
        assert!((threshold - 0.51).abs() < 0.011, "{threshold}");
        assert_eq!(rates(&pairs, threshold), (1.0, 1.0));
        assert_eq!(rates(&pairs, 0.8), (0.5, 1.0));
    }
}
