//! Lists and reads the files of an installed package. They are another's: links are
//! not followed, sizes and times are limited, nothing is run.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use rayon::prelude::*;
use zip::ZipArchive;

use super::ecosystem::{Ecosystem, Reading, ends_with};
use super::install::{Installed, Root};
use super::passage::Passage;
use super::{prose, source};
use crate::change::Text;
use crate::config;
use crate::lang::{Language, Languages};

/// Folders that lie deeper are not entered.
const MAX_DEPTH: usize = 24;
/// Names of one package that are looked at.
const MAX_NAMES: usize = 50_000;
/// Files that are read beside each other, between two looks at the clock.
const BATCH: usize = 64;
/// Largest archive that is opened, in bytes.
const MAX_ARCHIVE: u64 = 200_000_000;
/// What Python knows of a distribution, with its description in it.
pub(super) const METADATA: &str = "METADATA";

/// How a package is read, whichever it is.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub ecosystem: &'a Ecosystem,
    pub reading: &'a Reading,
    pub languages: &'a Languages,
    pub limits: &'a config::Docs,
}

/// A file that will be read.
struct Listed {
    /// Below the package's root, with `/`.
    path: String,
    size: u64,
    /// Nanoseconds since the epoch; in an archive, of the archive.
    time: u128,
    /// Its number in an archive.
    number: usize,
}

/// The files of a package.
pub(super) struct Listing {
    files: Vec<Listed>,
    /// Hash of their paths, sizes and times.
    pub stamp: blake3::Hash,
    left_out: Vec<String>,
}

/// What was read of a package.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub passages: Vec<Passage>,
    pub files: usize,
    /// What was left out; each a short clause.
    pub left_out: Vec<String>,
}

