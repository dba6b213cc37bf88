use std::collections::HashMap;
use std::sync::Mutex;

/// Positions by place, emptied when it is full.
pub struct Cache {
    limit: usize,
    entries: Mutex<HashMap<String, String>>,
}

impl Cache {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Mutex::default(),
        }
    }

    pub fn get(&self, place: &str) -> Option<String> {
        self.entries.lock().unwrap().get(place).cloned()
    }

    pub fn put(&self, place: &str, position: &str) {
        let mut entries = self.entries.lock().unwrap();
        if entries.len() >= self.limit {
            entries.clear();
        }
        entries.insert(place.to_owned(), position.to_owned());
    }
}
