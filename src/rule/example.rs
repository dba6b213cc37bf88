//! Runs a rule over its own examples.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use crate::index::Source;
use crate::lang::{Language, Languages};

use super::grammar::Grammar;
use super::search::{Known, Pair, introduced};
use super::{Match, RuleError, Rules, id_of};

/// What came of one example, or of one pattern, in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub rule: String,
    pub language: String,
    pub subject: Subject,
    /// What is wrong with it; `None` if the rule did as it says.
    pub fault: Option<String>,
}

/// What of a rule was tried.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// `bug 1`, `safe 2`.
    Example(String),
    /// Its text.
    Pattern(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Example(name) => write!(f, "example {name}"),
            Self::Pattern(text) => write!(f, "pattern `{text}`"),
        }
    }
}

/// Runs every rule whose id contains a word over its examples, in each language that
/// takes the rule, and looks whether its patterns hold the variables that they name: a
/// parser that mends what it cannot read may drop some, and the pattern then matches
/// anything in their place.
///
/// # Errors
/// A rule that does not compile, and one without a bug or without a safe example.
pub fn check(rules: &Rules, languages: &Languages, word: &str) -> Result<Vec<Outcome>, RuleError> {
    let mut outcomes = Vec::new();
    for (path, file) in &rules.only(word).files {
        let id = id_of(path);
        let invalid =
            |reason: &str| RuleError::Invalid { file: path.clone(), reason: reason.into() };
        if !file.examples.iter().any(|e| e.bug.is_some()) {
            return Err(invalid("it has no example with `bug`"));
        }
        if !file.examples.iter().any(|e| e.safe.is_some()) {
            return Err(invalid("it has no example with `safe`"));
        }
        let only = Rules { files: [(path.clone(), file.clone())].into() };
        let folder = id.split('/').next().unwrap_or_default();
        let mut taken = false;
        for language in languages.iter().filter(|l| l.folders().any(|f| f == folder)) {
            taken = true;
            let compiled = HashMap::from([(language.name.clone(), only.of(language)?)]);
            let outcome = |subject, fault| Outcome {
                rule: id.clone(),
                language: language.name.clone(),
                subject,
                fault,
            };
            let patterns = file.patterns().map_err(|error| invalid(&error.to_string()))?;
            let grammar = Grammar::of(language);
            outcomes.extend(patterns.into_iter().map(|pattern| {
                let lost = pattern.lost(&grammar);
                outcome(Subject::Pattern(pattern.text), lost)
            }));
            let (mut bugs, mut safes) = (0, 0);
            for example in &file.examples {
                let (text, name) = match (&example.bug, &example.safe) {
                    (Some(text), _) => {
                        bugs += 1;
                        (text, format!("bug {bugs}"))
                    }
                    (None, text) => {
                        safes += 1;
                        (text.as_ref().unwrap_or(&file.title), format!("safe {safes}"))
                    }
                };
                let before = example.before.as_deref();
                let found = run(&compiled, languages, language, before, text);
                let fault = match found {
                    None => Some("it could not be parsed".to_owned()),
                    Some(found) if example.bug.is_some() && found.is_empty() => {
                        Some("the rule finds nothing".to_owned())
                    }
                    Some(found) if example.safe.is_some() && !found.is_empty() => {
                        let lines: Vec<String> =
                            found.iter().map(|m| m.start.to_string()).collect();
                        Some(format!("the rule speaks at line {}", lines.join(", ")))
                    }
                    Some(_) => None,
                };
                outcomes.push(outcome(Subject::Example(name), fault));
            }
        }
        if !taken {
            return Err(invalid("its folder belongs to no language"));
        }
    }
    Ok(outcomes)
}

fn run(
    rules: &HashMap<String, Vec<super::Rule>>,
    languages: &Languages,
    language: &Language,
    before: Option<&str>,
    after: &str,
) -> Option<Vec<Match>> {
    let path = format!("example.{}", language.extensions.first()?);
    let parse = |text: &str| Source::parse(languages, &path, Arc::from(text));
    let head = parse(after)?;
    let base = match before {
        Some(text) => Some(parse(text)?),
        None => None,
    };
    let (added, removed) = lines(before.unwrap_or_default(), after);
    let known = Alone::new(&head);
    let pair = Pair { base: base.as_ref(), head: Some(&head), added, removed, test: false };
    Some(introduced(rules, &[pair], &known).into_iter().map(|(_, m)| m).collect())
}

/// Lines that are new, and that are gone, 1-based.
fn lines(before: &str, after: &str) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let (mut added, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for change in TextDiff::from_lines(before, after).iter_all_changes() {
        match (change.tag(), change.old_index(), change.new_index()) {
            (ChangeTag::Insert, _, Some(n)) => added.insert(n as u32 + 1),
            (ChangeTag::Delete, Some(n), _) => removed.insert(n as u32 + 1),
            _ => false,
        };
    }
    (added, removed)
}

/// What one file alone knows: its own definitions.
pub struct Alone(Vec<(String, String)>);

impl Alone {
    pub fn new(source: &Source<'_>) -> Self {
        Self(source.definitions.iter().map(|d| (d.name.clone(), d.signature.clone())).collect())
    }
}

impl Known for Alone {
    fn signatures(&self, name: &str, language: &Language) -> Vec<String> {
        if language.is_ambient(name) {
            return Vec::new();
        }
        self.0.iter().filter(|(n, _)| n == name).map(|(_, s)| s.clone()).collect()
    }

    fn folder(&self, source: &Source<'_>) -> Vec<Arc<str>> {
        vec![source.text.clone()]
    }
}
