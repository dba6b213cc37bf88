//! Finds the folders of this machine in which packages lie.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ecosystem::{Ecosystems, Layout};

/// Most names of a folder that a `*` is tried on.
const MAX_NAMES: usize = 1000;
/// Most folders of the work tree in which relative places are looked for.
const MAX_BASES: usize = 64;

/// The machine that packages are looked for on, as its caller knows it.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The file that holds what was read, made when it is first needed.
    pub database: PathBuf,
    pub home: Option<PathBuf>,
    /// The environment.
    pub variables: BTreeMap<String, PathBuf>,
    /// Root of the repository's work tree.
    pub worktree: Option<PathBuf>,
    /// Seconds since the epoch.
    pub now: i64,
}

/// A folder that exists and holds packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Number of the ecosystem.
    pub ecosystem: usize,
    pub layout: Layout,
    /// Without links.
    pub folder: PathBuf,
    /// The folder, without links, that nothing read here may lie outside of.
    pub bound: PathBuf,
}

/// All places, the most specific first. `near` are paths of the work tree: what
/// lies in their folders comes before what lies in the root.
pub(super) fn places(
    machine: &Machine,
    ecosystems: &Ecosystems,
    further: &[(usize, PathBuf)],
    near: &[String],
) -> Vec<Place> {
    let bases = bases(machine, near);
    let mut found: Vec<Place> = Vec::new();
    let mut add = |place: Option<Place>| {
        if let Some(place) = place.filter(|p| !found.contains(p)) {
            found.push(place);
        }
    };
    for (ecosystem, folder) in further {
        if let Some(rule) = ecosystems.all[*ecosystem].places.first() {
            add(place(*ecosystem, rule.layout, folder, None));
        }
    }
    for (number, ecosystem) in ecosystems.all.iter().enumerate() {
        for rule in &ecosystem.places {
            for pattern in &rule.at {
                for (start, rest, bound) in starts(machine, &bases, pattern) {
                    for folder in expand(&start, &rest) {
                        add(place(number, rule.layout, &folder, bound));
                    }
                }
            }
        }
    }
    found
}

/// The place of a folder; `None` if it is none, or if a link leads it out of the
/// bound.
fn place(ecosystem: usize, layout: Layout, folder: &Path, bound: Option<&Path>) -> Option<Place> {
    let folder = folder.canonicalize().ok().filter(|f| f.is_dir())?;
    let bound = match bound {
        Some(bound) => bound.canonicalize().ok()?,
        None => folder.clone(),
    };
    folder.starts_with(&bound).then_some(Place { ecosystem, layout, folder, bound })
}

/// Folders of the work tree in which relative places are looked for, the deepest
/// first.
fn bases(machine: &Machine, near: &[String]) -> Vec<PathBuf> {
    let Some(root) = &machine.worktree else { return Vec::new() };
    let mut folders: Vec<&str> =
        near.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at])).collect();
    folders.sort_by_key(|f| (std::cmp::Reverse(f.matches('/').count()), *f));
    folders.dedup();
    folders.truncate(MAX_BASES);
    let inside = |f: &&str| Path::new(f).components().all(|c| matches!(c, Component::Normal(_)));
    let mut bases: Vec<PathBuf> =
        folders.into_iter().filter(inside).map(|f| root.join(f)).collect();
    bases.push(root.clone());
    bases
}

/// Where a pattern begins, what is left of it, and what may not be left.
fn starts<'a>(
    machine: &'a Machine,
    bases: &[PathBuf],
    pattern: &str,
) -> Vec<(PathBuf, String, Option<&'a Path>)> {
    if let Some((before, rest)) = pattern.split_once("{hash") {
        let Some((file, after)) = rest.split_once('}') else { return Vec::new() };
        let file = file.trim_start_matches(':');
        return bases
            .iter()
            .filter_map(|base| path_hash(base, file))
            .flat_map(|hash| starts(machine, &[], &format!("{before}{hash}{after}")))
            .collect();
    }
    if let Some(rest) = pattern.strip_prefix('$') {
        let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
        // A relative path would depend on the folder that the program runs in.
        let value = machine.variables.get(name).filter(|v| v.is_absolute());
        return value.map(|v| (v.clone(), rest.to_owned(), None)).into_iter().collect();
    }
    if let Some(rest) = pattern.strip_prefix("~/") {
        let home = machine.home.as_ref().filter(|h| h.is_absolute());
        return home.map(|h| (h.clone(), rest.to_owned(), None)).into_iter().collect();
    }
    if let Some(rest) = pattern.strip_prefix('/') {
        return vec![(PathBuf::from("/"), rest.to_owned(), None)];
    }
    let bound = machine.worktree.as_deref();
    bases.iter().map(|base| (base.clone(), pattern.to_owned(), bound)).collect()
}

