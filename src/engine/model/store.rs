//! Where models lie: `<data folder>/models/<name>/`.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::fetch::{CACHE, Fetcher};
use super::record::{Pinned, RECORD, Record};
use super::{Installed, Manifest, ModelError, Progress, Sources, disk};

/// The models of one data folder.
#[derive(Debug, Clone)]
pub struct ModelStore {
    root: PathBuf,
    sources: Sources,
}

/// One file of an installed model, hashed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub file: String,
    pub path: PathBuf,
    pub state: FileState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    Good,
    Missing,
    /// Never pinned: there is nothing to compare it with.
    Unknown,
    /// In bytes.
    WrongSize {
        expected: u64,
        found: u64,
    },
    WrongChecksum {
        expected: String,
        found: String,
    },
}

impl ModelStore {
    pub fn new(data_dir: impl AsRef<Path>) -> Self {
        Self { root: data_dir.as_ref().join("models"), sources: Sources::default() }
    }

    pub fn with_sources(mut self, sources: Sources) -> Self {
        self.sources = sources;
        self
    }

    /// Where a model lies, or would.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The model, if it is whole: every file is there in its pinned size. Reads
    /// no weights; [`Self::check`] hashes.
    pub fn installed(&self, manifest: &Manifest) -> Option<Installed> {
        let folder = self.folder(&manifest.name);
        Record::read(&folder).installed(manifest, &folder)
    }

    /// Whether any file of a model is there or was: what a pull that got nothing
    /// leaves does not count.
    pub fn is_begun(&self, manifest: &Manifest) -> bool {
        let folder = self.folder(&manifest.name);
        folder.join(RECORD).is_file()
            || manifest.files.iter().any(|f| folder.join(&f.name).symlink_metadata().is_ok())
    }

    /// The model, or an error that says how to get it.
    pub fn require(&self, manifest: &Manifest) -> Result<Installed, ModelError> {
        self.installed(manifest)
            .ok_or_else(|| ModelError::NotInstalled { name: manifest.name.clone() })
    }

    /// Gets what is missing of a model. What is whole is left alone; a file that
    /// was carried here by hand is hashed and taken. Two processes at once: the
    /// second waits and finds the work done.
    pub fn pull(
        &self,
        manifest: &Manifest,
        progress: &mut dyn Progress,
    ) -> Result<Installed, ModelError> {
        if let Some(installed) = self.installed(manifest) {
            return Ok(installed);
        }
        let folder = self.folder(&manifest.name);
        let _lock = self.lock(&manifest.name, progress)?;
        std::fs::create_dir_all(&folder)
            .map_err(|e| disk::write_error("create the folder", &folder, 0, e))?;
        let outcome = self.pull_into(&folder, manifest, progress);
        if outcome.is_err() {
            // Goes only if it is empty: what a transfer left is for the next one.
            let _ = std::fs::remove_dir(&folder);
        }
        outcome
    }

    fn pull_into(
        &self,
        folder: &Path,
        manifest: &Manifest,
        progress: &mut dyn Progress,
    ) -> Result<Installed, ModelError> {
        let mut record = Record::read(folder);
        if let Some(installed) = record.installed(manifest, folder) {
            return Ok(installed);
        }

        let missing: Vec<_> = manifest
            .files
            .iter()
            .filter(|file| record.whole(file, folder).is_none())
            .map(|file| record.expectation(file))
            .collect();
        let needed = missing.iter().filter_map(|f| f.expected_size()).fold(0, u64::saturating_add);
        let already = disk::size_below(&folder.join(CACHE))
            + missing.iter().map(|f| size_of(&folder.join(&f.name))).sum::<u64>();
        disk::require_space(folder, needed.saturating_sub(already))?;

        let mut fetcher = Fetcher::new(&self.sources, folder)?;
        for file in &missing {
            let path = folder.join(&file.name);
            let pinned = match adopt(file, &path, progress)? {
                Some(pinned) => pinned,
                None => {
                    let fetched = fetcher.fetch(&manifest.name, file, folder, progress)?;
                    disk::publish(&disk::part_of(&path), &path)?;
                    if file.sha256.is_none() {
                        progress.note(&format!(
                            "the manifest names no checksum for {}; pinned now: {}",
                            file.name, fetched.sha256
                        ));
                    }
                    Pinned {
                        name: file.name.clone(),
                        size: fetched.size,
                        sha256: fetched.sha256,
                        origin: fetched.origin,
                    }
                }
            };
            record.set(pinned);
            record.write(folder)?;
        }
        remove_folder(&folder.join(CACHE))?;
        record
            .installed(manifest, folder)
            .ok_or_else(|| ModelError::NotInstalled { name: manifest.name.clone() })
    }

