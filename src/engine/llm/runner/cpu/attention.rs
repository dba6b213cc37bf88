//! Causal self-attention with grouped queries over the sequences' blocks.

use std::cell::RefCell;

use super::super::super::cache::Sequence;
use super::rows::{Buffer, Shared, divide};
use super::{CpuRunner, Linear, Part};
use crate::engine::kernel::attention::{self, Job};
use crate::engine::kernel::{Rows, multiply, pointwise};

/// Rows whose queries go through a block together.
const ROWS: usize = 16;

/// The attention part of one layer.
pub struct Attention {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) output: Linear,
    /// Norms of each head of queries and of keys, `[head_width]`.
    pub(super) head_norms: Option<[Vec<f32>; 2]>,
}

/// What one layer's attention works on.
pub struct Batch<'a> {
    pub runner: &'a CpuRunner,
    pub layer: usize,
    pub parts: &'a [Part],
    pub sequences: &'a [&'a Sequence],
    pub cos: &'a [f32],
    pub sin: &'a [f32],
}

#[derive(Default)]
pub struct Scratch {
    query: Buffer,
    key: Buffer,
    value: Buffer,
    mixed: Buffer,
    /// Outcomes of spans that were computed apart.
    partials: Vec<f32>,
    rows: Rows,
}

/// Queries of some rows of a segment against one head of keys.
struct Task {
    part: usize,
    head: usize,
    rows: std::ops::Range<usize>,
    spans: std::ops::Range<usize>,
    /// Where the outcomes go if the spans are not all of them.
    apart: Option<usize>,
}

