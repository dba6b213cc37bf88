//! What measured numbers say: an interval around a share, and the fits that turn a
//! score into a probability.
//!
//! Pure functions of numbers, for all who measure: the qualification of a model, the
//! evaluation, the confidence of a finding.

mod interval;
mod isotonic;
mod platt;
mod table;
mod votes;

pub use interval::{Share, share_of_pairs};
pub use isotonic::{Isotonic, Point};
pub use platt::Platt;
pub use table::{Fit, Row, Table, log_odds, probability};
pub use votes::{Prior, Votes};
