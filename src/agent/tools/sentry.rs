//! What the four Sentry tools share: the cache, arguments, lines and their passages.

use std::sync::Arc;

use serde_json::Value;

use super::path;
use crate::agent::{Passage, ToolError, ToolOutput};
use crate::finding::Source;
use crate::sentry::{Issue, SentryCache, SentryError, Tree, describe};
use crate::store::Store;

/// The production history as seen from the reviewed tree.
#[derive(Clone)]
pub struct History {
    store: Arc<Store>,
    tree: Option<Arc<Tree>>,
    projects: Vec<String>,
}

impl History {
    /// Without a tree, frames are placed by their paths alone.
    pub fn new(store: Arc<Store>, tree: Option<Arc<Tree>>) -> Self {
        Self { store, tree, projects: Vec::new() }
    }

    /// Of these projects only, by their slugs; of all if there are none.
    #[must_use]
    pub fn of(self, projects: Vec<String>) -> Self {
        Self { projects, ..self }
    }

    pub(super) fn cache(&self) -> SentryCache<'_> {
        SentryCache::on(&self.store, self.tree.as_deref()).of(&self.projects)
    }

    /// An answer with the age of what it rests on.
    pub(super) fn dated(&self, output: ToolOutput) -> Result<ToolOutput, ToolError> {
        let (_, newest) = self.cache().counts().map_err(failed)?;
        let foot = newest.and_then(describe::date).map(|day| format!("newest data {day}"));
        Ok(ToolOutput { foot: foot.unwrap_or_default(), ..output })
    }
}

/// A text argument that is not blank.
pub(super) fn argument<'a>(arguments: &'a Value, key: &str) -> Result<&'a str, ToolError> {
    match arguments.get(key).and_then(Value::as_str).map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(ToolError::Refused(format!("`{key}` is empty; name what to look for."))),
    }
}

pub(super) fn failed(error: SentryError) -> ToolError {
    ToolError::failed("the Sentry cache could not be read", error)
}

pub(super) fn source(issue: &Issue) -> Source {
    Source::Issue {
        id: issue.id.clone(),
        short_id: issue.short_id.clone(),
        url: issue.permalink.clone(),
    }
}

/// One passage for each issue; `none` is said when there are none.
pub(super) fn listing(rows: Vec<(String, &Issue)>, none: String) -> ToolOutput {
    let row = |(text, issue): (String, &Issue)| {
        let passage = Passage { source: source(issue), text: text.clone() };
        (text, Some(passage))
    };
    path::listing(rows.into_iter().map(row).collect(), &none)
}

/// Lists issues, a line each.
pub(super) fn issues(found: &[Issue], none: String) -> ToolOutput {
    listing(found.iter().map(|issue| (describe::line(issue), issue)).collect(), none)
}
