//! Reads the commits of a repository: ids, parents, times, words, changed paths.

use std::collections::{HashMap, HashSet};

use crate::change::{ChangeError, Repo};

/// A commit with one parent.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: String,
    pub parent: String,
    /// Commit time in seconds since the epoch.
    pub time: i64,
    pub subject: String,
    pub body: String,
    /// Paths that it touches, without those that are not UTF-8.
    pub files: Vec<String>,
}

/// The commits that a tip has, newest first, without merges and roots.
#[derive(Debug)]
pub(super) struct History {
    pub tip: String,
    pub tip_time: i64,
    pub entries: Vec<Entry>,
    /// Where in `entries` a path is touched, in their order.
    by_path: HashMap<String, Vec<usize>>,
    by_id: HashMap<String, usize>,
    /// Paths of the tip.
    alive: HashSet<String>,
}

/// What separates the fields of a commit in git's output: no text holds it.
const FIELD: char = '\u{1}';

impl History {
    /// Reads at most `limit` commits.
    pub fn read(repo: &Repo, tip: &str, limit: usize) -> Result<Self, ChangeError> {
        let count = format!("--max-count={limit}");
        let format = "--format=%x02%H%x01%P%x01%ct%x01%s%x01%b%x01";
        let output = repo.run(&[
            "log",
            "--no-merges",
            "--date-order",
            "--no-renames",
            "--name-only",
            "-z",
            &count,
            format,
            tip,
            "--",
        ])?;
        let text = String::from_utf8_lossy(&output);
        let mut entries: Vec<Entry> = text.split('\u{2}').filter_map(entry).collect();
        // A path with a replacement character cannot be named to git again.
        for entry in &mut entries {
            entry.files.retain(|f| !f.contains('\u{fffd}'));
        }
        let mut by_path: HashMap<String, Vec<usize>> = HashMap::new();
        for (n, entry) in entries.iter().enumerate() {
            for path in &entry.files {
                by_path.entry(path.clone()).or_default().push(n);
            }
        }
        let time = repo.line(&["log", "-1", "--format=%ct", tip])?;
        let tip_time = time.parse().unwrap_or_else(|_| entries.first().map_or(0, |e| e.time));
        let paths = repo.run(&["ls-tree", "-r", "-z", "--name-only", "--full-tree", tip])?;
        let alive = String::from_utf8_lossy(&paths).split('\0').map(str::to_owned).collect();
        let by_id = entries.iter().enumerate().map(|(n, e)| (e.id.clone(), n)).collect();
        Ok(Self { tip: tip.to_owned(), tip_time, entries, by_path, by_id, alive })
    }

    /// Commits that touch a path, newest first.
    pub fn of<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Entry> {
        self.by_path.get(path).into_iter().flatten().map(|n| &self.entries[*n])
    }

    /// Whether the tip has a path.
    pub fn has(&self, path: &str) -> bool {
        self.alive.contains(path)
    }

    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).map(|n| &self.entries[*n])
    }
}

/// A commit of the output; `None` for a root, and for what precedes the first.
fn entry(text: &str) -> Option<Entry> {
    let mut fields = text.splitn(6, FIELD);
    let (id, parents, time) = (fields.next()?, fields.next()?, fields.next()?);
    let (subject, body, files) = (fields.next()?, fields.next()?, fields.next()?);
    let parent = parents.split(' ').next().filter(|p| !p.is_empty())?;
    Some(Entry {
        id: id.to_owned(),
        parent: parent.to_owned(),
        time: time.parse().ok()?,
        subject: subject.trim().to_owned(),
        body: body.trim().to_owned(),
        files: files
            .split('\0')
            .map(|f| f.trim_matches('\n'))
            .filter(|f| !f.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// A blamed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blamed {
    pub commit: String,
    /// Path and 1-based number of the line in that commit.
    pub path: String,
    pub line: u32,
}

/// Whom lines of a file at a commit are from; white space does not count. `range` is
/// `A,B`, or none for the whole file. With `since`, older lines are left out.
pub(super) fn blame(
    repo: &Repo,
    at: &str,
    path: &str,
    range: Option<(u32, u32)>,
    since: Option<&str>,
) -> Result<Vec<Blamed>, ChangeError> {
    let mut command = vec!["blame".to_owned(), "--porcelain".to_owned(), "-w".to_owned()];
    if let Some((start, end)) = range {
        command.push(format!("-L{start},{end}"));
    }
    command.push(since.map_or_else(|| at.to_owned(), |since| format!("{since}^..{at}")));
    command.extend(["--".to_owned(), path.to_owned()]);
    let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    let output = repo.run(&arguments)?;
    Ok(blamed(&String::from_utf8_lossy(&output)))
}

/// Reads git's porcelain form: a head for each line, and for a commit's first one what
/// is known of the commit.
fn blamed(text: &str) -> Vec<Blamed> {
    let mut lines = Vec::new();
    let mut paths: HashMap<String, String> = HashMap::new();
    let mut boundary: Vec<String> = Vec::new();
    let mut open: Option<(String, u32)> = None;
    for row in text.lines() {
        match &open {
            None => {
                let mut parts = row.split(' ');
                let (id, line) = (parts.next(), parts.next().and_then(|l| l.parse().ok()));
                open = id.map(str::to_owned).zip(line);
            }
            Some((commit, line)) => {
                if row.starts_with('\t') {
                    // A line that is older than the range stays out.
                    if let Some(path) = paths.get(commit).filter(|_| !boundary.contains(commit)) {
                        let (commit, path, line) = (commit.clone(), path.clone(), *line);
                        lines.push(Blamed { commit, path, line });
                    }
                    open = None;
                } else if let Some(path) = row.strip_prefix("filename ") {
                    paths.insert(commit.clone(), path.to_owned());
                } else if row == "boundary" {
                    boundary.push(commit.clone());
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read_with_their_paths() {
        let one = "a1\u{1}b2 c3\u{1}17\u{1}Subject\u{1}Body\ntext\n\u{1}\0\na b.py\0d.rs\0";
        let read = entry(one).unwrap();
        assert_eq!((read.parent.as_str(), read.time, read.files.len()), ("b2", 17, 2));
        assert_eq!(read.files[0], "a b.py");
        assert!(entry("a1\u{1}\u{1}17\u{1}Root\u{1}\u{1}").is_none());
    }

    #[test]
    fn blame_names_commit_path_and_line_and_leaves_the_boundary_out() {
        let text = "aaa 3 1 2\nauthor X\nfilename old.py\n\tx = 1\naaa 4 2\n\ty = 2\n\
                    bbb 9 3 1\nboundary\nfilename new.py\n\tz = 3\naaa 7 4 1\n\tw\n";
        let lines = blamed(text);
        assert_eq!(lines.iter().map(|l| l.line).collect::<Vec<_>>(), [3, 4, 7]);
        assert!(lines.iter().all(|l| l.commit == "aaa" && l.path == "old.py"));
    }
}
