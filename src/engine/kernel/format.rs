//! The formats of weights in a GGUF file, block by block.

use half::f16;

/// A tensor type of GGUF that the kernels multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    F32,
    F16,
    BF16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

impl Format {
    pub const ALL: [Self; 11] = [
        Self::F32,
        Self::F16,
        Self::BF16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// Elements of a block.
    pub const fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4K | Self::Q5K | Self::Q6K => 256,
        }
    }

    /// Bytes of a block in the file.
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q4_0 => 2 + 16,
            Self::Q4_1 => 4 + 16,
            Self::Q5_0 => 2 + 4 + 16,
            Self::Q5_1 => 4 + 4 + 16,
            Self::Q8_0 => 2 + 32,
            Self::Q4K => 4 + 12 + 128,
            Self::Q5K => 4 + 12 + 32 + 128,
            Self::Q6K => 128 + 64 + 16 + 2,
        }
    }
}

/// A quantised block taken apart. An element is `scale * step * q - min * offset`
/// with the step and offset of its sub-block (1 in blocks of 32).
pub struct Block {
    /// Quants as stored: unsigned, but signed in Q8_0.
    pub quants: [u8; 256],
    /// Of each 32 elements, in Q6_K of each 16.
    pub steps: [i8; 16],
    /// Of each 32 elements.
    pub offsets: [u8; 8],
    /// Bits of f16.
    pub scale: u16,
    /// Bits of f16; Q4_1 and Q5_1 add it, Q4_K and Q5_K subtract it.
    pub min: u16,
}

impl Block {
    pub const fn new() -> Self {
        Self { quants: [0; 256], steps: [0; 16], offsets: [0; 8], scale: 0, min: 0 }
    }

    /// Reads one block of a quantised format.
    pub fn read(&mut self, format: Format, bytes: &[u8]) {
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        self.scale = half(0);
        match format {
            Format::F32 | Format::F16 | Format::BF16 => unreachable!("not quantised"),
            Format::Q4_0 => self.read_nibbles(&bytes[2..18]),
            Format::Q4_1 => {
                self.min = half(2);
                self.read_nibbles(&bytes[4..20]);
            }
            Format::Q5_0 => {
                self.read_nibbles(&bytes[6..22]);
                self.add_fifth_bits(word(2));
            }
            Format::Q5_1 => {
                self.min = half(2);
                self.read_nibbles(&bytes[8..24]);
                self.add_fifth_bits(word(4));
            }
            Format::Q8_0 => self.quants[..32].copy_from_slice(&bytes[2..34]),
            Format::Q4K => {
                self.min = half(2);
                self.read_steps(&bytes[4..16]);
                self.read_nibble_pairs(&bytes[16..144]);
            }
            Format::Q5K => {
                self.min = half(2);
                self.read_steps(&bytes[4..16]);
                self.read_nibble_pairs(&bytes[48..176]);
                for (sub, quants) in self.quants.chunks_exact_mut(32).enumerate() {
                    for (q, high) in quants.iter_mut().zip(&bytes[16..48]) {
                        *q |= (high >> sub & 1) << 4;
                    }
                }
            }
            Format::Q6K => {
                self.scale = half(208);
                for (step, byte) in self.steps.iter_mut().zip(&bytes[192..208]) {
                    *step = byte.cast_signed();
                }
                for (h, quants) in self.quants.chunks_exact_mut(128).enumerate() {
                    let (low, high) = (&bytes[h * 64..][..64], &bytes[128 + h * 32..][..32]);
                    for j in 0..32 {
                        quants[j] = low[j] & 15 | (high[j] & 3) << 4;
                        quants[j + 32] = low[j + 32] & 15 | (high[j] >> 2 & 3) << 4;
                        quants[j + 64] = low[j] >> 4 | (high[j] >> 4 & 3) << 4;
                        quants[j + 96] = low[j + 32] >> 4 | (high[j] >> 6) << 4;
                    }
                }
            }
        }
    }

    fn read_nibbles(&mut self, packed: &[u8]) {
        let (low, high) = self.quants.split_at_mut(16);
        for ((low, high), byte) in low.iter_mut().zip(high).zip(packed) {
            *low = byte & 15;
            *high = byte >> 4;
        }
    }

    fn add_fifth_bits(&mut self, bits: u32) {
        for (i, q) in self.quants[..32].iter_mut().enumerate() {
            *q |= ((bits >> i & 1) as u8) << 4;
        }
    }

    fn read_nibble_pairs(&mut self, packed: &[u8]) {
        for (quants, packed) in self.quants.chunks_exact_mut(64).zip(packed.chunks_exact(32)) {
            let (low, high) = quants.split_at_mut(32);
            for ((low, high), byte) in low.iter_mut().zip(high).zip(packed) {
                *low = byte & 15;
                *high = byte >> 4;
            }
        }
    }

    /// Eight steps and eight offsets of six bits each.
    fn read_steps(&mut self, packed: &[u8]) {
        for j in 0..4 {
            self.steps[j] = (packed[j] & 63).cast_signed();
            self.offsets[j] = packed[j + 4] & 63;
            self.steps[j + 4] = (packed[j + 8] & 15 | packed[j] >> 6 << 4).cast_signed();
            self.offsets[j + 4] = packed[j + 8] >> 4 | packed[j + 4] >> 6 << 4;
        }
    }
}

/// Rounds 32 values to a block of Q8_0, as the file format's own tools do.
pub fn round_q8_0(values: &[f32], block: &mut [u8]) {
    let amax = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let scale = amax / 127.0;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    block[..2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
    for (q, v) in block[2..].iter_mut().zip(values) {
        *q = ((v * inverse).round() as i8).cast_unsigned();
    }
}
