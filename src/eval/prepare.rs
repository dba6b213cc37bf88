//! Makes a case's repository and its production history ready for a review.
//!
//! What is written for a case lies in the cache under the hash of the case, so it
//! is made once. Reviews see it through a store of their own (`Prepared::open`),
//! so no review sees the state of another.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::dataset::{Case, Form, Place, Sentry};
use super::git::{self, GitError, Sees, Stream};
use crate::change::{ChangeError, Repo};
use crate::sentry::{ImportOptions, SentryCache, SentryError};
use crate::store::{Store, StoreError};

const DAY: i64 = 86_400;
/// The file that says that a case of the cache is complete.
const DONE: &str = "case.json";
const STORE: &str = "store";
const SNAPSHOT: &str = "sentry.db";

/// Why a case cannot be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    #[error("the repository {name} is not on this machine")]
    Missing { name: String },
    #[error("{repository} has no commit {commit}")]
    Commit { repository: String, commit: String },
    #[error("the head has no {}:{}-{}", .0.file, .0.start, .0.end)]
    Lines(Place),
    #[error("the head has no file {0}")]
    File(String),
    #[error("the Sentry export was not read in full: {0}")]
    Export(String),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Sentry(#[from] SentryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("could not write {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Where repositories lie that cases name by a URL.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Folder of the cases that were made ready.
    pub cache: PathBuf,
    /// The dataset; relative paths of repositories count from it.
    pub dataset: PathBuf,
    /// Folder of the user's own clones.
    pub clones: Option<PathBuf>,
}

/// A case that is ready.
#[derive(Debug, Clone)]
pub struct Prepared {
    sees: Sees,
    pub base: String,
    pub head: String,
    /// Snapshot of its production history.
    pub sentry: Option<PathBuf>,
}

/// What the cache notes of a case.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    base: String,
    head: String,
    sentry: bool,
}

impl Prepared {
    /// Makes a repository for one review in an empty folder: nothing is checked
    /// out, and there is no state but the objects.
    pub fn open(&self, folder: &Path) -> std::io::Result<()> {
        let git = folder.join(".git");
        git::init(&git, false, &self.sees)?;
        git::branch(&git, "base", &self.base)?;
        git::branch(&git, "head", &self.head)
    }
}

/// Makes a case ready, or finds it made.
pub fn prepare(case: &Case, places: &Places) -> Result<Prepared, PrepareError> {
    let source = source(case, places)?;
    let folder = places.cache.join("cases").join(&case.hash);
    let made = match std::fs::read(folder.join(DONE)).ok() {
        Some(bytes) => serde_json::from_slice(&bytes).ok(),
        None => None,
    };
    let made: Made = match made {
        Some(made) => made,
        None => make(case, source.as_ref(), &folder)?,
    };
    let mut sees = source.map(|(_, sees)| sees).unwrap_or_default();
    sees.objects.push(folder.join(STORE).join("objects"));
    let sentry = made.sentry.then(|| folder.join(SNAPSHOT));
    Ok(Prepared { sees, base: made.base, head: made.head, sentry })
}

/// Writes a case beside its place and moves it there when it is complete.
fn make(case: &Case, source: Option<&(Repo, Sees)>, folder: &Path) -> Result<Made, PrepareError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PrepareError::Io { path, source }
    };
    let parent = folder.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(io(parent))?;
    let draft = tempfile::Builder::new().prefix("new-").tempdir_in(parent).map_err(io(parent))?;
    let store = draft.path().join(STORE);
    let sees = source.map(|(_, sees)| sees.clone()).unwrap_or_default();
    git::init(&store, true, &sees).map_err(io(&store))?;
    let (base, head) = write(case, source, &Repo::bare(store))?;
    let sentry = match &case.sentry {
        None => false,
        Some(sentry) => {
            snapshot(case, sentry, draft.path())?;
            true
        }
    };
    let made = Made { base, head, sentry };
    let done = draft.path().join(DONE);
    std::fs::write(&done, serde_json::json!(made).to_string()).map_err(io(&done))?;
    // One that was left incomplete, or damaged, makes room; one that another run
    // made meanwhile is as good as ours.
    let complete = folder.join(DONE);
    if folder.exists() && !complete.exists() {
        std::fs::remove_dir_all(folder).map_err(io(folder))?;
    }
    let draft = draft.keep();
    if let Err(source) = std::fs::rename(&draft, folder) {
        let _ = std::fs::remove_dir_all(&draft);
        if !complete.exists() {
            return Err(PrepareError::Io { path: folder.to_owned(), source });
        }
    }
    Ok(made)
}

