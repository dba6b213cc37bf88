//! The index of the segments of a log: their names and lengths, one a line.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

#[derive(Debug, PartialEq)]
pub struct IndexEntry {
    pub name: String,
    /// Readers take this many bytes; what follows is a segment that was not finished.
    pub length: u64,
}

pub fn append(folder: &Path, entry: &IndexEntry) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("index"))?;
    writeln!(file, "{} {}", entry.name, entry.length)
}

pub fn read(folder: &Path) -> io::Result<Vec<IndexEntry>> {
    let text = fs::read_to_string(folder.join("index"))?;
    Ok(text
        .lines()
        .filter_map(|line| {
            let (name, length) = line.split_once(' ')?;
            Some(IndexEntry {
                name: name.to_string(),
                length: length.parse().ok()?,
            })
        })
        .collect())
}
