//! From a stack frame to what its file and function are called in a repository.
//!
//! A frame names a file as the running program knew it: relative to a package
//! root, below a deployment folder, as a URL, or as a class. It is reduced to
//! path segments, and two paths agree as far as their last segments do; see
//! [`score`] for the scale, and `sentry::tree` for which file of a tree is meant.

mod function;
pub(super) mod score;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::record::RawFrame;
use super::{Frame, Issue};

pub(super) use function::{function, function_of, plain_name};

/// Characters of one line from which a script was made by a minifier; lines are cut
/// a little above when they are read.
const MINIFIED: usize = 300;
/// Columns that no line of a person's reaches.
const FAR: u32 = 500;

/// Where a frame may lie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Segments from the last to the first, each followed by `/`.
    pub path: String,
    /// The last segment; without an extension if only a class is known.
    pub base: String,
    /// Whether the path began at a folder that the repository cannot know.
    pub absolute: bool,
    /// What stood before the path where the program ran, in the same form: a
    /// deployment folder or a package's name. It tells files apart that end alike.
    pub root: String,
}

impl Place {
    /// Everything that is known of the place, as a path from its first segment.
    pub fn whole(&self) -> String {
        forward(&format!("{}{}", self.path, self.root))
    }
}

/// A file that names the folder it lies in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub file: String,
    pub name: String,
    pub folder: String,
    pub extension: Option<String>,
    pub named: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    family: BTreeMap<String, String>,
    library: BTreeMap<String, Vec<String>>,
    installed: BTreeMap<String, Vec<String>>,
    built: BTreeMap<String, Vec<String>>,
    modules: BTreeMap<String, Vec<String>>,
    classes: BTreeMap<String, Vec<String>>,
    glue: BTreeMap<String, Vec<String>>,
    manifest: Vec<Manifest>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        toml::from_str(include_str!("frame.toml")).expect("frame.toml is checked by a test")
    })
}

/// The platform by whose rules a frame is read.
fn family(platform: &str) -> &str {
    table().family.get(platform).map_or(platform, String::as_str)
}

pub(super) fn manifests() -> &'static [Manifest] {
    &table().manifest
}

/// Endings of files that a class without a file name may lie in.
pub(super) fn class_endings() -> impl Iterator<Item = &'static str> {
    table().classes.values().flatten().map(String::as_str)
}

/// Whether a function only carries a crash to the reporter.
pub(super) fn is_glue(function: &str, platform: &str) -> bool {
    let glue = table().glue.get(family(platform));
    glue.into_iter().flatten().any(|name| match name.strip_suffix('*') {
        Some(start) => function.starts_with(start),
        None => function == name,
    })
}

/// Reverses a path of the repository: `a/b.py` becomes `b.py/a/`.
pub(super) fn reversed(path: &str) -> String {
    path.split('/').rev().filter(|s| !s.is_empty()).flat_map(|s| [s, "/"]).collect()
}

/// A reversed path the right way round: `b.py/a/` becomes `a/b.py`.
pub(super) fn forward(path: &str) -> String {
    let segments: Vec<&str> = path.split_terminator('/').rev().collect();
    segments.join("/")
}

/// Places a frame of an event of that platform; `None` for library code and
/// frames without a usable path.
pub(super) fn place(frame: &RawFrame, platform: &str) -> Option<Place> {
    let platform = family(frame.platform.as_deref().unwrap_or(platform));
    let filename = frame.frame.filename.as_deref();
    let abs_path = frame.abs_path.as_deref();
    let module = frame.frame.module.as_deref();
    let own = frame.frame.in_app == Some(true);
    if [filename, abs_path].into_iter().flatten().any(|p| is_library(platform, p, own))
        || (platform == "javascript" && (is_minified(frame) || is_built(frame)))
    {
        return None;
    }
    match platform {
        "java" => java(module, abs_path.or(filename)),
        "go" => go(module, abs_path, filename),
        "csharp" => from_paths(filename, abs_path).or_else(|| csharp(module?)),
        "cocoa" => cocoa(frame.package.as_deref(), abs_path.or(filename)?),
        "dart" => dart(abs_path, filename),
        "python" => from_paths(filename, abs_path).or_else(|| python(module?)),
        "javascript" => from_paths(filename, abs_path).or_else(|| script(module?)),
        _ => from_paths(filename, abs_path),
    }
}

