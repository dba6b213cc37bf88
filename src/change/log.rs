//! Walks the main line of a history: each commit against its first parent, so that a
//! merged branch is one change, as a review would have seen it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use super::diff::hunk_ranges;
use super::repo::{failure, run, run_with_input, start_failure};
use super::{ChangeError, Repo};

/// Lines of one commit whose text is kept; those after it are counted only.
const TEXT_LINES: usize = 20_000;
/// Commits with missing blobs that are passed over.
const GAPS: usize = 20;
const REGULAR: &str = "100";

/// How much of each commit is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The changed paths.
    Paths,
    /// The changed lines too. Files over 1 MB count as binary and have none.
    Lines,
}

/// A commit of the main line. Text that is not UTF-8 is decoded with replacement
/// characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logged {
    pub id: String,
    pub parents: Vec<String>,
    /// Commit time, seconds since the epoch.
    pub time: i64,
    pub author: String,
    pub subject: String,
    pub body: String,
    /// Regular files that differ from the first parent.
    pub files: Vec<LoggedFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoggedFile {
    /// Path after the commit; of a deleted file, before it.
    pub path: String,
    /// Path before the commit where it differs.
    pub old_path: Option<String>,
    /// Blob before the commit; `None` for a new file.
    pub base: Option<String>,
    /// Blob after the commit; `None` for a deleted file.
    pub head: Option<String>,
    /// In the order of the file, without context lines.
    pub hunks: Vec<LoggedHunk>,
}

/// Lines that took the place of others. Starts are 1-based; with a count of 0 the start
/// is the line before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoggedHunk {
    pub old_start: u32,
    pub old_lines: u32,
    pub new_start: u32,
    pub new_lines: u32,
    /// Texts; shorter than the counts where the commit was too long to keep.
    pub removed: Vec<String>,
    pub added: Vec<String>,
}

impl Repo {
    /// Calls `each` with the commits of the main line of `head`, the newest first: at
    /// most `count` of them after the first `skip`. A commit whose blobs this clone lacks
    /// comes without lines; with too many of them, as in a partial clone, this fails with
    /// [`ChangeError::Git`].
    pub fn main_line(
        &self,
        head: &str,
        (skip, count): (usize, usize),
        depth: Depth,
        each: &mut dyn FnMut(Logged),
    ) -> Result<(), ChangeError> {
        let mut read = 0;
        let mut gaps = 0;
        while read < count {
            let before = read;
            let mut counted = |commit| {
                read += 1;
                each(commit);
            };
            match self.stretch(head, (skip + before, count - before), depth, &mut counted) {
                Ok(()) => break,
                Err(error) if gaps == GAPS || read == before => return Err(error),
                Err(_) => gaps += 1,
            }
        }
        Ok(())
    }

