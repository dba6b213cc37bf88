//! Causal self-attention with grouped queries over the sequences' blocks.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

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
    pub plan: &'a Plan,
    pub cos: &'a [f32],
    pub sin: &'a [f32],
}

#[derive(Default)]
pub struct Scratch {
    query: Buffer,
    key: Buffer,
    value: Buffer,
    /// Outcomes of spans that were computed apart.
    partials: Vec<f32>,
    mixed: Rows,
}

/// How a step's attention is divided; the same for every layer.
pub struct Plan {
    tasks: Vec<Task>,
    merges: Vec<Merge>,
    /// Floats of the spans that are computed apart.
    floats: usize,
}

/// Queries of some rows against one head of keys.
struct Task {
    members: Vec<Member>,
    head: usize,
    spans: Range<usize>,
    /// Where the outcomes go if the spans are not all of them.
    apart: Option<usize>,
}

/// Some rows of a segment.
#[derive(Clone)]
struct Member {
    part: usize,
    rows: Range<usize>,
}

/// Outcomes of one head that were computed apart, span by span.
struct Merge {
    member: Member,
    head: usize,
    at: Vec<usize>,
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
        let Scratch { query, key, value, partials, mixed } = scratch;
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
        self.attend(batch, query.as_slice(), mixed.fill(n, wide), partials);
        multiply(team, mixed, &mut [(&self.output.matrix, to)]);
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
        let Plan { tasks, merges, floats } = batch.plan;
        partials.resize(*floats, 0.0);
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
        let mix = |member: &Member, head: usize, query: usize| {
            let row = batch.parts[member.part].first + member.rows.start + query / group;
            let at = row * wide + (head * group + query % group) * width;
            // SAFETY: each row's head belongs to one task, or to one merge.
            unsafe { mixed.piece(at, width) }
        };
        runner.team.run(tasks.len(), |task| {
            let task = &tasks[task];
            // Members beside each other see their spans to the end: they are
            // equals in the order that the kernel asks for.
            let end = task.spans.end * attention::SPAN * attention::BLOCK;
            let mut queries: Vec<(&[f32], usize)> = Vec::new();
            for Member { part, rows } in &task.members {
                let part = &batch.parts[*part];
                for row in rows.clone() {
                    let at = (part.first + row) * wide + task.head * group * width;
                    let heads = query[at..][..group * width].chunks(width);
                    queries.extend(heads.map(|head| (head, (part.start + row + 1).min(end))));
                }
            }
            let [Member { part, rows }, ..] = &task.members[..] else { return };
            let seen = batch.parts[*part].start + rows.end;
            let blocks = &blocks.of(*part, task.head)[..seen.div_ceil(attention::BLOCK)];
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
                let outcomes = partials.chunks_exact(task.spans.len() * length);
                for (query, outcome) in outcomes.enumerate() {
                    attention::merge(level, outcome, mix(&task.members[0], task.head, query));
                }
            });
        });
        let mut own = Vec::new();
        for Merge { member, head, at } in merges {
            for query in 0..member.rows.len() * group {
                own.clear();
                for at in at {
                    // SAFETY: the tasks are done.
                    own.extend_from_slice(unsafe { partials.piece(at + query * length, length) });
                }
                attention::merge(level, &own, mix(member, *head, query));
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

impl Plan {
    /// Few rows over many spans are divided by span as well, so that all threads
    /// share a long sequence. A span that several sequences share is then read
    /// once for all of them: agents that begin with the same prompt. Neither
    /// changes the outcome, since a query's spans are computed one by one.
    ///
    /// `heads` are those of keys; `floats_a_row` is what the outcomes of the
    /// queries of one row for one of them take.
    pub fn new(heads: usize, floats_a_row: usize, parts: &[Part], sequences: &[&Sequence]) -> Self {
        let mut plan = Self { tasks: Vec::new(), merges: Vec::new(), floats: 0 };
        let mut divided = Vec::new();
        for (part, Part { count, start, .. }) in parts.iter().enumerate() {
            for first in (0..*count).step_by(ROWS) {
                let rows = first..(first + ROWS).min(*count);
                let spans = attention::spans(start + rows.end);
                let member = Member { part, rows };
                if spans > 1 && *count <= ROWS {
                    divided.push((member, vec![vec![0; spans]; heads]));
                    continue;
                }
                plan.tasks.extend((0..heads).map(|head| Task {
                    members: vec![member.clone()],
                    head,
                    spans: 0..spans,
                    apart: None,
                }));
            }
        }
        let most = divided.iter().map(|(_, at)| at[0].len()).max().unwrap_or(0);
        for span in 0..most {
            let mut groups: Vec<Vec<usize>> = Vec::new();
            for (i, (member, at)) in divided.iter().enumerate() {
                if span >= at[0].len() {
                    continue;
                }
                let fits = |group: &&mut Vec<usize>| {
                    let rows: usize = group.iter().map(|i| divided[*i].0.rows.len()).sum();
                    let other = divided[group[0]].0.part;
                    rows + member.rows.len() <= ROWS
                        && [other, member.part].iter().all(|p| parts[*p].start >= end_of(span))
                        && shared(sequences[other], sequences[member.part], span)
                };
                match groups.iter_mut().find(fits) {
                    Some(group) => group.push(i),
                    None => groups.push(vec![i]),
                }
            }
            for group in groups {
                for head in 0..heads {
                    let members = group.iter().map(|i| divided[*i].0.clone()).collect();
                    let apart = Some(plan.floats);
                    plan.tasks.push(Task { members, head, spans: span..span + 1, apart });
                    for i in &group {
                        let (member, at) = &mut divided[*i];
                        at[head][span] = plan.floats;
                        plan.floats += member.rows.len() * floats_a_row;
                    }
                }
            }
        }
        for (member, at) in divided {
            let merge = |(head, at)| Merge { member: member.clone(), head, at };
            plan.merges.extend(at.into_iter().enumerate().map(merge));
        }
        plan
    }
}

/// The position behind a span.
fn end_of(span: usize) -> usize {
    (span + 1) * attention::SPAN * attention::BLOCK
}

/// Whether two sequences have the very blocks of a whole span in common.
fn shared(a: &Sequence, b: &Sequence, span: usize) -> bool {
    let blocks = span * attention::SPAN..(span + 1) * attention::SPAN;
    match (a.blocks().get(blocks.clone()), b.blocks().get(blocks)) {
        (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kernel::attention::KvFormat;
    use crate::engine::llm::cache::{Pool, Shape};

    #[test]
    fn a_span_that_sequences_share_is_one_task() {
        let pool = Pool::new(Shape { layers: 1, heads: 2, width: 16 }, KvFormat::F16, None, 4096);
        let prompt = |tokens: usize| {
            let mut sequence = Sequence::new(&pool);
            assert!(sequence.reserve(tokens).unwrap());
            sequence.extend(&vec![1; tokens]);
            sequence
        };
        let first = prompt(600);
        let mut sequences = vec![first.fork(), first.fork(), first, prompt(600)];
        for sequence in &mut sequences {
            assert!(sequence.reserve(1).unwrap());
        }
        let part = |first| Part { first, count: 1, start: 600 };
        let parts: Vec<Part> = (0..4).map(part).collect();
        let plan = Plan::new(2, 10, &parts, &sequences.iter().collect::<Vec<_>>());
        let found: Vec<(Range<usize>, Vec<usize>)> = plan
            .tasks
            .iter()
            .filter(|task| task.head == 1)
            .map(|task| (task.spans.clone(), task.members.iter().map(|m| m.part).collect()))
            .collect();
        let apart = |part| (1..2, vec![part]);
        let expected =
            vec![(0..1, vec![0, 1, 2]), (0..1, vec![3]), apart(0), apart(1), apart(2), apart(3)];
        assert_eq!(found, expected);
        // Four rows, two heads, two spans: a place of its own for each outcome.
        let mut places: Vec<usize> = plan.merges.iter().flat_map(|m| m.at.clone()).collect();
        places.sort_unstable();
        assert_eq!(places, (0..16).map(|n| n * 10).collect::<Vec<_>>());
        assert_eq!(plan.floats, 160);
    }
}
