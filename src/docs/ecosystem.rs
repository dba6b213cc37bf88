//! Package ecosystems as data: a file in `ecosystems/` each.
//!
//! It names the lock files, the places of installed packages and what of their
//! sources is an interface. `ecosystems/search.toml` holds what is the same for
//! all of them.

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::Regex;
use serde::Deserialize;

use super::DocsError;
use super::passage::HEADING_SIGN;
use super::read::METADATA;
use crate::asset::Assets;

/// Counts changes of the code that reads passages, so that packages read by an
/// older program are read anew.
const EXTRACTION: u32 = 2;
/// The file that is no ecosystem.
const SEARCH: &str = "ecosystems/search.toml";

/// How the packages of a place are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Layout {
    /// `NAME/`; the version is not told.
    Named,
    /// `NAME-VERSION/`.
    NameVersion,
    /// Ruby's: `NAME-VERSION/`, or `NAME-VERSION-PLATFORM/` for one that was built.
    Gems,
    /// Python's: modules beside `NAME-VERSION.dist-info/`.
    SitePackages,
    /// `NAME/package.json`.
    NodeModules,
    /// pnpm's: `NAME@VERSION/node_modules/NAME/`, `+` for the `/` of a scope.
    Pnpm,
    /// Go's: `PATH@VERSION/`, capitals as `!` and the small letter.
    ModuleCache,
    /// `GROUP/AS/FOLDERS/ARTIFACT/VERSION/ARTIFACT-VERSION-sources.jar`.
    Maven,
    /// `GROUP/ARTIFACT/VERSION/HASH/ARTIFACT-VERSION-sources.jar`.
    Gradle,
}

impl Layout {
    /// Whether what lies there was installed for a project or a machine as a whole,
    /// and is no store of whatever was ever fetched.
    pub fn is_environment(self) -> bool {
        matches!(self, Self::SitePackages | Self::NodeModules | Self::Pnpm)
    }

    /// Whether a package of another version has another path, so that what lies
    /// under one path stays the same.
    pub fn is_versioned(self) -> bool {
        !matches!(self, Self::Named | Self::SitePackages | Self::NodeModules)
    }
}

/// Forms of lock files; a parser each under `lock/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LockForm {
    Cargo,
    TomlPackages,
    Pipfile,
    Requirements,
    Npm,
    Yarn,
    Pnpm,
    GoMod,
    GoSum,
    Gemfile,
    Pom,
    Gradle,
}

/// How an import names its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ImportForm {
    /// The first part.
    First,
    /// The first part, and the second after a scope such as `@types`.
    Scoped,
    /// A package's name is a part of the path from its start.
    Path,
    /// The start is a group's name, or most of it.
    Group,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportRule {
    pub form: ImportForm,
    pub separator: String,
    pub own: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    /// Globs of file names.
    pub files: Vec<String>,
    pub form: LockForm,
    #[serde(skip)]
    pub names: GlobSet,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceRule {
    pub at: Vec<String>,
    pub layout: Layout,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct InterfaceRule {
    public: String,
    documented: bool,
    hidden: String,
}

/// What of the sources is an interface.
#[derive(Debug, Clone)]
pub(super) struct Interface {
    public: Regex,
    documented: bool,
    hidden: Regex,
}

impl Interface {
    /// Whether a definition is one that a user of the package may use.
    pub fn has(&self, name: &str, signature: &str, documented: bool) -> bool {
        !self.hidden.is_match(name)
            && (self.public.is_match(signature) || (documented && self.documented))
    }
}

/// One ecosystem.
#[derive(Debug, Clone)]
pub(super) struct Ecosystem {
    pub name: String,
    pub languages: Vec<String>,
    pub prefer: Vec<String>,
    pub import: ImportRule,
    pub interface: Interface,
    pub locks: Vec<Lock>,
    pub places: Vec<PlaceRule>,
    /// What installs the packages that a lock file names.
    pub get: String,
    loose_names: bool,
}

impl Ecosystem {
    /// A package's name as it is compared.
    pub fn key(&self, name: &str) -> String {
        if self.loose_names {
            name.replace(['_', '.'], "-").to_lowercase()
        } else {
            name.to_owned()
        }
    }
}

/// `ecosystems/search.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reading {
    pub stop_words: Vec<String>,
    pub markdown: Vec<String>,
    pub html: Vec<String>,
    prose_names: Vec<String>,
    history_files: Vec<String>,
    history_headings: Vec<String>,
    #[serde(deserialize_with = "factor")]
    pub history_factor: f64,
    prose_folders: Vec<String>,
    skip_folders: Vec<String>,
    skip_files: Vec<String>,
    #[serde(skip)]
    skip: GlobSet,
    #[serde(skip)]
    histories: GlobSet,
}

/// A number from 0 to 1.
fn factor<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(serde::de::Error::custom(format!("{value} is not between 0 and 1")))
    }
}