    /// Calls `each` with commits until the end or one that git cannot read, which comes
    /// without lines before the error.
    fn stretch(
        &self,
        head: &str,
        (skip, count): (usize, usize),
        depth: Depth,
        each: &mut dyn FnMut(Logged),
    ) -> Result<(), ChangeError> {
        let mut command = self.git();
        // Larger blobs are not even read.
        command.args(["-c", "core.bigFileThreshold=1m", "log", "--first-parent"]);
        command.args(["--diff-merges=first-parent", "--raw", "--no-abbrev", "-M", "-l200"]);
        command.args(["--no-color", "--no-ext-diff", "--no-textconv", "--encoding=UTF-8"]);
        if depth == Depth::Lines {
            command.args(["-p", "-U0", "--inter-hunk-context=0", "--full-index"]);
            command.args(["--diff-algorithm=histogram", "--indent-heuristic"]);
        }
        // No field can hold a NUL, so their number tells where the words end.
        command.arg("--format=%x01%H%x00%P%x00%ct%x00%an%x00%s%x00%b%x00");
        command.args([format!("--skip={skip}"), format!("--max-count={count}")]);
        command.args([head, "--"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(start_failure)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut last = None;
        let (parsed, complaint) = std::thread::scope(|scope| {
            // From a thread: git would wait for ever for a full pipe to be read.
            let complaint = scope.spawn(move || {
                let mut text = Vec::new();
                if let Some(mut pipe) = stderr {
                    // What cannot be read cannot be told.
                    let _ = pipe.read_to_end(&mut text);
                }
                String::from_utf8_lossy(&text).into_owned()
            });
            let parsed = match stdout {
                Some(pipe) => parse(BufReader::new(pipe), &mut last, each),
                None => Ok(()),
            };
            (parsed, complaint.join().unwrap_or_default())
        });
        let status = child.wait().map_err(start_failure)?;
        if let Some(mut commit) = last {
            if !status.success() {
                commit.files.iter_mut().for_each(|file| file.hunks.clear());
            }
            each(commit);
        }
        if !status.success() {
            return Err(failure("log", &complaint));
        }
        parsed
    }

    /// The authors of commits, by id.
    pub fn authors(&self, ids: &[&str]) -> Result<HashMap<String, String>, ChangeError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut command = self.git();
        command.args(["log", "--no-walk=unsorted", "--encoding=UTF-8", "--format=%H%x00%an"]);
        command.arg("--stdin");
        let output = run_with_input(&mut command, "log", ids.join("\n").as_bytes())?;
        let output = String::from_utf8_lossy(&output);
        let pairs = output.lines().filter_map(|line| line.split_once('\0'));
        Ok(pairs.map(|(id, author)| (id.to_owned(), author.to_owned())).collect())
    }

    /// Sizes of blobs in bytes, by id; one that this clone lacks is left out.
    pub fn blob_sizes(&self, ids: &[&str]) -> Result<HashMap<String, u64>, ChangeError> {
        let mut command = self.git();
        command.args(["cat-file", "--batch-check=%(objectname) %(objectsize)"]);
        let mut input = ids.join("\n");
        input.push('\n');
        let output = run_with_input(&mut command, "cat-file", input.as_bytes())?;
        let output = String::from_utf8_lossy(&output);
        let size = |line: &str| -> Option<(String, u64)> {
            let (id, size) = line.split_once(' ')?;
            Some((id.to_owned(), size.parse().ok()?))
        };
        Ok(output.lines().filter_map(size).collect())
    }

    /// How many commits the main line of `head` has after `old`.
    pub fn main_line_since(&self, old: &str, head: &str) -> Result<usize, ChangeError> {
        let mut command = self.git();
        command.args(["rev-list", "--count", "--first-parent", head, &format!("^{old}"), "--"]);
        let output = run(&mut command, "rev-list")?;
        let count = String::from_utf8_lossy(&output).trim().parse();
        count.map_err(|_| failure("rev-list", "it did not answer with a number"))
    }

    /// Commits at which this clone's history ends, though the project's does not.
    pub fn cut_commits(&self) -> Vec<String> {
        self.shallow_boundary()
    }
}

/// Reads commits with their raw entries and patches. Hunks are counted, not guessed, so
/// content that looks like a header is content. The last commit is left in `commit`.
fn parse(
    mut input: impl BufRead,
    commit: &mut Option<Logged>,
    each: &mut dyn FnMut(Logged),
) -> Result<(), ChangeError> {
    let broken = || failure("log", "its output could not be read");
    let mut at: Option<usize> = None;
    let mut kept = 0;
    let mut line = Vec::new();
    while next(&mut input, &mut line)? {
        if line.first() == Some(&1) {
            if let Some(done) = commit.take() {
                each(done);
            }
            let mut head = line.clone();
            while head.iter().filter(|b| **b == 0).count() < 6 {
                if !next(&mut input, &mut line)? {
                    return Err(broken());
                }
                head.push(b'\n');
                head.extend_from_slice(&line);
            }
            *commit = Some(header(&head).ok_or_else(broken)?);
            (at, kept) = (None, 0);
        } else if line.first() == Some(&b':') {
            let commit = commit.as_mut().ok_or_else(broken)?;
            commit.files.extend(entry(&line));
        } else if line.starts_with(b"diff --git ") {
            at = None;
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            let commit = commit.as_mut().ok_or_else(broken)?;
            let ids = String::from_utf8_lossy(ids);
            let ids = ids.split(' ').next().unwrap_or_default();
            let (old, new) = ids.split_once("..").ok_or_else(broken)?;
            at = commit.files.iter().position(|file| {
                let is = |blob: &Option<String>, id: &str| match blob {
                    Some(blob) => blob == id,
                    None => is_none(id),
                };
                file.hunks.is_empty() && is(&file.base, old) && is(&file.head, new)
            });
        } else if line.starts_with(b"@@ ") {
            let mut hunk = hunk_header(&line).ok_or_else(broken)?;
            for (count, sign) in [(hunk.old_lines, b'-'), (hunk.new_lines, b'+')] {
                let mut read = 0;
                while read < count {
                    if !next(&mut input, &mut line)? {
                        return Err(broken());
                    }
                    match line.split_first() {
                        Some((b'\\', _)) => continue,
                        Some((first, text)) if *first == sign => {
                            read += 1;
                            if kept < TEXT_LINES {
                                kept += 1;
                                let side =
                                    if sign == b'-' { &mut hunk.removed } else { &mut hunk.added };
                                side.push(String::from_utf8_lossy(text).into_owned());
                            }
                        }
                        _ => return Err(broken()),
                    }
                }
            }
            if let (Some(commit), Some(at)) = (commit.as_mut(), at) {
                commit.files[at].hunks.push(hunk);
            }
        }
    }
    Ok(())
}

/// Reads a line without its end; false at the end of the input.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, ChangeError> {
    line.clear();
    let io = |source| ChangeError::Io { path: "git log".into(), source };
    if input.read_until(b'\n', line).map_err(io)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(true)
}

