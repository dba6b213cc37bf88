//! The risk of a change under review, with reasons in words.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::data::{self, DATA, Kind, Kinds};
use super::feature::Memory;
use super::fit::{Fit, sigmoid};
use super::past::{self, Delta, FileDelta};
use super::{Learned, RiskError};
use crate::change::{Change, ChangeError, ChangedFile, Depth, LineKind, Repo, Status};
use crate::index::View;
use crate::sentry::SentryCache;

/// Reasons that are given at most.
const REASONS: usize = 4;
/// Log-odds from which a feature is a reason.
const NOTABLE: f64 = 0.1;
/// Issues of a file that are counted at most.
const ISSUES: usize = 20;

/// The risk of a change.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Risk {
    /// Probability that a later fix removes lines of the change, from 0 to 1.
    pub score: f64,
    pub reasons: Vec<String>,
    /// The riskiest first.
    pub files: Vec<FileRisk>,
    /// The commit whose history the model was learned from; `None` for the prior alone.
    pub learned_to: Option<String>,
    /// Changes it was learned from.
    pub learned_from: usize,
    /// What could not be known, and why.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileRisk {
    pub path: String,
    /// Probability that a later fix removes lines that the change brings into this file;
    /// for tests and documentation a fixed share of that.
    pub score: f64,
    /// What raises it, the weightiest first.
    pub reasons: Vec<String>,
}

impl Risk {
    /// The score of a file; 0 where it is not part of the change.
    pub fn of(&self, path: &str) -> f64 {
        self.files.iter().find(|f| f.path == path).map_or(0.0, |f| f.score)
    }
}

/// Past crashes of a file: issues in it, and those in functions that the change touches.
#[derive(Debug, Clone, Copy, Default)]
struct Crashes {
    file: usize,
    function: usize,
}

impl Crashes {
    fn odds(self) -> f64 {
        let ln1 = |n: usize| (1.0 + n as f64).ln();
        DATA.crash.file * ln1(self.file) + DATA.crash.function * ln1(self.function)
    }
}

/// What a change is judged by besides itself.
pub struct Surroundings<'a> {
    pub repo: &'a Repo,
    pub kinds: &'a Kinds<'a>,
    /// Commits of the past that are read; 0 for none.
    pub max_commits: usize,
    /// The production history and the head's outlines; `None` leaves past crashes out.
    pub crashes: Option<(&'a View, &'a SentryCache<'a>)>,
}

