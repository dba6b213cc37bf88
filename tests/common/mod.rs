//! A hermetic git repository for tests.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod cache;
pub mod model;
pub mod server;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A temporary repository on branch `main`, untouched by the user's git settings.
pub struct TestRepo {
    folder: tempfile::TempDir,
}

impl TestRepo {
    pub fn new() -> Self {
        Self::init(&[])
    }

    /// Like [`Self::new`], with more arguments for `git init`.
    pub fn init(args: &[&str]) -> Self {
        let repo = Self { folder: tempfile::tempdir().unwrap() };
        repo.git(&[&["init", "-q", "-b", "main"], args].concat());
        repo
    }

    /// Makes an empty repository in a folder, which stays.
    pub fn new_in(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        assert!(git_in(folder, &["init", "-q"]).status().unwrap().success());
    }

    /// A clone of this repository through `file://`, with more arguments for
    /// `git clone`.
    pub fn clone_with(&self, args: &[&str]) -> Self {
        let clone = Self { folder: tempfile::tempdir().unwrap() };
        let url = format!("file://{}", self.path().display());
        clone.git(&[&["clone", "-q"], args, &[&url, "."]].concat());
        clone
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }

    /// Runs git here and returns its standard output, trimmed; panics with its
    /// standard error if it fails.
    pub fn git(&self, args: &[&str]) -> String {
        let output = git_in(self.path(), args).output().unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits everything and returns the commit's id.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// A git command in a folder, with fixed identity and time and no settings of
/// the user or the system.
pub fn git_in(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(args);
    // A test run may itself be inside a hook.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    for (key, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.org"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
        ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
    ] {
        command.env(key, value);
    }
    command
}
