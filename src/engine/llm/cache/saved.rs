//! Keys and values of static prefixes in files, for the next process.
//!
//! A file belongs to one model, one form of computing and one row of tokens,
//! all of which its name is a hash of; its contents are checked by a hash
//! before they are mapped. Whoever can write into the folder could replace the
//! model as well.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::{Pool, Sequence};
use crate::engine::kernel::Level;

/// Changes whenever the same tokens would give other bits.
const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"FWPREFIX";
/// Magic, hash of the rest; the rest begins at a multiple of 64.
const HEADER: usize = 64;
/// Files that are kept; the least recently used go first.
const FILES: usize = 8;

/// A folder of saved prefixes of one model.
pub struct Saved {
    folder: PathBuf,
    /// What, besides the tokens, the keys and values depend on.
    model: String,
}

impl Saved {
    /// `digest` names the model's file.
    pub fn new(folder: &Path, digest: &str, level: Level, pool: &Pool) -> Self {
        let (shape, format) = (pool.shape(), pool.format());
        let model = format!("{VERSION} {digest} {level:?} {shape:?} {format:?}");
        Self { folder: folder.to_owned(), model }
    }

    fn path(&self, tokens: &[u32]) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.model.as_bytes());
        for token in tokens {
            hasher.update(&token.to_le_bytes());
        }
        self.folder.join(format!("{}.kv", &hasher.finalize().to_hex()[..32]))
    }

    /// The blocks of `tokens`, which fill whole ones, if they were saved; a
    /// damaged file is no file.
    pub fn load(&self, pool: &Arc<Pool>, tokens: &[u32]) -> Option<Sequence> {
        let path = self.path(tokens);
        let file = File::open(&path).ok()?;
        // SAFETY: files are written elsewhere and renamed into place, and
        // nothing here writes to one afterwards.
        let map = unsafe { Mmap::map(&file) }.ok()?;
        let count = tokens.len() / pool.block_len();
        let header = map.get(..HEADER)?;
        let body = &map[HEADER..];
        let sound = header[..8] == *MAGIC
            && body.len() == count * pool.block_bytes()
            && header[8..40] == *blake3::hash(body).as_bytes();
        if !sound {
            tracing::warn!("{} is damaged and is made anew", path.display());
            return None;
        }
        // So that the folder's oldest files are those unused for longest.
        file.set_modified(std::time::SystemTime::now()).ok();
        let map = Arc::new(map);
        let block = |n| pool.mapped(Arc::clone(&map), HEADER + n * pool.block_bytes());
        let blocks: Option<Vec<_>> = (0..count).map(|n| block(n).map(Arc::new)).collect();
        Some(Sequence::resume(pool, tokens, blocks?))
    }

    /// Saves the first `length` tokens, which fill whole blocks. Failing is no
    /// failure of the caller's: the next process computes them again.
    pub fn save(&self, sequence: &Sequence, length: usize) -> std::io::Result<()> {
        let path = self.path(&sequence.tokens()[..length]);
        std::fs::create_dir_all(&self.folder)?;
        let blocks = &sequence.blocks()[..length / sequence.block_len()];
        let mut hasher = blake3::Hasher::new();
        for block in blocks {
            hasher.update(block.bytes());
        }
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..40].copy_from_slice(hasher.finalize().as_bytes());
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&header)?;
        for block in blocks {
            file.write_all(block.bytes())?;
        }
        file.persist(&path)?;
        self.tidy()
    }

    fn tidy(&self) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "kv") {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(FILES);
        files.iter().take(surplus).try_for_each(|(_, path)| std::fs::remove_file(path))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;
    use crate::engine::kernel::attention::{BLOCK, KvFormat, write};

    fn pool() -> Arc<Pool> {
        let shape = Shape { layers: 2, heads: 3, width: 16 };
        Pool::new(shape, KvFormat::F16, None, 100 * BLOCK)
    }

    fn sequence(pool: &Arc<Pool>, tokens: &[u32]) -> Sequence {
        let mut sequence = Sequence::new(pool);
        assert!(sequence.reserve(tokens.len()).unwrap());
        for (at, &token) in tokens.iter().enumerate() {
            let row = [token as f32; 16];
            // SAFETY: the block is this sequence's alone.
            unsafe {
                let head = sequence.blocks()[at / BLOCK].head_mut(1, 2);
                write(Level::Portable, KvFormat::F16, head, at % BLOCK, &row, &row);
            }
        }
        sequence.extend(tokens);
        sequence
    }

    #[test]
    fn a_saved_prefix_comes_back_for_its_own_tokens_and_model_only() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool();
        let saved = |digest| Saved::new(folder.path(), digest, Level::Portable, &pool);
        let tokens: Vec<u32> = (0..2 * BLOCK as u32).collect();
        let written = sequence(&pool, &tokens);
        saved("a").save(&written, 2 * BLOCK).unwrap();
        let read = saved("a").load(&pool, &tokens).unwrap();
        assert_eq!(read.tokens(), tokens);
        for (read, written) in read.blocks().iter().zip(written.blocks()) {
            assert_eq!(read.bytes(), written.bytes());
            assert!(read.is_frozen());
        }
        assert!(saved("b").load(&pool, &tokens).is_none());
        assert!(saved("a").load(&pool, &tokens[..BLOCK]).is_none());
    }

    #[test]
    fn a_damaged_file_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool();
        let saved = Saved::new(folder.path(), "a", Level::Portable, &pool);
        let tokens = vec![5; BLOCK];
        saved.save(&sequence(&pool, &tokens), BLOCK).unwrap();
        let path = saved.path(&tokens);
        let whole = std::fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[HEADER + 100] ^= 1;
        for damaged in [&flipped[..], &whole[..whole.len() / 2], &whole[..10], &[]] {
            std::fs::write(&path, damaged).unwrap();
            assert!(saved.load(&pool, &tokens).is_none());
        }
        std::fs::write(&path, &whole).unwrap();
        assert!(saved.load(&pool, &tokens).is_some());
    }

    #[test]
    fn only_the_latest_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool();
        let saved = Saved::new(folder.path(), "a", Level::Portable, &pool);
        for token in 0..FILES as u32 + 3 {
            saved.save(&sequence(&pool, &[token; BLOCK]), BLOCK).unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), FILES);
        assert!(saved.load(&pool, &[FILES as u32 + 2; BLOCK]).is_some());
    }
}
