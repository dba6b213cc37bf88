//! Attention of one text on itself, both ways, without a mask.
//!
//! For 32 queries at a time the scores are computed on their side, `[key][32
//! queries]`: softmax then runs down the columns without a horizontal step, and
//! its result is at once the tile that the values are multiplied with.

use super::tile::{self, Left, Line, TILE};
use crate::engine::kernel::Level;
use crate::engine::kernel::lanes::{LANES, Lanes, dispatch};

/// Sizes that all layers share.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub heads: usize,
    pub head: usize,
}

impl Shape {
    pub fn hidden(self) -> usize {
        self.heads * self.head
    }
}

/// Buffers, reused from text to text.
#[derive(Default)]
pub struct Buffers {
    queries: Vec<Line>,
    scores: Vec<Line>,
    values: Vec<f32>,
    mixed: Vec<f32>,
}

/// Attends: `qkv` holds a text's rows of queries, keys and values side by side,
/// `out` gets its rows of mixed values.
pub fn attend(level: Level, shape: Shape, qkv: &[f32], out: &mut [f32], buffers: &mut Buffers) {
    let Shape { head, .. } = shape;
    let hidden = shape.hidden();
    let stride = 3 * hidden;
    let tokens = qkv.len() / stride;
    assert_eq!((qkv.len(), out.len()), (tokens * stride, tokens * hidden));
    buffers.queries.resize(head * TILE / 16, Line::default());
    buffers.scores.resize(tokens * TILE / 16, Line::default());
    buffers.mixed.resize(head * TILE, 0.0);
    let queries = tile::floats_mut(&mut buffers.queries);
    let scores = tile::floats_mut(&mut buffers.scores);
    let mixed = &mut buffers.mixed;
    let scale = 1.0 / (head as f32).sqrt();
    for column in (0..hidden).step_by(head) {
        // Read once for every 32 queries, so kept close together.
        buffers.values.clear();
        for row in qkv.chunks_exact(stride) {
            buffers.values.extend_from_slice(&row[2 * hidden + column..][..head]);
        }
        for first in (0..tokens).step_by(TILE) {
            let count = TILE.min(tokens - first);
            if count < TILE {
                queries.fill(0.0);
            }
            for query in 0..count {
                let row = &qkv[(first + query) * stride + column..][..head];
                for (to, x) in queries[query..].iter_mut().step_by(TILE).zip(row) {
                    *to = x * scale;
                }
            }
            let keys = Left { values: &qkv[hidden + column..], across: stride, along: 1 };
            tile::multiply(level, keys, tokens, queries, None, scores, TILE);
            let mut sums = [0.0; TILE];
            softmax(level, scores, &mut sums);
            let values = Left { values: &buffers.values, across: 1, along: head };
            tile::multiply(level, values, head, scores, None, mixed, TILE);
            for (query, sum) in sums[..count].iter().enumerate() {
                let row = &mut out[(first + query) * hidden + column..][..head];
                for (to, x) in row.iter_mut().zip(mixed[query..].iter().step_by(TILE)) {
                    *to = x / sum;
                }
            }
        }
    }
}

dispatch! {
    /// `[row][32]` scores become exponentials, less each column's greatest;
    /// `sums` gets what to divide by.
    fn softmax = softmax_body(scores: &mut [f32], sums: &mut [f32; TILE])
}

#[inline(always)]
unsafe fn softmax_body<L: Lanes>(scores: &mut [f32], sums: &mut [f32; TILE]) {
    let scores = scores.as_chunks_mut::<LANES>().0;
    for column in 0..TILE / LANES {
        // SAFETY: pointers are to arrays of sixteen.
        unsafe {
            let mut greatest = L::splat(f32::NEG_INFINITY);
            for row in scores.iter().skip(column).step_by(TILE / LANES) {
                greatest = L::load(row.as_ptr()).max(greatest);
            }
            let mut sum = L::splat(0.0);
            for row in scores.iter_mut().skip(column).step_by(TILE / LANES) {
                let less = L::load(row.as_ptr()).sub(greatest);
                let weight = less.mul(L::splat(std::f32::consts::LOG2_E)).exp2();
                weight.store(row.as_mut_ptr());
                sum = sum.add(weight);
            }
            sum.store(sums.as_mut_ptr().add(column * LANES));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_attends_as_the_formula_says() {
        for (tokens, heads, head) in [(1, 1, 4), (31, 2, 32), (33, 3, 8), (70, 2, 64)] {
            let shape = Shape { heads, head };
            let (hidden, stride) = (heads * head, 3 * heads * head);
            let qkv: Vec<f32> =
                (0..tokens * stride).map(|i| ((i * 7919 % 1009) as f32 - 500.0) / 200.0).collect();
            let mut buffers = Buffers::default();
            for level in Level::available() {
                // From a larger text, to be cleaned of.
                let mut unused = vec![0.0; 2 * tokens * hidden];
                let twice = [&qkv[..], &qkv[..]].concat();
                attend(level, shape, &twice, &mut unused, &mut buffers);
                let mut out = vec![0.0; tokens * hidden];
                attend(level, shape, &qkv, &mut out, &mut buffers);
                for query in 0..tokens {
                    for column in 0..hidden {
                        let start = column / head * head;
                        let at = |t: usize, part: usize, i: usize| {
                            f64::from(qkv[t * stride + part * hidden + i])
                        };
                        let weights: Vec<f64> = (0..tokens)
                            .map(|key| {
                                let dot: f64 = (start..start + head)
                                    .map(|i| at(query, 0, i) * at(key, 1, i))
                                    .sum();
                                (dot / (head as f64).sqrt()).exp()
                            })
                            .collect();
                        let mixed: f64 =
                            weights.iter().enumerate().map(|(t, w)| w * at(t, 2, column)).sum();
                        let expected = mixed / weights.iter().sum::<f64>();
                        let found = f64::from(out[query * hidden + column]);
                        assert!(
                            (found - expected).abs() < 2e-5,
                            "{level:?} {tokens} {heads}x{head}: {found} for {expected}"
                        );
                    }
                }
            }
        }
    }
}
