//! A change under review: two trees of a git repository, the files that differ
//! with their hunks, and the words that came with it.
//!
//! Whatever the user named (a range, a commit, the index, the work tree, a
//! patch) becomes a base tree and a head tree, so every later stage reads one
//! form. Trees that exist only for a review (index, work tree, patch) are
//! written to a quarantine folder of objects under the state directory, never
//! into the repository's own object store.

mod ancestry;
mod collect;
mod diff;
mod disk;
#[cfg(test)]
mod fixture;
mod line;
mod log;
mod objects;
mod patch;
mod rename;
mod repo;
mod scratch;
mod snapshot;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use collect::{collect, current};
pub use log::{Depth, Logged, LoggedFile, LoggedHunk};
pub use rename::Rename;
pub use repo::Repo;
pub use snapshot::{Entry, Snapshot, Text};

/// The id of the empty tree, base of a root commit, in a SHA-1 repository;
/// [`Repo::empty_tree`] knows it for any.
pub const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Which change the user means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// What a push would send: since the upstream, else since the merge base
    /// with the default branch.
    Push,
    /// `A..B`, `A...B`, or a single commit.
    Range(String),
    /// Two revisions as a hook knows them; without a base the head is compared
    /// as for [`Selection::Push`].
    Between { base: Option<String>, head: String },
    /// The index against `HEAD`.
    Staged,
    /// The work tree, untracked files included, against `HEAD`.
    Worktree,
    /// A patch applied to `HEAD`; `-` reads standard input.
    Patch(PathBuf),
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeRef {
    /// Object id of the tree.
    pub tree: String,
    /// The commit it belongs to, if it is one's tree.
    pub commit: Option<String>,
    /// How to name it to a person: a branch, a short id, `index`, `work tree`.
    pub label: String,
}

/// A commit of the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub id: String,
    pub subject: String,
    pub body: String,
    pub author: String,
    /// Author time, seconds since the epoch.
    pub time: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Added,
    Modified,
    Deleted,
    Renamed,
    /// Mode or type only (for example a file that became a link).
    TypeChanged,
}

/// The folder of a path of the repository; empty at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What kind of content a changed path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Text,
    Binary,
    /// Over the size limit; hunks are not read.
    Oversized,
    Symlink,
    Submodule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Context,
    Added,
    Removed,
}

/// A line of a hunk, without its line end (a carriage return is cut too).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub kind: LineKind,
    /// 1-based number in the base version; `None` for an added line.
    pub old: Option<u32>,
    /// 1-based number in the head version; `None` for a removed line.
    pub new: Option<u32>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    pub old_start: u32,
    pub old_lines: u32,
    pub new_start: u32,
    pub new_lines: u32,
    pub lines: Vec<DiffLine>,
}

/// A blob of a changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    pub id: String,
    /// Bytes.
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Path at the head; for a deleted file, at the base.
    pub path: String,
    /// Path at the base where it differs.
    pub old_path: Option<String>,
    pub status: Status,
    pub content: Content,
    pub base: Option<Blob>,
    pub head: Option<Blob>,
    pub hunks: Vec<Hunk>,
    /// Anything a report should say of how the file was read, for example
    /// that it was decoded with replacement characters.
    pub note: Option<String>,
}

impl ChangedFile {
    /// Numbers of the lines that the change adds, in the head version.
    pub fn added_lines(&self) -> impl Iterator<Item = (u32, &str)> {
        self.lines_of(LineKind::Added).filter_map(|l| Some((l.new?, l.text.as_str())))
    }

    /// Numbers of the lines that the change removes, in the base version.
    pub fn removed_lines(&self) -> impl Iterator<Item = (u32, &str)> {
        self.lines_of(LineKind::Removed).filter_map(|l| Some((l.old?, l.text.as_str())))
    }

    /// Head lines at which the change did something: added ones, and those that stand
    /// where lines were removed (behind them if their hunk has such, else before).
    pub fn touched_lines(&self) -> BTreeSet<u32> {
        let mut touched: BTreeSet<u32> = self.added_lines().map(|(n, _)| n).collect();
        for hunk in &self.hunks {
            for (at, _) in hunk.lines.iter().enumerate().filter(|(_, l)| l.new.is_none()) {
                let behind = hunk.lines[at..].iter().find_map(|l| l.new);
                touched
                    .extend(behind.or_else(|| hunk.lines[..at].iter().rev().find_map(|l| l.new)));
            }
        }
        touched
    }

    fn lines_of(&self, kind: LineKind) -> impl Iterator<Item = &DiffLine> {
        self.hunks.iter().flat_map(|h| &h.lines).filter(move |l| l.kind == kind)
    }

    /// The path at the base.
    pub fn base_path(&self) -> &str {
        self.old_path.as_deref().unwrap_or(&self.path)
    }

    /// Whether it is text, as far as it is there.
    pub fn is_text(&self) -> bool {
        self.content == Content::Text
    }

    /// Whether it has two texts to compare.
    pub fn is_edited(&self) -> bool {
        matches!(self.status, Status::Modified | Status::Renamed) && self.is_text()
    }

    /// Whether the change brings it in, as text.
    pub fn is_new(&self) -> bool {
        self.status == Status::Added && self.is_text()
    }

    /// The head line of the diff nearest to `line`: an added line if one is
    /// within three lines, else any line of a hunk. `None` without hunks.
    pub fn anchor(&self, line: u32) -> Option<u32> {
        let of = |added: bool| {
            self.hunks
                .iter()
                .flat_map(|h| &h.lines)
                .filter(|l| !added || l.kind == LineKind::Added)
                .filter_map(|l| l.new)
                .min_by_key(|n| n.abs_diff(line))
        };
        match of(true) {
            Some(n) if n.abs_diff(line) <= 3 => Some(n),
            _ => of(false),
        }
    }
}

/// A base and a head, what differs, and what was said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub base: TreeRef,
    pub head: TreeRef,
    /// Sorted by path.
    pub files: Vec<ChangedFile>,
    /// Oldest first; empty for an index, work tree or patch.
    pub commits: Vec<Commit>,
    /// The words of a patch's header, or what the user passed.
    pub description: String,
    /// What could not be read, with the reason (for example a path that is
    /// not UTF-8).
    pub skipped: Vec<Skipped>,
}

/// Something left out of a review, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

impl Change {
    pub fn file(&self, path: &str) -> Option<&ChangedFile> {
        self.files.iter().find(|f| f.path == path)
    }
}

/// What goes wrong while a change is read.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("{} is not inside a git repository", .0.display())]
    NotARepository(PathBuf),
    #[error("git was not found on this machine")]
    GitMissing,
    #[error("there is no revision `{0}` in this repository")]
    UnknownRevision(String),
    #[error("the repository has no commit yet")]
    Unborn,
    #[error("no upstream and no default branch to compare with")]
    NoUpstream,
    #[error("`{0}` and `{1}` have no commit in common")]
    NoMergeBase(String, String),
    #[error("the history of this shallow clone ends before {0}")]
    Shallow(String),
    #[error("the index has unresolved conflicts, for example in {0}")]
    Conflict(String),
    #[error("the patch {0} holds no diff")]
    NoDiff(String),
    #[error("the patch {0} does not apply to HEAD: {1}")]
    PatchFails(String, String),
    #[error("this needs a work tree, and the repository is bare")]
    Bare,
    #[error("git {command} failed: {stderr}")]
    Git { command: String, stderr: String },
    #[error("could not read {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not write {path}")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}
