//! Removes secrets and personal data from a record before it is turned into
//! the canonical form, so that nothing later can write them to disk.
//!
//! The rules are data: `scrub.toml`. They are compiled in and no layer replaces
//! them, for a repository must not be able to switch them off; settings only add.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

use regex::{Captures, Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::check::Words;
use super::clean::clean;
use super::{SentryError, check};

const FILTERED: &str = "[Filtered]";
/// The shortest text that a rule for values can match.
const SHORTEST: usize = 6;
/// Bytes that the automaton of all rules may take; when it runs out, each
/// string costs many times as much.
const AUTOMATON: usize = 16 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names: BTreeMap<String, String>,
    drop: Vec<Drop>,
    drop_inside: Vec<String>,
    headers: Vec<String>,
    tags: String,
    keys: String,
    keys_except: String,
    decoded: Vec<String>,
    words: Words,
    value: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drop {
    /// `None` for what is never read, and no secret.
    #[serde(default)]
    kind: Option<String>,
    keys: Vec<String>,
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
    Ip,
    Assigned,
    Told,
    Given,
    Encoded,
}

impl Check {
    fn holds(self, text: &str, scrubber: &Scrubber) -> bool {
        let words = &scrubber.file.words;
        match self {
            Self::Luhn => check::luhn(text),
            Self::Iban => check::iban(text),
            Self::Ssn => check::ssn(text),
            Self::Mixed => check::mixed(text),
            Self::Ip => check::ip(text),
            Self::Assigned => check::assigned(text, words),
            Self::Told => check::told(text, words),
            Self::Given => check::given(text, words),
            Self::Encoded => check::decoded(text).is_some_and(|text| scrubber.is_secret(&text)),
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
    /// Names of files, functions and modules, and ids.
    Identity,
    /// The tags of an event.
    Tags,
    /// Headers of a request.
    Headers,
}

/// Keys whose answer is remembered; exports repeat a few hundred.
const REMEMBERED: usize = 8192;

/// What the rules say of a key.
#[derive(Debug, Clone, Copy)]
struct Key {
    secret: bool,
    /// The group of dropped keys that it is of.
    drop: Option<usize>,
    /// Whether the key itself holds what must go.
    hostile: bool,
}

/// FNV-1a. Keys are short and few are remembered, so that those made to collide
/// cannot cost much.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The compiled rules and what they have removed so far.
pub(super) struct Scrubber {
    file: File,
    tags: Regex,
    keys: Regex,
    keys_except: Regex,
    /// Of the user, over keys; none of the exceptions holds for them.
    more_keys: RegexSet,
    known: HashMap<String, Key, BuildHasherDefault<Fnv>>,
    /// Finds the rules that match at all in one pass; most strings have none.
    any: RegexSet,
    values: Vec<Regex>,
    /// Texts that are secrets if they were encoded.
    decoded: RegexSet,
    /// Removed values by kind.
    pub counts: BTreeMap<String, usize>,
}

fn file() -> File {
    toml::from_str(include_str!("scrub.toml")).expect("scrub.toml is checked by a test")
}

/// What a kind of removed values is called in a report; itself if it has no name.
pub fn kind_name(kind: &str) -> &str {
    static NAMES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    NAMES.get_or_init(|| file().names).get(kind).map_or(kind, String::as_str)
}

impl Scrubber {
    /// The rules of `scrub.toml`, and further patterns over keys and over values; they
    /// only add. Fails with [`SentryError::Pattern`].
    pub(super) fn new(keys: &[String], values: &[String]) -> Result<Self, SentryError> {
        let wrong = |setting: &'static str, all: &[String], source: regex::Error| {
            // Which of them it was shows when each is tried alone.
            let pattern = all.iter().find(|p| Regex::new(p).is_err()).cloned().unwrap_or_default();
            SentryError::Pattern { setting, pattern, source: Box::new(source) }
        };
        let mut file = file();
        file.value.extend(values.iter().map(|pattern| Row {
            kind: "configured".to_owned(),
            pattern: pattern.clone(),
            replace: FILTERED.replace('$', "$$"),
            check: None,
            code: true,
            identity: false,
        }));
        let built_in = file.value.len() - values.len();
        let patterns: Vec<String> = file
            .value
            .iter()
            .enumerate()
            .map(|(n, row)| if n < built_in { ascii(&row.pattern) } else { row.pattern.clone() })
            .collect();
        let all = |p: &[String]| RegexSetBuilder::new(p).dfa_size_limit(AUTOMATON).build();
        let own = |pattern: &str| Regex::new(pattern).expect("scrub.toml is checked by a test");
        Ok(Self {
            tags: own(&file.tags),
            keys: own(&file.keys),
            keys_except: own(&file.keys_except),
            more_keys: RegexSet::new(keys).map_err(|e| wrong("sentry.scrub_keys", keys, e))?,
            known: HashMap::default(),
            any: all(&patterns).map_err(|e| wrong("sentry.scrub_values", values, e))?,
            values: patterns
                .iter()
                .map(|p| Regex::new(p))
                .collect::<Result<_, _>>()
                .map_err(|e| wrong("sentry.scrub_values", values, e))?,
            decoded: RegexSet::new(&file.decoded).expect("scrub.toml is checked by a test"),
            counts: BTreeMap::new(),
            file,
        })
    }

    /// Scrubs a record in place.
    pub(super) fn scrub(&mut self, record: &mut Map<String, Value>) {
        self.object(record, Place::Structure);
    }

    /// Scrubs a text of our own, such as a path.
    pub(super) fn line(&mut self, text: &str) -> String {
        self.text(text, Place::Structure).unwrap_or_else(|| text.to_owned())
    }

    fn count(&mut self, kind: &str) {
        match self.counts.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(kind.to_owned(), 1)),
        }
    }

    fn key(&mut self, key: &str) -> Key {
        if let Some(known) = self.known.get(key) {
            return *known;
        }
        let secret = self.tells(key);
        let drop = self.group(key);
        // Keys can be data too: a dict of addresses, an escape sequence.
        let hostile = self.text(key, Place::Inside).is_some();
        let found = Key { secret, drop, hostile };
        if self.known.len() < REMEMBERED && key.len() <= 64 {
            self.known.insert(key.to_owned(), found);
        }
        found
    }

    /// Whether a key gives away that its value is a secret.
    fn tells(&self, key: &str) -> bool {
        self.more_keys.is_match(key) || (self.keys.is_match(key) && !self.keys_except.is_match(key))
    }

    /// Whether a text that was encoded has something that would go if it was not. What is
    /// encoded twice is not looked at.
    fn is_secret(&self, text: &str) -> bool {
        let rules = self.file.value.iter().zip(&self.values);
        let hit = |(row, pattern): (&Row, &Regex)| {
            let holds = |found: &str| row.check.is_none_or(|check| check.holds(found, self));
            !matches!(row.check, Some(Check::Encoded))
                && pattern.find_iter(text).any(|found| holds(found.as_str()))
        };
        let json = || text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok());
        self.decoded.is_match(text)
            || (self.any.is_match(text) && rules.into_iter().any(hit))
            || json().flatten().is_some_and(|value| self.has_secret(&value))
    }

    /// Whether a key within a value gives away what it holds.
    fn has_secret(&self, value: &Value) -> bool {
        let filled = |value: &Value| {
            let text = value.as_str().map(|text| check::absent(text, &self.file.words));
            !is_empty(value) && !value.is_boolean() && text != Some(true)
        };
        match value {
            Value::Object(object) => object
                .iter()
                .any(|(key, value)| (self.tells(key) && filled(value)) || self.has_secret(value)),
            Value::Array(list) => list.iter().any(|value| self.has_secret(value)),
            _ => false,
        }
    }

    /// The group of dropped keys that a key is of.
    fn group(&self, key: &str) -> Option<usize> {
        self.file.drop.iter().position(|drop| drop.keys.iter().any(|k| k == key))
    }

    fn secret_key(&mut self, key: &str) -> bool {
        self.key(key).secret
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
            let Some(kind) = self.drops(key, value, place) else { return true };
            dropped.extend(kind.filter(|_| !is_empty(value)).map(str::to_owned));
            false
        });
        for kind in dropped {
            self.count(&kind);
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
        // What a breadcrumb or a request carries is the program's.
        let carried = place == Place::Structure
            && ["category", "timestamp", "url"].iter().any(|k| object.contains_key(*k))
            && !object.contains_key("event_id");
        let mut renamed = false;
        for (key, value) in object.iter_mut() {
            let known = self.key(key);
            renamed |= known.hostile;
            if place != Place::Headers && known.secret {
                self.filter(value);
            } else {
                let inside = carried && key == "data";
                self.value(value, if inside { Place::Inside } else { inner(key, value, place) });
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

    /// The kind of a key that is dropped with what it holds; none inside if it is
    /// dropped only because nothing reads it.
    fn drops(&self, key: &str, value: &Value, place: Place) -> Option<Option<&str>> {
        let hit = |hit: bool, kind: &'static str| hit.then_some(Some(kind));
        match place {
            Place::Structure => {
                let drop = self.known.get(key).map_or_else(|| self.group(key), |k| k.drop)?;
                Some(self.file.drop[drop].kind.as_deref())
            }
            Place::Inside => hit(
                (value.is_object() || value.is_array())
                    && self.file.drop_inside.iter().any(|k| k == key),
                "environment",
            ),
            Place::Tags => hit(self.tags.is_match(key), "tag"),
            // Pairs are lists; a bare key is a header's name.
            Place::Headers => {
                hit(!self.file.headers.iter().any(|h| h.eq_ignore_ascii_case(key)), "header")
            }
            Place::Code | Place::Identity => None,
        }
    }

    fn list(&mut self, list: &mut Vec<Value>, place: Place) {
        if matches!(place, Place::Tags | Place::Headers) {
            let before = list.len();
            list.retain(|item| {
                pair_key(item).is_none_or(|key| self.drops(key, item, place).is_none())
            });
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
        let absent = value.as_str().is_some_and(|v| check::absent(v, &self.file.words));
        if !is_empty(value) && !value.is_boolean() && !absent {
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
        // A page's address names the file of its inline scripts.
        let mut place = place;
        if place == Place::Identity && current.contains("://") {
            place = Place::Structure;
            if let Some(end) = current.find(['?', '#']) {
                self.count("query");
                current = Cow::Owned(current[..end].to_owned());
            }
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
                    if row.check.is_some_and(|c| !c.holds(whole, self)) {
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
            | "module" | "package" | "id" | "eventID" | "event_id" | "groupID" | "groupId"
            | "group_id" | "issue_id" | "shortId" | "projectID" | "project_id" | "project",
        ) if !value.is_object() => Place::Identity,
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
