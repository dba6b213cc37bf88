//! Recognises which form a record has. One module for each form turns it into
//! the canonical [`Record`](super::record::Record); a new form needs a variant
//! here and such a module.

use std::sync::OnceLock;

use serde::Deserialize;

use super::json::{Object, field, object, text};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    platforms: Vec<String>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        toml::from_str(include_str!("shape.toml")).expect("shape.toml is checked by a test")
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An issue as the web API lists it.
    Issue,
    /// An event of the web API (`entries`, camelCase).
    ApiEvent,
    /// An event as the web API lists it, without its entries.
    SimpleEvent,
    /// An event as the server stores it (the UI's "JSON" link).
    Stored,
    /// An event as an SDK sent it; read like a stored one, trusted less.
    Sdk,
    /// An issue of Bugsink's own API.
    BugsinkIssue,
    /// Seer's summary of an issue.
    Summary,
    /// The state of Seer's autofix.
    Autofix,
    /// One root cause, as Sentry's command line prints it.
    Cause,
    /// Where a program's files lie in the repository.
    Mapping,
    /// The manifest of a bundle that `sentry export` wrote.
    Bundle,
    /// A frame around one of the others: the keys that lead to it.
    Inside(&'static [&'static str]),
    /// JSON within a string of that key.
    Text(&'static str),
    /// Something of Sentry's that holds no failure.
    Other(&'static str),
    /// Nothing of Sentry's.
    Unknown,
}

/// The first form that fits; the order matters.
pub(super) fn recognise(record: &Object) -> Shape {
    let has = |key: &str| record.contains_key(key);
    let full = |keys: &[&str]| field(record, keys).is_some();
    let any = |keys: &[&str]| keys.iter().any(|k| has(k));
    if has("forewarn_bundle") && has("files") {
        return Shape::Bundle;
    }
    if has("autofix") || (any(&["run_id", "sentry_run_id"]) && any(&["steps", "blocks"])) {
        return Shape::Autofix;
    }
    if full(&["headline"])
        && any(&["groupId", "group_id", "issue_id", "whatsWrong", "whats_wrong", "possibleCause"])
    {
        return Shape::Summary;
    }
    if any(&["root_cause_reproduction", "code_context", "relevant_repos"])
        && any(&["description", "title"])
        && !has("culprit")
    {
        return Shape::Cause;
    }
    if let Some(data) = object(record, &["data"]) {
        const WEBHOOKS: [&[&str]; 3] = [&["data", "event"], &["data", "issue"], &["data", "error"]];
        if has("action") {
            return WEBHOOKS
                .into_iter()
                .find(|keys| data.get(keys[1]).is_some_and(|v| v.is_object()))
                .map_or(Shape::Other("a webhook of no issue or event"), Shape::Inside);
        }
        // An event stream's, and Bugsink's.
        if any(&["group_id", "digest_order", "stacktrace_md"]) {
            return Shape::Inside(&["data"]);
        }
    }
    if any(&["digest_order", "stacktrace_md"])
        && record.get("data").is_some_and(serde_json::Value::is_string)
    {
        return Shape::Inside(&["data"]);
    }
    if has("stacktrace_md") || (has("digest_order") && has("event_id")) {
        return Shape::Other("an event without its data (export each event by its id)");
    }
    if any(&["calculated_type", "digested_event_count"]) && full(&["id"]) {
        return Shape::BugsinkIssue;
    }
    if has("entries") && full(&["eventID", "id"]) {
        return Shape::ApiEvent;
    }
    if has("shortId") && any(&["culprit", "permalink", "title"]) {
        return Shape::Issue;
    }
    if full(&["id"]) && has("title") && any(&["firstSeen", "lastSeen"]) {
        return Shape::Issue;
    }
    if full(&["eventID"]) && any(&["event.type", "groupID", "dateCreated"]) {
        return Shape::SimpleEvent;
    }
    let type_ = record.get("type").and_then(|v| v.as_str());
    if type_ == Some("transaction") || has("spans") {
        return Shape::Other("a transaction");
    }
    if full(&["event_id"])
        && (has("grouping_config") || has("hashes") || (has("metadata") && has("datetime")))
    {
        return Shape::Stored;
    }
    let own = ["exception", "logentry", "threads"].iter().any(|k| full(&[k]))
        || record.keys().any(|k| k.starts_with("sentry.interfaces"));
    // Many a log has lines with a message and a platform.
    let plain = full(&["message", "stacktrace"]);
    if (own || plain) && any(&["event_id", "sdk"]) || own && is_platform(record) {
        return Shape::Sdk;
    }
    if has("s3Url") && has("eventID") {
        return Shape::Other(
            "a pointer to an event in a bucket, for it was too large for the queue (fetch the \
             bucket's objects and import those)",
        );
    }
    if full(&["stackRoot", "stack_root"]) || (has("stackRoot") && has("sourceRoot")) {
        return Shape::Mapping;
    }
    if full(&["Body"]) && any(&["MessageId", "ReceiptHandle"]) {
        return Shape::Text("Body");
    }
    // A topic's notification, which a queue has as its body.
    if full(&["Message"]) && has("TopicArn") {
        return Shape::Text("Message");
    }
    if object(record, &["event"]).is_some_and(|event| recognise(event) != Shape::Unknown) {
        return Shape::Inside(&["event"]);
    }
    if has("dsn") && any(&["event_id", "sent_at", "sdk"]) {
        return Shape::Other("an envelope's header");
    }
    Shape::Unknown
}

/// Whether a record names one of Sentry's platforms.
fn is_platform(record: &Object) -> bool {
    text(record, &["platform"]).is_some_and(|name| file().platforms.contains(&name))
}

/// The issue that the old plugin for webhooks names beside the event; `keys` lead to
/// the event. Others who wrap an event have an id of their own there, seldom a number.
pub(super) fn plugin_issue(record: &Object, keys: &[&str]) -> Option<String> {
    let id = text(record, &["id"]).filter(|_| keys == ["event"])?;
    id.bytes().all(|b| b.is_ascii_digit()).then_some(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_is_told_apart() {
        for (record, shape) in [
            (json!({"id": "1", "shortId": "A-1", "title": "x"}), Shape::Issue),
            (json!({"id": "1", "title": "x", "lastSeen": null}), Shape::Issue),
            (json!({"eventID": "e", "entries": []}), Shape::ApiEvent),
            (json!({"event_id": "e", "hashes": [], "exception": {}}), Shape::Stored),
            (json!({"event_id": "e", "exception": {"values": []}}), Shape::Sdk),
            (json!({"platform": "python", "sentry.interfaces.Exception": {}}), Shape::Sdk),
            (json!({"action": "x", "data": {"event": {}}}), Shape::Inside(&["data", "event"])),
            (json!({"group_id": 3, "data": {}}), Shape::Inside(&["data"])),
            (json!({"eventID": "e", "event.type": "error"}), Shape::SimpleEvent),
            (json!({"autofix": null}), Shape::Autofix),
            (json!({"run_id": 1, "blocks": []}), Shape::Autofix),
            (json!({"headline": "x", "groupId": "1"}), Shape::Summary),
            (json!({"headline": "x", "whats_wrong": "y"}), Shape::Summary),
            (json!({"id": 0, "description": "x", "relevant_repos": []}), Shape::Cause),
            (json!({"id": "u", "calculated_type": "E", "first_seen": "x"}), Shape::BugsinkIssue),
            (json!({"event_id": "e", "digest_order": 1, "data": {}}), Shape::Inside(&["data"])),
            (json!({"stackRoot": "a/", "sourceRoot": ""}), Shape::Mapping),
            (json!({"MessageId": "m", "Body": "{}"}), Shape::Text("Body")),
            (json!({"MessageId": "m", "TopicArn": "t", "Message": "{}"}), Shape::Text("Message")),
            (
                json!({"event": {"eventID": "e", "entries": []}, "trace": {}}),
                Shape::Inside(&["event"]),
            ),
            (json!({"event_id": "e", "type": "transaction"}), Shape::Other("a transaction")),
            (json!({"name": "left-pad", "version": "1.0.0"}), Shape::Unknown),
            (json!({"message": "hello"}), Shape::Unknown),
            (json!({"message": "hello", "platform": "linux"}), Shape::Unknown),
            (json!({"message": "hello", "platform": "python"}), Shape::Unknown),
            (json!({"threads": [{}], "platform": "linux"}), Shape::Unknown),
            (json!({"exception": {"values": []}, "platform": "go"}), Shape::Sdk),
            (json!({"message": "hello", "sdk": {}}), Shape::Sdk),
            (
                json!({"id": "91", "event": {"eventID": "e", "entries": []}}),
                Shape::Inside(&["event"]),
            ),
            (json!({"forewarn_bundle": 1, "files": {}}), Shape::Bundle),
            (json!({}), Shape::Unknown),
        ] {
            assert_eq!(recognise(record.as_object().unwrap()), shape, "{record}");
        }
    }
}
