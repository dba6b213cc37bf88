//! Which release the devices of a channel get.

use crate::release::Release;

/// The parts of a version such as `1.4.12`.
fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}

/// The newest release of a channel, not above `limit` where one is given.
pub fn newest<'a>(
    releases: &'a [Release],
    channel: &str,
    limit: Option<&Release>,
) -> Option<&'a Release> {
    let limit = limit.map(|release| parts(&release.version));
    releases
        .iter()
        .filter(|release| release.channel == channel)
        .map(|release| (parts(&release.version), release))
        .filter(|(parts, _)| limit.as_ref().is_none_or(|limit| parts <= limit))
        .max_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, release)| release)
}
