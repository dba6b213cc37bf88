//! The local cache of exported Sentry issues: import, scrubbing, search, and
//! the way from a stack frame to a function of this repository.
//!
//! ```text
//! file ─▶ archive ─▶ source ─▶ split | envelope | text ─▶ json ─▶ shape ─▶ scrub
//!              ─▶ api | stored | bugsink | seer ─▶ write
//!                      └ trace, event, frame
//! ```
//!
//! A new form of export needs a variant in `shape` and a module like `api`.
//! All text that leaves the cache was written by strangers: it is stripped of
//! control characters, and its readers must treat it as data.

mod api;
mod archive;
mod bugsink;
mod check;
mod clean;
pub mod describe;
mod envelope;
mod event;
#[cfg(feature = "export")]
pub mod export;
mod frame;
mod import;
mod json;
mod query;
mod record;
mod scrub;
mod seer;
mod shape;
mod snapshot;
mod source;
mod split;
mod stored;
mod text;
mod trace;
mod when;
mod write;

use std::path::PathBuf;

pub use query::Window;
pub use scrub::kind_name;
pub use snapshot::{LeftOut, Manifest, SnapshotReport, open_snapshot};

use serde::{Deserialize, Serialize};

use crate::store::Store;

/// A group of events as the searches return it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Root cause and proposed solution, as Sentry's models wrote them.
    #[serde(default)]
    pub root_cause: Option<String>,
    /// File and function where Sentry places the issue, as the program knew them.
    #[serde(default)]
    pub meta_file: Option<String>,
    #[serde(default)]
    pub meta_function: Option<String>,
    /// Whether it was not caught, where that was exported.
    #[serde(default)]
    pub unhandled: Option<bool>,
    #[serde(default)]
    pub priority: Option<String>,
    /// `new`, `ongoing`, `escalating`, `regressed`, `archived_...`
    #[serde(default)]
    pub substatus: Option<String>,
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

/// How an import is done.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Id or short id of the issue that records without one belong to.
    pub issue: Option<String>,
    /// Seconds since the epoch, for the list of imports; times of records more than a
    /// day later are not believed. 0: not known, and every time is believed.
    pub now: i64,
    /// Further keys whose values go: regular expressions over the key.
    pub scrub_keys: Vec<String>,
    /// Further values that go: regular expressions.
    pub scrub_values: Vec<String>,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of the files, and bytes of them all.
    pub bytes: u64,
    pub all_bytes: u64,
    pub issues: usize,
    pub events: usize,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Files with something of Sentry's in them; those of archives count.
    pub files: usize,
    pub issues: usize,
    pub events: usize,
    /// Summaries and root causes.
    #[serde(default)]
    pub summaries: usize,
    /// Code mappings.
    #[serde(default)]
    pub mappings: usize,
    /// Already known and not newer.
    pub unchanged: usize,
    /// Values removed by the scrubber, by kind.
    pub scrubbed: std::collections::BTreeMap<String, usize>,
    /// Records that could not be read: place and reason.
    pub problems: Vec<String>,
    /// What was left out or taken in part though nothing is wrong with it: files that
    /// are not Sentry's, records that are no failures, issues without stack traces;
    /// and ids that contradict each other.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// One import of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// Seconds since the epoch.
    pub time: i64,
    /// The files and folders that were named.
    pub what: Vec<String>,
    /// False if it was interrupted, or is still running.
    pub finished: bool,
    pub report: ImportReport,
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
    #[error("{} is {what}", path.display())]
    Foreign { path: PathBuf, what: String, hint: String },
    #[error("`{setting}` holds a pattern that is no regular expression: {pattern}")]
    Pattern {
        setting: &'static str,
        pattern: String,
        #[source]
        source: Box<regex::Error>,
    },
    #[error("there is a file {} already", .0.display())]
    Exists(PathBuf),
    #[error("{} is no snapshot of a Sentry cache", .0.display())]
    NotSnapshot(PathBuf),
    #[error("a stored event could not be read")]
    Record(#[from] serde_json::Error),
}

/// Reads a time as exports write it, as seconds since the epoch: RFC 3339 (UTC
/// where no zone is given), a day (its beginning), or a number.
pub fn parse_time(text: &str) -> Option<i64> {
    json::parse_time(&serde_json::Value::from(text))
}

/// The cache of one repository.
pub struct SentryCache<'a> {
    store: &'a Store,
}

impl<'a> SentryCache<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store }
    }
    /// Imports files, folders and archives of whatever Sentry's tools, GlitchTip or
    /// Bugsink export; what a file is shows in its content. Everything is scrubbed
    /// before it is written.
    ///
    /// A record that is known and not newer is left alone, so a second import
    /// changes nothing. Records are written in batches: after an interruption
    /// a rerun continues. Fails with [`SentryError::Nothing`] or
    /// [`SentryError::Foreign`], and writes nothing, if no file holds anything of
    /// Sentry's.
    pub fn import(&self, paths: &[PathBuf]) -> Result<ImportReport, SentryError> {
        self.import_with(paths, &ImportOptions::default(), &mut |_| {})
    }
    /// Like [`Self::import`], with options; `progress` is called every few records.
    pub fn import_with(
        &self,
        paths: &[PathBuf],
        options: &ImportOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<ImportReport, SentryError> {
        let report = import::import(self.store, paths, options, progress)?;
        query::keep_digest(&mut self.store.connect()?)?;
        Ok(report)
    }
    /// The last imports, newest first.
    pub fn imports(&self, limit: usize) -> Result<Vec<ImportRecord>, SentryError> {
        write::imports(&self.store.lock(), limit)
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
    /// An event by its id.
    pub fn event(&self, id: &str) -> Result<Option<Event>, SentryError> {
        query::event_by_id(&self.store.lock(), id)
    }
    /// Issues to offer in place of an id that does not exist.
    pub fn near(&self, id: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
        query::near(&self.store.lock(), id, limit)
    }
}
