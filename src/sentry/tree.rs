//! Which file of a tree a frame means.
//!
//! Code mappings come first, then the names that manifests of the tree give
//! (`go.mod`), then the files whose paths agree with the frame's from the end on.
//! The longest agreement counts; files that agree equally well are all kept, each
//! with a lower score. A file is also known by the names it had before.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use regex::Regex;
use serde::Serialize;

use super::SentryError;
use super::frame::{self, Place, score};
use super::mapping::Mappings;
use crate::change::{ChangeError, Rename, Snapshot};

/// Most files that one frame is said to be in.
const CANDIDATES: usize = 50;
/// Most folders of a deployment's own folder: `/app`, `/var/task`.
const DEPLOYED: usize = 2;

/// What a tree's code says of itself, as the index knows it.
pub trait Code: Send + Sync {
    /// Definitions of that plain name: path, first and last line (1-based, inclusive).
    fn definitions(&self, name: &str) -> Result<Vec<(String, u32, u32)>, SentryError>;
    /// A file's text, `None` if it is none of the tree or binary.
    fn text(&self, path: &str) -> Result<Option<Arc<str>>, SentryError>;
}

/// Where a frame may lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    pub path: String,
    /// 0 to 100, before what the function adds; see `sentry::frame::score`.
    pub score: u32,
    /// What the file was called when the event was recorded, if something else.
    pub former: Option<String>,
    /// Whether other files agree equally well.
    pub ambiguous: bool,
}

/// The files of one tree.
pub struct Tree {
    files: Vec<String>,
    /// Reversed paths, sorted, each with its place in `files`.
    names: Vec<(String, usize)>,
    /// Names that files had before, by path in `names`' form.
    former: HashMap<String, usize>,
    manifests: Mappings,
    /// Endings of files that manifests cover, and which paths have a name before them:
    /// other names are libraries'.
    covered: Vec<(&'static str, Option<Regex>)>,
    code: Option<Arc<dyn Code>>,
}

impl Tree {
    /// `renames` come newest first.
    pub fn new(snapshot: &Snapshot, renames: &[Rename]) -> Result<Self, ChangeError> {
        let files: Vec<String> =
            snapshot.entries().iter().filter(|e| e.is_file()).map(|e| e.path.clone()).collect();
        let mut tree = Self::of(files, renames);
        for manifest in frame::manifests() {
            // The table is checked by a test.
            let Ok(name) = Regex::new(&manifest.name) else { continue };
            for path in tree.called(&manifest.file) {
                let Some(text) = snapshot.text(&path)? else { continue };
                let Some(name) = name.captures(&text.text).and_then(|c| c.get(1)) else { continue };
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let stack = format!("{}/{}", name.as_str(), manifest.folder);
                tree.manifests.add("", &stack, &format!("{folder}/{}", manifest.folder));
                if let Some(ending) = manifest.extension.as_deref()
                    && !tree.covered.iter().any(|(known, _)| *known == ending)
                {
                    let named = manifest.named.as_deref().and_then(|n| Regex::new(n).ok());
                    tree.covered.push((ending, named));
                }
            }
        }
        Ok(tree)
    }

    /// The tree of these paths, without what files of it say.
    pub fn of(mut files: Vec<String>, renames: &[Rename]) -> Self {
        files.sort();
        let mut names: Vec<(String, usize)> =
            files.iter().enumerate().map(|(n, path)| (frame::reversed(path), n)).collect();
        let at: HashMap<&str, usize> =
            files.iter().enumerate().map(|(n, path)| (path.as_str(), n)).collect();
        let mut now: HashMap<&str, usize> = HashMap::new();
        for rename in renames {
            let new = rename.new.as_str();
            let (old, file) = (rename.old.as_str(), now.get(new).or_else(|| at.get(new)).copied());
            // A path that is a file's again is that file's alone.
            if let (Some(file), false) = (file, at.contains_key(old)) {
                now.entry(old).or_insert(file);
            }
        }
        let former: HashMap<String, usize> =
            now.into_iter().map(|(old, file)| (frame::reversed(old), file)).collect();
        names.extend(former.iter().map(|(name, file)| (name.clone(), *file)));
        names.sort();
        Self {
            files,
            names,
            former,
            manifests: Mappings::default(),
            covered: Vec::new(),
            code: None,
        }
    }

