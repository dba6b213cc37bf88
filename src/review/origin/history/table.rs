//! `grammars/errors.toml`: error types and the uses that raise them.

use regex::Regex;
use serde::Deserialize;

use super::spot::Raises;
use crate::asset::Assets;
use crate::history::Past;
use crate::review::origin::DraftError;

const FILE: &str = "grammars/errors.toml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    words: Words,
    error: Vec<Row>,
}

/// What protects against any error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Before the error types that a handler catches.
    pub handlers: Vec<String>,
    /// What catches any error, whatever it is called.
    pub broad: Vec<String>,
    /// What puts a value in place of a missing one, within an expression.
    pub fallbacks: Vec<String>,
    /// Around a value (`value`) what leads to the same object, or to its size.
    #[serde(deserialize_with = "pattern")]
    pub around: Regex,
    /// The right side of an assignment that is never nothing.
    #[serde(deserialize_with = "pattern")]
    pub fresh: Regex,
    /// A call that puts keys into a value.
    #[serde(deserialize_with = "pattern")]
    pub fills: Regex,
    /// What leaves a function.
    #[serde(deserialize_with = "pattern")]
    pub leaves: Regex,
    /// A call that leaves some elements out, and may leave none.
    #[serde(deserialize_with = "pattern")]
    pub narrows: Regex,
    /// What keeps an expression from failing.
    #[serde(deserialize_with = "pattern")]
    pub shields: Regex,
    /// A line that may check a value.
    #[serde(deserialize_with = "pattern")]
    pub asks: Regex,
    /// A value that is nothing, as events show it.
    #[serde(deserialize_with = "pattern")]
    pub nothing: Regex,
    /// A member that is nothing, in the text of a value.
    #[serde(deserialize_with = "pattern")]
    pub empty_member: Regex,
    /// The name of a function that makes things, or checks what comes in.
    #[serde(deserialize_with = "pattern")]
    pub makes: Regex,
    /// A line that raises an error of its own.
    #[serde(deserialize_with = "pattern")]
    pub thrown: Regex,
}

impl Words {
    /// The value itself: `user` of `user.as_ref()`, `values` of `len(values)`.
    pub fn value<'s>(&self, subject: &'s str) -> &'s str {
        let mut subject = subject.trim();
        while let Some(found) = self.around.captures(subject)
            && let Some(inner) = found.name("value").or_else(|| found.name("value2"))
        {
            subject = inner.as_str().trim();
        }
        subject
    }
}

fn pattern<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Regex, D::Error> {
    Regex::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

/// What the name in an error's message is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Names {
    /// Of the member, the key or the argument.
    #[default]
    Part,
    /// Of the value that was used.
    Value,
}

/// The table, compiled.
pub(super) struct Rules {
    words: Words,
    rules: Vec<Rule>,
}

impl Rules {
    /// The rules that explain a failure in code of that language, in their order.
    pub fn causes<'r>(
        &'r self,
        past: &'r Past,
        language: &'r str,
    ) -> impl Iterator<Item = Cause<'r>> {
        self.rules.iter().filter_map(move |rule| rule.cause(&self.words, past, language))
    }
}

/// An error type and what raises it; see the head of the file for each field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// For tests, and whoever reads the file.
    #[allow(dead_code, reason = "names the row for its tests and for readers")]
    name: String,
    types: Vec<String>,
    languages: Vec<String>,
    #[serde(rename = "use")]
    pub used: Raises,
    #[serde(default)]
    named: String,
    #[serde(default)]
    arguments: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    unless: String,
    #[serde(default)]
    dropped: String,
    #[serde(default)]
    pub caught: Vec<String>,
    #[serde(default)]
    pub names: Names,
    message: String,
    #[allow(dead_code, reason = "a message for tests and readers")]
    example: String,
    pub kind: String,
    pub severity: f64,
    pub fails: String,
}

