//! Reads collections of bugs that are kept as patches: BugsInPy and Defects4J.
//!
//! Each bug is a fix taken back. Neither collection says when a bug was fixed or what
//! fails, so cases have one made-up date and a description that names the issue.

use std::collections::BTreeMap;
use std::path::Path;

use super::{
    Formats, ImportError, LeftOut, NewCase, NewChange, PatchFile, Read, folders, slug, text,
};
use crate::eval::dataset::{Bug, Category, Label, Place, Severity};
use crate::eval::mine::is_idle;
use crate::lang::Languages;

/// Where neither collection tells a time.
const DATE: &str = "2020-01-01T00:00:00Z";

/// Reads a folder of BugsInPy.
///
/// # Errors
/// A folder without `projects/`, and files that cannot be read. A bug whose files lack
/// something is left out.
pub fn bugs_in_py(
    folder: &Path,
    formats: &Formats,
    languages: &Languages,
) -> Result<Read, ImportError> {
    let mut read = Read::default();
    for project in folders(&folder.join("projects"))? {
        let project_name = name(&project);
        let info = project.join("project.info");
        if !info.is_file() {
            read.left_out.push(LeftOut::new(&project_name, "it has no project.info"));
            continue;
        }
        let Some(repository) = assignments(&text(&info)?).remove("github_url") else {
            let what = "`github_url` is missing".to_owned();
            return Err(ImportError::Record { path: info, record: project_name, what });
        };
        for bug in folders(&project.join("bugs"))? {
            let id = slug(&format!("{project_name}-{}", name(&bug)));
            match python_bug(&bug, &id, &repository, languages)? {
                Ok(change) => read.cases.push(case(id, change, "BugsInPy", formats, "python")),
                Err(why) => read.left_out.push(LeftOut::new(id, why)),
            }
        }
    }
    Ok(read)
}

/// What a bug of a collection changes, and where it is.
struct Found {
    change: NewChange,
    places: Vec<Place>,
    /// What it is called where it was reported.
    issue: String,
}

fn python_bug(
    folder: &Path,
    id: &str,
    repository: &str,
    languages: &Languages,
) -> Result<Result<Found, String>, ImportError> {
    let (info, patch) = (folder.join("bug.info"), folder.join("bug_patch.txt"));
    for file in [&info, &patch] {
        if !file.is_file() {
            return Ok(Err(format!("it has no {}", name(file))));
        }
    }
    let mut info = assignments(&text(&info)?);
    let (buggy, fixed) = (info.remove("buggy_commit_id"), info.remove("fixed_commit_id"));
    let Some((head, fix)) = buggy.zip(fixed) else {
        return Ok(Err("bug.info lacks `buggy_commit_id` or `fixed_commit_id`".to_owned()));
    };
    // The patch leads from the bug to the fix, so its old lines are those of the head.
    let mut places = places(&text(&patch)?, Side::Old);
    places.retain(|p| !languages.is_test_path(&p.file));
    if places.is_empty() {
        return Ok(Err("its patch changes no code".to_owned()));
    }
    let mut files: Vec<String> = places.iter().map(|p| p.file.clone()).collect();
    files.dedup();
    let repository = repository.trim_end_matches('/').to_owned();
    let change = NewChange::Reversed { repository, head, fix, files };
    Ok(Ok(Found { change, places, issue: id.to_owned() }))
}

