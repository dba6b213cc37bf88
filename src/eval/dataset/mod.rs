//! Datasets: folders of cases with the bugs that a good review would find.
//!
//! `docs/evaluation.md` describes the form. Reading is strict, and tells all
//! faults of a dataset at once.

mod case;
mod fields;
mod tree;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use case::is_id;
pub use fields::Fault;
pub use tree::Files;

use fields::Fields;

/// A dataset without faults.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub folder: PathBuf,
    pub name: String,
    pub title: String,
    pub license: String,
    /// Sorted by id.
    pub cases: Vec<Case>,
    /// Hash of all cases: 16 hexadecimal digits.
    pub hash: String,
}

/// A case: a change, and what is known of it.
#[derive(Debug, Clone)]
pub struct Case {
    pub facts: Facts,
    /// The change's time in seconds since the epoch.
    pub date: i64,
    pub message: String,
    pub description: String,
    pub change: Form,
    pub sentry: Option<Sentry>,
    /// Hash of what a review sees of the case: 16 hexadecimal digits.
    pub hash: String,
}

/// What a run keeps of a case, so that it can be scored without the dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub id: String,
    pub title: String,
    pub language: String,
    pub label: Label,
    pub half: Option<Half>,
    pub why: String,
    pub tags: Vec<String>,
    pub bugs: Vec<Bug>,
    /// What somebody said of the change and others found to be wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
}

/// A remark that a good review does not make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reject {
    pub description: String,
    /// Lines of the head.
    pub locations: Vec<Place>,
}

/// Whether the change brings a bug in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    Bug,
    Safe,
}

/// What a case may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Half {
    /// Rules, prompts and thresholds may be chosen by it.
    Tuning,
    /// It measures only; nothing is ever chosen by it.
    HeldOut,
}

impl Half {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::HeldOut => "held-out",
        }
    }
}

/// A bug that a good review would find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bug {
    /// A name of `prompts/guidelines/` or `src/eval/kinds.toml`; `None` where
    /// nobody named it.
    pub kind: Option<String>,
    pub category: Category,
    pub severity: Severity,
    pub description: String,
    pub error_type: Option<String>,
    /// Where nobody said in which lines it is: the files of the head in one of which it
    /// is; an empty list is any file of the change. `None` where the lines are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    /// Any one of them is a hit; lines of the head. Empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Place>,
}

impl Bug {
    /// Whether its lines are known.
    pub fn has_lines(&self) -> bool {
        self.files.is_none()
    }

    /// Whether it counts: remarks on style and tests are no bugs.
    pub fn counts(&self) -> bool {
        !matches!(self.category, Category::Style | Category::Test)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Crash,
    DataLoss,
    Security,
    WrongResult,
    Degraded,
    Performance,
    Style,
    Test,
}

impl Category {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::DataLoss => "data_loss",
            Self::Security => "security",
            Self::WrongResult => "wrong_result",
            Self::Degraded => "degraded",
            Self::Performance => "performance",
            Self::Style => "style",
            Self::Test => "test",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
}

impl Severity {
    /// Its weight in the severity-weighted recall: each step doubles.
    pub fn weight(self) -> f64 {
        match self {
            Self::Critical => 8.0,
            Self::High => 4.0,
            Self::Medium => 2.0,
            Self::Low => 1.0,
        }
    }
}

/// Lines of a file at the head, 1-based and inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub file: String,
    pub start: u32,
    pub end: u32,
}

/// Where the two versions of a change come from.
#[derive(Debug, Clone)]
pub enum Form {
    /// Two folders, the second laid over the first.
    Folders { base: Files, head: Files, removed: Vec<String> },
    /// Two commits of a repository.
    Commits { repository: String, base: String, head: String },
    /// A fix taken back: the head is a commit, the base is the same with the fix's
    /// versions of some files.
    Reversed { repository: String, head: String, fix: String, files: Vec<String> },
    /// A patch on a commit of a repository.
    Patch { repository: String, base: String, patch: PathBuf },
}