/// Where an issue lies by its own account, and the function's name.
pub(super) fn of_issue(issue: &Issue) -> Option<(Place, Option<String>)> {
    let filename = issue.meta_file.clone()?;
    // Java's file has no folders, but the culprit names the class: `acme.Cart in total`.
    let class = issue.culprit.as_deref().and_then(|c| c.split_once(" in ")).map(|(class, _)| class);
    let frame = RawFrame {
        frame: Frame {
            filename: Some(filename),
            function: issue.meta_function.clone(),
            module: class.filter(|c| !c.contains(['/', ' '])).map(str::to_owned),
            line: None,
            in_app: None,
            context: Vec::new(),
            vars: Vec::new(),
        },
        abs_path: None,
        column: None,
        package: None,
        platform: None,
    };
    let platform = issue.platform.as_deref().unwrap_or_default();
    Some((place(&frame, platform)?, function(&frame, platform)))
}

/// `own`: the export says that it is the application's.
fn is_library(platform: &str, path: &str, own: bool) -> bool {
    let path = format!("/{}", path.replace('\\', "/"));
    let among = |list: &BTreeMap<String, Vec<String>>| {
        list.get(platform).is_some_and(|markers| markers.iter().any(|m| path.contains(m.as_str())))
    };
    if among(&table().installed) {
        return !own;
    }
    path.starts_with("/node:") || path.starts_with("/dart:") || among(&table().library)
}

/// Whether a script's line can only have come from a minifier: what it is called
/// in the source cannot be known.
fn is_minified(frame: &RawFrame) -> bool {
    let line = frame.frame.line;
    let long = |(n, text): &(u32, String)| Some(*n) == line && text.chars().count() > MINIFIED;
    frame.frame.context.iter().any(long)
        || (frame.column.is_some_and(|c| c > FAR) && line.is_none_or(|n| n <= 5))
}

/// Whether a script came from a host and from a folder of built ones.
fn is_built(frame: &RawFrame) -> bool {
    let loaded = |p: &&str| p.starts_with("http://") || p.starts_with("https://");
    let Some(address) = frame.abs_path.as_deref().or(frame.frame.filename.as_deref()) else {
        return false;
    };
    let script = address.split(['?', '#']).next().unwrap_or_default();
    let made = [".js", ".mjs", ".cjs"].iter().any(|ending| script.ends_with(ending));
    let folders = table().built.get("javascript");
    let below = |markers: &Vec<String>| markers.iter().any(|m| script.contains(m.as_str()));
    Some(address).filter(loaded).is_some() && made && folders.is_some_and(below)
}

/// The first usable path, with what the second has before it; a bare name gives way
/// to a second path that ends in it.
fn from_paths(first: Option<&str>, second: Option<&str>) -> Option<Place> {
    let first = first.and_then(normalise);
    let second = second.and_then(normalise);
    let (Some(first), Some(second)) = (&first, &second) else { return first.or(second) };
    match second.path.strip_prefix(first.path.as_str()) {
        // A bundler's package stands in one of them only.
        Some("") if first.root.is_empty() => {
            Some(Place { root: second.root.clone(), ..first.clone() })
        }
        Some("") | None => Some(first.clone()),
        Some(_) if !first.path[..first.path.len() - 1].contains('/') => Some(second.clone()),
        Some(root) => Some(Place { root: root.to_owned(), ..first.clone() }),
    }
}

/// Reduces a path or URL to its segments.
fn normalise(raw: &str) -> Option<Place> {
    let path = segments(raw)?;
    let base = *path.names.last()?;
    let (stem, extension) = base.rsplit_once('.')?;
    if stem.is_empty() || extension.is_empty() || extension.contains(' ') {
        return None;
    }
    let root = path.host.map(|host| format!("{host}/")).unwrap_or_default();
    Some(Place { root, ..from_segments(&path.names, path.absolute) })
}

/// A code mapping's root as its segments, which paths of frames begin with; empty
/// for one that stands for every path.
pub(super) fn root(raw: &str) -> String {
    let path = raw.trim().replace('\\', "/");
    segments(&path).map(|path| path.names.join("/")).unwrap_or_default()
}

struct Path<'a> {
    names: Vec<&'a str>,
    absolute: bool,
    /// The package that a bundler names before the path.
    host: Option<&'a str>,
}

fn segments(text: &str) -> Option<Path<'_>> {
    let text = text.trim();
    if text.is_empty() || text.starts_with(['<', '[']) || text.starts_with("blob:") {
        return None;
    }
    let mut rest = text;
    let mut absolute = rest.starts_with(['/', '\\', '~']);
    let mut url = false;
    let mut host = None;
    if let Some((scheme, after)) = rest.split_once("://") {
        if scheme.is_empty()
            || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
        {
            return None; // For example `async https://host/x.js`.
        }
        // `webpack://package/./src/x` is relative to the project.
        absolute = !scheme.starts_with("webpack");
        url = true;
        let (name, path) = after.split_once('/')?;
        host = Some(name).filter(|name| !absolute && !name.is_empty());
        rest = path;
    } else if rest.as_bytes().get(1) == Some(&b':') {
        absolute = true;
        rest = &rest[2..];
    }
    rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    for segment in rest.split(['/', '\\']) {
        match segment {
            "" | "." | "~" => {}
            ".." => {
                names.pop();
            }
            // Webpack's layers: `webpack-internal:///(rsc)/./src/x`.
            s if url && names.is_empty() && s.starts_with('(') && s.ends_with(')') => {}
            s => names.push(s),
        }
    }
    if absolute && names.len() > 2 && matches!(names[0], "home" | "Users") {
        names.drain(..2);
    }
    Some(Path { names, absolute, host })
}

