//! Hypotheses from the structural rules of `grammars/*/rules/`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::asset::Assets;
use crate::change::{self, ChangedFile};
use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::index::View;
use crate::lang::Language;
use crate::rule::{self, Known, Match, Pair, Rule, RuleError, Rules};

use super::source::{self, Lines, Source, quote};
use super::{DraftError, Drafter, Scene};

/// Most files of a folder in which declarations are looked for.
const NEIGHBOURS: usize = 300;
/// Most files of the change that are not read for bugs but may be where code came from.
const ELSEWHERE: usize = 200;
/// Most lines of a quote.
const QUOTED: usize = 6;

pub(super) struct Structural {
    pub assets: Assets,
}

impl Drafter for Structural {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        let all = scene.change.files.iter().filter(|f| f.is_text());
        let (read, others): (Vec<_>, Vec<_>) = all.partition(|f| scene.files.contains(&f.path));
        // What is not read for bugs may be where code was moved from.
        let mut elsewhere = Vec::new();
        for file in others.iter().take(ELSEWHERE).filter(|f| f.removed_lines().next().is_some()) {
            let languages = scene.head.languages();
            elsewhere.push((*file, Source::read(languages, scene.base, file.base_path())?));
        }
        let pair = |file: &ChangedFile, base, head| {
            let Lines { removed, added } = Lines::of(file);
            let test = scene.head.languages().is_test_path(&file.path);
            Pair { base, head, added, removed, test }
        };
        let source = |side, path| scene.source(side, path).map(|s| &**s);
        let kept = read.iter().map(|file| {
            pair(file, source(Side::Old, file.base_path()), source(Side::New, &file.path))
        });
        let moved = elsewhere.iter().map(|(file, base)| pair(file, base.as_ref(), None));
        let pairs: Vec<Pair<'_>> = kept.chain(moved).collect();
        let sources = pairs.iter().flat_map(|p| [&p.base, &p.head]).flatten();
        let languages: BTreeMap<&str, &Language> =
            sources.map(|s| (s.language.name.as_str(), s.language)).collect();
        let languages: Vec<&Language> = languages.into_values().collect();
        let rules = Rules::load_for(&self.assets, &languages)?;
        let compile = |l: &&Language| Ok((l.name.clone(), rules.of(l)?));
        let compiled: HashMap<String, Vec<Rule>> =
            languages.iter().map(compile).collect::<Result<_, RuleError>>()?;
        let known = Repository { view: scene.head, folders: Mutex::default() };
        let found = rule::introduced(&compiled, &pairs, &known);
        let prior = scene.config.prior.rule;
        let hypothesis = |(n, found): (usize, Match)| {
            let head = pairs[n].head?;
            Some(hypothesis(read.get(n)?, head, pairs[n].base, found, prior))
        };
        let mut hypotheses: Vec<Hypothesis> = Vec::new();
        for one in found.into_iter().filter_map(hypothesis) {
            let same =
                |h: &&mut Hypothesis| h.rule == one.rule && h.location.path == one.location.path;
            match hypotheses.iter_mut().find(same) {
                Some(first) => join(first, one),
                None => hypotheses.push(one),
            }
        }
        Ok(hypotheses)
    }
}

type Texts = Vec<Arc<str>>;

/// What the index and the tree know.
struct Repository<'a> {
    view: &'a View,
    /// Texts by folder and language.
    folders: Mutex<HashMap<(String, String), Texts>>,
}

impl Known for Repository<'_> {
    fn signatures(&self, name: &str, language: &Language) -> Vec<String> {
        if language.is_ambient(name) {
            return Vec::new();
        }
        let same =
            |path: &str| self.view.language(path).is_some_and(|l| l.family() == language.family());
        let symbols = self.view.symbols(name).unwrap_or_default();
        symbols.into_iter().filter(|s| same(&s.path)).map(|s| s.signature).collect()
    }

    fn folder(&self, source: &Source<'_>) -> Vec<Arc<str>> {
        let folder = change::folder(&source.path).to_owned();
        let key = (folder, source.language.name.clone());
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = folders.entry(key).or_insert_with(|| {
            let written = |path: &str| {
                let language = self.view.languages().of(path, "");
                language.is_some_and(|l| l.name == source.language.name)
            };
            source::folder(self.view.snapshot(), &source.path, NEIGHBOURS, written)
        });
        texts.clone()
    }
}

/// Adds that the file holds the same once more: one habit is one finding.
fn join(first: &mut Hypothesis, other: Hypothesis) {
    first.mechanism.push_str(&format!(" So on line {}.", other.location.start));
    first.evidence.extend(other.evidence);
}

fn hypothesis(
    file: &ChangedFile,
    head: &Source<'_>,
    base: Option<&Source<'_>>,
    found: Match,
    prior: f64,
) -> Hypothesis {
    let mut evidence = vec![Evidence {
        source: Place::Diff {
            path: file.path.clone(),
            start: found.start,
            end: found.end,
            side: Side::New,
        },
        quote: quote(&head.lines(found.start, found.end), QUOTED),
        note: None,
    }];
    if let (Some(former), Some(base)) = (&found.former, base) {
        evidence.push(Evidence {
            source: Place::Diff {
                path: file.base_path().to_owned(),
                start: former.start,
                end: former.end,
                side: Side::Old,
            },
            quote: quote(&base.lines(former.start, former.end), QUOTED),
            note: Some("what stood here before".to_owned()),
        });
    }
    Hypothesis {
        id: String::new(),
        origin: Origin::Rule,
        kind: found.kind,
        title: found.title,
        location: Location::new(file.path.as_str(), found.start, found.end),
        symbol: found.function,
        mechanism: found.mechanism,
        assumption: found.assumption,
        questions: found.refute.clone(),
        prior: found.prior.unwrap_or(prior),
        severity: found.severity,
        evidence,
        fix: found.fix.map(|text| Fix { text, patch: None }),
        checked: vec![format!("the change introduces it (rule {})", found.rule)],
        rule: Some(found.rule),
        unchecked: found.refute,
    }
}