    /// With what the index knows, functions that moved are found as well.
    #[must_use]
    pub fn with_code(mut self, code: Arc<dyn Code>) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn code(&self) -> Option<&dyn Code> {
        self.code.as_deref()
    }

    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// What a file is called in this tree: the path itself, or the one it was renamed to.
    pub(super) fn now(&self, path: &str) -> Option<&str> {
        let (_, file) = self.exact(&frame::reversed(path))?;
        self.files.get(*file).map(String::as_str)
    }

    /// The path and the names that it had before.
    pub(super) fn names_of(&self, path: &str) -> Vec<String> {
        let mut names = vec![path.to_owned()];
        if let Ok(file) = self.files.binary_search_by(|f| f.as_str().cmp(path)) {
            let old = self.former.iter().filter(|(_, f)| **f == file);
            names.extend(old.map(|(name, _)| frame::forward(name)));
        }
        names[1..].sort();
        names
    }

    fn called(&self, base: &str) -> Vec<String> {
        let range = self.range(&format!("{base}/"), 0..self.names.len());
        let own = self.names[range].iter().filter(|(name, _)| !self.former.contains_key(name));
        own.map(|(_, file)| self.files[*file].clone()).collect()
    }

    /// The files that a frame may lie in; several only if they agree equally well,
    /// and all or none of them define the function.
    pub(super) fn resolve_in(
        &self,
        place: &Place,
        mappings: &Mappings,
        project: Option<&str>,
        function: Option<&str>,
    ) -> Result<Vec<Candidate>, SentryError> {
        let mut found = self.resolve(place, mappings, project);
        if found.len() < 2 {
            return Ok(found);
        }
        let (Some(code), Some(function)) = (&self.code, function) else { return Ok(found) };
        let definitions = code.definitions(function)?;
        let has = |c: &Candidate| definitions.iter().any(|(path, _, _)| *path == c.path);
        let count = found.iter().filter(|c| has(c)).count();
        if count > 0 {
            found.retain(has);
        }
        if count == 1 {
            found[0].score += score::AMBIGUOUS;
            found[0].ambiguous = false;
        }
        Ok(found)
    }

    /// The files that a frame may lie in, by path; several only if they agree
    /// equally well.
    pub(super) fn resolve(
        &self,
        place: &Place,
        mappings: &Mappings,
        project: Option<&str>,
    ) -> Vec<Candidate> {
        let mapped = mappings.apply(place, project).into_iter();
        for path in mapped.chain(self.manifests.apply(place, None)) {
            if let Some((name, file)) = self.exact(&frame::reversed(&path)) {
                return vec![self.candidate(name, *file, score::MAPPED)];
            }
        }
        if self.is_foreign(place) {
            return Vec::new();
        }
        let mut found: Vec<(u32, usize)> = Vec::new();
        for base in self.bases(place) {
            self.agreeing(place, &base, &mut found);
        }
        let Some(best) = found.iter().map(|(score, _)| *score).max() else {
            return self.alone(place).into_iter().collect();
        };
        found.retain(|(score, _)| *score == best);
        let mut candidates: Vec<Candidate> = found
            .iter()
            .map(|(score, n)| self.candidate(&self.names[*n].0, self.names[*n].1, *score))
            .collect();
        candidates.sort_by(|a, b| (&a.path, &a.former).cmp(&(&b.path, &b.former)));
        candidates.dedup_by(|b, a| a.path == b.path);
        if candidates.len() > 1 {
            // A name alone says nothing if several files have it, unless a folder is
            // called like the namespace.
            if best <= 30 {
                return self.in_namespace(place, candidates);
            }
            candidates.truncate(CANDIDATES);
            for candidate in &mut candidates {
                candidate.score = best - score::AMBIGUOUS;
                candidate.ambiguous = true;
            }
        }
        candidates
    }

    /// Whether a place has a name, and no manifest of the tree gives it.
    fn is_foreign(&self, place: &Place) -> bool {
        let Some((_, ending)) = place.base.rsplit_once('.') else { return false };
        let covered = self.covered.iter().find(|(known, _)| *known == ending);
        covered.is_some_and(|(_, named)| match named {
            Some(named) => named.is_match(&place.whole()),
            None => !place.root.is_empty(),
        })
    }

