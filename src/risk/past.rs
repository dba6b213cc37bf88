//! What is kept of each commit of the main line while the risk is learned: numbers, and
//! the author as a hash.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::data::{self, Kind, Kinds};
use crate::change::{ChangeError, Depth, Logged, LoggedFile, LoggedHunk, Repo};

/// Pairs of a removed and an added line that are compared in one place at most.
const SAME_PAIRS: usize = 250_000;

/// One change of the past, or the one under review.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delta {
    /// Seconds since the epoch; never before that of an earlier change.
    pub time: i64,
    pub(super) author: Option<u64>,
    /// Its message says that it repairs something.
    pub fix: bool,
    /// Where a history or a shallow clone begins: all that there is looks added.
    pub outset: bool,
    /// So long that git's log of it was not kept whole.
    pub sweep: bool,
    pub files: Vec<FileDelta>,
}

impl Delta {
    /// Whether something can be learned from it.
    pub(super) fn is_lesson(&self) -> bool {
        !self.outset && !self.sweep
    }
}

/// What a change did to one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileDelta {
    pub path: String,
    /// Path before the change where it differs.
    pub old_path: Option<String>,
    pub kind: Kind,
    pub new: bool,
    pub gone: bool,
    /// Bytes before the change.
    pub size: u64,
    /// All lines added and removed.
    pub lines: u32,
    /// Lines that do something.
    pub added: u32,
    pub removed: u32,
    /// Runs of changed lines.
    pub places: u32,
    pub branches: u32,
    pub(super) cuts: Vec<Cut>,
}

impl FileDelta {
    /// A file of which only the path is known.
    pub(super) fn named(path: &str, kind: Kind) -> Self {
        Self {
            path: path.to_owned(),
            old_path: None,
            kind,
            new: false,
            gone: false,
            size: 0,
            lines: 0,
            added: 0,
            removed: 0,
            places: 0,
            branches: 0,
            cuts: Vec::new(),
        }
    }
}

/// Lines of a file that took the place of others; see [`LoggedHunk`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cut {
    /// Lines of the new version before it.
    pub at: u32,
    pub removed: u32,
    pub added: u32,
    /// Of the removed lines, counted from 0, those that do something.
    pub live: Vec<u32>,
    /// Pairs of a removed and an added line that differ in white space only.
    pub same: Vec<(u32, u32)>,
}

/// A number for an author, the same in every run; names are not kept.
pub(super) fn author(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.trim().to_lowercase().hash(&mut hasher);
    hasher.finish()
}

