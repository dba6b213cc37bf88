//! What counts as a fix, and the limits, from `mine.toml`.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::eval::dataset::{Category, Severity};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    not_fix: Vec<String>,
    sign: Vec<SignFile>,
    fix_words: Pattern,
    idle: Idle,
    fix: FixLimits,
    inducing: InducingLimits,
    safe: SafeLimits,
    limit: WorkLimits,
    doubt: Doubt,
}

/// How uncertain a label is, in words; by what it rests on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Doubt {
    pub reversed: String,
    pub inducing: String,
    pub safe: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    pattern: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Idle {
    prefixes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignFile {
    name: String,
    pattern: String,
    sure: u8,
    category: Category,
    severity: Severity,
}

/// How large a fix may be that says where its bug is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixLimits {
    pub files: usize,
    pub hunks: usize,
    /// Added and removed ones together.
    pub lines: usize,
    pub locations: usize,
    /// Characters.
    pub description: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InducingLimits {
    pub files: usize,
    /// Added ones.
    pub lines: usize,
    /// Of the bug's lines, those that must be blamed on the change.
    pub share: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SafeLimits {
    pub files: usize,
    pub least_lines: usize,
    pub lines: usize,
    /// Of the added lines, those that must be alive at the tip.
    pub survive: f64,
    /// How long no fix may touch the files.
    pub quiet_days: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkLimits {
    /// Read from the tip backwards.
    pub commits: usize,
    /// Changes looked at for each wanted case.
    pub tries_per_case: usize,
    pub file_bytes: u64,
}

/// What the subject of a fix says.
#[derive(Debug)]
pub(super) struct Sign {
    pub name: String,
    pattern: Regex,
    /// 3 names a failure, 1 says no more than `fix`.
    pub sure: u8,
    pub category: Category,
    pub severity: Severity,
}

#[derive(Debug)]
pub(super) struct Settings {
    not_fix: Vec<Regex>,
    signs: Vec<Sign>,
    fix_words: Regex,
    idle: Vec<String>,
    pub fix: FixLimits,
    pub inducing: InducingLimits,
    pub safe: SafeLimits,
    pub limit: WorkLimits,
    pub doubt: Doubt,
}

impl Settings {
    /// The settings that the program carries.
    pub fn builtin() -> Self {
        Self::parse(include_str!("mine.toml")).expect("mine.toml is checked by a test")
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        let regex = |pattern: &str| RegexBuilder::new(pattern).case_insensitive(true).build();
        let sign = |s: SignFile| {
            Ok::<_, regex::Error>(Sign {
                pattern: regex(&s.pattern)?,
                name: s.name,
                sure: s.sure,
                category: s.category,
                severity: s.severity,
            })
        };
        Ok(Self {
            not_fix: file.not_fix.iter().map(|p| regex(p)).collect::<Result<_, _>>()?,
            signs: file.sign.into_iter().map(sign).collect::<Result<_, _>>()?,
            fix_words: regex(&file.fix_words.pattern)?,
            idle: file.idle.prefixes,
            fix: file.fix,
            inducing: file.inducing,
            safe: file.safe,
            limit: file.limit,
            doubt: file.doubt,
        })
    }

    /// What a subject says of a fix of code; `None` if it says nothing of the kind.
    pub fn sign(&self, subject: &str) -> Option<&Sign> {
        let other = self.not_fix.iter().any(|p| p.is_match(subject));
        if other || !self.fix_words.is_match(subject) {
            return None;
        }
        self.signs.iter().find(|s| s.pattern.is_match(subject))
    }

    /// Whether a subject may be that of a fix of anything: wider than [`Self::sign`], so
    /// that a doubtful commit spoils a safe case rather than passing it.
    pub fn may_be_fix(&self, subject: &str) -> bool {
        let names_failure = |s: &Sign| s.sure == 3 && s.pattern.is_match(subject);
        self.fix_words.is_match(subject) || self.signs.iter().any(names_failure)
    }

    /// Whether a line says nothing of what the code does: blank, a comment, an import,
    /// punctuation only.
    pub fn is_idle(&self, line: &str) -> bool {
        let line = line.trim();
        !line.chars().any(char::is_alphanumeric) || self.idle.iter().any(|p| line.starts_with(p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_fixes_are_told_from_others() {
        let settings = Settings::builtin();
        let sure = |subject: &str| settings.sign(subject).map(|s| (s.sure, s.category));
        assert_eq!(sure("Fix NullPointerException in parser"), Some((3, Category::Crash)));
        assert_eq!(sure("fix: nil pointer dereference on reload"), Some((3, Category::Crash)));
        assert_eq!(sure("Avoid deadlock on shutdown"), Some((3, Category::Degraded)));
        assert_eq!(sure("Fixed wrong sort order"), Some((2, Category::WrongResult)));
        assert_eq!(sure("Fix the cache key"), Some((1, Category::WrongResult)));
        for subject in [
            "Fix typo in README",
            "Fix flaky tests",
            "Bump serde to fix CVE-2020-1",
            "Add a cache of parsed rules",
            "Revert \"fix crash\"",
            "Fix mypy errors",
        ] {
            assert_eq!(sure(subject), None, "{subject}");
        }
        assert!(settings.may_be_fix("Fix flaky tests"));
        assert!(!settings.may_be_fix("Add a cache of parsed rules"));
    }

    #[test]
    fn idle_lines_are_blank_comments_and_imports() {
        let settings = Settings::builtin();
        for line in ["", "  }", "  // why", "import os", "\t# note", "  * @param x"] {
            assert!(settings.is_idle(line), "{line}");
        }
        for line in ["return x", "*p = 1", "x += 1;"] {
            assert!(!settings.is_idle(line), "{line}");
        }
    }
}
