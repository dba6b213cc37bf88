//! Finds code by what it does.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::engine::Embedder;
use crate::index::View;
use crate::plain;

/// Chunks shown; each costs several lines.
const LIMIT: usize = 5;
/// Lines shown of a chunk; read_lines shows the rest.
const LINES: usize = 8;

pub struct SearchMeaning {
    view: Arc<View>,
    embedder: Option<Arc<dyn Embedder>>,
}

impl SearchMeaning {
    pub fn new(view: Arc<View>, embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self { view, embedder }
    }
}

impl Tool for SearchMeaning {
    fn name(&self) -> &str {
        "search_meaning"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let Some(embedder) = &self.embedder else {
            return Err(ToolError::Refused(
                "Search by meaning needs an embedding model, and none is installed; \
                 use search_text with words that the code would contain."
                    .to_owned(),
            ));
        };
        let query = path::text(arguments, "query");
        if query.is_empty() {
            return Err(ToolError::Refused("The query is empty; say what the code does.".into()));
        }
        let hits = self.view.search_meaning(&**embedder, query, LIMIT).map_err(path::failed)?;
        let rows = hits
            .iter()
            .map(|h| {
                let symbol = h.symbol.as_deref().map(|s| format!(" {s}")).unwrap_or_default();
                let head = format!("{}:{}-{}{symbol} ({:.2})", h.path, h.start, h.end, h.score);
                let lines: Vec<String> = h.text.lines().take(LINES).map(path::shown).collect();
                let mut row = plain::line(&head, 200);
                for line in &lines {
                    row.push_str(&format!("\n    {line}"));
                }
                let passage = path::passage(&h.path, h.start, &lines);
                (row, passage)
            })
            .collect();
        let nothing = "No code has been embedded yet; use search_text.";
        Ok(path::listing(rows, nothing))
    }
}
