//! The review: one function that calls the stages in order, and its result.

mod chance;
mod context;
mod dislike;
mod draft;
mod filter;
mod gather;
mod history;
mod key;
mod learn;
pub mod origin;
mod package;
pub mod qualify;
mod run;
mod severity;
mod toolbox;
mod verdict;
mod verify;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asset::Assets;
use crate::change::{Change, Repo, Skipped};
use crate::config::Config;
use crate::docs::Machine;
use crate::engine::{Embedder, Llm};
use crate::finding::{Finding, Location, Origin};
use crate::lang::Languages;
use crate::store::Store;

use qualify::Standing;
use run::Run;

/// Everything a review takes from outside. The stages read no file, clock or
/// environment of their own.
pub struct World {
    pub repo: Repo,
    pub store: Arc<Store>,
    /// Where the production history lies: the same store, or a snapshot.
    pub sentry: Arc<Store>,
    pub languages: Arc<Languages>,
    pub assets: Assets,
    pub config: Config,
    pub llm: Option<Arc<dyn Llm>>,
    /// Why there is no language model; shown in the report.
    pub without_llm: String,
    /// Whether the language model's verdicts decide.
    pub standing: Standing,
    pub embedder: Option<Arc<dyn Embedder>>,
    /// Where packages and their documentation are looked for; `None` leaves the
    /// search in them out.
    pub docs: Option<Machine>,
    /// Seconds since the epoch.
    pub now: i64,
    /// Said as each step begins, for people who wait.
    pub progress: Box<dyn Fn(&str) + Send + Sync>,
    /// Whether a stored review with the same inputs may be returned.
    pub reuse: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error(transparent)]
    Asset(#[from] crate::asset::AssetError),
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Index(#[from] crate::index::IndexError),
    #[error(transparent)]
    Sentry(#[from] crate::sentry::SentryError),
    #[error(transparent)]
    Agent(#[from] crate::agent::AgentError),
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    #[error(transparent)]
    Prompt(#[from] crate::agent::PromptError),
    #[error("the tools could not be described")]
    Tools(#[from] crate::agent::tool::ToolSpecError),
    #[error(transparent)]
    Risk(#[from] crate::risk::RiskError),
    #[error("the rubric prompts/severity.toml is not usable: {reason}")]
    Rubric { reason: String },
    #[error("the calibration grammars/calibration.toml is not usable: {reason}")]
    Calibration { reason: String },
    #[error("a stored review could not be read")]
    Record(#[from] serde_json::Error),
    #[error("an agent stopped unexpectedly")]
    Crashed(#[from] tokio::task::JoinError),
}

/// Reviews a change through every stage and keeps the result.
pub async fn review(world: Arc<World>, change: Change) -> Result<Review, ReviewError> {
    if let Some(kept) = run::kept(&world, &change)? {
        return Ok(kept);
    }
    let mut run = Run::start(world, change)?;
    let files = filter::filter(&mut run)?;
    let hypotheses = draft::draft(&mut run, &files)?;
    let verified = verify::verify(&mut run, hypotheses).await?;
    let gathered = gather::gather(&mut run, verified)?;
    let findings = package::package(&mut run, gathered)?;
    learn::learn(&mut run, &findings)?;
    run.finish(findings)
}

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

/// A hypothesis that did not become a finding. Fields that have a default were not
/// kept by earlier versions, whose stored reviews are still read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    pub title: String,
    pub origin: Origin,
    /// What proposed it within its origin, as in a finding.
    #[serde(default)]
    pub rule: Option<String>,
    /// The kind of bug, as in a finding.
    #[serde(default)]
    pub kind: String,
    pub location: Location,
    #[serde(default)]
    pub symbol: Option<String>,
    /// How the failure comes about, whole; a finding's short text is cut from it.
    #[serde(default)]
    pub mechanism: String,
    /// Probability of being real before verification, 0 to 1, three decimals.
    #[serde(default)]
    pub prior: f64,
    /// Harm if real as its origin rates it, 0 to 1, three decimals.
    #[serde(default)]
    pub severity: f64,
    /// The stage that dropped it.
    pub stage: String,
    #[serde(default)]
    pub cause: Cause,
    /// The cause in words, for people.
    pub reason: String,
    /// Probability of being real by its verdict, 0 to 1, three decimals; none where it was
    /// dropped before it had one.
    pub confidence: Option<f64>,
}

/// Why a hypothesis did not become a finding, for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An earlier version did not say.
    #[default]
    Unstated,
    /// Another hypothesis is at the same place; there is no confidence.
    SamePlace,
    /// It ranks below those that `review.max_hypotheses` allows; there is no confidence.
    BeyondLimit,
    /// A model that may judge says that it is no bug; its confidence is below 0.5.
    Refuted,
    /// Only a model claims it, and no verdict counts; its confidence of 0 says nothing.
    Unproven,
    /// The change does not touch its place.
    Untouched,
    /// Another hypothesis is the same bug.
    SameBug,
    /// Its confidence is below `review.min_confidence`.
    LowConfidence,
    /// Its severity is below `review.min_severity`.
    LowSeverity,
    /// The team voted it, or one like it, down; there is no confidence before `package`.
    VotedDown,
}

impl Cause {
    /// Whether nothing but the confidence of its verdict kept a hypothesis back.
    pub fn is_confidence(self) -> bool {
        matches!(self, Self::LowConfidence | Self::Refuted)
    }
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
