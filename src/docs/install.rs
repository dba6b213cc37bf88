//! Finds an installed package by name in a place, without running anything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ecosystem::{Ecosystem, Layout};
use super::place::Place;

/// A package's own list of files, or description, is read up to here.
const MAX_MANIFEST: u64 = 8 << 20;

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installed {
    pub name: String,
    /// Empty if the place does not tell.
    pub version: String,
    pub root: Root,
    /// The folder, without links, that its files must lie in.
    pub bound: PathBuf,
    /// Of its place.
    pub layout: Layout,
}

impl Installed {
    /// `name version`.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version).trim_end().to_owned()
    }
}

/// Where a package's files lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Root {
    /// Files or folders below `base`; an empty one is `base` itself.
    Folder {
        base: PathBuf,
        parts: Vec<String>,
    },
    Jar(PathBuf),
}

impl Root {
    /// The jar, or the folder that the files lie below.
    pub fn path(&self) -> &Path {
        match self {
            Self::Jar(path) => path,
            Self::Folder { base, .. } => base,
        }
    }

    /// A name by which the place is known again.
    pub fn label(&self) -> String {
        match self {
            Self::Jar(path) => path.display().to_string(),
            Self::Folder { base, parts } => {
                // What the parts of one base tell apart is the package.
                let first = parts.first().map_or("", String::as_str);
                format!("{}:{first}", base.display())
            }
        }
    }
}

/// Whether a name may be put into a path: no name leads out of its place.
pub(super) fn is_safe(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "._-@/:~+!".contains(c);
    !name.is_empty()
        && name.len() <= 200
        && name.chars().all(fits)
        && name.split(['/', ':']).all(|part| !part.is_empty() && part != "." && part != "..")
}

/// All versions of a package in a place, in no order.
pub(super) fn find(place: &Place, ecosystem: &Ecosystem, name: &str) -> Vec<Installed> {
    if !is_safe(name) {
        return Vec::new();
    }
    let found = match place.layout {
        Layout::Named => named(place, name),
        Layout::NameVersion => name_version(place, ecosystem, name),
        Layout::Gems => gems(place, ecosystem, name),
        Layout::SitePackages => site_packages(place, ecosystem, name),
        Layout::NodeModules => node_package(&place.folder, name).into_iter().collect(),
        Layout::Pnpm => pnpm(place, name),
        Layout::ModuleCache => module_cache(place, name),
        Layout::Maven => maven(place, name),
        Layout::Gradle => gradle(place, name),
    };
    found
        .into_iter()
        .filter_map(|(name, version, root)| {
            let root = real(root, &place.bound)?;
            let (bound, layout) = (place.bound.clone(), place.layout);
            Some(Installed { name, version, root, bound, layout })
        })
        .collect()
}

type Found = (String, String, Root);

fn folder(base: PathBuf) -> Root {
    Root::Folder { base, parts: vec![String::new()] }
}

/// The root without links; `None` if they lead out of the bound.
fn real(root: Root, bound: &Path) -> Option<Root> {
    let inside = |path: &Path| path.canonicalize().ok().filter(|p| p.starts_with(bound));
    Some(match root {
        Root::Jar(path) => Root::Jar(inside(&path)?),
        Root::Folder { base, parts } => Root::Folder { base: inside(&base)?, parts },
    })
}

fn named(place: &Place, name: &str) -> Vec<Found> {
    let path = place.folder.join(name);
    if path.is_dir() { vec![(name.to_owned(), String::new(), folder(path))] } else { Vec::new() }
}

fn name_version(place: &Place, ecosystem: &Ecosystem, name: &str) -> Vec<Found> {
    let wanted = ecosystem.key(name);
    entries(&place.folder)
        .into_iter()
        .filter_map(|entry| {
            let (found, version) = split_version(&entry)?;
            (ecosystem.key(found) == wanted).then(|| {
                let path = place.folder.join(&entry);
                (found.to_owned(), version.to_owned(), folder(path))
            })
        })
        .collect()
}

