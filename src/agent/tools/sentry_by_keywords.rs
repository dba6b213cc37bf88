//! Production failures by words of their title or message.

use serde_json::Value;

use super::sentry::{History, argument, failed, issues};
use crate::agent::{Tool, ToolError, ToolOutput};

/// As many issues as Sentry's own reviewer takes.
const LIMIT: usize = 10;

pub struct SentryByKeywords {
    history: History,
}

impl SentryByKeywords {
    pub fn new(history: History) -> Self {
        Self { history }
    }
}

impl Tool for SentryByKeywords {
    fn name(&self) -> &str {
        "sentry_by_keywords"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let query = argument(arguments, "query")?;
        let found = self.history.cache().by_keywords(query, LIMIT).map_err(failed)?;
        self.history.dated(issues(
            &found,
            format!("No issue has the words `{query}`; try fewer or other words."),
        ))
    }
}
