//! Where the packed weights lie.
//!
//! A tile holds 16 outputs. Along the inputs it is cut into chunks of 256 (the
//! last may be shorter), each one run of bytes: quants, then steps, then scales.
//! Quants are grouped by four inputs, so that 64 of them (16 outputs by 4 inputs)
//! meet 4 activations in one instruction: byte `4 c + i` of a group belongs to
//! output `c` and input `i`. A sub-block of 32 inputs has 8 groups: the low
//! nibbles of its four registers hold the first four groups, the high nibbles the
//! others; fifth and sixth bits are gathered likewise.

use super::format::{Block, Format};

/// Outputs of a tile.
pub const COLUMNS: usize = 16;
/// Inputs of a chunk: a block of the K formats.
pub const CHUNK: usize = 256;
/// Inputs of a sub-block: a block of the other quantised formats.
pub const SUB: usize = 32;
/// Sub-blocks of a whole chunk.
pub const SUBS: usize = CHUNK / SUB;

/// Bytes that 16 numbers of 16 bits take.
pub const HALVES: usize = 2 * COLUMNS;

/// The sections of a chunk of a quantised format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Bits of a quant.
    pub bits: usize,
    /// Steps in a chunk, for 16 outputs each: none but in the K formats.
    pub steps: usize,
    /// Offsets in a chunk, likewise.
    pub offsets: usize,
    /// Whether there is a minimum beside each scale.
    pub mins: bool,
}

impl Layout {
    pub const fn of(format: Format) -> Self {
        let (bits, steps, offsets, mins) = match format {
            Format::Q4_0 => (4, 0, 0, false),
            Format::Q4_1 => (4, 0, 0, true),
            Format::Q5_0 => (5, 0, 0, false),
            Format::Q5_1 => (5, 0, 0, true),
            Format::Q8_0 => (8, 0, 0, false),
            Format::Q4K => (4, 8, 8, true),
            Format::Q5K => (5, 8, 8, true),
            Format::Q6K => (6, 16, 0, false),
            Format::F32 | Format::F16 | Format::BF16 => panic!("not quantised"),
        };
        Self { bits, steps, offsets, mins }
    }

    /// Bytes of the quants' low four bits (all eight in Q8_0) of a sub-block.
    pub const fn low(self) -> usize {
        SUB * COLUMNS * (if self.bits == 8 { 8 } else { 4 }) / 8
    }

    /// Bytes of the quants' other bits of a sub-block.
    pub const fn high(self) -> usize {
        SUB * COLUMNS * self.bits / 8 - self.low()
    }

    /// Where the other bits begin in a chunk of so many sub-blocks.
    pub const fn high_at(self, subs: usize) -> usize {
        subs * self.low()
    }

    /// Where the steps begin: pairs of neighbours together for each output.
    pub const fn steps_at(self, subs: usize) -> usize {
        subs * (self.low() + self.high())
    }

    pub const fn offsets_at(self, subs: usize) -> usize {
        self.steps_at(subs) + self.steps * COLUMNS
    }

    /// Where the scales begin, in f16: one row of 16 for each block.
    pub const fn scales_at(self, subs: usize) -> usize {
        self.offsets_at(subs) + self.offsets * COLUMNS
    }

    /// Where the minima begin, likewise.
    pub const fn mins_at(self, subs: usize) -> usize {
        self.scales_at(subs) + self.blocks(subs) * HALVES
    }

    /// Bytes of a chunk, filled up to whole cache lines.
    pub const fn chunk_bytes(self, subs: usize) -> usize {
        let mins = if self.mins { self.blocks(subs) * HALVES } else { 0 };
        (self.mins_at(subs) + mins).next_multiple_of(64)
    }

    /// Bytes of a tile of so many inputs.
    pub const fn tile_bytes(self, inputs: usize) -> usize {
        let rest = inputs % CHUNK / SUB;
        let last = if rest > 0 { self.chunk_bytes(rest) } else { 0 };
        inputs / CHUNK * self.chunk_bytes(SUBS) + last
    }

