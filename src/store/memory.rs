//! Lasting facts about the repository.
use super::{Store, StoreError};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Memory {
    pub id: i64,
    pub text: String,
    /// `user`, or the id of the review that proposed it.
    pub source: String,
    pub created: i64,
    /// Last time a review established it again, seconds since the epoch.
    pub confirmed: i64,
    pub confirmations: u32,
}

impl Store {
    /// Oldest first.
    pub fn memories(&self) -> Result<Vec<Memory>, StoreError> {
        todo!()
    }
    pub fn add_memory(&self, _text: &str, _source: &str, _now: i64) -> Result<Memory, StoreError> {
        todo!()
    }
    pub fn edit_memory(&self, _id: i64, _text: &str, _now: i64) -> Result<(), StoreError> {
        todo!()
    }
    pub fn confirm_memory(&self, _id: i64, _now: i64) -> Result<(), StoreError> {
        todo!()
    }
    pub fn remove_memory(&self, _id: i64) -> Result<(), StoreError> {
        todo!()
    }
    /// Removes facts no user wrote that nothing confirmed since `before`; returns them.
    pub fn expire_memories(&self, _before: i64) -> Result<Vec<Memory>, StoreError> {
        todo!()
    }
}
