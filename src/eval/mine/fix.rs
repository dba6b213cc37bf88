//! Bugs of a history: fixes taken back, and the changes that brought the bugs in.

use std::collections::BTreeMap;

use super::history::{Blamed, Entry, blame};
use super::settings::Sign;
use super::{Miner, day};
use crate::change::{self, ChangeError, ChangedFile, Content, Selection, Status};
use crate::eval::dataset::{Bug, Label, Place};
use crate::eval::import::{NewCase, NewChange, time};

/// A fix that says where its bug is.
pub(super) struct Fix<'a> {
    pub entry: &'a Entry,
    pub sign: &'a Sign,
    /// Source files that it changes, without tests.
    pub files: Vec<String>,
    pub bug: Bug,
    /// Lines that the fix removed or altered, at its parent; empty if it only adds.
    removed: Vec<Place>,
    language: String,
}

/// What a fix shows, or why it shows nothing.
pub(super) fn read<'a>(
    miner: &Miner<'_>,
    entry: &'a Entry,
    sign: &'a Sign,
) -> Result<Result<Fix<'a>, String>, ChangeError> {
    let limits = &miner.settings.fix;
    if miner.sources(&entry.files).count() > limits.files {
        return Ok(Err(format!("it changes more than {} source files", limits.files)));
    }
    // Seen backwards: what it adds is the bug, in lines of the bug's version.
    let back = Selection::Range(format!("{}..{}", entry.id, entry.parent));
    let change = change::collect(miner.repo, &back, miner.settings.limit.file_bytes)?;
    let sources: Vec<&ChangedFile> =
        change.files.iter().filter(|f| miner.is_source(&f.path)).collect();
    let whole = |f: &&&ChangedFile| f.status == Status::Modified && f.content == Content::Text;
    if sources.is_empty() || sources.iter().filter(whole).count() < sources.len() {
        return Ok(Err("it adds, removes or renames a source file".to_owned()));
    }
    let hunks: usize = sources.iter().map(|f| f.hunks.len()).sum();
    let lines: usize =
        sources.iter().map(|f| f.added_lines().count() + f.removed_lines().count()).sum();
    if hunks > limits.hunks || lines > limits.lines {
        return Ok(Err(format!("it changes {lines} lines in {hunks} hunks")));
    }
    let (mut places, mut removed) = (Vec::new(), Vec::new());
    for file in &sources {
        let idle = |text: &str| miner.settings.is_idle(text);
        let own: Vec<u32> = file.added_lines().filter(|(_, t)| !idle(t)).map(|(n, _)| n).collect();
        removed.extend(ranges(&file.path, own.iter().copied()));
        for hunk in &file.hunks {
            let within = |n: &u32| (hunk.new_start..hunk.new_start + hunk.new_lines).contains(n);
            let adds = file.removed_lines().any(|(n, t)| {
                !idle(t) && (hunk.old_start..hunk.old_start + hunk.old_lines).contains(&n)
            });
            let mut here: Vec<u32> = own.iter().copied().filter(within).collect();
            // The fix only added code here: the bug is where that code was missing.
            if here.is_empty() && adds {
                here = file.touched_lines().into_iter().filter(within).collect();
            }
            places.extend(ranges(&file.path, here));
        }
    }
    if places.is_empty() {
        return Ok(Err("it changes no line of code".to_owned()));
    }
    if places.len() > limits.locations {
        return Ok(Err(format!("it changes {} places", places.len())));
    }
    let paths: Vec<String> = sources.iter().map(|f| f.path.clone()).collect();
    let bug = Bug {
        kind: None,
        category: sign.category,
        severity: sign.severity,
        description: description(entry, limits.description),
        error_type: None,
        files: None,
        locations: places,
    };
    let language = miner.language(&paths);
    Ok(Ok(Fix { entry, sign, files: paths, bug, removed, language }))
}

/// Consecutive lines as ranges.
pub(in crate::eval) fn ranges(file: &str, lines: impl IntoIterator<Item = u32>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for n in lines {
        match places.last_mut().filter(|p| p.end + 1 == n) {
            Some(place) => place.end = n,
            None => places.push(Place { file: file.to_owned(), start: n, end: n }),
        }
    }
    places
}

/// What the fix's message says was wrong: the subject and the first paragraph.
fn description(entry: &Entry, width: usize) -> String {
    let paragraph = entry.body.split("\n\n").next().unwrap_or_default();
    let is_trailer = |line: &str| {
        let name = line.split(':').next().unwrap_or_default();
        line.contains(':') && !name.is_empty() && name.ends_with("-by")
    };
    let lines: Vec<&str> = paragraph.lines().filter(|l| !is_trailer(l.trim())).collect();
    let text = format!("Fixed later by \"{}\". {}", entry.subject, lines.join(" "));
    crate::plain::line(text.trim(), width)
}

