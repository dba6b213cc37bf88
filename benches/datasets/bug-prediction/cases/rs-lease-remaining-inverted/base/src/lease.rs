use std::time::{Duration, SystemTime};

/// The row that says which node leads, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub holder: String,
    pub expires_at: SystemTime,
}

impl Lease {
    pub fn new(holder: &str, now: SystemTime, length: Duration) -> Self {
        Self {
            holder: holder.to_owned(),
            expires_at: now + length,
        }
    }

    /// Whether others may take it.
    pub fn is_expired(&self, now: SystemTime) -> bool {
        now >= self.expires_at
    }
}
