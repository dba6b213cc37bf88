//! Monthly quota of text messages, counted in segments.

use crate::ledger::{Entry, Group};

#[derive(Debug, Clone)]
pub struct Quota {
    limits: [u32; 2],
    used: [u32; 2],
}

impl Quota {
    pub fn new(union: u32, world: u32) -> Quota {
        Quota {
            limits: [union, world],
            used: [0; 2],
        }
    }

    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Sent { group, segments } => self.used[group as usize] += segments,
            Entry::Refunded { group, segments } => self.used[group as usize] -= segments,
        }
    }

    pub fn used(&self) -> u32 {
        self.used.iter().sum()
    }

    /// Whether a message may go out. One that exceeds the limit is still sent once.
    pub fn allows(&self, group: Group) -> bool {
        self.used[group as usize] < self.limits[group as usize]
    }

    /// A new month begins.
    pub fn reset(&mut self) {
        self.used = [0; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refund_gives_segments_back() {
        let group = Group::World;
        let mut quota = Quota::new(5, 3);
        quota.apply(Entry::Sent { group, segments: 3 });
        assert!(!quota.allows(group));
        assert!(quota.allows(Group::Union));
        quota.apply(Entry::Refunded { group, segments: 2 });
        assert!(quota.allows(group));
    }
}
