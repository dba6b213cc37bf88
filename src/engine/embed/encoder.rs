//! A transformer that reads a text both ways: what BERT and NomicBERT share.
//!
//! Texts stand one after the other as rows, without padding. One call computes
//! some texts from end to end on one thread, so threads never wait for each other
//! between layers; a text's vectors have the same bits whatever texts are beside.

use super::attention::{self, Shape};
use super::linear::{Linear, Work};
use super::pointwise::{Norm, add_norm, gelu};
use super::rotary::Rotary;
use super::weights::Table;
use crate::engine::kernel::{Level, pointwise};

/// Rows that a feed-forward computes at once: its wide inner rows should stay in
/// the second-level cache with the weights that pass by.
const FEED_ROWS: usize = 96;

pub struct Encoder {
    pub level: Level,
    pub shape: Shape,
    /// A row for each token of the vocabulary.
    pub words: Table,
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
    work: Work,
    feed: FeedBuffers,
    attention: attention::Buffers,
}

#[derive(Default)]
struct FeedBuffers {
    inner: Vec<f32>,
    gate: Vec<f32>,
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
        self.words.rows()
    }

    /// Token vectors of all texts, a row for each token. Tokens must be of the
    /// vocabulary, texts no longer than the positions.
    pub fn forward<'a>(&self, texts: &[&[u32]], scratch: &'a mut Scratch) -> &'a [f32] {
        let hidden = self.shape.hidden();
        let rows: usize = texts.iter().map(|t| t.len()).sum();
        let Scratch { x, qkv, mixed, added, work, feed, attention } = scratch;
        let x = sized(x, rows * hidden);
        let qkv = sized(qkv, rows * 3 * hidden);
        let mixed = sized(mixed, rows * hidden);
        let added = sized(added, rows * hidden);
        self.look_up(texts, x, added);
        for layer in &self.layers {
            layer.qkv.apply(self.level, x, qkv, work);
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
            layer.mix.apply(self.level, mixed, added, work);
            add_norm(self.level, &layer.norm1, x, added);
            let parts = x.chunks_mut(FEED_ROWS * hidden).zip(added.chunks_mut(FEED_ROWS * hidden));
            for (x, added) in parts {
                layer.feed.apply(self.level, x, added, work, feed);
                add_norm(self.level, &layer.norm2, x, added);
            }
        }
        x
    }

    /// The first layer's input.
    fn look_up(&self, texts: &[&[u32]], x: &mut [f32], added: &mut [f32]) {
        let hidden = self.shape.hidden();
        let words = self.words.values();
        let tokens = texts.iter().flat_map(|text| text.iter().enumerate());
        let rows = x.chunks_exact_mut(hidden).zip(added.chunks_exact_mut(hidden));
        for ((position, &token), (x, added)) in tokens.zip(rows) {
            x.copy_from_slice(&words[token as usize * hidden..][..hidden]);
            added.copy_from_slice(&self.kind);
            if let Some(positions) = &self.positions {
                for (a, p) in added.iter_mut().zip(&positions[position * hidden..][..hidden]) {
                    *a += p;
                }
            }
        }
        add_norm(self.level, &self.norm, x, added);
    }
}

impl Feed {
    fn apply(
        &self,
        level: Level,
        x: &[f32],
        out: &mut [f32],
        work: &mut Work,
        buffers: &mut FeedBuffers,
    ) {
        match self {
            Self::Gelu { up, down } => {
                let inner = sized(&mut buffers.inner, x.len() / up.inputs() * up.outputs());
                up.apply(level, x, inner, work);
                gelu(level, inner);
                down.apply(level, inner, out, work);
            }
            Self::Gated { up, gate, down } => {
                let inner = sized(&mut buffers.inner, x.len() / up.inputs() * up.outputs());
                let gates = sized(&mut buffers.gate, inner.len());
                up.apply(level, x, inner, work);
                gate.apply(level, x, gates, work);
                pointwise::swiglu(level, gates, inner);
                down.apply(level, gates, out, work);
            }
        }
    }
}
