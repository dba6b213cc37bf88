use std::time::{Duration, SystemTime};

use crate::lease::Lease;

/// Where the lease is kept; `swap` writes only if the row is still the expected one.
pub trait Store {
    fn read(&self) -> Option<Lease>;
    fn swap(&mut self, expected: Option<&Lease>, new: Lease) -> bool;
}

pub struct Node {
    pub name: String,
    pub length: Duration,
}

impl Node {
    /// Takes or renews the lease; true if this node leads now.
    pub fn campaign(&self, store: &mut impl Store, now: SystemTime) -> bool {
        let current = store.read();
        if let Some(lease) = &current {
            if lease.holder != self.name && !lease.is_expired(now) {
                return false;
            }
        }
        let mine = Lease::new(&self.name, now, self.length);
        store.swap(current.as_ref(), mine)
    }
}
