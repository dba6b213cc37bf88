//! Structural rules: patterns of code that fail, as files in
//! `grammars/<language>/rules/`.
//!
//! A rule is an [ast-grep](https://ast-grep.github.io) rule in YAML with fields of our
//! own ([`file`]): what goes wrong, how sure that is, what would refute it, and
//! examples. It speaks of what a change *introduces*: places on added lines which the
//! files of the change did not hold before, in this file or in another.

mod example;
mod file;
mod grammar;
mod pattern;
mod search;

use std::collections::BTreeMap;

use ast_grep_config::{DeserializeEnv, RuleCore, RuleCoreError};
use ast_grep_core::Matcher;
use ast_grep_core::tree_sitter::StrDoc;
use regex::Regex;
use serde::Serialize;

use crate::asset::{AssetError, Assets};
use crate::lang::Language;

use file::{RuleFile, Unless};
use grammar::Grammar;

pub use example::{Alone, Outcome, Subject, check};
pub use search::{Former, Known, Match, Pair, introduced};

#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error("the rule {file} cannot be read")]
    Yaml {
        file: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the rule {file} does not fit the language {language}")]
    Compile {
        file: String,
        language: String,
        #[source]
        source: Box<RuleCoreError>,
    },
    #[error("the rule {file} holds a pattern that is not valid")]
    Pattern {
        file: String,
        #[source]
        source: Box<regex::Error>,
    },
    #[error("the rule {file} is not valid: {reason}")]
    Invalid { file: String, reason: String },
}

/// Rules as written, not compiled yet.
#[derive(Clone, Default)]
pub struct Rules {
    /// By path of the file.
    files: BTreeMap<String, RuleFile>,
}

/// What a list of rules says of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub id: String,
    pub kind: String,
    pub severity: f64,
    pub prior: Option<f64>,
    pub title: String,
}

impl Rules {
    /// Reads all rules of `grammars/`.
    ///
    /// # Errors
    /// A file that is no rule is named, with the reason.
    pub fn load(assets: &Assets) -> Result<Self, RuleError> {
        Self::load_where(assets, |_| true)
    }

    /// Reads the rules of some languages; reading all takes longer than a small review.
    pub fn load_for(assets: &Assets, languages: &[&Language]) -> Result<Self, RuleError> {
        let wanted = |folder: &str| languages.iter().any(|l| l.folders().any(|f| f == folder));
        Self::load_where(assets, wanted)
    }

    fn load_where(assets: &Assets, wanted: impl Fn(&str) -> bool) -> Result<Self, RuleError> {
        let mut files = BTreeMap::new();
        for path in assets.list("grammars")? {
            let parts: Vec<&str> = path.split('/').collect();
            if matches!(parts[..], [_, folder, "rules", name] if name.ends_with(".yml") && wanted(folder))
            {
                let file = file::parse(&path, &assets.read(&path)?.text)?;
                files.insert(path, file);
            }
        }
        Ok(Self { files })
    }

    /// Those whose id contains a word.
    pub fn only(&self, word: &str) -> Self {
        let mine = self.files.iter().filter(|(path, _)| id_of(path).contains(word));
        Self { files: mine.map(|(p, f)| (p.clone(), f.clone())).collect() }
    }

    pub fn summaries(&self) -> Vec<Summary> {
        let summary = |(path, file): (&String, &RuleFile)| Summary {
            id: id_of(path),
            kind: file.kind.clone(),
            severity: file.severity,
            prior: file.prior,
            title: file.title.clone(),
        };
        self.files.iter().map(summary).collect()
    }

    /// Compiles the rules of a language: those of its own folder and of the folders
    /// that it inherits from.
    pub fn of(&self, language: &Language) -> Result<Vec<Rule>, RuleError> {
        let folders: Vec<&str> = language.folders().collect();
        let grammar = Grammar::of(language);
        let mine = |path: &str| path.split('/').nth(1).is_some_and(|f| folders.contains(&f));
        self.files
            .iter()
            .filter(|(path, _)| mine(path))
            .map(|(path, file)| Rule::compile(path, file, &grammar, &language.name))
            .collect()
    }
}

