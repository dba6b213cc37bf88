//! Weights, packed for the kernels.

use half::{bf16, f16};

use super::buffer::Buffer;
use super::format::{Block, Format, round_q8_0};
use super::level::Level;
use super::rows::Shared;
use super::team::Team;
use super::tile::{CHUNK, COLUMNS, Layout, SUB, pair};

/// A shape that does not go with the data or the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    #[error("rows of {inputs} elements are not whole blocks of {format:?}")]
    Blocks { format: Format, inputs: usize },
    #[error("{outputs} rows of {inputs} elements take {needed} bytes, not {given}")]
    Length { outputs: usize, inputs: usize, needed: usize, given: usize },
    #[error("a matrix of {outputs} by {inputs} is too large to address")]
    Size { outputs: usize, inputs: usize },
    #[error("{0:?} is not available on this processor")]
    Level(Level),
}

/// A weight: for each output, one number for each input.
pub struct Matrix {
    level: Level,
    format: Format,
    outputs: usize,
    inputs: usize,
    tiles: Buffer,
}

impl Matrix {
    /// Packs the blocks of a GGUF tensor: `outputs` rows of `inputs` elements.
    pub fn pack(
        level: Level,
        format: Format,
        bytes: &[u8],
        outputs: usize,
        inputs: usize,
        team: &Team,
    ) -> Result<Self, ShapeError> {
        let mut matrix = Self::new(level, format, outputs, inputs)?;
        let row_bytes = inputs / format.block_len() * format.block_bytes();
        let needed = outputs.saturating_mul(row_bytes);
        if needed != bytes.len() {
            return Err(ShapeError::Length { outputs, inputs, needed, given: bytes.len() });
        }
        let size = format.block_bytes();
        matrix.fill(team, |tile, first, columns| {
            if format.block_len() == 1 {
                for column in 0..columns {
                    let row = &bytes[(first + column) * row_bytes..][..row_bytes];
                    for (k, number) in row.chunks_exact(size).enumerate() {
                        tile[(k * COLUMNS + column) * size..][..size].copy_from_slice(number);
                    }
                }
            } else {
                put_blocks(format, inputs, tile, columns, |block, column, i| {
                    let row = &bytes[(first + column) * row_bytes..][..row_bytes];
                    block.read(format, &row[i * size..][..size]);
                });
            }
        });
        Ok(matrix)
    }

    /// Rounds weights to Q8_0, then packs them.
    pub fn quantise(
        level: Level,
        weights: &[f32],
        outputs: usize,
        inputs: usize,
        team: &Team,
    ) -> Result<Self, ShapeError> {
        let mut matrix = Self::new(level, Format::Q8_0, outputs, inputs)?;
        let needed = outputs * inputs;
        if needed != weights.len() {
            let (needed, given) = (4 * needed, size_of_val(weights));
            return Err(ShapeError::Length { outputs, inputs, needed, given });
        }
        matrix.fill(team, |tile, first, columns| {
            put_blocks(Format::Q8_0, inputs, tile, columns, |block, column, i| {
                let mut bytes = [0; Format::Q8_0.block_bytes()];
                round_q8_0(&weights[(first + column) * inputs + i * SUB..][..SUB], &mut bytes);
                block.read(Format::Q8_0, &bytes);
            });
        });
        Ok(matrix)
    }

    fn new(
        level: Level,
        format: Format,
        outputs: usize,
        inputs: usize,
    ) -> Result<Self, ShapeError> {
        if !inputs.is_multiple_of(format.block_len()) {
            return Err(ShapeError::Blocks { format, inputs });
        }
        if !level.is_available() {
            return Err(ShapeError::Level(level));
        }
        // Nothing takes more than 4 bytes for an element, or a line for a tile.
        let bound = (outputs as u128 + 16) * (inputs as u128 + 16) * 4;
        if bound > isize::MAX as u128 / 2 {
            return Err(ShapeError::Size { outputs, inputs });
        }
        let tiles = Buffer::new(Self::packed_bytes(format, outputs, inputs));
        Ok(Self { level, format, outputs, inputs, tiles })
    }

    /// Calls `f` with each tile's bytes, its first output and how many it has.
    fn fill(&mut self, team: &Team, f: impl Fn(&mut [u8], usize, usize) + Sync) {
        let bytes = self.tile_bytes();
        let outputs = self.outputs;
        let tiles = Shared(self.tiles.as_mut_ptr());
        team.run(outputs.div_ceil(COLUMNS), |t| {
            // SAFETY: the tile lies inside the buffer, and is this task's alone.
            let tile = unsafe { std::slice::from_raw_parts_mut(tiles.at(t * bytes), bytes) };
            let first = t * COLUMNS;
            f(tile, first, COLUMNS.min(outputs - first));
        });
    }

