//! Attention over keys and values that lie in blocks of 64 positions.
//!
//! A block's keys are stored by element, its values by position, in half
//! precision or in 8 bits. For a group of queries a block is widened to f32
//! once, in the first-level cache, and used for all of them; the softmax runs
//! along (Milakov and Gimelshein, 2018, arXiv:1805.02867; tiled as in
//! FlashAttention, Dao et al., 2022, arXiv:2205.14135).
//!
//! Blocks are counted from a sequence's first position, and eight of them make
//! a span, whose outcome is kept apart until the spans are merged. So the order
//! of all additions depends on positions alone: a query's result has the same
//! bits in a prefill and in a step of one token, on one thread and on many.

use std::cell::RefCell;
use std::ops::Range;

use half::f16;

use super::lanes::{LANES, Lanes, dispatch};

/// Positions of a block.
pub const BLOCK: usize = 64;
/// Blocks of a span.
pub const SPAN: usize = 8;
const VECTORS: usize = BLOCK / LANES;

/// How keys and values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum KvFormat {
    #[default]
    F16,
    /// 8 bits with one scale for each position's key and one for its value.
    I8,
}

impl KvFormat {
    /// Bytes of the keys and values of one head in one block; a multiple of 64.
    pub fn head_bytes(self, width: usize) -> usize {
        let elements = width.next_multiple_of(LANES) * BLOCK;
        match self {
            Self::F16 => 2 * elements * size_of::<f16>(),
            Self::I8 => 2 * (elements + BLOCK * size_of::<f32>()),
        }
    }
}

/// Where a head's keys and values lie in its part of a block.
#[derive(Clone, Copy)]
struct Layout {
    format: KvFormat,
    /// Elements of a head, padded to whole lanes.
    padded: usize,
}

impl Layout {
    fn new(format: KvFormat, width: usize) -> Self {
        Self { format, padded: width.next_multiple_of(LANES) }
    }

    /// Offset of the values.
    fn values(self) -> usize {
        match self.format {
            KvFormat::F16 => self.padded * BLOCK * size_of::<f16>(),
            KvFormat::I8 => self.padded * BLOCK + BLOCK * size_of::<f32>(),
        }
    }
}

dispatch! {
    /// Writes the key and value of one position (0 to 63) of a block.
    ///
    /// # Safety
    /// `head` points to [`KvFormat::head_bytes`] bytes, aligned to 4; nobody
    /// reads this position meanwhile.
    pub unsafe fn write = write_body(
        format: KvFormat,
        head: *mut u8,
        position: usize,
        key: &[f32],
        value: &[f32],
    )
}

/// Some queries of one head of keys, for which [`attend`] computes.
pub struct Job<'a> {
    pub format: KvFormat,
    /// Elements of a head.
    pub width: usize,
    /// Each query, `width` elements, and the positions it sees, in ascending
    /// order of these.
    pub queries: &'a [(&'a [f32], usize)],
    /// The head's part of every block of the sequence, in order.
    pub blocks: &'a [*const u8],
    /// Which spans to compute.
    pub spans: Range<usize>,
}

/// Floats that the outcome of one span takes for one query: the mix, not yet
/// divided, the highest score, the sum of weights.
pub fn partial_len(width: usize) -> usize {
    width.next_multiple_of(LANES) + 2
}

/// Spans of a sequence with so many positions.
pub fn spans(positions: usize) -> usize {
    positions.div_ceil(BLOCK * SPAN)
}

