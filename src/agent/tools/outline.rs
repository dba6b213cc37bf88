//! Lists the symbols of a file.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::finding::Source;
use crate::index::{Symbol, View};
use crate::plain;

/// Most symbols shown of one file.
const MOST: usize = 60;

pub struct Outline {
    view: Arc<View>,
}

impl Outline {
    pub fn new(view: Arc<View>) -> Self {
        Self { view }
    }
}

impl Tool for Outline {
    fn name(&self) -> &str {
        "outline"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let path = path::file(self.view.snapshot(), path::text(arguments, "path"))?;
        let symbols = self.view.outline(&path).map_err(path::failed)?;
        if symbols.is_empty() {
            return Ok(ToolOutput {
                text: format!("{path} has no known symbols; read_lines shows its text."),
                passages: Vec::new(),
            });
        }
        let more = symbols.len().saturating_sub(MOST);
        let mut text: Vec<String> = symbols
            .iter()
            .take(MOST)
            .map(|s| {
                let (kind, name) = (s.kind.as_str(), &s.qualified);
                let row = format!("{}-{} {kind} {name}: {}", s.start, s.end, s.signature);
                plain::line(&row, 200)
            })
            .collect();
        if more > 0 {
            text.push(format!("{more} more"));
        }
        Ok(ToolOutput { text: text.join("\n"), passages: Vec::new() })
    }
}

/// One row for a symbol, and the line of its name to quote.
pub(super) fn row(view: &View, query: &str, symbol: &Symbol) -> (String, Option<Passage>) {
    let (kind, name) = (symbol.kind.as_str(), &symbol.qualified);
    let doc = symbol.doc.as_deref().map(|d| format!(" — {d}")).unwrap_or_default();
    let row = format!("{}:{} {kind} {name}: {}{doc}", symbol.path, symbol.line, symbol.signature);
    let line = view.snapshot().text(&symbol.path).ok().flatten();
    let passage = line.and_then(|t| t.line(symbol.line).map(path::shown)).map(|text| Passage {
        source: Source::Search {
            query: query.to_owned(),
            path: symbol.path.clone(),
            start: symbol.line,
            end: symbol.line,
        },
        text,
    });
    // What may be quoted must have been shown.
    let quote = passage.as_ref().map(|p| format!("\n    {}", p.text.trim())).unwrap_or_default();
    (format!("{}{quote}", plain::line(&row, 240)), passage)
}
