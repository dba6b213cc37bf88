//! Cameras of the inspection line. A camera takes one job at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub struct Camera {
    pub name: String,
    busy: AtomicBool,
    jobs: AtomicU64,
}

impl Camera {
    pub fn new(name: &str) -> Camera {
        Camera {
            name: name.to_string(),
            busy: AtomicBool::new(false),
            jobs: AtomicU64::new(0),
        }
    }

    /// Takes the camera if it is free; called by all the workers.
    pub fn try_claim(&self) -> bool {
        self.busy
            .compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    pub fn release(&self) {
        self.busy.store(false, Ordering::Release);
    }

    pub fn jobs(&self) -> u64 {
        self.jobs.load(Ordering::Relaxed)
    }

    pub fn count_job(&self) {
        self.jobs.fetch_add(1, Ordering::Relaxed);
    }
}
