//! Production failures of an error type.

use std::sync::Arc;

use serde_json::Value;

use super::sentry::{argument, failed, issues};
use crate::agent::{Tool, ToolError, ToolOutput};
use crate::sentry::SentryCache;
use crate::store::Store;

/// As many issues as Sentry's own reviewer takes.
const LIMIT: usize = 10;

pub struct SentryByErrorType {
    store: Arc<Store>,
}

impl SentryByErrorType {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Tool for SentryByErrorType {
    fn name(&self) -> &str {
        "sentry_by_error_type"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let kind = argument(arguments, "error_type")?;
        let found = SentryCache::new(&self.store).by_error_type(kind, LIMIT).map_err(failed)?;
        Ok(issues(&found, format!("No issue has the error type `{kind}`.")))
    }
}
