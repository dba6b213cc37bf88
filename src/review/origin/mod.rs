//! Hypotheses without a model: what the program itself can see in a change.
//!
//! Each origin is a [`Drafter`]; the draft stage runs them all and ranks what
//! they propose beside the model's own hypotheses. A wrong finding costs more
//! trust than a right one earns, so each says nothing wherever it is unsure.

mod access;
mod deviation;
mod fit;
mod guard;
mod history;
mod impact;
mod late;
mod link;
mod lost;
mod patch;
mod rule;
mod source;

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::asset::Assets;
use crate::change::{Change, ChangedFile, Snapshot};
use crate::config::Config;
use crate::finding::{Hypothesis, Location, Origin, Side, Source};
use crate::history::History as Past;
use crate::index::{IndexError, View};

use source::{Compared, Lines};

/// What a drafter may look at.
pub struct Scene<'a> {
    /// Only the files that the filter kept have hunks worth reading; all are here.
    pub change: &'a Change,
    /// Paths that the filter kept.
    pub files: &'a [String],
    /// Files before the change.
    pub base: &'a Snapshot,
    /// Files after the change, indexed.
    pub head: &'a View,
    /// What failed in production around the change.
    pub history: &'a Past,
    pub config: &'a Config,
    /// The kept files as they were and are, by path, as far as they could be parsed.
    old: HashMap<&'a str, Arc<source::Source<'a>>>,
    new: HashMap<&'a str, Arc<source::Source<'a>>>,
}

impl<'a> Scene<'a> {
    /// Reads and parses the kept files, once for all origins.
    ///
    /// # Errors
    ///
    /// If a file cannot be read from the repository.
    pub fn new(
        change: &'a Change,
        files: &'a [String],
        (base, head): (&'a Snapshot, &'a View),
        history: &'a Past,
        config: &'a Config,
    ) -> Result<Self, DraftError> {
        let texts = files.iter().filter_map(|p| change.file(p)).filter(|f| f.is_text());
        let versions: Vec<_> = texts
            .flat_map(|f| [(Side::Old, base, f.base_path()), (Side::New, head.snapshot(), &f.path)])
            .collect();
        let parse = |(side, snapshot, path): (Side, &Snapshot, &'a str)| {
            let source = source::Source::read(head.languages(), snapshot, path)?;
            Ok(source.map(|source| (side, path, Arc::new(source))))
        };
        let sources: Vec<_> =
            versions.into_par_iter().map(parse).collect::<Result<_, DraftError>>()?;
        let (mut old, mut new) = (HashMap::new(), HashMap::new());
        for (side, path, source) in sources.into_iter().flatten() {
            if side == Side::Old { &mut old } else { &mut new }.insert(path, source);
        }
        Ok(Self { change, files, base, head, history, config, old, new })
    }

    /// A version of a kept file; `None` as for [`source::Source::read`].
    fn source(&self, side: Side, path: &str) -> Option<&Arc<source::Source<'a>>> {
        match side {
            Side::Old => self.old.get(path),
            Side::New => self.new.get(path),
        }
    }

    /// The kept files that have two texts to compare, without tests.
    fn compared(&self) -> impl Iterator<Item = Compared<'_>> {
        let kept = self.files.iter().filter(|p| !self.head.languages().is_test_path(p));
        kept.filter_map(|path| {
            let file = self.change.file(path).filter(|f| f.is_edited())?;
            let base = self.source(Side::Old, file.base_path())?;
            let head = self.source(Side::New, path)?;
            Some(Compared { file, lines: Lines::of(file), base, head })
        })
    }

    /// For each kept file that is new, without tests, what it was before: nothing.
    fn blank(&self) -> Vec<source::Source<'_>> {
        let kept = self.files.iter().filter(|p| !self.head.languages().is_test_path(p));
        kept.filter(|path| self.change.file(path).is_some_and(ChangedFile::is_new))
            .filter_map(|path| source::Source::parse(self.head.languages(), path, "".into()))
            .collect()
    }

    /// The new files, compared with [`Self::blank`].
    fn fresh<'b>(&'b self, blank: &'b [source::Source<'b>]) -> impl Iterator<Item = Compared<'b>> {
        blank.iter().filter_map(|base| {
            let file = self.change.file(&base.path)?;
            let head = self.source(Side::New, &file.path)?;
            Some(Compared { file, lines: Lines::of(file), base, head })
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error(transparent)]
    Asset(#[from] crate::asset::AssetError),
    #[error(transparent)]
    Rule(#[from] crate::rule::RuleError),
    #[error("{file} is not valid")]
    Toml {
        file: &'static str,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("{file} holds a pattern that is not valid")]
    Pattern {
        file: &'static str,
        #[source]
        source: Box<regex::Error>,
    },
}

/// A source of hypotheses.
pub trait Drafter {
    /// For notes and traces.
    fn name(&self) -> &'static str;
    /// Proposes hypotheses with prior, severity and evidence; the same scene
    /// yields the same ones in the same order.
    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError>;
}

/// All origins, with the tables of a run.
pub fn drafters(assets: &Assets) -> Vec<Box<dyn Drafter>> {
    vec![
        Box::new(impact::Impact),
        Box::new(history::History { assets: assets.clone() }),
        Box::new(guard::RemovedGuard { assets: assets.clone() }),
        Box::new(late::LateCheck { assets: assets.clone() }),
        Box::new(lost::Lost { assets: assets.clone() }),
        Box::new(rule::Structural { assets: assets.clone() }),
        Box::new(deviation::Deviation { assets: assets.clone() }),
    ]
}

/// Whether two hypotheses rest on the same lines that the change takes away.
fn same_loss(one: &Hypothesis, other: &Hypothesis) -> bool {
    let gone = |h: &Hypothesis| -> Vec<Location> {
        let old = h.evidence.iter().filter_map(|e| match &e.source {
            Source::Diff { path, start, end, side: Side::Old } => {
                Some(Location::new(path.as_str(), *start, *end))
            }
            _ => None,
        });
        old.collect()
    };
    let lost = gone(other);
    gone(one).iter().any(|l| lost.iter().any(|o| l.overlaps(o)))
}

/// Merges hypotheses of different origins that are one bug (same lines, same
/// kind of cause): one that rests on what happened in production, else the one with
/// the higher prior, keeps its words and takes the other's evidence, so that one bug
/// does not fill two places of a review.
pub fn merge(hypotheses: Vec<Hypothesis>) -> Vec<Hypothesis> {
    let mut merged: Vec<Hypothesis> = Vec::new();
    for mut one in hypotheses {
        let Some(other) =
            merged.iter_mut().find(|h| h.location.overlaps(&one.location) || same_loss(h, &one))
        else {
            merged.push(one);
            continue;
        };
        let weight = |h: &Hypothesis| (h.origin == Origin::History, h.prior);
        if weight(&one) > weight(other) {
            std::mem::swap(other, &mut one);
        }
        other.prior = other.prior.max(one.prior);
        for evidence in one.evidence {
            if !other.evidence.iter().any(|e| e.source == evidence.source) {
                other.evidence.push(evidence);
            }
        }
        other.severity = other.severity.max(one.severity);
        other.fix = other.fix.take().or(one.fix);
        let missing = |have: &[String], new: Vec<String>| -> Vec<String> {
            new.into_iter().filter(|n| !have.contains(n)).collect()
        };
        let more = missing(&other.checked, one.checked);
        other.checked.extend(more);
        let more = missing(&other.unchecked, one.unchecked);
        other.unchecked.extend(more);
    }
    merged
}
