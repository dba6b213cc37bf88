//! Recognises which form a record has. One module for each form turns it into
//! the canonical [`Record`](super::record::Record); a new form needs a variant
//! here and such a module.

use super::json::{Object, field, object};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An issue as the web API lists it.
    Issue,
    /// An event of the web API (`entries`, camelCase).
    ApiEvent,
    /// An event as the server stores it (the UI's "JSON" link).
    Stored,
    /// An event as an SDK sent it; read like a stored one, trusted less.
    Sdk,
    /// A webhook's or an event stream's frame around one of the others.
    Wrapped(&'static str),
    /// Something of Sentry's that holds no failure, or is not read yet.
    Other(&'static str),
    /// Nothing of Sentry's.
    Unknown,
}

/// The first form that fits; the order matters.
pub(super) fn recognise(record: &Object) -> Shape {
    let has = |key: &str| record.contains_key(key);
    let full = |keys: &[&str]| field(record, keys).is_some();
    if has("autofix") || (has("run_id") && (has("steps") || has("blocks"))) {
        return Shape::Other("an autofix state");
    }
    if full(&["headline"]) && has("groupId") {
        return Shape::Other("a summary");
    }
    if let Some(data) = object(record, &["data"]) {
        if let (true, Some(key)) =
            (has("action"), ["event", "issue", "error"].into_iter().find(|k| data.contains_key(*k)))
        {
            return Shape::Wrapped(key);
        }
        if has("group_id") || has("digest_order") {
            return Shape::Wrapped("");
        }
    }
    if has("entries") && full(&["eventID", "id"]) {
        return Shape::ApiEvent;
    }
    if has("shortId") && (has("culprit") || has("permalink") || has("title")) {
        return Shape::Issue;
    }
    if full(&["id"]) && has("title") && (has("firstSeen") || has("lastSeen")) {
        return Shape::Issue;
    }
    if full(&["eventID"]) && has("event.type") {
        return Shape::Other("an event without its entries (export it with `full=1`)");
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
    let sdk = ["exception", "logentry", "message", "threads", "stacktrace"];
    if (sdk.iter().any(|k| full(&[k])) || record.keys().any(|k| k.starts_with("sentry.interfaces")))
        && (has("event_id") || has("platform") || has("sdk"))
    {
        return Shape::Sdk;
    }
    if has("s3Url") && has("eventID") {
        return Shape::Other("a pointer to an event in a bucket");
    }
    if has("stackRoot") && has("sourceRoot") {
        return Shape::Other("a code mapping");
    }
    if has("dsn") && (has("event_id") || has("sent_at") || has("sdk")) {
        return Shape::Other("an envelope header");
    }
    Shape::Unknown
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
            (json!({"action": "x", "data": {"event": {}}}), Shape::Wrapped("event")),
            (json!({"group_id": 3, "data": {}}), Shape::Wrapped("")),
            (json!({"event_id": "e", "type": "transaction"}), Shape::Other("a transaction")),
            (json!({"name": "left-pad", "version": "1.0.0"}), Shape::Unknown),
            (json!({"message": "hello"}), Shape::Unknown),
            (json!({}), Shape::Unknown),
        ] {
            assert_eq!(recognise(record.as_object().unwrap()), shape, "{record}");
        }
    }
}
