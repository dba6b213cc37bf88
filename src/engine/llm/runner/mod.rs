//! Runs steps of a model: some tokens of some sequences in, logits out.
//!
//! [`cpu`] computes with this project's kernels, [`device`] with candle's
//! tensors on a GPU. The architectures differ in [`super::architecture`] only.

pub mod cpu;
pub mod device;

use super::cache::Sequence;
use crate::engine::EngineError;

/// Logits of one position, one for each word of the vocabulary.
pub type Logits = Vec<f32>;

/// Tokens that a step appends to one sequence, which has room for them.
pub struct Segment<'a> {
    pub sequence: &'a mut Sequence,
    pub tokens: &'a [u32],
    /// How many of the last tokens have their logits returned.
    pub wanted: usize,
}

impl Segment<'_> {
    /// Which of the tokens have their logits returned.
    pub fn wanted_rows(&self) -> std::ops::Range<usize> {
        self.tokens.len().saturating_sub(self.wanted)..self.tokens.len()
    }
}

/// A model's weights on some device.
pub trait Runner: Send + Sync {
    /// Appends each segment's tokens to its sequence and returns the wanted
    /// logits of each. On an error all sequences are as they were.
    fn step(&self, segments: &mut [Segment<'_>]) -> Result<Vec<Vec<Logits>>, EngineError>;
}
