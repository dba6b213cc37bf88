//! Exports that are text for people: tables of issues (CSV) and the Markdown of
//! Sentry's tools. They hold issues, or single events, without stack traces. What is
//! what in them is data: `text.toml`.

mod cell;
mod markdown;
mod table;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use super::json::Object;

pub(super) use markdown::Markdown;
pub(super) use table::Table;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    absent: Vec<String>,
    suffixes: BTreeMap<String, u64>,
    utc: Vec<String>,
    times: Vec<String>,
    field: Vec<Field>,
    foreign: Vec<Foreign>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    to: Vec<String>,
    labels: Vec<String>,
}

/// A file that is no export of events, though people take it for one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Foreign {
    #[serde(default)]
    starts: Vec<String>,
    /// Sets of keys, all of which a record has.
    #[serde(default)]
    keys: Vec<Vec<String>>,
    /// Keys, one of which a record has.
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    empty: bool,
    pub what: String,
    pub hint: String,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        toml::from_str(include_str!("../text.toml")).expect("text.toml is checked by a test")
    })
}

/// What a text that begins so is, if that is known.
pub(super) fn foreign_text(head: &str) -> Option<&'static Foreign> {
    let head = head.to_lowercase();
    file().foreign.iter().find(|f| f.starts.iter().any(|s| head.starts_with(s.as_str())))
}

/// What a record with these keys is, if that is known.
pub(super) fn foreign_record(record: &Object) -> Option<&'static Foreign> {
    let has = |key: &String| record.contains_key(key);
    // A single key says something only where there is little else.
    let all = |keys: &Vec<String>| keys.iter().all(has) && (keys.len() > 1 || record.len() < 3);
    file().foreign.iter().find(|f| f.keys.iter().any(all) || f.any.iter().any(has))
}

/// An empty list, which is an export of nothing.
pub(super) fn empty_list() -> Option<&'static Foreign> {
    file().foreign.iter().find(|f| f.empty)
}

/// What a label names in an issue of the API.
fn field(label: &str) -> Option<&'static [String]> {
    let label: String =
        label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let found = file().field.iter().find(|f| f.labels.contains(&label));
    found.map(|f| f.to.as_slice())
}

/// Why a cell is left out.
const NO_COUNT: &str = "counts that are no number, left out";
const NO_TIME: &str = "times that cannot be read, left out (write them like 2026-01-31T12:00:00Z)";

/// Puts a cell where the API has it; the first of two cells for one place stays. Fails
/// with what a cell should have been, and is not.
fn put(record: &mut Object, to: &[String], cell: &str) -> Result<(), &'static str> {
    let cell = cell.trim().trim_matches('`').trim();
    if cell.is_empty() {
        return Ok(());
    }
    match to {
        [name] if name == "name" => {
            let key = looks(cell);
            let cell = cell.trim_start_matches('#');
            record.entry(key).or_insert_with(|| Value::from(cell));
            if key == "permalink" {
                put_link(record, cell);
            }
        }
        [key] => {
            let absent = || file().absent.iter().any(|word| word.eq_ignore_ascii_case(cell));
            let cell = match key.as_str() {
                "count" | "userCount" | "firstSeen" | "lastSeen" if absent() => return Ok(()),
                "count" | "userCount" => cell::count(cell).ok_or(NO_COUNT)?.to_string(),
                "firstSeen" | "lastSeen" => cell::time(cell).ok_or(NO_TIME)?,
                "status" | "level" => cell.to_lowercase(),
                _ => cell.to_owned(),
            };
            if key == "permalink" {
                put_link(record, &cell);
            }
            record.entry(key.as_str()).or_insert_with(|| Value::from(cell));
        }
        [outer, inner] => {
            let object = record.entry(outer.as_str()).or_insert_with(|| Object::new().into());
            if let Some(object) = object.as_object_mut() {
                object.entry(inner.as_str()).or_insert_with(|| Value::from(cell));
            }
        }
        _ => {}
    }
    Ok(())
}

/// An issue's address ends in its id.
fn put_link(record: &mut Object, link: &str) {
    let id = link.split("/issues/").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        record.entry(looks(id)).or_insert_with(|| Value::from(id));
    }
}

/// Which key of an issue a name belongs to.
fn looks(name: &str) -> &'static str {
    let name = name.trim_start_matches('#');
    if name.contains("://") {
        "permalink"
    } else if name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
        "eventID"
    } else if name.bytes().all(|b| b.is_ascii_digit()) {
        "id"
    } else if is_short_id(name) {
        "shortId"
    } else {
        "title"
    }
}

/// `PROJECT-1A2`: what Sentry calls an issue in front of people.
fn is_short_id(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(project, number)| {
        !project.is_empty()
            && project
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
            && project.bytes().any(|b| b.is_ascii_uppercase())
            && (1..=8).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    })
}

/// Whether a record names what it is about.
fn is_complete(record: &Object) -> bool {
    let has = |key: &str| record.contains_key(key);
    (has("id") || has("shortId")) && (has("title") || has("metadata") || has("culprit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_sound() {
        let file: File = toml::from_str(include_str!("../text.toml")).unwrap();
        let mut labels: Vec<&String> = file.field.iter().flat_map(|f| &f.labels).collect();
        let all = labels.len();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), all, "a label stands twice");
        for label in labels {
            assert!(label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{label}");
        }
        for foreign in &file.foreign {
            let ways = foreign.starts.len() + foreign.keys.len() + foreign.any.len();
            assert!(foreign.empty || ways > 0);
            assert!(foreign.keys.iter().all(|keys| !keys.is_empty()));
            assert!(foreign.starts.iter().all(|s| *s == s.to_lowercase()));
        }
    }

    #[test]
    fn names_are_told_by_their_looks() {
        for (name, key) in [
            ("4507719034", "id"),
            ("SHOP-1A", "shortId"),
            ("MY-SHOP_2-1A", "shortId"),
            ("0123456789abcdef0123456789abcdef", "eventID"),
            ("https://sentry.example/issues/1/", "permalink"),
            ("KeyError: total", "title"),
            ("off-by-one", "title"),
        ] {
            assert_eq!(looks(name), key, "{name}");
        }
    }
}
