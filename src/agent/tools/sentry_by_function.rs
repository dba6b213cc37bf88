//! Production failures whose stack trace passes through a function of a file.

use serde_json::Value;

use super::sentry::{History, argument, failed, listing};
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::plain;
use crate::sentry::{FrameMatch, describe};

/// As many issues as Sentry's own reviewer takes.
const LIMIT: usize = 5;

pub struct SentryByFunction {
    history: History,
}

impl SentryByFunction {
    pub fn new(history: History) -> Self {
        Self { history }
    }
}

impl Tool for SentryByFunction {
    fn name(&self) -> &str {
        "sentry_by_function"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let path = argument(arguments, "path")?.trim_start_matches("./");
        let function = argument(arguments, "function")?;
        let cache = self.history.cache();
        let found = cache.by_function(path, function, LIMIT).map_err(failed)?;
        let rows = found.iter().map(|found| (row(found), &found.issue)).collect();
        let none = format!(
            "No stack trace of the last 28 days of data passes through `{function}` of {path}; \
             sentry_by_keywords and sentry_by_error_type look further back."
        );
        self.history.dated(listing(rows, none))
    }
}

/// Other files named of a frame that may lie in several.
const OTHERS: usize = 3;

/// An issue's line with where in the file it passes, and how sure that is.
fn row(found: &FrameMatch) -> String {
    let how = if found.crash { "crashed" } else { "passes" };
    let line = match (found.line, found.frame.line) {
        (Some(now), _) => format!(" at line {now}"),
        (None, Some(then)) => format!(" at what was line {then}"),
        (None, None) => String::new(),
    };
    let mut row = format!("{}; {how}{line}", describe::line(&found.issue));
    if let Some(former) = &found.former {
        let what = if found.moved { "the function was in" } else { "the file was" };
        row.push_str(&format!("; {what} {} then", plain::line(former, 120)));
    }
    if !found.others.is_empty() {
        let named: Vec<String> =
            found.others.iter().take(OTHERS).map(|p| plain::line(p, 120)).collect();
        let more = found.others.len().saturating_sub(OTHERS);
        let more = if more > 0 { format!(" or {more} more") } else { String::new() };
        row.push_str(&format!("; not sure: it may be {}{more}", named.join(" or ")));
    }
    row
}
