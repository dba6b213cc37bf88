//! Searches all files for a regular expression.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::index::View;
use crate::plain;

/// Hits looked for; a page shows what fits.
const LIMIT: usize = path::MAX_ROWS + 1;

pub struct SearchText {
    view: Arc<View>,
}

impl SearchText {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for SearchText {
    fn name(&self) -> &str {
        "search_text"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let pattern = path::text(arguments, "pattern");
        if pattern.is_empty() {
            return Err(ToolError::Refused("The pattern is empty; give a word to find.".into()));
        }
        let scope = path::scope(&self.view, arguments)?;
        let hits = self.view.search_text(pattern, &scope, LIMIT).map_err(path::failed)?;
        let rows = hits
            .iter()
            .map(|h| {
                let symbol = h.symbol.as_deref().map(|s| format!(" in {s}")).unwrap_or_default();
                let head = plain::line(&format!("{}:{}{symbol}", h.path, h.start), 200);
                let row = format!("{head}\n    {}", path::shown(h.text.trim_start()));
                (row, Some(path::hit(pattern, &h.path, h.start, h.text.trim_start())))
            })
            .collect();
        let place = path::place(arguments);
        let nothing = plain::line(
            &format!("No line matches {pattern}{place}. Try a shorter pattern or another folder."),
            300,
        );
        Ok(path::listing(rows, &nothing))
    }
}