impl Fix<'_> {
    /// The fix taken back.
    pub fn reversed(&self, miner: &Miner<'_>) -> NewCase {
        let names: Vec<&str> = self.files.iter().filter_map(|f| f.rsplit('/').next()).collect();
        let entry = self.entry;
        NewCase {
            id: format!("fix-{}", short(&entry.id)),
            // The fix's own words would give the bug away.
            title: format!("Update {}", names.join(", ")),
            language: self.language.clone(),
            label: Label::Bug,
            why: format!(
                "{}; the fix is taken back, and the lines are those that it replaced or stands \
                 at. {}",
                self.source(),
                miner.settings.doubt.reversed
            ),
            date: time(entry.time),
            message: None,
            description: None,
            tags: self.tags("reversed"),
            change: NewChange::Reversed {
                repository: miner.repository.clone(),
                head: entry.parent.clone(),
                fix: entry.id.clone(),
                files: self.files.clone(),
            },
            sentry: miner.sentry(),
            rejects: Vec::new(),
            bugs: vec![self.bug.clone()],
        }
    }

    fn source(&self) -> String {
        let Entry { id, subject, time, .. } = self.entry;
        let said = &self.sign.name;
        format!("{} of {} ({subject}) {said}", short(id), day(*time))
    }

    fn tags(&self, kind: &str) -> Vec<String> {
        vec!["mined".to_owned(), kind.to_owned(), format!("sure-{}", self.sign.sure)]
    }

    /// The change that most of the fixed lines are from, as a case; or why there is none.
    pub fn inducing(&self, miner: &Miner<'_>) -> Result<Result<NewCase, String>, ChangeError> {
        let mut blamed: BTreeMap<String, Vec<Blamed>> = BTreeMap::new();
        let mut all = 0;
        for Place { file, start, end } in &self.removed {
            for line in blame(miner.repo, &self.entry.parent, file, Some((*start, *end)), None)? {
                all += 1;
                blamed.entry(line.commit.clone()).or_default().push(line);
            }
        }
        let most = blamed.iter().max_by_key(|(id, lines)| (lines.len(), std::cmp::Reverse(*id)));
        let Some((id, lines)) = most else {
            return Ok(Err("it replaces no line that could be blamed".to_owned()));
        };
        let limits = &miner.settings.inducing;
        let share = lines.len() as f64 / f64::from(all);
        if share < limits.share {
            return Ok(Err(format!("its lines are from {} commits", blamed.len())));
        }
        let Some(entry) = miner.history.get(id) else {
            return Ok(Err("its lines are from a merge, or older than what is read".to_owned()));
        };
        if entry.time < miner.since || entry.files.len() > limits.files {
            return Ok(
                Err("the change that its lines are from is too large or too old".to_owned()),
            );
        }
        if let Some(why) = self.is_too_large(miner, entry)? {
            return Ok(Err(why));
        }
        let mut own: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for line in lines {
            own.entry(&line.path).or_default().push(line.line);
        }
        let mut locations = Vec::new();
        for (path, mut numbers) in own {
            numbers.sort_unstable();
            numbers.dedup();
            locations.extend(ranges(path, numbers));
        }
        let paths: Vec<String> = locations.iter().map(|p| p.file.clone()).collect();
        let days = (self.entry.time - entry.time) / 86_400;
        Ok(Ok(NewCase {
            id: format!("inducing-{}", short(id)),
            title: crate::plain::line(&entry.subject, 100),
            language: miner.language(&paths),
            label: Label::Bug,
            why: format!(
                "{}; {} of the {all} lines that it replaced are from this change, {days} days \
                 before. {}",
                self.source(),
                lines.len(),
                miner.settings.doubt.inducing
            ),
            date: time(entry.time),
            message: None,
            description: None,
            tags: self.tags("inducing"),
            change: NewChange::Commits {
                repository: miner.repository.clone(),
                base: entry.parent.clone(),
                head: entry.id.clone(),
            },
            sentry: miner.sentry(),
            rejects: Vec::new(),
            bugs: vec![Bug { locations, ..self.bug.clone() }],
        }))
    }

    fn is_too_large(
        &self,
        miner: &Miner<'_>,
        entry: &Entry,
    ) -> Result<Option<String>, ChangeError> {
        let limit = miner.settings.inducing.lines;
        let added = miner.added(entry)?.values().map(Vec::len).sum::<usize>();
        Ok((added > limit)
            .then(|| format!("the change that its lines are from adds {added} lines")))
    }
}

/// A commit's id as people write it.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