/// The production history of a case.
#[derive(Debug, Clone)]
pub enum Sentry {
    /// A folder that `forewarn sentry import` takes; cut at the case's date.
    Export(PathBuf),
    /// A file of `forewarn sentry snapshot`, taken as it is.
    Snapshot(PathBuf),
}

/// Names that cases may use.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub kinds: BTreeSet<String>,
    pub languages: BTreeSet<String>,
}

/// Why a dataset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{} is no dataset: it has no folder `cases`", .0.display())]
    NotADataset(PathBuf),
    #[error("{} has {} {}:\n{}", folder.display(), faults.len(),
        if faults.len() == 1 { "fault" } else { "faults" }, list(faults))]
    Faulty { folder: PathBuf, faults: Vec<Fault> },
    #[error("could not read {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads a dataset and checks all of it: fields, names, files, and that the bugs'
/// lines exist where the head lies in the dataset.
pub fn load(folder: &Path, names: &Names) -> Result<Dataset, DatasetError> {
    let cases_folder = folder.join("cases");
    if !cases_folder.is_dir() {
        return Err(DatasetError::NotADataset(folder.to_owned()));
    }
    let mut faults = Vec::new();
    let (name, title, license) = head(folder, &mut faults);
    let mut cases = Vec::new();
    for (id, file) in case::files(&cases_folder, &mut faults)? {
        let (case, more) = case::read(folder, &id, &file, names);
        faults.extend(more);
        cases.extend(case);
    }
    together(&cases, &mut faults);
    if !faults.is_empty() {
        return Err(DatasetError::Faulty { folder: folder.to_owned(), faults });
    }
    cases.sort_by(|a, b| a.facts.id.cmp(&b.facts.id));
    let mut hasher = blake3::Hasher::new();
    for case in &cases {
        for part in [case.hash.clone(), serde_json::json!(case.facts).to_string()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    let hash = hasher.finalize().to_hex()[..16].to_owned();
    Ok(Dataset { folder: folder.to_owned(), name, title, license, cases, hash })
}

/// Name, title and license of `dataset.toml`.
fn head(folder: &Path, faults: &mut Vec<Fault>) -> (String, String, String) {
    const FILE: &str = "dataset.toml";
    let text = match std::fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text,
        Err(error) => {
            faults.push(Fault {
                file: FILE.to_owned(),
                field: String::new(),
                what: format!("could not be read: {error}"),
                help: "write it with name, title, description, license and version = 1".to_owned(),
            });
            return Default::default();
        }
    };
    let mut fields = match Fields::parse(FILE, &text) {
        Ok(fields) => fields,
        Err(fault) => {
            faults.push(fault);
            return Default::default();
        }
    };
    let name = fields.text("name", "give a short name of letters, digits and hyphens");
    if !name.is_empty() && !case::is_id(&name) {
        fields.fault("name", format!("cannot be `{name}`"), "use a-z, 0-9 and hyphens only");
    }
    let title = fields.text("title", "give a title of a few words");
    fields.text("description", "say what the cases are and where they come from");
    let license = fields.text("license", "name the license of the cases, as SPDX has it");
    if let Some(version) = fields.need::<i64>("version", "this form is `version = 1`")
        && version != 1
    {
        fields.fault("version", format!("{version} is not known"), "this program reads version 1");
    }
    faults.extend(fields.finish());
    (name, title, license)
}

/// What concerns several cases: halves and twins.
fn together(cases: &[Case], faults: &mut Vec<Fault>) {
    let halved = cases.iter().filter(|c| c.facts.half.is_some()).count();
    for case in cases.iter().filter(|c| c.facts.half.is_none() && halved > 0) {
        faults.push(Fault {
            file: format!("cases/{}", case.facts.id),
            field: "half".to_owned(),
            what: "is missing, while other cases have one".to_owned(),
            help: "give every case a half, or none".to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