    pub fn level(&self) -> Level {
        self.level
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Bytes that the packed weights take.
    pub fn bytes(&self) -> usize {
        self.tiles.len()
    }

    /// What [`Self::bytes`] will be for a shape that suits the format.
    pub fn packed_bytes(format: Format, outputs: usize, inputs: usize) -> usize {
        outputs.div_ceil(COLUMNS) * tile_bytes(format, inputs)
    }

    pub(super) fn tile_bytes(&self) -> usize {
        tile_bytes(self.format, self.inputs)
    }

    /// The bytes of one tile.
    pub(super) fn tile(&self, tile: usize) -> &[u8] {
        let bytes = self.tile_bytes();
        assert!(tile < self.outputs.div_ceil(COLUMNS));
        // SAFETY: the tile lies inside the buffer, whose bytes are initialised.
        unsafe { std::slice::from_raw_parts(self.tiles.as_ptr().add(tile * bytes), bytes) }
    }

    /// The weights of one output.
    ///
    /// # Panics
    /// If there is no such output, or `into` is not as long as the inputs.
    pub fn row(&self, output: usize, into: &mut [f32]) {
        assert!(output < self.outputs && into.len() == self.inputs, "{output} of {}", self.outputs);
        let (tile, column) = (self.tile(output / COLUMNS), output % COLUMNS);
        let half = |bytes: &[u8], at: usize| [bytes[at], bytes[at + 1]];
        match self.format {
            Format::F32 => {
                for (k, value) in into.iter_mut().enumerate() {
                    let at = (k * COLUMNS + column) * 4;
                    *value =
                        f32::from_le_bytes([tile[at], tile[at + 1], tile[at + 2], tile[at + 3]]);
                }
            }
            Format::F16 => {
                for (k, value) in into.iter_mut().enumerate() {
                    *value = f16::from_le_bytes(half(tile, (k * COLUMNS + column) * 2)).to_f32();
                }
            }
            Format::BF16 => {
                for (k, value) in into.iter_mut().enumerate() {
                    *value = bf16::from_le_bytes(half(tile, (k * COLUMNS + column) * 2)).to_f32();
                }
            }
            _ => {
                let chunks = chunks(Layout::of(self.format), self.inputs, tile);
                for ((chunk, subs), into) in chunks.zip(into.chunks_mut(CHUNK)) {
                    self.unpack(chunk, subs, column, into);
                }
            }
        }
    }

    /// The weights of one output in a chunk.
    fn unpack(&self, chunk: &[u8], subs: usize, column: usize, into: &mut [f32]) {
        let layout = Layout::of(self.format);
        let number = |at: usize| f16::from_le_bytes([chunk[at], chunk[at + 1]]).to_f32();
        for (sub, into) in into.chunks_exact_mut(SUB).enumerate() {
            let quants = layout.quants(chunk, subs, sub, column);
            let block = if layout.steps > 0 { 0 } else { sub };
            let scale = number(layout.scales_at(subs) + block * 32 + 2 * column);
            let min = if layout.mins {
                number(layout.mins_at(subs) + block * 32 + 2 * column)
            } else {
                0.0
            };
            for (k, (value, &q)) in into.iter_mut().zip(&quants).enumerate() {
                let step =
                    |j| f32::from(chunk[layout.steps_at(subs) + pair(j, column)].cast_signed());
                let q = f32::from(q);
                *value = match self.format {
                    Format::Q4_0 => scale * (q - 8.0),
                    Format::Q5_0 => scale * (q - 16.0),
                    Format::Q8_0 => scale * f32::from(quants[k].cast_signed()),
                    Format::Q6K => scale * step(sub * 2 + k / 16) * (q - 32.0),
                    Format::Q4K | Format::Q5K => {
                        let offset = chunk[layout.offsets_at(subs) + pair(sub, column)];
                        scale * step(sub) * q - min * f32::from(offset)
                    }
                    _ => scale * q + min,
                };
            }
        }
    }
}

fn tile_bytes(format: Format, inputs: usize) -> usize {
    match format.block_len() {
        1 => (inputs * COLUMNS * format.block_bytes()).next_multiple_of(64),
        _ => Layout::of(format).tile_bytes(inputs),
    }
}

/// The chunks of a tile, each with its number of sub-blocks.
fn chunks(layout: Layout, inputs: usize, tile: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let whole = layout.chunk_bytes(CHUNK / SUB);
    tile.chunks(whole).enumerate().map(move |(i, bytes)| (bytes, Layout::subs(inputs, i)))
}

/// Packs a tile from blocks that `read` gives by output and position.
fn put_blocks(
    format: Format,
    inputs: usize,
    tile: &mut [u8],
    columns: usize,
    read: impl Fn(&mut Block, usize, usize),
) {
    let layout = Layout::of(format);
    let subs_per_block = format.block_len() / SUB;
    let mut block = Block::new();
    for (i, chunk) in tile.chunks_mut(layout.chunk_bytes(CHUNK / SUB)).enumerate() {
        let subs = Layout::subs(inputs, i);
        for column in 0..columns {
            for sub in (0..subs).step_by(subs_per_block) {
                read(&mut block, column, (i * (CHUNK / SUB) + sub) / subs_per_block);
                layout.put(chunk, subs, sub, column, &block);
            }
        }
    }
}
