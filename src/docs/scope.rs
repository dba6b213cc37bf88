//! Decides what a question is looked for in.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::database::Collection;
use super::ecosystem::ImportForm;
use super::import_name;
use super::install;
use super::resolve::Resolved;
use super::{Docs, DocsError};

/// Most packages that a question without one is looked for in and that may have to
/// be read first.
const MAX_PACKAGES: usize = 8;
/// Words of a question that are tried as names of packages.
const MAX_NAMED: usize = 2;

/// Collections by rank: all of one tier come before those of the next.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub tiers: Vec<Vec<Collection>>,
    pub notes: Vec<String>,
    /// Names of packages that the question has, which decide where to look and not
    /// what for.
    pub names: Vec<String>,
    /// Why the first package that could not be read was not.
    unreadable: Option<DocsError>,
}

impl Scope {
    fn add(&mut self, tier: usize, collection: Collection) {
        while self.tiers.len() <= tier {
            self.tiers.push(Vec::new());
        }
        if !self.tiers.iter().flatten().any(|c| c.id == collection.id) {
            self.tiers[tier].push(collection);
        }
    }

    fn note(&mut self, note: Option<String>) {
        if let Some(note) = note.filter(|n| !self.notes.contains(n)) {
            self.notes.push(note);
        }
    }
}

impl Docs {
    /// One package, in every ecosystem that has it, and imported documentation of
    /// that name.
    pub(super) fn package_scope(&self, package: &str) -> Result<Scope, DocsError> {
        let package = package.trim();
        let mut scope =
            Scope { names: vec![name_version(package).0.to_owned()], ..Scope::default() };
        for resolved in self.named(package) {
            self.add_package(&mut scope, 0, &resolved)?;
        }
        let (name, version) = name_version(package);
        for kept in self.known.iter().filter(|c| c.ecosystem.is_empty()) {
            let is_it = kept.name.eq_ignore_ascii_case(name)
                && version.is_none_or(|version| kept.version == version);
            if is_it || kept.name.eq_ignore_ascii_case(package) {
                scope.note(left_out(kept));
                scope.add(0, kept.clone());
            }
        }
        if scope.tiers.is_empty() {
            if let Some(error) = scope.unreadable {
                return Err(error);
            }
            if let Some((number, missing)) = self.sources().missing(name) {
                let get = self.ecosystems.all[number].get.clone();
                return Err(DocsError::NotInstalled { missing, get });
            }
            let locked = self.locks.iter().flat_map(|l| &l.pins).map(|p| p.name.as_str());
            let kept = self.known.iter().map(|c| c.name.as_str());
            let near = nearest(name, locked.chain(kept));
            return Err(DocsError::Unknown { name: package.to_owned(), near });
        }
        self.lock_notes.iter().for_each(|note| scope.note(Some(note.clone())));
        Ok(scope)
    }

    /// Reads a package into a tier. One that cannot be read is said, and does not
    /// keep the others from being searched.
    fn add_package(
        &self,
        scope: &mut Scope,
        tier: usize,
        resolved: &Resolved,
    ) -> Result<(), DocsError> {
        match self.collect(resolved) {
            Ok(collection) => {
                scope.note(resolved.note.clone());
                scope.note(left_out(&collection));
                if collection.passages == 0 {
                    scope.note(Some(format!(
                        "{}: nothing that is read lies in {}",
                        collection.label(),
                        resolved.package.root.path().display()
                    )));
                }
                scope.add(tier, collection);
            }
            Err(DocsError::Unreadable { package, path, source }) => {
                scope.note(Some(format!("{package} could not be read: {source}")));
                scope.unreadable.get_or_insert(DocsError::Unreadable { package, path, source });
            }
            Err(ours) => return Err(ours),
        }
        Ok(())
    }

    /// What the question names, what the changed files import, then the rest of what
    /// was kept and a lock file names, then what was imported.
    pub(super) fn whole_scope(&self, question: &str) -> Result<Scope, DocsError> {
        let mut scope = Scope::default();
        let sources = self.sources();
        let mut first: Vec<(usize, Resolved)> = Vec::new();
        let mut named = 0;
        let is_word = |c: char| c.is_alphanumeric() || "_-@/.".contains(c);
        for word in question.split(|c: char| !is_word(c)).filter(|w| w.len() > 1) {
            let word = word.trim_matches(['.', '-', '/']);
            let stop =
                self.ecosystems.reading.stop_words.iter().any(|s| s.eq_ignore_ascii_case(word));
            if named < MAX_NAMED && !stop {
                let mut found = self.named(word);
                // A store holds packages of all projects, under names that are words.
                found.retain(|r| {
                    r.locked || r.package.layout.is_environment() || self.locks.is_empty()
                });
                if found.is_empty() {
                    scope.note(sources.missing(word).map(|(_, missing)| missing.to_string()));
                    continue;
                }
                named += 1;
                // `text` may mean golang.org/x/text, or just a text.
                let (whole, part): (Vec<Resolved>, Vec<Resolved>) =
                    found.into_iter().partition(|r| !r.by_part);
                if !whole.is_empty() {
                    scope.names.push(word.to_owned());
                }
                first.extend(whole.into_iter().map(|r| (0, r)));
                first.extend(part.into_iter().map(|r| (1, r)));
            }
        }
        for (number, name) in self.imported() {
            first.extend(sources.resolve_in(*number, name, None).map(|r| (1, r)));
        }
        let mut seen = BTreeSet::new();
        first.retain(|(_, r)| seen.insert(r.package.root.label()));
        // Reading several packages anew is not to take a caller's whole time.
        let end = Instant::now() + Duration::from_secs(2 * self.limits.max_seconds);
        for (n, (tier, resolved)) in first.iter().enumerate() {
            let label = resolved.package.label();
            if n >= MAX_PACKAGES || Instant::now() > end {
                scope.note(Some(format!("{label} was not searched; name it to search it")));
                continue;
            }
            self.add_package(&mut scope, *tier, resolved)?;
        }
        for kept in &self.known {
            let tier = if kept.ecosystem.is_empty() { 3 } else { 2 };
            if tier == 3 || self.is_wanted(kept) {
                scope.add(tier, kept.clone());
            }
        }
        self.lock_notes.iter().for_each(|note| scope.note(Some(note.clone())));
        Ok(scope)
    }