impl Reader<'_> {
    /// Lists what will be read, the most telling first.
    pub fn list(&self, package: &Installed) -> io::Result<Listing> {
        let mut walk = Walk { reader: *self, files: Vec::new(), names: 0 };
        match &package.root {
            Root::Jar(path) => walk.archive(path)?,
            Root::Folder { base, parts } => {
                for part in parts {
                    walk.part(base, part);
                }
            }
        }
        let Walk { mut files, names, .. } = walk;
        let mut left_out = Vec::new();
        if names > MAX_NAMES {
            left_out.push(format!("names after the first {MAX_NAMES}"));
        }
        if files.iter().any(|f| ends_with(&f.path, &self.ecosystem.prefer)) {
            files.retain(|f| {
                self.language(&f.path).is_none() || ends_with(&f.path, &self.ecosystem.prefer)
            });
        }
        files.sort_by(|a, b| self.rank(&a.path).cmp(&self.rank(&b.path)));
        files.dedup_by(|a, b| a.path == b.path);
        let limits = self.limits;
        let large = files.iter().filter(|f| f.size > limits.max_file_bytes).count();
        if large > 0 {
            left_out.push(format!("{large} files over {} bytes", limits.max_file_bytes));
            files.retain(|f| f.size <= limits.max_file_bytes);
        }
        let mut total = 0u64;
        let kept = files
            .iter()
            .take(limits.max_package_files)
            .take_while(|f| {
                total = total.saturating_add(f.size);
                total <= limits.max_package_bytes
            })
            .count();
        if kept < files.len() {
            left_out.push(format!(
                "{} of {} files, for the package is large",
                files.len() - kept,
                files.len()
            ));
            files.truncate(kept);
        }
        let mut hash = blake3::Hasher::new();
        for file in &files {
            hash.update(&(file.path.len() as u64).to_le_bytes());
            hash.update(file.path.as_bytes());
            hash.update(&file.size.to_le_bytes());
            hash.update(&file.time.to_le_bytes());
        }
        Ok(Listing { files, stamp: hash.finalize(), left_out })
    }

    /// Reads the passages of all listed files.
    pub fn contents(&self, package: &Installed, listing: &Listing) -> io::Result<Contents> {
        let end = Instant::now() + Duration::from_secs(self.limits.max_seconds);
        let mut contents = Contents { left_out: listing.left_out.clone(), ..Contents::default() };
        let mut archive = match &package.root {
            Root::Jar(path) => Some(open_archive(path)?),
            Root::Folder { .. } => None,
        };
        // Sizes that an archive tells may be lies, so what comes out is counted.
        let mut left = self.limits.max_package_bytes;
        let mut unreadable = 0;
        for (n, batch) in listing.files.chunks(BATCH).enumerate() {
            if Instant::now() > end {
                let rest = listing.files.len() - n * BATCH;
                contents.left_out.push(format!("{rest} files, for the time ran out"));
                break;
            }
            let read: Vec<Option<(&Listed, Vec<u8>)>> = match (&mut archive, &package.root) {
                (Some(archive), _) => batch
                    .iter()
                    .map(|file| {
                        let most = self.limits.max_file_bytes.min(left);
                        let bytes = extract(archive, file.number, most)?;
                        left = left.saturating_sub(bytes.len() as u64);
                        Some((file, bytes))
                    })
                    .collect(),
                (None, Root::Folder { base, .. }) => batch
                    .par_iter()
                    .map(|file| {
                        let bytes = read_file(
                            &package.bound,
                            &base.join(&file.path),
                            self.limits.max_file_bytes,
                        )?;
                        Some((file, bytes))
                    })
                    .collect(),
                (None, Root::Jar(_)) => Vec::new(),
            };
            unreadable += read.iter().filter(|r| r.is_none()).count();
            let passages: Vec<Vec<Passage>> = read
                .par_iter()
                .flatten()
                .map(|(file, bytes)| self.passages(&file.path, bytes))
                .collect();
            contents.files += passages.len();
            contents.passages.extend(passages.into_iter().flatten());
        }
        if unreadable > 0 {
            contents.left_out.push(format!("{unreadable} files that could not be read whole"));
        }
        Ok(contents)
    }

    fn passages(&self, path: &str, bytes: &[u8]) -> Vec<Passage> {
        let Some(text) = Text::decode(bytes) else { return Vec::new() };
        let text = text.text.as_ref();
        if file_name(path) == METADATA {
            let (blank, body) = description(text);
            let lines: Vec<(u32, &str)> = (blank..).zip(body.lines()).collect();
            return prose::sections(path, &lines, &["description"], false);
        }
        if self.reading.is_markdown(path) {
            return prose::markdown(path, text, &[file_name(path)]);
        }
        if self.reading.is_html(path) {
            return prose::html(path, text, &[]);
        }
        match self.language(path) {
            // Of generated and minified code nobody reads the interface.
            Some(language) if self.languages.skip_rules().reason(text).is_none() => {
                source::source(language, &self.ecosystem.interface, path, text)
            }
            _ => Vec::new(),
        }
    }

    /// The language of a file, if its ecosystem reads that.
    fn language(&self, path: &str) -> Option<&Language> {
        self.languages.of(path, "").filter(|l| self.ecosystem.languages.contains(&l.name))
    }

    fn wants(&self, path: &str) -> bool {
        let name = file_name(path);
        if name == METADATA && path.contains(".dist-info/") {
            return true;
        }
        let prose = self.reading.is_markdown(path) || self.reading.is_html(path);
        self.reading.reads(name)
            && if prose { self.reading.is_guide(path) } else { self.language(path).is_some() }
    }

    /// Guides come first, then what lies nearest to the root.
    fn rank<'p>(&self, path: &'p str) -> (bool, usize, &'p str) {
        (self.language(path).is_some(), path.matches('/').count(), path)
    }
}

struct Walk<'a> {
    reader: Reader<'a>,
    files: Vec<Listed>,
    names: usize,
}

