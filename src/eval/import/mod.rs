//! Importers: data of others, written as a dataset of ours.
//!
//! ```text
//! file or folder of others ─▶ cases ─▶ written ─▶ made ready ─▶ what held
//! ```
//!
//! An importer turns records into cases; [`finish`] writes them, reads the dataset
//! back as `eval run` does, and makes every case ready. What does not hold is taken out
//! again and told, so that what is left can be run.

mod aacr;
mod catalogue;
mod format;
mod golden;
mod patches;
mod request;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::dataset::{self, Bug, DatasetError, Label, Names, Reject};
use super::prepare::{self, Places};

pub use aacr::aacr;
pub use catalogue::catalogue;
pub use format::Formats;
pub use golden::golden;
pub use patches::{bugs_in_py, defects4j};

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A record that is not of the form; `record` is a line or an id.
    #[error("{}: {record}: {what}", path.display())]
    Record { path: PathBuf, record: String, what: String },
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("nothing can be imported from {}: {}", path.display(), reasons(left_out))]
    Nothing { path: PathBuf, left_out: Vec<LeftOut> },
    #[error("what was written is no dataset")]
    Dataset(#[from] DatasetError),
    #[error("a case could not be written as TOML")]
    Toml(#[from] toml::ser::Error),
    #[error(transparent)]
    Mine(#[from] super::mine::MineError),
}

/// The first few reasons.
fn reasons(left_out: &[LeftOut]) -> String {
    let shown: Vec<String> = left_out.iter().take(3).map(LeftOut::to_string).collect();
    if shown.is_empty() { "it holds no record".to_owned() } else { shown.join("; ") }
}

/// A record, or a part of one, that is not in the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Id or place of the record.
    pub record: String,
    pub why: String,
}

impl LeftOut {
    pub fn new(record: impl Into<String>, why: impl Into<String>) -> Self {
        Self { record: record.into(), why: why.into() }
    }
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.record, self.why)
    }
}

/// What an importer read.
#[derive(Debug, Default)]
pub struct Read {
    pub cases: Vec<NewCase>,
    pub left_out: Vec<LeftOut>,
}

/// What stands in the dataset now.
#[derive(Debug)]
pub struct Imported {
    /// Ids of the cases with bugs, and of the safe ones.
    pub bugged: Vec<String>,
    pub safe: Vec<String>,
    pub left_out: Vec<LeftOut>,
}

/// The head of a dataset to write.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// `a-z`, `0-9` and `-`.
    pub name: String,
    pub title: String,
    pub description: String,
    /// As SPDX has it.
    pub license: String,
}

/// A case to write. Field names are those of `case.toml`.
#[derive(Debug, Clone, Serialize)]
pub struct NewCase {
    #[serde(skip)]
    pub id: String,
    pub title: String,
    pub language: String,
    pub label: Label,
    /// How the label was got, and how sure it is.
    pub why: String,
    /// RFC 3339.
    pub date: String,
    pub message: Option<String>,
    pub description: Option<String>,
    pub tags: Vec<String>,
    pub change: NewChange,
    pub sentry: Option<NewSentry>,
    #[serde(rename = "bug")]
    pub bugs: Vec<Bug>,
    #[serde(rename = "reject", skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
}

/// Where a change comes from; ids are full.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum NewChange {
    Commits { repository: String, base: String, head: String },
    Reversed { repository: String, head: String, fix: String, files: Vec<String> },
    Patch { repository: String, base: String, patch: PatchFile },
}

/// The text of a patch; the case names the file that it is written to.
#[derive(Debug, Clone)]
pub struct PatchFile {
    /// Name below `patches/` of the dataset.
    pub name: String,
    pub text: String,
}

impl Serialize for PatchFile {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("../patches/{}", self.name))
    }
}

/// An export of production data, from the folder `cases`.
#[derive(Debug, Clone, Serialize)]
pub struct NewSentry {
    pub export: String,
}

/// Reads a text file.
pub(super) fn text(path: &Path) -> Result<String, ImportError> {
    std::fs::read_to_string(path)
        .map_err(|source| ImportError::Read { path: path.to_owned(), source })
}

/// Reads a file that holds a JSON array of records; one that is not of the form is named by
/// its number.
fn records<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, ImportError> {
    let wrong = |record: String, error: serde_json::Error| ImportError::Record {
        path: path.to_owned(),
        record,
        what: error.to_string(),
    };
    let values: Vec<serde_json::Value> =
        serde_json::from_str(&text(path)?).map_err(|error| wrong("the file".to_owned(), error))?;
    let record = |(n, value): (usize, serde_json::Value)| {
        serde_json::from_value(value).map_err(|error| wrong(format!("record {}", n + 1), error))
    };
    values.into_iter().enumerate().map(record).collect()
}

