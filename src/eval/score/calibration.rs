//! Whether confidences mean what they say.

use serde::{Deserialize, Serialize};

/// Bins of the expected calibration error.
const BINS: usize = 10;

/// Findings of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub count: usize,
    /// Mean confidence.
    pub confidence: f64,
    /// Share that is right.
    pub right: f64,
}

/// The mean square of the difference between confidence and truth (1 for right);
/// `None` without findings.
pub fn brier(findings: &[(f64, bool)]) -> Option<f64> {
    let square = |(confidence, right): &(f64, bool)| (confidence - f64::from(*right)).powi(2);
    let sum: f64 = findings.iter().map(square).sum();
    (!findings.is_empty()).then(|| sum / findings.len() as f64)
}

/// The mean difference between confidence and share of right ones over the bins,
/// weighted by their counts; `None` without findings.
pub fn expected_error(findings: &[(f64, bool)]) -> Option<f64> {
    let weighted = |bin: &Bin| (bin.confidence - bin.right).abs() * bin.count as f64;
    let sum: f64 = bins(findings).iter().map(weighted).sum();
    (!findings.is_empty()).then(|| sum / findings.len() as f64)
}

/// At most ten bins of about equally many findings. Equal confidences stay
/// together: where a bin ended among them, their order would decide the figure.
pub fn bins(findings: &[(f64, bool)]) -> Vec<Bin> {
    let mut sorted = findings.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut bins, mut from) = (Vec::new(), 0);
    for at in 0..sorted.len() {
        let full = (at + 1) * BINS >= sorted.len() * (bins.len() + 1);
        let last = at + 1 == sorted.len();
        if last || (full && sorted[at].0 != sorted[at + 1].0) {
            let part = &sorted[from..=at];
            let count = part.len();
            bins.push(Bin {
                count,
                confidence: part.iter().map(|f| f.0).sum::<f64>() / count as f64,
                right: part.iter().filter(|f| f.1).count() as f64 / count as f64,
            });
            from = at + 1;
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brier_score_is_the_mean_square() {
        // (0.1² + 0.4² + 0.5²) / 3
        let findings = [(0.9, true), (0.4, false), (0.5, true)];
        assert!((brier(&findings).unwrap() - 0.14).abs() < 1e-9);
        assert_eq!(brier(&[]), None);
    }

    #[test]
    fn calibration_compares_bins_with_the_truth() {
        // Two bins: four of 0.8 of which two are right, one of 0.5 that is wrong.
        let findings = [(0.8, true), (0.8, true), (0.8, false), (0.8, false), (0.5, false)];
        let bins = bins(&findings);
        assert_eq!(bins.iter().map(|b| b.count).collect::<Vec<_>>(), [1, 4]);
        // (0.5 · 1 + 0.3 · 4) / 5
        assert!((expected_error(&findings).unwrap() - 0.34).abs() < 1e-9);
    }

    #[test]
    fn many_findings_make_ten_bins_whatever_their_order() {
        let mut findings: Vec<(f64, bool)> =
            (0..100).map(|n| (f64::from(n) / 100.0, n % 2 == 0)).collect();
        let forward = bins(&findings);
        assert_eq!(forward.len(), 10);
        assert!(forward.iter().all(|b| b.count == 10 && b.right == 0.5));
        findings.reverse();
        assert_eq!(bins(&findings), forward);
        assert_eq!(bins(&[(0.7, true); 30]).len(), 1);
    }
}
