//! The feed-forward part of a layer: SwiGLU, once or as a mixture of experts.

use super::rows::{Buffer, each_row};
use super::{CpuRunner, Linear};
use crate::engine::kernel::{Rows, multiply, pointwise};

/// `down(silu(gate x) * up x)`.
pub struct SwiGlu {
    pub(super) gate: Linear,
    pub(super) up: Linear,
    pub(super) down: Linear,
}

/// Experts, of which each token uses the `used` most probable ones.
pub struct Mixture {
    pub(super) router: Linear,
    pub(super) experts: Vec<SwiGlu>,
    pub(super) used: usize,
}

/// Either kind.
pub enum FeedForward {
    Dense(SwiGlu),
    Mixture(Mixture),
}

#[derive(Default)]
pub struct Scratch {
    up: Buffer,
    scores: Buffer,
    /// The rows of one expert, and what it makes of them.
    own: Rows,
    made: Buffer,
    inner: Rows,
}

impl FeedForward {
    /// Maps `x` of `[n, hidden]` to the same.
    pub fn forward(&self, runner: &CpuRunner, x: &mut Rows, scratch: &mut Scratch, to: &mut [f32]) {
        match self {
            Self::Dense(dense) => dense.forward(runner, x, scratch, to),
            Self::Mixture(mixture) => mixture.forward(runner, x, scratch, to),
        }
    }
}

impl SwiGlu {
    fn forward(&self, runner: &CpuRunner, x: &mut Rows, scratch: &mut Scratch, to: &mut [f32]) {
        let Scratch { up, inner, .. } = scratch;
        let (team, level) = (&runner.team, runner.level);
        let (n, width) = (x.rows(), runner.config.inner);
        // The gate's outcome becomes the last product's activations in place.
        let (gate, up) = (inner.fill(n, width), up.sized(n, width));
        multiply(team, x, &mut [(&self.gate.matrix, gate), (&self.up.matrix, up)]);
        each_row(team, n, [gate, up], |[gate, up]| pointwise::swiglu(level, gate, up));
        multiply(team, inner, &mut [(&self.down.matrix, to)]);
    }
}

impl Mixture {
    fn forward(&self, runner: &CpuRunner, x: &mut Rows, scratch: &mut Scratch, to: &mut [f32]) {
        let (hidden, count) = (runner.config.hidden, self.experts.len());
        let scores = scratch.scores.sized(x.rows(), count);
        multiply(&runner.team, x, &mut [(&self.router.matrix, &mut *scores)]);
        let mut taken: Vec<Vec<(usize, f32)>> = vec![Vec::new(); count];
        for (row, scores) in scores.chunks(count).enumerate() {
            for (expert, weight) in self.choose(scores) {
                taken[expert].push((row, weight));
            }
        }
        to.fill(0.0);
        for (expert, taken) in self.experts.iter().zip(taken) {
            if taken.is_empty() {
                continue;
            }
            let mut own = std::mem::take(&mut scratch.own);
            let mut made = std::mem::take(&mut scratch.made);
            let rows = own.fill(taken.len(), hidden).chunks_mut(hidden);
            for ((row, _), own) in taken.iter().zip(rows) {
                own.copy_from_slice(&x.values()[row * hidden..][..hidden]);
            }
            expert.forward(runner, &mut own, scratch, made.sized(taken.len(), hidden));
            for ((row, weight), made) in taken.iter().zip(made.as_slice().chunks(hidden)) {
                let to = &mut to[row * hidden..][..hidden];
                pointwise::add_scaled(runner.level, to, made, *weight);
            }
            (scratch.own, scratch.made) = (own, made);
        }
    }

    /// The experts of one row with their weights, which sum to one.
    fn choose(&self, scores: &[f32]) -> impl Iterator<Item = (usize, f32)> {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        // A stable sort: equal scores go to the lower expert.
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.truncate(self.used);
        let most = scores[order[0]];
        let weights: Vec<f32> = order.iter().map(|&expert| (scores[expert] - most).exp()).collect();
        let sum: f32 = weights.iter().sum();
        order.into_iter().zip(weights).map(move |(expert, weight)| (expert, weight / sum))
    }
}
