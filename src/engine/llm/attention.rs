//! Causal self-attention with grouped queries over a sequence's cache.

use candle_core::{CpuStorage, D, Device, InplaceOp1, Layout, Result, Tensor};
use candle_nn::ops;
use rayon::prelude::*;

use super::architecture::Config;
use super::linear::Linear;
use super::rope::Rope;
use super::sequence::Sequence;

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
        let [k, v] = sequence.append(layer, &rope.apply(&k, start)?, &v)?;

        // Query heads that share a key head lie side by side: one product for
        // the group, without repeating keys.
        let q = q.reshape((kv_heads, heads / kv_heads * n, width))?;
        let scores = q.matmul(&k.transpose(1, 2)?)?;
        let weights = causal_softmax(scores, n, start, 1.0 / (width as f32).sqrt())?;
        let mixed = weights.matmul(&v)?.reshape((heads, n, width))?;
        self.output.forward(&mixed.transpose(0, 1)?.reshape((n, heads * width))?)
    }
}

/// Softmax of `scale * scores` (`[groups, repeats * n, start + n]`), where row
/// `r` stands for position `start + r % n` and sees no later one.
fn causal_softmax(scores: Tensor, n: usize, start: usize, scale: f32) -> Result<Tensor> {
    if matches!(scores.device(), Device::Cpu) {
        scores.inplace_op1(&CausalSoftmax { n, start, scale })?;
        return Ok(scores);
    }
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

/// Scale, mask and softmax in one pass over the scores: as separate tensor
/// operations they cost more memory traffic than the products around them.
struct CausalSoftmax {
    n: usize,
    start: usize,
    scale: f32,
}

impl InplaceOp1 for CausalSoftmax {
    fn name(&self) -> &'static str {
        "causal-softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let length = self.start + self.n;
        let CpuStorage::F32(data) = storage else {
            candle_core::bail!("attention scores are not f32")
        };
        let from = layout.start_offset();
        let data = &mut data[from..from + layout.shape().elem_count()];
        data.par_chunks_mut(length).enumerate().for_each(|(row, scores)| {
            let (seen, hidden) = scores.split_at_mut(self.start + row % self.n + 1);
            let most = seen.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for score in seen.iter_mut() {
                *score = ((*score - most) * self.scale).exp();
                sum += *score;
            }
            let inverse = 1.0 / sum;
            seen.iter_mut().for_each(|weight| *weight *= inverse);
            hidden.fill(0.0);
        });
        Ok(())
    }
}
