//! What a review is about and what it yields: hypotheses, evidence, verdicts
//! and findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A range of lines, 1-based and inclusive, in the head version of a file.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Location {
    pub path: String,
    pub start: u32,
    pub end: u32,
}

impl Location {
    pub fn new(path: impl Into<String>, start: u32, end: u32) -> Self {
        Self { path: path.into(), start, end: end.max(start) }
    }

    pub fn line(path: impl Into<String>, line: u32) -> Self {
        Self::new(path, line, line)
    }

    /// Whether both name the same file and share a line.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.path == other.path && self.start <= other.end && other.start <= self.end
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.start)?;
        if self.end > self.start {
            write!(f, "-{}", self.end)?;
        }
        Ok(())
    }
}

/// Who proposed a hypothesis.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The draft agent.
    Model,
    /// A structural rule over the change, for example a removed guard.
    Rule,
    /// What the change does to code that it does not touch.
    Impact,
    /// A past production failure that the change exposes again.
    History,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rule => "rule",
            Self::Impact => "impact",
            Self::History => "history",
        }
    }
}

/// Which version of a file a diff line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Old,
    New,
}

/// Where a piece of evidence was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Source {
    /// Lines of the diff; numbers are of the given side.
    Diff { path: String, start: u32, end: u32, side: Side },
    /// Lines of a file at the head of the change.
    File { path: String, start: u32, end: u32 },
    /// A line that a search returned.
    Search { query: String, path: String, start: u32, end: u32 },
    /// An issue of the local Sentry cache.
    Issue { id: String, short_id: Option<String>, url: Option<String> },
    /// A stored fact about the repository.
    Memory { id: i64 },
    /// A commit of the history.
    Commit { id: String },
    /// A passage of a package's or of imported documentation; the place is
    /// `path:line` within the package, or `page#anchor`. The version is empty if
    /// unknown.
    Docs { package: String, version: String, place: String },
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Diff { path, start, end, side } => {
                let side = if *side == Side::Old { "before" } else { "diff" };
                write!(f, "{side} {}", Location::new(path.as_str(), *start, *end))
            }
            Self::File { path, start, end } | Self::Search { path, start, end, .. } => {
                write!(f, "{}", Location::new(path.as_str(), *start, *end))
            }
            Self::Issue { id, short_id, .. } => {
                write!(f, "Sentry {}", short_id.as_deref().unwrap_or(id))
            }
            Self::Memory { id } => write!(f, "memory {id}"),
            Self::Commit { id } => write!(f, "commit {}", &id[..id.len().min(10)]),
            Self::Docs { package, version, place } if version.is_empty() => {
                write!(f, "{package} {place}")
            }
            Self::Docs { package, version, place } => write!(f, "{package} {version} {place}"),
        }
    }
}

/// A quote with its source. The program copies the quote from what a tool
/// returned; a model only points at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub source: Source,
    /// The text as it stands in the source, at most a few lines.
    pub quote: String,
    /// What the quote shows, in one short sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A suggested correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    pub text: String,
    /// A unified diff against the head that `git apply` takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// A possible bug, not yet verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hypothesis {
    /// Name within one review: `H1`, `H2`...; empty until ranked.
    #[serde(default)]
    pub id: String,
    pub origin: Origin,
    /// What proposed it within its origin: a structural rule's name
    /// (`python/mutable-default`), or a word of ours such as `removed_guard`, `signature` or
    /// `lost_condition`; none for a model's.
    #[serde(default)]
    pub rule: Option<String>,
    /// The kind of bug: the name of a file in `prompts/guidelines/`.
    pub kind: String,
    pub title: String,
    pub location: Location,
    /// Qualified name of the innermost symbol around the location.
    #[serde(default)]
    pub symbol: Option<String>,
    /// How the failure comes about.
    pub mechanism: String,
    /// What the change newly takes for granted.
    pub assumption: String,
    /// What would settle it.
    #[serde(default)]
    pub questions: Vec<String>,
    /// Probability of being a real bug before verification, 0 to 1.
    pub prior: f64,
    /// Harm if real, 0 to 1.
    pub severity: f64,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    #[serde(default)]
    pub fix: Option<Fix>,
    /// What the program established by itself.
    #[serde(default)]
    pub checked: Vec<String>,
    /// What the program could not establish.
    #[serde(default)]
    pub unchecked: Vec<String>,
}

