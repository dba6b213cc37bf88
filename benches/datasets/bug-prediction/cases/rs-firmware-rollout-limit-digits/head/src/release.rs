//! Releases as the build server lists them: `channel version file`, one a line.

#[derive(Debug, Clone)]
pub struct Release {
    pub channel: String,
    pub version: String,
    pub file: String,
}

impl Release {
    pub fn from_line(line: &str) -> Option<Release> {
        let mut words = line.split_whitespace();
        let channel = words.next()?.to_string();
        let version = words.next().filter(|word| is_numeric(word))?.to_string();
        let file = words.next()?.to_string();
        Some(Release {
            channel,
            version,
            file,
        })
    }
}

/// `1.4.12`, and not a build by hand such as `1.4.0-rc1` or `nightly`.
fn is_numeric(version: &str) -> bool {
    version
        .split('.')
        .all(|part| (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
}
