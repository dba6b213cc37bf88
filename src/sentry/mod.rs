//! The local cache of exported Sentry issues: import, scrubbing, search, and
//! the way from a stack frame to a function of this repository.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::store::Store;

/// A group of events as the searches return it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub id: String,
    pub short_id: Option<String>,
    pub title: String,
    /// Error type, for example `KeyError`.
    pub error_type: Option<String>,
    pub message: String,
    /// Where it was raised, as Sentry words it.
    pub culprit: Option<String>,
    pub level: String,
    pub status: String,
    pub count: u64,
    pub users: u64,
    /// Seconds since the epoch.
    pub first_seen: Option<i64>,
    pub last_seen: Option<i64>,
    pub permalink: Option<String>,
    pub project: Option<String>,
    pub platform: Option<String>,
    pub summary: Option<String>,
}

/// One frame of a stack trace; frames run from the outermost call to the crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// As exported.
    pub filename: Option<String>,
    pub function: Option<String>,
    pub module: Option<String>,
    pub line: Option<u32>,
    pub in_app: Option<bool>,
    pub context: Vec<(u32, String)>,
    /// Scrubbed variable values by name.
    pub vars: Vec<(String, String)>,
}

/// One exception of an event; the one that was raised stands last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    pub error_type: String,
    pub value: String,
    pub frames: Vec<Frame>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub issue: String,
    pub time: Option<i64>,
    pub message: String,
    pub exceptions: Vec<Exception>,
    pub breadcrumbs: Vec<String>,
    pub tags: Vec<(String, String)>,
    pub release: Option<String>,
    pub environment: Option<String>,
}

/// An issue whose stack trace passes a place of this repository.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameMatch {
    pub issue: Issue,
    pub frame: Frame,
    /// Path in this repository that the frame was placed on.
    pub path: String,
    /// See `sentry::frame` for the scale; 60 and up with a function is sure.
    pub score: u32,
    /// Whether it is the frame that crashed.
    pub crash: bool,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    pub files: usize,
    pub issues: usize,
    pub events: usize,
    /// Already known and not newer.
    pub unchanged: usize,
    /// Values removed by the scrubber, by kind.
    pub scrubbed: std::collections::BTreeMap<String, usize>,
    /// Records that could not be read: place and reason.
    pub problems: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SentryError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error("a query of the Sentry cache failed")]
    Query(#[from] rusqlite::Error),
    #[error("could not read {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("there is no issue `{0}` in the Sentry cache")]
    NotFound(String),
    #[error("nothing in {} looks like a Sentry issue or event", .0.display())]
    Nothing(PathBuf),
    #[error("a stored event could not be read")]
    Record(#[from] serde_json::Error),
}

/// The cache of one repository.
pub struct SentryCache<'a> {
    store: &'a Store,
}

impl<'a> SentryCache<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store }
    }
    /// Imports files and folders of JSON, NDJSON, `.gz` and `.zst`.
    pub fn import(&self, _paths: &[PathBuf]) -> Result<ImportReport, SentryError> {
        let _ = self.store;
        todo!()
    }
    /// Hash of the content; part of a review's key. Empty cache: `empty`.
    pub fn digest(&self) -> Result<String, SentryError> {
        todo!()
    }
    pub fn counts(&self) -> Result<(usize, Option<i64>), SentryError> {
        todo!()
    }
    pub fn is_empty(&self) -> Result<bool, SentryError> {
        todo!()
    }
    /// Full-text search over title, message and culprit; best first.
    pub fn by_keywords(&self, _query: &str, _limit: usize) -> Result<Vec<Issue>, SentryError> {
        todo!()
    }
    /// Issues of that error type, last seen first.
    pub fn by_error_type(
        &self,
        _error_type: &str,
        _limit: usize,
    ) -> Result<Vec<Issue>, SentryError> {
        todo!()
    }
    /// Issues with a frame in that function of that repository path, best match first.
    pub fn by_function(
        &self,
        _path: &str,
        _function: &str,
        _limit: usize,
    ) -> Result<Vec<FrameMatch>, SentryError> {
        todo!()
    }
    /// Issues with a frame in that repository path.
    pub fn by_path(&self, _path: &str, _limit: usize) -> Result<Vec<FrameMatch>, SentryError> {
        todo!()
    }
    /// By id or short id.
    pub fn issue(&self, _id: &str) -> Result<Issue, SentryError> {
        todo!()
    }
    /// The newest event of an issue, if one was exported.
    pub fn latest_event(&self, _issue: &str) -> Result<Option<Event>, SentryError> {
        todo!()
    }
}
