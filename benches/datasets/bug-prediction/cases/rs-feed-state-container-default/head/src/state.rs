use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What is remembered between runs. Files of all versions since 0.1 must stay readable.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub feeds: Vec<Feed>,
}

/// Fields that a file lacks take their defaults.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Feed {
    pub url: String,
    /// The server's tag of what was read last.
    pub etag: Option<String>,
    /// Since 0.4; took the place of `failures`.
    pub health: Health,
}

/// How a feed did lately.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Health {
    pub failures: u32,
    /// Runs that are left out before the next try.
    pub skip: u32,
}

impl Health {
    /// Doubles the pause with each failure, up to a day of hourly runs.
    pub fn failed(&mut self) {
        self.failures += 1;
        self.skip = (1 << self.failures.min(5)).min(24);
    }
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
