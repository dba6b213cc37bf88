//! Finds code by words, names and meaning together.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::path;
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::config;
use crate::engine::Embedder;
use crate::index::{Near, Query, View};
use crate::plain;

/// Hits looked for; a page shows what fits.
const LIMIT: usize = 40;

pub struct Search {
    view: Arc<View>,
    /// Without one, words and names alone rank.
    embedder: Option<Arc<dyn Embedder>>,
    settings: config::Search,
    /// Files whose surroundings are preferred: those of the change.
    changed: Vec<String>,
    near: OnceLock<Near>,
}

impl Search {
    pub fn new(
        view: Arc<View>,
        embedder: Option<Arc<dyn Embedder>>,
        settings: config::Search,
        changed: Vec<String>,
    ) -> Self {
        Self { view, embedder, settings, changed, near: OnceLock::new() }
    }

    fn near(&self) -> Result<&Near, ToolError> {
        if let Some(near) = self.near.get() {
            return Ok(near);
        }
        let near = self.view.near(&self.changed).map_err(path::failed)?;
        Ok(self.near.get_or_init(|| near))
    }
}

impl Tool for Search {
    fn name(&self) -> &str {
        "search"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let text = path::text(arguments, "query");
        if text.is_empty() {
            return Err(ToolError::Refused("The query is empty; say what the code does.".into()));
        }
        let scope = path::scope(&self.view, arguments)?;
        let query = Query { text, scope: &scope, near: Some(self.near()?), limit: LIMIT };
        let hits = self
            .view
            .search(self.embedder.as_deref(), &query, &self.settings)
            .map_err(path::failed)?;
        let mut rows = Vec::with_capacity(hits.len());
        for hit in &hits {
            let what = match (hit.kind, hit.symbol.as_deref()) {
                (Some(kind), Some(name)) => format!("{} {name}", kind.as_str()),
                _ => "code".to_owned(),
            };
            let file = self.view.snapshot().text(&hit.path);
            let file = file.map_err(|e| ToolError::failed("A file could not be read.", e))?;
            let found = path::Found {
                path: &hit.path,
                line: hit.line,
                what,
                signature: hit.signature.as_deref().unwrap_or_default(),
                doc: None,
                source: file.as_ref().and_then(|t| t.line(hit.line)).unwrap_or_default(),
            };
            rows.push(found.row(text));
        }
        let nothing = plain::line(
            &format!("Nothing is like {text}{}. Try other words.", path::place(arguments)),
            300,
        );
        Ok(path::listing(rows, &nothing))
    }
}
