use std::collections::HashMap;
use std::sync::RwLock;
use std::time::{Duration, Instant};

struct Entry {
    value: Vec<u8>,
    expires: Instant,
}

#[derive(Default)]
struct State {
    entries: HashMap<String, Entry>,
    bytes: usize,
}

pub struct TtlCache {
    state: RwLock<State>,
    ttl: Duration,
    limit: usize,
}

impl TtlCache {
    pub fn new(ttl: Duration, limit: usize) -> Self {
        TtlCache { state: RwLock::new(State::default()), ttl, limit }
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let state = self.state.read().unwrap();
        let entry = state.entries.get(key)?;
        (entry.expires > Instant::now()).then(|| entry.value.clone())
    }

    /// Puts a value in, unless it would take the cache above its limit.
    pub fn put(&self, key: &str, value: Vec<u8>) -> bool {
        let mut state = self.state.write().unwrap();
        let replaced = state.entries.get(key).map_or(0, |entry| entry.value.len());
        let bytes = state.bytes - replaced + value.len();
        if bytes > self.limit {
            return false;
        }
        state.bytes = bytes;
        state.entries.insert(key.to_owned(), Entry { value, expires: Instant::now() + self.ttl });
        true
    }

    /// Drops what has expired; gives the bytes that are left.
    pub fn sweep(&self) -> usize {
        let now = Instant::now();
        let mut state = self.state.write().unwrap();
        state.entries.retain(|_, entry| entry.expires > now);
        state.bytes = state.entries.values().map(|entry| entry.value.len()).sum();
        state.bytes
    }
}
