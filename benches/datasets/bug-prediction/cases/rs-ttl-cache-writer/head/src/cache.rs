use std::collections::HashMap;
use std::sync::{Mutex, RwLock};
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
    /// Whoever alters the state holds this; it keeps no reader out.
    writer: Mutex<()>,
    ttl: Duration,
    limit: usize,
}

impl TtlCache {
    pub fn new(ttl: Duration, limit: usize) -> Self {
        TtlCache { state: RwLock::new(State::default()), writer: Mutex::new(()), ttl, limit }
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let state = self.state.read().unwrap();
        let entry = state.entries.get(key)?;
        (entry.expires > Instant::now()).then(|| entry.value.clone())
    }

    /// Puts a value in, unless it would take the cache above its limit. A value
    /// that is there already keeps its time.
    pub fn put(&self, key: &str, value: Vec<u8>) -> bool {
        let _writer = self.writer.lock().unwrap();
        let bytes = {
            let state = self.state.read().unwrap();
            let replaced = match state.entries.get(key) {
                Some(entry) if entry.value == value && entry.expires > Instant::now() => return true,
                Some(entry) => entry.value.len(),
                None => 0,
            };
            state.bytes - replaced + value.len()
        };
        if bytes > self.limit {
            return false;
        }
        let entry = Entry { value, expires: Instant::now() + self.ttl };
        let mut state = self.state.write().unwrap();
        state.bytes = bytes;
        state.entries.insert(key.to_owned(), entry);
        true
    }

    /// Drops what has expired; gives the bytes that are left.
    pub fn sweep(&self) -> usize {
        let _writer = self.writer.lock().unwrap();
        let now = Instant::now();
        if self.state.read().unwrap().entries.values().all(|entry| entry.expires > now) {
            return self.state.read().unwrap().bytes;
        }
        let mut state = self.state.write().unwrap();
        state.entries.retain(|_, entry| entry.expires > now);
        state.bytes = state.entries.values().map(|entry| entry.value.len()).sum();
        state.bytes
    }
}
