//! Production failures whose stack trace passes through a function of a file.

use std::sync::Arc;

use serde_json::Value;

use super::sentry::{argument, failed, listing};
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::sentry::{FrameMatch, SentryCache, describe};
use crate::store::Store;

/// As many issues as Sentry's own reviewer takes.
const LIMIT: usize = 5;

pub struct SentryByFunction {
    store: Arc<Store>,
}

impl SentryByFunction {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Tool for SentryByFunction {
    fn name(&self) -> &str {
        "sentry_by_function"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let path = argument(arguments, "path")?.trim_start_matches("./");
        let function = argument(arguments, "function")?;
        let cache = SentryCache::new(&self.store);
        let found = cache.by_function(path, function, LIMIT).map_err(failed)?;
        let rows = found.iter().map(|found| (row(found), &found.issue)).collect();
        Ok(listing(rows, format!("No stack trace passes through `{function}` of {path}.")))
    }
}

/// An issue's line with where in the function it passes.
fn row(found: &FrameMatch) -> String {
    let how = if found.crash { "crashed" } else { "passes" };
    let line = found.frame.line.map(|n| format!(" at its line {n}")).unwrap_or_default();
    format!("{}; {how}{line}", describe::line(&found.issue))
}
