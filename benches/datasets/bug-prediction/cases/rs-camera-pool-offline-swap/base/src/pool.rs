//! Shares the cameras among worker threads.

use crate::camera::Camera;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[derive(Clone)]
pub struct Pool {
    cameras: Arc<Vec<Camera>>,
}

impl Pool {
    pub fn new(names: &[&str]) -> Pool {
        Pool {
            cameras: Arc::new(names.iter().map(|name| Camera::new(name)).collect()),
        }
    }

    /// Runs the job with a camera of its own, waiting until one is free.
    pub fn with_camera<T>(&self, job: impl FnOnce(&Camera) -> T) -> T {
        loop {
            if let Some(camera) = self.cameras.iter().find(|camera| camera.try_claim()) {
                let result = job(camera);
                camera.count_job();
                camera.release();
                return result;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
