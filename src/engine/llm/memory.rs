//! What a model takes of the machine's memory, and whether it is there.

use candle_core::quantized::GgmlDType;

use super::architecture::Config;
use super::available::available;
use super::decoder::cache_shape;
use super::gguf::Gguf;
use super::linear;
use crate::engine::EngineError;

/// A model that may be offered where another one does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smaller {
    pub name: String,
    /// In MB.
    pub memory: u64,
}

/// Bytes of the weights once loaded.
pub fn weights(gguf: &Gguf) -> u64 {
    gguf.tensors()
        .map(|(_, shape, kind)| {
            let columns = shape.last().copied().unwrap_or(0);
            // A stack of matrices counts as one tall one.
            let rows = shape.iter().rev().skip(1).product();
            loaded(kind, rows, columns)
        })
        .fold(0, u64::saturating_add)
}

/// Bytes that a matrix takes once it is loaded: unquantised ones are held as
/// f32, and candle keeps a repacked copy of those that have a tiled kernel.
fn loaded(kind: GgmlDType, rows: usize, columns: usize) -> u64 {
    let elements = rows as u64 * columns as u64;
    let packed = elements / kind.block_size() as u64 * kind.type_size() as u64;
    match kind {
        GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => elements * 4,
        kind if linear::tiled(kind, rows, columns) => packed * 2,
        _ => packed,
    }
}

/// Bytes of keys and values of a window.
pub fn cache(config: &Config, context: usize) -> u64 {
    cache_shape(config).bytes_per_token().saturating_mul(context as u64)
}

/// Refuses a model whose weights and window do not fit into the free memory.
/// Returns the bytes that are left beside them, where the system says.
pub fn require(
    gguf: &Gguf,
    config: &Config,
    context: usize,
    smaller: &[Smaller],
) -> Result<Option<u64>, EngineError> {
    let (weights, cache) = (weights(gguf), cache(config, context));
    let Some(available) = available() else { return Ok(None) };
    if let Some(left) = available.checked_sub(weights.saturating_add(cache)) {
        return Ok(Some(left));
    }
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    let window = available.saturating_sub(weights) / self::cache(config, 1).max(1);
    Err(EngineError::Memory {
        weights: megabytes(weights),
        cache: megabytes(cache),
        context,
        available: available / 1_000_000,
        window: usize::try_from(window).unwrap_or(usize::MAX),
        instead: smaller
            .iter()
            .find(|other| other.memory.saturating_mul(1_000_000) <= available)
            .map(|other| other.name.clone()),
    })
}
