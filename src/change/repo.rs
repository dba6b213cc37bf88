//! Runs git for one repository, safely and without touching it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{ChangeError, Snapshot};

/// Variables by which git tells a child which repository it is in, or that
/// change what its plumbing prints. They are used to find the repository and
/// then removed, so that every command is about that repository alone.
const INHERITED: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_ATTR_SOURCE",
];

/// Settings that would start a program or change what is printed.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.quotePath=true",
    "log.showSignature=false",
    "diff.suppressBlankEmpty=false",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// A git repository on disk.
#[derive(Debug, Clone)]
pub struct Repo {
    /// `None` for a bare repository.
    pub worktree: Option<PathBuf>,
    pub git_dir: PathBuf,
    /// Shared by all worktrees.
    pub common_dir: PathBuf,
    /// The index to read; a hook may be given another one than `<git dir>/index`.
    pub(super) index_file: PathBuf,
    /// The object folder that a calling git uses instead of the repository's
    /// own, in git's list form.
    inherited_objects: Vec<OsString>,
}

impl Repo {
    /// Finds the repository around `path`, or the one that a calling git (a
    /// hook's) named in the environment. Only git reads the environment here:
    /// it is asked once with it and once without.
    pub fn discover(path: &Path) -> Result<Self, ChangeError> {
        let io = |source| ChangeError::Io { path: path.to_owned(), source };
        let start = std::path::absolute(path).map_err(io)?;
        let folder = if std::fs::metadata(&start).map_err(io)?.is_dir() {
            start
        } else {
            start.parent().map_or_else(|| start.clone(), Path::to_owned)
        };
        let named = ["--git-dir", "--git-common-dir", "--git-path=index", "--git-path=objects"];
        let [git_dir, common_dir, index_file, objects] = ask(&folder, true, named)?;
        // With GIT_DIR set and no work tree, git takes the current folder for
        // the work tree. In a subfolder of that repository this is wrong, so
        // the answer without the variable is taken where it is the same one.
        let around = ask(&folder, false, ["--git-dir"]);
        let inherit = !around.is_ok_and(|[found]| same_folder(&found, &git_dir));
        let worktree = match ask(&folder, inherit, ["--show-toplevel"]) {
            Ok([top]) => Some(top),
            // A bare repository, or inside the `.git` folder itself.
            Err(_) => match git_dir.file_name() {
                Some(name) if name == ".git" && !is_bare(&folder, inherit)? => {
                    git_dir.parent().map(Path::to_owned)
                }
                _ => None,
            },
        };
        let inherited_objects = if same_folder(&objects, &common_dir.join("objects")) {
            Vec::new()
        } else {
            vec![list_item(&objects)]
        };
        Ok(Self { worktree, git_dir, common_dir, index_file, inherited_objects })
    }

    /// A repository without a work tree whose place is known; nothing is looked up.
    pub fn bare(git_dir: PathBuf) -> Self {
        let index_file = git_dir.join("index");
        let (common_dir, worktree) = (git_dir.clone(), None);
        Self { worktree, git_dir, common_dir, index_file, inherited_objects: Vec::new() }
    }

    /// Keeps a child from the repository that a calling git (a hook's) named in the
    /// environment.
    pub fn forget_caller(command: &mut Command) {
        for name in INHERITED {
            command.env_remove(name);
        }
    }

    /// `<common dir>/forewarn`; not created.
    pub fn state_dir(&self) -> PathBuf {
        self.common_dir.join("forewarn")
    }

    /// Folder of the objects that exist only for reviews; not created.
    pub fn quarantine(&self) -> PathBuf {
        self.state_dir().join("objects")
    }

    /// A git command line with the settings that keep a hostile repository
    /// from starting anything, in this repository, quarantine objects visible.
    pub fn git(&self) -> Command {
        let mut command = self.git_without_alternates();
        let mut folders = self.inherited_objects.clone();
        let quarantine = self.quarantine();
        // Git complains about each listed folder that is not there.
        if quarantine.is_dir() {
            folders.insert(0, list_item(&quarantine));
        }
        if !folders.is_empty() {
            command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", join_list(&folders));
        }
        command
    }

    /// Like [`Self::git`], but new objects go to the quarantine and the
    /// repository's own are read as its alternates. The folder must exist.
    pub(super) fn git_writing(&self) -> Command {
        let mut command = self.git_without_alternates();
        let mut folders = vec![list_item(&self.common_dir.join("objects"))];
        folders.extend(self.inherited_objects.iter().cloned());
        command
            .env("GIT_OBJECT_DIRECTORY", self.quarantine())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", join_list(&folders));
        command
    }