/// `grammars/python/rules/mutable-default.yml` is `python/mutable-default`.
fn id_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let [_, folder, _, name] = parts[..] else { return path.to_owned() };
    format!("{folder}/{}", name.trim_end_matches(".yml"))
}

/// What a function held before the change.
struct Past {
    rule: RuleCore,
    /// Variables that hold the same text on both sides.
    same: Vec<String>,
    kept: bool,
}

/// A rule for one language.
pub struct Rule {
    /// `python/mutable-default`.
    pub id: String,
    pub kind: String,
    pub severity: f64,
    pub prior: Option<f64>,
    title: String,
    mechanism: String,
    assumption: String,
    refute: Vec<String>,
    fix: Option<String>,
    at: Option<String>,
    grammar: Grammar,
    matcher: RuleCore,
    before: Option<Past>,
    unless: Unless,
    defined: Vec<(String, Regex)>,
    declared: Vec<String>,
    undeclared: Vec<String>,
    mentions: Vec<String>,
    tests: bool,
}

impl Rule {
    fn compile(
        path: &str,
        file: &RuleFile,
        grammar: &Grammar,
        language: &str,
    ) -> Result<Self, RuleError> {
        let compile = |core: &ast_grep_config::SerializableRuleCore| {
            core.get_matcher(DeserializeEnv::new(grammar.clone())).map_err(|source| {
                RuleError::Compile {
                    file: path.to_owned(),
                    language: language.to_owned(),
                    source: Box::new(source),
                }
            })
        };
        let pattern = |text: &String| {
            Regex::new(text).map_err(|source| RuleError::Pattern {
                file: path.to_owned(),
                source: Box::new(source),
            })
        };
        let matcher = compile(&file.core)?;
        let invalid = |reason: String| RuleError::Invalid { file: path.to_owned(), reason };
        let known = matcher.defined_vars();
        let used = file
            .at
            .iter()
            .chain(&file.unless.guarded)
            .chain(file.defined.keys())
            .chain(&file.unless.assigned);
        if let Some(name) = used.into_iter().find(|n| !known.contains(n.as_str())) {
            return Err(invalid(format!("it names ${name}, which `rule` does not have")));
        }
        let defined = file
            .defined
            .iter()
            .map(|(name, text)| Ok((name.clone(), pattern(text)?)))
            .collect::<Result<_, RuleError>>()?;
        for text in file.declared.iter().chain(&file.undeclared) {
            let any = known.iter().map(|n| ((*n).to_owned(), "x".to_owned())).collect();
            pattern(&search::expression(text, &any))?;
        }
        let before = match &file.before {
            None => None,
            Some(before) => {
                let old = compile(&before.core)?;
                let both = |n: &&str| known.contains(*n);
                let same = if before.same.is_empty() {
                    old.defined_vars().iter().filter(|n| both(n)).map(|n| (*n).to_owned()).collect()
                } else {
                    before.same.clone()
                };
                Some(Past { rule: old, same, kept: before.kept })
            }
        };
        Ok(Self {
            id: id_of(path),
            kind: file.kind.clone(),
            severity: file.severity,
            prior: file.prior,
            title: file.title.clone(),
            mechanism: file.mechanism.clone(),
            assumption: file.assumption.clone(),
            refute: file.refute.clone(),
            fix: file.fix.clone(),
            at: file.at.clone(),
            grammar: grammar.clone(),
            matcher,
            before,
            unless: file.unless.clone(),
            defined,
            declared: file.declared.clone(),
            undeclared: file.undeclared.clone(),
            mentions: file.mentions.clone(),
            tests: file.tests,
        })
    }

    /// Whether a node of that kind may match.
    fn may_match(&self, kind: u16) -> bool {
        self.matcher.potential_kinds().is_none_or(|kinds| kinds.contains(kind.into()))
    }
}

type Document = StrDoc<Grammar>;
