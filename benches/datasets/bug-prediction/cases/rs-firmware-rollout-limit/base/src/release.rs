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
        let version = words.next()?.to_string();
        let file = words.next()?.to_string();
        Some(Release {
            channel,
            version,
            file,
        })
    }
}
