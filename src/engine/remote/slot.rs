//! Bounds how many requests run at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often one who waits looks whether it is still wanted.
const TICK: Duration = Duration::from_millis(50);

/// Free places.
pub struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place, free again when dropped.
pub struct Slot<'a>(&'a Slots);

impl Slots {
    pub fn new(count: usize) -> Self {
        Self { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    /// Waits for a place; `None` if `is_over` says so first.
    pub fn take(&self, is_over: &mut dyn FnMut() -> bool) -> Option<Slot<'_>> {
        let mut free = self.lock();
        while *free == 0 {
            let waited = self.freed.wait_timeout(free, TICK);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
            if *free == 0 && is_over() {
                return None;
            }
        }
        *free -= 1;
        Some(Slot(self))
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_once_and_again_when_it_is_free() {
        let slots = Slots::new(0);
        let slot = slots.take(&mut || false).unwrap();
        assert!(slots.take(&mut || true).is_none());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| slots.take(&mut || false).is_some());
            drop(slot);
            assert!(waiting.join().unwrap());
        });
        assert!(slots.take(&mut || true).is_some());
    }
}