dispatch! {
    /// Computes the outcome of each span for each query:
    /// `partials[query][span][partial_len]`, counted from the job's first span.
    ///
    /// # Safety
    /// The blocks' pointers hold [`KvFormat::head_bytes`] bytes, written up to
    /// the positions that the queries see.
    pub unsafe fn attend = attend_body(job: &Job<'_>, partials: &mut [f32])
}

dispatch! {
    /// Merges the outcomes of one query's spans into its mix of `width` values.
    pub fn merge = merge_body(partials: &[f32], to: &mut [f32])
}

/// Buffers of one thread.
#[derive(Default)]
struct Scratch {
    keys: Vec<f32>,
    values: Vec<f32>,
    queries: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[inline(always)]
unsafe fn write_body<L: Lanes>(
    format: KvFormat,
    head: *mut u8,
    position: usize,
    key: &[f32],
    value: &[f32],
) {
    let layout = Layout::new(format, key.len());
    unsafe {
        let values = head.add(layout.values());
        match format {
            KvFormat::F16 => {
                let mut halves = [f16::ZERO; LANES];
                for (at, part) in key.chunks(LANES).enumerate() {
                    lanes::<L>(part).store_f16(halves.as_mut_ptr());
                    let column = head.cast::<f16>().add(at * LANES * BLOCK + position);
                    for (i, &half) in halves.iter().enumerate().take(part.len()) {
                        column.add(i * BLOCK).write(half);
                    }
                }
                let row = values.cast::<f16>().add(position * layout.padded);
                for (at, part) in value.chunks(LANES).enumerate() {
                    lanes::<L>(part).store_f16(row.add(at * LANES));
                }
            }
            KvFormat::I8 => {
                let scales = layout.padded * BLOCK;
                let (scale, inverse) = scale(key);
                head.add(scales).cast::<f32>().add(position).write(scale);
                for (i, &x) in key.iter().enumerate() {
                    let at = head.cast::<i8>().add(i * BLOCK + position);
                    at.write((x * inverse).round_ties_even() as i8);
                }
                let (scale, inverse) = self::scale(value);
                values.add(scales).cast::<f32>().add(position).write(scale);
                for (i, &x) in value.iter().enumerate() {
                    let at = values.cast::<i8>().add(position * layout.padded + i);
                    at.write((x * inverse).round_ties_even() as i8);
                }
            }
        }
    }
}

/// The scale that maps a vector to -127..127, and its inverse.
fn scale(x: &[f32]) -> (f32, f32) {
    let most = x.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    if most > 0.0 { (most / 127.0, 127.0 / most) } else { (0.0, 0.0) }
}

#[inline(always)]
unsafe fn lanes<L: Lanes>(part: &[f32]) -> L {
    let mut padded = [0.0; LANES];
    padded[..part.len()].copy_from_slice(part);
    unsafe { L::load(padded.as_ptr()) }
}

/// Widens a head's part of a block: keys to `[padded][64]`, values to
/// `[64][padded]`.
#[inline(always)]
unsafe fn widen<L: Lanes>(layout: Layout, head: *const u8, keys: *mut f32, values: *mut f32) {
    let elements = layout.padded * BLOCK;
    unsafe {
        let from = head.add(layout.values());
        match layout.format {
            KvFormat::F16 => {
                for at in (0..elements).step_by(LANES) {
                    L::load_f16(head.cast::<f16>().add(at)).store(keys.add(at));
                    L::load_f16(from.cast::<f16>().add(at)).store(values.add(at));
                }
            }
            KvFormat::I8 => {
                let scales = head.add(elements).cast::<f32>();
                for at in (0..elements).step_by(LANES) {
                    let scale = L::load(scales.add(at % BLOCK));
                    L::load_i8(head.cast::<i8>().add(at)).mul(scale).store(keys.add(at));
                }
                let scales = from.add(elements).cast::<f32>();
                for at in (0..elements).step_by(LANES) {
                    let scale = L::splat(*scales.add(at / layout.padded));
                    L::load_i8(from.cast::<i8>().add(at)).mul(scale).store(values.add(at));
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn attend_body<L: Lanes>(job: &Job<'_>, partials: &mut [f32]) {
    let layout = Layout::new(job.format, job.width);
    let (padded, length) = (layout.padded, partial_len(job.width));
    let count = job.spans.len();
    // exp(x) as 2^(x log2 e), so that the softmax needs powers of two only.
    let scale = std::f32::consts::LOG2_E / (job.width as f32).sqrt();
    // Taken out, since a closure would not be compiled for the level.
    let mut scratch = SCRATCH.take();
    unsafe {
        scratch.keys.resize(padded * BLOCK, 0.0);
        scratch.values.resize(padded * BLOCK, 0.0);
        scratch.queries.clear();
        for (query, _) in job.queries {
            scratch.queries.extend(query.iter().map(|x| x * scale));
        }
        for (at, span) in job.spans.clone().enumerate() {
            for query in 0..job.queries.len() {
                let state = &mut partials[(query * count + at) * length..][..length];
                state.fill(0.0);
                state[padded] = f32::NEG_INFINITY;
            }
            for block in span * SPAN..((span + 1) * SPAN).min(job.blocks.len()) {
                let start = block * BLOCK;
                // The first query that sees into this block.
                let mut query = job.queries.partition_point(|&(_, seen)| seen <= start);
                if query == job.queries.len() {
                    break;
                }
                let (keys, values) = (scratch.keys.as_mut_ptr(), scratch.values.as_mut_ptr());
                widen::<L>(layout, job.blocks[block], keys, values);
                while query < job.queries.len() {
                    let rows = (job.queries.len() - query).min(L::QUERIES);
                    let tile = Tile {
                        layout,
                        width: job.width,
                        queries: scratch.queries.as_ptr().add(query * job.width),
                        keys,
                        values,
                        state: partials.as_mut_ptr().add((query * count + at) * length),
                        stride: count * length,
                    };
                    let seen = |row: usize| (job.queries[query + row].1 - start).min(BLOCK);
                    match rows {
                        1 => tile.step::<L, 1>(seen),
                        2 => tile.step::<L, 2>(seen),
                        3 => tile.step::<L, 3>(seen),
                        4 => tile.step::<L, 4>(seen),
                        5 => tile.step::<L, 5>(seen),
                        _ => tile.step::<L, 6>(seen),
                    }
                    query += rows;
                }
            }
        }
    }
    SCRATCH.set(scratch);
}

/// A few queries against one widened block.
struct Tile {
    layout: Layout,
    width: usize,
    /// `[rows][width]`.
    queries: *const f32,
    keys: *const f32,
    values: *const f32,
    /// The first query's outcome so far; the next one's lies `stride` behind.
    state: *mut f32,
    stride: usize,
}

impl Tile {
    #[inline(always)]
    unsafe fn step<L: Lanes, const R: usize>(&self, seen: impl Fn(usize) -> usize) {
        let padded = self.layout.padded;
        unsafe {
            let mut scores = [[L::splat(0.0); VECTORS]; R];
            for element in 0..self.width {
                let keys: [L; VECTORS] =
                    std::array::from_fn(|v| L::load(self.keys.add(element * BLOCK + v * LANES)));
                for (row, scores) in scores.iter_mut().enumerate() {
                    let query = L::splat(*self.queries.add(row * self.width + element));
                    for (score, key) in scores.iter_mut().zip(keys) {
                        *score = key.fma(query, *score);
                    }
                }
            }
            let mut weights = [[0.0f32; BLOCK]; R];
            let mut most_seen = 0;
            for (row, (scores, weights)) in scores.iter_mut().zip(&mut weights).enumerate() {
                let state = self.state.add(row * self.stride);
                let seen = seen(row);
                most_seen = most_seen.max(seen);
                if seen < BLOCK {
                    for (v, score) in scores.iter_mut().enumerate() {
                        let mut lanes = score.to_array();
                        lanes[seen.saturating_sub(v * LANES).min(LANES)..].fill(f32::NEG_INFINITY);
                        *score = L::load(lanes.as_ptr());
                    }
                }
                let before = *state.add(padded);
                let [a, b, c, d] = *scores;
                let most = a.max(b).max(c.max(d)).most().max(before);
                let mut sum = L::splat(0.0);
                for (v, score) in scores.iter().enumerate() {
                    let mut weight = score.sub(L::splat(most)).exp2();
                    if seen < (v + 1) * LANES {
                        let mut lanes = weight.to_array();
                        lanes[seen.saturating_sub(v * LANES).min(LANES)..].fill(0.0);
                        weight = L::load(lanes.as_ptr());
                    }
                    weight.store(weights.as_mut_ptr().add(v * LANES));
                    sum = sum.add(weight);
                }
                let mut total = *state.add(padded + 1);
                if most > before {
                    // 0 for the first block, whose `before` is minus infinity.
                    let shrink = (before - most).exp2();
                    total *= shrink;
                    for at in (0..padded).step_by(LANES) {
                        L::load(state.add(at)).mul(L::splat(shrink)).store(state.add(at));
                    }
                    *state.add(padded) = most;
                }
                *state.add(padded + 1) = total + sum.sum();
            }
            let mut at = 0;
            while at < padded {
                // Weights of positions that a query does not see are 0.
                match (padded - at) / LANES {
                    1 => at += self.mix::<L, R, 1>(at, most_seen, &weights),
                    2 | 3 => at += self.mix::<L, R, 2>(at, most_seen, &weights),
                    _ => at += self.mix::<L, R, 4>(at, most_seen, &weights),
                }
            }
        }
    }

    /// Adds the weighted values to `16 V` elements of each query's mix.
    #[inline(always)]
    unsafe fn mix<L: Lanes, const R: usize, const V: usize>(
        &self,
        at: usize,
        positions: usize,
        weights: &[[f32; BLOCK]; R],
    ) -> usize {
        unsafe {
            let to = |row: usize, v: usize| self.state.add(row * self.stride + at + v * LANES);
            let mut mix: [[L; V]; R] =
                std::array::from_fn(|row| std::array::from_fn(|v| L::load(to(row, v))));
            for position in 0..positions {
                let row = self.values.add(position * self.layout.padded + at);
                let values: [L; V] = std::array::from_fn(|v| L::load(row.add(v * LANES)));
                for (mix, weights) in mix.iter_mut().zip(weights) {
                    let weight = L::splat(weights[position]);
                    for (sum, value) in mix.iter_mut().zip(values) {
                        *sum = value.fma(weight, *sum);
                    }
                }
            }
            for (row, mix) in mix.iter().enumerate() {
                for (v, sum) in mix.iter().enumerate() {
                    sum.store(to(row, v));
                }
            }
        }
        V * LANES
    }
}

#[inline(always)]
unsafe fn merge_body<L: Lanes>(partials: &[f32], to: &mut [f32]) {
    let length = partial_len(to.len());
    let padded = length - 2;
    let spans = || partials.chunks_exact(length);
    let most = spans().fold(f32::NEG_INFINITY, |most, span| most.max(span[padded]));
    let shrinks = |span: &[f32]| (span[padded] - most).exp2();
    let total: f32 = spans().map(|span| span[padded + 1] * shrinks(span)).sum();
    for (at, to) in to.chunks_mut(LANES).enumerate() {
        unsafe {
            let mut sum = L::splat(0.0);
            for span in spans() {
                let part = L::load(span.as_ptr().add(at * LANES));
                sum = part.fma(L::splat(shrinks(span)), sum);
            }
            let lanes = sum.div(L::splat(total)).to_array();
            let length = to.len();
            to.copy_from_slice(&lanes[..length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    struct Case {
        width: usize,
        keys: Vec<Vec<f32>>,
        values: Vec<Vec<f32>>,
        queries: Vec<Vec<f32>>,
    }

    impl Case {
        fn new(width: usize, positions: usize, queries: usize) -> Self {
            let mut state = 7u32;
            let mut vectors = |n: usize| -> Vec<Vec<f32>> {
                let mut next = || {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 8) as f32 / (1 << 22) as f32 - 2.0
                };
                (0..n).map(|_| (0..width).map(|_| next()).collect()).collect()
            };
            let keys = vectors(positions);
            let values = vectors(positions);
            Self { width, keys, values, queries: vectors(queries) }
        }

        fn blocks(&self, level: Level, format: KvFormat) -> Vec<Vec<u64>> {
            let bytes = format.head_bytes(self.width);
            let count = self.keys.len().div_ceil(BLOCK);
            let mut blocks = vec![vec![0u64; bytes / 8]; count];
            for (at, (key, value)) in self.keys.iter().zip(&self.values).enumerate() {
                let head = blocks[at / BLOCK].as_mut_ptr().cast();
                // SAFETY: the head is this large, and this case's own.
                unsafe { write(level, format, head, at % BLOCK, key, value) };
            }
            blocks
        }

        /// The mixes of queries that see so many positions each.
        fn run(
            &self,
            level: Level,
            format: KvFormat,
            seen: &[usize],
            apart: bool,
        ) -> Vec<Vec<f32>> {
            let blocks = self.blocks(level, format);
            let blocks: Vec<*const u8> = blocks.iter().map(|block| block.as_ptr().cast()).collect();
            let queries: Vec<(&[f32], usize)> =
                self.queries.iter().map(Vec::as_slice).zip(seen.iter().copied()).collect();
            let (spans, length) = (spans(self.keys.len()), partial_len(self.width));
            let mut partials = vec![f32::NAN; queries.len() * spans * length];
            let job = |spans| Job {
                format,
                width: self.width,
                queries: &queries,
                blocks: &blocks,
                spans,
            };
            if apart {
                let mut one = vec![f32::NAN; queries.len() * length];
                for span in 0..spans {
                    // SAFETY: the blocks are whole.
                    unsafe { attend(level, &job(span..span + 1), &mut one) };
                    for (query, part) in one.chunks(length).enumerate() {
                        partials[(query * spans + span) * length..][..length].copy_from_slice(part);
                    }
                }
            } else {
                // SAFETY: the blocks are whole.
                unsafe { attend(level, &job(0..spans), &mut partials) };
            }
            partials
                .chunks(spans * length)
                .map(|partials| {
                    let mut mix = vec![0.0; self.width];
                    merge(level, partials, &mut mix);
                    mix
                })
                .collect()
        }

        fn reference(&self, query: usize, seen: usize) -> Vec<f64> {
            let dot = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            let root = (self.width as f64).sqrt();
            let scores: Vec<f64> =
                self.keys[..seen].iter().map(|key| dot(&self.queries[query], key) / root).collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
            let sum: f64 = weights.iter().sum();
            (0..self.width)
                .map(|i| {
                    let pairs = weights.iter().zip(&self.values);
                    pairs.map(|(weight, value)| weight * f64::from(value[i])).sum::<f64>() / sum
                })
                .collect()
        }
    }

    #[test]
    fn every_level_and_format_is_close_to_plain_attention() {
        // Elements up to 2: half precision errs by 2^-11 of that, 8 bits by
        // 2/254, on scores and on values.
        for (format, most) in [(KvFormat::F16, 4e-3), (KvFormat::I8, 4e-2)] {
            for level in Level::available() {
                for (width, positions) in [(16, 1), (24, 63), (64, 65), (80, 700), (128, 1200)] {
                    let case = Case::new(width, positions, 7);
                    let seen: Vec<usize> =
                        (0..7).map(|i| positions - (6 - i).min(positions - 1)).collect();
                    for (query, mix) in case.run(level, format, &seen, false).iter().enumerate() {
                        for (got, expected) in mix.iter().zip(case.reference(query, seen[query])) {
                            let gap = (f64::from(*got) - expected).abs();
                            assert!(gap < most, "{level:?} {format:?} {width} {positions}: {gap}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_query_alone_gives_the_same_bits_as_among_others_and_span_by_span() {
        for format in [KvFormat::F16, KvFormat::I8] {
            for level in Level::available() {
                let positions = 1100;
                let case = Case::new(64, positions, 9);
                let seen: Vec<usize> = (0..9).map(|i| positions - 130 + i * 16).collect();
                let together = case.run(level, format, &seen, false);
                assert_eq!(together, case.run(level, format, &seen, true));
                for query in 0..9 {
                    let cut = |vectors: &[Vec<f32>]| vectors[..seen[query]].to_vec();
                    let alone = Case {
                        width: 64,
                        keys: cut(&case.keys),
                        values: cut(&case.values),
                        queries: vec![case.queries[query].clone()],
                    };
                    let alone = alone.run(level, format, &[seen[query]], false);
                    assert_eq!(alone[0], together[query], "{level:?} {format:?} query {query}");
                }
            }
        }
    }
}
