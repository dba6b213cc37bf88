//! Reads issues of Bugsink's own API; its events hold what an SDK sent.

use super::Issue;
use super::clean::cut;
use super::json::{Object, number, text, time};
use super::trace::VALUE;

/// Reads an issue; `None` if it has no id.
pub(super) fn issue(raw: &Object) -> Option<Issue> {
    let error_type = text(raw, &["calculated_type"]);
    let message = text(raw, &["calculated_value"]).unwrap_or_default();
    let first_line = message.lines().next().unwrap_or_default();
    let title = match &error_type {
        Some(kind) if !first_line.is_empty() => format!("{kind}: {first_line}"),
        Some(kind) => kind.clone(),
        None if first_line.is_empty() => "<no title>".to_owned(),
        None => first_line.to_owned(),
    };
    let is = |key: &str| raw.get(key).and_then(serde_json::Value::as_bool) == Some(true);
    let status = match (is("is_resolved"), is("is_muted")) {
        (true, _) => "resolved",
        (_, true) => "ignored",
        _ => "unresolved",
    };
    Some(Issue {
        id: text(raw, &["id"])?,
        short_id: text(raw, &["friendly_id"]),
        title: cut(&title, 300),
        error_type,
        message: cut(&message, VALUE),
        culprit: text(raw, &["transaction", "last_frame_function"]),
        level: "error".to_owned(),
        status: status.to_owned(),
        count: number(raw, &["digested_event_count", "stored_event_count"]).unwrap_or(1),
        first_seen: time(raw, &["first_seen"]),
        last_seen: time(raw, &["last_seen"]),
        project: text(raw, &["project_slug", "project"]),
        meta_file: text(raw, &["last_frame_filename"]),
        meta_function: text(raw, &["last_frame_function"]),
        ..Issue::default()
    })
}
