//! Monthly quota of text messages, counted in segments.

use crate::ledger::Entry;

#[derive(Debug, Clone)]
pub struct Quota {
    limit: u32,
    used: u32,
}

impl Quota {
    pub fn new(limit: u32) -> Quota {
        Quota { limit, used: 0 }
    }

    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Sent { segments } => self.used += segments,
            Entry::Refunded { segments } => self.used = self.used.saturating_sub(segments),
        }
    }

    pub fn used(&self) -> u32 {
        self.used
    }

    /// Whether a message may go out. One that exceeds the limit is still sent once.
    pub fn allows(&self) -> bool {
        self.used < self.limit
    }

    /// A new month begins.
    pub fn reset(&mut self) {
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refund_gives_segments_back() {
        let mut quota = Quota::new(3);
        quota.apply(Entry::Sent { segments: 3 });
        assert!(!quota.allows());
        quota.apply(Entry::Refunded { segments: 2 });
        assert!(quota.allows());
    }
}
