//! Rotary positions.

use crate::engine::kernel::pointwise::{RopeStyle, rotate};

/// The turns of each position.
pub struct Rotary {
    /// Of a head.
    half: usize,
    style: RopeStyle,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rotary {
    pub fn new(head: usize, base: f64, style: RopeStyle, positions: usize) -> Self {
        let half = head / 2;
        let angle =
            |i: usize| (i / half) as f64 * base.powf(-2.0 * (i % half) as f64 / head as f64);
        let of = |f: fn(f64) -> f64| (0..positions * half).map(|i| f(angle(i)) as f32).collect();
        Self { half, style, cosines: of(f64::cos), sines: of(f64::sin) }
    }

    /// Turns the heads of a row of queries or keys at a position.
    pub fn turn(&self, row: &mut [f32], position: usize) {
        let at = position * self.half..(position + 1) * self.half;
        for head in row.chunks_exact_mut(2 * self.half) {
            rotate(head, self.style, &self.cosines[at.clone()], &self.sines[at.clone()]);
        }
    }
}
