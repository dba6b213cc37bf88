//! Segments: records with their length before them, in the order in which they came.

use crate::index::{self, IndexEntry};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes the records as a new segment and adds it to the index.
pub fn write(folder: &Path, name: &str, records: &[Vec<u8>]) -> io::Result<()> {
    let mut file = File::create(folder.join(name))?;
    for record in records {
        file.write_all(&(record.len() as u32).to_le_bytes())?;
        file.write_all(record)?;
    }
    file.sync_all()?;
    let length = file.metadata()?.len();
    index::append(
        folder,
        &IndexEntry {
            name: name.to_string(),
            length,
        },
    )
}
