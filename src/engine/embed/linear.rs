//! Linear layers: weights packed at load, multiplied by rows.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use candle_core::{Error, Result};

use super::pointwise::add_bias;
use super::tile::{self, Left, Line, TILE};
use super::weights::Weights;
use crate::engine::kernel::{self, Level, Matrix, Rows, Team};
use crate::engine::model::Precision;

/// Reads and packs linear layers, all in the same way.
#[derive(Clone, Copy)]
pub struct Packer<'a> {
    pub level: Level,
    pub precision: Precision,
    pub team: &'a Team,
}

impl Packer<'_> {
    /// The layer `name`; with `bias` it has one.
    pub fn linear(
        self,
        weights: &Weights,
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
        weights: &Weights,
        names: &[&str],
        outputs: usize,
        inputs: usize,
        bias: bool,
    ) -> Result<Linear> {
        let mut parts = Vec::new();
        let mut biases = Vec::new();
        for name in names {
            parts.push(weights.read(&format!("{name}.weight"), &[outputs, inputs])?);
            if bias {
                biases.extend_from_slice(&weights.read(&format!("{name}.bias"), &[outputs])?);
            }
        }
        let values = match &parts[..] {
            [one] => Cow::Borrowed(&**one),
            many => Cow::Owned(many.concat()),
        };
        let outputs = names.len() * outputs;
        let weight = match self.precision {
            Precision::Single => Weight::Single(Tiles::pack(&values, outputs, inputs, self.team)),
            Precision::Int8 => Weight::Int8(
                Matrix::quantise(self.level, &values, outputs, inputs, self.team)
                    .map_err(Error::wrap)?,
            ),
        };
        Ok(Linear { weight, bias: bias.then_some(biases) })
    }
}

/// `x Wᵀ + b`.
pub struct Linear {
    weight: Weight,
    bias: Option<Vec<f32>>,
}

enum Weight {
    Single(Tiles),
    /// Both factors rounded to bytes, 32 values to a scale.
    Int8(Matrix),
}

/// What a thread needs to multiply: itself, and room for rounded rows.
pub struct Work {
    team: Team,
    rows: Rows,
}

impl Default for Work {
    fn default() -> Self {
        Self { team: Team::new(1), rows: Rows::new() }
    }
}

impl Linear {
    pub fn inputs(&self) -> usize {
        match &self.weight {
            Weight::Single(tiles) => tiles.inputs,
            Weight::Int8(matrix) => matrix.inputs(),
        }
    }

    pub fn outputs(&self) -> usize {
        match &self.weight {
            Weight::Single(tiles) => tiles.outputs,
            Weight::Int8(matrix) => matrix.outputs(),
        }
    }

    /// Of every row of `x`.
    pub fn apply(&self, level: Level, x: &[f32], out: &mut [f32], work: &mut Work) {
        match &self.weight {
            Weight::Single(tiles) => tiles.multiply(level, x, out),
            Weight::Int8(matrix) => {
                work.rows.set(x, x.len() / matrix.inputs(), matrix.inputs());
                kernel::multiply(&work.team, &mut work.rows, &mut [(matrix, out)]);
            }
        }
        if let Some(bias) = &self.bias {
            add_bias(level, out, bias);
        }
    }
}

/// A weight of shape (outputs, inputs) in tiles of 32 outputs, `[k][32]` each.
struct Tiles {
    outputs: usize,
    inputs: usize,
    lines: Vec<Line>,
}

impl Tiles {
    /// Packs a row-major weight.
    fn pack(values: &[f32], outputs: usize, inputs: usize, team: &Team) -> Self {
        assert_eq!(values.len(), outputs * inputs);
        let mut lines = vec![Line::default(); outputs.div_ceil(TILE) * inputs * TILE / 16];
        let tiles: Vec<_> = tile::floats_mut(&mut lines)
            .chunks_exact_mut(inputs * TILE)
            .zip(values.chunks(inputs * TILE))
            .map(Mutex::new)
            .collect();
        team.run(tiles.len(), |t| {
            let mut tile = tiles[t].lock().unwrap_or_else(PoisonError::into_inner);
            let (packed, values) = &mut *tile;
            for (column, row) in values.chunks_exact(inputs).enumerate() {
                for (to, value) in packed[column..].iter_mut().step_by(TILE).zip(row) {
                    *to = *value;
                }
            }
        });
        drop(tiles);
        Self { outputs, inputs, lines }
    }

    /// `out[row, output] = Σ x[row, k] * weight[output, k]`, both row-major.
    fn multiply(&self, level: Level, x: &[f32], out: &mut [f32]) {
        let rows = x.len() / self.inputs;
        assert_eq!((x.len(), out.len()), (rows * self.inputs, rows * self.outputs));
        let left = Left { values: x, across: self.inputs, along: 1 };
        let mut tiles = tile::floats(&self.lines).chunks_exact(self.inputs * TILE).peekable();
        for start in (0..self.outputs).step_by(TILE) {
            let Some(tile) = tiles.next() else { return };
            let next = tiles.peek().copied();
            let columns = TILE.min(self.outputs - start);
            if columns == TILE {
                let out = &mut out[start..];
                tile::multiply(level, left, rows, tile, next, out, self.outputs);
                continue;
            }
            // The last tile's columns beyond the weight are zeros.
            let mut whole = vec![0.0; rows * TILE];
            tile::multiply(level, left, rows, tile, None, &mut whole, TILE);
            for (row, whole) in whole.chunks_exact(TILE).enumerate() {
                out[row * self.outputs + start..][..columns].copy_from_slice(&whole[..columns]);
            }
        }
    }
}
