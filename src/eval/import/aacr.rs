//! Reads AACR-Bench: pull requests with the comments that experts kept, and those that
//! they turned down.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::request::{self, Address};
use super::{Formats, ImportError, LeftOut, NewCase, NewChange, Read, records, time};
use crate::eval::dataset::{Bug, Label, Place, Reject};
use crate::eval::prepare::{self, Places};

/// A pull request; fields that are not named here say nothing to us.
#[derive(Debug, Deserialize)]
struct Record {
    project_main_language: String,
    /// The head.
    source_commit: String,
    /// The branch that it was to go into.
    target_commit: String,
    #[serde(rename = "githubPrUrl")]
    url: String,
    comments: Vec<Comment>,
}

#[derive(Debug, Deserialize)]
struct Comment {
    note: String,
    path: String,
    /// `right` means lines of the head.
    side: String,
    from_line: Option<u32>,
    to_line: Option<u32>,
    category: String,
}

const KEPT: &str = "positive_samples.json";
const TURNED_DOWN: &str = "negative_samples.json";

/// What is known of a pull request.
struct Request {
    record: Record,
    /// What was kept.
    bugs: Vec<Bug>,
    /// What was turned down.
    rejects: Vec<Reject>,
    /// Kept comments that lie on no line of the head.
    unplaced: usize,
}

/// Reads a folder with the kept and the turned down comments; the latter may be absent.
/// What has no clone, or is not in it, is left out.
///
/// # Errors
/// A file that cannot be read or is not of the form, with the number of the record.
pub fn aacr(folder: &Path, formats: &Formats, places: &Places) -> Result<Read, ImportError> {
    let mut read = Read::default();
    let mut requests: BTreeMap<String, Request> = BTreeMap::new();
    for file in [KEPT, TURNED_DOWN] {
        let path = folder.join(file);
        if file == TURNED_DOWN && !path.is_file() {
            read.left_out.push(LeftOut::new(file, "the folder has no such file"));
            continue;
        }
        for (n, mut record) in records::<Record>(&path)?.into_iter().enumerate() {
            let comments = std::mem::take(&mut record.comments);
            let url = record.url.clone();
            let empty = || Request { record, bugs: vec![], rejects: vec![], unplaced: 0 };
            let request = requests.entry(url.clone()).or_insert_with(empty);
            for comment in comments {
                let Some(place) = place(&comment) else {
                    let why = format!("not on lines of the head: {}", comment.note);
                    read.left_out.push(LeftOut::new(&url, why));
                    request.unplaced += usize::from(file == KEPT);
                    continue;
                };
                if file == TURNED_DOWN {
                    let (description, locations) = (comment.note, vec![place]);
                    request.rejects.push(Reject { description, locations });
                } else {
                    let bug = bug(comment, place, formats).map_err(|what| {
                        let record = format!("record {} ({url})", n + 1);
                        ImportError::Record { path: path.clone(), record, what }
                    })?;
                    request.bugs.push(bug);
                }
            }
        }
    }
    for (url, request) in requests {
        match case(&url, request, formats, places, &mut read.left_out) {
            Ok(case) => read.cases.push(case),
            Err(why) => read.left_out.push(LeftOut::new(url, why)),
        }
    }
    Ok(read)
}

/// The lines of a comment; `None` for those of the base, and for a whole file.
fn place(comment: &Comment) -> Option<Place> {
    let (start, end) = (comment.from_line?, comment.to_line?);
    let fits = comment.side == "right" && start > 0 && end >= start;
    fits.then(|| Place { file: comment.path.clone(), start, end })
}

fn bug(comment: Comment, place: Place, formats: &Formats) -> Result<Bug, String> {
    let category = formats
        .category(&comment.category)
        .ok_or_else(|| format!("the category `{}` is not known", comment.category))?;
    let severity = formats.severity(None, category);
    Ok(Bug {
        kind: None,
        category,
        severity: severity.ok_or_else(|| format!("{} has no severity", category.as_str()))?,
        description: comment.note,
        error_type: None,
        files: None,
        locations: vec![place],
    })
}

fn case(
    url: &str,
    request: Request,
    formats: &Formats,
    places: &Places,
    left_out: &mut Vec<LeftOut>,
) -> Result<NewCase, String> {
    let Request { record, mut bugs, mut rejects, mut unplaced } = request;
    let address = Address::parse(url).ok_or("its address is not that of a pull request")?;
    let repo = prepare::repository(&address.repository, places).map_err(|e| e.to_string())?;
    let (base, date) = request::ends(&repo, &record.target_commit, &record.source_commit)?;
    // A line that the head lacks costs the comment, not the whole pull request.
    let head = request::head(&repo, &record.source_commit)?;
    let mut holds = |places: &[Place], words: &str| {
        let place = places.iter().find(|p| !request::has(&head, p));
        if let Some(Place { file, start, end }) = place {
            let why = format!("the head has no {file}:{start}-{end}: {words}");
            left_out.push(LeftOut::new(url, why));
        }
        place.is_none()
    };
    let before = bugs.len();
    bugs.retain(|bug| holds(&bug.locations, &bug.description));
    unplaced += before - bugs.len();
    rejects.retain(|reject| holds(&reject.locations, &reject.description));
    if bugs.is_empty() && unplaced > 0 {
        // Neither bugged nor safe.
        return Err("no comment that was kept lies on lines of the head".to_owned());
    }
    let (kept, turned) = (bugs.len(), rejects.len());
    Ok(NewCase {
        id: address.id(),
        title: format!("Pull request {} of {}", address.what, address.name),
        language: formats.language(&record.project_main_language),
        label: if bugs.is_empty() { Label::Safe } else { Label::Bug },
        why: format!(
            "AACR-Bench {url}: experts kept {kept} comments and turned {turned} down; severities \
             are those of the categories"
        ),
        date: time(date),
        message: None,
        description: None,
        tags: vec!["aacr".to_owned()],
        change: NewChange::Commits {
            repository: address.repository,
            base,
            head: record.source_commit,
        },
        sentry: None,
        bugs,
        rejects,
    })
}
