use std::time::{Duration, SystemTime};

/// By how much the clocks of two nodes may differ.
pub const SKEW: Duration = Duration::from_secs(2);

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

    /// Whether others may take it: it must have been over for longer than clocks differ.
    pub fn is_takeable(&self, now: SystemTime) -> bool {
        match now.duration_since(self.expires_at) {
            Ok(over) => over < SKEW,
            Err(_) => true,
        }
    }
}