impl Reading {
    /// Whether a folder of that name is entered.
    pub fn enters(&self, folder: &str) -> bool {
        !folder.starts_with('.')
            && !self.skip_folders.iter().any(|f| f.eq_ignore_ascii_case(folder))
    }

    /// Whether a file of that name may be read.
    pub fn reads(&self, file: &str) -> bool {
        !file.starts_with('.') && !self.skip.is_match(file.to_lowercase())
    }

    /// Whether prose at that path of a package is meant for its users.
    pub fn is_guide(&self, path: &str) -> bool {
        let path = path.to_lowercase();
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", &path));
        self.prose_names.iter().any(|n| file.starts_with(n.as_str()))
            || folders.split('/').any(|f| self.prose_folders.iter().any(|p| p == f))
    }

    /// Whether a passage of prose belongs to a history of changes. `place` is
    /// `path:line` or `page#anchor`; pages of imported documentation have names
    /// without an ending.
    pub fn is_history(&self, place: &str, title: &str, imported: bool) -> bool {
        let path = place.split('#').next().unwrap_or(place);
        let path = match path.rsplit_once(':') {
            Some((path, line)) if line.bytes().all(|b| b.is_ascii_digit()) => path,
            _ => path,
        };
        // What a source file says at its top is no history, whatever its name.
        if !(imported || self.is_prose(path) || path.ends_with(METADATA)) {
            return false;
        }
        path.to_lowercase().split('/').any(|name| self.histories.is_match(name))
            || title.split(HEADING_SIGN).any(|heading| {
                self.history_headings.iter().any(|h| h.eq_ignore_ascii_case(heading))
            })
    }

    fn is_prose(&self, path: &str) -> bool {
        self.is_markdown(path) || self.is_html(path)
    }

    pub fn is_markdown(&self, path: &str) -> bool {
        ends_with(path, &self.markdown)
    }

    pub fn is_html(&self, path: &str) -> bool {
        ends_with(path, &self.html)
    }
}

/// Whether a path ends with one of the endings; ASCII case does not count.
pub(super) fn ends_with(path: &str, endings: &[String]) -> bool {
    endings.iter().any(|e| {
        path.len()
            .checked_sub(e.len())
            .and_then(|at| path.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(e))
    })
}

/// All ecosystems, in the order of their names.
#[derive(Debug, Clone)]
pub(super) struct Ecosystems {
    pub all: Vec<Ecosystem>,
    pub reading: Reading,
    /// Of all that decides what is read out of a package.
    pub digest: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    languages: Vec<String>,
    loose_names: bool,
    get: String,
    #[serde(default)]
    prefer: Vec<String>,
    import: ImportRule,
    interface: InterfaceRule,
    lock: Vec<Lock>,
    place: Vec<PlaceRule>,
}

impl Ecosystems {
    pub fn load(assets: &Assets) -> Result<Self, DocsError> {
        let mut hash = blake3::Hasher::new();
        hash.update(&EXTRACTION.to_le_bytes());
        let mut read = |path: &str| -> Result<String, DocsError> {
            let text = assets.read(path)?.text.into_owned();
            hash.update(text.as_bytes());
            Ok(text)
        };
        let mut reading: Reading = parse(SEARCH, &read(SEARCH)?)?;
        reading.skip = globs(SEARCH, &reading.skip_files)?;
        reading.histories = globs(SEARCH, &reading.history_files)?;
        let mut all = Vec::new();
        for path in assets.list("ecosystems")? {
            if path != SEARCH && path.ends_with(".toml") {
                all.push(ecosystem(&path, &read(&path)?)?);
            }
        }
        Ok(Self { all, reading, digest: hash.finalize().to_hex()[..16].to_owned() })
    }

    /// The number of the ecosystem of that name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|e| e.name == name)
    }
}

