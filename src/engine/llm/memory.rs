//! What a model takes of the machine's memory, and what is free.

use candle_core::quantized::GgmlDType;

use super::architecture::Config;
use super::decoder::cache_shape;
use super::gguf::Gguf;
use super::linear;

/// Bytes of the weights once loaded: unquantised matrices are held as f32, and
/// candle keeps a repacked copy of those that have a tiled kernel.
pub fn weights(gguf: &Gguf) -> u64 {
    gguf.tensors()
        .map(|(_, shape, kind)| {
            let elements: u64 = shape.iter().map(|&n| n as u64).product();
            let columns = shape.last().copied().unwrap_or(0);
            let rows = shape.iter().rev().nth(1).copied().unwrap_or(1);
            let packed = elements / kind.block_size() as u64 * kind.type_size() as u64;
            match kind {
                GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => elements * 4,
                kind if linear::tiled(kind, rows, columns) => packed * 2,
                _ => packed,
            }
        })
        .sum()
}

/// Bytes of keys and values of a window.
pub fn cache(config: &Config, context: usize) -> u64 {
    cache_shape(config).bytes_per_token() * context as u64
}

/// Bytes that a new allocation may take; `None` where the system does not say.
pub fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
