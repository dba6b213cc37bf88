//! How probable it is that a change, or a file of it, needs a fix later.
//!
//! ```text
//! main line of git ─▶ past (a change each) ─▶ trace (which were fixed later) ┐
//!                                └─▶ feature (what was known of it) ─────────┴▶ fit ─▶ kept
//! change under review ─▶ feature ─▶ fit ─▶ score and reasons
//! ```
//!
//! The model is learned from the repository's own history in seconds, kept in its
//! database and shrunk towards the prior of `prior.toml`, which alone serves a young
//! repository. The work is bounded by counts of commits, not by a clock, so that the same
//! history gives the same model everywhere. Nobody's name is kept.

mod assess;
mod data;
mod feature;
mod fit;
mod kept;
mod learn;
mod past;
mod trace;

pub use assess::{FileRisk, Risk, Surroundings, assess};
pub use data::{Kind, Kinds, is_fix};
pub use feature::{NAMES, Row};
pub use fit::{Fit, Labelled, Term};
pub use kept::{Learned, learned};
pub use learn::{Example, History, Model};

#[derive(Debug, thiserror::Error)]
pub enum RiskError {
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Sentry(#[from] crate::sentry::SentryError),
    #[error(transparent)]
    Index(#[from] crate::index::IndexError),
    #[error("the path pattern `{pattern}` in the settings is not a valid glob")]
    Glob {
        pattern: String,
        #[source]
        source: globset::Error,
    },
}

/// What a hypothesis in a file of that score is multiplied by when hypotheses are put in
/// order: a little more than 1 for the riskiest file of a change, a little less for the
/// least risky. Priors themselves stay the probabilities that they are.
pub fn nudge(score: f64, scores: impl Iterator<Item = f64>) -> f64 {
    let (least, most) = scores.fold((f64::MAX, f64::MIN), |(a, b), s| (a.min(s), b.max(s)));
    if most <= least {
        return 1.0;
    }
    let place = 2.0 * (score - least) / (most - least) - 1.0;
    1.0 + data::DATA.order.nudge * place.clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_changes_by_a_tenth_at_most() {
        let scores = [0.1, 0.2, 0.5];
        let of = |score| nudge(score, scores.into_iter());
        assert!((of(0.5) - 1.1).abs() < 1e-9 && (of(0.1) - 0.9).abs() < 1e-9);
        assert!(of(0.2) < 1.0);
        assert_eq!(nudge(0.3, [0.3].into_iter()), 1.0);
        assert_eq!(nudge(0.3, std::iter::empty()), 1.0);
    }
}
