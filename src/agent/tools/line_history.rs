//! Shows the commits that last changed lines of a file.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::change::{ChangeError, Repo};
use crate::finding::Source;
use crate::index::View;
use crate::plain;

/// Commits shown.
const COMMITS: usize = 8;

/// History ends at the reviewed commit: later commits are not the reviewer's to
/// see.
pub struct LineHistory {
    view: Arc<View>,
    repo: Repo,
    /// Commit that the reviewed tree belongs to or is built on; `None` if there
    /// is none.
    commit: Option<String>,
}

impl LineHistory {
    pub fn new(view: Arc<View>, repo: Repo, commit: Option<String>) -> Self {
        Self { view, repo, commit }
    }

    /// Field and record separators keep apart what a subject line may contain.
    fn log(&self, commit: &str, path: &str, start: u32, end: u32) -> Result<String, ChangeError> {
        let output = self.repo.run(&[
            "log",
            &format!("--max-count={COMMITS}"),
            "--no-patch",
            "--no-ext-diff",
            "--no-textconv",
            "--date=short",
            "--format=%H%x1f%ad%x1f%an%x1f%s",
            &format!("-L{start},{end}:{path}"),
            commit,
        ])?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }
}

impl Tool for LineHistory {
    fn name(&self) -> &str {
        "line_history"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let path = path::file(self.view.snapshot(), path::text(arguments, "path"))?;
        let (start, end) = path::range(arguments);
        let Some(commit) = &self.commit else {
            return Err(ToolError::Refused(
                "The reviewed files belong to no commit, so they have no history.".to_owned(),
            ));
        };
        // The commit's version may be shorter than the reviewed one, or lack the
        // file: git says so, and the model may ask for other lines.
        let log = match self.log(commit, &path, start, end) {
            Ok(log) => log,
            Err(ChangeError::Git { stderr, .. }) => {
                return Err(ToolError::Refused(format!(
                    "There is no history of these lines: {}. Choose lines that the commit has.",
                    plain::line(&stderr.replace('\n', " "), 160)
                )));
            }
            Err(error) => return Err(ToolError::failed("git could not be asked.", error)),
        };
        let mut rows = Vec::new();
        for line in log.lines() {
            let mut fields = line.splitn(4, '\u{1f}');
            let (Some(id), Some(date), Some(author), Some(subject)) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let subject = plain::line(subject, 160);
            let short = id.get(..10).unwrap_or(id);
            let row = plain::line(&format!("{short} {date} {author}: {subject}"), 240);
            let passage = Passage { source: Source::Commit { id: id.to_owned() }, text: subject };
            rows.push((row, Some(passage)));
        }
        Ok(path::listing(rows, "No commit changed these lines; they are new in this change."))
    }
}
