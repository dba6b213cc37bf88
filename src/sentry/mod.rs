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
mod coverage;
pub mod describe;
mod envelope;
mod event;
#[cfg(feature = "export")]
pub mod export;
mod frame;
mod import;
mod json;
mod line;
mod mapping;
mod place;
mod prune;
mod query;
mod record;
mod rename;
mod sample;
mod scrub;
mod seer;
mod shape;
mod snapshot;
mod source;
mod split;
mod stored;
mod text;
mod trace;
mod tree;
mod when;
mod write;

use std::path::PathBuf;

pub use coverage::{Coverage, ProjectCoverage};
pub use mapping::{Derived, Mapping};
pub use prune::{Prune, Pruned};
pub use query::{Search, Window};
pub use sample::{Sample, Value};
pub use scrub::kind_name;
pub use snapshot::{LeftOut, Manifest, SnapshotReport, open_snapshot};
pub use tree::{Candidate, Code, Tree};

use serde::{Deserialize, Serialize};

use crate::change::{Rename, Repo, Snapshot};
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

impl Frame {
    /// The source line that it was at, trimmed, if it was exported and is not blank.
    pub fn own_line(&self) -> Option<&str> {
        let number = self.line?;
        let (_, text) = self.context.iter().find(|(n, _)| *n == number)?;
        Some(text.trim()).filter(|text| !text.is_empty())
    }
}

