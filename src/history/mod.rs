//! What failed in production in the code that a change touches, before it.
//!
//! ```text
//! change ─▶ touched symbols ─▶ issues of each ─▶ of its callers and callees ─▶ of the
//! files, of their folders ─▶ rank ─▶ brief (agents, people) | hypotheses (review::origin)
//! ```
//!
//! Issues of any age count: a crash that was fixed long ago is what a change can bring
//! back. Ages are measured from the newest data of the cache, not from the clock.
//! What an export says was written by strangers; it is data, and cleaned of control
//! characters when it is imported.

mod brief;
mod neighbour;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::change::{Change, ChangedFile, Content, Rename, Repo, folder};
use crate::index::{IndexError, Symbol, View};
use crate::sentry::{FrameMatch, Sample, SentryCache, SentryError, Tree, Window, function_name};

use place::Outline;

pub use brief::{Entry, Row};

/// Symbols of a change that are looked up; a change of more is a sweep.
const SYMBOLS: usize = 60;
/// Issues that are looked at for a symbol, and for a file.
const ISSUES: usize = 20;
/// Other files of the folders that are looked up, of all together.
const FOLDER: usize = 60;
/// Seconds in which an issue that is seen no more loses half its weight.
const HALF_LIFE: f64 = 90.0 * 86_400.0;

/// How a failure concerns a change, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It crashed in a changed function, or in a library that this one called.
    Crashed,
    /// Its stack passes through a changed function.
    Passed,
    /// It crashed in a function that calls a changed one.
    Caller,
    /// It crashed in a function that a changed one calls.
    Callee,
    /// It crashed elsewhere in a changed file.
    File,
    /// It crashed in another file of the folder of a changed one.
    Folder,
}

/// A past failure near a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    pub relation: Relation,
    /// The changed file.
    pub path: String,
    /// Qualified name of the changed symbol; `None` for [`Relation::File`] and
    /// [`Relation::Folder`].
    pub symbol: Option<String>,
    /// Qualified name of the function where it failed, as far as it is known.
    pub place: Option<String>,
    /// Other functions of that name that it may have been as well.
    pub either: Vec<String>,
    /// The issue, its frame there, and the repository's path of that place.
    pub found: FrameMatch,
    pub sample: Sample,
}

impl Past {
    /// Type and message of the exception in whose stack the place lies; an issue is called
    /// after the outermost one.
    pub fn raised(&self) -> Option<(&str, &str)> {
        match &self.found.raised {
            Some(raised) => Some((&raised.error_type, &raised.value)),
            None => Some((self.found.issue.error_type.as_deref()?, &self.found.issue.message)),
        }
    }

    /// What failed there, in the words of its exception.
    pub fn title(&self) -> String {
        match &self.found.raised {
            Some(raised) => format!("{}: {}", raised.error_type, raised.value),
            None => self.found.issue.title.clone(),
        }
    }

    /// Whether it may lie elsewhere: in another file, or another function of that name.
    pub fn is_unsure(&self) -> bool {
        !self.found.others.is_empty() || !self.either.is_empty()
    }
}

/// All past failures near a change, the closest and gravest first; an issue stands once
/// for each changed symbol that it concerns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    pub past: Vec<Past>,
    /// Time of the newest data, seconds since the epoch.
    pub newest: Option<i64>,
}

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Sentry(#[from] SentryError),
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
}

impl History {
    /// Looks up the changed functions of these files, their direct callers and callees,
    /// the files, and the others of their folders. Tests have no production history; an empty cache has none at all.
    pub fn of(
        change: &Change,
        files: &[String],
        head: &View,
        cache: &SentryCache<'_>,
    ) -> Result<Self, HistoryError> {
        let (issues, newest) = cache.counts()?;
        if issues == 0 {
            return Ok(Self::default());
        }
        let changed = changed(change, files, head)?;
        let mut past = Vec::new();
        for (file, symbol) in &changed {
            own(&mut past, file, symbol, head, cache)?;
        }
        for (file, symbol) in &changed {
            let near = neighbour::neighbours(&file.path, symbol, head, cache)?;
            past.extend(near.into_iter().filter(|near| {
                // What has changed itself is there already.
                !changed.iter().any(|(f, s)| {
                    f.path == near.found.path && Some(&s.qualified) == near.place.as_ref()
                })
            }));
        }
        for path in files {
            let Some(file) = change.file(path).filter(|f| is_code(f, head)) else { continue };
            in_file(&mut past, file, &changed, head, cache)?;
        }
        beside(&mut past, change, files, head, cache)?;
        let mut history = Self { past, newest };
        history.rank();
        Ok(history)
    }

