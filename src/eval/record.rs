//! The folder of a run: `run.json` says what is run, `cases.jsonl` how each case
//! ended, a line each, and `reviews/` holds the reports of the reviews.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EvalError;
use super::dataset::Facts;
use crate::finding::{Finding, Location, Origin, SHORT_WORDS, TITLE_WORDS};
use crate::plain::at_most;
use crate::review::{Dropped, Mode};

/// Version of the forms of this module.
pub const SCHEMA: u32 = 1;
const RUN: &str = "run.json";
const CASES: &str = "cases.jsonl";
/// Folder of what the reviews wrote.
pub const REVIEWS: &str = "reviews";

/// What decides the findings of a program, as `forewarn eval inputs` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    pub version: String,
    /// Commit of the sources, if the build was told it.
    pub commit: Option<String>,
    /// All settings in force.
    pub settings: Value,
    pub llm: Option<LlmInput>,
    /// The embedder's id.
    pub embedder: Option<String>,
    /// Digests of the data files, by name.
    pub data: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LlmInput {
    pub name: String,
    pub digest: String,
    pub judges: bool,
    /// Whether it computes on this machine.
    pub local: bool,
}

/// Sections and settings that alter how fast or in which form a review comes, not
/// what it finds.
const ASIDE: [(&str, &str); 6] = [
    ("report", ""),
    ("hook", ""),
    ("sentry", "snapshot"),
    ("model", "threads"),
    ("index", "max_memory"),
    ("endpoint", "concurrency"),
];

impl Inputs {
    /// Hash of what decides the findings, the same on every machine: 16
    /// hexadecimal digits.
    pub fn key(&self) -> String {
        let mut inputs = self.clone();
        for (section, name) in ASIDE {
            let settings = inputs.settings.as_object_mut();
            match (settings, name) {
                (Some(settings), "") => drop(settings.remove(section)),
                (Some(settings), name) => {
                    let section = settings.get_mut(section).and_then(Value::as_object_mut);
                    drop(section.and_then(|s| s.remove(name)));
                }
                (None, _) => {}
            }
        }
        let text = serde_json::json!(inputs).to_string();
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    pub schema: u32,
    /// Seconds since the epoch, when it was last begun.
    pub started: i64,
    pub dataset: DatasetInfo,
    pub inputs: Inputs,
    /// [`Inputs::key`].
    pub key: String,
    /// Hash of the program's file: builds of one version may differ.
    pub program: String,
    pub limits: Limits,
    /// Reviews at once.
    pub jobs: usize,
    /// The cases of this run, sorted by id.
    pub cases: Vec<Chosen>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetInfo {
    pub name: String,
    pub title: String,
    /// Hash of all its cases, run or not.
    pub hash: String,
}

/// A case that is part of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// Hash of what a review sees of it.
    pub hash: String,
    #[serde(flatten)]
    pub facts: Facts,
}

/// Limits of one case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds after which a review is stopped.
    pub seconds: f64,
    /// Tokens, prompts and replies together; 0 for no limit. Once they are taken no
    /// agent asks the model again.
    pub tokens: usize,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Outcome {
    Reviewed,
    /// It was stopped after this many seconds.
    TimedOut {
        seconds: f64,
    },
    /// It took more tokens than allowed.
    OverTokens {
        limit: usize,
    },
    /// The program crashed.
    Crashed {
        how: String,
    },
    /// The program ended with an error.
    Failed {
        reason: String,
    },
    /// The case could not be made ready, for example for want of its repository.
    Unavailable {
        reason: String,
    },
}

impl Outcome {
    /// Its name in figures and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reviewed => "reviewed",
            Self::TimedOut { .. } => "timed out",
            Self::OverTokens { .. } => "over the token limit",
            Self::Crashed { .. } => "crashed",
            Self::Failed { .. } => "failed",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// Why there is no review; empty if there is one.
    pub fn reason(&self) -> String {
        match self {
            Self::Reviewed => String::new(),
            Self::TimedOut { seconds } => format!("stopped after {seconds} s"),
            Self::OverTokens { limit } => format!("took more than {limit} tokens"),
            Self::Crashed { how } => how.clone(),
            Self::Failed { reason } | Self::Unavailable { reason } => reason.clone(),
        }
    }

