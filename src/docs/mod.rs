//! Search in the documentation of installed packages and in imported documentation:
//! what a search of the web is to someone who has a network.
//!
//! ```text
//! lock files ─▶ resolve ─▶ read ─▶ passages ─▶ database ─▶ weigh ─▶ answer
//! places ───────┘                     import ─┘
//! ```
//!
//! A package is read when it is first asked for, in the version that the reviewed
//! tree's lock files name, and kept in one file for all repositories of a user.

mod collect;
mod dash;
mod database;
mod devdocs;
mod ecosystem;
mod import;
mod import_name;
mod install;
mod lock;
mod markup;
mod passage;
mod place;
mod prose;
mod read;
mod resolve;
mod scope;
mod source;
mod version;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use crate::asset::Assets;
use crate::change::{Change, Snapshot};
use crate::config;
use crate::lang::Languages;

pub use database::Collection;
pub use place::Machine;

use database::{Candidate, Content, Database};
use ecosystem::Ecosystems;
use lock::LockFile;
use place::Place;
use resolve::Sources;

#[derive(Debug, thiserror::Error)]
pub enum DocsError {
    #[error(transparent)]
    Asset(#[from] crate::asset::AssetError),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Change(#[from] crate::change::ChangeError),
    #[error("a query of the documentation failed")]
    Query(#[from] rusqlite::Error),
    #[error("{path} is not valid")]
    Toml {
        path: String,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("{path} holds a pattern that is not valid")]
    Pattern {
        path: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("`docs.places` has `{0}`, which is not of the form ECOSYSTEM=FOLDER")]
    Setting(String),
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{package} could not be read from {}", path.display())]
    Unreadable {
        /// Name and version.
        package: String,
        path: PathBuf,
        /// Shared, for the failure is kept as long as the package would have been.
        #[source]
        source: Arc<std::io::Error>,
    },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("the pages of the docset are packed in {}", path.display())]
    Packed { path: PathBuf },
    #[error("there is no documentation in {}{}", path.display(), listed(left_out))]
    Nothing { path: PathBuf, left_out: Vec<String> },
    #[error("no package or imported documentation is named `{name}`")]
    Unknown {
        name: String,
        /// Names that are known and alike.
        near: Vec<String>,
    },
    #[error("{missing}")]
    NotInstalled {
        missing: Missing,
        /// The command that installs it, as the ecosystem's file tells it.
        get: String,
    },
    #[error("the question has no words to look for")]
    NoWords,
}

/// A package that a lock file names and that lies in no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub name: String,
    pub version: String,
    /// Path of the lock file in the tree.
    pub lock: String,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, version, lock } = self;
        write!(
            f,
            "{name} {version}, which {lock} names, is not installed where packages are looked for"
        )
    }
}

fn listed(left_out: &[String]) -> String {
    if left_out.is_empty() {
        String::new()
    } else {
        format!(" (left out: {})", left_out.join("; "))
    }
}

/// Shares of a question, rare words counting more: with less a passage is a weak
/// answer, and none at all.
const HALF: f64 = 0.5;
const LEAST_SHARE: f64 = 0.2;

/// A passage that answers a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Name of the package, or of the imported documentation.
    pub package: String,
    /// Empty if unknown.
    pub version: String,
    /// `path:line` within the package, or `page#anchor`.
    pub place: String,
    /// A symbol's qualified name, or the headings above.
    pub title: String,
    /// At most 12 lines.
    pub body: String,
}

/// The answer to a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The best first.
    pub hits: Vec<Hit>,
    /// What the reader should know: another version than the locked one, what was
    /// not read.
    pub notes: Vec<String>,
}

/// The tree whose lock files count.
#[derive(Clone)]
pub struct Reviewed {
    pub snapshot: Arc<Snapshot>,
    /// Changed files: what they import is searched first, and what lies near them
    /// counts before what does not.
    pub changed: Vec<String>,
    /// A folder of the tree that counts as near, too; empty for none.
    pub folder: String,
}