/// The first eight characters, in Base64, of the SHA-256 of a folder's path without
/// links, or of a file's path in it: Poetry and Pipenv put it into names.
fn path_hash(folder: &Path, file: &str) -> Option<String> {
    let mut path = folder.canonicalize().ok()?;
    if !file.is_empty() {
        path.push(file);
    }
    Some(hash_of(path.to_str()?))
}

fn hash_of(path: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let hash = Sha256::digest(path.as_bytes());
    // Eight characters are six bytes.
    let bits = hash[..6].iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..8).rev().map(|n| char::from(ALPHABET[(bits >> (6 * n)) as usize & 63])).collect()
}

/// The folders that a pattern stands for, sorted.
fn expand(start: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![start.to_owned()];
    for segment in pattern.split('/').filter(|s| !s.is_empty()) {
        let all: Vec<PathBuf> = if segment.contains('*') {
            let fits = |name: &String| fits(segment, name);
            let below = |f: &PathBuf| {
                let f = f.clone();
                names(&f).into_iter().filter(fits).map(move |name| f.join(name))
            };
            found.iter().flat_map(below).collect()
        } else {
            found.into_iter().map(|f| f.join(segment)).collect()
        };
        found = all.into_iter().filter(|f| f.is_dir()).collect();
    }
    found
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(before) else { return false };
    (0..=name.len()).any(|at| name.get(at..).is_some_and(|tail| fits(rest, tail)))
}

/// Names in a folder that are UTF-8, sorted, at most [`MAX_NAMES`]; none if it
/// cannot be read.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names.truncate(MAX_NAMES);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Assets;

    fn machine(worktree: &Path) -> Machine {
        Machine {
            database: worktree.join("none.db"),
            home: None,
            variables: BTreeMap::new(),
            worktree: Some(worktree.to_owned()),
            now: 0,
        }
    }

    fn found(machine: &Machine, near: &[&str]) -> Vec<PathBuf> {
        let ecosystems = Ecosystems::load(&Assets::builtin()).unwrap();
        let near: Vec<String> = near.iter().map(|n| (*n).to_owned()).collect();
        let all = places(machine, &ecosystems, &[], &near);
        let inside = |p: &Place| machine.worktree.as_ref().is_some_and(|w| p.folder.starts_with(w));
        all.into_iter().filter(inside).map(|p| p.folder).collect()
    }

    #[test]
    fn environments_lie_in_the_root_and_near_the_change() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path().canonicalize().unwrap();
        for folder in ["web/node_modules", "node_modules", ".venv/lib/python3.12/site-packages"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        assert_eq!(
            found(&machine(&root), &["web/src/a.ts"]),
            [
                root.join("web/node_modules"),
                root.join("node_modules"),
                root.join(".venv/lib/python3.12/site-packages")
            ]
        );
        assert_eq!(found(&machine(&root), &["../../x/a.ts"]).len(), 2);
    }

    #[test]
    fn environments_are_known_by_the_hash_of_a_path() {
        // What Poetry 2.5.1 and Pipenv 2026.10.3 named for these paths.
        assert_eq!(hash_of("/tmp/dx/pyproj-x"), "sI9odkBf");
        assert_eq!(hash_of("/tmp/dx/penv/Pipfile"), "P8niuDpa");
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name) in
            [("python*", "python3.12"), ("*-ab-py*", "x-ab-ab-py3"), ("*", ""), ("a", "a")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("python*", "pytho"), ("*-ab-py*", "x-ab-p3"), ("a*a", "a"), ("a", "ab"), ("*é", "ée")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_place_of_the_work_tree_that_leads_elsewhere_is_none() {
        let (tree, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = tree.path().canonicalize().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.join("node_modules")).unwrap();
        let ecosystems = Ecosystems::load(&Assets::builtin()).unwrap();
        let all = places(&machine(&root), &ecosystems, &[], &[]);
        let elsewhere = elsewhere.path().canonicalize().unwrap();
        assert!(all.iter().all(|p| p.folder != elsewhere), "{all:?}");
    }
}
