//! The decoder on the CPU: packed weights and our own kernels, over rows of f32.
//!
//! Every row is computed by the same operations whatever rows stand beside it
//! ([`crate::engine::kernel`]), so a step of many sequences gives each the bits
//! that it would get alone.

mod attention;
mod feed_forward;
pub(in crate::engine::llm) mod load;
mod rows;

use std::sync::{Mutex, PoisonError};

use super::super::architecture::Config;
use super::super::cache::Sequence;
use super::{Logits, Runner, Segment};
use crate::engine::EngineError;
use crate::engine::kernel::attention::{KvFormat, partial_len};
use crate::engine::kernel::{Level, Matrix, Rows, Team, multiply, pointwise};

use attention::{Attention, Plan};
use feed_forward::FeedForward;
use rows::{Buffer, each_row};

/// The weights, and the threads that compute with them.
pub struct CpuRunner {
    config: Config,
    level: Level,
    kv_format: KvFormat,
    team: Team,
    embedding: Matrix,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    /// `None` where the embedding is used.
    output: Option<Matrix>,
    /// Angles by which the pairs of a head turn from one position to the next.
    frequencies: Vec<f64>,
    scratch: Mutex<Scratch>,
}

struct Layer {
    attention_norm: Vec<f32>,
    attention: Attention,
    feed_norm: Vec<f32>,
    feed: FeedForward,
}

/// Buffers that steps use again.
#[derive(Default)]
struct Scratch {
    /// Activations on their way through the layers, `[rows, hidden]`.
    x: Buffer,
    /// What a layer's half adds to them.
    delta: Buffer,
    cos: Vec<f32>,
    sin: Vec<f32>,
    rows: Rows,
    attention: attention::Scratch,
    feed: feed_forward::Scratch,
}

/// A matrix with its bias.
struct Linear {
    matrix: Matrix,
    bias: Option<Vec<f32>>,
}

/// The rows of one segment in a step's batch.
struct Part {
    first: usize,
    count: usize,
    /// Position of the first row in its sequence.
    start: usize,
}

impl CpuRunner {
    fn kv_format(&self) -> KvFormat {
        self.kv_format
    }

    /// Rotations of all rows: cosines and sines, `[rows, head_width / 2]`.
    fn rotations(&self, parts: &[Part], cos: &mut Vec<f32>, sin: &mut Vec<f32>) {
        cos.clear();
        sin.clear();
        for part in parts {
            for position in part.start..part.start + part.count {
                for frequency in &self.frequencies {
                    let (s, c) = (position as f64 * frequency).sin_cos();
                    cos.push(c as f32);
                    sin.push(s as f32);
                }
            }
        }
    }

    fn forward(&self, segments: &[Segment<'_>], scratch: &mut Scratch) -> Vec<Vec<Logits>> {
        let hidden = self.config.hidden;
        let mut parts = Vec::with_capacity(segments.len());
        let mut n = 0;
        for segment in segments {
            let start = segment.sequence.len();
            parts.push(Part { first: n, count: segment.tokens.len(), start });
            n += segment.tokens.len();
        }
        let Scratch { x, delta, cos, sin, rows, attention, feed } = scratch;
        self.rotations(&parts, cos, sin);
        let tokens = segments.iter().flat_map(|segment| segment.tokens);
        let (x, delta) = (x.sized(n, hidden), delta.sized(n, hidden));
        for (&token, row) in tokens.zip(x.chunks_mut(hidden)) {
            self.embedding.row(token as usize, row);
        }
        let (level, epsilon) = (self.level, self.config.epsilon as f32);
        let sequences: Vec<&Sequence> = segments.iter().map(|s| &*s.sequence).collect();
        let group = self.config.heads / self.config.kv_heads;
        let floats_a_row = group * partial_len(self.config.head_width);
        let plan = Plan::new(self.config.kv_heads, floats_a_row, &parts, &sequences);
        for (at, layer) in self.layers.iter().enumerate() {
            // The previous layer's outcome is added on the way to the norm.
            let first = at == 0;
            each_row(&self.team, n, [x, rows.fill(n, hidden), delta], |[x, y, delta]| {
                if !first {
                    pointwise::add(level, x, delta);
                }
                pointwise::rms_norm(level, x, &layer.attention_norm, epsilon, y);
            });
            let batch = attention::Batch {
                runner: self,
                layer: at,
                parts: &parts,
                sequences: &sequences,
                plan: &plan,
                cos,
                sin,
            };
            layer.attention.forward(&batch, rows, attention, delta);
            each_row(&self.team, n, [x, rows.fill(n, hidden), delta], |[x, y, delta]| {
                pointwise::add(level, x, delta);
                pointwise::rms_norm(level, x, &layer.feed_norm, epsilon, y);
            });
            layer.feed.forward(self, rows, feed, delta);
        }
        each_row(&self.team, n, [x, delta], |[x, delta]| pointwise::add(level, x, delta));
        self.logits(segments, &parts, x, rows)
    }

    fn logits(
        &self,
        segments: &[Segment<'_>],
        parts: &[Part],
        x: &[f32],
        rows: &mut Rows,
    ) -> Vec<Vec<Logits>> {
        let (hidden, vocabulary) = (self.config.hidden, self.config.vocabulary);
        let wanted = |(segment, part): (&Segment<'_>, &Part)| {
            segment.wanted_rows().map(|row| part.first + row).collect::<Vec<_>>()
        };
        let wanted: Vec<Vec<usize>> = segments.iter().zip(parts).map(wanted).collect();
        let count = wanted.iter().map(Vec::len).sum();
        if count == 0 {
            return vec![Vec::new(); segments.len()];
        }
        let normed = rows.fill(count, hidden).chunks_mut(hidden);
        for (&row, to) in wanted.iter().flatten().zip(normed) {
            let x = &x[row * hidden..][..hidden];
            pointwise::rms_norm(self.level, x, &self.norm, self.config.epsilon as f32, to);
        }
        let mut logits = vec![0.0; count * vocabulary];
        let output = self.output.as_ref().unwrap_or(&self.embedding);
        multiply(&self.team, rows, &mut [(output, &mut logits)]);
        let mut logits = logits.chunks_exact(vocabulary).map(<[f32]>::to_vec);
        wanted.iter().map(|rows| logits.by_ref().take(rows.len()).collect()).collect()
    }
}

impl Runner for CpuRunner {
    fn step(&self, segments: &mut [Segment<'_>]) -> Result<Vec<Vec<Logits>>, EngineError> {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let logits = self.forward(segments, &mut scratch);
        for segment in segments {
            segment.sequence.extend(segment.tokens);
        }
        Ok(logits)
    }
}

impl Linear {
    /// Adds the bias to each row of a product.
    fn add_bias(&self, level: Level, y: &mut [f32]) {
        if let Some(bias) = &self.bias {
            y.chunks_mut(bias.len()).for_each(|row| pointwise::add(level, row, bias));
        }
    }
}
