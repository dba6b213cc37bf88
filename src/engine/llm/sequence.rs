//! The keys and values of one sequence, and the frozen prefixes it can be
//! forked from.

use candle_core::{DType, Device, Result, Tensor};

/// Positions by which the buffers grow.
const BLOCK: usize = 256;

/// Shape of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheShape {
    pub layers: usize,
    /// Heads of keys and values.
    pub heads: usize,
    /// Elements of one head.
    pub width: usize,
}

impl CacheShape {
    /// Bytes of keys and values of one position.
    pub fn bytes_per_token(&self) -> u64 {
        (self.layers * self.heads * self.width * 2 * 4) as u64
    }
}

/// A growing sequence: tokens and, for each layer, keys and values of
/// `[heads, capacity, width]`.
pub struct Sequence {
    shape: CacheShape,
    device: Device,
    tokens: Vec<u32>,
    capacity: usize,
    layers: Vec<[Tensor; 2]>,
}

/// The first tokens of a sequence, frozen. It shares the sequence's buffers:
/// a sequence only ever writes behind its end, and a fork copies, so what a
/// prefix covers never changes.
pub struct Prefix {
    pub tokens: Vec<u32>,
    layers: Vec<[Tensor; 2]>,
}

impl Sequence {
    pub fn new(shape: CacheShape, device: Device) -> Self {
        Self { shape, device, tokens: Vec::new(), capacity: 0, layers: Vec::new() }
    }

    /// Starts a sequence with the first `length` tokens of a prefix, copied.
    pub fn fork(shape: CacheShape, device: Device, prefix: &Prefix, length: usize) -> Result<Self> {
        let mut sequence = Self::new(shape, device);
        let length = length.min(prefix.tokens.len());
        if length > 0 {
            sequence.grow(length, &prefix.layers, length)?;
            sequence.tokens.extend_from_slice(&prefix.tokens[..length]);
        }
        Ok(sequence)
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Freezes the first `length` tokens.
    pub fn prefix(&self, length: usize) -> Prefix {
        let tokens = self.tokens[..length.min(self.tokens.len())].to_vec();
        Prefix { tokens, layers: self.layers.clone() }
    }

    /// Forgets what comes after the first `length` tokens. Only what no
    /// [`Prefix`] covers may be dropped, since it will be written over.
    pub fn truncate(&mut self, length: usize) {
        self.tokens.truncate(length);
    }

    /// Makes room for `count` more tokens.
    pub fn reserve(&mut self, count: usize) -> Result<()> {
        let needed = self.tokens.len() + count;
        if needed > self.capacity {
            let old = std::mem::take(&mut self.layers);
            self.grow(needed, &old, self.tokens.len())?;
        }
        Ok(())
    }

    fn grow(&mut self, needed: usize, from: &[[Tensor; 2]], keep: usize) -> Result<()> {
        self.capacity = (needed + BLOCK / 2).next_multiple_of(BLOCK);
        let shape = (self.shape.heads, self.capacity, self.shape.width);
        let mut layers = Vec::with_capacity(self.shape.layers);
        for layer in 0..self.shape.layers {
            let pair = [
                Tensor::zeros(shape, DType::F32, &self.device)?,
                Tensor::zeros(shape, DType::F32, &self.device)?,
            ];
            if let Some(old) = from.get(layer).filter(|_| keep > 0) {
                for (new, old) in pair.iter().zip(old) {
                    new.slice_set(&old.narrow(1, 0, keep)?.contiguous()?, 1, 0)?;
                }
            }
            layers.push(pair);
        }
        self.layers = layers;
        Ok(())
    }

    /// Writes keys and values of `[heads, n, width]` behind the sequence's end
    /// and returns all of the layer's, `[heads, len + n, width]`. The tokens
    /// themselves are added by [`Self::extend`] once every layer has its own.
    pub fn append(&self, layer: usize, keys: &Tensor, values: &Tensor) -> Result<[Tensor; 2]> {
        let (at, n) = (self.tokens.len(), keys.dim(1)?);
        let [k, v] = &self.layers[layer];
        k.slice_set(&keys.contiguous()?, 1, at)?;
        v.slice_set(&values.contiguous()?, 1, at)?;
        Ok([k.narrow(1, 0, at + n)?, v.narrow(1, 0, at + n)?])
    }

    pub fn extend(&mut self, tokens: &[u32]) {
        self.tokens.extend_from_slice(tokens);
    }
}
