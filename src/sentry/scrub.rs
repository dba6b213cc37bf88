//! Removes secrets and personal data from a record before it is turned into
//! the canonical form, so that nothing later can write them to disk.
//!
//! The rules are data: `scrub.toml`. They are compiled in and no layer replaces
//! them, for a repository must not be able to switch them off.

use std::borrow::Cow;
use std::collections::BTreeMap;

use regex::{Captures, Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::check;
use super::clean::clean;

const FILTERED: &str = "[Filtered]";
/// The shortest text that a rule for values can match.
const SHORTEST: usize = 6;
/// Bytes that the automaton of all rules may take; when it runs out, each
/// string costs many times as much.
const AUTOMATON: usize = 16 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    drop: Vec<String>,
    drop_inside: Vec<String>,
    headers: Vec<String>,
    tags: String,
    keys: String,
    keys_except: String,
    value: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: String,
    pattern: String,
    replace: String,
    #[serde(default)]
    check: Option<Check>,
    #[serde(default)]
    code: bool,
    #[serde(default)]
    identity: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Check {
    Luhn,
    Iban,
    Ssn,
    Mixed,
}

impl Check {
    fn holds(self, text: &str) -> bool {
        match self {
            Self::Luhn => check::luhn(text),
            Self::Iban => check::iban(text),
            Self::Ssn => check::ssn(text),
            Self::Mixed => check::mixed(text),
        }
    }
}

/// What kind of data a value is, which decides the rules that run over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The record's own fields.
    Structure,
    /// Data of the program that crashed: variables, extra data, breadcrumbs.
    Inside,
    /// Source lines.
    Code,
    /// Names of files, functions and modules.
    Identity,
    /// The tags of an event.
    Tags,
    /// Headers of a request.
    Headers,
}

/// The compiled rules and what they have removed so far.
pub(super) struct Scrubber {
    file: File,
    tags: Regex,
    keys: Regex,
    keys_except: Regex,
    /// Finds the rules that match at all in one pass; most strings have none.
    any: RegexSet,
    values: Vec<Regex>,
    /// Removed values by kind.
    pub counts: BTreeMap<String, usize>,
}

impl Scrubber {
    pub(super) fn new() -> Self {
        Self::parse(include_str!("scrub.toml")).expect("scrub.toml is checked by a test")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let file: File = toml::from_str(text)?;
        let patterns: Vec<String> = file.value.iter().map(|row| ascii(&row.pattern)).collect();
        Ok(Self {
            tags: Regex::new(&file.tags)?,
            keys: Regex::new(&file.keys)?,
            keys_except: Regex::new(&file.keys_except)?,
            any: RegexSetBuilder::new(&patterns).dfa_size_limit(AUTOMATON).build()?,
            values: patterns.iter().map(|p| Regex::new(p)).collect::<Result<_, _>>()?,
            counts: BTreeMap::new(),
            file,
        })
    }

    /// Scrubs a record in place.
    pub(super) fn scrub(&mut self, record: &mut Map<String, Value>) {
        self.object(record, Place::Structure);
    }

    fn count(&mut self, kind: &str) {
        *self.counts.entry(kind.to_owned()).or_default() += 1;
    }

    fn secret_key(&self, key: &str) -> bool {
        self.keys.is_match(key) && !self.keys_except.is_match(key)
    }