    fn git_without_alternates(&self) -> Command {
        let mut command = bare_command(false);
        command.env("GIT_DIR", &self.git_dir).env("GIT_COMMON_DIR", &self.common_dir);
        match &self.worktree {
            Some(worktree) => command.env("GIT_WORK_TREE", worktree).current_dir(worktree),
            None => command.current_dir(&self.git_dir),
        };
        command
    }

    /// Runs git and returns its standard output; a failure carries its standard error.
    pub fn run(&self, args: &[&str]) -> Result<Vec<u8>, ChangeError> {
        let mut command = self.git();
        command.args(args);
        run(&mut command, args.first().copied().unwrap_or_default())
    }

    /// Like [`Self::run`], as text without white space at its ends.
    pub fn line(&self, args: &[&str]) -> Result<String, ChangeError> {
        Ok(String::from_utf8_lossy(&self.run(args)?).trim().to_owned())
    }

    /// The full object id that a revision names, `None` if there is none.
    /// `kind` is what to peel it to: `commit`, `tree`, `object`.
    pub fn resolve(&self, revision: &str, kind: &str) -> Result<Option<String>, ChangeError> {
        // A search by message (`:/words`) takes everything after it for words.
        if revision.starts_with(":/") {
            let found = self.verify(revision)?;
            return found.map_or(Ok(None), |id| self.resolve(&id, kind));
        }
        self.verify(&format!("{revision}^{{{kind}}}"))
    }

    fn verify(&self, name: &str) -> Result<Option<String>, ChangeError> {
        let mut command = self.git();
        command.args(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
        let output = output(&mut command)?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !id.is_empty()).then_some(id))
    }

    /// The id of the empty tree, which depends on the repository's hash.
    pub fn empty_tree(&self) -> Result<String, ChangeError> {
        self.line(&["hash-object", "-t", "tree", "--stdin"])
    }

    /// Opens the files of a tree, commit or tag for reading.
    pub fn snapshot(&self, treeish: &str) -> Result<Snapshot, ChangeError> {
        let tree = self
            .resolve(treeish, "tree")?
            .ok_or_else(|| ChangeError::UnknownRevision(treeish.to_owned()))?;
        Snapshot::open(self.clone(), tree)
    }
}

/// Asks `git rev-parse` for paths, with or without the variables by which a
/// calling git names a repository. `--git-path=x` stands for two arguments.
fn ask<const N: usize>(
    folder: &Path,
    inherit: bool,
    questions: [&str; N],
) -> Result<[PathBuf; N], ChangeError> {
    let answer = |questions: &[&str]| -> Result<Vec<u8>, ChangeError> {
        let mut command = bare_command(inherit);
        command.current_dir(folder).args(["rev-parse", "--path-format=absolute"]);
        command.args(questions.iter().flat_map(|q| q.split('=')));
        let output = output(&mut command)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("not a git repository") {
            return Err(ChangeError::NotARepository(folder.to_owned()));
        }
        Err(failure("rev-parse", &stderr))
    };
    let together = answer(&questions)?;
    let lines: Vec<&[u8]> = trim(&together).split(|b| *b == b'\n').collect();
    let mut paths = Vec::with_capacity(N);
    for (n, question) in questions.iter().enumerate() {
        // A line break in a path: ask one by one.
        let path =
            if lines.len() == N { path_of(lines[n]) } else { path_of(&answer(&[question])?) };
        paths.push(path);
    }
    paths.try_into().map_err(|_| failure("rev-parse", "it did not answer"))
}

fn is_bare(folder: &Path, inherit: bool) -> Result<bool, ChangeError> {
    let mut command = bare_command(inherit);
    command.current_dir(folder).args(["rev-parse", "--is-bare-repository"]);
    Ok(trim(&run(&mut command, "rev-parse")?) == b"true")
}