    /// Orders by relation, then by weight, recency, match and id.
    fn rank(&mut self) {
        let newest = self.newest;
        let key = |p: &Past| (weight(p, newest), p.found.issue.last_seen, p.found.score);
        self.past.sort_by(|a, b| {
            let (of_a, of_b) = (key(a), key(b));
            a.relation
                .cmp(&b.relation)
                .then_with(|| of_b.0.total_cmp(&of_a.0))
                .then_with(|| (of_b.1, of_b.2).cmp(&(of_a.1, of_a.2)))
                .then_with(|| {
                    let id =
                        |p: &Past| (p.found.issue.id.clone(), p.path.clone(), p.symbol.clone());
                    id(a).cmp(&id(b))
                })
        });
    }
}

/// Magnitude of the number of events, halved for each half-life since the last one.
fn weight(past: &Past, newest: Option<i64>) -> f64 {
    let issue = &past.found.issue;
    let age = match (newest, issue.last_seen) {
        (Some(newest), Some(seen)) => (newest - seen).max(0) as f64,
        _ => 0.0,
    };
    (1.0 + issue.count as f64).ln() * 0.5f64.powf(age / HALF_LIFE)
}

/// Whether a file can have failed in production and is readable at the head.
fn is_code(file: &ChangedFile, head: &View) -> bool {
    file.content == Content::Text
        && file.head.is_some()
        && !head.languages().is_test_path(&file.path)
}

/// The head of a change as the production history sees it; `None` for an empty cache. A
/// change that is no commit yet knows what its base's history and the change itself
/// renamed.
pub fn tree(
    cache: &SentryCache<'_>,
    repo: &Repo,
    head: &Arc<View>,
    change: &Change,
) -> Result<Option<Tree>, SentryError> {
    if cache.is_empty()? {
        return Ok(None);
    }
    let commit = change.head.commit.as_deref().or(change.base.commit.as_deref());
    let own = change.files.iter().filter(|f| f.base_path() != f.path);
    let own: Vec<Rename> =
        own.map(|f| Rename { old: f.base_path().to_owned(), new: f.path.clone() }).collect();
    let tree = cache.tree(repo, head.snapshot(), commit, own)?;
    Ok(Some(tree.with_code(head.clone())))
}

/// The functions that the change touches, all that are around a touched line.
fn changed<'a>(
    change: &'a Change,
    files: &[String],
    head: &View,
) -> Result<Vec<(&'a ChangedFile, Symbol)>, IndexError> {
    let mut changed = Vec::new();
    for file in files.iter().filter_map(|path| change.file(path)) {
        if !is_code(file, head) {
            continue;
        }
        let touched = file.touched_lines();
        for symbol in head.outline(&file.path)? {
            let lines = symbol.start..=symbol.end.max(symbol.start);
            if symbol.kind.is_callable() && touched.range(lines).next().is_some() {
                changed.push((file, symbol));
            }
        }
    }
    changed.truncate(SYMBOLS);
    Ok(changed)
}

/// Failures whose stack goes through a changed function, under its path of today or
/// of before the change.
fn own(
    past: &mut Vec<Past>,
    file: &ChangedFile,
    symbol: &Symbol,
    head: &View,
    cache: &SentryCache<'_>,
) -> Result<(), HistoryError> {
    let paths = BTreeSet::from([file.path.as_str(), file.base_path()]);
    for path in paths {
        let here = (file.path.as_str(), Some(file));
        for (found, either) in live(cache, path, here, symbol, head)? {
            let known = past.iter().any(|p: &Past| {
                p.found.issue.id == found.issue.id
                    && p.path == file.path
                    && p.symbol.as_deref() == Some(&symbol.qualified)
            });
            if known {
                continue;
            }
            let sample = cache.sample(&found)?;
            let crashed = found.crash || sample.innermost;
            past.push(Past {
                relation: if crashed { Relation::Crashed } else { Relation::Passed },
                path: file.path.clone(),
                symbol: Some(symbol.qualified.clone()),
                place: Some(symbol.qualified.clone()),
                either,
                found,
                sample,
            });
        }
    }
    Ok(())
}