impl Reviewed {
    pub fn new(snapshot: Arc<Snapshot>, change: &Change) -> Self {
        let changed = change.files.iter().map(|f| f.path.clone()).collect();
        Self { snapshot, changed, folder: String::new() }
    }
}

/// Documentation as it is seen from one tree on one machine.
pub struct Docs {
    machine: Machine,
    limits: config::Docs,
    ecosystems: Ecosystems,
    languages: Arc<Languages>,
    database: Database,
    places: Vec<Place>,
    locks: Vec<LockFile>,
    reviewed: Option<Reviewed>,
    /// What is to be said of the lock files.
    lock_notes: Vec<String>,
    /// What was kept when this was opened: searches by this value see no others but
    /// those that they ask for, so that their order does not matter.
    known: Vec<Collection>,
    /// Packages that this value resolved and read, or could not read, by their root.
    read: Mutex<HashMap<String, Result<Collection, Arc<std::io::Error>>>>,
    /// Which distribution a module of Python belongs to.
    owners: OnceLock<BTreeMap<String, String>>,
    imported: OnceLock<Vec<(usize, String)>>,
}

impl Docs {
    /// Opens the database, which is made if there is none, and reads the lock files
    /// of the tree. Without a tree any installed version will do.
    pub fn open(
        machine: Machine,
        assets: &Assets,
        languages: Arc<Languages>,
        limits: config::Docs,
        reviewed: Option<Reviewed>,
    ) -> Result<Self, DocsError> {
        let ecosystems = Ecosystems::load(assets)?;
        let mut near: Vec<String> = Vec::new();
        if let Some(reviewed) = &reviewed {
            near.extend(reviewed.changed.iter().cloned());
            if !reviewed.folder.is_empty() {
                near.push(format!("{}/", reviewed.folder));
            }
        }
        let further = further(&limits, &ecosystems)?;
        let places = place::places(&machine, &ecosystems, &further, &near);
        let (locks, lock_notes) = match &reviewed {
            Some(reviewed) => lock::read(&reviewed.snapshot, &ecosystems, &near)?,
            None => (Vec::new(), Vec::new()),
        };
        let database = Database::open(&machine.database)?;
        let known = database.collections()?;
        Ok(Self {
            machine,
            limits,
            ecosystems,
            languages,
            database,
            places,
            locks,
            reviewed,
            lock_notes: lock_notes.iter().map(|n| format!("lock file left out: {n}")).collect(),
            known,
            read: Mutex::default(),
            owners: OnceLock::new(),
            imported: OnceLock::new(),
        })
    }

    /// Whether a search without a package could find anything, or one with a package
    /// that a lock file names.
    pub fn has_any(&self) -> bool {
        let installed = |lock: &LockFile| {
            !lock.pins.is_empty() && self.places.iter().any(|p| p.ecosystem == lock.ecosystem)
        };
        self.known.iter().any(|c| c.ecosystem.is_empty())
            || self.locks.iter().any(installed)
            || !self.imported().is_empty()
    }

