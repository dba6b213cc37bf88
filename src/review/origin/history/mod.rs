//! Past production failures that the change makes possible again: an error that
//! crashed in a changed function, and a use that can raise the same error, which the
//! change added or stripped of its check. And the same use of the same value, where a
//! crash next to it shows that the value can be bad.
//!
//! ```text
//! errors.toml ─▶ table    past failures ─▶ expose (spot, protect, given) ─▶ word (fix)
//! ```
//!
//! `grammars/errors.toml` maps error types to uses. The name in the message
//! (`KeyError: 'currency'`) must be the one on the line; where a message names
//! nothing, the line that crashed must hold the same use.

mod anew;
mod attach;
mod back;
mod elsewhere;
mod expose;
mod fix;
mod given;
mod giver;
mod handle;
mod protect;
mod prove;
mod revive;
mod spot;
mod table;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use regex::Regex;

use crate::asset::Assets;
use crate::change::ChangedFile;
use crate::finding::{Hypothesis, Source as Place};
use crate::history::{Past, Relation};
use crate::lang::Definition;

use super::access::{Style, Styles};
use super::source::{Compared, Lines, Source, root};
use super::{DraftError, Drafter, Scene};

pub(super) use attach::attach;
use expose::Exposed;
use spot::Spot;
use table::{Cause, Rules, load};

/// Files that the change leaves alone which are read, the closest to the change first.
const OTHERS: usize = 40;

pub(super) struct History {
    pub assets: Assets,
}

impl Drafter for History {
    fn name(&self) -> &'static str {
        "production history"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        if scene.history.past.is_empty() {
            return Ok(Vec::new());
        }
        let (rules, styles) = (load(&self.assets)?, Styles::load(&self.assets)?);
        let blank = scene.blank();
        let pairs = pairs(scene, &styles, &blank);
        let others = others(scene, &rules, &pairs)?;
        let others = others.iter().filter_map(|s| Some(Side::new(s, styles.of(s)?)));
        let others: Vec<Side<'_>> = others.collect();
        let mut sides: BTreeMap<&str, &Side<'_>> =
            others.iter().map(|side| (side.source.path.as_str(), side)).collect();
        // A frame is named as the file is called today.
        sides.extend(pairs.iter().map(|p| (p.head.source.path.as_str(), &p.base)));
        let mut found: Vec<Hypothesis> = Vec::new();
        // A crash that may lie in several places proves nothing of one.
        for past in scene.history.past.iter().filter(|p| !p.is_unsure()) {
            let Some(pair) = pairs.iter().find(|p| p.head.source.path == past.path) else {
                continue;
            };
            let language = &pair.head.source.language.name;
            let mut known = false;
            for cause in rules.causes(past, language) {
                // Who knows the error, knows what protects against it.
                if cause.rule.is_any() && known {
                    continue;
                }
                known = true;
                let replaced = &styles.replaced;
                let (pairs, sides, cause) = (&pairs, &sides, &cause);
                let search = Search { pair, pairs, sides, past, cause, scene, replaced };
                let Some((pair, exposed)) = search.run()? else { continue };
                if !prove::is_ours(past, cause, scene)? {
                    continue;
                }
                join(&mut found, pair.hypothesis(&exposed, past, cause, scene));
                break;
            }
        }
        Ok(found)
    }
}

/// The files that the change leaves alone, and in which a value was nothing.
fn others<'a>(
    scene: &'a Scene<'_>,
    rules: &Rules,
    pairs: &[Pair<'_>],
) -> Result<Vec<Source<'a>>, DraftError> {
    let of_nothing = |past: &&Past| {
        let pair = pairs.iter().find(|p| p.head.source.path == past.path);
        let language = pair.map(|p| p.head.source.language.name.as_str());
        past.relation != Relation::Passed
            && !pairs.iter().any(|p| p.head.source.path == past.found.path)
            && language.is_some_and(|l| rules.causes(past, l).any(|cause| cause.is_of_nothing()))
    };
    let all = scene.history.past.iter().filter(of_nothing).map(|p| p.found.path.as_str());
    let mut paths: Vec<&str> = Vec::new();
    for path in all {
        if paths.len() < OTHERS && !paths.contains(&path) {
            paths.push(path);
        }
    }
    let languages = scene.head.languages();
    let read = |path: &&str| Source::read(languages, scene.base, path).transpose();
    Ok(paths.par_iter().filter_map(read).collect::<Result<_, _>>()?)
}