/// Issues of a function that nobody waved through, each with the other functions of that
/// name that it may mean. `here` is the function's file at the head, and the changed file
/// if it is one; `path` a name of it.
fn live(
    cache: &SentryCache<'_>,
    path: &str,
    (here, file): (&str, Option<&ChangedFile>),
    symbol: &Symbol,
    head: &View,
) -> Result<Vec<(FrameMatch, Vec<String>)>, HistoryError> {
    let mut found = cache.by_function_within(path, &symbol.name, ISSUES, Window::Ever)?;
    found.retain(|f| f.issue.status != "ignored");
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let outline = Outline::of(head, here, file)?;
    let of = |found: FrameMatch| {
        let meant: Vec<String> =
            outline.meant(&found).iter().map(|s| s.qualified.clone()).collect();
        let own = meant.is_empty() || meant.contains(&symbol.qualified);
        let either = meant.into_iter().filter(|m| *m != symbol.qualified).collect();
        own.then_some((found, either))
    };
    Ok(found.into_iter().filter_map(of).collect())
}

/// Crashes in the other files of the changed files' folders: what was nothing there may be
/// nothing here.
fn beside(
    past: &mut Vec<Past>,
    change: &Change,
    files: &[String],
    head: &View,
    cache: &SentryCache<'_>,
) -> Result<(), HistoryError> {
    let languages = head.languages();
    let family = |path: &str| Some(languages.of(path, "")?.family().to_owned());
    let mut changed: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for file in files.iter().filter_map(|p| change.file(p)).filter(|f| is_code(f, head)) {
        if let Some(family) = family(&file.path) {
            changed.entry((folder(&file.path), family)).or_insert(&file.path);
        }
    }
    let folders: BTreeSet<&str> = changed.keys().map(|(folder, _)| *folder).collect();
    let entries = head.snapshot().entries().iter();
    let others = entries.filter(|e| folders.contains(folder(&e.path)) && e.is_file());
    let others = others.filter_map(|entry| {
        let beside = changed.get(&(folder(&entry.path), family(&entry.path)?))?;
        let own = change.file(&entry.path).is_some() || languages.is_test_path(&entry.path);
        (!own).then_some((entry, *beside))
    });
    for (entry, beside) in others.take(FOLDER) {
        let crashes = cache.by_path(&entry.path, ISSUES)?;
        if crashes.is_empty() {
            continue;
        }
        let outline = Outline::of(head, &entry.path, None)?;
        for found in crashes {
            let known = past
                .iter()
                .any(|p| p.found.issue.id == found.issue.id && p.relation != Relation::Passed);
            if known || found.issue.status == "ignored" {
                continue;
            }
            let sample = cache.sample(&found)?;
            let place = match outline.meant(&found)[..] {
                [one] => Some(one.qualified.clone()),
                _ => None,
            };
            if found.crash || sample.innermost {
                past.push(Past {
                    relation: Relation::Folder,
                    path: beside.to_owned(),
                    symbol: None,
                    place,
                    either: Vec::new(),
                    found,
                    sample,
                });
            }
        }
    }
    Ok(())
}

/// Crashes elsewhere in a changed file; and those in a changed function whose frame does
/// not name it, but was at a line that only this function has.
fn in_file(
    past: &mut Vec<Past>,
    file: &ChangedFile,
    changed: &[(&ChangedFile, Symbol)],
    head: &View,
    cache: &SentryCache<'_>,
) -> Result<(), HistoryError> {
    let outline = Outline::of(head, &file.path, Some(file))?;
    for found in cache.by_path(file.base_path(), ISSUES)? {
        let known = past.iter().any(|p| {
            let here = [file.path.as_str(), file.base_path()].contains(&p.found.path.as_str());
            // An issue that passes a changed function may have crashed in one that is gone.
            let same = p.relation == Relation::Crashed || p.found.frame == found.frame;
            here && p.found.issue.id == found.issue.id && same
        });
        if known || found.issue.status == "ignored" {
            continue;
        }
        let sample = cache.sample(&found)?;
        if !found.crash && !sample.innermost {
            continue;
        }
        let meant = outline.meant(&found);
        let named = || {
            let platform = found.issue.platform.as_deref().unwrap_or_default();
            function_name(&found.frame, platform)
        };
        let place = match meant[..] {
            [one] => Some(one.qualified.clone()),
            _ => named(),
        };
        let touched =
            |q: &String| changed.iter().any(|(f, s)| f.path == file.path && s.qualified == *q);
        let symbol = place.clone().filter(|q| meant.len() == 1 && touched(q));
        past.push(Past {
            relation: if symbol.is_some() { Relation::Crashed } else { Relation::File },
            path: file.path.clone(),
            symbol,
            place,
            either: Vec::new(),
            found,
            sample,
        });
    }
    Ok(())
}