    fn value(&mut self, value: &mut Value, place: Place) {
        match value {
            Value::String(text) => {
                if let Some(new) = self.text(text, place) {
                    *text = new;
                }
            }
            Value::Array(list) => self.list(list, place),
            Value::Object(object) => self.object(object, place),
            Value::Number(number) if place == Place::Inside => {
                let text = number.to_string();
                if let Some(new) = self.text(&text, place) {
                    *value = Value::String(new);
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, object: &mut Map<String, Value>, place: Place) {
        let mut dropped: Vec<String> = Vec::new();
        object.retain(|key, value| {
            let keep = !self.drops(key, value, place);
            if !keep && !is_empty(value) {
                dropped.push(match place {
                    Place::Tags => "tag".to_owned(),
                    Place::Headers => "header".to_owned(),
                    _ => key.clone(),
                });
            }
            keep
        });
        for key in dropped {
            self.count(&key);
        }
        // `{"key": k, "value": v}` says the same as `{k: v}`.
        let named = ["key", "name"].iter().find_map(|k| object.get(*k)?.as_str());
        if let (Some(name), true) = (named.map(str::to_owned), object.contains_key("value")) {
            let tag = place == Place::Tags && self.tags.is_match(&name);
            if (tag || self.secret_key(&name))
                && let Some(value) = object.get_mut("value")
            {
                self.filter(value);
            }
        }
        let mut renamed = false;
        for (key, value) in object.iter_mut() {
            // Keys can be data too: a dict of addresses, an escape sequence.
            let plain = key.len() <= 10 && key.bytes().all(|b| b.is_ascii_alphanumeric());
            renamed |= !plain && self.text(key, Place::Inside).is_some();
            if place != Place::Headers && self.secret_key(key) {
                self.filter(value);
            } else {
                self.value(value, inner(key, value, place));
            }
        }
        if renamed {
            let old = std::mem::take(object);
            for (key, value) in old {
                let key = self.text(&key, Place::Inside).unwrap_or(key);
                object.insert(key, value);
            }
        }
    }

    fn drops(&self, key: &str, value: &Value, place: Place) -> bool {
        let listed = |list: &[String]| list.iter().any(|k| k == key);
        match place {
            Place::Structure => listed(&self.file.drop),
            Place::Inside => {
                (value.is_object() || value.is_array()) && listed(&self.file.drop_inside)
            }
            Place::Tags => self.tags.is_match(key),
            Place::Headers => {
                // Pairs are lists; a bare key is a header's name.
                !self.file.headers.iter().any(|h| h.eq_ignore_ascii_case(key))
            }
            Place::Code | Place::Identity => false,
        }
    }

    fn list(&mut self, list: &mut Vec<Value>, place: Place) {
        if matches!(place, Place::Tags | Place::Headers) {
            let before = list.len();
            list.retain(|item| pair_key(item).is_none_or(|key| !self.drops(key, item, place)));
            let kind = if place == Place::Tags { "tag" } else { "header" };
            if before > list.len() {
                *self.counts.entry(kind.to_owned()).or_default() += before - list.len();
            }
        }
        // `["password", "x"]` among pairs, `["--password", "x"]` on a command line.
        let pair = list.len() == 2;
        for at in 1..list.len() {
            let Some(key) = list[at - 1].as_str() else { continue };
            let option = key.starts_with('-') && !key.contains('=');
            if ((pair && at == 1 && place != Place::Code) || option)
                && !key.contains(char::is_whitespace)
                && self.secret_key(key)
            {
                self.filter(&mut list[at]);
            }
        }
        for item in list {
            self.value(item, place);
        }
    }

    /// Replaces a value that its key gives away.
    fn filter(&mut self, value: &mut Value) {
        if !is_empty(value) && !value.is_boolean() && value.as_str() != Some(FILTERED) {
            *value = Value::String(FILTERED.to_owned());
            self.count("key");
        }
    }

    /// The scrubbed text if it differs.
    fn text(&mut self, text: &str, place: Place) -> Option<String> {
        let mut current = clean(text);
        if matches!(current, Cow::Owned(_)) {
            self.count("control");
        }
        if current.len() >= SHORTEST && self.any.is_match(&current) {
            let found = self.any.matches(&current);
            for (n, row) in self.file.value.iter().enumerate() {
                let applies = match place {
                    Place::Code => row.code,
                    Place::Identity => row.identity,
                    _ => true,
                };
                // An earlier replacement may have removed or joined what matched.
                if !applies || !found.matched(n) {
                    continue;
                }
                let mut hits = 0;
                let replaced = self.values[n].replace_all(&current, |captures: &Captures<'_>| {
                    let whole = &captures[0];
                    if row.check.is_some_and(|c| !c.holds(whole)) {
                        return whole.to_owned();
                    }
                    let mut out = String::new();
                    captures.expand(&row.replace, &mut out);
                    hits += usize::from(out != whole);
                    out
                });
                if hits > 0 {
                    *self.counts.entry(row.kind.clone()).or_default() += hits;
                    current = Cow::Owned(replaced.into_owned());
                }
            }
        }
        match current {
            Cow::Owned(new) if new != text => Some(new),
            _ => None,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The place of what a key holds.
fn inner(key: &str, value: &Value, place: Place) -> Place {
    match (place, key) {
        (Place::Structure, "vars" | "extra" | "contexts" | "query" | "query_string") => {
            Place::Inside
        }
        (Place::Structure, "context") if value.is_object() => Place::Inside,
        (Place::Structure, "tags") => Place::Tags,
        (Place::Structure, "headers") => Place::Headers,
        (Place::Structure, "context_line" | "pre_context" | "post_context") => Place::Code,
        // In a frame; an event's `context` is its extra data.
        (Place::Structure, "context") => Place::Code,
        (
            Place::Structure,
            "filename" | "absPath" | "abs_path" | "function" | "rawFunction" | "raw_function"
            | "module" | "package",
        ) => Place::Identity,
        (Place::Tags | Place::Headers, _) => Place::Inside,
        (place, _) => place,
    }
}

/// Narrows the classes of a pattern to ASCII, which all these secrets are made
/// of: Unicode's make the automaton many times as large.
fn ascii(pattern: &str) -> String {
    pattern.replace(r"\b", r"(?-u:\b)").replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]")
}

fn pair_key(item: &Value) -> Option<&str> {
    match item {
        Value::Array(pair) => pair.first()?.as_str(),
        Value::Object(object) => ["key", "name"].iter().find_map(|k| object.get(*k)?.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