/// Writes the commits of a case into its store; returns base and head.
fn write(
    case: &Case,
    source: Option<&(Repo, Sees)>,
    store: &Repo,
) -> Result<(String, String), PrepareError> {
    let mut stream = Stream::default();
    match &case.change {
        Form::Folders { base, head, removed } => {
            let add = |stream: &mut Stream, files: &super::dataset::Files| {
                for (path, file) in files {
                    let bytes = std::fs::read(file)
                        .map_err(|source| PrepareError::Io { path: file.clone(), source })?;
                    stream.file(path, &bytes, is_executable(file));
                }
                Ok::<(), PrepareError>(())
            };
            let from = stream.commit("base", case.date - DAY, "Before the change", None);
            add(&mut stream, base)?;
            stream.commit("head", case.date, &words(case), Some(&from));
            for path in removed {
                stream.remove(path);
            }
            add(&mut stream, head)?;
        }
        Form::Commits { repository, base, head } => {
            require(source, repository, &[base, head])?;
            if case.description.is_empty() {
                check_lines(case, store, head)?;
                return Ok((base.clone(), head.clone()));
            }
            // The description stands in a commit that changes nothing.
            let tree = git::run(store.git().args(["rev-parse", &format!("{head}^{{tree}}")]))?;
            stream.commit("head", case.date, &case.description, Some(head));
            stream.tree(&tree);
            stream.import(store)?;
            let head = git::run(store.git().args(["rev-parse", "head"]))?;
            check_lines(case, store, &head)?;
            return Ok((base.clone(), head));
        }
        Form::Reversed { repository, head, fix, files } => {
            require(source, repository, &[head, fix])?;
            return reversed(case, store, (head, fix), files);
        }
        Form::Patch { repository, base, patch } => {
            require(source, repository, &[base])?;
            let tree = patched(store, base, patch)?;
            stream.commit("head", case.date, &words(case), Some(base));
            stream.tree(&tree);
            stream.import(store)?;
            let head = git::run(store.git().args(["rev-parse", "head"]))?;
            check_lines(case, store, &head)?;
            return Ok((base.clone(), head));
        }
    }
    stream.import(store)?;
    let id = |name: &str| git::run(store.git().args(["rev-parse", name]));
    Ok((id("base")?, id("head")?))
}

/// The message of the change's commit, with the description below it.
fn words(case: &Case) -> String {
    format!("{}\n\n{}", case.message, case.description).trim().to_owned()
}

/// Writes the commits of a fix that is taken back; returns base and head.
///
/// The base stands on what came before the head, so that no commit of its history
/// shows what the fix is.
fn reversed(
    case: &Case,
    store: &Repo,
    (head, fix): (&str, &str),
    files: &[String],
) -> Result<(String, String), PrepareError> {
    let mut stream = Stream::default();
    let parent =
        git::run(store.git().args(["rev-parse", "--verify", "--quiet", &format!("{head}^1")]));
    let base = stream.commit("base", case.date - DAY, "Before the change", parent.ok().as_deref());
    stream.tree(&with_files(store, head, fix, files)?);
    stream.commit("head", case.date, &words(case), Some(&base));
    stream.tree(&git::run(store.git().args(["rev-parse", &format!("{head}^{{tree}}")]))?);
    stream.import(store)?;
    let head = git::run(store.git().args(["rev-parse", "head"]))?;
    check_lines(case, store, &head)?;
    Ok((git::run(store.git().args(["rev-parse", "base"]))?, head))
}

/// The tree of a commit with some files as they are in another one.
fn with_files(store: &Repo, tree: &str, from: &str, files: &[String]) -> Result<String, GitError> {
    let index = store.git_dir.join("files-index");
    let git = || {
        let mut command = store.git();
        command.env("GIT_INDEX_FILE", &index);
        command
    };
    git::run(git().args(["read-tree", tree]))?;
    for path in files {
        let path = path.as_str();
        let entry = git::run(git().args(["--literal-pathspecs", "ls-tree", from, "--", path]))?;
        // "MODE blob ID\tPATH"; nothing where the fix has no such file.
        let mut parts = entry.split_ascii_whitespace();
        match (parts.next(), parts.nth(1)) {
            (Some(mode), Some(id)) => git::run(
                git().args(["update-index", "--add", "--cacheinfo"]).args([mode, id, path]),
            )?,
            _ => git::run(git().args(["update-index", "--force-remove", "--", path]))?,
        };
    }
    // A clone may lack blobs that no review reads.
    git::run(git().args(["write-tree", "--missing-ok"]))
}

/// The tree of a commit with a patch applied.
fn patched(store: &Repo, base: &str, patch: &Path) -> Result<String, PrepareError> {
    let index = store.git_dir.join("patch-index");
    let git = || {
        let mut command = store.git();
        command.env("GIT_INDEX_FILE", &index);
        command
    };
    git::run(git().args(["read-tree", base]))?;
    git::run(git().args(["apply", "--cached", "--whitespace=nowarn", "--"]).arg(patch))?;
    Ok(git::run(git().args(["write-tree"]))?)
}

/// Checks that a repository has the commits.
fn require(
    source: Option<&(Repo, Sees)>,
    repository: &str,
    commits: &[&String],
) -> Result<(), PrepareError> {
    for commit in commits {
        let found = source.is_some_and(|(repo, _)| {
            git::run(repo.git().args(["cat-file", "-e", &format!("{commit}^{{commit}}")])).is_ok()
        });
        if !found {
            let (repository, commit) = (repository.to_owned(), (*commit).clone());
            return Err(PrepareError::Commit { repository, commit });
        }
    }
    Ok(())
}

