//! Stack trace, variable values and breadcrumbs of one production failure.

use serde_json::Value;

use super::sentry::{History, argument, failed, source};
use crate::agent::{Passage, Tool, ToolError, ToolOutput};
use crate::sentry::{SentryCache, SentryError, describe};

/// Ids offered in place of one that does not exist.
const NEAR: usize = 5;

pub struct SentryDetails {
    history: History,
}

impl SentryDetails {
    pub fn new(history: History) -> Self {
        Self { history }
    }
}

impl Tool for SentryDetails {
    fn name(&self) -> &str {
        "sentry_details"
    }

    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError> {
        let id = argument(arguments, "issue")?;
        let cache = self.history.cache();
        let issue = match cache.issue(id) {
            Ok(issue) => issue,
            Err(SentryError::NotFound(_)) => return Err(unknown(&cache, id)?),
            Err(error) => return Err(failed(error)),
        };
        let event = cache.latest_event(&issue.id).map_err(failed)?;
        let places = event.as_ref().map(|event| cache.places(event)).transpose().map_err(failed)?;
        let places = places.unwrap_or_default();
        let show = describe::Details { places: &places, ..describe::Details::default() };
        let passages: Vec<Passage> = describe::details_with(&issue, event.as_ref(), show)
            .into_iter()
            .map(|text| Passage { source: source(&issue), text })
            .collect();
        let text = passages.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("\n");
        self.history.dated(ToolOutput { text, passages, ..ToolOutput::default() })
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
