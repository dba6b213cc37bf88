//! Runs git for one repository, safely and without touching it.
use super::ChangeError;
use std::path::{Path, PathBuf};

/// A git repository on disk.
#[derive(Debug, Clone)]
pub struct Repo {
    /// `None` for a bare repository.
    pub worktree: Option<PathBuf>,
    pub git_dir: PathBuf,
    /// Shared by all worktrees.
    pub common_dir: PathBuf,
}

impl Repo {
    /// Finds the repository around `path`.
    pub fn discover(_path: &Path) -> Result<Self, ChangeError> {
        todo!()
    }
    /// `<common dir>/forewarn`; not created.
    pub fn state_dir(&self) -> PathBuf {
        self.common_dir.join("forewarn")
    }
    /// A git command line with the settings that keep a hostile repository
    /// from starting anything, in this repository, quarantine objects visible.
    pub fn git(&self) -> std::process::Command {
        todo!()
    }
    /// Runs git and returns its standard output; a failure carries its standard error.
    pub fn run(&self, _args: &[&str]) -> Result<Vec<u8>, ChangeError> {
        todo!()
    }
    /// Opens the files of a tree, commit or tag for reading.
    pub fn snapshot(&self, _treeish: &str) -> Result<super::Snapshot, ChangeError> {
        todo!()
    }
}
