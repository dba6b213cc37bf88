//! The folder of an export under way, beside its bundle: what was fetched, scrubbed
//! and one record a line, and how far it is.
//!
//! Whatever interrupts, the folder is at the last commit: the state names the bytes
//! of each file that count, and what stands after them is cut off on the next start.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Asked;
use super::error::ExportError;
use super::extra::Seer;
use crate::sentry::json::Object;
use crate::sentry::scrub::Scrubber;

const STATE: &str = "state.json";

/// How far the listing of one project's issues is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// The project's number, by which the listing is asked for.
    pub id: String,
    pub cursor: Option<String>,
    /// Issues on a page.
    pub limit: usize,
    pub done: bool,
}

/// The files of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Issues,
    Events,
    Summaries,
    Mappings,
    /// The issues by the ids that the server knows, in the order of the others' file,
    /// whose ids are scrubbed.
    Listed,
}

impl Part {
    /// Those of the bundle, in its order.
    pub(super) const BUNDLE: [Self; 4] =
        [Self::Issues, Self::Events, Self::Summaries, Self::Mappings];
    const ALL: [Self; 5] =
        [Self::Issues, Self::Events, Self::Summaries, Self::Mappings, Self::Listed];

    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Issues => "issues.ndjson",
            Self::Events => "events.ndjson",
            Self::Summaries => "summaries.ndjson",
            Self::Mappings => "code_mappings.ndjson",
            Self::Listed => "listed.ndjson",
        }
    }
}

/// What counts of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Size {
    pub records: usize,
    pub bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub asked: Asked,
    /// When the export was begun, in seconds since the epoch.
    pub started: i64,
    pub listings: Vec<Listing>,
    /// Issues whose events were fetched, counted in the order of the file.
    pub issues_done: usize,
    /// Issues before this one are not asked for again: an export stopped for their sake.
    #[serde(default)]
    pub stopped_for: usize,
    /// What the server said the last time that an event could not be fetched.
    #[serde(default)]
    pub refused: Option<String>,
    #[serde(default)]
    pub seer: Seer,
    pub mappings_done: bool,
    pub sizes: BTreeMap<Part, Size>,
    /// Values removed, by kind.
    pub scrubbed: BTreeMap<String, usize>,
    /// What could not be fetched, by reason.
    pub left_out: BTreeMap<String, usize>,
}

/// The folder, open for this process alone.
pub(super) struct Work {
    pub state: State,
    folder: PathBuf,
    files: BTreeMap<Part, BufWriter<File>>,
    scrubber: Scrubber,
    /// Unlocks when it is closed.
    _lock: File,
}

