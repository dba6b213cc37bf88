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

    /// Mean in microseconds.
    pub fn mean_us(&self) -> u128 {
        let sum: u128 = self.samples.iter().map(Duration::as_micros).sum();
        sum / self.samples.len() as u128
    }

    /// The slowest answer in microseconds.
    pub fn max_us(&self) -> u128 {
        self.samples
            .iter()
            .map(Duration::as_micros)
            .max()
            .unwrap_or(0)
    }
}
