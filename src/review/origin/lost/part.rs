//! Parts of a condition, and texts that compare whatever their layout and sense.

use std::ops::Range;

use regex::Regex;

use crate::lang::{Branch, parts};
use crate::review::origin::source::{Source, fold, last, root};

/// One part of a condition.
pub(super) struct Part {
    pub range: Range<usize>,
    pub line: u32,
    /// Last line.
    pub end: u32,
    /// What is asked, whether it is to hold or not.
    pub key: String,
    /// The key with every name replaced: what stays when a value is renamed.
    pub shape: String,
    /// Values that are asked about: `a`, `a.b.c`.
    pub values: Vec<String>,
}

impl Part {
    /// The parts of a branch's condition.
    pub fn of(source: &Source<'_>, branch: &Branch, keywords: &[String]) -> Vec<Self> {
        let condition = source.slice(&branch.condition);
        let part = |range: Range<usize>| {
            let text = &condition[range.clone()];
            let range = branch.condition.start + range.start..branch.condition.start + range.end;
            let before = source.slice(&(branch.range.start..range.start));
            let line = branch.start + before.matches('\n').count() as u32;
            let key = key(text);
            Self {
                end: line + text.matches('\n').count() as u32,
                line,
                shape: shape(&key),
                key,
                values: values(text, keywords),
                range,
            }
        };
        parts(condition).into_iter().map(part).collect()
    }

    /// Names by which a value is known elsewhere: its first name, or the next where that
    /// says nothing.
    pub fn names<'p>(&'p self, keywords: &'p [String]) -> impl Iterator<Item = &'p str> {
        let name = move |value: &'p String| {
            let mut names = value.split(['.', ':', '>', '-']).filter(|n| !n.is_empty());
            names.find(|n| !keywords.iter().any(|k| k == n))
        };
        self.values.iter().filter_map(name)
    }

    /// Whether it asks for the value itself: `user`, `!node.name`.
    pub fn is_bare(&self) -> bool {
        self.values.iter().any(|v| flat(v) == self.key)
    }

    /// Whether another part asks about the same value.
    pub fn concerns(&self, other: &Self) -> bool {
        let same = |a: &String, b: &String| {
            a == b || last(a) == last(b) || (root(a) == root(b) && (root(a) == a || root(b) == b))
        };
        self.values.iter().any(|a| other.values.iter().any(|b| same(a, b)))
    }
}

/// Values in a condition: no names of calls, types, words or quotes.
fn values(text: &str, keywords: &[String]) -> Vec<String> {
    let quotes = r#""[^"]*"|'[^']*'|`[^`]*`"#;
    let chain = r"[$@]*[A-Za-z_]\w*[?!]?(?:(?:\.|->|::|\?\.|&\.)[A-Za-z_]\w*[?!]?)*\(?";
    let (Ok(quotes), Ok(chain)) = (Regex::new(quotes), Regex::new(chain)) else {
        return Vec::new();
    };
    let text = quotes.replace_all(text, " ");
    let mut found: Vec<String> = Vec::new();
    for matched in chain.find_iter(&text) {
        let mut value = matched.as_str();
        if text[matched.end()..].starts_with('=') {
            value = value.trim_end_matches('!');
        }
        if let Some(call) = value.strip_suffix('(') {
            // `a.b(` asks about `a`, `f(` about its arguments.
            let Some((object, _)) = call.rsplit_once(['.', '>', ':']) else { continue };
            value = object.trim_end_matches(['-', '?', '&', ':']);
        }
        // `a.b?` is a call that asks about `a`.
        if let Some((object, _)) = value.strip_suffix('?').and_then(|v| v.rsplit_once('.')) {
            value = object.trim_end_matches(['?', '&']);
        }
        let is_type = value.starts_with(char::is_uppercase);
        let known = keywords.iter().any(|k| k == value);
        if !is_type && !known && !value.is_empty() && !found.iter().any(|v| v == value) {
            found.push(value.to_owned());
        }
    }
    found
}

/// What a condition asks, whichever answer it wants.
fn key(text: &str) -> String {
    let text = fold(text);
    let mut rest = text.trim();
    while let Some(inner) = rest.strip_prefix('!').or_else(|| rest.strip_prefix("not ")) {
        rest = inner.trim();
    }
    flat(rest)
}

fn shape(key: &str) -> String {
    Regex::new(r"[$@]*[A-Za-z_][\w.]*")
        .map_or_else(|_| key.to_owned(), |name| name.replace_all(key, "_").into_owned())
}

/// Without white space, and with one form for a comparison and its opposite.
pub(super) fn flat(text: &str) -> String {
    let mut text = fold(text);
    for (old, new) in [("!==", "==="), ("!=", "=="), (" is not ", " is "), (" not in ", " in ")] {
        text = text.replace(old, new);
    }
    text.retain(|c| c != ' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_and_its_opposite_ask_the_same() {
        for (one, other) in [
            ("x != null", "x == null"),
            ("x is not None", "x  is None"),
            ("!f(x)", "f( x )"),
            ("k not in d", "not k in d"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("x == null"), key("y == null"));
        assert_eq!(shape(&key("self.limit > 0")), shape(&key("limit > 0")));
    }

    #[test]
    fn values_are_no_calls_types_or_words() {
        let keywords = ["nil", "len", "self", "isinstance"].map(str::to_owned);
        for (text, expected) in [
            ("s.Logs != nil", vec!["s.Logs"]),
            ("len(xs) > 0", vec!["xs"]),
            ("isinstance(agent, self._Tunnel)", vec!["agent", "self._Tunnel"]),
            ("guardian.anonymous?", vec!["guardian"]),
            ("name === '__proto__'", vec!["name"]),
            ("name!='a'", vec!["name"]),
            ("file_exists($target)", vec!["$target"]),
            ("user.can(edit)", vec!["user", "edit"]),
            ("Setting.on", vec![]),
        ] {
            assert_eq!(values(text, &keywords), expected, "{text}");
        }
    }
}
