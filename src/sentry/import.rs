//! The way of an export into the cache: walk, split, parse, recognise, scrub,
//! convert, write. One bad record or file costs only itself, and of a file that
//! was cut off nothing is taken.

mod check;
mod piece;
mod take;
mod tell;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

use super::archive::walk;
use super::json::Object;
use super::record::{Note, Rank, Record};
use super::scrub::Scrubber;
use super::shape::{self, Shape, recognise};
use super::write::{Writer, Written};
use super::{
    ImportOptions, ImportReport, Progress, SentryError, api, bugsink, json, seer, source, stored,
    when,
};
use crate::store::Store;
use check::{Sums, beside, check};
use take::Take;

/// Notes told one by one; an archive of other things must not fill a screen.
const NOTES: usize = 100;
/// Records between two looks at how far it has come.
const STEP: usize = 64;
/// The reading of a file, after at most two, in which records are taken; half of the time.
const TAKING: u64 = 2;
const NO_STACK: &str = "events without entries, so without a stack trace (export with `full=1`)";
const FUTURE: &str =
    "records with a time more than a day from now, which was ignored (a clock was wrong)";
const TEXT_ONLY: &str = "issues of a text, without stack traces";

/// Imports files and folders; see [`super::SentryCache::import`].
pub(super) fn import(
    store: &Store,
    paths: &[PathBuf],
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport, SentryError> {
    let mut files = Vec::new();
    for path in paths {
        let found =
            source::list(path).map_err(|(path, source)| SentryError::Io { path, source })?;
        let folder = path.is_dir();
        files.extend(found.into_iter().map(|file| (file, folder)));
    }
    let mut scrubber = Scrubber::new(&options.scrub_keys, &options.scrub_values)?;
    let named: Vec<String> =
        paths.iter().map(|path| scrubber.line(&path.display().to_string())).collect();
    scrubber.counts.clear();
    let sizes: Vec<u64> = files.iter().map(|(f, _)| f.metadata().map_or(0, |m| m.len())).collect();
    let mut run = Run {
        writer: Writer::new(store, options.now, named.join("\n"))?,
        scrubber,
        options,
        report: ImportReport::default(),
        progress,
        at: Progress { all_bytes: sizes.iter().sum(), ..Progress::default() },
        size: 0,
        beside: BTreeMap::new(),
        records: 0,
        recognised: false,
        bundle: false,
        in_part: BTreeMap::new(),
        more_notes: 0,
    };
    let mut strange = Vec::new();
    for ((file, in_folder), size) in files.iter().zip(sizes) {
        run.size = size;
        run.file(file, *in_folder, &mut strange)?;
        run.at.bytes += size;
        run.size = 0;
        run.tell_of(TAKING, 0);
    }
    run.finish(strange, paths)
}

struct Run<'a> {
    writer: Writer<'a>,
    scrubber: Scrubber,
    options: &'a ImportOptions,
    report: ImportReport,
    progress: &'a mut dyn FnMut(Progress),
    at: Progress,
    /// Bytes of the current file.
    size: u64,
    /// The sums of the manifests in the folders that were met.
    beside: BTreeMap<PathBuf, Sums>,
    records: usize,
    /// Whether any record of any file was Sentry's.
    recognised: bool,
    /// Whether the current file is a bundle of `sentry export`.
    bundle: bool,
    /// Records of the current member that are left out or taken in part, by kind.
    in_part: BTreeMap<&'static str, InPart>,
    more_notes: usize,
}

/// How often something was left out or taken in part.
#[derive(Debug, Default)]
struct InPart {
    count: usize,
    /// The line of the first, where one would look for it.
    line: Option<u64>,
}

