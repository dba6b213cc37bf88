//! From which cosine on two descriptions are of the same bug.
//!
//! `pairs.jsonl` holds labelled pairs of an expected description and a finding's
//! words, many of them different bugs on the same lines. One half chooses the
//! threshold, the other tells how often it is right.

use serde::{Deserialize, Serialize};

use crate::engine::{EmbedKind, Embedder, EngineError, cosine};
use crate::finding::words;

const PAIRS: &str = include_str!("pairs.jsonl");
const KNOWN: &str = include_str!("thresholds.toml");

/// The file of thresholds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    threshold: Vec<Threshold>,
}

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
#[serde(deny_unknown_fields)]
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

/// The threshold of an embedder: the one of the file, else by the labelled pairs.
pub fn threshold(embedder: &dyn Embedder) -> Result<Threshold, EngineError> {
    match known().into_iter().find(|t| t.embedder == embedder.id()) {
        Some(threshold) => Ok(threshold),
        None => choose(embedder),
    }
}

/// The thresholds of the file.
pub fn known() -> Vec<Threshold> {
    let known: Known = toml::from_str(KNOWN).expect("thresholds.toml is checked by a test");
    known.threshold
}

/// Finds the threshold of an embedder by the labelled pairs.
pub fn choose(embedder: &dyn Embedder) -> Result<Threshold, EngineError> {
    let judged = cosines(embedder)?;
    let half = |choose: bool| -> Vec<(f32, bool)> {
        judged.iter().filter(|j| j.0.choose == choose).map(|j| (j.1, j.0.same)).collect()
    };
    let (choose, report) = (half(true), half(false));
    let threshold = middle(&choose);
    let (same_right, different_right) = rates(&report, threshold);
    Ok(Threshold {
        embedder: embedder.id().to_owned(),
        threshold,
        chosen_by: choose.len(),
        reported_by: report.len(),
        same_right: round(same_right),
        different_right: round(different_right),
        accuracy: round((same_right + different_right) / 2.0),
    })
}

/// The labelled pairs with the cosine of each.
pub(super) fn cosines(embedder: &dyn Embedder) -> Result<Vec<(Pair, f32)>, EngineError> {
    let pairs = pairs();
    let findings: Vec<String> = pairs.iter().map(|p| words(&p.title, &p.short)).collect();
    let texts: Vec<&str> = pairs
        .iter()
        .map(|p| p.expected.as_str())
        .chain(findings.iter().map(String::as_str))
        .collect();
    let vectors = embedder.embed(&texts, EmbedKind::Passage)?;
    let (expected, found) = vectors.split_at(pairs.len());
    let cosines: Vec<f32> = expected.iter().zip(found).map(|(a, b)| cosine(a, b)).collect();
    Ok(pairs.into_iter().zip(cosines).collect())
}

fn round(share: f32) -> f32 {
    (share * 1000.0).round() / 1000.0
}

/// The middle between the mean cosines of the two sorts, in hundredths.
///
/// Their cosines spread about equally, so this is where both are equally likely. The
/// threshold with the fewest errors among so few pairs moves by 0.1 with one of them.
fn middle(pairs: &[(f32, bool)]) -> f32 {
    let mean = |same: bool| {
        let of: Vec<f32> = pairs.iter().filter(|p| p.1 == same).map(|p| p.0).collect();
        of.iter().sum::<f32>() / of.len().max(1) as f32
    };
    ((mean(true) + mean(false)) * 50.0).round() / 100.0
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
    fn the_file_of_thresholds_is_sound() {
        assert!(known().iter().all(|t| (0.1..0.9).contains(&t.threshold)));
    }

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
    fn the_middle_of_the_means_separates() {
        let pairs = [(0.2, false), (0.4, false), (0.6, true), (0.9, true)];
        // (0.3 + 0.75) / 2
        let threshold = middle(&pairs);
        assert!((threshold - 0.525).abs() < 0.0051, "{threshold}");
        assert_eq!(rates(&pairs, threshold), (1.0, 1.0));
        assert_eq!(rates(&pairs, 0.8), (0.5, 1.0));
    }
}
