//! Reads a folder as DevDocs keeps it: `index.json` names entries, `db.json` holds
//! all pages as HTML.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::import::{Imported, read_file};
use super::{DocsError, prose};

/// Largest file of the three, in bytes.
const MAX_FILE: u64 = 400_000_000;

#[derive(Deserialize)]
struct Index {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    /// `page` or `page#anchor`.
    path: String,
}

#[derive(Deserialize)]
struct Meta {
    name: Option<String>,
    release: Option<String>,
}

/// Whether a folder has the form.
pub(super) fn is(folder: &Path) -> bool {
    folder.join("index.json").is_file() && folder.join("db.json").is_file()
}

pub(super) fn read(folder: &Path) -> Result<Imported, DocsError> {
    let index: Index = json(&folder.join("index.json"))?;
    let pages: BTreeMap<String, String> = json(&folder.join("db.json"))?;
    let meta: Option<Meta> = match folder.join("meta.json") {
        path if path.is_file() => Some(json(&path)?),
        _ => None,
    };
    let mut read = Imported::default();
    if let Some(meta) = meta {
        (read.name, read.version) = (meta.name, meta.release);
    }
    let mut names: HashMap<&str, &str> = HashMap::new();
    for entry in &index.entries {
        // Of several names of one place the first is the page's own.
        names.entry(&entry.path).or_insert(&entry.name);
    }
    for (page, html) in &pages {
        let own = names.get(page.as_str()).copied().unwrap_or(page);
        let mut passages = prose::html(page, html, &[own]);
        for passage in &mut passages {
            if let Some(name) = names.get(passage.place.as_str()) {
                passage.symbol = true;
                if !passage.title.contains(name) {
                    passage.title = format!("{} > {name}", passage.title);
                }
            }
        }
        read.files += 1;
        read.passages.extend(passages);
    }
    let page_of = |path: &str| path.split('#').next().unwrap_or(path).to_owned();
    let lost = index.entries.iter().filter(|e| !pages.contains_key(&page_of(&e.path))).count();
    if lost > 0 {
        read.left_out.push(format!("{lost} entries whose page is not in db.json"));
    }
    Ok(read)
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, DocsError> {
    let damaged = |reason: String| DocsError::Damaged { path: path.to_owned(), reason };
    let bytes = read_file(path, MAX_FILE)?
        .ok_or_else(|| damaged(format!("it has more than {MAX_FILE} bytes")))?;
    serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))
}
