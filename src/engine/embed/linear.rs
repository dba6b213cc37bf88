//! Linear layers: weights packed at load, multiplied by rows.

use candle_core::Result;
use candle_nn::VarBuilder;

use super::encoder::read;
use super::pointwise::AddBias;
use super::simd::Level;
use super::tile::{self, Left, Line, TILE};

/// Reads and packs linear layers, all in the same way.
#[derive(Clone, Copy)]
pub struct Packer {
    pub level: Level,
}

impl Packer {
    /// The layer `name`; with `bias` it has one.
    pub fn linear(
        self,
        weights: &VarBuilder,
        name: &str,
        outputs: usize,
        inputs: usize,
        bias: bool,
    ) -> Result<Linear> {
        self.joined(weights, &[name], outputs, inputs, bias)
    }

    /// Several layers over the same input as one, their outputs side by side.
    pub fn joined(
        self,
        weights: &VarBuilder,
        names: &[&str],
        outputs: usize,
        inputs: usize,
        bias: bool,
    ) -> Result<Linear> {
        let mut values = Vec::with_capacity(names.len() * outputs * inputs);
        let mut biases = Vec::new();
        for name in names {
            values.extend(read(weights, &format!("{name}.weight"), &[outputs, inputs])?);
            if bias {
                biases.extend(read(weights, &format!("{name}.bias"), &[outputs])?);
            }
        }
        let weight = Weight::pack(self.level, &values, names.len() * outputs, inputs);
        Ok(Linear { weight, bias: bias.then_some(biases) })
    }
}

/// `x Wᵀ + b`.
pub struct Linear {
    weight: Weight,
    bias: Option<Vec<f32>>,
}

impl Linear {
    pub fn inputs(&self) -> usize {
        self.weight.inputs
    }

    pub fn outputs(&self) -> usize {
        self.weight.outputs
    }

    /// Of every row of `x`.
    pub fn apply(&self, level: Level, x: &[f32], out: &mut [f32]) {
        self.weight.multiply(x, out);
        if let Some(bias) = &self.bias {
            level.run(AddBias { x: out, bias });
        }
    }
}

/// A weight of shape (outputs, inputs) in tiles of 32 outputs, `[k][32]` each.
pub struct Weight {
    level: Level,
    outputs: usize,
    inputs: usize,
    lines: Vec<Line>,
}

impl Weight {
    /// Packs a row-major weight.
    pub fn pack(level: Level, values: &[f32], outputs: usize, inputs: usize) -> Self {
        assert_eq!(values.len(), outputs * inputs);
        let tiles = outputs.div_ceil(TILE);
        let mut lines = vec![Line::default(); tiles * inputs * TILE / 16];
        let packed = tile::floats_mut(&mut lines);
        for (output, row) in values.chunks_exact(inputs).enumerate() {
            let start = output / TILE * inputs * TILE + output % TILE;
            for (k, value) in row.iter().enumerate() {
                packed[start + k * TILE] = *value;
            }
        }
        Self { level, outputs, inputs, lines }
    }

    /// `out[row, output] = Σ x[row, k] * weight[output, k]`, both row-major.
    pub fn multiply(&self, x: &[f32], out: &mut [f32]) {
        let rows = x.len() / self.inputs;
        assert_eq!((x.len(), out.len()), (rows * self.inputs, rows * self.outputs));
        let left = Left { values: x, across: self.inputs, along: 1 };
        let tiles = tile::floats(&self.lines).chunks_exact(self.inputs * TILE);
        for (tile, start) in tiles.zip((0..self.outputs).step_by(TILE)) {
            let columns = TILE.min(self.outputs - start);
            if columns == TILE {
                let out = &mut out[start..];
                tile::multiply(self.level, left, rows, tile, out, self.outputs);
                continue;
            }
            // The last tile's columns beyond the weight are zeros.
            let mut whole = vec![0.0; rows * TILE];
            tile::multiply(self.level, left, rows, tile, &mut whole, TILE);
            for (row, whole) in whole.chunks_exact(TILE).enumerate() {
                out[row * self.outputs + start..][..columns].copy_from_slice(&whole[..columns]);
            }
        }
    }
}