/// Reads a folder of Defects4J.
///
/// # Errors
/// A folder without `framework/projects/`, a table without the columns of bugs, and files
/// that cannot be read.
pub fn defects4j(folder: &Path, formats: &Formats) -> Result<Read, ImportError> {
    let mut read = Read::default();
    for project in folders(&folder.join("framework/projects"))? {
        let table = project.join("active-bugs.csv");
        let project_name = name(&project);
        if !table.is_file() {
            continue;
        }
        let Some(repository) = formats.defects4j.get(&project_name) else {
            read.left_out.push(LeftOut::new(&project_name, "its repository is not known"));
            continue;
        };
        for row in rows(&table)? {
            let id = slug(&format!("{project_name}-{}", row.bug));
            let patch = project.join("patches").join(format!("{}.src.patch", row.bug));
            if !patch.is_file() {
                read.left_out.push(LeftOut::new(id, format!("it has no {}", name(&patch))));
                continue;
            }
            let text = text(&patch)?;
            // The patch leads from the fix to the bug, so its new lines are the head's.
            let places = places(&text, Side::New);
            if places.is_empty() {
                read.left_out.push(LeftOut::new(id, "its patch changes no code"));
                continue;
            }
            let patch = PatchFile { name: format!("{id}.patch"), text };
            let repository = formats.url(repository);
            let change = NewChange::Patch { repository, base: row.fixed, patch };
            let found = Found { change, places, issue: row.issue };
            read.cases.push(case(id, found, "Defects4J", formats, "java"));
        }
    }
    Ok(read)
}

/// A row of a table of bugs.
struct Row {
    bug: String,
    fixed: String,
    issue: String,
}

/// The rows of a table; columns are found by the words of their names.
fn rows(table: &Path) -> Result<Vec<Row>, ImportError> {
    let text = text(table)?;
    let wrong =
        |record: String, what: String| ImportError::Record { path: table.to_owned(), record, what };
    let mut lines = text.lines().enumerate();
    let head = lines.next().map_or("", |(_, line)| line);
    // `bug.id` and `BugID`, `revision.id.fixed` and `FixedCommit`.
    let plain = |name: &str| name.to_lowercase().replace(['.', '_'], "");
    let names: Vec<String> = head.split(',').map(|n| plain(n.trim())).collect();
    let column = |any: [&str; 2]| {
        names
            .iter()
            .position(|n| any.contains(&n.as_str()))
            .ok_or_else(|| wrong("line 1".to_owned(), format!("there is no column `{}`", any[0])))
    };
    let bug = column(["bugid", "id"])?;
    let fixed = column(["revisionidfixed", "fixedcommit"])?;
    let issue = column(["reportid", "issueid"])?;
    let mut rows = Vec::new();
    for (n, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let field = |at: usize| {
            let missing =
                || wrong(format!("line {}", n + 1), format!("it has no column {}", at + 1));
            fields.get(at).map(|f| (*f).to_owned()).ok_or_else(missing)
        };
        rows.push(Row { bug: field(bug)?, fixed: field(fixed)?, issue: field(issue)? });
    }
    Ok(rows)
}

fn case(id: String, found: Found, of: &str, formats: &Formats, language: &str) -> NewCase {
    let mut names: Vec<String> = found.places.iter().map(|p| name(Path::new(&p.file))).collect();
    names.dedup();
    let names = names.join(", ");
    let category = Category::WrongResult;
    let bug = Bug {
        kind: None,
        category,
        severity: formats.severity(None, category).unwrap_or(Severity::Medium),
        description: format!(
            "A test of {names} fails with this version and passes with the fix ({of} {}).",
            found.issue
        ),
        error_type: None,
        files: None,
        locations: found.places,
    };
    NewCase {
        title: format!("Update {names}"),
        language: formats.language(language),
        label: Label::Bug,
        why: format!(
            "{of} {id}: a test shows the bug and its fix, which is taken back; what fails is not \
             written down, so that lines alone can decide"
        ),
        date: DATE.to_owned(),
        message: None,
        description: None,
        tags: vec![slug(of), "reversed".to_owned()],
        change: found.change,
        sentry: None,
        rejects: Vec::new(),
        bugs: vec![bug],
        id,
    }
}

/// `NAME="VALUE"` lines.
fn assignments(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let value = value.trim().trim_matches('"').trim().to_owned();
        Some((name.trim().to_owned(), value)).filter(|(_, value)| !value.is_empty())
    };
    text.lines().filter_map(pair).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// Which version of a patch has the bug.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

