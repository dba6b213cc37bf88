//! The pre-push hook: installing it and what it runs.

mod install;
mod refs;
mod run;

use std::path::PathBuf;

use crate::change::ChangeError;

pub use install::{Chained, Hooks, Installed, Program, Removed, Status};
pub use refs::{Plan, PushedRef, Task, parse, plan};
pub use run::{HookOutcome, Reviewer, run};

/// What goes wrong around the hook; none of it stops a push.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    #[error("the repository could not be read")]
    Change(#[from] ChangeError),
    #[error(
        "core.hooksPath is set in the {scope} settings, so {} serves all repositories",
        folder.display()
    )]
    Shared { scope: String, folder: PathBuf },
    #[error("both {} and {} hold a hook that is not forewarn's", hook.display(), chained.display())]
    Occupied { hook: PathBuf, chained: PathBuf },
    #[error("{} is not forewarn's hook", .0.display())]
    NotOurs(PathBuf),
    #[error("could not change {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("line {line} of what git said of the push could not be read: {text:?}")]
    BadLine { line: usize, text: String },
}
