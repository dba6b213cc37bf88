//! The probes: `prompts/probes/<kind>.toml`, pairs of a bug and its safe twin.

use serde::Deserialize;

use crate::agent::Ledger;
use crate::asset::Assets;
use crate::change::{DiffLine, LineKind};
use crate::finding::{Evidence, Hypothesis, Location, Origin, Source};

use super::super::context;
use super::QualifyError;

const FOLDER: &str = "prompts/probes";

/// One hypothesis that holds on one of two changes and is refuted on the other.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub kind: String,
    pub language: String,
    pub bug: Probe,
    pub safe: Probe,
}

/// A hypothesis on a change of one hunk, with the evidence that settles it.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub path: String,
    pub lines: Vec<DiffLine>,
    pub hypothesis: Hypothesis,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pair: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    language: String,
    path: String,
    title: String,
    assumption: String,
    mechanism: String,
    question: String,
    /// The line of the change that the hypothesis points at.
    at: String,
    /// Where the twins share it: the number of the hunk's first line, and the hunk.
    line: Option<u32>,
    diff: Option<String>,
    bug: Twin,
    safe: Twin,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Twin {
    line: Option<u32>,
    diff: Option<String>,
    evidence: Vec<Quote>,
}

/// A line of the hunk, or of a file that the change does not touch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    path: Option<String>,
    line: Option<u32>,
    quote: String,
}

/// All pairs: the first of each kind, then the second of each, and so on, so that the
/// beginning of the list is a fair sample.
pub(super) fn load(assets: &Assets) -> Result<Vec<Pair>, QualifyError> {
    let mut found = Vec::new();
    for path in assets.list(FOLDER)? {
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(kind) = name.strip_suffix(".toml") else { continue };
        let text = assets.read(&path)?.text;
        let file: File = toml::from_str(&text)
            .map_err(|source| QualifyError::Toml { path: path.clone(), source })?;
        for (n, row) in file.pair.into_iter().enumerate() {
            let title = row.title.clone();
            let pair = row.pair(kind).map_err(|reason| QualifyError::Probe {
                path: path.clone(),
                title,
                reason,
            })?;
            found.push((n, pair));
        }
    }
    found.sort_by_key(|(n, _)| *n);
    Ok(found.into_iter().map(|(_, pair)| pair).collect())
}

impl Row {
    fn pair(self, kind: &str) -> Result<Pair, String> {
        let bug = self.probe(kind, &self.bug)?;
        let safe = self.probe(kind, &self.safe)?;
        // A judge that only counts must not pass.
        if bug.hypothesis.evidence.len() != safe.hypothesis.evidence.len() {
            return Err("the twins have different numbers of evidence".to_owned());
        }
        Ok(Pair { kind: kind.to_owned(), language: self.language, bug, safe })
    }

    fn probe(&self, kind: &str, twin: &Twin) -> Result<Probe, String> {
        let diff = twin.diff.as_ref().or(self.diff.as_ref()).ok_or("it has no `diff`")?;
        let first = twin.line.or(self.line).ok_or("it has no `line`")?;
        let lines = hunk(diff, first)?;
        let mut ledger = Ledger::default();
        ledger.show(context::passages(&self.path, &self.path, &lines));
        let locate = |quote: &str| {
            ledger
                .locate_in_diff(quote)
                .ok_or_else(|| format!("`{quote}` is no line of the head of its diff"))
        };
        let at = locate(&self.at)?;
        let Source::Diff { path, start, end, .. } = &at.source else {
            return Err("`at` has no place".to_owned());
        };
        let location = Location::new(path.as_str(), *start, *end);
        // A draft's hypothesis comes with the line that it quotes.
        let mut evidence = vec![at];
        for quote in &twin.evidence {
            evidence.push(match (&quote.path, quote.line) {
                (None, None) => locate(&quote.quote)?,
                (Some(path), Some(line)) => Evidence {
                    source: Source::File { path: path.clone(), start: line, end: line },
                    quote: quote.quote.clone(),
                    note: None,
                },
                _ => return Err(format!("`{}` has a path or a line, not both", quote.quote)),
            });
        }
        let hypothesis = Hypothesis {
            id: String::new(),
            origin: Origin::Model,
            rule: None,
            kind: kind.to_owned(),
            title: self.title.clone(),
            location,
            symbol: None,
            mechanism: self.mechanism.clone(),
            assumption: self.assumption.clone(),
            questions: vec![self.question.clone()],
            prior: 0.5,
            severity: 0.5,
            evidence,
            fix: None,
            checked: Vec::new(),
            unchecked: Vec::new(),
        };
        Ok(Probe { path: self.path.clone(), lines, hypothesis })
    }
}