/// A row with its patterns compiled.
pub(super) struct Rule {
    pub row: Row,
    message: Option<Regex>,
    /// Of a member's or callee's name, of its arguments, of the source line.
    pub named: Option<Regex>,
    pub arguments: Option<Regex>,
    pub line: Option<Regex>,
    /// Lines of the function before the use, or its own, that make it harmless.
    pub unless: Option<Regex>,
    /// What the use had before the change and lacks now.
    pub dropped: Option<Regex>,
}

/// A rule that explains a past failure.
pub(super) struct Cause<'r> {
    pub rule: &'r Rule,
    pub words: &'r Words,
    /// The error's last identifier.
    pub error: String,
    /// The name that the message gives.
    pub key: Option<String>,
    /// The source line that crashed, trimmed.
    pub crashed: Option<String>,
    /// Whether a value was there, but could not be read: its text stands in the message.
    pub malformed: bool,
}

impl Cause<'_> {
    /// Whether a value was nothing, as its own row knows.
    pub fn is_of_nothing(&self) -> bool {
        self.rule.row.kind == "null_dereference" && !self.rule.is_any()
    }

    /// Whether the name in the message is that of the value, not of its part.
    pub fn names_value(&self) -> bool {
        self.rule.row.names == Names::Value
    }

    /// The line that crashed, without what it gives the result to.
    pub fn expression(&self) -> &str {
        let crashed = self.crashed.as_deref().unwrap_or_default();
        crashed.split_once(" = ").map_or(crashed, |(_, right)| right)
    }
}

pub(super) fn load(assets: &Assets) -> Result<Rules, DraftError> {
    let text = assets.read(FILE)?.text;
    let table: Table = toml::from_str(&text)
        .map_err(|source| DraftError::Toml { file: FILE, source: Box::new(source) })?;
    let regex = |text: &str| match text {
        "" => Ok(None),
        text => Regex::new(text)
            .map(Some)
            .map_err(|source| DraftError::Pattern { file: FILE, source: Box::new(source) }),
    };
    let rule = |row: Row| {
        Ok(Rule {
            message: regex(&row.message)?,
            named: regex(&row.named)?,
            arguments: regex(&row.arguments)?,
            line: regex(&row.line)?,
            unless: regex(&row.unless)?,
            dropped: regex(&row.dropped)?,
            row,
        })
    };
    let rules = table.error.into_iter().map(rule).collect::<Result<_, DraftError>>()?;
    Ok(Rules { words: table.words, rules })
}

impl Rule {
    /// Whether the rule stands for errors of which no other knows anything.
    pub fn is_any(&self) -> bool {
        self.row.types.iter().any(|t| t == "*")
    }

    /// Whether the rule explains a failure in code of that language, and how.
    fn cause<'r>(&'r self, words: &'r Words, past: &Past, language: &str) -> Option<Cause<'r>> {
        let (whole, value) = past.raised()?;
        // Sentry's SDKs send the type with or without its module.
        let plain = whole.rsplit(['.', ':', '\\']).next().unwrap_or(whole);
        let row = &self.row;
        if !(self.is_any() || row.types.iter().any(|t| t == whole || t == plain))
            || !row.languages.iter().any(|l| l == language)
        {
            return None;
        }
        let key = match &self.message {
            None => None,
            Some(pattern) => {
                let groups = pattern.captures(value.trim())?;
                let names = pattern.capture_names().flatten();
                names
                    .filter(|name| name.starts_with("key"))
                    .find_map(|name| groups.name(name))
                    .map(|m| m.as_str().to_owned())
            }
        };
        let crashed = past.found.frame.own_line().map(str::to_owned);
        let quoted =
            ['"', '\''].iter().any(|q| value.split(*q).nth(1).is_some_and(|t| !t.is_empty()));
        let malformed = row.kind == "unhandled_error" && quoted;
        Some(Cause { rule: self, words, error: plain.to_owned(), key, crashed, malformed })
    }
}