/// A gem's version has no dash: what follows one is the platform.
fn gems(place: &Place, ecosystem: &Ecosystem, name: &str) -> Vec<Found> {
    let mut found = name_version(place, ecosystem, name);
    for (_, version, _) in &mut found {
        version.truncate(version.find('-').unwrap_or(version.len()));
    }
    found
}

/// `serde-1.0.2` as name and version. The version begins at the first dash with a
/// number and a dot behind it, else at the last dash with a digit behind it.
fn split_version(entry: &str) -> Option<(&str, &str)> {
    let dashes = || entry.match_indices('-').map(|(at, _)| (at, &entry[at + 1..]));
    let dotted = |rest: &str| {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() < rest.len() && after.starts_with('.')
    };
    let (at, version) = dashes()
        .find(|(_, rest)| dotted(rest))
        .or_else(|| dashes().rfind(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit())))?;
    Some((&entry[..at], version))
}

fn module_cache(place: &Place, name: &str) -> Vec<Found> {
    let mut escaped = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            escaped.push('!');
        }
        escaped.extend(c.to_lowercase());
    }
    let (parent, last) = match escaped.rsplit_once('/') {
        Some((parent, last)) => (place.folder.join(parent), last),
        None => (place.folder.clone(), escaped.as_str()),
    };
    entries(&parent)
        .into_iter()
        .filter_map(|entry| {
            let version = entry.strip_prefix(last)?.strip_prefix('@')?;
            Some((name.to_owned(), version.to_owned(), folder(parent.join(&entry))))
        })
        .collect()
}

/// A package of Node.js with the version that its own manifest tells.
fn node_package(place: &Path, name: &str) -> Option<Found> {
    let path = place.join(name).canonicalize().ok()?;
    // A link to a package of the same repository is no dependency.
    if !path.iter().any(|part| part == "node_modules") {
        return None;
    }
    let manifest = read_text(&path.join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).ok()?;
    let version = manifest["version"].as_str().unwrap_or_default().to_owned();
    Some((name.to_owned(), version, folder(path)))
}

fn pnpm(place: &Place, name: &str) -> Vec<Found> {
    let prefix = format!("{}@", name.replace('/', "+"));
    entries(&place.folder)
        .into_iter()
        .filter(|entry| entry.starts_with(&prefix))
        .filter_map(|entry| node_package(&place.folder.join(entry).join("node_modules"), name))
        .collect()
}

fn maven(place: &Place, name: &str) -> Vec<Found> {
    let Some((group, artifact)) = name.split_once(':') else { return Vec::new() };
    let path = place.folder.join(group.replace('.', "/")).join(artifact);
    entries(&path)
        .into_iter()
        .map(|version| {
            let jar = path.join(&version).join(format!("{artifact}-{version}-sources.jar"));
            (name.to_owned(), version, Root::Jar(jar))
        })
        .filter(|(.., root)| matches!(root, Root::Jar(path) if path.is_file()))
        .collect()
}

fn gradle(place: &Place, name: &str) -> Vec<Found> {
    let Some((group, artifact)) = name.split_once(':') else { return Vec::new() };
    let path = place.folder.join(group).join(artifact);
    let mut found = Vec::new();
    for version in entries(&path) {
        let file = format!("{artifact}-{version}-sources.jar");
        let mut jars = entries(&path.join(&version))
            .into_iter()
            .map(|hash| path.join(&version).join(hash).join(&file));
        if let Some(jar) = jars.find(|jar| jar.is_file()) {
            found.push((name.to_owned(), version.clone(), Root::Jar(jar)));
        }
    }
    found
}

