//! A growing sequence: its tokens and the blocks of their keys and values.

use std::sync::Arc;

use super::{Block, Pool};
use crate::engine::EngineError;

/// Tokens whose keys and values were computed.
pub struct Sequence {
    pool: Arc<Pool>,
    tokens: Vec<u32>,
    /// Enough for the tokens, and for what [`Self::reserve`] was asked for.
    blocks: Vec<Arc<Block>>,
}

impl Sequence {
    pub fn new(pool: &Arc<Pool>) -> Self {
        Self { pool: Arc::clone(pool), tokens: Vec::new(), blocks: Vec::new() }
    }

    /// Goes on from blocks that hold the keys and values of `tokens`.
    pub fn resume(pool: &Arc<Pool>, tokens: &[u32], blocks: Vec<Arc<Block>>) -> Self {
        debug_assert!(blocks.len() * pool.block_len() >= tokens.len());
        Self { pool: Arc::clone(pool), tokens: tokens.to_vec(), blocks }
    }

    /// A sequence with the same tokens, at no cost until either writes.
    pub fn fork(&self) -> Self {
        Self {
            pool: Arc::clone(&self.pool),
            tokens: self.tokens.clone(),
            blocks: self.blocks[..self.tokens.len().div_ceil(self.pool.block_len())].to_vec(),
        }
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    pub fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    pub fn block_len(&self) -> usize {
        self.pool.block_len()
    }

    /// Makes room for `count` more tokens, in blocks of this sequence alone.
    /// `false` if the pool is exhausted; what there was stays.
    pub fn reserve(&mut self, count: usize) -> Result<bool, EngineError> {
        let block = self.pool.block_len();
        let first = self.tokens.len() / block;
        for shared in self.blocks.iter_mut().skip(first) {
            if Arc::strong_count(shared) > 1 || shared.is_frozen() {
                match shared.copy()? {
                    Some(copy) => *shared = Arc::new(copy),
                    None => return Ok(false),
                }
            }
        }
        while self.blocks.len() * block < self.tokens.len() + count {
            match self.pool.block()? {
                Some(block) => self.blocks.push(Arc::new(block)),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Takes in tokens whose keys and values now stand in the blocks.
    pub fn extend(&mut self, tokens: &[u32]) {
        self.tokens.extend_from_slice(tokens);
    }

    /// Forgets what comes after the first `length` tokens.
    pub fn truncate(&mut self, length: usize) {
        self.tokens.truncate(length);
        self.blocks.truncate(self.tokens.len().div_ceil(self.pool.block_len()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;
    use crate::engine::kernel::attention::{BLOCK, KvFormat};

    fn pool(tokens: usize) -> Arc<Pool> {
        let shape = Shape { layers: 2, heads: 1, width: 16 };
        Pool::new(shape, KvFormat::F16, None, tokens)
    }

    #[test]
    fn a_fork_shares_blocks_until_it_writes() {
        let pool = pool(10 * BLOCK);
        let mut first = Sequence::new(&pool);
        assert!(first.reserve(BLOCK + 5).unwrap());
        first.extend(&vec![1; BLOCK + 5]);
        let mut second = first.fork();
        assert!(Arc::ptr_eq(&first.blocks[1], &second.blocks[1]));
        assert!(second.reserve(1).unwrap());
        assert!(Arc::ptr_eq(&first.blocks[0], &second.blocks[0]), "full blocks stay shared");
        assert!(!Arc::ptr_eq(&first.blocks[1], &second.blocks[1]));
        // The other one is now alone with its own and writes in place.
        let own = Arc::as_ptr(&first.blocks[1]);
        assert!(first.reserve(1).unwrap());
        assert_eq!(own, Arc::as_ptr(&first.blocks[1]));
    }

    #[test]
    fn an_exhausted_pool_refuses_and_gives_back() {
        let pool = pool(3 * BLOCK);
        let mut first = Sequence::new(&pool);
        assert!(first.reserve(2 * BLOCK).unwrap());
        let mut second = Sequence::new(&pool);
        assert!(!second.reserve(2 * BLOCK).unwrap());
        drop(second);
        first.extend(&vec![1; 2 * BLOCK]);
        first.truncate(BLOCK);
        assert_eq!(first.blocks.len(), 1);
        let mut second = Sequence::new(&pool);
        assert!(second.reserve(2 * BLOCK).unwrap());
    }
}
