//! Stack trace, variable values and breadcrumbs of one production failure.

use std::sync::Arc;

use serde_json::Value;

use super::sentry::{argument, failed, source};
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::sentry::{SentryCache, SentryError, describe};
use crate::store::Store;

/// Ids offered in place of one that does not exist.
const NEAR: usize = 5;

pub struct SentryDetails {
    store: Arc<Store>,
}

impl SentryDetails {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Tool for SentryDetails {
    fn name(&self) -> &str {
        "sentry_details"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let id = argument(arguments, "issue")?;
        let cache = SentryCache::new(&self.store);
        let issue = match cache.issue(id) {
            Ok(issue) => issue,
            Err(SentryError::NotFound(_)) => return Err(unknown(&cache, id)?),
            Err(error) => return Err(failed(error)),
        };
        let event = cache.latest_event(&issue.id).map_err(failed)?;
        let passages: Vec<Passage> = describe::details(&issue, event.as_ref())
            .into_iter()
            .map(|text| Passage { source: source(&issue), text })
            .collect();
        let text = passages.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("\n");
        Ok(ToolOutput { text, passages, ..ToolOutput::default() })
    }
}

/// The refusal of an id, with ids that exist.
fn unknown(cache: &SentryCache<'_>, id: &str) -> Result<ToolError, ToolError> {
    let near = cache.near(id, NEAR).map_err(failed)?;
    if near.is_empty() {
        return Ok(ToolError::Refused("The Sentry cache is empty.".to_owned()));
    }
    let near: Vec<String> = near.into_iter().map(|i| i.short_id.unwrap_or(i.id)).collect();
    Ok(ToolError::Refused(format!("There is no issue `{id}`. There are {}.", near.join(", "))))
}
