//! Finds the longest prefix that was computed before.
//!
//! Prefixes are kept and reused in whole chunks of the prefill only, counted
//! from the first token. Every key and value in the cache is therefore the
//! outcome of one fixed computation, whichever agent asked first, and a prompt
//! gives the same bits with a warm cache as with a cold one.

use std::collections::VecDeque;
use std::sync::Arc;

use super::sequence::Prefix;

/// Kept prefixes, the least recently used first.
pub struct PrefixCache {
    chunk: usize,
    /// Most tokens of all entries together.
    budget: usize,
    entries: VecDeque<Arc<Prefix>>,
}

impl PrefixCache {
    pub fn new(chunk: usize, budget: usize) -> Self {
        Self { chunk, budget, entries: VecDeque::new() }
    }

    /// The entry that shares most with `tokens`, and how many tokens of it to
    /// take: whole chunks, and never all of the prompt, since its last
    /// position's logits have to be computed.
    pub fn find(&mut self, tokens: &[u32]) -> Option<(Arc<Prefix>, usize)> {
        let most = self.whole(tokens.len().saturating_sub(1));
        let shared = |entry: &Arc<Prefix>| {
            let same = entry.tokens.iter().zip(&tokens[..most]).take_while(|(a, b)| a == b);
            self.whole(same.count())
        };
        let (at, length) = self
            .entries
            .iter()
            .map(shared)
            .enumerate()
            .filter(|&(_, length)| length > 0)
            .max_by_key(|&(_, length)| length)?;
        let entry = self.entries.remove(at)?;
        self.entries.push_back(Arc::clone(&entry));
        Some((entry, length))
    }

    /// Tokens of the whole chunks in the first `length`.
    pub fn whole(&self, length: usize) -> usize {
        length / self.chunk * self.chunk
    }

    /// Keeps a prefix of whole chunks; entries that it contains are dropped,
    /// then the least recently used ones until the budget holds.
    pub fn put(&mut self, prefix: Prefix) {
        let length = prefix.tokens.len();
        let known = self.entries.iter().any(|entry| entry.tokens.starts_with(&prefix.tokens));
        if length == 0 || length > self.budget || known {
            return;
        }
        self.entries.retain(|entry| !prefix.tokens.starts_with(&entry.tokens));
        self.entries.push_back(Arc::new(prefix));
        while self.entries.iter().map(|entry| entry.tokens.len()).sum::<usize>() > self.budget {
            self.entries.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::super::sequence::{CacheShape, Sequence};
    use super::*;

    fn prefix(tokens: &[u32]) -> Prefix {
        let shape = CacheShape { layers: 0, heads: 1, width: 1 };
        let mut sequence = Sequence::new(shape, Device::Cpu);
        sequence.extend(tokens);
        sequence.prefix(tokens.len())
    }

    #[test]
    fn the_longest_shared_chunks_are_found_and_a_longer_entry_replaces_its_own_prefix() {
        let mut cache = PrefixCache::new(2, 100);
        cache.put(prefix(&[1, 2]));
        cache.put(prefix(&[1, 2, 3, 4]));
        cache.put(prefix(&[1, 2, 3, 5]));
        assert_eq!(cache.entries.len(), 2);
        assert_eq!(cache.find(&[1, 2, 3, 4, 9]).unwrap().1, 4);
        // Not whole chunks: 3 tokens shared, 2 taken; the last is never taken.
        assert_eq!(cache.find(&[1, 2, 3, 7]).unwrap().1, 2);
        assert_eq!(cache.find(&[1, 2, 3, 4]).unwrap().1, 2);
        assert!(cache.find(&[7, 7, 7]).is_none());
    }

    #[test]
    fn the_least_recently_used_entry_goes_first() {
        let mut cache = PrefixCache::new(2, 6);
        cache.put(prefix(&[1, 1]));
        cache.put(prefix(&[2, 2]));
        cache.put(prefix(&[3, 3]));
        assert!(cache.find(&[1, 1, 0]).is_some());
        cache.put(prefix(&[4, 4]));
        assert!(cache.find(&[2, 2, 0]).is_none());
        assert!(cache.find(&[1, 1, 0]).is_some());
        cache.put(prefix(&[5; 8]));
        assert_eq!(cache.entries.len(), 3, "an entry over the budget is not kept");
    }
}
