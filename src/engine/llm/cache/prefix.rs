//! Finds the longest prefix that was computed before.
//!
//! A tree of blocks: a node's tokens follow those of its parent. Since a row's
//! keys and values do not depend on what is computed beside it (the kernels'
//! row invariance), a prompt gives the same bits with a warm cache as with a
//! cold one, wherever the shared part ends. On a GPU, whose kernels lack that,
//! only whole blocks are used again, which the prefill computes one by one.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Block, Pool, Sequence};

type Id = u64;

/// Blocks of earlier sequences, the least recently used given up first.
pub struct PrefixCache {
    pool: Arc<Pool>,
    nodes: HashMap<Id, Node>,
    /// Nodes that begin a sequence.
    roots: Vec<Id>,
    next: Id,
    clock: u64,
}

struct Node {
    /// At most a block's; fewer only at the end of a sequence.
    tokens: Vec<u32>,
    block: Arc<Block>,
    parent: Option<Id>,
    children: Vec<Id>,
    used: u64,
}

impl PrefixCache {
    pub fn new(pool: &Arc<Pool>) -> Self {
        Self { pool: Arc::clone(pool), nodes: HashMap::new(), roots: Vec::new(), next: 0, clock: 0 }
    }

    /// A sequence of the longest known beginning of `tokens`: never all of
    /// them, since the last position's logits have to be computed.
    pub fn find(&mut self, tokens: &[u32]) -> Sequence {
        let wanted = &tokens[..tokens.len().saturating_sub(1)];
        let block = self.pool.block_len();
        self.clock += 1;
        let (mut blocks, mut length) = (Vec::new(), 0);
        let mut children = &self.roots;
        while let Some((id, common)) = self.closest(children, &wanted[length..]) {
            if common < block && self.pool.is_on_device() {
                break;
            }
            let clock = self.clock;
            let Some(node) = self.nodes.get_mut(&id) else { break };
            node.used = clock;
            blocks.push(Arc::clone(&node.block));
            length += common;
            if common < block {
                break;
            }
            children = &self.nodes[&id].children;
        }
        Sequence::resume(&self.pool, &tokens[..length], blocks)
    }

    /// The node among `ids` that shares most with `tokens`, and how much.
    fn closest(&self, ids: &[Id], tokens: &[u32]) -> Option<(Id, usize)> {
        let common = |id: Id| {
            let known = self.nodes[&id].tokens.iter();
            known.zip(tokens).take_while(|(a, b)| a == b).count()
        };
        let found = ids.iter().map(|&id| (id, common(id))).max_by_key(|&(_, common)| common);
        found.filter(|&(_, common)| common > 0)
    }

    /// Keeps what a sequence has computed.
    pub fn put(&mut self, sequence: &Sequence) {
        self.clock += 1;
        let block = self.pool.block_len();
        let mut parent: Option<Id> = None;
        for (tokens, block) in sequence.tokens().chunks(block).zip(sequence.blocks()) {
            let siblings = match parent {
                Some(id) => &self.nodes[&id].children,
                None => &self.roots,
            };
            let known = self.closest(siblings, tokens).and_then(|(id, common)| {
                let length = self.nodes[&id].tokens.len();
                // The same, or one of the two goes on where the other ends.
                (common == length || common == tokens.len()).then_some((id, length))
            });
            let clock = self.clock;
            let id = match known {
                Some((id, length)) => {
                    if let Some(node) = self.nodes.get_mut(&id) {
                        node.used = clock;
                        if length < tokens.len() {
                            node.tokens = tokens.to_vec();
                            node.block = Arc::clone(block);
                        }
                    }
                    id
                }
                None => self.add(parent, tokens, block),
            };
            parent = Some(id);
        }
    }

    fn add(&mut self, parent: Option<Id>, tokens: &[u32], block: &Arc<Block>) -> Id {
        let id = self.next;
        self.next += 1;
        let node = Node {
            tokens: tokens.to_vec(),
            block: Arc::clone(block),
            parent,
            children: Vec::new(),
            used: self.clock,
        };
        self.nodes.insert(id, node);
        self.siblings(parent).push(id);
        id
    }