    /// Whether a run with these limits may take it for its own.
    fn holds(&self, limits: Limits) -> bool {
        match self {
            Self::Reviewed | Self::Crashed { .. } | Self::Failed { .. } => true,
            Self::TimedOut { seconds } => *seconds >= limits.seconds,
            Self::OverTokens { limit } => limits.tokens > 0 && *limit >= limits.tokens,
            // What is missing may be there now.
            Self::Unavailable { .. } => false,
        }
    }
}

/// A line of `cases.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    pub id: String,
    /// Hash of what the review saw of the case.
    pub hash: String,
    pub outcome: Outcome,
    /// From the start of the program to its end.
    pub seconds: f64,
    pub tokens: Tokens,
    pub mode: Option<Mode>,
    pub findings: Vec<Predicted>,
    /// All hypotheses that did not become findings, as the review's report has them.
    pub dropped: Vec<Dropped>,
}

impl CaseRecord {
    /// A case without a review.
    pub fn without(id: &str, hash: &str, outcome: Outcome, seconds: f64) -> Self {
        Self {
            id: id.to_owned(),
            hash: hash.to_owned(),
            outcome,
            seconds,
            tokens: Tokens::default(),
            mode: None,
            findings: Vec::new(),
            dropped: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub prompt: usize,
    /// Of the prompt's, those taken from the cache.
    pub cached: usize,
    pub completion: usize,
}

impl Tokens {
    /// All that the model read or wrote.
    pub fn all(self) -> usize {
        self.prompt + self.completion
    }
}

/// A finding, with what scoring needs of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    pub id: String,
    pub origin: Origin,
    /// What proposed it within its origin.
    #[serde(default)]
    pub rule: Option<String>,
    pub kind: String,
    pub title: String,
    pub short: String,
    pub location: Location,
    /// Probability of being real before verification; 0 in runs of earlier versions.
    #[serde(default)]
    pub prior: f64,
    pub severity: f64,
    pub confidence: f64,
    /// Sentry issues that it rests on.
    pub issues: usize,
}

impl Predicted {
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id.clone(),
            origin: finding.origin,
            rule: finding.rule.clone(),
            kind: finding.kind.clone(),
            title: finding.title.clone(),
            short: finding.short.clone(),
            location: finding.location.clone(),
            prior: finding.prior,
            severity: finding.severity,
            confidence: finding.confidence,
            issues: finding.issues.len(),
        }
    }

    /// The finding that a dropped hypothesis would have become, without an id. Where it has
    /// no confidence its prior stands for it.
    pub(super) fn of_dropped(dropped: &Dropped) -> Self {
        Self {
            id: String::new(),
            origin: dropped.origin,
            rule: dropped.rule.clone(),
            kind: dropped.kind.clone(),
            title: at_most(&dropped.title, TITLE_WORDS),
            short: at_most(&dropped.mechanism, SHORT_WORDS),
            location: dropped.location.clone(),
            prior: dropped.prior,
            severity: dropped.severity,
            confidence: dropped.confidence.unwrap_or(dropped.prior),
            issues: 0,
        }
    }
}

/// A run as it lies on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub folder: PathBuf,
    pub info: RunInfo,
    /// How the cases of the run ended, by id; those that are missing did not run.
    pub records: BTreeMap<String, CaseRecord>,
}

impl Run {
    /// Reads the folder of a run.
    pub fn load(folder: &Path) -> Result<Self, EvalError> {
        let info = read_info(folder)?.ok_or_else(|| EvalError::NotARun(folder.to_owned()))?;
        let hashes: BTreeMap<&str, &str> =
            info.cases.iter().map(|c| (c.facts.id.as_str(), c.hash.as_str())).collect();
        let mut records = read_records(folder)?;
        records.retain(|id, record| hashes.get(id.as_str()) == Some(&record.hash.as_str()));
        Ok(Self { folder: folder.to_owned(), info, records })
    }

    /// Cases that did not run yet.
    pub fn missing(&self) -> usize {
        self.info.cases.len() - self.records.len()
    }
}

/// `run.json`, if there is one.
pub(super) fn read_info(folder: &Path) -> Result<Option<RunInfo>, EvalError> {
    let path = folder.join(RUN);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(EvalError::Read { path, source }),
    };
    let info = serde_json::from_slice(&bytes)
        .map_err(|source| EvalError::Form { path: path.clone(), source })?;
    Ok(Some(info))
}

fn read_records(folder: &Path) -> Result<BTreeMap<String, CaseRecord>, EvalError> {
    let path = folder.join(CASES);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(EvalError::Read { path, source }),
    };
    let mut records = BTreeMap::new();
    // A last line without an end is one that the run did not get to finish.
    for line in text.split_inclusive('\n').filter(|l| l.ends_with('\n')) {
        let record: CaseRecord = serde_json::from_str(line)
            .map_err(|source| EvalError::Form { path: path.clone(), source })?;
        // A later line is of a later attempt.
        records.insert(record.id.clone(), record);
    }
    Ok(records)
}

