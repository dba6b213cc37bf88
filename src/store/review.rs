//! Reviews, their findings and their traces.

use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::finding::Finding;

/// A finished review as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewRecord {
    /// Sortable and unique: time, then a few digits of the key.
    pub id: String,
    /// Hash of all that the result depends on.
    pub key: String,
    pub created: i64,
    pub base: String,
    pub head: String,
    pub label: String,
    /// JSON of the review as reports read it.
    pub result: serde_json::Value,
    pub findings: Vec<Finding>,
    pub trace: Vec<TraceEvent>,
}

/// A line of `forewarn log`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewSummary {
    pub id: String,
    pub created: i64,
    pub label: String,
    pub findings: usize,
    pub result: serde_json::Value,
}

/// One step of a review's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// `filter`, `draft`, `verify`, `gather`, `package`, `learn`.
    pub stage: String,
    /// The agent within the stage, for example `H2`; empty for the stage itself.
    #[serde(default)]
    pub agent: String,
    pub kind: TraceKind,
    /// Prompt, completion, arguments or result, as text.
    pub text: String,
    #[serde(default)]
    pub prompt_tokens: usize,
    /// Prompt tokens that were not computed again.
    #[serde(default)]
    pub cached_tokens: usize,
    #[serde(default)]
    pub completion_tokens: usize,
    #[serde(default)]
    pub milliseconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// A message that went into a prompt (system or user).
    Prompt,
    /// What the model wrote.
    Completion,
    ToolCall,
    ToolResult,
    /// Something the program decided, with its reason.
    Note,
    /// Text that was cut so that a prompt fits its window.
    Cut,
    /// Log-probabilities of forced answers.
    Score,
}

impl Store {
    /// Writes a review with its findings and trace in one transaction.
    pub fn add_review(&self, _record: &ReviewRecord) -> Result<(), StoreError> {
        todo!()
    }
    /// The newest review of that key.
    pub fn review_by_key(&self, _key: &str) -> Result<Option<ReviewRecord>, StoreError> {
        todo!()
    }
    /// By id, by an unambiguous start of it, or by `last`. Without its trace.
    pub fn review(&self, _id: &str) -> Result<ReviewRecord, StoreError> {
        todo!()
    }
    pub fn trace(&self, _review: &str) -> Result<Vec<TraceEvent>, StoreError> {
        todo!()
    }
    /// Newest first.
    pub fn reviews(&self, _limit: usize) -> Result<Vec<ReviewSummary>, StoreError> {
        todo!()
    }
    /// The newest finding of that id (or unambiguous start of it), with its review's id.
    pub fn finding(&self, _id: &str) -> Result<(String, Finding), StoreError> {
        todo!()
    }
}
