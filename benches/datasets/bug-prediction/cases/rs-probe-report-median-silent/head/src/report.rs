//! The minute report of the probes.

use crate::percentile::percentiles;
use std::collections::BTreeMap;

/// Response times by probe since the last report. Every probe is listed, also a silent one.
#[derive(Default)]
pub struct Minute {
    samples: BTreeMap<String, Vec<u32>>,
}

impl Minute {
    pub fn new(probes: &[&str]) -> Minute {
        Minute {
            samples: probes.iter().map(|probe| (probe.to_string(), Vec::new())).collect(),
        }
    }

    pub fn add(&mut self, probe: &str, millis: u32) {
        self.samples.entry(probe.to_string()).or_default().push(millis);
    }

    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (probe, samples) in &self.samples {
            if samples.is_empty() {
                lines.push(format!("{probe}: silent"));
                continue;
            }
            let [p95, p50] = percentiles(samples, [95, 50]);
            lines.push(format!("{probe}: {p95} ms, median {p50} ms"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_fifth_of_a_probe() {
        let mut minute = Minute::new(&["berlin"]);
        for millis in 1..=20 {
            minute.add("berlin", millis);
        }
        assert!(minute.lines()[0].starts_with("berlin: 19 ms"));
    }
}
