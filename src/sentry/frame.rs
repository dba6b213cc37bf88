//! From a stack frame to a path of a repository and the name of a function.
//!
//! A frame names a file as the running program knew it: relative to a package
//! root, below a deployment folder, as a URL, or as a class. It is reduced to
//! path segments, and two paths agree as far as their last segments do.
//!
//! The scale of a match: 100 for the same path; 80, 60 or 30 when all of the
//! shorter path agrees, with two or more folders, one, or none; 60 or 45 when
//! only the ends agree and the frame began at an unknown folder (two or more
//! common folders, or one). On top come 30 for the same function, 15 for
//! application code and up to 10 for closeness to the crash. At least 60 with
//! the function, or 80 without, is taken as a match.

mod function;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::record::RawFrame;

pub(super) use function::{function, plain_name};

/// Least score of a match in file and function.
pub(super) const FUNCTION_SCORE: u32 = 60;
/// Least score of a match in the file alone.
pub(super) const FILE_SCORE: u32 = 80;

/// Where a frame may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Segments from the last to the first, each followed by `/`.
    pub path: String,
    /// The last segment; without an extension if only a class is known.
    pub base: String,
    /// Whether the path began at a folder that the repository cannot know.
    pub absolute: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    family: BTreeMap<String, String>,
    library: BTreeMap<String, Vec<String>>,
    glue: Glue,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Glue {
    functions: Vec<String>,
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

/// Whether a function only carries a crash to the reporter.
pub(super) fn is_glue(function: &str) -> bool {
    table().glue.functions.iter().any(|start| function.starts_with(start.as_str()))
}

/// Reverses a path of the repository: `a/b.py` becomes `b.py/a/`.
pub(super) fn reversed(path: &str) -> String {
    path.split('/').rev().filter(|s| !s.is_empty()).flat_map(|s| [s, "/"]).collect()
}

/// Places a frame of an event of that platform; `None` for library code and
/// frames without a usable path.
pub(super) fn place(frame: &RawFrame, platform: &str) -> Option<Place> {
    let platform = family(frame.platform.as_deref().unwrap_or(platform));
    let filename = frame.frame.filename.as_deref();
    let abs_path = frame.abs_path.as_deref();
    let module = frame.frame.module.as_deref();
    if [filename, abs_path].into_iter().flatten().any(|p| is_library(platform, p)) {
        return None;
    }
    match platform {
        "java" => java(module, abs_path.or(filename)),
        "go" => go(module, abs_path, filename),
        "csharp" => from_paths(filename, abs_path)
            .or_else(|| Some(class_file(module?.rsplit('.').next()?, "cs"))),
        "cocoa" => cocoa(frame.package.as_deref(), abs_path?),
        "dart" => from_paths(abs_path, filename),
        "javascript" => from_paths(filename, abs_path)
            .or_else(|| module.filter(|m| m.contains('/')).and_then(|m| as_module(m, '/'))),
        _ => from_paths(filename, abs_path),
    }
}

fn is_library(platform: &str, path: &str) -> bool {
    let path = format!("/{}", path.replace('\\', "/"));
    let sdk = path.starts_with("/node:") || path.starts_with("/dart:");
    sdk || table()
        .library
        .get(platform)
        .is_some_and(|markers| markers.iter().any(|m| path.contains(m.as_str())))
}

/// The first usable path; a bare name gives way to a second path that ends in it.
fn from_paths(first: Option<&str>, second: Option<&str>) -> Option<Place> {
    let first = first.and_then(normalise);
    let second = second.and_then(normalise);
    match (first, second) {
        (Some(first), Some(second)) if !first.path[..first.path.len() - 1].contains('/') => {
            Some(if second.base == first.base { second } else { first })
        }
        (first, second) => first.or(second),
    }
}

/// Reduces a path or URL to its segments.
fn normalise(raw: &str) -> Option<Place> {
    let text = raw.trim().replace('\\', "/");
    if text.is_empty() || text.starts_with(['<', '[']) || text.starts_with("blob:") {
        return None;
    }
    let mut rest = text.as_str();
    let mut absolute = rest.starts_with(['/', '~']);
    let mut url = false;
    if let Some((scheme, after)) = rest.split_once("://") {
        if scheme.is_empty()
            || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
        {
            return None; // For example `async https://host/x.js`.
        }
        // `webpack://package/./src/x` is relative to the project.
        absolute = !scheme.starts_with("webpack");
        url = true;
        rest = after.split_once('/')?.1;
    } else if let Some(after) = rest.strip_prefix("package:") {
        rest = after.split_once('/')?.1;
    } else if rest.as_bytes().get(1) == Some(&b':') {
        absolute = true;
        rest = &rest[2..];
    }
    rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<&str> = Vec::new();
    for segment in rest.split('/') {
        match segment {
            "" | "." | "~" => {}
            ".." => {
                segments.pop();
            }
            // Webpack's layers: `webpack-internal:///(rsc)/./src/x`.
            s if url && segments.is_empty() && s.starts_with('(') && s.ends_with(')') => {}
            s => segments.push(s),
        }
    }
    if absolute && segments.len() > 2 && matches!(segments[0], "home" | "Users") {
        segments.drain(..2);
    }
    let base = *segments.last()?;
    let (stem, extension) = base.rsplit_once('.')?;
    if stem.is_empty() || extension.is_empty() || extension.contains(' ') {
        return None;
    }
    Some(from_segments(&segments, absolute))
}

fn from_segments(segments: &[&str], absolute: bool) -> Place {
    Place {
        path: segments.iter().rev().flat_map(|s| [*s, "/"]).collect(),
        base: segments.last().copied().unwrap_or_default().to_owned(),
        absolute,
    }
}

/// A module name as a path without extension.
fn as_module(module: &str, separator: char) -> Option<Place> {
    let segments: Vec<&str> = module.split(separator).filter(|s| !s.is_empty()).collect();
    (!segments.is_empty()).then(|| from_segments(&segments, false))
}

fn class_file(class: &str, extension: &str) -> Place {
    let class = class.split(['+', '<', '`', '$']).next().unwrap_or(class);
    let base = format!("{class}.{extension}");
    Place { path: format!("{base}/"), base, absolute: false }
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

/// The path from the folder that is named like the app.
fn cocoa(package: Option<&str>, abs_path: &str) -> Option<Place> {
    let place = normalise(abs_path)?;
    let package = package.and_then(|p| p.rsplit('/').next()).unwrap_or_default();
    let cut = format!("/{package}/");
    match place.path.rfind(&cut) {
        Some(at) if !package.is_empty() => {
            let path = place.path[..at + cut.len()].to_owned();
            Some(Place { path, absolute: false, ..place })
        }
        _ => Some(place),
    }
}

/// How well a frame's path agrees with a path of the repository, both reversed;
/// `None` if they are of different files.
pub(super) fn path_score(frame: &str, absolute: bool, repository: &str) -> Option<u32> {
    let a: Vec<&str> = frame.split_terminator('/').collect();
    let b: Vec<&str> = repository.split_terminator('/').collect();
    let stem = |s: &str| s.rsplit_once('.').map_or(s.to_owned(), |(stem, _)| stem.to_owned());
    let first = a.first()?;
    if first != b.first()? && (first.contains('.') || **first != stem(b[0])) {
        return None;
    }
    let common = 1 + a.iter().zip(&b).skip(1).take_while(|(x, y)| x == y).count();
    if common == a.len() && common == b.len() {
        return Some(100);
    }
    match (common == a.len() || common == b.len(), common - 1) {
        (true, 0) => Some(30),
        (true, 1) => Some(60),
        (true, _) => Some(80),
        (false, 1) if absolute => Some(45),
        (false, 2..) if absolute => Some(60),
        (false, _) => None,
    }
}

/// What is added to [`path_score`] for the frame's other qualities.
pub(super) fn bonus(same_function: bool, in_app: bool, distance: u32) -> u32 {
    30 * u32::from(same_function) + 15 * u32::from(in_app) + (10 - distance.min(10))
}

#[cfg(test)]
mod tests;