    /// Passages that answer a question, at most `limit`. With a package only its own
    /// are searched, in the version given as `name@version`, else the locked one.
    /// A package that cannot be read is a note, and an error where it alone was asked
    /// for. Equal questions have equal answers while this value lives.
    pub fn search(
        &self,
        question: &str,
        package: Option<&str>,
        limit: usize,
    ) -> Result<Answer, DocsError> {
        let mut words = words::question(question, &self.ecosystems.reading.stop_words);
        if words.is_empty() {
            return Err(DocsError::NoWords);
        }
        let scope = match package {
            Some(package) => self.package_scope(package)?,
            None => self.whole_scope(question)?,
        };
        // Within a package its name says nothing, and few passages have it.
        let names: Vec<String> = scope.names.iter().flat_map(|n| words::words(n)).collect();
        if words.iter().any(|w| !names.contains(w)) {
            words.retain(|w| !names.contains(w));
        }
        let mut answer = Answer { notes: scope.notes.clone(), ..Answer::default() };
        let mut found: Vec<Found> = Vec::new();
        for (tier, collections) in scope.tiers.iter().enumerate() {
            let ids: Vec<i64> = collections.iter().map(|c| c.id).collect();
            let (candidates, more) = self.database.candidates(&ids, &words)?;
            if more {
                answer.notes.push("not all passages with these words were weighed".to_owned());
            }
            let ranks: Vec<f64> = candidates.iter().map(|c| self.rank(collections, c)).collect();
            let weighed: Vec<words::Weighed<'_>> = candidates
                .iter()
                .zip(&ranks)
                .map(|(c, rank)| words::Weighed {
                    title: &c.passage.title,
                    place: &c.passage.place,
                    body: &c.passage.body,
                    rank: *rank,
                })
                .collect();
            let total = collections.iter().map(|c| c.passages).sum();
            let scores = words::weigh(&words, &weighed, total);
            for ((candidate, rank), (share, score)) in candidates.into_iter().zip(ranks).zip(scores)
            {
                let Some(of) = collections.iter().find(|c| c.id == candidate.collection) else {
                    continue;
                };
                // One with a common word alone is no answer.
                if share >= LEAST_SHARE {
                    let behind = share * rank.min(1.0) < HALF;
                    let hit = hit(of, candidate.passage);
                    found.push(Found { behind, tier, score, share, hit });
                }
            }
        }
        found.sort_by(Found::compare);
        if !found.is_empty() && found.iter().all(|f| f.share < HALF) {
            answer.notes.push("no passage has most of these words".to_owned());
        }
        for Found { hit, .. } in found {
            if answer.hits.len() == limit {
                break;
            }
            // Overloads and copies say the same.
            if !answer.hits.iter().any(|h| h.body == hit.body && h.package == hit.package) {
                answer.hits.push(hit);
            }
        }
        Ok(answer)
    }

    /// What a passage's score is multiplied with.
    fn rank(&self, collections: &[Collection], candidate: &Candidate) -> f64 {
        let passage = &candidate.passage;
        if passage.symbol {
            return words::SYMBOL;
        }
        let of = collections.iter().find(|c| c.id == candidate.collection);
        let imported = of.is_some_and(|c| c.ecosystem.is_empty());
        let reading = &self.ecosystems.reading;
        if reading.is_history(&passage.place, &passage.title, imported) {
            reading.history_factor
        } else {
            1.0
        }
    }

    fn sources(&self) -> Sources<'_> {
        Sources { ecosystems: &self.ecosystems, places: &self.places, locks: &self.locks }
    }
}

/// A passage with what decides its rank.
struct Found {
    /// Has less than half of the question, or is a history of changes: comes after
    /// those of any tier that have more.
    behind: bool,
    tier: usize,
    score: f64,
    /// Of the question's words.
    share: f64,
    hit: Hit,
}

impl Found {
    fn compare(a: &Self, b: &Self) -> std::cmp::Ordering {
        (a.behind, a.tier)
            .cmp(&(b.behind, b.tier))
            .then(b.score.total_cmp(&a.score))
            .then_with(|| a.place().cmp(&b.place()))
    }

    fn place(&self) -> (&str, &str, &str) {
        (&self.hit.package, &self.hit.version, &self.hit.place)
    }
}

fn hit(of: &Collection, passage: passage::Passage) -> Hit {
    Hit {
        package: of.name.clone(),
        version: of.version.clone(),
        place: passage.place,
        title: passage.title,
        body: passage.body,
    }
}

