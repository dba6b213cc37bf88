use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::cache::TtlCache;

pub struct Update {
    pub key: String,
    pub value: Vec<u8>,
}

/// Workers that put updates into the cache that they share.
pub fn start(cache: Arc<TtlCache>, workers: usize) -> (Vec<Sender<Update>>, Vec<JoinHandle<()>>) {
    (0..workers)
        .map(|_| {
            let (sender, updates): (Sender<Update>, Receiver<Update>) = channel();
            let cache = Arc::clone(&cache);
            let handle = thread::spawn(move || {
                for update in updates {
                    cache.put(&update.key, update.value);
                }
            });
            (sender, handle)
        })
        .unzip()
}
