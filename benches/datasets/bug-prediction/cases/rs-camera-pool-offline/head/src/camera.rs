//! Cameras of the inspection line. A camera takes one job at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub struct Camera {
    pub name: String,
    busy: AtomicBool,
    offline: AtomicBool,
    jobs: AtomicU64,
}

impl Camera {
    pub fn new(name: &str) -> Camera {
        Camera {
            name: name.to_string(),
            busy: AtomicBool::new(false),
            offline: AtomicBool::new(false),
            jobs: AtomicU64::new(0),
        }
    }

    /// Takes the camera if it is free and in service; called by all the workers.
    pub fn try_claim(&self) -> bool {
        if self.offline.load(Ordering::Acquire) {
            return false;
        }
        if self.busy.load(Ordering::Acquire) {
            return false;
        }
        self.busy.store(true, Ordering::Release);
        true
    }

    /// Takes the camera out of service for cleaning, or back; a running job is finished.
    pub fn set_offline(&self, offline: bool) {
        self.offline.store(offline, Ordering::Release);
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
