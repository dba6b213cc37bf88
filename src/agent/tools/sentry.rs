//! What the four Sentry tools share: arguments, lines and their passages.

use serde_json::Value;

use super::path;
use crate::agent::{Passage, ToolError, ToolOutput};
use crate::finding::Source;
use crate::sentry::{Issue, SentryError, describe};

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