/// Git with everything that does not depend on the repository; `inherit` keeps
/// the variables by which a calling git names one.
fn bare_command(inherit: bool) -> Command {
    let mut command = Command::new("git");
    if !inherit {
        Repo::forget_caller(&mut command);
    }
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        // No transport has this name, so none is allowed.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .arg("--no-pager");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}

/// Runs a prepared git command; a failure carries its standard error.
pub(super) fn run(command: &mut Command, name: &str) -> Result<Vec<u8>, ChangeError> {
    let output = output(command)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(failure(name, &String::from_utf8_lossy(&output.stderr)))
}

/// Runs a prepared git command to its end, however it ends.
pub(super) fn output(command: &mut Command) -> Result<Output, ChangeError> {
    command.output().map_err(start_failure)
}

/// Runs a prepared git command with `input` on its standard input.
pub(super) fn run_with_input(
    command: &mut Command,
    name: &str,
    input: &[u8],
) -> Result<Vec<u8>, ChangeError> {
    use std::io::Write;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(start_failure)?;
    let stdin = child.stdin.take();
    // Written from a thread: git answers while it still reads, and both pipes
    // would fill up.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A git that ends early says why on its standard error.
            let _ = stdin.map(|mut pipe| pipe.write_all(input));
        });
        child.wait_with_output()
    })
    .map_err(start_failure)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(failure(name, &String::from_utf8_lossy(&output.stderr)))
}

/// Git could not be started.
pub(super) fn start_failure(source: std::io::Error) -> ChangeError {
    if source.kind() == std::io::ErrorKind::NotFound {
        return ChangeError::GitMissing;
    }
    ChangeError::Io { path: "git".into(), source }
}

pub(super) fn failure(command: &str, stderr: &str) -> ChangeError {
    ChangeError::Git { command: command.to_owned(), stderr: stderr.trim().to_owned() }
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").unwrap_or(bytes)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(trim(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(trim(bytes)).into_owned())
}

/// A folder as an item of git's path list, quoted where its separator or its
/// quote would be misread (git-config(5) style, `GIT_ALTERNATE_OBJECT_DIRECTORIES`
/// in git(1)).
fn list_item(folder: &Path) -> OsString {
    match folder.to_str() {
        Some(text) if cfg!(unix) && (text.contains(':') || text.starts_with('"')) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")).into()
        }
        _ => folder.as_os_str().to_owned(),
    }
}

fn join_list(items: &[OsString]) -> OsString {
    items.join(OsStr::new(if cfg!(windows) { ";" } else { ":" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    #[test]
    fn finds_the_repository_from_a_subfolder() {
        let fixture = Fixture::new();
        let folder = fixture.write("a b/ü/x.txt", "x").parent().unwrap().to_owned();
        let repo = Repo::discover(&folder).unwrap();
        let top = fixture.path().canonicalize().unwrap();
        assert_eq!(repo.worktree, Some(top.clone()));
        assert_eq!(repo.git_dir, top.join(".git"));
        assert_eq!(repo.common_dir, top.join(".git"));
        assert_eq!(Repo::discover(&top.join(".git")).unwrap().worktree, Some(top));
    }

    #[test]
    fn says_when_there_is_no_repository_or_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let error = Repo::discover(folder.path()).unwrap_err();
        assert!(matches!(error, ChangeError::NotARepository(_)), "{error:?}");
        let error = Repo::discover(&folder.path().join("none")).unwrap_err();
        assert!(matches!(error, ChangeError::Io { .. }), "{error:?}");
    }

    #[test]
    fn settings_of_the_repository_start_nothing() {
        let fixture = Fixture::new();
        let mark = fixture.path().join("started");
        let program = fixture.write("evil.sh", format!("#!/bin/sh\ntouch '{}'\n", mark.display()));
        make_executable(&program);
        fixture.write(".gitattributes", "*.txt diff=evil\n");
        fixture.write("x.txt", "one\n");
        let first = fixture.commit("one");
        fixture.write("x.txt", "two\n");
        let second = fixture.commit("two");
        let program = program.to_str().unwrap();
        for key in
            ["core.fsmonitor", "core.pager", "diff.external", "diff.evil.textconv", "gpg.program"]
        {
            fixture.git(&["config", key, program]);
        }
        fixture.git(&["config", "log.showSignature", "true"]);
        let repo = Repo::discover(fixture.path()).unwrap();
        repo.run(&["status", "--porcelain"]).unwrap();
        repo.run(&["log", "-1"]).unwrap();
        repo.run(&["diff", "--no-ext-diff", "--no-textconv", &first, &second]).unwrap();
        assert!(!mark.exists());
    }

    #[cfg(unix)]
    fn make_executable(path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn alternates_with_a_separator_are_quoted() {
        assert_eq!(list_item(Path::new("/a b/c")), OsString::from("/a b/c"));
        #[cfg(unix)]
        assert_eq!(list_item(Path::new("/a:b\\\"c")), OsString::from("\"/a:b\\\\\\\"c\""));
    }
}
