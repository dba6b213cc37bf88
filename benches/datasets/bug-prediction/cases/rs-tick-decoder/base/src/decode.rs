use std::fmt;

/// Length of a tick. The venue, its last four bytes, came with version 2.
pub const MIN_FRAME: usize = 28;
const MAGIC: u8 = 0x54;

#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub instrument: u64,
    pub price: i64,
    pub size: u32,
    pub venue: u32,
}

#[derive(Debug, PartialEq)]
pub enum DecodeError {
    Short(usize),
    Magic(u8),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Short(length) => write!(f, "frame of {length} bytes"),
            DecodeError::Magic(byte) => write!(f, "unknown magic {byte:#x}"),
        }
    }
}

impl std::error::Error for DecodeError {}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    (u64::from(u32_at(bytes, at)) << 32) | u64::from(u32_at(bytes, at + 4))
}

/// Bytes: magic, version, two of padding, instrument, price, size, venue.
pub fn decode(bytes: &[u8]) -> Result<Tick, DecodeError> {
    if bytes.len() < MIN_FRAME {
        return Err(DecodeError::Short(bytes.len()));
    }
    if bytes[0] != MAGIC {
        return Err(DecodeError::Magic(bytes[0]));
    }
    Ok(Tick {
        instrument: u64_at(bytes, 4),
        price: u64_at(bytes, 12) as i64,
        size: u32_at(bytes, 20),
        venue: u32_at(bytes, 24),
    })
}
