//! What the stored events of an issue say about one place on its stack: the values
//! that variables had there, and how the message varied.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Event, Exception, Frame, FrameMatch, SentryError, describe, query};
use crate::plain::fold;
use crate::sentry::clean::cut;

/// Newest events that are looked at; an export holds one to three of most issues.
const EVENTS: usize = 20;
/// Different values of a variable, and messages, that are kept.
const VARIANTS: usize = 8;
/// Characters of a value or message.
const TEXT: usize = 120;

/// The merged events of an issue at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Events that pass the place, of those looked at.
    pub events: usize,
    /// Whether the crash lies in a library that this place called: no later frame of
    /// its exception is the application's.
    pub innermost: bool,
    /// Variables that the code around the place mentions, those of its own line first.
    pub values: Vec<Value>,
    /// Messages of the exception with how many events had them, the most frequent first.
    pub messages: Vec<(String, usize)>,
}

/// A variable over several events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    pub name: String,
    /// Values, scrubbed, with how many events had them, the most frequent first.
    pub seen: Vec<(String, usize)>,
}

pub(super) fn sample(db: &Connection, found: &FrameMatch) -> Result<Sample, SentryError> {
    let mut statement = db.prepare_cached(
        "SELECT e.row FROM sentry_event e JOIN sentry_issue i ON i.row = e.issue
         WHERE i.id = ?1 ORDER BY e.time DESC, e.id LIMIT ?2",
    )?;
    let rows = statement
        .query_map(params![found.issue.id, EVENTS as i64], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    let mut events = Vec::new();
    for row in rows {
        events.extend(query::event(db, row)?);
    }
    Ok(merge(&events, &found.frame))
}

/// Merges events, the newest first.
fn merge(events: &[Event], place: &Frame) -> Sample {
    let mut sample = Sample::default();
    let own = place.line.and_then(|line| place.context.iter().find(|(n, _)| *n == line));
    for event in events {
        let Some((exception, at)) = event.exceptions.iter().rev().find_map(|e| {
            let at = e.frames.iter().rposition(|f| is_same(f, place))?;
            Some((e, at))
        }) else {
            continue;
        };
        sample.events += 1;
        sample.innermost |= is_innermost(exception, at);
        count(&mut sample.messages, exception.value.lines().next().unwrap_or_default());
        for (name, value) in describe::variables(&exception.frames[at]) {
            let known = sample.values.iter_mut().find(|v| v.name == name);
            let seen = match known {
                Some(known) => &mut known.seen,
                None => {
                    sample.values.push(Value { name: name.to_owned(), seen: Vec::new() });
                    let last = sample.values.len() - 1;
                    &mut sample.values[last].seen
                }
            };
            count(seen, value);
        }
    }
    let frequent = |list: &mut Vec<(String, usize)>| {
        list.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        list.truncate(VARIANTS);
    };
    frequent(&mut sample.messages);
    sample.values.iter_mut().for_each(|v| frequent(&mut v.seen));
    let mentioned = |name: &str| own.is_some_and(|(_, text)| describe::mentions(text, name));
    sample.values.sort_by_key(|v| !mentioned(&v.name));
    sample
}

/// The same place of code: lines differ between releases.
fn is_same(frame: &Frame, place: &Frame) -> bool {
    frame.function == place.function
        && frame.filename == place.filename
        && frame.module == place.module
}

fn is_innermost(exception: &Exception, at: usize) -> bool {
    exception.frames[at].in_app != Some(false)
        && exception.frames[at + 1..].iter().all(|f| f.in_app == Some(false))
}

fn count(list: &mut Vec<(String, usize)>, text: &str) {
    let text = cut(&fold(text), TEXT);
    if text.is_empty() {
        return;
    }
    match list.iter_mut().find(|(known, _)| *known == text) {
        Some((_, n)) => *n += 1,
        None => list.push((text, 1)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn frame(function: &str, in_app: bool, vars: &[(&str, &str)]) -> Frame {
        let frame = json!({
            "filename": "shop/checkout.py", "function": function, "module": null, "line": 7,
            "in_app": in_app, "vars": vars,
            "context": [[6, "rates = load()"], [7, "return rates[code]"]],
        });
        serde_json::from_value(frame).unwrap()
    }

    fn event(value: &str, frames: &[Frame]) -> Event {
        let event = json!({
            "id": "", "issue": "", "time": null, "message": "", "breadcrumbs": [], "tags": [],
            "release": null, "environment": null,
            "exceptions": [{ "error_type": "KeyError", "value": value, "frames": frames }],
        });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn values_are_merged_and_those_of_the_crashed_line_come_first() {
        let place = frame("rate", true, &[("rates", "{}"), ("code", "'CHF'"), ("other", "1")]);
        let events = [
            event("'CHF'", &[frame("main", true, &[]), place.clone()]),
            event("'NOK'", &[frame("rate", true, &[("rates", "{}"), ("code", "'NOK'")])]),
            event("'CHF'", std::slice::from_ref(&place)),
            event("'x'", &[frame("main", true, &[])]),
        ];
        let sample = merge(&events, &place);
        assert_eq!(sample.events, 3);
        assert!(sample.innermost);
        let code = &sample.values.iter().find(|v| v.name == "code").unwrap().seen;
        assert_eq!(*code, [("'CHF'".to_owned(), 2), ("'NOK'".to_owned(), 1)]);
        assert_eq!(sample.messages, [("'CHF'".to_owned(), 2), ("'NOK'".to_owned(), 1)]);
        assert!(sample.values.iter().all(|v| v.name != "other"), "not in the code");
    }

    #[test]
    fn a_call_into_a_library_is_innermost_and_one_into_the_application_is_not() {
        let place = frame("rate", true, &[]);
        let library = Frame { in_app: Some(false), ..frame("loads", false, &[]) };
        let into = |f: Frame| merge(&[event("x", &[place.clone(), f])], &place).innermost;
        assert!(into(library));
        assert!(!into(frame("convert", true, &[])));
    }
}
