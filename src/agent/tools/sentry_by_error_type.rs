//! Production failures of an error type.

use serde_json::Value;

use super::sentry::{History, argument, failed, issues};
use crate::agent::{Tool, ToolError, ToolOutput};

/// As many issues as Sentry's own reviewer takes.
const LIMIT: usize = 10;

pub struct SentryByErrorType {
    history: History,
}

impl SentryByErrorType {
    pub fn new(history: History) -> Self {
        Self { history }
    }
}

impl Tool for SentryByErrorType {
    fn name(&self) -> &str {
        "sentry_by_error_type"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let kind = argument(arguments, "error_type")?;
        let found = self.history.cache().by_error_type(kind, LIMIT).map_err(failed)?;
        self.history.dated(issues(&found, format!("No issue has the error type `{kind}`.")))
    }
}