/// The last identifier of a frame's function as its source has it; `None` for lambdas,
/// modules and whatever has no name. `platform` is that of the event.
pub fn function_name(frame: &Frame, platform: &str) -> Option<String> {
    frame::function_of(frame, platform)
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameMatch {
    pub issue: Issue,
    pub frame: Frame,
    /// The exception in whose stack the frame lies, where the issue is called after one
    /// that was raised because of it.
    pub raised: Option<Raised>,
    /// The file of the repository that the frame lies in, as the tree calls it.
    pub path: String,
    /// See `sentry::frame::score` for the scale; 60 and up with a function is sure.
    pub score: u32,
    /// Whether it is the frame that crashed.
    pub crash: bool,
    /// Line of the file that is the frame's own source line, if it is still there and
    /// the tree is known.
    pub line: Option<u32>,
    /// What the file was called when the event was recorded, if something else.
    pub former: Option<String>,
    /// Other files of the tree that the frame agrees with as well.
    pub others: Vec<String>,
    /// Whether the function was in another file then, and was found by its lines.
    pub moved: bool,
}

/// Type and message of an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Raised {
    pub error_type: String,
    pub value: String,
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
    /// Bytes of the files that are done, and of them all. A file is read more than once
    /// before it is, and each reading counts for a part of it.
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
    #[error("could not write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error("the code that frames are placed in could not be read")]
    Code(#[source] Box<dyn std::error::Error + Send + Sync>),
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
    tree: Option<&'a Tree>,
    projects: &'a [String],
}

impl<'a> SentryCache<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store, tree: None, projects: &[] }
    }
    /// The cache as seen from a tree: searches by place know which other files a frame
    /// may mean, what files were called before, and which functions moved.
    pub fn on(store: &'a Store, tree: Option<&'a Tree>) -> Self {
        Self { store, tree, projects: &[] }
    }
    /// Searches find issues of these projects only, by their slugs; of all if there are
    /// none.
    #[must_use]
    pub fn of(self, projects: &'a [String]) -> Self {
        Self { projects, ..self }
    }
    /// The first `limit` issues of the wanted projects that a search finds.
    fn wanted(
        &self,
        limit: usize,
        search: impl FnOnce(&rusqlite::Connection, usize) -> Result<Vec<Issue>, SentryError>,
    ) -> Result<Vec<Issue>, SentryError> {
        if self.projects.is_empty() {
            return search(&self.store.lock(), limit);
        }
        let mut found = search(&self.store.lock(), usize::MAX)?;
        found.retain(|i| i.project.as_ref().is_some_and(|p| self.projects.contains(p)));
        found.truncate(limit);
        Ok(found)
    }
    /// A tree, with the names its files had in the history of `commit` since the oldest
    /// data of the cache, and before `newer` renames.
    pub fn tree(
        &self,
        repo: &Repo,
        snapshot: &Snapshot,
        commit: Option<&str>,
        newer: Vec<Rename>,
    ) -> Result<Tree, SentryError> {
        let mut renames = newer;
        if let Some(commit) = commit {
            renames.extend(rename::renames(self.store, repo, commit)?);
        }
        Ok(Tree::new(snapshot, &renames)?)
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
    /// seen in the 90 days before the newest data. Those with all words in title, message
    /// or type come first, of them the newest; then those with all words anywhere, then
    /// with some, the best first.
    pub fn by_keywords(&self, query: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
        self.wanted(limit, |db, limit| query::by_keywords(db, query, limit))
    }
    /// Issues of that error type seen in the 90 days before the newest data,
    /// last seen first.
    pub fn by_error_type(&self, error_type: &str, limit: usize) -> Result<Vec<Issue>, SentryError> {
        self.wanted(limit, |db, limit| query::by_error_type(db, error_type, limit))
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
        let db = self.store.lock();
        let places = place::Places::new(&db, self.tree)?.of(self.projects);
        places.by_function(path, function, limit, window)
    }
    /// Issues of any age with a frame in that repository path.
    pub fn by_path(&self, path: &str, limit: usize) -> Result<Vec<FrameMatch>, SentryError> {
        let db = self.store.lock();
        place::Places::new(&db, self.tree)?.of(self.projects).by_path(path, limit)
    }
    /// By id or short id, or by an address that ends in one.
    pub fn issue(&self, id: &str) -> Result<Issue, SentryError> {
        query::issue(&self.store.lock(), id)
    }
    /// Issues that meet all conditions of a search, of any age unless it says since
    /// when; last seen first, or best first where there are words.
    pub fn search(&self, search: &Search) -> Result<Vec<Issue>, SentryError> {
        self.wanted(search.limit, |db, limit| {
            query::search(db, &Search { limit, ..search.clone() })
        })
    }
    /// The newest event of an issue, if one was exported.
    pub fn latest_event(&self, issue: &str) -> Result<Option<Event>, SentryError> {
        query::latest_event(&self.store.lock(), issue)
    }
    /// An event by its id.
    pub fn event(&self, id: &str) -> Result<Option<Event>, SentryError> {
        query::event_by_id(&self.store.lock(), id)
    }
    /// The events of an issue, newest first.
    pub fn events(&self, issue: &str, limit: usize) -> Result<Vec<Event>, SentryError> {
        query::events(&self.store.lock(), issue, limit)
    }
    /// Where the frames of an event's exceptions lie in the tree: for each exception,
    /// each frame's candidates. Without a tree, and for library code, none.
    pub fn places(&self, event: &Event) -> Result<Vec<Vec<Vec<Candidate>>>, SentryError> {
        coverage::places(&self.store.lock(), self.tree, event)
    }
    /// Sizes, dates and projects, and how many frames of the newest issues lie in the
    /// tree.
    pub fn coverage(&self) -> Result<Coverage, SentryError> {
        coverage::coverage(&self.store.lock(), self.tree)
    }
    /// Code mappings, by project and stack root.
    pub fn mappings(&self) -> Result<Vec<Mapping>, SentryError> {
        mapping::list(&self.store.lock())
    }
    /// Adds mappings; one with the same project and stack root is replaced.
    pub fn add_mappings(&self, mappings: &[Mapping]) -> Result<(), SentryError> {
        mapping::put(&mut self.store.connect()?, mappings)
    }
    /// Removes a mapping; false if there is none.
    pub fn remove_mapping(&self, project: &str, stack_root: &str) -> Result<bool, SentryError> {
        mapping::remove(&mut self.store.connect()?, project, stack_root)
    }
    /// Mappings that the frames suggest; none without a tree.
    pub fn derive_mappings(&self) -> Result<Vec<Derived>, SentryError> {
        self.tree.map_or(Ok(Vec::new()), |tree| mapping::derive(&self.store.lock(), tree))
    }
    /// Removes what a rule names, or with `dry` only counts it; the file shrinks.
    pub fn prune(&self, rule: &Prune, dry: bool) -> Result<Pruned, SentryError> {
        prune::prune(self.store, rule, dry)
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