fn header(bytes: &[u8]) -> Option<Logged> {
    let text = String::from_utf8_lossy(bytes.get(1..)?);
    let mut fields = text.split('\0');
    Some(Logged {
        id: fields.next()?.to_owned(),
        parents: fields.next()?.split_whitespace().map(str::to_owned).collect(),
        time: fields.next()?.parse().unwrap_or(0),
        author: fields.next()?.to_owned(),
        subject: fields.next()?.to_owned(),
        body: fields.next()?.lines().map(str::trim).collect::<Vec<_>>().join("\n"),
        files: Vec::new(),
    })
}

/// Reads `:100644 100644 <id> <id> M TAB path`; `None` for links and submodules.
fn entry(line: &[u8]) -> Option<LoggedFile> {
    let mut fields = line.split(|b| *b == b'\t');
    let facts = String::from_utf8_lossy(fields.next()?);
    let facts: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
    let [base_mode, head_mode, base, head, _status] = facts[..] else { return None };
    let regular = |mode: &str| mode.starts_with(REGULAR) || mode == "000000";
    if !regular(base_mode) || !regular(head_mode) {
        return None;
    }
    let first = unquote(fields.next()?);
    let second = fields.next().map(unquote);
    let blob = |id: &str| Some(id.to_owned()).filter(|id| !is_none(id));
    let (path, old_path) = match second {
        Some(new) => (new, Some(first)),
        None => (first, None),
    };
    Some(LoggedFile { path, old_path, base: blob(base), head: blob(head), hunks: Vec::new() })
}

fn is_none(id: &str) -> bool {
    id.bytes().all(|b| b == b'0')
}

fn hunk_header(line: &[u8]) -> Option<LoggedHunk> {
    let [old_start, old_lines, new_start, new_lines] = hunk_ranges(line)?;
    Some(LoggedHunk { old_start, old_lines, new_start, new_lines, ..LoggedHunk::default() })
}

