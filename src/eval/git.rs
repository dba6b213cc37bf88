//! Small git stores that are made for cases.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::change::Repo;

/// Who made every commit that is written for a case.
const AUTHOR: &str = "Case Author <case@example.org>";

/// Why git did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("could not run git")]
    Start(#[source] std::io::Error),
    #[error("git {command} failed: {message}")]
    Failed { command: String, message: String },
}

/// Makes an empty store that sees the objects of others.
///
/// Done by hand: `git init` copies the user's template with its hooks.
pub(super) fn init(folder: &Path, bare: bool, sees: &Sees) -> std::io::Result<()> {
    for name in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        std::fs::create_dir_all(folder.join(name))?;
    }
    std::fs::write(folder.join("HEAD"), "ref: refs/heads/head\n")?;
    let mut config = String::from("[core]\n");
    let version = i32::from(sees.is_sha256);
    let _ = writeln!(config, "\trepositoryformatversion = {version}\n\tbare = {bare}");
    if sees.is_sha256 {
        config.push_str("[extensions]\n\tobjectformat = sha256\n");
    }
    std::fs::write(folder.join("config"), config)?;
    let mut list = String::new();
    for objects in &sees.objects {
        let _ = writeln!(list, "{}", objects.display());
    }
    std::fs::write(folder.join("objects/info/alternates"), list)?;
    if let Some(shallow) = &sees.shallow {
        std::fs::copy(shallow, folder.join("shallow"))?;
    }
    Ok(())
}

/// Other stores whose objects a store sees.
#[derive(Debug, Clone, Default)]
pub(super) struct Sees {
    /// Folders of objects.
    pub objects: Vec<PathBuf>,
    /// Where the history of a shallow one ends.
    pub shallow: Option<PathBuf>,
    pub is_sha256: bool,
}

impl Sees {
    /// All that a repository has.
    pub fn of(repo: &Repo) -> Result<Self, GitError> {
        let format = run(repo.git().args(["rev-parse", "--show-object-format"]))?;
        let shallow = repo.common_dir.join("shallow");
        Ok(Self {
            objects: vec![repo.common_dir.join("objects")],
            shallow: shallow.is_file().then_some(shallow),
            is_sha256: format == "sha256",
        })
    }
}

/// Points a branch of a store made by [`init`] at a commit.
pub(super) fn branch(folder: &Path, name: &str, commit: &str) -> std::io::Result<()> {
    std::fs::write(folder.join("refs/heads").join(name), format!("{commit}\n"))
}

/// Commits to write, in the form of `git fast-import`.
#[derive(Debug, Default)]
pub(super) struct Stream {
    bytes: Vec<u8>,
    marks: usize,
}

impl Stream {
    /// Begins a commit on a branch and returns its mark; `from` is an id or `:MARK`.
    pub fn commit(&mut self, branch: &str, date: i64, message: &str, from: Option<&str>) -> String {
        self.marks += 1;
        let message = format!("{}\n", message.trim_end());
        let mut text = format!("commit refs/heads/{branch}\nmark :{}\n", self.marks);
        for role in ["author", "committer"] {
            let _ = writeln!(text, "{role} {AUTHOR} {date} +0000");
        }
        let _ = write!(text, "data {}\n{message}\n", message.len());
        if let Some(from) = from {
            let _ = writeln!(text, "from {from}");
        }
        self.bytes.extend(text.as_bytes());
        format!(":{}", self.marks)
    }

    /// Sets a file in the commit that was begun last.
    pub fn file(&mut self, path: &str, content: &[u8], executable: bool) {
        let mode = if executable { "100755" } else { "100644" };
        let head = format!("M {mode} inline {}\ndata {}\n", quoted(path), content.len());
        self.bytes.extend(head.as_bytes());
        self.bytes.extend(content);
        self.bytes.push(b'\n');
    }

    pub fn remove(&mut self, path: &str) {
        self.bytes.extend(format!("D {}\n", quoted(path)).as_bytes());
    }

    /// Sets the whole tree of the commit that was begun last.
    pub fn tree(&mut self, id: &str) {
        self.bytes.extend(format!("M 040000 {id} \"\"\n").as_bytes());
    }

    /// Writes the commits into a store.
    pub fn import(self, repo: &Repo) -> Result<(), GitError> {
        let mut command = repo.git();
        command.args(["fast-import", "--quiet", "--force", "--done"]);
        let mut bytes = self.bytes;
        bytes.extend(b"done\n");
        run_with_input(&mut command, bytes).map(drop)
    }
}

/// A path as `git fast-import` reads it.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Runs a prepared git command; returns its output, trimmed.
pub(super) fn run(command: &mut Command) -> Result<String, GitError> {
    let output = command.output().map_err(GitError::Start)?;
    finished(command, output)
}

fn run_with_input(command: &mut Command, input: Vec<u8>) -> Result<String, GitError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(GitError::Start)?;
    let stdin = child.stdin.take();
    // Git's own words tell better than a broken pipe why it stopped reading.
    let written = stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&input));
    let output = child.wait_with_output().map_err(GitError::Start)?;
    let text = finished(command, output)?;
    written.map_err(GitError::Start)?;
    Ok(text)
}

fn finished(command: &Command, output: std::process::Output) -> Result<String, GitError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    // The options before the command are settings that say nothing.
    let words: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
    let name = words.iter().find(|w| !w.starts_with('-') && !w.contains('='));
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(GitError::Failed { command: name.map_or(String::new(), |n| n.to_string()), message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_commits_have_the_same_ids_and_odd_names_survive() {
        let ids = || {
            let folder = tempfile::tempdir().unwrap();
            init(folder.path(), true, &Sees::default()).unwrap();
            let repo = Repo::bare(folder.path().to_owned());
            let mut stream = Stream::default();
            let base = stream.commit("base", 1_700_000_000, "before", None);
            stream.file("a \"b\"\\c.py", b"x = 1\n", false);
            stream.file("run", b"no end", true);
            stream.commit("head", 1_700_000_100, "after", Some(&base));
            stream.remove("run");
            stream.import(&repo).unwrap();
            let names = run(repo.git().args(["ls-tree", "-z", "--name-only", "base"])).unwrap();
            assert_eq!(names.trim_end_matches('\0'), "a \"b\"\\c.py\0run");
            run(repo.git().args(["rev-parse", "base", "head", "head^{tree}"])).unwrap()
        };
        assert_eq!(ids(), ids());
        assert_eq!(ids().lines().count(), 3);
    }

    #[test]
    fn a_failure_names_the_command_and_gits_words() {
        let folder = tempfile::tempdir().unwrap();
        init(folder.path(), true, &Sees::default()).unwrap();
        let repo = Repo::bare(folder.path().to_owned());
        let error = run(repo.git().args(["rev-parse", "--verify", "nothing"])).unwrap_err();
        assert!(error.to_string().starts_with("git rev-parse failed: fatal"), "{error}");
    }
}