    const fn blocks(self, subs: usize) -> usize {
        if self.steps > 0 { 1 } else { subs }
    }

    /// Sub-blocks of a chunk of a tile of so many inputs.
    pub const fn subs(inputs: usize, chunk: usize) -> usize {
        let left = (inputs - chunk * CHUNK) / SUB;
        if left < SUBS { left } else { SUBS }
    }

    /// Puts a block at sub-block `sub` of a chunk, as output `column`. The bytes
    /// of a chunk are zero before.
    pub fn put(self, chunk: &mut [u8], subs: usize, sub: usize, column: usize, block: &Block) {
        let whole = self.steps > 0;
        let count = if whole { SUBS } else { 1 };
        for (s, quants) in block.quants.chunks_exact(SUB).take(count).enumerate() {
            self.put_quants(chunk, subs, sub + s, column, quants);
        }
        for (j, &step) in block.steps.iter().take(self.steps).enumerate() {
            chunk[self.steps_at(subs) + pair(j, column)] = step.cast_unsigned();
        }
        for (j, &offset) in block.offsets.iter().take(self.offsets).enumerate() {
            chunk[self.offsets_at(subs) + pair(j, column)] = offset;
        }
        let half = sub * HALVES + 2 * column;
        chunk[self.scales_at(subs) + half..][..2].copy_from_slice(&block.scale.to_le_bytes());
        if self.mins {
            chunk[self.mins_at(subs) + half..][..2].copy_from_slice(&block.min.to_le_bytes());
        }
    }

    fn put_quants(self, chunk: &mut [u8], subs: usize, sub: usize, column: usize, quants: &[u8]) {
        // The 32 quants as 8 groups of four bytes.
        let mut groups = [0u32; 8];
        for (group, four) in groups.iter_mut().zip(quants.chunks_exact(4)) {
            *group = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        let mut set = |at: usize, word: u32| {
            chunk[at + 4 * column..][..4].copy_from_slice(&word.to_le_bytes());
        };
        let low = sub * self.low();
        if self.bits == 8 {
            for (g, group) in groups.iter().enumerate() {
                set(low + 64 * g, *group);
            }
            return;
        }
        for g in 0..4 {
            let nibbles = |word: u32| word & 0x0f0f_0f0f;
            set(low + 64 * g, nibbles(groups[g]) | nibbles(groups[g + 4]) << 4);
        }
        let high = self.high_at(subs) + sub * self.high();
        let bits = |word: u32, n: usize| word >> 4 & (0x0101_0101 * ((1 << n) - 1));
        match self.bits {
            5 => set(high, (0..8).fold(0, |word, g| word | bits(groups[g], 1) << g)),
            6 => {
                for (half, groups) in groups.chunks_exact(4).enumerate() {
                    let word = (0..4).fold(0, |word, g| word | bits(groups[g], 2) << (2 * g));
                    set(high + 64 * half, word);
                }
            }
            _ => {}
        }
    }

    /// Reads back the 32 quants that [`Self::put`] stored.
    pub fn quants(self, chunk: &[u8], subs: usize, sub: usize, column: usize) -> [u8; SUB] {
        let low = &chunk[sub * self.low()..];
        let high = &chunk[self.high_at(subs) + sub * self.high()..];
        std::array::from_fn(|k| {
            let (group, at) = (k / 4, 4 * column + k % 4);
            match self.bits {
                8 => low[64 * group + at],
                bits => {
                    let nibble = low[group % 4 * 64 + at] >> (group / 4 * 4) & 15;
                    nibble
                        | match bits {
                            5 => (high[at] >> group & 1) << 4,
                            6 => (high[group / 4 * 64 + at] >> (group % 4 * 2) & 3) << 4,
                            _ => 0,
                        }
                }
            }
        })
    }
}

/// Where step or offset `j` of an output lies: neighbours side by side.
pub const fn pair(j: usize, column: usize) -> usize {
    j / 2 * HALVES + 2 * column + j % 2
}
