//! The tables of `risk.toml`, and what a path and a line are by them.

use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::Regex;
use serde::Deserialize;

use super::RiskError;
use crate::config::Review;
use crate::lang::Languages;

const TABLE: &str = include_str!("risk.toml");

pub(super) static DATA: LazyLock<Data> =
    LazyLock::new(|| toml::from_str(TABLE).expect("risk.toml is checked by a test"));

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::compile(&DATA.fix).expect("risk.toml is checked by a test"));

/// Hash of the tables, since a model learned by others is another.
pub(super) fn digest() -> String {
    blake3::hash(TABLE.as_bytes()).to_hex()[..16].to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    fix: Fix,
    pub trace: Trace,
    line: Line,
    pub past: PastRules,
    pub model: ModelRules,
    pub crash: Crash,
    beside: Beside,
    pub order: Order,
    pub reason: Vec<Reason>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fix {
    words: Vec<String>,
    body: Vec<String>,
    without: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trace {
    pub max_files: usize,
    pub max_lines: usize,
    pub settle_share: f64,
    pub settle_days: [i64; 2],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    begins: Vec<String>,
    signs: String,
    alone: Vec<String>,
    comments: Vec<String>,
    branches: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PastRules {
    /// Days.
    pub half_life: f64,
    pub recent_half_life: f64,
    pub fixes_days: i64,
    pub warm_share: f64,
    pub warm_commits: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelRules {
    pub prior_weight: f64,
    pub rate_weight: f64,
    /// Days.
    pub half_life: f64,
    pub clip: f64,
    pub stale: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Crash {
    pub file: f64,
    pub function: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    test: f64,
    build: f64,
    docs: f64,
    build_paths: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub nudge: f64,
}

/// How a feature is told to people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    pub feature: String,
    pub high: Option<String>,
    pub low: Option<String>,
}

struct Words {
    words: Regex,
    body: Regex,
    without: Regex,
}

impl Words {
    fn compile(fix: &Fix) -> Result<Self, regex::Error> {
        let any = |parts: &[String]| Regex::new(&format!(r"(?i)\b(?:{})\b", parts.join("|")));
        Ok(Self { words: any(&fix.words)?, body: any(&fix.body)?, without: any(&fix.without)? })
    }
}

/// Whether a commit's message says that it repairs something. Of a merge the first line
/// of the body counts as the subject does: there the title of a pull request stands.
pub fn is_fix(subject: &str, body: &str, merge: bool) -> bool {
    let title = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let said = |line: &str| WORDS.words.is_match(line) && !WORDS.without.is_match(line);
    said(subject)
        || merge && said(title)
        || WORDS.body.is_match(body) && !WORDS.without.is_match(subject)
}

/// What a path holds, as far as risk is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Source of a known language.
    Code,
    /// Anything else of the program: settings, data, templates.
    Config,
    Test,
    Docs,
    /// What builds and checks the program, but is no part of it.
    Build,
    /// Never reviewed: generated, vendored, locks.
    Ignored,
}

impl Kind {
    /// Whether fixes are traced to it.
    pub fn is_source(self) -> bool {
        matches!(self, Self::Code | Self::Config)
    }

    /// What the score of such a file is multiplied by.
    pub(super) fn share(self) -> f64 {
        match self {
            Self::Code | Self::Config => 1.0,
            Self::Test => DATA.beside.test,
            Self::Build => DATA.beside.build,
            Self::Docs | Self::Ignored => DATA.beside.docs,
        }
    }
}

/// Tells what a path and a line are.
pub struct Kinds<'a> {
    languages: &'a Languages,
    tests: GlobSet,
    docs: GlobSet,
    build: GlobSet,
    ignored: GlobSet,
}

impl<'a> Kinds<'a> {
    /// Fails on a pattern of the settings that is no glob.
    pub fn new(languages: &'a Languages, review: &Review) -> Result<Self, RiskError> {
        Ok(Self {
            languages,
            tests: globs(&review.tests)?,
            docs: globs(&review.docs)?,
            build: globs(&DATA.beside.build_paths)?,
            ignored: globs(&review.ignore)?,
        })
    }

    /// The kind of a path. Scripts without an extension count as settings, since only
    /// their first line would tell.
    pub fn of(&self, path: &str) -> Kind {
        if self.ignored.is_match(path) {
            Kind::Ignored
        } else if self.build.is_match(path) {
            Kind::Build
        } else if self.docs.is_match(path) {
            Kind::Docs
        } else if self.tests.is_match(path) || self.languages.is_test_path(path) {
            Kind::Test
        } else if self.languages.of(path, "").is_some() {
            Kind::Code
        } else {
            Kind::Config
        }
    }

    /// Whether a line of that path does something: no white space, comment, import or
    /// lone bracket.
    pub(super) fn is_live(&self, path: &str, line: &str) -> bool {
        let line = line.trim();
        let begins = |parts: &[String]| parts.iter().any(|p| line.starts_with(p.as_str()));
        let comment = match self.languages.of(path, "") {
            Some(language) => language.is_comment(line),
            None => begins(&DATA.line.comments),
        };
        if line.is_empty() || comment {
            return false;
        }
        let signs = line.chars().all(|c| DATA.line.signs.contains(c));
        !signs && !begins(&DATA.line.begins) && !DATA.line.alone.iter().any(|word| word == line)
    }
}

/// Ways through the code that a line adds.
pub(super) fn branches(line: &str) -> u32 {
    let is = |word: &str| DATA.line.branches.iter().any(|b| b == word);
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| is(w)).count();
    let signs = DATA.line.branches.iter().filter(|b| b.starts_with(|c: char| !c.is_alphanumeric()));
    let signs: usize = signs.map(|sign| line.matches(sign.as_str()).count()).sum();
    (words + signs) as u32
}

fn globs(patterns: &[String]) -> Result<GlobSet, RiskError> {
    let error = |pattern: &str| {
        let pattern = pattern.to_owned();
        move |source| RiskError::Glob { pattern, source }
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(error(pattern))?);
    }
    set.build().map_err(error(&patterns.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Assets;
    use crate::config::Config;

    #[test]
    fn the_table_is_valid_and_tells_only_features_that_there_are() {
        let data: Data = toml::from_str(TABLE).unwrap();
        Words::compile(&data.fix).unwrap();
        for reason in &data.reason {
            let known = super::super::feature::NAMES.contains(&reason.feature.as_str());
            assert!(known, "{}", reason.feature);
            assert!(reason.high.is_some() || reason.low.is_some(), "{}", reason.feature);
        }
    }

    #[test]
    fn messages_say_whether_they_repair() {
        for subject in [
            "Fix crash on empty input",
            "bugfix: wrong total",
            "Revert \"Add cache\"",
            "Handle a race condition in the pool",
        ] {
            assert!(is_fix(subject, "", false), "{subject}");
        }
        for subject in ["Add a prefix option", "Fix typo", "fix flaky test", "Fixture for carts"] {
            assert!(!is_fix(subject, "", false), "{subject}");
        }
        assert!(is_fix("Merge pull request #1 from a/b", "Fix the total", true));
        assert!(!is_fix("Add a cache", "It does not fix the total", false));
        assert!(is_fix("Handle nothing", "Fixes #12", false));
    }

    #[test]
    fn paths_and_lines_have_their_kinds() {
        let languages = Languages::load(&Assets::builtin()).unwrap();
        let kinds = Kinds::new(&languages, &Config::builtin().review).unwrap();
        for (path, kind) in [
            ("src/a.py", Kind::Code),
            ("Dockerfile", Kind::Config),
            ("tests/test_a.py", Kind::Test),
            ("README.md", Kind::Docs),
            (".github/workflows/ci.yml", Kind::Build),
            ("Cargo.lock", Kind::Ignored),
        ] {
            assert_eq!(kinds.of(path), kind, "{path}");
        }
        for path in ["tests/a.py", "x/tests/a.py", "test_a.py", "a/b.spec.ts", "a_test.go"] {
            assert_eq!(kinds.of(path), Kind::Test, "{path}");
        }
        assert_eq!(kinds.of("src/contest.py"), Kind::Code);
        for line in ["x = 1", "*p = 2", "endpoint()", "(a, b) = f()", "user = 1"] {
            assert!(kinds.is_live("a.go", line), "{line}");
        }
        for line in ["", "  # note", "require 'os'", "}", "});", "end"] {
            assert!(!kinds.is_live("a.rb", line), "{line}");
        }
        assert!(!kinds.is_live("a.yml", "# note") && kinds.is_live("a.yml", "retries: 3"));
        assert_eq!(branches("if a && b || c {"), 3);
        assert_eq!(branches("notify(order)"), 0);
    }
}
