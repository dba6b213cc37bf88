//! The change that a command is about.

use std::path::PathBuf;

use crate::change::Selection;

#[derive(Debug, clap::Args)]
pub(super) struct Selected {
    /// The change: `A..B`, `A...B` or a commit. Without it, what a push
    /// would send.
    #[arg(value_name = "RANGE", conflicts_with_all = ["staged", "worktree", "patch"])]
    range: Option<String>,
    /// What is staged for the next commit.
    #[arg(long, conflicts_with_all = ["worktree", "patch"])]
    staged: bool,
    /// All that is not committed, untracked files included.
    #[arg(long, conflicts_with = "patch")]
    worktree: bool,
    /// A patch as if it were applied to HEAD; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
}

impl Selected {
    pub fn selection(&self) -> Selection {
        match (&self.range, &self.patch) {
            (Some(range), _) => Selection::Range(range.clone()),
            (_, Some(patch)) => Selection::Patch(patch.clone()),
            _ if self.staged => Selection::Staged,
            _ if self.worktree => Selection::Worktree,
            _ => Selection::Push,
        }
    }
}
