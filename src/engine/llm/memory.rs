//! What a model takes of the machine's memory, and whether it is there.

use super::architecture::Config;
use super::available::available;
use super::gguf::Gguf;
use super::runner::cpu::load::packed_bytes;
use crate::engine::EngineError;
use crate::engine::kernel::attention::{BLOCK, KvFormat};

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
            packed_bytes(kind, rows, columns) as u64
        })
        .fold(0, u64::saturating_add)
}

/// Bytes of keys and values of a window.
pub fn cache(config: &Config, context: usize, format: KvFormat) -> u64 {
    config.cache_shape().bytes(format, context)
}

/// Refuses a model whose weights and window do not fit into the free memory.
/// Returns the bytes that are left beside them, where the system says.
pub fn require(
    gguf: &Gguf,
    config: &Config,
    context: usize,
    format: KvFormat,
    smaller: &[Smaller],
) -> Result<Option<u64>, EngineError> {
    let (weights, cache) = (weights(gguf), cache(config, context, format));
    let Some(available) = available() else { return Ok(None) };
    if let Some(left) = available.checked_sub(weights.saturating_add(cache)) {
        return Ok(Some(left));
    }
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    let blocks = available.saturating_sub(weights) / self::cache(config, 1, format).max(1);
    Err(EngineError::Memory {
        weights: megabytes(weights),
        cache: megabytes(cache),
        context,
        available: available / 1_000_000,
        window: usize::try_from(blocks).unwrap_or(usize::MAX).saturating_mul(BLOCK),
        instead: smaller
            .iter()
            .find(|other| other.memory.saturating_mul(1_000_000) <= available)
            .map(|other| other.name.clone()),
    })
}