/// Scores a change and its files. Reads the paths of the past commits, which takes well
/// under a second.
pub fn assess(
    change: &Change,
    learned: &Learned,
    around: &Surroundings<'_>,
) -> Result<Risk, RiskError> {
    let (kinds, max_commits) = (around.kinds, around.max_commits);
    let mut notes: Vec<String> = learned.note.clone().into_iter().collect();
    let mut memory = Memory::default();
    let mut time = change.commits.iter().map(|c| c.time).max().unwrap_or(i64::MIN);
    if let Some(base) = change.base.commit.as_deref().filter(|_| max_commits > 0) {
        match past::read(around.repo, base, max_commits, Depth::Paths, kinds) {
            Ok(past) => {
                time = time.max(past.last().map_or(i64::MIN, |delta| delta.time));
                past.iter().for_each(|delta| memory.take(delta));
            }
            Err(ChangeError::Git { stderr, .. }) => {
                let why = crate::plain::line(&stderr, 200);
                notes.push(format!("what is known of files is not: git failed: {why}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let delta = delta(change, kinds, time.max(0));
    let facts = memory.look(&delta);
    let mut files = Vec::new();
    let mut worst = (Crashes::default(), 0.0);
    for ((file, part), row) in change.files.iter().zip(&delta.files).zip(&facts.files) {
        let crashes = match around.crashes.filter(|_| part.kind != Kind::Test) {
            None => Crashes::default(),
            Some((head, cache)) => crashes(file, head, cache)?,
        };
        if crashes.odds() > worst.1 {
            worst = (crashes, crashes.odds());
        }
        // Beside the program, as if it were a part of it.
        let like = || {
            let delta = Delta {
                files: vec![FileDelta { kind: Kind::Config, ..part.clone() }],
                ..delta.clone()
            };
            memory.look(&delta).files.pop().flatten().unwrap_or_default()
        };
        let row = row.clone().unwrap_or_else(like);
        let fit = &learned.model.file;
        let score = sigmoid(fit.odds(&row) + crashes.odds()) * part.kind.share();
        let numbers = memory.numbers(&delta, part);
        let mut reasons = reasons(fit, &row, &numbers);
        told(&mut reasons, crashes);
        files.push(FileRisk { path: file.path.clone(), score, reasons });
    }
    files.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.path.cmp(&b.path)));
    files.iter_mut().for_each(|file| file.score = round(file.score));
    let fit = &learned.model.change;
    let whole = delta.files.iter().filter(|f| f.kind.is_source());
    let numbers = together(whole.map(|part| memory.numbers(&delta, part)));
    let mut why = reasons(fit, &facts.change, &numbers);
    told(&mut why, worst.0);
    let score = match numbers.is_empty() {
        // Nothing that fixes are traced to.
        true => files.first().map_or(0.0, |f| f.score),
        false => round(sigmoid(fit.odds(&facts.change) + worst.1)),
    };
    Ok(Risk {
        score,
        reasons: why,
        files,
        learned_to: learned.commit.clone(),
        learned_from: learned.changes,
        notes,
    })
}

/// The change in the form of a past one. Of its commits the last one's author counts, as
/// nobody is known for what is no commit yet; it is a fix if most of them say so.
fn delta(change: &Change, kinds: &Kinds<'_>, time: i64) -> Delta {
    let fixes = change.commits.iter().filter(|c| data::is_fix(&c.subject, &c.body, false)).count();
    Delta {
        time,
        author: change.commits.last().map(|c| past::author(&c.author)),
        fix: fixes * 2 > change.commits.len(),
        outset: false,
        sweep: false,
        files: change.files.iter().map(|file| file_delta(file, kinds)).collect(),
    }
}

fn file_delta(file: &ChangedFile, kinds: &Kinds<'_>) -> FileDelta {
    let live: Vec<&str> =
        file.added_lines().map(|(_, l)| l).filter(|l| kinds.is_live(&file.path, l)).collect();
    let removed = file.removed_lines().filter(|(_, l)| kinds.is_live(&file.path, l));
    let places = file.hunks.iter().map(|hunk| {
        let changed = |n: usize| hunk.lines[n].kind != LineKind::Context;
        (0..hunk.lines.len()).filter(|n| changed(*n) && (*n == 0 || !changed(n - 1))).count()
    });
    FileDelta {
        old_path: file.old_path.clone(),
        new: file.status == Status::Added,
        gone: file.status == Status::Deleted,
        size: file.base.as_ref().map_or(0, |blob| blob.size),
        lines: (file.added_lines().count() + file.removed_lines().count()) as u32,
        added: live.len() as u32,
        removed: removed.count() as u32,
        places: places.sum::<usize>() as u32,
        branches: live.iter().map(|l| data::branches(l)).sum(),
        ..FileDelta::named(&file.path, kinds.of(&file.path))
    }
}

fn crashes(file: &ChangedFile, head: &View, cache: &SentryCache<'_>) -> Result<Crashes, RiskError> {
    let found = cache.by_path(file.base_path(), ISSUES)?;
    if found.is_empty() || file.head.is_none() {
        return Ok(Crashes { file: found.len(), function: 0 });
    }
    let touched = file.touched_lines();
    let outline = head.outline(&file.path)?;
    let changed: BTreeSet<&str> = outline
        .iter()
        .filter(|s| s.kind.is_callable())
        .filter(|s| touched.range(s.start..=s.end.max(s.start)).next().is_some())
        .map(|s| s.name.as_str())
        .collect();
    let name = |function: &str| -> String {
        let end = |c: char| !c.is_alphanumeric() && c != '_';
        function.rsplit(end).find(|s| !s.is_empty()).unwrap_or_default().to_owned()
    };
    let named = found.iter().filter_map(|f| f.frame.function.as_deref().map(name));
    let function = named.filter(|n| changed.contains(n.as_str())).count();
    Ok(Crashes { file: found.len(), function })
}

/// What raises the log-odds most, in words.
fn reasons(fit: &Fit, row: &super::Row, numbers: &HashMap<&'static str, u64>) -> Vec<String> {
    let mut parts: Vec<_> = fit.parts(row).filter(|(_, _, part)| *part >= NOTABLE).collect();
    parts.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    let told = parts.iter().filter_map(|(name, x, _)| {
        let reason = DATA.reason.iter().find(|r| r.feature == *name)?;
        let words = if *x > 0.0 { reason.high.as_ref()? } else { reason.low.as_ref()? };
        let n = numbers.get(name).copied();
        // A number that does not say what the scaled value says would mislead.
        if n == Some(0) && *x > 0.0 || n.is_none() && words.contains("{n}") {
            return None;
        }
        let n = n.unwrap_or_default();
        let ending = |one: &'static str| if n == 1 { "" } else { one };
        Some(
            words
                .replace("{n}", &n.to_string())
                .replace("{s}", ending("s"))
                .replace("{es}", ending("es")),
        )
    });
    told.take(REASONS).collect()
}

/// Puts past crashes first: they are facts of production.
fn told(reasons: &mut Vec<String>, crashes: Crashes) {
    let issues = |n: usize| {
        if n == 1 { "1 production issue".to_owned() } else { format!("{n} production issues") }
    };
    let words = match crashes {
        Crashes { file: 0, .. } => return,
        Crashes { file, function: 0 } => format!("{} in this file", issues(file)),
        Crashes { function, .. } => format!("{} in a changed function", issues(function)),
    };
    reasons.insert(0, words);
    reasons.truncate(REASONS);
}

/// Numbers of a whole change: the most of any file, of lines and places the sum.
fn together(files: impl Iterator<Item = HashMap<&'static str, u64>>) -> HashMap<&'static str, u64> {
    let mut whole: HashMap<&'static str, u64> = HashMap::new();
    for (name, n) in files.flatten() {
        let entry = whole.entry(name).or_default();
        match name {
            "added" | "lines" | "places" | "branches" => *entry += n,
            _ => *entry = (*entry).max(n),
        }
    }
    whole
}

fn round(score: f64) -> f64 {
    (score * 1000.0).round() / 1000.0
}