impl Walk<'_> {
    /// One file or folder below the base.
    fn part(&mut self, base: &Path, part: &str) {
        let folders = part.rsplit_once('/').map_or("", |(folders, _)| folders);
        let entered = folders
            .split('/')
            .all(|f| f.is_empty() || f.ends_with("-info") || self.reader.reading.enters(f));
        if !entered {
            return;
        }
        let path = if part.is_empty() { base.to_owned() } else { base.join(part) };
        match std::fs::symlink_metadata(&path) {
            Ok(data) if data.is_file() => self.file(part, &data),
            Ok(data) if data.is_dir() => self.folder(&path, part, 0),
            // A link, a special file, or nothing: there is nothing to read.
            _ => {}
        }
    }

    fn folder(&mut self, folder: &Path, path: &str, depth: usize) {
        // What cannot be listed holds nothing to read.
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let mut names: Vec<(String, PathBuf)> = entries
            .flatten()
            .take(MAX_NAMES)
            .filter_map(|e| Some((e.file_name().into_string().ok()?, e.path())))
            .collect();
        names.sort();
        for (name, full) in names {
            self.names += 1;
            if self.names > MAX_NAMES {
                return;
            }
            let Ok(data) = std::fs::symlink_metadata(&full) else { continue };
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if data.is_file() {
                self.file(&path, &data);
            } else if data.is_dir() && depth < MAX_DEPTH && self.reader.reading.enters(&name) {
                self.folder(&full, &path, depth + 1);
            }
        }
    }

    fn file(&mut self, path: &str, data: &std::fs::Metadata) {
        if !self.reader.wants(path) {
            return;
        }
        let (path, time) = (path.to_owned(), time_of(data));
        self.files.push(Listed { path, size: data.len(), time, number: 0 });
    }

    fn archive(&mut self, path: &Path) -> io::Result<()> {
        let mut archive = open_archive(path)?;
        let time = time_of(&std::fs::metadata(path)?);
        for number in 0..archive.len().min(MAX_NAMES) {
            self.names += 1;
            let Ok(file) = archive.by_index_raw(number) else { continue };
            // A name that would lead out of the archive's folder is none.
            let Some(inside) = file.enclosed_name().and_then(|p| p.to_str().map(str::to_owned))
            else {
                continue;
            };
            let (folders, _) = inside.rsplit_once('/').unwrap_or(("", ""));
            let entered = folders.split('/').all(|f| f.is_empty() || self.reader.reading.enters(f));
            if file.is_file() && entered && self.reader.wants(&inside) {
                self.files.push(Listed { path: inside, size: file.size(), time, number });
            }
        }
        self.names += archive.len().saturating_sub(MAX_NAMES);
        Ok(())
    }
}

/// When a file was last written, in nanoseconds since the epoch; 0 if unknown.
fn time_of(data: &std::fs::Metadata) -> u128 {
    let time = data.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    time.map_or(0, |t| t.as_nanos())
}

fn open_archive(path: &Path) -> io::Result<ZipArchive<File>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_ARCHIVE {
        return Err(io::Error::other("the archive has more than 200 MB"));
    }
    ZipArchive::new(file).map_err(io::Error::other)
}

/// A file of an archive, unless more than `most` bytes come out of it.
fn extract(archive: &mut ZipArchive<File>, number: usize, most: u64) -> Option<Vec<u8>> {
    whole(archive.by_index(number).ok()?, most)
}

/// A regular file that lies within the bound, links or not.
fn read_file(bound: &Path, path: &Path, most: u64) -> Option<Vec<u8>> {
    let real = path.canonicalize().ok().filter(|p| p.starts_with(bound))?;
    if !std::fs::symlink_metadata(&real).ok()?.is_file() {
        return None;
    }
    whole(File::open(real).ok()?, most)
}

fn whole(reader: impl Read, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most.saturating_add(1)).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The description in the metadata of a distribution: what follows the first blank
/// line, with the number of that line.
fn description(text: &str) -> (u32, &str) {
    match text.find("\n\n") {
        Some(at) => (text[..at].lines().count() as u32 + 2, &text[at + 2..]),
        None => (1, ""),
    }
}
