//! Hypotheses without a model: what the program itself can see in a change.
//!
//! Each origin is a [`Drafter`]; the draft stage runs them all and ranks what
//! they propose beside the model's own hypotheses.

use crate::change::{Change, Snapshot};
use crate::config::Config;
use crate::finding::Hypothesis;
use crate::index::{IndexError, View};
use crate::sentry::{SentryCache, SentryError};

/// What a drafter may look at.
pub struct Scene<'a> {
    /// Only the files that the filter kept have hunks worth reading; all are here.
    pub change: &'a Change,
    /// Paths that the filter kept.
    pub files: &'a [String],
    /// Files before the change.
    pub base: &'a Snapshot,
    /// Files after the change, indexed.
    pub head: &'a View,
    pub sentry: &'a SentryCache<'a>,
    pub config: &'a Config,
}

#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error(transparent)]
    Sentry(#[from] SentryError),
}

/// A source of hypotheses.
pub trait Drafter {
    /// For notes and traces.
    fn name(&self) -> &'static str;
    /// Proposes hypotheses with prior, severity and evidence; the same scene
    /// yields the same ones in the same order.
    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError>;
}

/// All origins.
pub fn drafters() -> Vec<Box<dyn Drafter>> { Vec::new() }
