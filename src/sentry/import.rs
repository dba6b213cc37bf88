//! The way of an export into the cache: open, split, parse, recognise, scrub,
//! convert, write. One bad record or file costs only itself, and of a file that
//! was cut off nothing is taken.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::json::Object;
use super::record::{Rank, Record};
use super::scrub::Scrubber;
use super::shape::{Shape, recognise};
use super::split::{Piece, RECORD_LIMIT, Splitter};
use super::write::{Writer, Written};
use super::{ImportReport, SentryError, api, json, source, stored};
use crate::store::Store;

/// Problems told one by one for each file; the rest is only counted.
const PROBLEMS: usize = 20;

/// Imports files and folders; see [`super::SentryCache::import`].
pub(super) fn import(store: &Store, paths: &[PathBuf]) -> Result<ImportReport, SentryError> {
    let mut files = Vec::new();
    for path in paths {
        let found =
            source::list(path).map_err(|(path, source)| SentryError::Io { path, source })?;
        let folder = path.is_dir();
        files.extend(found.into_iter().map(|file| (file, folder)));
    }
    let mut run = Run {
        writer: Writer::new(store)?,
        scrubber: Scrubber::new(),
        report: ImportReport::default(),
        recognised: false,
        left_out: BTreeMap::new(),
    };
    let mut foreign = Vec::new();
    for (file, in_folder) in &files {
        match run.file(file)? {
            Content::Sentry => run.report.files += 1,
            Content::Json | Content::Other if !in_folder => foreign.push(file.clone()),
            Content::Json => {
                run.report.notes.push(format!("{}: nothing of Sentry's in it", file.display()));
            }
            Content::Other => run.report.notes.push(format!("{}: not JSON", file.display())),
        }
    }
    run.report.scrubbed = run.scrubber.counts;
    if run.recognised {
        let strange = foreign.into_iter().map(|file| SentryError::Nothing(file).to_string());
        run.report.problems.extend(strange);
    } else if let Some(path) = foreign.into_iter().next() {
        return Err(SentryError::Nothing(path));
    } else if let (true, Some(path)) = (run.report.problems.is_empty(), paths.first()) {
        return Err(SentryError::Nothing(path.clone()));
    }
    Ok(run.report)
}

/// What a file turned out to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Sentry,
    /// JSON of something else.
    Json,
    Other,
}

struct Run<'a> {
    writer: Writer<'a>,
    scrubber: Scrubber,
    report: ImportReport,
    /// Whether any record of any file was Sentry's.
    recognised: bool,
    /// Records of the current file that are no failures, by kind.
    left_out: BTreeMap<&'static str, usize>,
}

