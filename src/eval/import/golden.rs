//! Reads Martian's code review benchmark: pull requests with golden comments, which have
//! a severity and words, and no lines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::request::{self, Address};
use super::{Formats, ImportError, LeftOut, NewCase, NewChange, Read, records, slug, time};
use crate::change::Repo;
use crate::eval::dataset::{Bug, Category, Label};
use crate::eval::prepare::{self, Places};
use crate::lang::Languages;

/// A pull request; fields that are not named here say nothing to us.
#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "pr_title")]
    title: String,
    /// Where the benchmark's tools reviewed it, which may be a copy.
    url: String,
    /// Where it comes from, if that is another place.
    original_url: Option<String>,
    comments: Vec<Comment>,
}

#[derive(Debug, Deserialize)]
struct Comment {
    comment: String,
    severity: String,
}

/// Comments do not say what fails: this stands for all.
const CATEGORY: Category = Category::WrongResult;

/// Reads a file of golden comments, or all `.json` files of a folder. A pull request
/// that no clone has is left out.
///
/// # Errors
/// A file that cannot be read or is not of the form, with the number of the record.
pub fn golden(
    from: &Path,
    formats: &Formats,
    languages: &Languages,
    places: &Places,
) -> Result<Read, ImportError> {
    let mut read = Read::default();
    for path in files(from)? {
        let source = path.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into());
        for (n, record) in records::<Record>(&path)?.into_iter().enumerate() {
            let bugs = bugs(&record, formats).map_err(|what| {
                let record = format!("record {} ({})", n + 1, record.url);
                ImportError::Record { path: path.clone(), record, what }
            })?;
            let name = record.url.clone();
            match case(record, bugs, &slug(&source), languages, places) {
                Ok(case) => read.cases.push(case),
                Err(why) => read.left_out.push(LeftOut::new(name, why)),
            }
        }
    }
    Ok(read)
}

/// The files to read, sorted by name.
fn files(from: &Path) -> Result<Vec<PathBuf>, ImportError> {
    if from.is_file() {
        return Ok(vec![from.to_owned()]);
    }
    let wrong = |source| ImportError::Read { path: from.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(from).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.extension().is_some_and(|e| e == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn bugs(record: &Record, formats: &Formats) -> Result<Vec<Bug>, String> {
    let bug = |comment: &Comment| -> Result<Bug, String> {
        let severity = formats.severity(Some(&comment.severity), CATEGORY);
        Ok(Bug {
            kind: None,
            category: CATEGORY,
            severity: severity
                .ok_or_else(|| format!("the severity `{}` is not known", comment.severity))?,
            description: comment.comment.clone(),
            error_type: None,
            files: Some(Vec::new()),
            locations: Vec::new(),
        })
    };
    record.comments.iter().map(bug).collect()
}

fn case(
    record: Record,
    bugs: Vec<Bug>,
    source: &str,
    languages: &Languages,
    places: &Places,
) -> Result<NewCase, String> {
    let (found, address) = look_up(&record, places)?;
    let Found { repo, base, head } = found;
    let (language, date) = (language(&repo, &base, &head, languages)?, time_of(&repo, &head)?);
    Ok(NewCase {
        id: address.id(),
        title: crate::plain::line(&record.title, 200),
        language,
        label: if bugs.is_empty() { Label::Safe } else { Label::Bug },
        why: format!(
            "Martian's benchmark, {}: {} golden comments, without lines",
            record.url,
            bugs.len()
        ),
        date,
        message: None,
        description: None,
        tags: vec!["golden".to_owned(), source.to_owned()],
        change: NewChange::Commits { repository: address.repository, base, head },
        sentry: None,
        bugs,
        rejects: Vec::new(),
    })
}

struct Found {
    repo: Repo,
    base: String,
    head: String,
}

/// Looks a pull request up where it comes from, then where it was reviewed.
fn look_up(record: &Record, places: &Places) -> Result<(Found, Address), String> {
    let mut reasons: Vec<String> = Vec::new();
    for url in record.original_url.iter().chain([&record.url]) {
        let found = Address::parse(url)
            .ok_or_else(|| format!("{url} is the address of no pull request or commit"))
            .and_then(|address| {
                let repo = prepare::repository(&address.repository, places);
                let repo = repo.map_err(|error| error.to_string())?;
                let (base, head) = request::find(&repo, &address.what)?;
                Ok((Found { repo, base, head }, address))
            });
        match found {
            Ok(found) => return Ok(found),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons.join("; "))
}

fn time_of(repo: &Repo, commit: &str) -> Result<String, String> {
    request::time_of(repo, commit).map(time)
}

/// The language with the most changed lines, or `other`.
fn language(repo: &Repo, base: &str, head: &str, languages: &Languages) -> Result<String, String> {
    let counts = repo
        .line(&["diff", "--numstat", "--no-renames", base, head])
        .map_err(|error| error.to_string())?;
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for line in counts.lines() {
        // "ADDED\tREMOVED\tPATH", with hyphens for binary files.
        let mut parts = line.splitn(3, '\t');
        let mut count = || parts.next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        let lines = count() + count();
        if let Some(language) = parts.next().and_then(|path| languages.of(path, "")) {
            *sums.entry(&language.name).or_default() += lines;
        }
    }
    let most = sums.into_iter().max_by_key(|(name, n)| (*n, std::cmp::Reverse(*name)));
    Ok(most.map_or_else(|| "other".to_owned(), |(name, _)| name.to_owned()))
}