impl Run<'_> {
    fn file(
        &mut self,
        path: &Path,
        in_folder: bool,
        strange: &mut Vec<SentryError>,
    ) -> Result<(), SentryError> {
        let sum = if in_folder { self.sum(path) } else { None };
        let verdict = check(path, sum.as_deref(), &mut |pass, read| self.tell_of(pass, read));
        let read = Rc::new(Cell::new(0));
        let mut take = Take::new(self, path, in_folder, verdict, read.clone(), strange);
        walk(path, &read, &mut take)?;
        take.finish();
        Ok(())
    }

    /// What a manifest beside a file says of it, and of a manifest what is missing.
    fn sum(&mut self, path: &Path) -> Option<String> {
        let folder = path.parent()?;
        if !self.beside.contains_key(folder) {
            let sums = beside(folder);
            let paths = sums.keys().map(|name| folder.join(name)).filter(|path| !path.is_file());
            let missing = paths.map(|path| format!("{}: {}", path.display(), take::MISSING));
            self.report.problems.extend(missing);
            self.beside.insert(folder.to_owned(), sums);
        }
        let name = path.file_name()?.to_str()?;
        self.beside.get(folder)?.get(name).cloned()
    }

    fn finish(
        mut self,
        strange: Vec<SentryError>,
        paths: &[PathBuf],
    ) -> Result<ImportReport, SentryError> {
        self.flush()?;
        self.tell_of(TAKING, 0);
        if self.more_notes > 0 {
            self.report.notes.push(format!("{} more of these", self.more_notes));
        }
        self.report.notes.extend(self.writer.contradictions());
        self.report.scrubbed = std::mem::take(&mut self.scrubber.counts);
        if self.recognised {
            self.report.problems.extend(strange.iter().map(|error| match error {
                SentryError::Foreign { hint, .. } => format!("{error}: {hint}"),
                other => other.to_string(),
            }));
        } else if let Some(error) = strange.into_iter().next() {
            return Err(error);
        } else if let (true, Some(path)) = (self.report.problems.is_empty(), paths.first()) {
            return Err(SentryError::Nothing(path.clone()));
        }
        // Paths name people; those who see the cache need not know them.
        let mut kept = self.report.clone();
        for line in kept.problems.iter_mut().chain(&mut kept.notes) {
            *line = self.scrubber.line(line);
        }
        self.writer.finish(&kept)?;
        Ok(self.report)
    }

    fn note(&mut self, note: String) {
        if self.report.notes.len() < NOTES {
            self.report.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }

    /// Tells how far it has come: in which reading of the current file, from 0, and how many
    /// bytes of it were read. Each of the first two counts for a quarter.
    fn tell_of(&mut self, pass: u64, read: u64) {
        let (before, width) = if pass < TAKING { (pass, 1) } else { (TAKING, 2) };
        let done = (before * self.size + width * read.min(self.size)) / 4;
        (self.progress)(Progress {
            bytes: self.at.bytes + done,
            issues: self.report.issues,
            events: self.report.events,
            ..self.at
        });
    }

    /// Takes one record; false if it is not Sentry's.
    fn record(
        &mut self,
        mut raw: Object,
        issue: Option<&str>,
        weight: usize,
        tell: &mut dyn FnMut(&str),
    ) -> Result<bool, SentryError> {
        let form = recognise(&raw);
        match form {
            Shape::Unknown => return Ok(false),
            Shape::Other(what) => {
                self.part(what);
                return Ok(true);
            }
            Shape::Bundle => {
                self.bundle = true;
                return Ok(true);
            }
            Shape::Inside(keys) => {
                let group = json::text(&raw, &["group_id", "issue_id", "issue"])
                    .or_else(|| shape::plugin_issue(&raw, keys));
                let inner = keys.iter().try_fold(Value::Object(raw), |value, key| match value {
                    Value::Object(mut object) => object.shift_remove(*key),
                    _ => None,
                });
                let inner = match inner {
                    Some(Value::String(text)) => json::parse(text.as_bytes()).ok().map(|p| p.0),
                    other => other,
                };
                return match inner {
                    Some(Value::Object(inner)) => {
                        self.record(inner, group.as_deref().or(issue), weight, tell)
                    }
                    _ => Ok(false),
                };
            }
            Shape::Text(key) => {
                let text = json::text(&raw, &[key]).unwrap_or_default();
                return match json::parse(text.as_bytes()) {
                    Ok((Value::Object(inner), _)) => self.record(inner, issue, weight, tell),
                    Ok(_) => Ok(false),
                    Err(error) => {
                        tell(&format!("its `{key}` is not JSON: {error}"));
                        Ok(true)
                    }
                };
            }
            _ => {}
        }
        if when::drop_future(&mut raw, self.options.now) {
            self.part(FUTURE);
        }
        self.scrubber.scrub(&mut raw);
        let record = match form {
            Shape::Issue => return self.issue(&mut raw, weight, tell),
            Shape::ApiEvent => event(api::event(&mut raw, issue, Rank::Api)),
            Shape::SimpleEvent => {
                self.part(NO_STACK);
                event(api::event(&mut raw, issue, Rank::Simple))
            }
            Shape::Stored => event(stored::event(&mut raw, issue, Rank::Stored)),
            Shape::BugsinkIssue => match bugsink::issue(&raw) {
                Some(issue) => Record::Issue(Box::new(issue)),
                None => return Ok(without_id(tell)),
            },
            Shape::Summary => return self.about(seer::summary(&raw), issue, weight, tell),
            Shape::Autofix => return self.about(seer::autofix(&raw), issue, weight, tell),
            Shape::Cause => return self.about(seer::single(&raw), issue, weight, tell),
            Shape::Mapping => match api::mapping(&raw) {
                Some(mapping) => Record::Mapping(mapping),
                None => {
                    tell("a code mapping without its roots");
                    return Ok(true);
                }
            },
            _ => event(stored::event(&mut raw, issue, Rank::Sdk)),
        };
        self.put(record, weight)?;
        Ok(true)
    }

    /// An issue with the events that it carries.
    fn issue(
        &mut self,
        raw: &mut Object,
        weight: usize,
        tell: &mut dyn FnMut(&str),
    ) -> Result<bool, SentryError> {
        let Some(read) = api::issue(raw) else { return Ok(without_id(tell)) };
        let id = read.id.clone();
        self.put(Record::Issue(Box::new(read)), weight)?;
        for mut embedded in api::embedded(raw) {
            let read = match recognise(&embedded) {
                Shape::ApiEvent => api::event(&mut embedded, Some(&id), Rank::Api),
                Shape::SimpleEvent => api::event(&mut embedded, Some(&id), Rank::Simple),
                Shape::Stored | Shape::Sdk => stored::event(&mut embedded, Some(&id), Rank::Stored),
                _ => continue,
            };
            self.put(event(read), weight)?;
        }
        Ok(true)
    }

    /// What a model wrote of an issue.
    fn about(
        &mut self,
        mut note: Note,
        around: Option<&str>,
        weight: usize,
        tell: &mut dyn FnMut(&str),
    ) -> Result<bool, SentryError> {
        if note.summary.is_none() && note.root_cause.is_none() {
            self.part("a run of autofix without a root cause");
            return Ok(true);
        }
        note.issue =
            note.issue.or_else(|| around.map(str::to_owned)).or_else(|| self.options.issue.clone());
        if note.issue.is_none() {
            tell("a root cause or summary that names no issue; say which with `--issue ID`");
            return Ok(true);
        }
        self.put(Record::Note(Box::new(note)), weight)?;
        Ok(true)
    }

    /// An issue of a text.
    fn text(&mut self, mut raw: Object, weight: usize) -> Result<(), SentryError> {
        let named = json::text(&raw, &["id", "shortId"]);
        raw.insert("id".to_owned(), named.map_or(Value::Null, Value::String));
        if when::drop_future(&mut raw, self.options.now) {
            self.part(FUTURE);
        }
        self.scrubber.scrub(&mut raw);
        if let Some(issue) = api::issue(&raw) {
            self.part(TEXT_ONLY);
            self.put(Record::Text(Box::new(issue)), weight)?;
        }
        Ok(())
    }

    fn part(&mut self, what: &'static str) {
        self.in_part.entry(what).or_default().count += 1;
    }

    /// Like [`Self::part`], with the line that it is in.
    fn part_at(&mut self, what: &'static str, line: u64) {
        self.part(what);
        self.in_part.entry(what).or_default().line.get_or_insert(line);
    }

    fn put(&mut self, record: Record, weight: usize) -> Result<(), SentryError> {
        let report = &mut self.report;
        self.writer.put(record, weight, &mut |written| tally(report, written))
    }

    fn flush(&mut self) -> Result<(), SentryError> {
        let report = &mut self.report;
        self.writer.flush(&mut |written| tally(report, written))
    }
}

fn event(read: super::record::EventRecord) -> Record {
    Record::Event(Box::new(read))
}

fn without_id(tell: &mut dyn FnMut(&str)) -> bool {
    tell("an issue without an id");
    true
}

fn tally(report: &mut ImportReport, written: Written) {
    match written {
        Written::Issue => report.issues += 1,
        Written::Event => report.events += 1,
        Written::Note => report.summaries += 1,
        Written::Mapping => report.mappings += 1,
        Written::Unchanged => report.unchanged += 1,
    }
}
