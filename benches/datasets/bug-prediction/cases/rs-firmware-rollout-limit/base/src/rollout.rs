//! Which release the devices of a channel get.

use crate::release::Release;

/// The parts of a version such as `1.4.12`; none for builds by hand (`1.4.0-rc1`, `nightly`).
fn parts(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// The newest release of a channel. Builds by hand are never rolled out.
pub fn newest<'a>(releases: &'a [Release], channel: &str) -> Option<&'a Release> {
    releases
        .iter()
        .filter(|release| release.channel == channel)
        .filter_map(|release| Some((parts(&release.version)?, release)))
        .max_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, release)| release)
}