/// Two issues of one cause (of other releases) are one bug.
fn join(found: &mut Vec<Hypothesis>, new: Hypothesis) {
    let known = found.iter_mut().find(|h| h.location.overlaps(&new.location) && h.kind == new.kind);
    match known {
        Some(known) => {
            let issue = |e: &crate::finding::Evidence| matches!(e.source, Place::Issue { .. });
            let more: Vec<_> = new.evidence.into_iter().filter(issue).collect();
            for evidence in more {
                if !known.evidence.contains(&evidence) {
                    known.evidence.push(evidence);
                }
            }
        }
        None => found.push(new),
    }
}

/// The changed files that can be compared; new ones with nothing.
fn pairs<'a>(scene: &'a Scene<'_>, styles: &'a Styles, blank: &'a [Source<'a>]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for Compared { file, lines, base, head } in scene.compared().chain(scene.fresh(blank)) {
        let Some(style) = styles.of(head) else { continue };
        let (base, head) = (Side::new(base, style), Side::new(head, style));
        pairs.push(Pair { file, lines, base, head });
    }
    pairs
}

/// One version of a file with its checks and the uses that can fail.
struct Side<'a> {
    source: &'a Source<'a>,
    style: &'a Style,
    spots: Vec<Spot>,
    /// Names that the file imports.
    imported: BTreeSet<String>,
}

impl<'a> Side<'a> {
    fn new(source: &'a Source<'a>, style: &'a Style) -> Self {
        let spots = spot::spots(source, style);
        let imports = source.language.imports(&source.tree, &source.text);
        let imported = imports.iter().map(|i| i.binding().to_owned()).collect();
        Self { source, style, spots, imported }
    }

    /// Whether a value cannot be missing: the object itself, a module, a type.
    fn is_present(&self, value: &str) -> bool {
        self.source.language.self_names().iter().any(|n| n == value)
            || self.imported.contains(root(value))
            || root(value).starts_with(|c: char| c.is_uppercase())
    }

    /// The uses within a definition.
    fn within(&self, definition: &Definition) -> impl Iterator<Item = &Spot> {
        let range = definition.range.clone();
        self.spots.iter().filter(move |s| range.start <= s.range.start && s.range.end <= range.end)
    }
}

/// The two versions of a changed file.
struct Pair<'a> {
    file: &'a ChangedFile,
    lines: Lines,
    base: Side<'a>,
    head: Side<'a>,
}

/// One past failure and one rule that explains it, looked for in its changed file.
#[derive(Clone, Copy)]
struct Search<'a> {
    pair: &'a Pair<'a>,
    pairs: &'a [Pair<'a>],
    /// By path of today, the changed files and others where a value was nothing, as they were
    /// before the change.
    sides: &'a BTreeMap<&'a str, &'a Side<'a>>,
    past: &'a Past,
    cause: &'a Cause<'a>,
    scene: &'a Scene<'a>,
    /// Words by which an added line may be a new check.
    replaced: &'a Regex,
}

impl<'a> Search<'a> {
    /// What the change exposes, with the file that it is in.
    fn run(&self) -> Result<Option<(&'a Pair<'a>, Exposed)>, DraftError> {
        let thrown = |line: &String| self.cause.words.thrown.is_match(line);
        if self.cause.rule.is_any() && self.cause.crashed.as_ref().is_none_or(thrown) {
            return Ok(None);
        }
        if self.past.relation == Relation::Crashed
            && let Some(exposed) = self.again()
        {
            return Ok(Some((self.pair, exposed)));
        }
        let here = [Relation::Crashed, Relation::File].contains(&self.past.relation);
        if here && let Some(found) = self.revived() {
            return Ok(Some(found));
        }
        let within = here || self.past.relation == Relation::Passed;
        if within && let Some(found) = self.unhandled()? {
            return Ok(Some(found));
        }
        let passed = self.past.relation == Relation::Passed;
        let found = if passed { self.back()? } else { self.anew() };
        if found.is_some() {
            return Ok(found);
        }
        if self.past.relation == Relation::Folder {
            return Ok(None);
        }
        Ok(self.near()?.map(|exposed| (self.pair, exposed)))
    }
}