thread_local! {
    static PARTIALS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Attention {
    /// Maps the batch's rows, rounded in `x`, to `[rows, hidden]`, and adds
    /// their keys and values to the sequences' blocks.
    pub fn forward(&self, batch: &Batch<'_>, x: &mut Rows, scratch: &mut Scratch, to: &mut [f32]) {
        let config = &batch.runner.config;
        let n = batch.parts.iter().map(|part| part.count).sum();
        let (wide, narrow) =
            (config.heads * config.head_width, config.kv_heads * config.head_width);
        let Scratch { query, key, value, mixed, partials, rows } = scratch;
        let team = &batch.runner.team;
        multiply(
            team,
            x,
            &mut [
                (&self.query.matrix, query.sized(n, wide)),
                (&self.key.matrix, key.sized(n, narrow)),
                (&self.value.matrix, value.sized(n, narrow)),
            ],
        );
        self.write(batch, query, key, value);
        mixed.sized(n, wide);
        self.attend(batch, query.as_slice(), mixed.as_mut_slice(), partials);
        rows.set(mixed.as_slice(), n, wide);
        multiply(team, rows, &mut [(&self.output.matrix, to)]);
        self.output.add_bias(batch.runner.level, to);
    }

    /// Adds biases, normalises and rotates heads, and writes keys and values
    /// into the blocks.
    fn write(&self, batch: &Batch<'_>, query: &mut Buffer, key: &mut Buffer, value: &mut Buffer) {
        let runner = batch.runner;
        let (level, config) = (runner.level, &runner.config);
        let (width, half) = (config.head_width, config.head_width / 2);
        let style = config.architecture.rope;
        let (wide, narrow) = (config.heads * width, config.kv_heads * width);
        let place: Vec<(usize, usize)> = batch
            .parts
            .iter()
            .enumerate()
            .flat_map(|(at, part)| (0..part.count).map(move |row| (at, part.start + row)))
            .collect();
        let (query, key, value) = (
            Shared::new(query.as_mut_slice()),
            Shared::new(key.as_mut_slice()),
            Shared::new(value.as_mut_slice()),
        );
        divide(&runner.team, place.len(), |row| {
            // SAFETY: each row is taken once.
            let (query, key, value) = unsafe {
                (
                    query.piece(row * wide, wide),
                    key.piece(row * narrow, narrow),
                    value.piece(row * narrow, narrow),
                )
            };
            self.query.add_bias(level, query);
            self.key.add_bias(level, key);
            self.value.add_bias(level, value);
            let (cos, sin) = (&batch.cos[row * half..][..half], &batch.sin[row * half..][..half]);
            let turn = |heads: &mut [f32], norm: Option<&Vec<f32>>| {
                let mut normed = vec![0.0; width];
                for head in heads.chunks_mut(width) {
                    if let Some(norm) = norm {
                        pointwise::rms_norm(level, head, norm, config.epsilon as f32, &mut normed);
                        head.copy_from_slice(&normed);
                    }
                    pointwise::rotate(head, style, cos, sin);
                }
            };
            let norms = self.head_norms.as_ref();
            turn(query, norms.map(|norms| &norms[0]));
            turn(key, norms.map(|norms| &norms[1]));
            let (part, position) = place[row];
            let sequence = batch.sequences[part];
            let block = &sequence.blocks()[position / attention::BLOCK];
            let heads = key.chunks(width).zip(value.chunks(width));
            for (head, (key, value)) in heads.enumerate() {
                let at = position % attention::BLOCK;
                // SAFETY: the sequence has reserved this position, so the block
                // is its own, and nothing reads beyond its length yet.
                unsafe {
                    let to = block.head_mut(batch.layer, head);
                    attention::write(level, runner.kv_format(), to, at, key, value);
                }
            }
        });
    }

    fn attend(&self, batch: &Batch<'_>, query: &[f32], mixed: &mut [f32], partials: &mut Vec<f32>) {
        let runner = batch.runner;
        let (level, config) = (runner.level, &runner.config);
        let (width, group) = (config.head_width, config.heads / config.kv_heads);
        let wide = config.heads * width;
        let length = attention::partial_len(width);
        let (tasks, apart) = tasks(batch, group * length);
        partials.resize(apart, 0.0);
        let (mixed, partials) = (Shared::new(mixed), Shared::new(partials));
        let blocks: Vec<Vec<Vec<*const u8>>> = batch
            .sequences
            .iter()
            .map(|sequence| {
                let head =
                    |head| sequence.blocks().iter().map(move |block| block.head(batch.layer, head));
                (0..config.kv_heads).map(|h| head(h).collect()).collect()
            })
            .collect();
        let blocks = Pointers(blocks);
        let mix = |row: usize, head: usize| {
            // SAFETY: each row's head belongs to one task, or to one merge.
            unsafe { mixed.piece(row * wide + head * width, width) }
        };
        runner.team.run(tasks.len(), |task| {
            let task = &tasks[task];
            let part = &batch.parts[task.part];
            let queries: Vec<(&[f32], usize)> = task
                .rows
                .clone()
                .flat_map(|row| {
                    let at = (part.first + row) * wide + task.head * group * width;
                    let heads = query[at..][..group * width].chunks(width);
                    heads.map(move |head| (head, part.start + row + 1))
                })
                .collect();
            let seen = part.start + task.rows.end;
            let blocks = &blocks.of(task.part, task.head)[..seen.div_ceil(attention::BLOCK)];
            let job = Job {
                format: runner.kv_format(),
                width,
                queries: &queries,
                blocks,
                spans: task.spans.clone(),
            };
            let floats = queries.len() * task.spans.len() * length;
            if let Some(at) = task.apart {
                // SAFETY: the tasks' pieces lie one behind the other; for the
                // blocks, as below.
                return unsafe { attention::attend(level, &job, partials.piece(at, floats)) };
            }
            PARTIALS.with_borrow_mut(|partials| {
                partials.resize(floats, 0.0);
                // SAFETY: the blocks are the pool's, and hold all positions up
                // to the last row's.
                unsafe { attention::attend(level, &job, partials) };
                let mut outcomes = partials.chunks_exact(task.spans.len() * length);
                for row in task.rows.clone() {
                    for (i, outcome) in (0..group).zip(outcomes.by_ref()) {
                        attention::merge(
                            level,
                            outcome,
                            mix(part.first + row, task.head * group + i),
                        );
                    }
                }
            });
        });
        // Spans of one row and head that were computed apart follow each other.
        for tasks in tasks.chunk_by(|a, b| a.part == b.part && a.head == b.head && a.rows == b.rows)
        {
            let Some(at) = tasks[0].apart else { continue };
            let part = &batch.parts[tasks[0].part];
            let queries = tasks[0].rows.len() * group;
            // SAFETY: the tasks are done.
            let outcomes = unsafe { partials.piece(at, queries * tasks.len() * length) };
            let mut own = Vec::with_capacity(tasks.len() * length);
            for query in 0..queries {
                own.clear();
                for span in outcomes.chunks_exact(queries * length) {
                    own.extend_from_slice(&span[query * length..][..length]);
                }
                let row = part.first + tasks[0].rows.start + query / group;
                attention::merge(level, &own, mix(row, tasks[0].head * group + query % group));
            }
        }
    }
}

/// Pointers into blocks that the batch's sequences hold.
struct Pointers(Vec<Vec<Vec<*const u8>>>);

impl Pointers {
    fn of(&self, part: usize, head: usize) -> &[*const u8] {
        &self.0[part][head]
    }
}

// SAFETY: the blocks outlive the step and are only read through these.
unsafe impl Sync for Pointers {}

/// Divides a batch into tasks, and how many floats the spans computed apart
/// take. Few rows over many spans are divided by span as well, so that all
/// threads share a long sequence; that does not change the outcome.
fn tasks(batch: &Batch<'_>, floats_a_row: usize) -> (Vec<Task>, usize) {
    let mut tasks = Vec::new();
    let mut apart = 0;
    for (at, part) in batch.parts.iter().enumerate() {
        for first in (0..part.count).step_by(ROWS) {
            let rows = first..(first + ROWS).min(part.count);
            let spans = attention::spans(part.start + rows.end);
            for head in 0..batch.runner.config.kv_heads {
                let task = |spans, apart| Task { part: at, head, rows: rows.clone(), spans, apart };
                if spans == 1 || part.count > ROWS {
                    tasks.push(task(0..spans, None));
                    continue;
                }
                for span in 0..spans {
                    tasks.push(task(span..span + 1, Some(apart)));
                    apart += rows.len() * floats_a_row;
                }
            }
        }
    }
    (tasks, apart)
}
