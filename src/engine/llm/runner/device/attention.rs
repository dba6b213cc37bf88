//! Causal self-attention with grouped queries over a sequence's cache.

use candle_core::{D, Result, Tensor};
use candle_nn::ops;

use super::linear::Linear;
use super::rope::Rope;
use crate::engine::llm::architecture::Config;
use crate::engine::llm::cache::Sequence;

/// The attention part of one layer.
pub struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub output: Linear,
    /// Norms of each head of queries and of keys, `[head_width]`.
    pub head_norms: Option<[Tensor; 2]>,
}

impl Attention {
    /// Maps `[n, hidden]` to the same, adding the rows' keys and values to the
    /// sequence's layer.
    pub fn forward(
        &self,
        x: &Tensor,
        config: &Config,
        rope: &Rope,
        sequence: &Sequence,
        layer: usize,
    ) -> Result<Tensor> {
        let (n, start) = (x.dim(0)?, sequence.len());
        let (heads, kv_heads, width) = (config.heads, config.kv_heads, config.head_width);
        let split = |y: Tensor, heads: usize| -> Result<Tensor> {
            y.reshape((n, heads, width))?.transpose(0, 1)?.contiguous()
        };
        let mut q = split(self.query.forward(x)?, heads)?;
        let mut k = split(self.key.forward(x)?, kv_heads)?;
        let v = split(self.value.forward(x)?, kv_heads)?;
        if let Some([q_norm, k_norm]) = &self.head_norms {
            q = ops::rms_norm(&q, q_norm, config.epsilon as f32)?;
            k = ops::rms_norm(&k, k_norm, config.epsilon as f32)?;
        }
        let q = rope.apply(&q, start)?;
        let [k, v] = append(sequence, layer, &rope.apply(&k, start)?, &v)?;

        // Query heads that share a key head lie side by side: one product for
        // the group, without repeating keys.
        let q = q.reshape((kv_heads, heads / kv_heads * n, width))?;
        let scores = q.matmul(&k.transpose(1, 2)?)?;
        let weights = causal_softmax(scores, n, start, 1.0 / (width as f32).sqrt())?;
        let mixed = weights.matmul(&v)?.reshape((heads, n, width))?;
        self.output.forward(&mixed.transpose(0, 1)?.reshape((n, heads * width))?)
    }
}

/// Writes keys and values of `[heads, n, width]` behind the sequence's end and
/// returns all of the layer's, `[heads, len + n, width]`.
fn append(
    sequence: &Sequence,
    layer: usize,
    keys: &Tensor,
    values: &Tensor,
) -> Result<[Tensor; 2]> {
    let (block, start, n) = (sequence.block_len(), sequence.len(), keys.dim(1)?);
    let end = start + n;
    let mut joined = [Vec::new(), Vec::new()];
    for (at, held) in sequence.blocks().iter().take(end.div_ceil(block)).enumerate() {
        let Some(held) = held.tensors(layer) else {
            candle_core::bail!("the sequence's blocks do not lie on the device")
        };
        // What of the new positions this block takes.
        let (from, to) = (start.max(at * block), end.min((at + 1) * block));
        for ((held, new), joined) in held.iter().zip([keys, values]).zip(&mut joined) {
            if from < to {
                let new = new.narrow(1, from - start, to - from)?.contiguous()?;
                held.slice_set(&new, 1, from - at * block)?;
            }
            joined.push(held.narrow(1, 0, to - at * block)?);
        }
    }
    let [keys, values] = joined;
    Ok([Tensor::cat(&keys, 1)?, Tensor::cat(&values, 1)?])
}

/// Softmax of `scale * scores` (`[groups, repeats * n, start + n]`), where row
/// `r` stands for position `start + r % n` and sees no later one.
fn causal_softmax(scores: Tensor, n: usize, start: usize, scale: f32) -> Result<Tensor> {
    let (_, rows, length) = scores.dims3()?;
    let mut scores = (scores * f64::from(scale))?;
    if n > 1 {
        let mask = (0..n).flat_map(|i| {
            (0..length).map(move |j| if j > start + i { f32::NEG_INFINITY } else { 0.0 })
        });
        let mask = Tensor::from_iter(mask, scores.device())?.reshape((n, length))?;
        scores = scores.broadcast_add(&mask.repeat((rows / n, 1))?)?;
    }
    ops::softmax(&scores, D::Minus1)
}
