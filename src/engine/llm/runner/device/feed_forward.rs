//! The feed-forward part of a layer: SwiGLU (Shazeer, 2020, arXiv:2002.05202),
//! once or as a mixture of experts.

use candle_core::{Result, Tensor};
use candle_nn::ops;

use super::linear::Linear;

/// `down(silu(gate x) * up x)`.
pub struct SwiGlu {
    pub gate: Linear,
    pub up: Linear,
    pub down: Linear,
}

impl SwiGlu {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let gate = ops::silu(&self.gate.forward(x)?)?;
        self.down.forward(&(gate * self.up.forward(x)?)?)
    }
}

/// Experts, of which each token uses the `used` most probable ones.
pub struct Mixture {
    pub router: Linear,
    pub experts: Vec<SwiGlu>,
    pub used: usize,
}

impl Mixture {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let scores = ops::softmax_last_dim(&self.router.forward(x)?)?.to_vec2::<f32>()?;
        let mut rows = vec![Vec::new(); self.experts.len()];
        let mut weights = vec![Vec::new(); self.experts.len()];
        for (row, scores) in scores.iter().enumerate() {
            let mut order: Vec<usize> = (0..scores.len()).collect();
            // A stable sort: equal scores go to the lower expert.
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            order.truncate(self.used);
            let sum: f32 = order.iter().map(|&expert| scores[expert]).sum();
            for expert in order {
                rows[expert].push(row as u32);
                weights[expert].push(scores[expert] / sum);
            }
        }
        let mut sum = x.zeros_like()?;
        for ((expert, rows), weights) in self.experts.iter().zip(rows).zip(weights) {
            if rows.is_empty() {
                continue;
            }
            let count = rows.len();
            let rows = Tensor::from_vec(rows, count, x.device())?;
            let weights = Tensor::from_vec(weights, (count, 1), x.device())?;
            let y = expert.forward(&x.index_select(&rows, 0)?)?.broadcast_mul(&weights)?;
            sum = sum.index_add(&rows, &y, 0)?;
        }
        Ok(sum)
    }
}

/// Either kind.
pub enum FeedForward {
    Dense(SwiGlu),
    Mixture(Mixture),
}

impl FeedForward {
    /// Maps `[n, hidden]` to the same.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(dense) => dense.forward(x),
            Self::Mixture(mixture) => mixture.forward(x),
        }
    }
}
