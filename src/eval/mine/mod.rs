//! Cases out of a repository's own history.
//!
//! ```text
//! history ─▶ fixes (words of the subject) ─▶ the inducing change by blame, or the fix reversed
//!         └▶ changes whose lines live on and whose files saw no fix ─▶ safe
//! ```
//!
//! Labels are what the history suggests and no more: each case says in `why` how its
//! label was got. The same history and wishes give the same cases.

mod fix;
mod history;
mod safe;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use super::import::{LeftOut, NewCase, NewSentry, Read};
use crate::change::{self, ChangeError, Repo, Selection};
use crate::lang::{Languages, Standing};
pub(super) use fix::ranges;
use history::{Entry, History};
use settings::Settings;

/// Why a history could not be mined.
#[derive(Debug, thiserror::Error)]
pub enum MineError {
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error("the repository has no commit `{0}`")]
    NoTip(String),
}

/// What is wanted of a history.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// How the dataset names the repository: a path or a URL.
    pub repository: String,
    /// The newest commit; survival is measured there.
    pub tip: String,
    /// Cases of changes from before are left out; seconds since the epoch.
    pub since: i64,
    /// Likewise from after.
    pub until: i64,
    pub max_bugs: usize,
    pub max_safe: usize,
    /// An export of production data, from the folder `cases` of the dataset.
    pub sentry: Option<String>,
}

/// How far the mining is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    History,
    /// Found, and looked at.
    Bugs(usize, usize),
    Safe(usize, usize),
}

/// What the stages share.
struct Miner<'a> {
    repo: &'a Repo,
    languages: &'a Languages,
    settings: Settings,
    history: History,
    repository: String,
    since: i64,
    sentry: Option<String>,
}

/// Mines a repository. `tell` gets the progress.
pub fn mine(
    repo: &Repo,
    languages: &Languages,
    wishes: &Wishes,
    tell: &dyn Fn(Step),
) -> Result<Read, MineError> {
    let tip = repo.resolve(&wishes.tip, "commit")?;
    let tip = tip.ok_or_else(|| MineError::NoTip(wishes.tip.clone()))?;
    tell(Step::History);
    let settings = Settings::builtin();
    let history = History::read(repo, &tip, settings.limit.commits)?;
    let miner = Miner {
        repo,
        languages,
        settings,
        history,
        repository: wishes.repository.clone(),
        since: wishes.since,
        sentry: wishes.sentry.clone(),
    };
    let mut read = Read::default();
    if miner.history.entries.len() == miner.settings.limit.commits {
        let why = format!("only the newest {} commits were read", miner.settings.limit.commits);
        read.left_out.push(LeftOut::new("history", why));
    }
    let blamed = miner.bugs(wishes, &mut read, tell)?;
    miner.safe(wishes, &blamed, &mut read, tell)?;
    Ok(read)
}

