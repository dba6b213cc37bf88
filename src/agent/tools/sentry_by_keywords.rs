//! Production failures by words of their title or message.

use std::sync::Arc;

use serde_json::Value;

use super::sentry::{argument, failed, issues};
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::sentry::SentryCache;
use crate::store::Store;

/// As many issues as Sentry's own reviewer takes.
const LIMIT: usize = 10;

pub struct SentryByKeywords {
    store: Arc<Store>,
}

impl SentryByKeywords {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Tool for SentryByKeywords {
    fn name(&self) -> &str {
        "sentry_by_keywords"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let query = argument(arguments, "query")?;
        let found = SentryCache::new(&self.store).by_keywords(query, LIMIT).map_err(failed)?;
        Ok(issues(&found, format!("No issue has the words `{query}`; try fewer or other words.")))
    }
}