/// A path as git prints it: in C's quotes where it has unusual bytes.
fn unquote(bytes: &[u8]) -> String {
    let Some(inner) = bytes.strip_prefix(b"\"").and_then(|b| b.strip_suffix(b"\"")) else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    let mut plain = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let Some((escape, after)) = rest.split_first().filter(|_| *byte == b'\\') else {
            plain.push(*byte);
            continue;
        };
        rest = after;
        let octal = |b: &u8| (b'0'..=b'7').contains(b);
        plain.push(match escape {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b if octal(b) => {
                let more = rest.iter().take(2).take_while(|b| octal(b)).count();
                let digits = std::iter::once(b).chain(&rest[..more]);
                let value = digits.fold(0u32, |n, b| n * 8 + u32::from(b - b'0'));
                rest = &rest[more..];
                value as u8
            }
            other => *other,
        });
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    fn logged(repo: &Repo, depth: Depth) -> Vec<Logged> {
        let mut found = Vec::new();
        repo.main_line("HEAD", (0, 100), depth, &mut |commit| found.push(commit)).unwrap();
        found
    }

    #[test]
    fn commits_carry_their_lines_and_renames() {
        let fixture = Fixture::new();
        let rest = "a line that stays\nanother line that stays\n";
        fixture.write("a \"ü\".py", format!("one\ntwo\n{rest}"));
        fixture.commit("one\n\n\u{1}looks like a commit\n: and an entry");
        fixture.git(&["mv", "a \"ü\".py", "b.py"]);
        fixture.write("b.py", format!("one\n@@ -1 +1 @@\n{rest}five"));
        let second = fixture.commit("two");
        let repo = Repo::discover(fixture.path()).unwrap();
        let all = logged(&repo, Depth::Lines);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].id.as_str(), all[0].subject.as_str()), (second.as_str(), "two"));
        assert_eq!(all[1].body, "\u{1}looks like a commit\n: and an entry");
        let file = &all[0].files[0];
        assert_eq!((file.path.as_str(), file.old_path.as_deref()), ("b.py", Some("a \"ü\".py")));
        assert_eq!(file.hunks.len(), 2);
        assert_eq!(file.hunks[0].removed, ["two"]);
        assert_eq!(file.hunks[0].added, ["@@ -1 +1 @@"]);
        assert_eq!((file.hunks[1].old_start, file.hunks[1].old_lines), (4, 0));
        assert_eq!(file.hunks[1].added, ["five"]);
        let paths = logged(&repo, Depth::Paths);
        assert!(paths[0].files[0].hunks.is_empty());
        assert_eq!(paths[0].files[0].old_path, file.old_path);
        let ids = [file.base.as_deref().unwrap(), "0123456789012345678901234567890123456789"];
        assert_eq!(repo.blob_sizes(&ids).unwrap().values().collect::<Vec<_>>(), [&50]);
        assert_eq!(repo.authors(&[&second]).unwrap()[&second], "Ada");
    }

    #[test]
    fn a_merged_branch_is_one_change() {
        let fixture = Fixture::new();
        fixture.write("a.py", "a = 1\n");
        let first = fixture.commit("one");
        fixture.git(&["checkout", "-q", "-b", "side"]);
        fixture.write("b.py", "b = 1\n");
        fixture.commit("two");
        fixture.write("b.py", "b = 2\n");
        fixture.commit("three");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.write("c.py", "c = 1\n");
        fixture.commit("four");
        fixture.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        let repo = Repo::discover(fixture.path()).unwrap();
        let all = logged(&repo, Depth::Lines);
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].parents.len(), 2);
        assert_eq!(all[0].files[0].hunks[0].added, ["b = 2"]);
        assert_eq!(repo.main_line_since(&first, "HEAD").unwrap(), 2);
    }

    #[test]
    fn a_commit_with_a_missing_blob_comes_without_lines() {
        let fixture = Fixture::new();
        fixture.write("a.py", "a = 1\n");
        fixture.commit("one");
        fixture.write("a.py", "a = 2\n");
        fixture.commit("two");
        let blob = fixture.git(&["rev-parse", "HEAD:a.py"]);
        fixture.write("a.py", "a = 3\n");
        fixture.commit("three");
        fixture.write("b.py", "b = 1\n");
        fixture.commit("four");
        let object = fixture.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
        std::fs::remove_file(object).unwrap();
        let all = logged(&Repo::discover(fixture.path()).unwrap(), Depth::Lines);
        let lines: Vec<usize> = all.iter().map(|c| c.files[0].hunks.len()).collect();
        assert_eq!(lines, [1, 0, 0, 1]);
        assert_eq!(all[3].subject, "one");
    }

    #[test]
    fn a_missing_commit_is_an_error() {
        let fixture = Fixture::new();
        fixture.commit("one");
        let repo = Repo::discover(fixture.path()).unwrap();
        let error = repo.main_line(&"1".repeat(40), (0, 10), Depth::Paths, &mut |_| ());
        assert!(matches!(error, Err(ChangeError::Git { .. })), "{error:?}");
    }
}