    /// The one file whose folders, joined by dots, end a class's namespace:
    /// `src/Acme.Billing/Cart.cs` for `Acme.Billing.Cart`.
    fn in_namespace(&self, place: &Place, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let namespace = frame::forward(&place.root).replace('/', ".");
        if namespace.is_empty() || place.base.contains('.') {
            return Vec::new();
        }
        candidates.retain(|c| {
            let folders = c.path.rsplit_once('/').map_or("", |(folders, _)| folders);
            let last = folders.rsplit('/').next().unwrap_or_default();
            last == namespace || last.contains('.') && namespace.ends_with(&format!(".{last}"))
        });
        if candidates.len() == 1 {
            candidates[0].score = score::NAMESPACE;
            return candidates;
        }
        Vec::new()
    }

    /// The one file of a name that a program had in its own folder, such as
    /// `/app/manage.py`: the folder is the deployment's.
    fn alone(&self, place: &Place) -> Option<Candidate> {
        let folders = place.path.matches('/').count() - 1;
        if !place.absolute || folders > DEPLOYED || !place.base.contains('.') {
            return None;
        }
        let range = self.range(&format!("{}/", place.base), 0..self.names.len());
        let mut files = self.names[range].iter().filter(|(n, _)| !self.former.contains_key(n));
        let (name, file) = files.next().filter(|_| files.next().is_none())?;
        Some(self.candidate(name, *file, score::BARE))
    }

    fn candidate(&self, name: &str, file: usize, score: u32) -> Candidate {
        Candidate {
            path: self.files[file].clone(),
            score,
            former: self.former.contains_key(name).then(|| frame::forward(name)),
            ambiguous: false,
        }
    }

    fn exact(&self, name: &str) -> Option<&(String, usize)> {
        let at = self.names.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok()?;
        self.names.get(at)
    }

    /// The names in a range that begin with `start`.
    fn range(&self, start: &str, within: Range<usize>) -> Range<usize> {
        let names = &self.names[within.clone()];
        let from = names.partition_point(|(name, _)| name.as_str() < start);
        let count = names[from..].partition_point(|(name, _)| name.starts_with(start));
        within.start + from..within.start + from + count
    }

    /// The file names that a place may stand for: a class may lie in files of
    /// several endings.
    fn bases(&self, place: &Place) -> Vec<String> {
        if place.base.contains('.') {
            return vec![place.base.clone()];
        }
        let range = self.range(&format!("{}.", place.base), 0..self.names.len());
        let mut bases: Vec<String> = Vec::new();
        for (name, _) in &self.names[range] {
            let base = name.split('/').next().unwrap_or_default();
            let ending = base.strip_prefix(place.base.as_str()).and_then(|e| e.strip_prefix('.'));
            if ending.is_some_and(|e| frame::class_endings().any(|known| known == e))
                && bases.last().is_none_or(|b| b != base)
            {
                bases.push(base.to_owned());
            }
        }
        bases
    }

    /// Collects the files of that name that agree best with a place: those that
    /// share the most folders, and those that are wholly a part of its path.
    fn agreeing(&self, place: &Place, base: &str, found: &mut Vec<(u32, usize)>) {
        let folders = place.path.split_terminator('/').skip(1);
        let folders = folders.chain(place.root.split_terminator('/'));
        let mut start = format!("{base}/");
        let mut range = self.range(&start, 0..self.names.len());
        let mut whole: Vec<usize> = Vec::new();
        let bare = place.path.matches('/').count() == 1;
        let mut common = 0;
        for folder in folders {
            if range.is_empty() {
                return;
            }
            // Of names that begin alike, the shortest is the first.
            if self.names[range.start].0 == start {
                whole.push(range.start);
            }
            start.push_str(folder);
            start.push('/');
            let next = self.range(&start, range.clone());
            if next.is_empty() {
                break;
            }
            range = next;
            common += 1;
        }
        // Where not even a folder is common, thousands of files may have the name.
        let range = if common > 0 || bare { range } else { 0..0 };
        if common + 1 >= place.path.matches('/').count() {
            // All of the frame's path agrees: files with less of it are others.
            whole.clear();
        }
        let score = |n: &usize| Some((score::path(place, &self.names[*n].0)?, *n));
        found.extend(range.clone().filter_map(|n| score(&n)));
        found.extend(whole.iter().filter(|n| !range.contains(n)).filter_map(score));
    }
}

#[cfg(test)]
mod tests;