fn from_segments(segments: &[&str], absolute: bool) -> Place {
    Place {
        path: segments.iter().rev().flat_map(|s| [*s, "/"]).collect(),
        base: segments.last().copied().unwrap_or_default().to_owned(),
        absolute,
        root: String::new(),
    }
}

/// A module name as a path without extension.
fn as_module(module: &str, separator: char) -> Option<Place> {
    let segments: Vec<&str> = module.split(separator).filter(|s| !s.is_empty()).collect();
    (!segments.is_empty()).then(|| from_segments(&segments, false))
}

/// A module of a script: `src/cart/total`, or `src.cart:total` as Node's SDK has it.
fn script(module: &str) -> Option<Place> {
    if let Some((folders, file)) = module.rsplit_once(':') {
        let segments: Vec<&str> =
            folders.split('.').chain([file]).filter(|s| !s.is_empty()).collect();
        return (segments.len() > 1).then(|| from_segments(&segments, false));
    }
    module.contains('/').then(|| as_module(module, '/'))?
}

/// A module without a path; one of a single name says too little.
fn python(module: &str) -> Option<Place> {
    module.contains('.').then(|| as_module(module, '.'))?
}

/// A class without a path: its file is named like it, as a rule, in folders like its
/// namespace.
fn csharp(module: &str) -> Option<Place> {
    let modules = table().modules.get("csharp");
    if modules.into_iter().flatten().any(|start| module.starts_with(start.as_str())) {
        return None;
    }
    let class = module.split(['+', '<', '`', '[', '$']).next()?;
    let named = |s: &str| s.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let place = as_module(class, '.').filter(|p| named(&p.base))?;
    // Folders need not follow the namespace, so the class alone may match.
    Some(Place {
        root: place.path[place.base.len() + 1..].to_owned(),
        path: format!("{}/", place.base),
        ..place
    })
}

/// The class gives the folders, the source file the name; Kotlin's and Scala's
/// files need not be named as the class.
fn java(module: Option<&str>, file: Option<&str>) -> Option<Place> {
    let module = module?;
    let file = file.and_then(|f| f.rsplit(['/', '\\']).next()).filter(|f| !f.is_empty());
    match file.filter(|f| f.contains('.') && !f.contains('$') && !f.starts_with('<')) {
        Some(file) => {
            let mut segments: Vec<&str> = module.split('.').collect();
            segments.pop();
            segments.push(file);
            Some(from_segments(&segments, false))
        }
        None if module.contains('.') => as_module(module.split('$').next()?, '.'),
        None => None,
    }
}

/// The import path gives the folders, whatever machine it was built on.
fn go(module: Option<&str>, abs_path: Option<&str>, filename: Option<&str>) -> Option<Place> {
    let place = from_paths(abs_path, filename)?;
    match module {
        Some(module) if module.contains('/') => {
            let mut segments: Vec<&str> = module.split('/').filter(|s| !s.is_empty()).collect();
            segments.push(&place.base);
            Some(from_segments(&segments, true))
        }
        _ => Some(place),
    }
}

/// `package:shop/src/cart.dart` lies in `lib/src/cart.dart` of the package `shop`.
fn dart(abs_path: Option<&str>, filename: Option<&str>) -> Option<Place> {
    let package =
        [abs_path, filename].into_iter().flatten().find_map(|p| p.strip_prefix("package:"));
    let Some((name, path)) = package.and_then(|p| p.split_once('/')) else {
        return from_paths(abs_path, filename);
    };
    let place = normalise(path)?;
    Some(Place { path: format!("{}lib/", place.path), root: format!("{name}/"), ..place })
}

/// The path from the folder that is named like the app.
fn cocoa(package: Option<&str>, abs_path: &str) -> Option<Place> {
    let place = normalise(abs_path)?;
    let package = package.and_then(|p| p.rsplit('/').next()).unwrap_or_default();
    let cut = format!("/{package}/");
    match place.path.rfind(&cut) {
        Some(at) if !package.is_empty() => {
            let (path, root) = place.path.split_at(at + cut.len());
            let (path, root) = (path.to_owned(), root.to_owned());
            Some(Place { path, root, absolute: false, ..place })
        }
        _ => Some(place),
    }
}

#[cfg(test)]
mod tests;