/// Reads the body of a hunk whose first line has the given number on both sides.
fn hunk(text: &str, first: u32) -> Result<Vec<DiffLine>, String> {
    let (mut old, mut new) = (first, first);
    let mut lines = Vec::new();
    for line in text.lines() {
        let (kind, body) = match line.chars().next() {
            // Editors cut the blank of an empty line.
            None => (LineKind::Context, ""),
            Some(' ') => (LineKind::Context, &line[1..]),
            Some('+') => (LineKind::Added, &line[1..]),
            Some('-') => (LineKind::Removed, &line[1..]),
            Some(_) => return Err(format!("`{line}` is no line of a hunk")),
        };
        let numbers =
            ((kind != LineKind::Added).then_some(old), (kind != LineKind::Removed).then_some(new));
        old += u32::from(kind != LineKind::Added);
        new += u32::from(kind != LineKind::Removed);
        lines.push(DiffLine { kind, old: numbers.0, new: numbers.1, text: body.to_owned() });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::agent::Prompts;

    #[test]
    fn every_kind_of_bug_has_two_pairs_at_least_and_the_languages_vary() {
        let pairs = load(&Assets::builtin()).unwrap();
        let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
        for pair in &pairs {
            *by_kind.entry(&pair.kind).or_default() += 1;
        }
        let kinds = Prompts::load(&Assets::builtin()).unwrap().kinds().unwrap();
        let probed: Vec<&str> = by_kind.keys().copied().collect();
        assert_eq!(probed, kinds);
        assert!(by_kind.values().all(|&n| n >= 2), "{by_kind:?}");
        let languages: BTreeSet<&str> = pairs.iter().map(|p| p.language.as_str()).collect();
        assert!(languages.len() >= 6, "{languages:?}");
        // The beginning of the list has each kind once.
        let first: BTreeSet<&str> = pairs[..kinds.len()].iter().map(|p| p.kind.as_str()).collect();
        assert_eq!(first.len(), kinds.len());
    }

    #[test]
    fn twins_differ_in_what_settles_them_and_are_about_as_long() {
        for pair in load(&Assets::builtin()).unwrap() {
            let title = &pair.bug.hypothesis.title;
            for probe in [&pair.bug, &pair.safe] {
                assert!((8..=25).contains(&probe.lines.len()), "{title}: {}", probe.lines.len());
            }
            let away = pair.bug.lines.len().abs_diff(pair.safe.lines.len());
            assert!(away <= 3, "{title}: {away} lines");
            assert_ne!(pair.bug.hypothesis.evidence, pair.safe.hypothesis.evidence, "{title}");
            let words = title.split_whitespace().count();
            assert!(words <= 14, "{title}: {words} words");
        }
    }

    #[test]
    fn places_follow_from_the_quotes() {
        let lines = hunk(" a\n-b\n+c\n+d\n\n e", 7).unwrap();
        let new: Vec<_> = lines.iter().map(|l| l.new).collect();
        assert_eq!(new, [Some(7), None, Some(8), Some(9), Some(10), Some(11)]);
        assert!(hunk("a", 1).is_err());
        let row = |at: &str, evidence: &str| -> Result<Pair, String> {
            let text = format!(
                "language='x'\npath='a.py'\ntitle='t'\nassumption='a'\nmechanism='m'\n\
                 question='q'\nat='{at}'\nline=3\ndiff='''\n a\n+b\n'''\n\
                 [bug]\nevidence=[{evidence}]\n[safe]\nevidence=[{{quote='a'}}]\n"
            );
            toml::from_str::<Row>(&text).unwrap().pair("race")
        };
        let pair = row("b", "{quote='b'}").unwrap();
        assert_eq!(pair.bug.hypothesis.location.to_string(), "a.py:4");
        assert!(row("c", "{quote='b'}").unwrap_err().contains("no line"));
        assert!(row("b", "{quote='b', line=3}").unwrap_err().contains("not both"));
        assert!(row("b", "").unwrap_err().contains("different numbers"));
    }
}
