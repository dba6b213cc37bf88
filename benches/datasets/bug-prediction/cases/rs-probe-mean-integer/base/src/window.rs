use std::time::Duration;

/// Answers of one target within the running minute.
#[derive(Default)]
pub struct Window {
    samples: Vec<Duration>,
}

impl Window {
    pub fn push(&mut self, took: Duration) {
        self.samples.push(took);
    }

    pub fn clear(&mut self) {
        self.samples.clear();
    }

    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Mean in milliseconds; NaN if nothing was measured.
    pub fn mean_ms(&self) -> f64 {
        let sum: f64 = self.samples.iter().map(Duration::as_secs_f64).sum();
        sum * 1000.0 / self.samples.len() as f64
    }
}