/// The folder of a run that is being written; no other process can write it
/// meanwhile.
pub(super) struct Writer {
    cases: std::fs::File,
    path: PathBuf,
    // Held for as long as the writer lives.
    _lock: std::fs::File,
}

impl Writer {
    /// Begins a run or goes on with one; returns what is done of it already.
    pub fn open(
        folder: &Path,
        info: &RunInfo,
        retry: bool,
    ) -> Result<(Self, BTreeMap<String, CaseRecord>), EvalError> {
        let write = |path: &Path| {
            let path = path.to_owned();
            move |source| EvalError::Write { path, source }
        };
        let reviews = folder.join(REVIEWS);
        std::fs::create_dir_all(&reviews).map_err(write(&reviews))?;
        let lock_path = folder.join("lock");
        let lock = std::fs::File::create(&lock_path).map_err(write(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(EvalError::Busy(folder.to_owned()));
            }
            Err(std::fs::TryLockError::Error(source)) => {
                return Err(EvalError::Write { path: lock_path, source });
            }
        }
        if let Some(old) = read_info(folder)?
            && (&old.key, &old.program, &old.dataset.name)
                != (&info.key, &info.program, &info.dataset.name)
        {
            return Err(EvalError::Other(folder.to_owned()));
        }
        let path = folder.join(RUN);
        std::fs::write(&path, format!("{:#}\n", serde_json::json!(info))).map_err(write(&path))?;
        let mut done = read_records(folder)?;
        let hashes: BTreeMap<&str, &str> =
            info.cases.iter().map(|c| (c.facts.id.as_str(), c.hash.as_str())).collect();
        done.retain(|id, record| {
            hashes.get(id.as_str()) == Some(&record.hash.as_str())
                && record.outcome.holds(info.limits)
                && (!retry || record.outcome == Outcome::Reviewed)
        });
        let path = folder.join(CASES);
        let cases = open_cases(&path).map_err(write(&path))?;
        Ok((Self { cases, path, _lock: lock }, done))
    }

    /// Appends a case that ended; it is on disk when this returns.
    pub fn add(&mut self, record: &CaseRecord) -> Result<(), EvalError> {
        let line = format!("{}\n", serde_json::json!(record));
        self.cases
            .write_all(line.as_bytes())
            .and_then(|()| self.cases.flush())
            .map_err(|source| EvalError::Write { path: self.path.clone(), source })
    }
}

/// Opens `cases.jsonl` at its end, without a last line that was cut off.
fn open_cases(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inputs(settings: Value) -> Inputs {
        Inputs {
            version: "1".into(),
            commit: None,
            settings,
            llm: None,
            embedder: None,
            data: BTreeMap::new(),
        }
    }

    #[test]
    fn the_key_follows_what_decides_the_findings() {
        let settings = |threads: u64, seed: u64, color: &str| json!({ "model": { "threads": threads, "seed": seed }, "report": { "color": color } });
        let key = inputs(settings(0, 1, "auto")).key();
        assert_eq!(key, inputs(settings(8, 1, "never")).key());
        assert_ne!(key, inputs(settings(0, 2, "auto")).key());
        let mut other = inputs(settings(0, 1, "auto"));
        other.data.insert("prompts".into(), "x".into());
        assert_ne!(key, other.key());
    }

    #[test]
    fn a_longer_limit_makes_a_case_run_again() {
        let limits = |seconds, tokens| Limits { seconds, tokens };
        let late = Outcome::TimedOut { seconds: 10.0 };
        assert!(late.holds(limits(10.0, 0)) && late.holds(limits(5.0, 0)));
        assert!(!late.holds(limits(11.0, 0)));
        let many = Outcome::OverTokens { limit: 100 };
        assert!(many.holds(limits(1.0, 100)) && many.holds(limits(1.0, 50)));
        assert!(!many.holds(limits(1.0, 200)) && !many.holds(limits(1.0, 0)));
        assert!(!Outcome::Unavailable { reason: "r".into() }.holds(limits(1.0, 0)));
    }

    #[test]
    fn a_line_that_was_cut_off_is_dropped_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CASES);
        let record = CaseRecord::without("a", "h", Outcome::Reviewed, 1.0);
        let line = json!(record).to_string();
        std::fs::write(&path, format!("{line}\n{}", &line[..20])).unwrap();
        assert_eq!(read_records(folder.path()).unwrap().len(), 1);
        let mut file = open_cases(&path).unwrap();
        file.write_all(b"x\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{line}\nx\n"));
    }
}