/// Checks the lines and files of bugs and rejects, which the dataset alone could not tell.
fn check_lines(case: &Case, store: &Repo, head: &str) -> Result<(), PrepareError> {
    let tree =
        store.snapshot(&git::run(store.git().args(["rev-parse", &format!("{head}^{{tree}}")]))?)?;
    let bugs = case.facts.bugs.iter().flat_map(|b| &b.locations);
    for place in bugs.chain(case.facts.rejects.iter().flat_map(|r| &r.locations)) {
        let text = tree.text(&place.file)?;
        if text.is_none_or(|t| (t.text.lines().count() as u32) < place.end) {
            return Err(PrepareError::Lines(place.clone()));
        }
    }
    for file in case.facts.bugs.iter().filter_map(|b| b.files.as_ref()).flatten() {
        if tree.entry(file).is_none() {
            return Err(PrepareError::File(file.clone()));
        }
    }
    Ok(())
}

/// Freezes the production history as it was at the case's date.
fn snapshot(case: &Case, sentry: &Sentry, folder: &Path) -> Result<(), PrepareError> {
    let file = folder.join(SNAPSHOT);
    let export = match sentry {
        Sentry::Snapshot(path) => {
            return std::fs::copy(path, &file)
                .map(drop)
                .map_err(|source| PrepareError::Io { path: file, source });
        }
        Sentry::Export(path) => path,
    };
    let database = folder.join("import.db");
    let store = Store::open(&database)?;
    let cache = SentryCache::new(&store);
    // Times are believed up to a year after the case: exports go on after the
    // change, and what is later than the change is cut by its time.
    let options = ImportOptions { now: case.date + 365 * DAY, ..ImportOptions::default() };
    let report = cache.import_with(std::slice::from_ref(export), &options, &mut |_| {})?;
    if let Some(problem) = report.problems.first() {
        return Err(PrepareError::Export(problem.clone()));
    }
    cache.snapshot(&file, Some(case.date))?;
    drop(store);
    for end in ["", "-wal", "-shm"] {
        // What cannot be removed takes a little room, and is never read.
        let _ = std::fs::remove_file(folder.join(format!("import.db{end}")));
    }
    Ok(())
}

/// The repository that a case takes its commits from, if it names one.
fn source(case: &Case, places: &Places) -> Result<Option<(Repo, Sees)>, PrepareError> {
    let name = match &case.change {
        Form::Folders { .. } => return Ok(None),
        Form::Commits { repository, .. }
        | Form::Reversed { repository, .. }
        | Form::Patch { repository, .. } => repository,
    };
    let repo = repository(name, places)?;
    let sees = Sees::of(&repo)?;
    Ok(Some((repo, sees)))
}

/// The repository of a path, a bundle or the user's own clone of a URL.
pub(super) fn repository(name: &str, places: &Places) -> Result<Repo, PrepareError> {
    let path = match name.contains("://") || name.starts_with("git@") {
        true => clone_of(name, places),
        false => Some(places.dataset.join(name)).filter(|p| p.exists()),
    };
    let Some(path) = path else { return Err(PrepareError::Missing { name: name.to_owned() }) };
    if path.is_file() {
        return unbundled(&path, places);
    }
    let git = path.join(".git");
    // A file `.git` points elsewhere; git itself reads it.
    if git.is_file() {
        return Ok(Repo::discover(&path)?);
    }
    Ok(Repo::bare(if git.is_dir() { git } else { path }))
}

/// The user's own clone of a URL: `owner+name`, `owner/name` or `name` in the
/// folder of clones, with or without `.git`, or with the repository in `repo`.
fn clone_of(url: &str, places: &Places) -> Option<PathBuf> {
    let folder = places.clones.as_ref()?;
    let url = url.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = url.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    if !plain(name) || !plain(owner) {
        return None;
    }
    let stems = [format!("{owner}+{name}"), format!("{owner}/{name}"), name.to_owned()];
    stems.iter().find_map(|stem| {
        [stem.clone(), format!("{stem}.git"), format!("{stem}/repo")]
            .into_iter()
            .map(|name| folder.join(name))
            .find(|path| path.join("HEAD").is_file() || path.join(".git").exists())
    })
}

/// The store of a bundle's objects.
fn unbundled(bundle: &Path, places: &Places) -> Result<Repo, PrepareError> {
    let io = |source| PrepareError::Io { path: bundle.to_owned(), source };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(bundle).map_err(io)?).map_err(io)?;
    let name = hasher.finalize().to_hex()[..16].to_owned();
    let folder = places.cache.join("bundles").join(name);
    let done = folder.join("unbundled");
    let repo = Repo::bare(folder.clone());
    if !done.is_file() {
        git::init(&folder, true, &Sees::default()).map_err(io)?;
        git::run(repo.git().args(["bundle", "unbundle"]).arg(bundle))?;
        std::fs::write(&done, "").map_err(io)?;
    }
    Ok(repo)
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|m| m.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}
