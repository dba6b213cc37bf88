//! The local cache of exported Sentry issues: import, scrubbing, search, and
//! the way from a stack frame to a function of this repository.
//!
//! ```text
//! file ─▶ source ─▶ split ─▶ json ─▶ shape ─▶ scrub ─▶ api | stored ─▶ write
//!                                                            └ trace, event, frame
//! ```
//!
//! A new form of export needs a variant in `shape` and a module like `api`.
//! All text that leaves the cache was written by strangers: it is stripped of
//! control characters, and its readers must treat it as data.

mod api;
mod check;
mod clean;
pub mod describe;
mod event;
mod frame;
mod import;
mod json;
mod query;
mod record;
mod sample;
mod scrub;
mod shape;
mod source;
mod split;
mod stored;
mod trace;
mod write;

use std::path::PathBuf;

pub use query::Window;
pub use sample::{Sample, Value};

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
    /// What was left out though nothing is wrong with it: files of a folder that
    /// are not Sentry's, records that are no failures.
    #[serde(default)]
    pub notes: Vec<String>,
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
    /// Imports files and folders of JSON, NDJSON, `.gz` and `.zst`; what a file
    /// is shows in its content. Everything is scrubbed before it is written.
    ///
    /// A record that is known and not newer is left alone, so a second import
    /// changes nothing. Records are written in batches: after an interruption
    /// a rerun continues. Fails with [`SentryError::Nothing`], and writes
    /// nothing, if no file holds anything of Sentry's.
    pub fn import(&self, paths: &[PathBuf]) -> Result<ImportReport, SentryError> {
        let report = import::import(self.store, paths)?;
        query::keep_digest(&mut self.store.connect()?)?;
        Ok(report)
    }
    /// Hash of the content; part of a review's key. Empty cache: `empty`.
    pub fn digest(&self) -> Result<String, SentryError> {
        query::digest(&self.store.lock())
    }
    pub fn is_empty(&self) -> Result<bool, SentryError> {
        Ok(self.counts()?.0 == 0)
    }
    /// How many issues there are, and the time of the newest data in seconds
    /// since the epoch.
    pub fn counts(&self) -> Result<(usize, Option<i64>), SentryError> {
        query::counts(&self.store.lock())
    }
    /// Full-text search over title, message, culprit and error type; issues
    /// seen in the 90 days before the newest data, best first. Issues with all
    /// words precede those with some.
    pub fn by_keywords(&self, query: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
        query::by_keywords(&self.store.lock(), query, limit)
    }
    /// Issues of that error type seen in the 90 days before the newest data,
    /// last seen first.
    pub fn by_error_type(&self, error_type: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
        query::by_error_type(&self.store.lock(), error_type, limit)
    }
    /// Issues with a frame in that function of that repository path, best match
    /// first; only [`Window::Live`] ones, as Sentry's reviewer searches.
    pub fn by_function(
        &self,
        path: &str,
        function: &str,
        limit: usize,
    ) -> Result<Vec<FrameMatch>, SentryError> {
        self.by_function_within(path, function, limit, Window::Live)
    }
    /// Like [`Self::by_function`], over the issues of a window.
    pub fn by_function_within(
        &self,
        path: &str,
        function: &str,
        limit: usize,
        window: Window,
    ) -> Result<Vec<FrameMatch>, SentryError> {
        query::by_function(&self.store.lock(), path, function, limit, window)
    }
    /// Issues of any age with a frame in that repository path.
    pub fn by_path(&self, path: &str, limit: usize) -> Result<Vec<FrameMatch>, SentryError> {
        query::by_path(&self.store.lock(), path, limit)
    }
    /// By id or short id, or by an address that ends in one.
    pub fn issue(&self, id: &str) -> Result<Issue, SentryError> {
        query::issue(&self.store.lock(), id)
    }
    /// The newest event of an issue, if one was exported.
    pub fn latest_event(&self, issue: &str) -> Result<Option<Event>, SentryError> {
        query::latest_event(&self.store.lock(), issue)
    }
    /// What the newest stored events of a match's issue say about its place, merged.
    pub fn sample(&self, found: &FrameMatch) -> Result<Sample, SentryError> {
        sample::sample(&self.store.lock(), found)
    }
    /// Issues to offer in place of an id that does not exist.
    pub fn near(&self, id: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
        query::near(&self.store.lock(), id, limit)
    }
}
