//! Percentiles of response times.

/// The nearest-rank percentile of samples in milliseconds; none without samples.
pub fn percentile(samples: &[u32], percent: u32) -> Option<u32> {
    if samples.is_empty() {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent as usize).div_ceil(100).max(1);
    Some(sorted[rank - 1])
}
