//! Percentiles of response times.

/// The nearest-rank percentiles of samples in milliseconds, sorted once for all of them.
pub fn percentiles<const N: usize>(samples: &[u32], percents: [u32; N]) -> [u32; N] {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    percents.map(|percent| {
        let rank = (sorted.len() * percent as usize).div_ceil(100).max(1);
        sorted[rank - 1]
    })
}