    /// Deletes a model's files; returns the bytes freed. What `models add`
    /// linked stays where it is, only the link goes.
    pub fn remove(&self, name: &str) -> Result<u64, ModelError> {
        let folder = self.folder(name);
        if !super::manifest::is_plain_name(name) || !folder.is_dir() {
            return Err(ModelError::NotInstalled { name: name.to_owned() });
        }
        let _lock = self.lock(name, &mut super::Silent)?;
        let mut freed = 0;
        for entry in std::fs::read_dir(&folder).map_err(ModelError::io("list", &folder))?.flatten()
        {
            // Of the link, not of what it points at.
            freed += entry.metadata().map_or(0, |m| if m.is_file() { m.len() } else { 0 });
        }
        remove_folder(&folder)?;
        Ok(freed)
    }

    /// Hashes every file of a model and compares it with the manifest, else with
    /// what was pinned.
    pub fn check(
        &self,
        manifest: &Manifest,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Checked>, ModelError> {
        let folder = self.folder(&manifest.name);
        let record = Record::read(&folder);
        let mut checked = Vec::new();
        for file in &manifest.files {
            let path = folder.join(&file.name);
            let pinned = record.get(&file.name);
            let size = file.size.or(pinned.map(|p| p.size));
            let sha256 = file.sha256.clone().or(pinned.map(|p| p.sha256.clone()));
            let state = if !path.is_file() {
                FileState::Missing
            } else {
                progress.start(&file.name, "disk", size);
                let (found_size, found) = disk::hash_file(&path, progress)?;
                progress.finish();
                match (size, sha256) {
                    (Some(expected), _) if expected != found_size => {
                        FileState::WrongSize { expected, found: found_size }
                    }
                    (_, Some(expected)) if expected != found => {
                        FileState::WrongChecksum { expected, found }
                    }
                    (_, Some(_)) => FileState::Good,
                    (_, None) => FileState::Unknown,
                }
            };
            checked.push(Checked { file: file.name.clone(), path, state });
        }
        Ok(checked)
    }

    /// Holds a model for this process; waits while another has it. The lock goes
    /// with the handle, so a killed process leaves none behind.
    pub(super) fn lock(&self, name: &str, progress: &mut dyn Progress) -> Result<File, ModelError> {
        let path = self.root.join(format!(".{name}.lock"));
        std::fs::create_dir_all(&self.root)
            .map_err(|e| disk::write_error("create the folder", &self.root, 0, e))?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| disk::write_error("create", &path, 0, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                progress.note(&format!("another process has the model `{name}`; waiting for it"));
                file.lock().map_err(ModelError::io("lock", &path))?;
            }
            Err(std::fs::TryLockError::Error(e)) => return Err(ModelError::io("lock", &path)(e)),
        }
        Ok(file)
    }
}

fn size_of(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |m| m.len())
}

/// Takes a file that lies under its final name without being pinned, if it is
/// what the manifest says; one that is not is removed.
fn adopt(
    file: &super::File,
    path: &Path,
    progress: &mut dyn Progress,
) -> Result<Option<Pinned>, ModelError> {
    if !path.is_file() {
        return Ok(None);
    }
    progress.start(&file.name, "disk", file.expected_size());
    let (size, sha256) = disk::hash_file(path, progress)?;
    progress.finish();
    let fits =
        file.size.is_none_or(|s| s == size) && file.sha256.as_ref().is_none_or(|s| *s == sha256);
    if !fits {
        progress.note(&format!("{} on disk is damaged and is fetched again", file.name));
        disk::remove_if_there(path)?;
        return Ok(None);
    }
    let origin = "found on disk".to_owned();
    Ok(Some(Pinned { name: file.name.clone(), size, sha256, origin }))
}

fn remove_folder(folder: &Path) -> Result<(), ModelError> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(ModelError::io("remove", folder)(e))
        }
        _ => Ok(()),
    }
}