impl Work {
    /// Begins an export, or goes on with one that asked for the same.
    pub(super) fn open(folder: &Path, asked: Asked, now: i64) -> Result<Self, ExportError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::Io { path, source }
        };
        std::fs::create_dir_all(folder).and_then(|()| close(folder)).map_err(io(folder))?;
        let path = folder.join("lock");
        let lock = open(&path).map_err(io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ExportError::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(ExportError::Io { path, source }),
        }
        let path = folder.join(STATE);
        let state = match std::fs::read(&path) {
            Ok(bytes) => {
                let state: State = serde_json::from_slice(&bytes)
                    .map_err(|source| ExportError::State { path: path.clone(), source })?;
                if state.asked != asked {
                    return Err(ExportError::Other(folder.to_owned()));
                }
                state
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State {
                asked,
                started: now,
                listings: Vec::new(),
                issues_done: 0,
                stopped_for: 0,
                refused: None,
                seer: Seer::default(),
                mappings_done: false,
                sizes: BTreeMap::new(),
                scrubbed: BTreeMap::new(),
                left_out: BTreeMap::new(),
            },
            Err(source) => return Err(ExportError::Io { path, source }),
        };
        let mut files = BTreeMap::new();
        for part in Part::ALL {
            let path = folder.join(part.file());
            let mut file = open(&path).map_err(io(&path))?;
            let size = state.sizes.get(&part).copied().unwrap_or_default();
            file.set_len(size.bytes)
                .and_then(|()| file.seek(SeekFrom::End(0)))
                .map_err(io(&path))?;
            files.insert(part, BufWriter::new(file));
        }
        let asked = &state.asked;
        let mut scrubber = Scrubber::new(&asked.scrub_keys, &asked.scrub_values)?;
        scrubber.counts = state.scrubbed.clone();
        Ok(Self { state, folder: folder.to_owned(), files, scrubber, _lock: lock })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, part: Part) -> PathBuf {
        self.folder.join(part.file())
    }

    pub(super) fn size(&self, part: Part) -> Size {
        self.state.sizes.get(&part).copied().unwrap_or_default()
    }

    /// Scrubs a record and adds it; it counts with the next [`Self::commit`].
    pub(super) fn add(&mut self, part: Part, mut record: Object) -> Result<(), ExportError> {
        self.scrubber.scrub(&mut record);
        self.append(part, record)
    }

    /// Adds an issue of [`Part::Listed`], to ask for by its id. The caller has checked
    /// that the id is no text that could hold a secret.
    pub(super) fn note(&mut self, issue: Object) -> Result<(), ExportError> {
        self.append(Part::Listed, issue)
    }

    fn append(&mut self, part: Part, record: Object) -> Result<(), ExportError> {
        let mut line = Value::Object(record).to_string();
        line.push('\n');
        let path = self.path(part);
        if let Some(file) = self.files.get_mut(&part) {
            file.write_all(line.as_bytes()).map_err(|source| ExportError::Io { path, source })?;
        }
        let size = self.state.sizes.entry(part).or_default();
        size.records += 1;
        size.bytes += line.len() as u64;
        Ok(())
    }

    pub(super) fn leave_out(&mut self, reason: &str) {
        *self.state.left_out.entry(reason.to_owned()).or_default() += 1;
    }

    /// Like [`Self::leave_out`], for what a server lacks as a whole: it is found out
    /// again by each process.
    pub(super) fn leave_out_once(&mut self, reason: &str) {
        self.state.left_out.insert(reason.to_owned(), 1);
    }

    /// Takes back what [`Self::leave_out`] counted that many times.
    pub(super) fn take_back(&mut self, reason: &str, times: usize) {
        if let Some(number) = self.state.left_out.get_mut(reason) {
            *number = number.saturating_sub(times);
        }
        self.state.left_out.retain(|_, number| *number > 0);
    }

    /// The state as it is now, to come [`Self::back_to`].
    pub(super) fn mark(&self) -> State {
        State { scrubbed: self.scrubber.counts.clone(), ..self.state.clone() }
    }

    /// Forgets what was added since a mark; the next commit makes that last.
    pub(super) fn back_to(&mut self, mark: State) {
        self.scrubber.counts.clone_from(&mark.scrubbed);
        self.state = mark;
    }

    /// Makes what was added, and how far the export is, outlast an interruption.
    pub(super) fn commit(&mut self) -> Result<(), ExportError> {
        for (part, file) in &mut self.files {
            let path = self.folder.join(part.file());
            file.flush()
                .and_then(|()| file.get_ref().sync_data())
                .map_err(|source| ExportError::Io { path, source })?;
        }
        self.state.scrubbed.clone_from(&self.scrubber.counts);
        let path = self.folder.join(STATE);
        let written = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer(&mut file, &self.state)?;
            file.as_file().sync_data()?;
            file.persist(&path)?;
            Ok(())
        };
        written().map_err(|source| ExportError::Io { path: path.clone(), source })
    }

    /// Removes the folder, once the bundle stands.
    pub(super) fn remove(self) -> Result<(), ExportError> {
        let folder = self.folder.clone();
        drop(self);
        std::fs::remove_dir_all(&folder)
            .map_err(|source| ExportError::Io { path: folder.clone(), source })
    }
}

/// Opens a file to write, which others may not read; what stands in it stays.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Closes a folder to others.
#[cfg(unix)]
fn close(folder: &Path) -> std::io::Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(folder, mode)
}

/// Elsewhere it has the rights of the folder around it.
#[cfg(not(unix))]
fn close(_: &Path) -> std::io::Result<()> {
    Ok(())
}
