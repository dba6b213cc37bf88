//! A transformer that reads a text both ways: what BERT and NomicBERT share.
//!
//! Texts stand one after the other as rows, without padding. One call computes
//! some texts from end to end on one thread, so threads never wait for each other
//! between layers; a text's vectors have the same bits whatever texts are beside.

use candle_core::Result;
use candle_nn::VarBuilder;

use super::attention::{self, Shape};
use super::linear::Linear;
use super::pointwise::{Gate, Gelu, Norm};
use super::rotary::Rotary;
use super::simd::Level;

/// Rows that a feed-forward computes at once: its wide inner rows should stay in
/// the second-level cache with the weights that pass by.
const FEED_ROWS: usize = 96;

pub struct Encoder {
    pub level: Level,
    pub shape: Shape,
    /// A row for each token of the vocabulary.
    pub words: Vec<f32>,
    /// Added to every token: the row of the only kind of text there is here.
    pub kind: Vec<f32>,
    /// A row for each position, unless positions are rotary.
    pub positions: Option<Vec<f32>>,
    pub rotary: Option<Rotary>,
    pub norm: Norm,
    pub layers: Vec<Layer>,
}

pub struct Layer {
    /// Queries, keys and values in one.
    pub qkv: Linear,
    pub mix: Linear,
    pub norm1: Norm,
    pub feed: Feed,
    pub norm2: Norm,
}

pub enum Feed {
    Gelu { up: Linear, down: Linear },
    Gated { up: Linear, gate: Linear, down: Linear },
}

/// Buffers of one thread, reused from call to call.
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    qkv: Vec<f32>,
    mixed: Vec<f32>,
    added: Vec<f32>,
    inner: Vec<f32>,
    gate: Vec<f32>,
    attention: attention::Buffers,
}

/// `length` values of a buffer, whatever they were.
fn sized(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

impl Encoder {
    pub fn vocabulary(&self) -> usize {
        self.words.len() / self.shape.hidden()
    }

    /// Token vectors of all texts, a row for each token. Tokens must be of the
    /// vocabulary, texts no longer than the positions.
    pub fn forward<'a>(&self, texts: &[&[u32]], scratch: &'a mut Scratch) -> &'a [f32] {
        let hidden = self.shape.hidden();
        let rows: usize = texts.iter().map(|t| t.len()).sum();
        let Scratch { x, qkv, mixed, added, inner, gate, attention } = scratch;
        let x = sized(x, rows * hidden);
        let qkv = sized(qkv, rows * 3 * hidden);
        let mixed = sized(mixed, rows * hidden);
        let added = sized(added, rows * hidden);
        self.look_up(texts, x, added);
        for layer in &self.layers {
            layer.qkv.apply(self.level, x, qkv);
            let mut start = 0;
            for text in texts {
                let end = start + text.len();
                let qkv = &mut qkv[3 * start * hidden..3 * end * hidden];
                if let Some(rotary) = &self.rotary {
                    for (position, row) in qkv.chunks_exact_mut(3 * hidden).enumerate() {
                        rotary.turn(&mut row[..2 * hidden], position);
                    }
                }
                let mixed = &mut mixed[start * hidden..end * hidden];
                attention::attend(self.level, self.shape, qkv, mixed, attention);
                start = end;
            }
            layer.mix.apply(self.level, mixed, added);
            layer.norm1.add(self.level, x, added);
            let parts = x.chunks_mut(FEED_ROWS * hidden).zip(added.chunks_mut(FEED_ROWS * hidden));
            for (x, added) in parts {
                layer.feed.apply(self.level, x, added, inner, gate);
                layer.norm2.add(self.level, x, added);
            }
        }
        x
    }

    /// The first layer's input.
    fn look_up(&self, texts: &[&[u32]], x: &mut [f32], added: &mut [f32]) {
        let hidden = self.shape.hidden();
        let tokens = texts.iter().flat_map(|text| text.iter().enumerate());
        let rows = x.chunks_exact_mut(hidden).zip(added.chunks_exact_mut(hidden));
        for ((position, &token), (x, added)) in tokens.zip(rows) {
            x.copy_from_slice(&self.words[token as usize * hidden..][..hidden]);
            added.copy_from_slice(&self.kind);
            if let Some(positions) = &self.positions {
                for (a, p) in added.iter_mut().zip(&positions[position * hidden..][..hidden]) {
                    *a += p;
                }
            }
        }
        self.norm.add(self.level, x, added);
    }
}

impl Feed {
    fn apply(
        &self,
        level: Level,
        x: &[f32],
        out: &mut [f32],
        inner: &mut Vec<f32>,
        gates: &mut Vec<f32>,
    ) {
        match self {
            Self::Gelu { up, down } => {
                let inner = sized(inner, x.len() / up.inputs() * up.outputs());
                up.apply(level, x, inner);
                level.run(Gelu(inner));
                down.apply(level, inner, out);
            }
            Self::Gated { up, gate, down } => {
                let inner = sized(inner, x.len() / up.inputs() * up.outputs());
                let gates = sized(gates, inner.len());
                up.apply(level, x, inner);
                gate.apply(level, x, gates);
                level.run(Gate { x: inner, gate: gates });
                down.apply(level, inner, out);
            }
        }
    }
}

/// A tensor's values, row-major, in a shape that must be the file's.
pub fn read(weights: &VarBuilder, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
    weights.get(shape, name)?.flatten_all()?.to_vec1()
}

/// Layer norm's two tensors.
pub fn read_norm(weights: VarBuilder, size: usize, epsilon: f64) -> Result<Norm> {
    Ok(Norm {
        weight: read(&weights, "weight", &[size])?,
        bias: read(&weights, "bias", &[size])?,
        epsilon: epsilon as f32,
    })
}
