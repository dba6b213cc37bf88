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
    gate: Buffer,
    up: Buffer,
    scores: Buffer,
    /// The rows of one expert, and what it makes of them.
    own: Buffer,
    made: Buffer,
    own_rows: Rows,
    inner: Rows,
}

impl FeedForward {
    /// Maps `x` of `[n, hidden]` to the same.
    pub fn forward(
        &self,
        runner: &CpuRunner,
        x: &[f32],
        n: usize,
        rows: &mut Rows,
        scratch: &mut Scratch,
        to: &mut [f32],
    ) {
        let hidden = runner.config.hidden;
        rows.set(x, n, hidden);
        match self {
            Self::Dense(dense) => dense.forward(runner, n, rows, scratch, to),
            Self::Mixture(mixture) => mixture.forward(runner, x, n, rows, scratch, to),
        }
    }
}

impl SwiGlu {
    fn forward(
        &self,
        runner: &CpuRunner,
        n: usize,
        x: &mut Rows,
        scratch: &mut Scratch,
        to: &mut [f32],
    ) {
        let Scratch { gate, up, inner, .. } = scratch;
        let (team, level, width) = (&runner.team, runner.level, runner.config.inner);
        multiply(
            team,
            x,
            &mut [(&self.gate.matrix, gate.sized(n, width)), (&self.up.matrix, up.sized(n, width))],
        );
        each_row(team, n, [gate, up], |[gate, up]| pointwise::swiglu(level, gate, up));
        inner.set(gate.as_slice(), n, width);
        multiply(team, inner, &mut [(&self.down.matrix, to)]);
    }
}

impl Mixture {
    fn forward(
        &self,
        runner: &CpuRunner,
        x: &[f32],
        n: usize,
        rows: &mut Rows,
        scratch: &mut Scratch,
        to: &mut [f32],
    ) {
        let (hidden, count) = (runner.config.hidden, self.experts.len());
        let scores = scratch.scores.sized(n, count);
        multiply(&runner.team, rows, &mut [(&self.router.matrix, &mut *scores)]);
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
            let own = scratch.own.sized(taken.len(), hidden);
            for ((row, _), own) in taken.iter().zip(own.chunks_mut(hidden)) {
                own.copy_from_slice(&x[row * hidden..][..hidden]);
            }
            let mut own_rows = std::mem::take(&mut scratch.own_rows);
            let mut made = std::mem::take(&mut scratch.made);
            own_rows.set(scratch.own.as_slice(), taken.len(), hidden);
            let result = made.sized(taken.len(), hidden);
            expert.forward(runner, taken.len(), &mut own_rows, scratch, result);
            for ((row, weight), made) in taken.iter().zip(made.as_slice().chunks(hidden)) {
                let to = &mut to[row * hidden..][..hidden];
                pointwise::add_scaled(runner.level, to, made, *weight);
            }
            (scratch.own_rows, scratch.made) = (own_rows, made);
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
