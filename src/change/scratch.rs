//! Writes the trees that exist only for a review (index, work tree, patch).
//!
//! They are made in a temporary index, and their objects go to the quarantine
//! under the state directory, so that the repository's own index, object store
//! and work tree stay as they are.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::repo::{run, run_with_input};
use super::{ChangeError, Repo, Skipped};

/// Objects that no review has written for this long are removed.
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Larger files of the work tree are left out: each would be copied.
const MAX_FILE: u64 = 64 << 20;
/// Times that a work tree is read which changes meanwhile.
const TRIES: usize = 3;
/// Prefix of the temporary folders, by which left-over ones are known.
const PREFIX: &str = "scratch-";

/// A temporary index of a repository; removed when dropped.
pub(super) struct Scratch<'a> {
    repo: &'a Repo,
    folder: tempfile::TempDir,
}

impl<'a> Scratch<'a> {
    pub fn new(repo: &'a Repo) -> Result<Self, ChangeError> {
        let quarantine = repo.quarantine();
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ChangeError::Write { path, source }
        };
        std::fs::create_dir_all(&quarantine).map_err(io(&quarantine))?;
        let state = repo.state_dir();
        // What cannot be removed now is removed another time.
        remove_old(&state, &quarantine);
        let folder =
            tempfile::Builder::new().prefix(PREFIX).tempdir_in(&state).map_err(io(&state))?;
        Ok(Self { repo, folder })
    }

    /// A path for a file of the review's own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self) -> Command {
        let mut command = self.repo.git_writing();
        command.env("GIT_INDEX_FILE", self.file("index"));
        command.args(["-c", "core.splitIndex=false", "-c", "core.safecrlf=false"]);
        command
    }

    /// Writes the index as a tree and returns its id.
    pub fn index_tree(&self) -> Result<String, ChangeError> {
        self.copy_index()?;
        self.write_tree()
    }

    /// Writes the work tree with its untracked files, but not the ignored ones,
    /// as a tree; returns its id and what was left out.
    pub fn worktree_tree(&self, folder: &Path) -> Result<(String, Vec<Skipped>), ChangeError> {
        let mut again = 1..TRIES;
        loop {
            match self.try_worktree_tree(folder) {
                // Git gives up at a file that goes while it is read.
                Err(ChangeError::Git { .. }) if again.next().is_some() => {}
                done => return done,
            }
        }
    }

    fn try_worktree_tree(&self, folder: &Path) -> Result<(String, Vec<Skipped>), ChangeError> {
        self.copy_index()?;
        let neutral = self.filter_overrides()?;
        let mut list = self.git();
        list.args(&neutral);
        list.args(["ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard"]);
        let listing = run(&mut list, "ls-files")?;
        let mut skipped = Vec::new();
        let mut seen = HashSet::new();
        let changed: Vec<&[u8]> = listing
            .split(|b| *b == 0)
            .filter(|path| !path.is_empty() && seen.insert(*path))
            .collect();
        let filtered = self.filtered(&changed)?;
        let mut input = Vec::new();
        for path in changed {
            let name = String::from_utf8_lossy(path).into_owned();
            let reason = match filtered.get(path) {
                Some(filter) => Some(format!(
                    "its content goes through the git filter `{filter}`, which a review does not run"
                )),
                None => match unreadable(folder, path) {
                    Refusal::Silent => continue,
                    Refusal::Reason(reason) => Some(reason),
                    Refusal::None => None,
                },
            };
            match reason {
                Some(reason) => skipped.push(Skipped { path: name, reason }),
                None => {
                    input.extend_from_slice(path);
                    input.push(0);
                }
            }
        }
        let mut update = self.git();
        update.args(&neutral);
        update.args(["update-index", "-z", "--add", "--remove", "--replace", "--stdin"]);
        run_with_input(&mut update, "update-index", &input)?;
        Ok((self.write_tree()?, skipped))
    }

    /// Applies a unified diff to a tree and returns the new tree's id.
    pub fn patched_tree(&self, tree: &str, diff: &[u8], name: &str) -> Result<String, ChangeError> {
        if diff.iter().all(u8::is_ascii_whitespace) {
            return Ok(tree.to_owned());
        }
        run(self.git().args(["read-tree", tree]), "read-tree")?;
        // As git writes it; then with white space that a mail program changed;
        // then without the `a/` and `b/` that other tools leave out.
        let attempts: [&[&str]; 3] = [&["-p1"], &["-p1", "--ignore-whitespace"], &["-p0"]];
        let mut first = None;
        for attempt in attempts {
            let mut apply = self.git();
            apply.args(["apply", "--cached", "--whitespace=nowarn"]).args(attempt).arg("-");
            match run_with_input(&mut apply, "apply", diff) {
                Ok(_) => return self.write_tree(),
                Err(ChangeError::Git { stderr, .. }) => first = first.or(Some(stderr)),
                Err(error) => return Err(error),
            }
        }
        Err(ChangeError::PatchFails(name.to_owned(), first.unwrap_or_default()))
    }

    /// Copies the repository's index. The copy keeps the time of the original:
    /// git compares it with the files' to know which were changed right after.
    fn copy_index(&self) -> Result<(), ChangeError> {
        let from = &self.repo.index_file;
        let io = |source| ChangeError::Io { path: from.clone(), source };
        let mut original = match std::fs::File::open(from) {
            Ok(original) => original,
            // Nothing was ever added.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(io(source)),
        };
        let time = original.metadata().and_then(|m| m.modified()).map_err(io)?;
        let copy = self.file("index");
        let write = |source| ChangeError::Write { path: copy.clone(), source };
        let mut file = std::fs::File::create(&copy).map_err(write)?;
        std::io::copy(&mut original, &mut file).map_err(write)?;
        file.set_modified(time).map_err(write)
    }

    fn write_tree(&self) -> Result<String, ChangeError> {
        let conflicts = run(self.git().args(["ls-files", "-z", "--unmerged"]), "ls-files")?;
        if let Some(record) = conflicts.split(|b| *b == 0).find(|r| !r.is_empty()) {
            let tab = record.iter().position(|b| *b == b'\t').map_or(0, |at| at + 1);
            return Err(ChangeError::Conflict(String::from_utf8_lossy(&record[tab..]).into()));
        }
        // Objects that a partial clone lacks are no reason to stop here.
        let id = run(self.git().args(["write-tree", "--missing-ok"]), "write-tree")?;
        Ok(String::from_utf8_lossy(&id).trim().to_owned())
    }

    /// Settings that turn every content filter off: a filter is a program that
    /// the repository's settings name.
    fn filter_overrides(&self) -> Result<Vec<String>, ChangeError> {
        let mut config = self.repo.git();
        config.args(["config", "-z", "--name-only", "--get-regexp", r"^filter\."]);
        let names = match run(&mut config, "config") {
            Ok(names) => names,
            Err(ChangeError::Git { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut drivers = std::collections::BTreeSet::new();
        for name in names.split(|b| *b == 0) {
            let name = String::from_utf8_lossy(name);
            if let Some((driver, _)) = name.rsplit_once('.') {
                drivers.insert(driver.to_owned());
            }
        }
        Ok(drivers
            .iter()
            .flat_map(|d| {
                [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")]
                    .map(|(key, value)| ["-c".to_owned(), format!("{d}.{key}={value}")])
            })
            .flatten()
            .collect())
    }

    /// Paths whose attributes name a content filter, with its name.
    fn filtered<'p>(
        &self,
        paths: &[&'p [u8]],
    ) -> Result<std::collections::HashMap<&'p [u8], String>, ChangeError> {
        let mut input = paths.join(&0);
        input.push(0);
        let mut check = self.git();
        check.args(["check-attr", "-z", "--stdin", "filter"]);
        let output = if paths.is_empty() {
            Vec::new()
        } else {
            run_with_input(&mut check, "check-attr", &input)?
        };
        let fields: Vec<&[u8]> = output.split(|b| *b == 0).collect();
        // One answer of three fields for each path, in order.
        Ok(fields
            .chunks_exact(3)
            .zip(paths)
            .filter_map(|(answer, path)| {
                let value = String::from_utf8_lossy(answer[2]).into_owned();
                (!["unspecified", "unset", "set", ""].contains(&value.as_str()))
                    .then_some((*path, value))
            })
            .collect())
    }
}

/// Why a path of the work tree is not read.
enum Refusal {
    None,
    Reason(String),
    /// It needs no mention.
    Silent,
}

fn unreadable(folder: &Path, path: &[u8]) -> Refusal {
    // An untracked repository inside this one is listed as a folder.
    if path.last() == Some(&b'/') {
        return Refusal::Reason("it is another repository, not a submodule".to_owned());
    }
    let Some(relative) = os_path(path) else {
        return Refusal::Reason("the path is not UTF-8".to_owned());
    };
    let behind_link = relative.ancestors().skip(1).any(|parent| {
        !parent.as_os_str().is_empty()
            && std::fs::symlink_metadata(folder.join(parent)).is_ok_and(|m| m.is_symlink())
    });
    if behind_link {
        // The link itself is in the list and takes the place of what was there.
        return Refusal::Silent;
    }
    let file = folder.join(&relative);
    match std::fs::symlink_metadata(&file) {
        Ok(data) if data.is_file() && data.len() > MAX_FILE => {
            Refusal::Reason(format!("it is over {} MiB", MAX_FILE >> 20))
        }
        Ok(data) if data.is_file() => match std::fs::File::open(&file) {
            Ok(_) => Refusal::None,
            Err(error) => Refusal::Reason(format!("it could not be opened: {error}")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Refusal::Reason("its folder cannot be read".to_owned())
        }
        _ => Refusal::None,
    }
}

#[cfg(unix)]
fn os_path(path: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(std::ffi::OsStr::from_bytes(path).into())
}

#[cfg(not(unix))]
fn os_path(path: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(path).ok().map(PathBuf::from)
}

/// Removes objects and temporary folders of reviews long past.
fn remove_old(state: &Path, quarantine: &Path) {
    let now = SystemTime::now();
    let old = |entry: &std::fs::DirEntry| {
        let time = entry.metadata().and_then(|m| m.modified());
        time.is_ok_and(|t| now.duration_since(t).is_ok_and(|age| age > KEEP))
    };
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries(state) {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && old(&entry) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    for folder in entries(quarantine).filter(|e| e.file_name().len() == 2) {
        for object in entries(&folder.path()).filter(old) {
            let _ = std::fs::remove_file(object.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    #[test]
    fn old_objects_are_removed_and_new_ones_kept() {
        let fixture = Fixture::new();
        fixture.write("a.txt", "a\n");
        fixture.commit("one");
        let repo = Repo::discover(fixture.path()).unwrap();
        let objects = |repo: &Repo| {
            let mut found = Vec::new();
            for folder in std::fs::read_dir(repo.quarantine()).unwrap().flatten() {
                for object in std::fs::read_dir(folder.path()).unwrap().flatten() {
                    found.push(object.path());
                }
            }
            found
        };
        fixture.write("a.txt", "b\n");
        let folder = fixture.path().canonicalize().unwrap();
        Scratch::new(&repo).unwrap().worktree_tree(&folder).unwrap();
        let first = objects(&repo);
        assert_eq!(first.len(), 2, "a blob and a tree: {first:?}");
        for path in &first {
            // Loose objects are read-only; their time may still be set by the owner.
            let mut rights = std::fs::metadata(path).unwrap().permissions();
            #[allow(clippy::permissions_set_readonly_false, reason = "a test's own file")]
            rights.set_readonly(false);
            std::fs::set_permissions(path, rights).unwrap();
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - 2 * KEEP).unwrap();
        }
        fixture.write("a.txt", "c\n");
        Scratch::new(&repo).unwrap().worktree_tree(&folder).unwrap();
        let second = objects(&repo);
        assert_eq!(second.len(), 2);
        assert!(first.iter().all(|p| !second.contains(p)));
        let left = std::fs::read_dir(repo.state_dir()).unwrap().count();
        assert_eq!(left, 1, "only the quarantine stays");
    }
}