/// The folders below a folder, sorted by name.
fn folders(path: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let wrong = |source| ImportError::Read { path: path.to_owned(), source };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// A date without a time, as a time.
pub(super) fn midnight(date: &str) -> String {
    if date.contains('T') { date.to_owned() } else { format!("{date}T00:00:00Z") }
}

/// Seconds since the epoch as RFC 3339.
pub(super) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// A text as a part of an id or a tag: `a-z`, `0-9`, `-`; at most 60 characters.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

/// Checks that a dataset may be written to a folder: absent or empty.
pub fn check_output(folder: &Path) -> Result<(), ImportError> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(ImportError::NotEmpty(folder.to_owned())),
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ImportError::Read { path: folder.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes cases as a dataset, makes each ready, and takes out those that cannot be.
/// `from` names the source in errors; `tell` gets the number of cases done and of all.
pub fn finish(
    read: Read,
    from: &Path,
    head: &Head,
    places: &Places,
    names: &Names,
    tell: &dyn Fn(usize, usize),
) -> Result<Imported, ImportError> {
    let Read { cases, mut left_out } = read;
    let folder = &places.dataset;
    let written = write(cases, head, folder, &mut left_out)?;
    if written == 0 {
        return Err(ImportError::Nothing { path: from.to_owned(), left_out });
    }
    let loaded = dataset::load(folder, names)?;
    let (mut bugged, mut safe) = (Vec::new(), Vec::new());
    for (n, case) in loaded.cases.iter().enumerate() {
        tell(n, loaded.cases.len());
        let facts = &case.facts;
        match prepare::prepare(case, places) {
            Ok(_) if facts.label == Label::Bug => bugged.push(facts.id.clone()),
            Ok(_) => safe.push(facts.id.clone()),
            Err(error) => {
                let path = case_file(folder, &facts.id);
                std::fs::remove_file(&path)
                    .map_err(|source| ImportError::Write { path, source })?;
                left_out.push(LeftOut::new(&facts.id, error.to_string()));
            }
        }
    }
    if bugged.is_empty() && safe.is_empty() {
        return Err(ImportError::Nothing { path: from.to_owned(), left_out });
    }
    Ok(Imported { bugged, safe, left_out })
}

fn case_file(folder: &Path, id: &str) -> PathBuf {
    folder.join("cases").join(format!("{id}.toml"))
}

/// Writes the files of a dataset; returns how many cases.
fn write(
    cases: Vec<NewCase>,
    head: &Head,
    folder: &Path,
    left_out: &mut Vec<LeftOut>,
) -> Result<usize, ImportError> {
    let put = |path: PathBuf, text: String| {
        std::fs::write(&path, text).map_err(|source| ImportError::Write { path, source })
    };
    let within = folder.join("cases");
    std::fs::create_dir_all(&within)
        .map_err(|source| ImportError::Write { path: within, source })?;
    put(folder.join("dataset.toml"), format!("{}version = 1\n", toml::to_string(head)?))?;
    let mut ids = BTreeSet::new();
    for case in cases {
        if !dataset::is_id(&case.id) {
            left_out.push(LeftOut::new(&case.id, "the id has other characters than a-z, 0-9, -"));
        } else if ids.insert(case.id.clone()) {
            if let NewChange::Patch { patch, .. } = &case.change {
                let patches = folder.join("patches");
                std::fs::create_dir_all(&patches)
                    .map_err(|source| ImportError::Write { path: patches.clone(), source })?;
                put(patches.join(&patch.name), patch.text.clone())?;
            }
            put(case_file(folder, &case.id), toml::to_string(&case)?)?;
        } else {
            left_out.push(LeftOut::new(&case.id, "the id is there twice; the first one stands"));
        }
    }
    Ok(ids.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_parts_of_ids() {
        assert_eq!(slug("  Lang/12: `É`_x "), "lang-12-x");
        assert!(dataset::is_id(&slug(&"ab ".repeat(99))));
        assert_eq!(slug("…"), "");
    }

    #[test]
    fn dates_are_times() {
        assert_eq!(midnight("2025-04-05"), "2025-04-05T00:00:00Z");
        assert_eq!(midnight("2025-04-05T10:00:00Z"), "2025-04-05T10:00:00Z");
        assert_eq!(time(1_700_000_000), "2023-11-14T22:13:20Z");
    }
}
