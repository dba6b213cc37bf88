//! Reads issues and events in the form of Sentry's web API.

use serde_json::Value;

use super::Issue;
use super::clean::cut;
use super::event::{Parts, assemble};
use super::json::{Object, number, object, take_pairs, take_scalar, text, time};
use super::record::{EventRecord, Mapping, Rank, RawException};
use super::seer;
use super::trace::{self, VALUE};

/// Reads an issue; `None` if it has no id.
pub(super) fn issue(raw: &Object) -> Option<Issue> {
    let metadata = object(raw, &["metadata"]);
    let meta = |key: &str| metadata.and_then(|m| text(m, &[key]));
    let error_type = meta("type");
    let message = meta("value").or_else(|| meta("title")).or_else(|| text(raw, &["message"]));
    let title = text(raw, &["title"]).or_else(|| error_type.clone()).or_else(|| message.clone());
    let project = object(raw, &["project"]);
    Some(Issue {
        id: text(raw, &["id"])?,
        short_id: text(raw, &["shortId"]),
        title: cut(&title.unwrap_or_else(|| "<no title>".to_owned()), 300),
        error_type,
        message: cut(&message.unwrap_or_default(), VALUE),
        culprit: text(raw, &["culprit"]),
        level: text(raw, &["level"]).unwrap_or_else(|| "error".to_owned()),
        status: text(raw, &["status"]).unwrap_or_else(|| "unresolved".to_owned()),
        count: number(raw, &["count"]).unwrap_or(1),
        users: number(raw, &["userCount"]).unwrap_or_default(),
        first_seen: time(raw, &["firstSeen"]),
        last_seen: time(raw, &["lastSeen"]),
        permalink: text(raw, &["permalink"]).and_then(permalink),
        project: project.and_then(|p| text(p, &["slug", "name", "id"])),
        platform: text(raw, &["platform"]).or_else(|| project.and_then(|p| text(p, &["platform"]))),
        summary: object(raw, &["summary", "seerSummary"]).and_then(seer::words),
        root_cause: object(raw, &["autofix", "autofixState"])
            .and_then(|state| seer::root_cause(object(state, &["autofix"]).unwrap_or(state))),
        meta_file: meta("filename"),
        meta_function: meta("function"),
        unhandled: raw.get("isUnhandled").and_then(Value::as_bool),
        priority: text(raw, &["priority"]),
        substatus: text(raw, &["substatus"]),
    })
}

/// Reads a code mapping, as the API lists them or as the command line takes them.
pub(super) fn mapping(raw: &Object) -> Option<Mapping> {
    let root = |keys: &[&str]| raw.get(keys[0]).or_else(|| raw.get(keys[1]))?.as_str();
    Some(Mapping {
        project: text(raw, &["projectSlug", "project"]).unwrap_or_default(),
        stack_root: root(&["stackRoot", "stack_root"])?.to_owned(),
        source_root: root(&["sourceRoot", "source_root"])?.to_owned(),
    })
}

/// Old servers write no scheme, or a sentence instead of an address.
fn permalink(link: String) -> Option<String> {
    if link.contains(char::is_whitespace) || !link.contains('/') {
        return None;
    }
    Some(if link.contains("://") { link } else { format!("https://{link}") })
}

/// Takes out the events that an issue may carry.
pub(super) fn embedded(raw: &mut Object) -> Vec<Object> {
    let mut take = |key: &str| raw.get_mut(key).map(Value::take);
    let mut found: Vec<Value> =
        ["event", "latestEvent"].into_iter().filter_map(&mut take).collect();
    if let Some(Value::Array(list)) = take("events") {
        found.extend(list);
    }
    let object = |value| match value {
        Value::Object(event) => Some(event),
        _ => None,
    };
    found.into_iter().filter_map(object).collect()
}

/// Takes an event out, with its entries or without; `issue` is the one around it, if it
/// was embedded.
pub(super) fn event(raw: &mut Object, issue: Option<&str>, rank: Rank) -> EventRecord {
    let metadata = object(raw, &["metadata"]);
    let mut parts = Parts {
        id: text(raw, &["eventID", "id"]),
        issue: text(raw, &["groupID", "groupId", "issue"]).or(issue.map(str::to_owned)),
        fingerprint: strings(raw.get("fingerprints")),
        time: time(raw, &["dateCreated", "dateReceived"]),
        title: text(raw, &["title"]),
        error_type: metadata.and_then(|m| text(m, &["type"])),
        message: text(raw, &["message"]),
        culprit: text(raw, &["culprit"]),
        level: text(raw, &["level"]),
        platform: text(raw, &["platform"]),
        project: text(raw, &["projectSlug", "projectID"]),
        tags: raw.get_mut("tags").map(take_pairs).unwrap_or_default(),
        release: text(raw, &["release"])
            .or_else(|| text(object(raw, &["release"])?, &["version", "shortVersion"])),
        environment: text(raw, &["environment"]),
        ..Parts::default()
    };
    let mut loose = None;
    for entry in raw.get_mut("entries").and_then(Value::as_array_mut).into_iter().flatten() {
        let kind = entry.get_mut("type").and_then(take_scalar);
        let Some(data) = entry.get_mut("data") else { continue };
        match kind.as_deref() {
            Some("exception") => parts.exceptions = trace::exceptions(values(data)),
            Some("stacktrace") => loose = Some(trace::frames(data)),
            Some("threads") => loose = loose.or_else(|| trace::crashed_thread(values(data))),
            Some("breadcrumbs") => parts.breadcrumbs = trace::breadcrumbs(values(data)),
            Some("message") => {
                let data = data.as_object();
                parts.message =
                    data.and_then(|d| text(d, &["formatted", "message"])).or(parts.message);
            }
            _ => {}
        }
    }
    attach(&mut parts, loose);
    assemble(parts, rank)
}

/// Sentry can return `value` where it documents `values`.
fn values(data: &mut Value) -> &mut Value {
    let single = data.get("value").is_some_and(|v| !v.is_string());
    match ["values", "value"]
        .into_iter()
        .find(|k| data.get(k).is_some() && (*k != "value" || single))
    {
        Some(key) => &mut data[key],
        None => data,
    }
}

/// Gives a stack that stands by itself to the exception that lacks one.
pub(super) fn attach(parts: &mut Parts, loose: Option<Vec<super::record::RawFrame>>) {
    let Some(frames) = loose.filter(|f| !f.is_empty()) else { return };
    if parts.exceptions.iter().any(|e| !e.frames.is_empty()) {
        return;
    }
    match parts.exceptions.last_mut() {
        Some(raised) => raised.frames = frames,
        None => parts.exceptions.push(RawException {
            error_type: String::new(),
            value: String::new(),
            frames,
        }),
    }
}

pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(super::json::scalar).collect()
}
