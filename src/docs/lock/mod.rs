//! Reads which version of each package a tree names, out of its lock files.
//!
//! The files are those of the reviewed tree, not of the work tree. One that cannot
//! be read is said and passed over.

mod go;
mod java;
mod node;
mod python;
mod ruby;
mod rust;

use super::ecosystem::{Ecosystems, LockForm};
use crate::change::{ChangeError, Snapshot};

/// Larger lock files are passed over, in bytes.
const MAX_LOCK: u64 = 20_000_000;
/// Most lock files that are read of one tree.
const MAX_FILES: usize = 60;
/// Most packages that are taken out of one file.
const MAX_PINS: usize = 50_000;

/// A package and the version that a lock file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    pub name: String,
    pub version: String,
    /// The package that is installed in its place, where that is another.
    pub instead: Option<String>,
}

impl Pin {
    fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), instead: None }
    }
}

/// What one lock file names, the version that counts first where a package has
/// several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LockFile {
    /// Number of the ecosystem.
    pub ecosystem: usize,
    pub path: String,
    pub pins: Vec<Pin>,
}

/// The text of a lock file is not of its form.
#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    #[error("it is not valid TOML")]
    Toml(#[from] toml::de::Error),
    #[error("it is not valid JSON")]
    Json(#[from] serde_json::Error),
}

/// Reads the lock files of a tree; those that lie nearest to the paths of `near`
/// come first. The second value says which were passed over, and why.
pub(super) fn read(
    snapshot: &Snapshot,
    ecosystems: &Ecosystems,
    near: &[String],
) -> Result<(Vec<LockFile>, Vec<String>), ChangeError> {
    let mut files = Vec::new();
    for entry in snapshot.entries().iter().filter(|e| e.is_file()) {
        let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
        for (number, ecosystem) in ecosystems.all.iter().enumerate() {
            // The forms of an ecosystem stand in the order in which they count.
            for (rank, lock) in ecosystem.locks.iter().enumerate() {
                if lock.names.is_match(name) {
                    files.push((remoteness(&entry.path, near), rank, number, lock.form, entry));
                }
            }
        }
    }
    files.sort_by(|a, b| (a.0, a.1, &a.4.path).cmp(&(b.0, b.1, &b.4.path)));
    let mut notes = Vec::new();
    if files.len() > MAX_FILES {
        notes.push(format!("{} lock files more than {MAX_FILES}", files.len() - MAX_FILES));
        files.truncate(MAX_FILES);
    }
    let mut locks = Vec::new();
    for (_, _, ecosystem, form, entry) in files {
        if entry.size > MAX_LOCK {
            notes.push(format!("{}: it has more than 20 MB", entry.path));
            continue;
        }
        let Some(text) = snapshot.text(&entry.path)? else {
            notes.push(format!("{}: it is no text", entry.path));
            continue;
        };
        match parse(form, &text.text) {
            Ok(mut pins) => {
                pins.truncate(MAX_PINS);
                locks.push(LockFile { ecosystem, path: entry.path.clone(), pins });
            }
            Err(error) => notes.push(format!("{}: {error}", entry.path)),
        }
    }
    Ok((locks, notes))
}

/// How many folders lie between a lock file's and the paths that it may be for;
/// less is nearer.
fn remoteness(lock: &str, near: &[String]) -> (bool, usize) {
    let folder = lock.rsplit_once('/').map_or("", |(folder, _)| folder);
    let above = |path: &&String| {
        folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let depth = if folder.is_empty() { 0 } else { folder.matches('/').count() + 1 };
    match near.is_empty() || near.iter().any(|p| above(&p)) {
        // Above a changed file the deepest counts; without one, the highest.
        true if !near.is_empty() => (false, usize::MAX - depth),
        true => (false, depth),
        false => (true, depth),
    }
}

fn parse(form: LockForm, text: &str) -> Result<Vec<Pin>, LockError> {
    match form {
        LockForm::Cargo => rust::cargo(text),
        LockForm::TomlPackages => python::toml_packages(text),
        LockForm::Pipfile => python::pipfile(text),
        LockForm::Requirements => Ok(python::requirements(text)),
        LockForm::Npm => node::npm(text),
        LockForm::Yarn => Ok(node::yarn(text)),
        LockForm::Pnpm => Ok(node::pnpm(text)),
        LockForm::GoMod => Ok(go::go_mod(text)),
        LockForm::GoSum => Ok(go::go_sum(text)),
        LockForm::Gemfile => Ok(ruby::gemfile(text)),
        LockForm::Pom => Ok(java::pom(text)),
        LockForm::Gradle => Ok(java::gradle(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_nearest_to_the_change_comes_first() {
        let near = vec!["web/app/src/a.ts".to_owned()];
        let mut all =
            ["package-lock.json", "other/package-lock.json", "web/app/yarn.lock", "web/x"];
        all.sort_by_key(|path| remoteness(path, &near));
        assert_eq!(all[0], "web/app/yarn.lock");
        assert_eq!(all[1..3], ["web/x", "package-lock.json"]);
        all.sort_by_key(|path| remoteness(path, &[]));
        assert_eq!(all[0], "package-lock.json");
    }

    #[test]
    fn no_form_panics_on_what_it_is_not() {
        let texts =
            ["", "{", "\u{0}\u{fffd}", "[[package]]\nname=1", "{\"packages\": []}", "@: \"\n  v"];
        for text in texts.iter().map(|t| (*t).to_owned()).chain(["[".repeat(100_000)]) {
            for form in [
                LockForm::Cargo,
                LockForm::TomlPackages,
                LockForm::Pipfile,
                LockForm::Requirements,
                LockForm::Npm,
                LockForm::Yarn,
                LockForm::Pnpm,
                LockForm::GoMod,
                LockForm::GoSum,
                LockForm::Gemfile,
                LockForm::Pom,
                LockForm::Gradle,
            ] {
                let pins = parse(form, &text).unwrap_or_default();
                assert!(pins.len() < 2, "{form:?} reads {pins:?} out of {text:?}");
            }
        }
    }
}
