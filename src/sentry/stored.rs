//! Reads events in the form in which the server stores them, and in the form
//! in which an SDK sends them, which differs by what the server adds.

use serde_json::Value;

use super::api::{attach, strings};
use super::event::{Parts, assemble};
use super::json::{Object, field, field_mut, object, scalar, take_pairs, text, time};
use super::record::{EventRecord, Rank};
use super::trace;

/// Takes an event out; `issue` is the group that a frame around it named.
pub(super) fn event(raw: &mut Object, issue: Option<&str>, rank: Rank) -> EventRecord {
    let metadata = object(raw, &["metadata"]);
    let mut parts = Parts {
        id: text(raw, &["event_id", "id"]),
        issue: text(raw, &["group_id", "issue_id", "groupID"]).or(issue.map(str::to_owned)),
        fingerprint: fingerprint(raw),
        time: time(raw, &["datetime", "timestamp", "received"]),
        title: text(raw, &["title"]),
        error_type: metadata.and_then(|m| text(m, &["type"])),
        message: message(raw),
        culprit: text(raw, &["culprit", "transaction"]),
        level: text(raw, &["level"]),
        platform: text(raw, &["platform"]),
        project: text(raw, &["project_slug", "project_name", "project"]),
        permalink: text(raw, &["web_url"]),
        exceptions: field_mut(raw, &["exception", "sentry.interfaces.Exception"])
            .map(trace::exceptions)
            .unwrap_or_default(),
        breadcrumbs: field_mut(raw, &["breadcrumbs", "sentry.interfaces.Breadcrumbs"])
            .map(|value| trace::breadcrumbs(value))
            .unwrap_or_default(),
        tags: raw.get_mut("tags").map(take_pairs).unwrap_or_default(),
        release: text(raw, &["release"]),
        environment: text(raw, &["environment"]),
    };
    let stack = field_mut(raw, &["stacktrace", "sentry.interfaces.Stacktrace"]);
    let loose = stack.map(trace::frames).filter(|f| !f.is_empty());
    let loose = loose.or_else(|| trace::crashed_thread(raw.get_mut("threads")?));
    attach(&mut parts, loose);
    assemble(parts, rank)
}

/// What the user set, unless it is the default, else what the server computed.
fn fingerprint(raw: &Object) -> Vec<String> {
    let own = strings(raw.get("fingerprint"));
    if own.iter().any(|f| !f.contains("default")) {
        return own;
    }
    strings(raw.get("hashes")).into_iter().take(1).collect()
}

/// The log entry as a text or an object, else the plain message.
fn message(raw: &Object) -> Option<String> {
    let entry = field(raw, &["logentry", "sentry.interfaces.Message", "message"]);
    let from = |value: &Value| match value {
        Value::Object(o) => text(o, &["formatted", "message"]),
        other => scalar(other).filter(|s| !s.is_empty()),
    };
    entry.and_then(from).or_else(|| raw.get("message").and_then(from))
}