impl Miner<'_> {
    /// Adds the bugged cases; returns the changes that bugs are blamed on.
    fn bugs(
        &self,
        wishes: &Wishes,
        read: &mut Read,
        tell: &dyn Fn(Step),
    ) -> Result<BTreeSet<String>, MineError> {
        let mut fixes: Vec<_> = self
            .chosen(wishes)
            .filter(|e| self.sources(&e.files).next().is_some())
            .filter_map(|e| Some((e, self.settings.sign(&e.subject)?)))
            .collect();
        // The surest first; among equals the order of a hash, which is spread over the years.
        fixes.sort_by_key(|(e, sign)| (std::cmp::Reverse(sign.sure), spread(&e.id)));
        let tries = wishes.max_bugs.saturating_mul(self.settings.limit.tries_per_case);
        let (mut found, mut inducing) = (BTreeMap::new(), BTreeSet::new());
        for (n, (entry, sign)) in fixes.into_iter().take(tries).enumerate() {
            if found.len() >= wishes.max_bugs {
                break;
            }
            tell(Step::Bugs(found.len(), n));
            let fix = match told(fix::read(self, entry, sign))? {
                Ok(fix) => fix,
                Err(why) => {
                    read.left_out.push(LeftOut::new(fix::short(&entry.id), why));
                    continue;
                }
            };
            let case = match told(fix.inducing(self))? {
                Ok(case) => {
                    inducing.insert(case.id.clone());
                    case
                }
                Err(_) => fix.reversed(self),
            };
            // Two fixes may lead to one change: it has both bugs then.
            match found.get_mut(&case.id) {
                None => drop(found.insert(case.id.clone(), case)),
                Some(known) => known.bugs.extend(case.bugs),
            }
        }
        read.cases.extend(found.into_values());
        Ok(inducing)
    }

    fn safe(
        &self,
        wishes: &Wishes,
        inducing: &BTreeSet<String>,
        read: &mut Read,
        tell: &dyn Fn(Step),
    ) -> Result<(), MineError> {
        let is_inducing = |e: &Entry| inducing.contains(&format!("inducing-{}", fix::short(&e.id)));
        let mut changes: Vec<&Entry> =
            self.chosen(wishes).filter(|e| !is_inducing(e) && safe::may_be_safe(self, e)).collect();
        changes.sort_by_key(|e| spread(&e.id));
        let tries = wishes.max_safe.saturating_mul(self.settings.limit.tries_per_case);
        let mut found: Vec<NewCase> = Vec::new();
        for (n, entry) in changes.into_iter().take(tries).enumerate() {
            if found.len() >= wishes.max_safe {
                break;
            }
            tell(Step::Safe(found.len(), n));
            match told(safe::read(self, entry))? {
                Ok(case) => found.push(case),
                Err(why) => read.left_out.push(LeftOut::new(fix::short(&entry.id), why)),
            }
        }
        read.cases.extend(found);
        Ok(())
    }

    /// Commits of the wished time.
    fn chosen(&self, wishes: &Wishes) -> impl Iterator<Item = &Entry> {
        let range = wishes.since..=wishes.until;
        self.history.entries.iter().filter(move |e| range.contains(&e.time))
    }

    /// Whether a path is code of the project itself, no test.
    fn is_source(&self, path: &str) -> bool {
        self.languages.of(path, "").is_some() && self.languages.standing(path) == Standing::Source
    }

    fn sources<'b>(&'b self, paths: &'b [String]) -> impl Iterator<Item = &'b String> {
        paths.iter().filter(|p| self.is_source(p))
    }

    /// The language of most of the files, or `other`.
    fn language(&self, paths: &[String]) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for language in paths.iter().filter_map(|p| self.languages.of(p, "")) {
            *counts.entry(&language.name).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(name, n)| (*n, std::cmp::Reverse(*name)));
        most.map_or_else(|| "other".to_owned(), |(name, _)| name.to_owned())
    }

    /// The lines of code that a commit adds to sources, by path at the commit.
    fn added(&self, entry: &Entry) -> Result<BTreeMap<String, Vec<u32>>, ChangeError> {
        let range = Selection::Range(format!("{}..{}", entry.parent, entry.id));
        let change = change::collect(self.repo, &range, self.settings.limit.file_bytes)?;
        let mut added = BTreeMap::new();
        for file in change.files.iter().filter(|f| self.is_source(&f.path)) {
            let code = file.added_lines().filter(|(_, text)| !self.settings.is_idle(text));
            let lines: Vec<u32> = code.map(|(n, _)| n).collect();
            if !lines.is_empty() {
                added.insert(file.path.clone(), lines);
            }
        }
        Ok(added)
    }

    fn sentry(&self) -> Option<NewSentry> {
        self.sentry.clone().map(|export| NewSentry { export })
    }
}

/// Whether a line says nothing of what the code does, by the words of `mine.toml`.
pub(super) fn is_idle(line: &str) -> bool {
    static SETTINGS: std::sync::LazyLock<Settings> = std::sync::LazyLock::new(Settings::builtin);
    SETTINGS.is_idle(line)
}

/// A history may lack objects, and one commit that cannot be read is no reason to stop:
/// it is left out with git's own words. Git that does not start is.
fn told<T>(read: Result<Result<T, String>, ChangeError>) -> Result<Result<T, String>, ChangeError> {
    match read {
        Err(error @ ChangeError::Git { .. }) => Ok(Err(format!("git could not read it: {error}"))),
        other => other,
    }
}

/// A place in an order that follows nothing about the commit.
fn spread(id: &str) -> [u8; 32] {
    *blake3::hash(id.as_bytes()).as_bytes()
}

/// A day as `2025-04-05`.
fn day(seconds: i64) -> String {
    super::import::time(seconds).split('T').next().unwrap_or_default().to_owned()
}
