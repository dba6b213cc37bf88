//! Reads a docset as Dash and Zeal keep it: an SQLite file that names entries, and
//! the pages they lie in.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path};

use rusqlite::{Connection, OpenFlags};

use super::import::{Imported, read_file};
use super::{DocsError, prose};
use crate::change::Text;

const INDEX: &str = "Contents/Resources/docSet.dsidx";
const PAGES: &str = "Contents/Resources/Documents";
/// The same, packed, as Dash keeps some docsets.
const PACKED: &str = "Contents/Resources/tarix.tgz";
/// Most entries that are read.
const MAX_ENTRIES: usize = 500_000;
/// Larger pages are left out, in bytes.
const MAX_PAGE: u64 = 10_000_000;
/// Most bytes of all pages.
const MAX_BYTES: u64 = 2_000_000_000;

/// Whether a folder has the form.
pub(super) fn is(folder: &Path) -> bool {
    folder.join(INDEX).is_file()
}

pub(super) fn read(folder: &Path) -> Result<Imported, DocsError> {
    let mut read = Imported::default();
    let entries = entries(&folder.join(INDEX))?;
    if entries.len() == MAX_ENTRIES {
        read.left_out.push(format!("entries after the first {MAX_ENTRIES}"));
    }
    let pages = folder.join(PAGES);
    if !pages.is_dir() && folder.join(PACKED).is_file() {
        return Err(DocsError::Packed { path: folder.join(PACKED) });
    }
    let bound =
        pages.canonicalize().map_err(|source| DocsError::Read { path: pages.clone(), source })?;
    let mut by_page: BTreeMap<String, HashMap<String, String>> = BTreeMap::new();
    let (mut outside, mut missing) = (0, 0);
    for (name, path) in entries {
        let (page, anchor) = path.split_once('#').unwrap_or((&path, ""));
        match inside(page) {
            Some(page) => {
                by_page.entry(page).or_default().entry(decoded(anchor)).or_insert(name);
            }
            None => outside += 1,
        }
    }
    let mut bytes = 0u64;
    for (page, names) in &by_page {
        let file = bound.join(page);
        // A link may lead out though the name does not.
        let Some(file) = file.canonicalize().ok().filter(|f| f.starts_with(&bound) && f.is_file())
        else {
            missing += 1;
            continue;
        };
        let Some(content) = read_file(&file, MAX_PAGE)? else {
            read.left_out.push(format!("{page}: over {MAX_PAGE} bytes"));
            continue;
        };
        bytes += content.len() as u64;
        if bytes > MAX_BYTES {
            read.left_out.push(format!("{page} and what follows: over {MAX_BYTES} bytes in all"));
            break;
        }
        let Some(text) = Text::decode(&content) else {
            read.left_out.push(format!("{page}: it is no text"));
            continue;
        };
        let own = names.get("").map_or(page.as_str(), String::as_str);
        let mut passages = prose::html(page, &text.text, &[own]);
        for passage in &mut passages {
            let anchor = passage.place.split_once('#').map_or("", |(_, anchor)| anchor);
            if let Some(name) = names.get(&decoded(anchor)).filter(|_| !anchor.is_empty()) {
                passage.symbol = true;
                if !passage.title.contains(name.as_str()) {
                    passage.title = format!("{} > {name}", passage.title);
                }
            }
        }
        read.files += 1;
        read.passages.extend(passages);
    }
    if outside > 0 {
        read.left_out.push(format!("{outside} entries that lie outside of the docset"));
    }
    if missing > 0 {
        read.left_out.push(format!("{missing} pages that are not there"));
    }
    Ok(read)
}

/// Names and paths of all entries, of the plain form and of Apple's.
fn entries(path: &Path) -> Result<Vec<(String, String)>, DocsError> {
    let damaged =
        |e: rusqlite::Error| DocsError::Damaged { path: path.to_owned(), reason: e.to_string() };
    // Not even a journal is written into another's folder.
    let uri = format!("file:{}?immutable=1", escaped(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(uri, flags).map_err(damaged)?;
    db.pragma_update(None, "trusted_schema", false).map_err(damaged)?;
    // A view or a virtual table would run what its maker wants.
    let is_table = |name: &str| {
        db.query_row(
            "SELECT count(*) FROM sqlite_master
             WHERE name = ?1 AND type = 'table' AND sql LIKE 'CREATE TABLE%'",
            [name],
            |row| row.get::<_, i64>(0),
        )
        .map(|n| n == 1)
    };
    let apple = ["ZTOKEN", "ZTOKENMETAINFORMATION", "ZFILEPATH"];
    let query = if is_table("searchIndex").map_err(damaged)? {
        "SELECT name, path FROM searchIndex ORDER BY rowid LIMIT ?1"
    } else if apple.iter().all(|t| is_table(t).unwrap_or(false)) {
        "SELECT t.ZTOKENNAME, f.ZPATH || coalesce('#' || m.ZANCHOR, '')
         FROM ZTOKEN t JOIN ZTOKENMETAINFORMATION m ON m.Z_PK = t.ZMETAINFORMATION
         JOIN ZFILEPATH f ON f.Z_PK = m.ZFILE ORDER BY t.Z_PK LIMIT ?1"
    } else {
        return Err(DocsError::Damaged {
            path: path.to_owned(),
            reason: "it has no table of entries".to_owned(),
        });
    };
    let mut statement = db.prepare(query).map_err(damaged)?;
    let rows = statement
        .query_map([MAX_ENTRIES as i64], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(damaged)?;
    rows.collect::<Result<_, _>>().map_err(damaged)
}

/// A path for SQLite's form of addresses.
fn escaped(path: &Path) -> String {
    let mut out = String::new();
    for c in path.to_string_lossy().chars() {
        match c {
            '%' | '?' | '#' => out.push_str(&format!("%{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// A page's path without what Dash writes before it; `None` if it leads out.
fn inside(path: &str) -> Option<String> {
    let path = match path.rsplit_once('>') {
        Some((mark, rest)) if mark.starts_with("<dash_entry") => rest,
        _ => path,
    };
    let path = decoded(path);
    let plain = |c| matches!(c, Component::Normal(_));
    (!path.is_empty() && Path::new(&path).components().all(plain)).then_some(path)
}

/// Replaces `%41` by `A`.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match hex.filter(|_| bytes[at] == b'%').and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_inside_of_the_docset() {
        assert_eq!(inside("<dash_entry_name=x>a/b.html").as_deref(), Some("a/b.html"));
        assert_eq!(inside("a%20b.html").as_deref(), Some("a b.html"));
        for bad in ["", "../x", "/etc/passwd", "a/../../x", "%2e%2e/x", "<dash_entry_a>../x"] {
            assert_eq!(inside(bad), None, "{bad}");
        }
    }
}
