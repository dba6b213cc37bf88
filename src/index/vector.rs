//! The usearch file of one embedder, rebuilt from SQLite whenever it is missing
//! or its checksum does not match.
//!
//! usearch crashes on a file with flipped bits, so the bytes are read once,
//! hashed, and only then loaded from memory.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use super::IndexError;
use super::chunk::from_bytes;
use crate::engine::Embedder;

/// Bytes of what a vector takes beside its half floats. In the file it is 149 (46,085
/// vectors of 384 numbers).
const NEIGHBOURS: u64 = 200;

/// Where the vectors of an embedder are searched.
pub(super) fn file(folder: &Path, embedder: &str) -> PathBuf {
    let hash = blake3::hash(embedder.as_bytes()).to_hex();
    folder.join(format!("vectors-{}.usearch", &hash[..16]))
}

fn failed(error: impl std::fmt::Display) -> IndexError {
    IndexError::Vectors(error.to_string())
}

/// Loads the index of an embedder's vectors, all that SQLite has. Its keys are
/// `index_vectors.id`. A file that lags behind or does not verify is replaced.
pub(super) fn open(
    connection: &Connection,
    folder: &Path,
    embedder: &str,
    dimensions: usize,
) -> Result<Index, IndexError> {
    let (count, newest): (i64, i64) = connection.query_row(
        "SELECT count(*), coalesce(max(id), 0) FROM index_vectors WHERE embedder = ?1",
        [embedder],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let path = file(folder, embedder);
    let (index, from) = match load(connection, &path, embedder, dimensions)? {
        Some((index, saved)) if saved <= newest && index.size() as i64 <= count => (index, saved),
        _ => (empty(dimensions)?, 0),
    };
    if index.size() as i64 == count {
        return Ok(index);
    }
    index.reserve(count as usize).map_err(failed)?;
    let mut statement = connection.prepare(
        "SELECT id, vector FROM index_vectors WHERE embedder = ?1 AND id > ?2 ORDER BY id",
    )?;
    let mut rows = statement.query(params![embedder, from])?;
    while let Some(row) = rows.next()? {
        let vector = from_bytes(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
        // A vector of another length cannot be compared; it would be refused.
        if vector.len() == dimensions {
            index.add(row.get::<_, i64>(0)? as u64, &vector).map_err(failed)?;
        }
    }
    save(connection, &path, embedder, &index, newest)?;
    Ok(index)
}

/// Bytes that [`open`] may take for all vectors of an embedder.
pub(super) fn making(connection: &Connection, embedder: &dyn Embedder) -> Result<u64, IndexError> {
    let count: i64 = connection.query_row(
        "SELECT count(*) FROM index_vectors WHERE embedder = ?1",
        [embedder.id()],
        |row| row.get(0),
    )?;
    let each = 2 * embedder.dimensions() as u64 + NEIGHBOURS;
    Ok(each * u64::try_from(count).unwrap_or_default())
}

fn empty(dimensions: usize) -> Result<Index, IndexError> {
    Index::new(&IndexOptions {
        dimensions,
        metric: MetricKind::Cos,
        quantization: ScalarKind::F16,
        ..IndexOptions::default()
    })
    .map_err(failed)
}

/// The saved index and its newest key; `None` if it is missing or not as saved.
fn load(
    connection: &Connection,
    path: &Path,
    embedder: &str,
    dimensions: usize,
) -> Result<Option<(Index, i64)>, IndexError> {
    let record: Option<(Vec<u8>, i64, i64)> = connection
        .query_row(
            "SELECT checksum, newest, count FROM index_vector_files WHERE embedder = ?1",
            [embedder],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((checksum, newest, count)) = record else { return Ok(None) };
    let Ok(bytes) = std::fs::read(path) else { return Ok(None) };
    if blake3::hash(&bytes).as_bytes()[..] != checksum[..] {
        tracing::warn!("{} is damaged and is made anew", path.display());
        return Ok(None);
    }
    let index = empty(dimensions)?;
    if index.load_from_buffer(&bytes).is_err()
        || index.dimensions() != dimensions
        || index.size() as i64 != count
    {
        return Ok(None);
    }
    Ok(Some((index, newest)))
}

/// Writes the file beside its name and renames it, so that a reader never sees
/// half of it. Two writers at once leave a checksum that does not match, and
/// the next reader makes the file anew.
fn save(
    connection: &Connection,
    path: &Path,
    embedder: &str,
    index: &Index,
    newest: i64,
) -> Result<(), IndexError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let checksum = match write(folder, path, index) {
        Ok(checksum) => checksum,
        Err(error) => {
            // The search works without the file; it is only slower to open.
            tracing::warn!("{} could not be written: {error}", path.display());
            return Ok(());
        }
    };
    connection.execute(
        "INSERT INTO index_vector_files (embedder, checksum, newest, count)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (embedder) DO UPDATE
         SET checksum = excluded.checksum, newest = excluded.newest, count = excluded.count",
        params![embedder, &checksum.as_bytes()[..], newest, index.size() as i64],
    )?;
    Ok(())
}

/// Writes the file without a copy of it in memory; returns its checksum.
fn write(folder: &Path, path: &Path, index: &Index) -> std::io::Result<blake3::Hash> {
    let file = tempfile::NamedTempFile::new_in(folder)?;
    let name = file.path().to_str().ok_or(std::io::ErrorKind::InvalidFilename)?;
    index.save(name).map_err(std::io::Error::other)?;
    let mut hash = blake3::Hasher::new();
    hash.update_reader(std::fs::File::open(file.path())?)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(hash.finalize())
}
