use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What is remembered between runs. Files of all versions since 0.1 must stay readable.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub feeds: Vec<Feed>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Feed {
    pub url: String,
    /// The server's tag of what was read last.
    pub etag: Option<String>,
    /// Since 0.3.
    #[serde(default)]
    pub failures: u32,
}

impl State {
    /// The stored state, or an empty one at the first start.
    pub fn load(path: &Path) -> io::Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(e),
        }
    }

    pub fn save(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, serde_json::to_vec_pretty(self)?)
    }
}