    /// Whether a kept package is one that this tree's lock files name; without a
    /// tree any is.
    fn is_wanted(&self, kept: &Collection) -> bool {
        let Some(number) = self.ecosystems.find(&kept.ecosystem) else { return false };
        if self.reviewed.is_none() {
            return true;
        }
        let ecosystem = &self.ecosystems.all[number];
        let key = ecosystem.key(&kept.name);
        let mut pins = self.locks.iter().filter(|l| l.ecosystem == number).flat_map(|l| &l.pins);
        pins.any(|p| p.version == kept.version && ecosystem.key(&p.name) == key)
    }

    /// The packages that a name means: itself, or what an import of it comes from.
    fn named(&self, package: &str) -> Vec<Resolved> {
        let sources = self.sources();
        let (name, version) = name_version(package);
        let mut found = sources.resolve(name, version);
        if !found.is_empty() {
            // One that the repository names is meant before one of that name elsewhere.
            if found.iter().any(|r| r.locked) {
                found.retain(|r| r.locked);
            }
            return found;
        }
        for (number, ecosystem) in self.ecosystems.all.iter().enumerate() {
            let names = import_name::packages(ecosystem, &self.locks, self.owners(), name);
            let found = names.iter().find_map(|n| sources.resolve_in(number, n, version));
            if let Some(found) = found {
                return vec![found];
            }
        }
        Vec::new()
    }

    /// Packages that the changed files import and that are installed, by ecosystem
    /// and name, in the order in which they are imported.
    pub(super) fn imported(&self) -> &[(usize, String)] {
        self.imported.get_or_init(|| self.find_imported())
    }

    fn find_imported(&self) -> Vec<(usize, String)> {
        let Some(reviewed) = &self.reviewed else { return Vec::new() };
        let sources = self.sources();
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut tried = BTreeSet::new();
        for path in &reviewed.changed {
            let Some(language) = self.languages.of(path, "") else { continue };
            let in_ecosystems = self
                .ecosystems
                .all
                .iter()
                .enumerate()
                .filter(|(_, e)| e.languages.contains(&language.name));
            // A file that is gone, binary or damaged imports nothing.
            let Ok(Some(text)) = reviewed.snapshot.text(path) else { continue };
            if self.languages.skip_rules().reason(&text.text).is_some() {
                continue;
            }
            let Some(tree) = language.parse(&text.text) else { continue };
            let imports = language.imports(&tree, &text.text);
            for (number, ecosystem) in in_ecosystems {
                for import in &imports {
                    let module = match (import.module.as_str(), &import.name) {
                        ("", Some(name)) => name.as_str(),
                        (module, _) => module,
                    };
                    let first = match ecosystem.import.form {
                        ImportForm::First => module
                            .split(ecosystem.import.separator.as_str())
                            .next()
                            .unwrap_or(module),
                        _ => module,
                    };
                    if !tried.insert((number, first.to_owned())) {
                        continue;
                    }
                    let owners = self.owners();
                    let names = import_name::packages(ecosystem, &self.locks, owners, first);
                    let name =
                        names.into_iter().find(|n| sources.resolve_in(number, n, None).is_some());
                    if let Some(name) = name.filter(|n| !found.contains(&(number, n.clone()))) {
                        found.push((number, name));
                    }
                }
            }
        }
        found
    }

    fn owners(&self) -> &std::collections::BTreeMap<String, String> {
        self.owners.get_or_init(|| {
            let mut owners = std::collections::BTreeMap::new();
            let sites =
                self.places.iter().filter(|p| p.layout == super::ecosystem::Layout::SitePackages);
            for place in sites {
                for (module, owner) in install::module_owners(place) {
                    owners.entry(module).or_insert(owner);
                }
            }
            owners
        })
    }
}

/// What was left out of a collection, as a note.
fn left_out(collection: &Collection) -> Option<String> {
    (!collection.note.is_empty())
        .then(|| format!("{}: not read: {}", collection.label(), collection.note))
}

/// `name@version` in its parts; a scope such as `@types/node` begins with the sign.
pub(super) fn name_version(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() => (name, Some(version)),
        _ => (text, None),
    }
}

/// At most five names most like a given one.
pub(super) fn nearest<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> Vec<String> {
    const MOST: usize = 5;
    let lower = name.to_lowercase();
    let mut rated: Vec<(f32, &str)> = all
        .take(20_000)
        .filter_map(|other| {
            let theirs = other.to_lowercase();
            let contained = theirs.contains(&lower) || lower.contains(&theirs);
            let alike = similar::TextDiff::from_chars(lower.as_str(), theirs.as_str()).ratio();
            let rating = if contained { alike + 0.5 } else { alike };
            (rating > 0.6).then_some((rating, other))
        })
        .collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    rated.dedup_by(|a, b| a.1 == b.1);
    rated.into_iter().take(MOST).map(|(_, n)| crate::plain::line(n, 100)).collect()
}
