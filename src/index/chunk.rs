//! Chunks of files and their vectors.

use std::collections::HashMap;

use half::f16;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::change::{Snapshot, folder};
use crate::engine::{EmbedKind, Embedder};
use crate::store::Store;

use super::view::Tree;
use super::{IndexError, vector};

/// Texts embedded at once; their vectors are stored together.
const BATCH: usize = 32;
/// What a batch may take beside what the embedder holds: its texts of at most 60 lines
/// each, read out of files that are kept up to a limit.
const BATCH_BYTES: u64 = 32 << 20;

/// A piece of a file as it is stored.
pub(super) struct Row {
    pub start: u32,
    pub end: u32,
    pub symbol: Option<String>,
    pub hash: [u8; 16],
}

/// What is embedded: the symbol's name, since a method's text does not say
/// whose it is, and the lines.
pub(super) fn text(lines: &[&str], start: u32, end: u32, symbol: Option<&str>) -> String {
    let mut text = symbol.unwrap_or_default().to_owned();
    for line in self::lines(lines, start, end) {
        text.push('\n');
        text.push_str(line);
    }
    text
}

/// The lines `start..=end`, 1-based, clamped to the file.
pub(super) fn lines<'t, 'l>(lines: &'t [&'l str], start: u32, end: u32) -> &'t [&'l str] {
    let from = (start.max(1) as usize - 1).min(lines.len());
    let to = (end as usize).clamp(from, lines.len());
    &lines[from..to]
}

/// Chunks of equal text share a vector, whatever their files.
pub(super) fn hash(text: &str) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    hash
}

/// Little-endian half floats: cosines move by less than a thousandth.
pub(super) fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect()
}

pub(super) fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
}

/// A chunk without a vector.
struct Missing {
    path: String,
    start: u32,
    end: u32,
    symbol: Option<String>,
}

/// Embedding of what has no vector yet.
pub(super) struct Work<'a> {
    pub store: &'a Store,
    pub snapshot: &'a Snapshot,
    pub tree: &'a Tree,
    pub embedder: &'a dyn Embedder,
}

impl Work<'_> {
    /// Embeds up to `limit` chunks of the tree that have no vector. Files in `first`
    /// come first, then their folders, then the rest. Returns how many were embedded,
    /// and what `room` said where it ended the work.
    pub fn embed(
        &self,
        first: &[String],
        limit: usize,
        room: &dyn Fn(u64) -> Result<(), String>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(usize, Option<String>), IndexError> {
        let mut missing = missing(self.store, self.tree, self.embedder.id())?;
        let rank: HashMap<&str, usize> =
            first.iter().enumerate().map(|(n, p)| (p.as_str(), n)).collect();
        let folders: std::collections::HashSet<&str> = first.iter().map(|p| folder(p)).collect();
        missing.sort_by_cached_key(|m| {
            let near = rank
                .get(m.path.as_str())
                .copied()
                .unwrap_or_else(|| first.len() + usize::from(!folders.contains(folder(&m.path))));
            (near, m.path.clone(), m.start)
        });
        missing.truncate(limit);
        let mut connection = self.store.connect()?;
        let mut done = 0;
        let mut stopped = None;
        for batch in missing.chunks(BATCH) {
            if let Err(reason) = room(BATCH_BYTES) {
                stopped = Some(reason);
                break;
            }
            progress(done, missing.len());
            self.batch(&mut connection, batch)?;
            done += batch.len();
        }
        progress(done, missing.len());
        // A search makes the file as well; here is the time for it, if there is room.
        if done > 0 && stopped.is_none() {
            match room(vector::making(&connection, self.embedder)?) {
                Ok(()) => {
                    let (id, dimensions) = (self.embedder.id(), self.embedder.dimensions());
                    vector::open(&connection, &self.tree.folder, id, dimensions)?;
                }
                Err(reason) => stopped = Some(reason),
            }
        }
        Ok((done, stopped))
    }

    /// Embeds chunks and stores their vectors.
    fn batch(&self, connection: &mut Connection, batch: &[Missing]) -> Result<(), IndexError> {
        let mut texts = Vec::with_capacity(batch.len());
        for chunk in batch {
            let Some(file) = self.snapshot.text(&chunk.path)? else { continue };
            let lines: Vec<&str> = file.text.lines().collect();
            texts.push(text(&lines, chunk.start, chunk.end, chunk.symbol.as_deref()));
        }
        let words: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = self.embedder.embed(&words, EmbedKind::Passage)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (text, vector) in texts.iter().zip(&vectors) {
            transaction
                .prepare_cached(
                    "INSERT INTO index_vectors (embedder, hash, vector) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![self.embedder.id(), &hash(text)[..], to_bytes(vector)])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// Chunks of the tree that have no vector of the embedder, each text once.
fn missing(store: &Store, tree: &Tree, embedder: &str) -> Result<Vec<Missing>, IndexError> {
    let connection = store.connect()?;
    let mut statement = connection.prepare(
        "SELECT c.file, c.start, c.\"end\", c.symbol, c.hash
         FROM index_chunks c
         LEFT JOIN index_vectors v ON v.embedder = ?1 AND v.hash = c.hash
         WHERE v.id IS NULL",
    )?;
    let mut rows = statement.query([embedder])?;
    let mut missing = Vec::new();
    let mut seen = std::collections::HashSet::new();
    while let Some(row) = rows.next()? {
        let Some(path) = tree.paths_of(row.get(0)?).first() else { continue };
        if !seen.insert(row.get::<_, Vec<u8>>(4)?) {
            continue;
        }
        missing.push(Missing {
            path: path.clone(),
            start: row.get(1)?,
            end: row.get(2)?,
            symbol: row.get(3)?,
        });
    }
    Ok(missing)
}