/// The places of the settings.
fn further(
    limits: &config::Docs,
    ecosystems: &Ecosystems,
) -> Result<Vec<(usize, PathBuf)>, DocsError> {
    let read = |text: &String| {
        let (name, folder) = text.split_once('=')?;
        Some((ecosystems.find(name.trim())?, PathBuf::from(folder.trim())))
    };
    limits
        .places
        .iter()
        .map(|text| read(text).ok_or_else(|| DocsError::Setting(text.clone())))
        .collect()
}

/// What an answer depends on besides the tree, as one hash: what is kept, how
/// packages are read, and when packages were last put into places whose paths do not
/// tell versions. Opens nothing that is not there.
pub fn state(
    machine: &Machine,
    assets: &Assets,
    limits: &config::Docs,
    changed: &[String],
) -> Result<String, DocsError> {
    let ecosystems = Ecosystems::load(assets)?;
    let mut hash = blake3::Hasher::new();
    hash.update(ecosystems.digest.as_bytes());
    for place in place::places(machine, &ecosystems, &further(limits, &ecosystems)?, changed) {
        hash.update(place.folder.as_os_str().as_encoded_bytes());
        if !place.layout.is_versioned() {
            let time = std::fs::metadata(&place.folder).and_then(|d| d.modified()).ok();
            let time = time.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
            hash.update(&time.unwrap_or_default().as_nanos().to_le_bytes());
        }
    }
    if machine.database.is_file() {
        for kept in Database::open(&machine.database)?.collections()? {
            for part in [&kept.ecosystem, &kept.name, &kept.version] {
                hash.update(part.as_bytes());
                hash.update(b"\0");
            }
            hash.update(&kept.digest);
        }
    }
    Ok(hash.finalize().to_hex()[..32].to_owned())
}

/// Imports documentation that lies at a path, under a name and a version of its own
/// or the given ones. The second value says whether the same was there already; the
/// third what was left out.
pub fn add(
    machine: &Machine,
    assets: &Assets,
    path: &Path,
    name: Option<&str>,
    version: Option<&str>,
) -> Result<(Collection, bool, Vec<String>), DocsError> {
    let read = import::import(path, &Ecosystems::load(assets)?)?;
    let stem = path.file_stem().and_then(|n| n.to_str()).unwrap_or("documentation").to_owned();
    let name = name.map(str::to_owned).or(read.name).unwrap_or(stem);
    let version = version.map(str::to_owned).or(read.version).unwrap_or_default();
    let content = Content {
        ecosystem: "",
        name: &crate::plain::line(&name, 100),
        version: &crate::plain::line(&version, 50),
        files: read.files,
        passages: &read.passages,
        note: &read.left_out.join("; "),
    };
    let (collection, same) =
        Database::open(&machine.database)?.put_imported(&content, machine.now)?;
    Ok((collection, same, read.left_out))
}

/// Everything that is kept: imported documentation first, then packages by
/// ecosystem, name and version.
pub fn list(machine: &Machine) -> Result<Vec<Collection>, DocsError> {
    if !machine.database.is_file() {
        return Ok(Vec::new());
    }
    Database::open(&machine.database)?.collections()
}

/// Removes what is kept under a name, or under a name and a version as
/// `name@version`; gives back what was removed. Packages are read again when they
/// are next asked for.
pub fn remove(machine: &Machine, name: &str) -> Result<Vec<Collection>, DocsError> {
    let (plain, version) = scope::name_version(name);
    let fits = |c: &Collection| {
        c.name == name || (c.name == plain && version.is_none_or(|v| c.version == v))
    };
    let all = list(machine)?;
    let (gone, kept): (Vec<Collection>, Vec<Collection>) = all.into_iter().partition(fits);
    if gone.is_empty() {
        let near = scope::nearest(plain, kept.iter().map(|c| c.name.as_str()));
        return Err(DocsError::Unknown { name: name.to_owned(), near });
    }
    let ids: Vec<i64> = gone.iter().map(|c| c.id).collect();
    Database::open(&machine.database)?.remove(&ids)?;
    Ok(gone)
}