impl Run<'_> {
    fn file(&mut self, path: &Path) -> Result<Content, SentryError> {
        let reader = match source::open(path) {
            Ok(Some(reader)) => reader,
            Ok(None) => return Ok(Content::Other),
            Err(error) => {
                self.report.problems.push(format!("{}: {}", path.display(), plain(&error)));
                return Ok(Content::Sentry);
            }
        };
        if let Some(cut) = cut_off(path) {
            let what = format!("{}{cut}; nothing of it was imported", path.display());
            self.report.problems.push(what);
            return Ok(Content::Sentry);
        }
        let mut problems = Problems { path, list: Vec::new(), more: 0 };
        let mut sentry = false;
        let mut splitter = Splitter::new(reader, RECORD_LIMIT);
        loop {
            match splitter.next() {
                Ok(None) => break,
                Ok(Some(Piece::Bad { at, reason })) => problems.add(at, reason),
                Ok(Some(Piece::Record { bytes, at })) => match json::parse(&bytes) {
                    Ok((Value::Object(object), replaced)) => {
                        let mut tell = |text: &str| problems.add(at, text);
                        if self.record(object, None, &mut tell)? {
                            sentry = true;
                            if replaced {
                                tell("not UTF-8; read with replacement characters");
                            }
                        }
                    }
                    Ok(_) => {}
                    Err(error) => problems.add(at, &error.to_string()),
                },
                Err(error) => {
                    // For example a compressed stream that was cut in half.
                    problems.list.push(format!("{}: {}", path.display(), plain(&error)));
                    break;
                }
            }
        }
        self.writer.flush(&mut |written| tally(&mut self.report, written))?;
        self.recognised |= sentry;
        for (what, count) in std::mem::take(&mut self.left_out) {
            self.report.notes.push(format!("{}: {what} ({count})", path.display()));
        }
        // Broken JSON may be of Sentry's or not; it is told of if any of it was,
        // or if there is nothing better to say about the file.
        let broken = !problems.list.is_empty();
        if sentry || broken {
            self.report.problems.extend(problems.finish());
        }
        Ok(if sentry || broken { Content::Sentry } else { Content::Json })
    }

    /// Takes one record; false if it is not Sentry's.
    fn record(
        &mut self,
        mut raw: Object,
        issue: Option<&str>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<bool, SentryError> {
        let shape = recognise(&raw);
        match shape {
            Shape::Unknown => return Ok(false),
            Shape::Other(what) => {
                *self.left_out.entry(what).or_default() += 1;
                return Ok(true);
            }
            Shape::Wrapped(key) => {
                let group = ["group_id", "issue_id"].iter().find_map(|k| json::text(&raw, &[k]));
                let inner = match raw.shift_remove("data") {
                    Some(Value::Object(mut data)) if !key.is_empty() => data.shift_remove(key),
                    other => other,
                };
                return match inner {
                    Some(Value::Object(inner)) => {
                        self.record(inner, group.as_deref().or(issue), tell)
                    }
                    _ => Ok(false),
                };
            }
            Shape::Issue | Shape::ApiEvent | Shape::Stored | Shape::Sdk => {}
        }
        self.scrubber.scrub(&mut raw);
        match shape {
            Shape::Issue => {
                let Some(read) = api::issue(&raw) else {
                    tell("an issue without an id");
                    return Ok(true);
                };
                let id = read.id.clone();
                self.put(Record::Issue(Box::new(read)))?;
                for event in api::embedded(&raw) {
                    match recognise(event) {
                        Shape::ApiEvent => {
                            self.put(Record::Event(Box::new(api::event(event, Some(&id)))))?;
                        }
                        Shape::Stored | Shape::Sdk => {
                            let event = stored::event(event, Some(&id), Rank::Stored);
                            self.put(Record::Event(Box::new(event)))?;
                        }
                        _ => {}
                    }
                }
            }
            Shape::ApiEvent => self.put(Record::Event(Box::new(api::event(&raw, issue))))?,
            Shape::Stored => {
                self.put(Record::Event(Box::new(stored::event(&raw, issue, Rank::Stored))))?;
            }
            _ => self.put(Record::Event(Box::new(stored::event(&raw, issue, Rank::Sdk))))?,
        }
        Ok(true)
    }

    fn put(&mut self, record: Record) -> Result<(), SentryError> {
        let report = &mut self.report;
        self.writer.put(record, &mut |written| tally(report, written))
    }
}

fn tally(report: &mut ImportReport, written: Written) {
    match written {
        Written::Issue => report.issues += 1,
        Written::Event => report.events += 1,
        Written::Unchanged => report.unchanged += 1,
    }
}

/// The problems of one file; a file of nothing but garbage must not fill a screen.
struct Problems<'a> {
    path: &'a Path,
    list: Vec<String>,
    more: usize,
}

impl Problems<'_> {
    fn add(&mut self, at: super::split::Position, reason: &str) {
        if self.list.len() < PROBLEMS {
            self.list.push(format!("{}, {at}: {reason}", self.path.display()));
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<String> {
        if self.more > 0 {
            self.list.push(format!("{}: {} more of these", self.path.display(), self.more));
        }
        self.list
    }
}

/// Where a file ends too early, found by reading it once before anything of it
/// is written. What can be read only once, as a pipe, is taken as it comes.
fn cut_off(path: &Path) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    // What cannot be opened is told of by whoever reads it.
    let mut splitter = Splitter::new(source::open(path).ok()??, RECORD_LIMIT);
    loop {
        match splitter.next() {
            Ok(None) => return None,
            Ok(Some(Piece::Bad { at, reason })) if splitter.is_cut() => {
                return Some(format!(", {at}: {reason}"));
            }
            Ok(Some(_)) => {}
            Err(error) => return Some(format!(": {}", plain(&error))),
        }
    }
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed file ends early".to_owned(),
        _ => error.to_string(),
    }
}
