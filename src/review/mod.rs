//! The review: one function that calls the stages in order, and its result.

pub mod origin;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::Skipped;
use crate::finding::{Finding, Location, Origin};

/// What a review yields; reports print it, the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Version of this form.
    pub schema: u32,
    /// Version of the program.
    pub forewarn: String,
    /// Id under which the review is kept; empty if it was not stored.
    pub id: String,
    /// How the user named the change.
    pub label: String,
    pub base: String,
    pub head: String,
    pub mode: Mode,
    /// Most severe first.
    pub findings: Vec<Finding>,
    /// Hypotheses that did not become findings, with the reason.
    pub dropped: Vec<Dropped>,
    /// Files that were read.
    pub reviewed: Vec<String>,
    /// Files that were not, with the reason.
    pub skipped: Vec<Skipped>,
    pub sentry: SentryState,
    /// Anything the reader should know of how the review ran.
    pub notes: Vec<String>,
    /// How long each stage took; not part of what is reproducible.
    pub stages: Vec<StageTime>,
    /// Whether the result came from an earlier run with the same inputs.
    pub cached: bool,
}

/// Who judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Mode {
    /// No language model: findings rest on rule, impact and history.
    ModelFree { reason: String },
    /// A model ran through every stage, but may not judge: findings rest on
    /// rule, impact and history, and its verdicts stand in the trace.
    Unqualified { model: String },
    /// The model's verdicts decide.
    Judged { model: String },
}

/// A hypothesis that did not become a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    pub title: String,
    pub origin: Origin,
    pub location: Location,
    pub stage: String,
    pub reason: String,
    pub confidence: Option<f64>,
}

/// What production history the review could use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentryState {
    pub issues: usize,
    /// Newest event, seconds since the epoch.
    pub newest: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageTime {
    pub stage: String,
    pub milliseconds: u64,
    pub prompt_tokens: usize,
    pub cached_tokens: usize,
    pub completion_tokens: usize,
}