fn ecosystem(path: &str, text: &str) -> Result<Ecosystem, DocsError> {
    let file: File = parse(path, text)?;
    let regex = |pattern: &str| {
        Regex::new(pattern).map_err(|source| DocsError::Pattern {
            path: path.to_owned(),
            source: Box::new(source),
        })
    };
    let mut locks = file.lock;
    for lock in &mut locks {
        lock.names = globs(path, &lock.files)?;
    }
    Ok(Ecosystem {
        name: file.name,
        languages: file.languages,
        prefer: file.prefer,
        import: file.import,
        interface: Interface {
            public: regex(&file.interface.public)?,
            documented: file.interface.documented,
            hidden: regex(&file.interface.hidden)?,
        },
        locks,
        places: file.place,
        get: file.get,
        loose_names: file.loose_names,
    })
}

fn parse<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, DocsError> {
    toml::from_str(text)
        .map_err(|source| DocsError::Toml { path: path.to_owned(), source: Box::new(source) })
}

fn globs(path: &str, patterns: &[String]) -> Result<GlobSet, DocsError> {
    let wrong = |source: globset::Error| DocsError::Pattern {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(wrong)?);
    }
    set.build().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ecosystem_loads() {
        let all = Ecosystems::load(&Assets::builtin()).unwrap();
        let names: Vec<&str> = all.all.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["go", "java", "node", "python", "ruby", "rust"]);
        for ecosystem in &all.all {
            assert!(!ecosystem.locks.is_empty() && !ecosystem.places.is_empty());
        }
    }

    #[test]
    fn guides_are_told_from_other_prose() {
        let reading = Ecosystems::load(&Assets::builtin()).unwrap().reading;
        assert!(reading.is_guide("README.md") && reading.is_guide("docs/use/errors.md"));
        assert!(!reading.is_guide("src/notes.md"));
        assert!(!reading.reads("LICENSE-MIT") && !reading.enters(".git"));
        assert!(reading.is_markdown("A.MD") && !reading.is_markdown("md"));
    }

    #[test]
    fn histories_are_told_from_guides() {
        let reading = Ecosystems::load(&Assets::builtin()).unwrap().reading;
        for (place, title) in [
            ("CHANGELOG.md:3", "CHANGELOG.md > 1.0"),
            ("docs/changes/1.2.rst:9", "1.2.rst"),
            ("HISTORY.rst:1", "HISTORY.rst"),
            ("docs/Release-Notes.md:1", "x"),
            ("README.md:80", "README.md > Lib > Changelog > 1.0"),
            ("x-1.0.dist-info/METADATA:80", "description > Release History"),
        ] {
            assert!(reading.is_history(place, title, false), "{place} {title}");
        }
        for (place, title) in [
            ("README.md:3", "README.md > Watching changes"),
            ("docs/history_api.md:1", "history_api.md"),
            ("lib/changes.py:1", "lib/changes.py"),
            ("x-1.0.dist-info/METADATA:80", "description > Use"),
        ] {
            assert!(!reading.is_history(place, title, false), "{place} {title}");
        }
        assert!(reading.is_history("whatsnew/3.12#asyncio", "What's New In Python 3.12", true));
        assert!(!reading.is_history("api/history#back", "History > back", true));
    }

    #[test]
    fn a_factor_that_is_none_is_refused() {
        let text = Assets::builtin().read(SEARCH).unwrap().text.into_owned();
        for wrong in ["-0.1", "1.5", "nan", "inf"] {
            let text = text.replace("history_factor = 0.3", &format!("history_factor = {wrong}"));
            let error = parse::<Reading>(SEARCH, &text).unwrap_err();
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains("not between 0 and 1"), "{wrong}: {source}");
        }
    }

    #[test]
    fn interfaces_are_told_from_the_inside() {
        let all = Ecosystems::load(&Assets::builtin()).unwrap();
        let of = |name: &str| &all.all[all.find(name).unwrap()].interface;
        assert!(of("rust").has("f", "pub async fn f()", false));
        assert!(!of("rust").has("f", "pub(crate) fn f()", false));
        assert!(of("rust").has("next", "fn next(&mut self)", true));
        assert!(of("python").has("get", "def get(url)", false));
        assert!(!of("python").has("_get", "def _get(url)", true));
        assert!(of("go").has("Get", "func Get()", false));
        assert!(!of("go").has("get", "func get()", true));
    }
}
