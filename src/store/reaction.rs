//! What the team thought of findings.
use super::{Store, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    Up,
    Down,
}

/// A vote on a finding; the newest vote on a finding counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reaction {
    pub finding: String,
    pub vote: Vote,
    pub reason: Option<String>,
    pub created: i64,
    /// Title and short text of the finding, for comparison by embedding.
    pub text: String,
}

impl Store {
    pub fn add_reaction(&self, _reaction: &Reaction) -> Result<(), StoreError> {
        todo!()
    }
    /// The newest reaction on each finding, oldest first.
    pub fn reactions(&self) -> Result<Vec<Reaction>, StoreError> {
        todo!()
    }
}
