//! Segments: records with their length before them, in the order in which they came.

use crate::index::{self, IndexEntry};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const BUFFER: usize = 256 * 1024;

/// Writes the records as a new segment, adds it to the index and returns its length.
pub fn write(folder: &Path, name: &str, records: &[Vec<u8>]) -> io::Result<u64> {
    let mut out = BufWriter::with_capacity(BUFFER, File::create(folder.join(name))?);
    for record in records {
        out.write_all(&(record.len() as u32).to_le_bytes())?;
        out.write_all(record)?;
    }
    let file = out.into_inner()?;
    file.sync_all()?;
    let length = file.metadata()?.len();
    index::append(
        folder,
        &IndexEntry {
            name: name.to_string(),
            length,
        },
    )?;
    Ok(length)
}
