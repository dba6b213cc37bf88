//! Pairs findings with expected bugs, one to one.

use super::Hit;
use super::assign::assign;
use crate::eval::dataset::Bug;
use crate::eval::record::Predicted;
use crate::review::{Cause, Dropped};

/// The similarity of a finding and a bug that it may mean.
pub(super) type Fits<'a> = &'a dyn Fn(&Predicted, &Bug) -> Option<f64>;

/// What each finding is worth, and which finding found each bug.
pub(super) struct Pairing {
    pub hits: Vec<Hit>,
    pub found: Vec<Option<usize>>,
    /// Whether a bug counts that nothing can be paired with: what means none of the
    /// others may mean it, and is not known to be false.
    blind: bool,
}

impl Pairing {
    /// `compares` says whether bugs without lines can be paired.
    pub fn of(findings: &[&Predicted], bugs: &[Bug], fits: Fits<'_>, compares: bool) -> Self {
        let (hits, found) = hits_of(findings, bugs, fits);
        let blind = !compares && bugs.iter().any(|b| b.counts() && !b.has_lines());
        let mut pairing = Self { hits, found, blind };
        let hits = std::mem::take(&mut pairing.hits);
        pairing.hits = hits.into_iter().map(|h| pairing.known(h)).collect();
        pairing
    }

    fn known(&self, hit: Hit) -> Hit {
        if self.blind && hit == Hit::False { Hit::Neutral } else { hit }
    }

    /// What hypotheses that were not shown would be worth: what is shown has its bugs
    /// already, and those that only their confidence kept back come before the others.
    pub fn hidden(&self, hidden: &[Hidden], bugs: &[Bug], fits: Fits<'_>) -> Vec<Hit> {
        let mut hits = vec![Hit::False; hidden.len()];
        let mut taken: Vec<bool> = self.found.iter().map(Option::is_some).collect();
        for first in [true, false] {
            let part: Vec<usize> =
                (0..hidden.len()).filter(|n| hidden[*n].cause.is_confidence() == first).collect();
            let findings: Vec<&Predicted> = part.iter().map(|n| &hidden[*n].finding).collect();
            let open: Vec<usize> = (0..bugs.len()).filter(|n| !taken[*n]).collect();
            let free: Vec<Bug> = open.iter().map(|n| bugs[*n].clone()).collect();
            let (new, by) = hits_of(&findings, &free, fits);
            part.iter().zip(new).for_each(|(n, hit)| hits[*n] = self.known(hit));
            open.iter().zip(by).filter(|(_, by)| by.is_some()).for_each(|(n, _)| taken[*n] = true);
        }
        hits
    }
}

/// A hypothesis that was not shown.
pub(super) struct Hidden {
    pub finding: Predicted,
    pub cause: Cause,
    pub confidence: Option<f64>,
}

impl Hidden {
    pub fn of(dropped: &Dropped) -> Self {
        let (cause, confidence) = (dropped.cause, dropped.confidence);
        Self { finding: Predicted::of_dropped(dropped), cause, confidence }
    }

    /// A finding below the confidence of the rule.
    pub fn below(finding: &Predicted) -> Self {
        let confidence = Some(finding.confidence);
        Self { finding: finding.clone(), cause: Cause::LowConfidence, confidence }
    }
}

/// What each finding is worth, and which finding found each bug.
fn hits_of(
    findings: &[&Predicted],
    bugs: &[Bug],
    fits: Fits<'_>,
) -> (Vec<Hit>, Vec<Option<usize>>) {
    let mut hits = vec![Hit::False; findings.len()];
    let mut found = vec![None; bugs.len()];
    // Bugs first: a finding that could mean a bug or a remark means the bug.
    for (counts, hit) in [(true, Hit::Right), (false, Hit::Neutral)] {
        let weights: Vec<Vec<Option<f64>>> = (0..findings.len())
            .map(|f| {
                let free = hits[f] == Hit::False;
                let weight = |bug: &Bug| {
                    (free && bug.counts() == counts).then(|| fits(findings[f], bug)).flatten()
                };
                bugs.iter().map(weight).collect()
            })
            .collect();
        for (f, b) in assign(&weights) {
            hits[f] = hit;
            found[b] = Some(f);
        }
    }
    (hits, found)
}