/// Whether a hypothesis holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Valid,
    Invalid,
}

/// Whose answer counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// A model that may judge; its name.
    Model(String),
    /// The origin's own proof, because no model may judge.
    Program,
}

/// The outcome of verifying one hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    pub answer: Answer,
    /// Probability that the hypothesis is a real bug, 0 to 1.
    pub confidence: f64,
    pub severity: f64,
    pub judge: Judge,
    pub reason: String,
    #[serde(default)]
    pub checked: Vec<String>,
    #[serde(default)]
    pub unchecked: Vec<String>,
}

/// An issue of the Sentry cache that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssueLink {
    pub id: String,
    #[serde(default)]
    pub short_id: Option<String>,
    pub title: String,
    #[serde(default)]
    pub url: Option<String>,
}

/// A verified hypothesis made presentable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable over line shifts and re-runs; see [`finding_id`].
    pub id: String,
    pub origin: Origin,
    /// What proposed it within its origin; see [`Hypothesis::rule`].
    #[serde(default)]
    pub rule: Option<String>,
    pub kind: String,
    /// At most 10 words.
    pub title: String,
    /// At most 75 words.
    pub short: String,
    /// At most 350 words.
    pub explanation: String,
    #[serde(default)]
    pub fix: Option<Fix>,
    /// Where the bug is.
    pub location: Location,
    /// The line of the diff that a comment hangs on.
    pub anchor: Location,
    #[serde(default)]
    pub symbol: Option<String>,
    /// Probability of being real before verification, 0 to 1, three decimals.
    #[serde(default)]
    pub prior: f64,
    /// Harm if real, 0 to 1, three decimals.
    pub severity: f64,
    /// Probability of being real, 0 to 1, three decimals.
    pub confidence: f64,
    pub evidence: Vec<Evidence>,
    #[serde(default)]
    pub issues: Vec<IssueLink>,
    pub judge: Judge,
    #[serde(default)]
    pub checked: Vec<String>,
    #[serde(default)]
    pub unchecked: Vec<String>,
}

impl Finding {
    /// The words by which findings are compared, and which a vote keeps.
    pub fn words(&self) -> String {
        words(&self.title, &self.short)
    }
}

/// Words of a finding's title, its short text and its explanation, at most.
pub const TITLE_WORDS: usize = 10;
pub const SHORT_WORDS: usize = 75;
pub const EXPLANATION_WORDS: usize = 350;

/// The words by which hypotheses and findings are compared by embedding.
pub fn words(title: &str, explanation: &str) -> String {
    format!("{title}. {explanation}")
}

/// Computes a finding's id from what does not move when lines shift: kind,
/// path, enclosing symbol and the anchored source line without its white space.
/// Twelve hexadecimal digits of a BLAKE3 hash.
pub fn finding_id(kind: &str, path: &str, symbol: Option<&str>, anchor_text: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let text: String = anchor_text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [kind, path, symbol.unwrap_or(""), &text] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().to_hex()[..12].to_owned()
}

/// Rounds a probability to three decimals within 0 to 1, so that reports are
/// the same on every run.
pub fn round3(value: f64) -> f64 {
    (value.clamp(0.0, 1.0) * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_white_space_but_not_another_symbol() {
        let a = finding_id("null", "a.py", Some("f"), "  x = y.z");
        assert_eq!(a, finding_id("null", "a.py", Some("f"), "x =  y.z "));
        assert_ne!(a, finding_id("null", "a.py", Some("g"), "x = y.z"));
        assert_eq!(a.len(), 12);
    }

    #[test]
    fn locations_print_as_editors_read_them() {
        assert_eq!(Location::line("a b.py", 3).to_string(), "a b.py:3");
        assert_eq!(Location::new("a.py", 3, 5).to_string(), "a.py:3-5");
    }
}