/// Reads the last `count` changes of the main line that ends in `head`, the oldest first.
/// Two processes of git read half of them each.
pub(super) fn read(
    repo: &Repo,
    head: &str,
    count: usize,
    depth: Depth,
    kinds: &Kinds<'_>,
) -> Result<Vec<Delta>, ChangeError> {
    let half = count.div_ceil(2);
    let part = |skip: usize, count: usize| -> Result<Vec<Raw>, ChangeError> {
        let mut found = Vec::new();
        if count > 0 {
            repo.main_line(head, (skip, count), depth, &mut |c| found.push(digest(c, kinds)))?;
        }
        Ok(found)
    };
    let (newer, older) = std::thread::scope(|scope| {
        let older = scope.spawn(|| part(half, count - half));
        (part(0, half), older.join())
    });
    let mut raws = newer?;
    raws.extend(older.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    raws.reverse();
    finish(repo, raws, depth)
}

/// A digested commit before what only git can add.
struct Raw {
    id: String,
    /// The second parent of a merge, whose author made the change.
    merged: Option<String>,
    root: bool,
    author: String,
    bases: Vec<Option<String>>,
    delta: Delta,
}

fn digest(commit: Logged, kinds: &Kinds<'_>) -> Raw {
    let merged = commit.parents.get(1).cloned();
    let fix = data::is_fix(&commit.subject, &commit.body, merged.is_some());
    let bases = commit.files.iter().map(|f| f.base.clone()).collect();
    let cut = |h: &LoggedHunk| {
        h.removed.len() < h.old_lines as usize || h.added.len() < h.new_lines as usize
    };
    let sweep = commit.files.iter().flat_map(|f| &f.hunks).any(cut);
    let files = commit.files.into_iter().map(|file| file_delta(file, kinds)).collect();
    Raw {
        root: commit.parents.is_empty(),
        id: commit.id,
        merged,
        author: commit.author,
        bases,
        delta: Delta { time: commit.time, author: None, fix, outset: false, sweep, files },
    }
}

fn file_delta(file: LoggedFile, kinds: &Kinds<'_>) -> FileDelta {
    let kind = kinds.of(&file.path);
    let mut delta = FileDelta {
        old_path: file.old_path,
        new: file.base.is_none(),
        gone: file.head.is_none(),
        places: file.hunks.len() as u32,
        ..FileDelta::named(&file.path, kind)
    };
    for hunk in file.hunks {
        let live = |line: &String| kinds.is_live(&file.path, line);
        let removed: Vec<u32> =
            (0..).zip(&hunk.removed).filter(|(_, l)| live(l)).map(|(n, _)| n).collect();
        let same = same_lines(&hunk);
        let added = hunk.added.iter().filter(|l| live(l));
        delta.branches += added.clone().map(|l| data::branches(l)).sum::<u32>();
        delta.added += added.count() as u32;
        delta.removed += removed.len() as u32;
        delta.lines += hunk.old_lines + hunk.new_lines;
        delta.cuts.push(Cut {
            at: if hunk.new_lines == 0 { hunk.new_start } else { hunk.new_start.max(1) - 1 },
            removed: hunk.old_lines,
            added: hunk.new_lines,
            live: if kind.is_source() { removed } else { Vec::new() },
            same,
        });
    }
    delta
}

/// Lines that were only indented anew, matched in order.
fn same_lines(hunk: &LoggedHunk) -> Vec<(u32, u32)> {
    if hunk.removed.len() * hunk.added.len() > SAME_PAIRS {
        return Vec::new();
    }
    let bare = |line: &str| -> String { line.split_whitespace().collect() };
    let added: Vec<String> = hunk.added.iter().map(|l| bare(l)).collect();
    let mut from = 0;
    let mut pairs = Vec::new();
    for (n, line) in (0..).zip(&hunk.removed) {
        let line = bare(line);
        if line.is_empty() {
            continue;
        }
        if let Some(found) = added[from..].iter().position(|a| *a == line) {
            pairs.push((n, (from + found) as u32));
            from += found + 1;
        }
    }
    pairs
}

/// Adds the authors of merged branches and the sizes of files, and lets time never run
/// backwards.
fn finish(repo: &Repo, raws: Vec<Raw>, depth: Depth) -> Result<Vec<Delta>, ChangeError> {
    let merged: Vec<&str> = raws.iter().filter_map(|r| r.merged.as_deref()).collect();
    let authors = repo.authors(&merged)?;
    let sizes = if depth == Depth::Lines {
        let blobs: HashSet<&str> =
            raws.iter().flat_map(|r| &r.bases).flatten().map(String::as_str).collect();
        let mut blobs: Vec<&str> = blobs.into_iter().collect();
        blobs.sort_unstable();
        repo.blob_sizes(&blobs)?
    } else {
        HashMap::new()
    };
    let cut: HashSet<String> = repo.cut_commits().into_iter().collect();
    let mut now = i64::MIN;
    Ok(raws
        .into_iter()
        .map(|raw| {
            let mut delta = raw.delta;
            let name = raw.merged.and_then(|id| authors.get(&id)).unwrap_or(&raw.author);
            delta.author = Some(author(name));
            delta.outset = raw.root || cut.contains(&raw.id);
            now = now.max(delta.time);
            delta.time = now;
            for (file, base) in delta.files.iter_mut().zip(&raw.bases) {
                let size = base.as_ref().and_then(|id| sizes.get(id));
                file.size = size.copied().unwrap_or(0);
            }
            delta
        })
        .collect())
}