/// Where the bug is by a unified diff: the lines of its version that the other one lacks,
/// or the line behind code that only the other one has. Sorted by file and line.
fn places(diff: &str, side: Side) -> Vec<Place> {
    let (own, other, header) = match side {
        Side::Old => ('-', '+', "--- "),
        Side::New => ('+', '-', "+++ "),
    };
    let mut lines: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut file = None;
    let mut at = 0;
    // Lines that the hunk still has, on either side.
    let mut left = (0_u32, 0_u32);
    let mut missing_at = None;
    for row in diff.lines() {
        if left == (0, 0) {
            if let Some(path) = row.strip_prefix(header) {
                let path = path.split('\t').next().unwrap_or(path);
                file = path.split_once('/').map(|(_, path)| path.to_owned());
                file = file.filter(|_| path != "/dev/null");
            } else if let Some((old, new)) = hunk(row) {
                at = if side == Side::Old { old.0 } else { new.0 };
                left = (old.1, new.1);
                missing_at = None;
            }
            continue;
        }
        let (sign, text) = (row.chars().next().unwrap_or(' '), row.get(1..).unwrap_or_default());
        match sign {
            '-' => left.0 = left.0.saturating_sub(1),
            '+' => left.1 = left.1.saturating_sub(1),
            '\\' => continue,
            _ => left = (left.0.saturating_sub(1), left.1.saturating_sub(1)),
        }
        let Some(file) = &file else { continue };
        let mut add = |n: u32| {
            let known = lines.entry(file.clone()).or_default();
            if known.last() != Some(&n) {
                known.push(n);
            }
        };
        if sign == own {
            if !is_idle(text) {
                add(at);
            }
            // What stands in place of the other's code was added just now.
            missing_at = None;
            at += 1;
        } else if sign == other {
            let replaces = at > 0 && lines.get(file).is_some_and(|l| l.last() == Some(&(at - 1)));
            if !is_idle(text) && !replaces {
                missing_at = Some(at);
            }
        } else {
            if let Some(n) = missing_at.take() {
                add(n);
            }
            at += 1;
        }
    }
    let places = lines.into_iter().flat_map(|(file, mut numbers)| {
        numbers.sort_unstable();
        numbers.dedup();
        crate::eval::mine::ranges(&file, numbers)
    });
    places.collect()
}

/// Start and length of both sides of `@@ -A,B +C,D @@`.
fn hunk(row: &str) -> Option<((u32, u32), (u32, u32))> {
    let (old, new) = row.strip_prefix("@@ -")?.split_once(" @@")?.0.split_once(" +")?;
    let side = |text: &str| {
        let (start, length) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, length.parse().ok()?))
    };
    Some((side(old)?, side(new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "diff --git a/x/a.py b/x/a.py\n--- a/x/a.py\n+++ b/x/a.py\n\
                        @@ -3,4 +3,5 @@ def f():\n one\n-two\n+two or 0\n three\n+guard()\n four\n\
                        @@ -20,2 +21,2 @@\n-# note\n+# other note\n last\n";

    fn shown(side: Side) -> Vec<String> {
        let show = |p: &Place| format!("{}:{}-{}", p.file, p.start, p.end);
        places(DIFF, side).iter().map(show).collect()
    }

    #[test]
    fn places_are_lines_of_the_version_with_the_bug() {
        // Line 4 is replaced; in the old version the guard is missing before line 6.
        assert_eq!(shown(Side::Old), ["x/a.py:4-4", "x/a.py:6-6"]);
        assert_eq!(shown(Side::New), ["x/a.py:4-4", "x/a.py:6-6"]);
        assert!(places("no diff", Side::Old).is_empty());
    }

    #[test]
    fn assignments_are_read_without_quotes() {
        let read = assignments("a=\"1\"\nb = 2\nempty=\"\"\nnone\n");
        assert_eq!(read.len(), 2);
        assert_eq!((read["a"].as_str(), read["b"].as_str()), ("1", "2"));
    }
}
