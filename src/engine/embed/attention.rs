//! Attention of one text on itself, both ways, without a mask.
//!
//! For 32 queries at a time the scores are computed on their side, `[key][32
//! queries]`: softmax then runs down the columns without a horizontal step, and
//! its result is at once the tile that the values are multiplied with.

use super::pointwise::exp;
use super::simd::{Lanes, Level};
use super::tile::{self, Left, Line, TILE};

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
            tile::multiply(level, keys, tokens, queries, scores, TILE);
            let mut sums = [0.0; TILE];
            level.run(Softmax { scores, sums: &mut sums });
            let values = Left { values: &buffers.values, across: 1, along: head };
            tile::multiply(level, values, head, scores, mixed, TILE);
            for (query, sum) in sums[..count].iter().enumerate() {
                let row = &mut out[(first + query) * hidden + column..][..head];
                for (to, x) in row.iter_mut().zip(mixed[query..].iter().step_by(TILE)) {
                    *to = x / sum;
                }
            }
        }
    }
}

/// Exponentials of `[row][32]` scores, less each column's greatest, and the sums
/// to divide by.
struct Softmax<'a> {
    scores: &'a mut [f32],
    sums: &'a mut [f32; TILE],
}

impl Lanes for Softmax<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let mut greatest = [f32::NEG_INFINITY; TILE];
        for row in self.scores.chunks_exact(TILE) {
            for (g, x) in greatest.iter_mut().zip(row) {
                *g = if *x > *g { *x } else { *g };
            }
        }
        let mut sums = [0.0; TILE];
        for row in self.scores.chunks_exact_mut(TILE) {
            for ((x, g), sum) in row.iter_mut().zip(&greatest).zip(&mut sums) {
                *x = exp::<FUSED>(*x - g);
                *sum += *x;
            }
        }
        *self.sums = sums;
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
            for &level in Level::available() {
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