    fn siblings(&mut self, parent: Option<Id>) -> &mut Vec<Id> {
        match parent.and_then(|id| self.nodes.get_mut(&id)) {
            Some(node) => &mut node.children,
            None => &mut self.roots,
        }
    }

    /// Gives up the least recently used block that nobody else holds; `false`
    /// if there is none.
    pub fn evict(&mut self) -> bool {
        let leaves = self
            .nodes
            .iter()
            .filter(|(_, node)| node.children.is_empty() && Arc::strong_count(&node.block) == 1);
        let Some((&id, node)) = leaves.min_by_key(|&(&id, node)| (node.used, id)) else {
            return false;
        };
        let parent = node.parent;
        self.nodes.remove(&id);
        self.siblings(parent).retain(|&other| other != id);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;
    use crate::engine::kernel::attention::{BLOCK, KvFormat};

    fn pool(blocks: usize) -> Arc<Pool> {
        let shape = Shape { layers: 1, heads: 1, width: 16 };
        Pool::new(shape, KvFormat::F16, None, blocks * BLOCK)
    }

    fn computed(cache: &mut PrefixCache, pool: &Arc<Pool>, tokens: &[u32]) {
        let mut sequence = cache.find(tokens);
        assert_eq!(sequence.tokens(), &tokens[..sequence.len()]);
        let rest = &tokens[sequence.len()..];
        while !sequence.reserve(rest.len()).unwrap() {
            assert!(cache.evict(), "nothing to give up");
        }
        sequence.extend(rest);
        assert!(sequence.blocks().len() * pool.block_len() >= tokens.len());
        cache.put(&sequence);
    }

    fn text(parts: &[(u32, usize)]) -> Vec<u32> {
        parts.iter().flat_map(|&(token, n)| std::iter::repeat_n(token, n)).collect()
    }

    #[test]
    fn the_longest_beginning_is_found_to_the_token() {
        let pool = pool(100);
        let mut cache = PrefixCache::new(&pool);
        let first = text(&[(1, 2 * BLOCK), (2, 30)]);
        computed(&mut cache, &pool, &first);
        // The last token is always computed anew.
        assert_eq!(cache.find(&first).len(), first.len() - 1);
        assert_eq!(cache.find(&text(&[(1, BLOCK)])).len(), BLOCK - 1);
        assert_eq!(cache.find(&text(&[(1, 2 * BLOCK), (2, 10), (3, 5)])).len(), 2 * BLOCK + 10);
        assert_eq!(cache.find(&text(&[(1, 10), (7, 10)])).len(), 10);
        assert_eq!(cache.find(&text(&[(9, 10)])).len(), 0);
    }

    #[test]
    fn a_sequence_that_goes_on_replaces_its_own_end() {
        let pool = pool(100);
        let mut cache = PrefixCache::new(&pool);
        computed(&mut cache, &pool, &text(&[(1, 10)]));
        computed(&mut cache, &pool, &text(&[(1, 10), (2, 10)]));
        assert_eq!(cache.nodes.len(), 1);
        computed(&mut cache, &pool, &text(&[(1, 10), (3, 10)]));
        assert_eq!(cache.nodes.len(), 2);
        assert_eq!(cache.find(&text(&[(1, 10), (2, 10), (5, 1)])).len(), 20);
    }

    #[test]
    fn the_least_recently_used_end_goes_first_and_shared_ones_stay() {
        let pool = pool(4);
        let mut cache = PrefixCache::new(&pool);
        let (a, b) = (text(&[(1, BLOCK), (2, 1)]), text(&[(3, BLOCK), (4, 1)]));
        computed(&mut cache, &pool, &a);
        computed(&mut cache, &pool, &b);
        let held = cache.find(&a);
        computed(&mut cache, &pool, &text(&[(5, 3 * BLOCK)]));
        assert_eq!(cache.find(&a).len(), BLOCK, "held, so it stays");
        assert_eq!(cache.find(&b).len(), 0);
        drop(held);
        while cache.evict() {}
        assert!(cache.nodes.is_empty() && cache.roots.is_empty());
    }
}