fn site_packages(place: &Place, ecosystem: &Ecosystem, name: &str) -> Vec<Found> {
    let wanted = ecosystem.key(name);
    let mut found = Vec::new();
    for info in entries(&place.folder) {
        let Some((name, version)) = distribution(&info) else { continue };
        if ecosystem.key(name) == wanted {
            let mut parts = vec![format!("{info}/METADATA")];
            parts.extend(modules(&place.folder, &info, name));
            let root = Root::Folder { base: place.folder.clone(), parts };
            found.push((name.to_owned(), version.to_owned(), root));
        }
    }
    found
}

/// Name and version of a folder with what pip knows of a distribution.
fn distribution(entry: &str) -> Option<(&str, &str)> {
    let stem = entry.strip_suffix(".dist-info").or_else(|| entry.strip_suffix(".egg-info"))?;
    // `six-1.16.0-py3.10` is an older form.
    let (name, version) = stem.split_once('-')?;
    Some((name, version.split('-').next().unwrap_or(version)))
}

/// The files of a distribution, or its folders where it has no list of files.
fn modules(site: &Path, info: &str, name: &str) -> Vec<String> {
    if let Some(record) = read_text(&site.join(info).join("RECORD")) {
        return record
            .lines()
            .filter_map(|line| line.split(',').next())
            .filter(|path| {
                is_relative(path) && !path.contains('"') && !path.starts_with(&format!("{info}/"))
            })
            .map(str::to_owned)
            .collect();
    }
    let tops = read_text(&site.join(info).join("top_level.txt")).unwrap_or_default();
    let mut tops: Vec<String> = tops.lines().map(|l| l.trim().to_owned()).collect();
    if tops.is_empty() {
        tops.push(name.replace('-', "_"));
    }
    tops.retain(|top| is_safe(top));
    tops.into_iter().flat_map(|top| [format!("{top}.py"), top]).collect()
}

fn is_relative(path: &str) -> bool {
    let inside = |c| matches!(c, std::path::Component::Normal(_));
    !path.is_empty() && Path::new(path).components().all(inside)
}

/// Which distribution a top-level module belongs to, of a whole site.
pub(super) fn module_owners(place: &Place) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for info in entries(&place.folder) {
        let Some((name, _)) = distribution(&info) else { continue };
        let tops: BTreeSet<String> = modules(&place.folder, &info, name)
            .iter()
            .filter_map(|path| path.split('/').next())
            .map(|top| top.split('.').next().unwrap_or(top).to_owned())
            .collect();
        for top in tops {
            owners.entry(top).or_insert_with(|| name.to_owned());
        }
    }
    owners
}

/// Names in a folder, sorted; none if it cannot be read.
fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A regular file's text, cut at [`MAX_MANIFEST`]; `None` if it cannot be read.
fn read_text(path: &Path) -> Option<String> {
    // Opening what is no regular file could wait for ever.
    let kind = std::fs::symlink_metadata(path).ok()?;
    if !kind.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_MANIFEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_lead_out_of_their_place() {
        for good in ["serde", "@types/node", "github.com/BurntSushi/toml", "com.a:b-c", "PyYAML"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in ["", "..", "../x", "a/../b", "/etc", "a//b", "a\\b", "a\0b", "a:..", "a b"] {
            assert!(!is_safe(bad), "{bad:?}");
        }
        assert!(!is_relative("../../etc/passwd") && !is_relative("/etc/passwd"));
    }

    #[test]
    fn names_and_versions_are_parted() {
        assert_eq!(split_version("serde-1.0.2"), Some(("serde", "1.0.2")));
        assert_eq!(split_version("md-5-0.10.6-rc.1"), Some(("md-5", "0.10.6-rc.1")));
        assert_eq!(split_version("gem-x-2"), Some(("gem-x", "2")));
        assert_eq!(split_version("serde"), None);
        assert_eq!(distribution("PyYAML-6.0.dist-info"), Some(("PyYAML", "6.0")));
        assert_eq!(distribution("six-1.16.0-py3.10.egg-info"), Some(("six", "1.16.0")));
        assert_eq!(distribution("yaml"), None);
    }
}
