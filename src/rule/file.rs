//! The form of a rule's file.

use std::collections::BTreeMap;

use ast_grep_config::SerializableRuleCore;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::RuleError;

/// Keys of a rule's file; ast-grep's own parser would let a misspelt one pass.
const KEYS: [&str; 21] = [
    "title",
    "kind",
    "severity",
    "prior",
    "mechanism",
    "assumption",
    "refute",
    "fix",
    "at",
    "before",
    "unless",
    "defined",
    "declared",
    "undeclared",
    "mentions",
    "tests",
    "examples",
    "rule",
    "constraints",
    "utils",
    "transform",
];

/// Most words of texts that a finding shows whole.
const TITLE: usize = 10;
const MECHANISM: usize = 60;

/// `grammars/<folder>/rules/<name>.yml`.
#[derive(Clone, Deserialize)]
pub(super) struct RuleFile {
    /// One line of at most ten words; `{X}` stands for the text of `$X`, here and in
    /// the other texts.
    pub title: String,
    /// A name of `prompts/guidelines/`.
    pub kind: String,
    /// Harm if real, 0 to 1.
    pub severity: f64,
    /// Probability of a real bug where it matches; without one that of the settings.
    pub prior: Option<f64>,
    /// How the failure comes about.
    pub mechanism: String,
    /// What the code takes for granted.
    pub assumption: String,
    /// Questions whose answer may refute it.
    pub refute: Vec<String>,
    pub fix: Option<String>,
    /// The variable that holds the place of the bug; without one, the whole match.
    pub at: Option<String>,
    /// What the same function held before the change, and no longer holds.
    pub before: Option<Before>,
    #[serde(default)]
    pub unless: Unless,
    /// For a variable that holds a name: what the signature of every definition of that
    /// name must match; names that are defined nowhere do not count.
    #[serde(default)]
    pub defined: BTreeMap<String, String>,
    /// Regular expressions that files of the same folder and language must match, each
    /// at least one; `{X}` in them stands for the text of `$X`.
    #[serde(default)]
    pub declared: Vec<String>,
    /// Such expressions that none of these files may match.
    #[serde(default)]
    pub undeclared: Vec<String>,
    /// Words of which the file must hold at least one.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// Whether it counts in tests too.
    #[serde(default)]
    pub tests: bool,
    pub examples: Vec<Example>,
    #[serde(flatten)]
    pub core: SerializableRuleCore,
}

#[derive(Clone, Deserialize)]
pub(super) struct Before {
    /// Variables whose text must be the same on both sides; without any, all that
    /// both sides have.
    #[serde(default)]
    pub same: Vec<String>,
    /// The place itself may have stood there before, on lines that are as they were:
    /// what is gone is around it.
    #[serde(default)]
    pub kept: bool,
    #[serde(flatten)]
    pub core: SerializableRuleCore,
}

/// What silences a match.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unless {
    /// Variables that a check in the enclosing function asks about.
    #[serde(default)]
    pub guarded: Vec<String>,
    /// Variables that a line of the function before the place gives a value.
    #[serde(default)]
    pub assigned: Vec<String>,
    /// A handler of errors around it within the function.
    #[serde(default)]
    pub handled: bool,
}

/// A piece of code in which the rule must, or must not, find something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub bug: Option<String>,
    pub safe: Option<String>,
    /// The file before the change; without one it did not exist.
    pub before: Option<String>,
}

pub(super) fn parse(path: &str, text: &str) -> Result<RuleFile, RuleError> {
    let yaml = |source| RuleError::Yaml { file: path.to_owned(), source: Box::new(source) };
    let keys: BTreeMap<String, IgnoredAny> = ast_grep_config::from_str(text).map_err(yaml)?;
    let invalid = |reason: String| RuleError::Invalid { file: path.to_owned(), reason };
    if let Some(key) = keys.keys().find(|k| !KEYS.contains(&k.as_str())) {
        return Err(invalid(format!("`{key}` is none of {}", KEYS.join(", "))));
    }
    let file: RuleFile = ast_grep_config::from_str(text).map_err(yaml)?;
    for (name, value) in [("severity", Some(file.severity)), ("prior", file.prior)] {
        if value.is_some_and(|v| !(0.0..=1.0).contains(&v)) {
            return Err(invalid(format!("`{name}` must be from 0 to 1")));
        }
    }
    let words = |text: &str| text.split_whitespace().count();
    if words(&file.title) > TITLE || words(&file.mechanism) > MECHANISM {
        let most = format!("`title` has at most {TITLE} words, `mechanism` {MECHANISM}");
        return Err(invalid(most));
    }
    if file.refute.is_empty() {
        return Err(invalid("`refute` must hold at least one question".to_owned()));
    }
    if file.examples.iter().any(|e| e.bug.is_some() == e.safe.is_some()) {
        return Err(invalid("each example holds either `bug` or `safe`".to_owned()));
    }
    Ok(file)
}
