//! Shows lines of a file.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::index::View;
use crate::plain;

pub struct ReadLines {
    view: Arc<View>,
}

impl ReadLines {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for ReadLines {
    fn name(&self) -> &str {
        "read_lines"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let snapshot = self.view.snapshot();
        let path = path::file(snapshot, path::text(arguments, "path"))?;
        let text = snapshot
            .text(&path)
            .map_err(|e| ToolError::failed("The file could not be read.", e))?
            .ok_or_else(|| ToolError::Refused(format!("{path} is binary; choose another file.")))?;
        let count = u32::try_from(text.text.lines().count()).unwrap_or(u32::MAX);
        if count == 0 {
            let text = format!("{path} is empty.");
            return Ok(ToolOutput { text, ..ToolOutput::default() });
        }
        let (mut start, mut end) = path::range(arguments);
        // Past the end: the last lines are what was probably meant.
        if start > count {
            start = count.saturating_sub(end - start).max(1);
        }
        end = end.min(count);
        let lines: Vec<String> = text.lines(start, end).into_iter().map(path::shown).collect();
        let mut shown = format!("{} lines {start}-{end} of {count}\n", plain::line(&path, 200));
        for (n, line) in (start..).zip(&lines) {
            shown.push_str(&format!("{n}: {line}\n"));
        }
        shown.truncate(shown.trim_end().len());
        let passages = path::passage(&path, start, &lines).into_iter().collect();
        Ok(ToolOutput { text: shown, passages, ..ToolOutput::default() })
    }
}
