//! What is installed: a small file beside the weights that pins their sizes and
//! checksums.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{File, Manifest, ModelError, disk};

pub(super) const RECORD: &str = "pinned.toml";

/// A model that lies whole on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    pub name: String,
    pub folder: PathBuf,
    /// In the manifest's order; the first one holds the weights.
    pub files: Vec<InstalledFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledFile {
    pub name: String,
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// SHA-256 as found when the file was installed.
    pub sha256: String,
    pub origin: String,
    /// The manifest names no checksum: the first one found counts from then on.
    pub pinned_here: bool,
}

impl Installed {
    /// A file by its name in the manifest.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.files.iter().find(|f| f.name == name).map(|f| f.path.as_path())
    }

    /// The file with the weights.
    pub fn weights(&self) -> &Path {
        &self.files[0].path
    }

    /// SHA-256 of the weights, part of a review's key.
    pub fn digest(&self) -> &str {
        &self.files[0].sha256
    }

    /// Bytes of all files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|f| f.size).sum()
    }
}

/// The pinned facts, as they lie in `pinned.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    #[serde(default, rename = "file")]
    pub files: Vec<Pinned>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pinned {
    pub name: String,
    pub size: u64,
    pub sha256: String,
    pub origin: String,
}

impl Record {
    /// What a folder's record says; an absent or unreadable one counts as empty,
    /// so that the files are hashed again rather than trusted.
    pub fn read(folder: &Path) -> Self {
        std::fs::read_to_string(folder.join(RECORD))
            .ok()
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default()
    }

    pub fn get(&self, name: &str) -> Option<&Pinned> {
        self.files.iter().find(|f| f.name == name)
    }

    pub fn set(&mut self, pinned: Pinned) {
        self.files.retain(|f| f.name != pinned.name);
        self.files.push(pinned);
    }

    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        let file = folder.join(RECORD);
        let part = disk::part_of(&file);
        let text = toml::to_string(self).expect("a list of plain values is valid TOML");
        std::fs::write(&part, text).map_err(|e| disk::write_error("write", &part, 4096, e))?;
        disk::publish(&part, &file)
    }

    /// The model, if every file is there in its pinned size and agrees with the
    /// manifest; nothing is hashed.
    pub fn installed(&self, manifest: &Manifest, folder: &Path) -> Option<Installed> {
        let files = manifest
            .files
            .iter()
            .map(|file| self.whole(file, folder))
            .collect::<Option<Vec<_>>>()?;
        Some(Installed { name: manifest.name.clone(), folder: folder.to_owned(), files })
    }

    /// One file, if it is there in its pinned size and agrees with the manifest.
    pub fn whole(&self, file: &File, folder: &Path) -> Option<InstalledFile> {
        let pinned = self.get(&file.name)?;
        let path = folder.join(&file.name);
        let size = std::fs::metadata(&path).ok().filter(|m| m.is_file())?.len();
        let agrees = size == pinned.size
            && file.size.is_none_or(|s| s == size)
            && file.sha256.as_ref().is_none_or(|s| *s == pinned.sha256);
        agrees.then(|| InstalledFile {
            name: file.name.clone(),
            path,
            size,
            sha256: pinned.sha256.clone(),
            origin: pinned.origin.clone(),
            pinned_here: file.sha256.is_none(),
        })
    }

    /// The file with what is known of it: the manifest's word, else the pinned.
    pub fn expectation(&self, file: &File) -> File {
        let pinned = self.get(&file.name);
        let mut file = file.clone();
        if file.sha256.is_none() {
            file.sha256 = pinned.map(|p| p.sha256.clone());
            file.size = file.size.or(pinned.map(|p| p.size));
        }
        file
    }
}
