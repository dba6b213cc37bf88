//! Imports documentation that a person has: folders and files of Markdown and HTML,
//! and folders as DevDocs and Dash keep them.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::ecosystem::{Ecosystems, Reading};
use super::passage::Passage;
use super::{DocsError, dash, devdocs, prose};
use crate::change::Text;

/// Larger files are left out, in bytes.
const MAX_FILE: u64 = 10_000_000;
/// Most files of one import.
const MAX_FILES: usize = 50_000;
/// Most bytes of all files of one import.
const MAX_BYTES: u64 = 1_000_000_000;
/// Folders that lie deeper are not entered.
const MAX_DEPTH: usize = 32;

/// What was read of a path.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// How the documentation names itself.
    pub name: Option<String>,
    pub version: Option<String>,
    pub passages: Vec<Passage>,
    pub files: usize,
    /// What was left out; each a short clause.
    pub left_out: Vec<String>,
}

/// Reads documentation of whichever form.
pub(super) fn import(path: &Path, ecosystems: &Ecosystems) -> Result<Imported, DocsError> {
    let data = std::fs::metadata(path)
        .map_err(|source| DocsError::Read { path: path.to_owned(), source })?;
    let read = if data.is_dir() && devdocs::is(path) {
        devdocs::read(path)?
    } else if data.is_dir() && dash::is(path) {
        dash::read(path)?
    } else {
        files(path, data.is_dir(), &ecosystems.reading)?
    };
    if read.passages.is_empty() {
        return Err(DocsError::Nothing { path: path.to_owned(), left_out: read.left_out });
    }
    Ok(read)
}

/// Markdown and HTML as files.
fn files(path: &Path, is_folder: bool, reading: &Reading) -> Result<Imported, DocsError> {
    let mut read = Imported::default();
    let mut found = Vec::new();
    if is_folder {
        walk(path, "", 0, reading, &mut found)?;
        found.sort();
    } else {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("document");
        found.push((name.to_owned(), path.to_owned()));
    }
    if found.len() > MAX_FILES {
        read.left_out
            .push(format!("{} files after the first {MAX_FILES}", found.len() - MAX_FILES));
        found.truncate(MAX_FILES);
    }
    let mut bytes = 0;
    for (name, file) in found {
        if bytes > MAX_BYTES {
            read.left_out.push(format!("{name} and what follows: over {MAX_BYTES} bytes in all"));
            break;
        }
        let content = read_file(&file, MAX_FILE)?;
        let Some(content) = content else {
            read.left_out.push(format!("{name}: over {MAX_FILE} bytes"));
            continue;
        };
        bytes += content.len() as u64;
        let Some(text) = Text::decode(&content) else {
            read.left_out.push(format!("{name}: it is no text"));
            continue;
        };
        read.files += 1;
        read.passages.extend(if reading.is_html(&name) {
            prose::html(&name, &text.text, &[])
        } else {
            prose::markdown(&name, &text.text, &[])
        });
    }
    Ok(read)
}

/// Collects files by ending; links are not followed.
fn walk(
    folder: &Path,
    path: &str,
    depth: usize,
    reading: &Reading,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<(), DocsError> {
    let failed = |source| DocsError::Read { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || found.len() > MAX_FILES {
            continue;
        }
        let inside = if path.is_empty() { name } else { format!("{path}/{name}") };
        if kind.is_dir() && depth < MAX_DEPTH {
            walk(&entry.path(), &inside, depth + 1, reading, found)?;
        } else if kind.is_file() && (reading.is_markdown(&inside) || reading.is_html(&inside)) {
            found.push((inside, entry.path()));
        }
    }
    Ok(())
}

/// A file's bytes; `None` if it has more than `most`.
pub(super) fn read_file(path: &Path, most: u64) -> Result<Option<Vec<u8>>, DocsError> {
    let failed = |source| DocsError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}
