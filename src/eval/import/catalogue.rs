//! Reads a catalogue: a JSON object a line, each a change of a public repository.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{Formats, ImportError, LeftOut, NewCase, NewChange, Read, midnight, slug};
use crate::eval::dataset::{Bug, Label, Place};

/// A line of the catalogue; fields that are not named here say nothing to us.
#[derive(Debug, Deserialize)]
struct Record {
    id: String,
    /// `OWNER/NAME`, or a path or URL of a repository.
    repo: String,
    language: String,
    label: Label,
    kind: String,
    base_commit: Option<String>,
    head_commit: String,
    fix_commit: Option<String>,
    date: String,
    subject: Option<String>,
    fix_subject: Option<String>,
    #[serde(default)]
    files_changed: Vec<String>,
    #[serde(default)]
    bugs: Vec<RecordBug>,
    source: String,
    evidence: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct RecordBug {
    description: String,
    error_type: Option<String>,
    category: String,
    severity: Option<String>,
    locations: Vec<RecordPlace>,
}

#[derive(Debug, Deserialize)]
struct RecordPlace {
    file: String,
    line_start: u32,
    line_end: u32,
}

/// The kind of a fix that is taken back.
const REVERSED: &str = "reversed";

/// Reads a catalogue file.
///
/// # Errors
/// A line that is no record of the form, with its number, and a word of a category or
/// severity that has no meaning here.
pub fn catalogue(file: &Path, formats: &Formats) -> Result<Read, ImportError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| ImportError::Read { path: file.to_owned(), source })?;
    let mut read = Read::default();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |record: String, what: String| ImportError::Record {
            path: file.to_owned(),
            record,
            what,
        };
        let record: Record = serde_json::from_str(line)
            .map_err(|error| wrong(format!("line {}", n + 1), error.to_string()))?;
        let name = format!("line {} ({})", n + 1, crate::plain::line(&record.id, 60));
        let case = case(record, formats, &mut read.left_out).map_err(|what| wrong(name, what))?;
        read.cases.extend(case);
    }
    Ok(read)
}

/// A record as a case; `None` where it says nothing of use.
fn case(
    record: Record,
    formats: &Formats,
    left_out: &mut Vec<LeftOut>,
) -> Result<Option<NewCase>, String> {
    let repository = match record.repo.contains(':') || Path::new(&record.repo).is_absolute() {
        true => record.repo.clone(),
        false => formats.url(&record.repo),
    };
    let missing = |field: &str| format!("`{field}` is missing, which a {} case needs", record.kind);
    let reversed = record.kind == REVERSED;
    let change = if reversed {
        if record.files_changed.is_empty() {
            return Err(missing("files_changed"));
        }
        let fix = record.fix_commit.clone().ok_or_else(|| missing("fix_commit"))?;
        let (head, files) = (record.head_commit.clone(), record.files_changed.clone());
        NewChange::Reversed { repository, head, fix, files }
    } else {
        let base = record.base_commit.clone().ok_or_else(|| missing("base_commit"))?;
        NewChange::Commits { repository, base, head: record.head_commit.clone() }
    };
    let mut bugs = Vec::new();
    for bug in record.bugs.iter().map(|b| bug(b, formats)) {
        let bug = bug?;
        // What lies nowhere can be found nowhere.
        if bug.locations.is_empty() {
            left_out.push(LeftOut::new(&record.id, format!("no line: {}", bug.description)));
        } else {
            bugs.push(bug);
        }
    }
    if record.label == Label::Bug && bugs.is_empty() {
        left_out.push(LeftOut::new(&record.id, "no bug of it has a line"));
        return Ok(None);
    }
    // The original words of a fix would give away what a reversed one brings in.
    let names: Vec<&str> =
        record.files_changed.iter().filter_map(|f| f.rsplit('/').next()).collect();
    let subject = record.subject.clone().filter(|s| !reversed && !s.trim().is_empty());
    let title = subject.unwrap_or_else(|| format!("Update {}", names.join(", ")));
    let source = record.source.split(['(', ',', ':']).next().unwrap_or_default();
    Ok(Some(NewCase {
        title,
        language: formats.language(&record.language),
        label: record.label,
        why: why(&record),
        date: midnight(&record.date),
        message: None,
        description: None,
        tags: vec![slug(&record.kind), slug(source)],
        change,
        sentry: None,
        rejects: Vec::new(),
        bugs,
        id: record.id,
    }))
}

fn bug(bug: &RecordBug, formats: &Formats) -> Result<Bug, String> {
    let category = formats
        .category(&bug.category)
        .ok_or_else(|| format!("the category `{}` is not known", bug.category))?;
    let severity = formats.severity(bug.severity.as_deref(), category).ok_or_else(|| {
        format!("the severity `{}` is not known", bug.severity.as_deref().unwrap_or("none"))
    })?;
    let place = |p: &RecordPlace| {
        let (file, start, end) = (p.file.clone(), p.line_start, p.line_end);
        Place { file, start, end }
    };
    Ok(Bug {
        kind: None,
        category,
        severity,
        description: bug.description.clone(),
        error_type: bug.error_type.clone(),
        files: None,
        locations: bug.locations.iter().map(place).collect(),
    })
}

/// How the label was got, by the catalogue's own words.
fn why(record: &Record) -> String {
    let mut parts = vec![record.source.clone()];
    if let Some(fix) = &record.fix_commit {
        let subject = record.fix_subject.as_deref().unwrap_or("no subject");
        parts.push(format!("fixed by {} ({subject})", fix.get(..12).unwrap_or(fix)));
    }
    if let Some(Value::Object(evidence)) = &record.evidence {
        parts.extend(evidence.iter().map(|(key, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {value}", key.replace('_', " "))
        }));
    }
    crate::plain::line(&parts.join("; "), 600)
}
