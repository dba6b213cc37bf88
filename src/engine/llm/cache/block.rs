//! One block, and the pool that bounds how many there are.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Tensor};
use memmap2::Mmap;

use crate::engine::EngineError;
use crate::engine::kernel::attention::{self, KvFormat};

/// Positions of a block on a GPU: fewer blocks to join for each step.
const DEVICE_BLOCK: usize = 256;

/// Shape of a model's keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub layers: usize,
    /// Heads of keys and values.
    pub heads: usize,
    /// Elements of one head.
    pub width: usize,
}

impl Shape {
    fn block_bytes(self, format: KvFormat) -> usize {
        self.layers * self.heads * format.head_bytes(self.width)
    }

    /// Bytes of keys and values of so many positions, in whole blocks.
    pub fn bytes(self, format: KvFormat, positions: usize) -> u64 {
        (self.block_bytes(format) * positions.div_ceil(attention::BLOCK)) as u64
    }
}

/// Where blocks come from and go back to.
pub struct Pool {
    shape: Shape,
    format: KvFormat,
    /// `None` for our own kernels' blocks on the host.
    device: Option<Device>,
    /// Most blocks at once.
    limit: usize,
    used: AtomicUsize,
    /// Memory of blocks given back: zeroed pages are dear.
    spare: Mutex<Vec<Buffer>>,
}

/// 64 bytes, aligned to themselves.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

type Buffer = Box<[UnsafeCell<Line>]>;

enum Storage {
    /// `[layers][heads]` parts in the layout of [`attention`].
    Host(Buffer),
    /// The same, in a file: see [`super::saved`].
    Mapped { map: Arc<Mmap>, offset: usize },
    /// Keys and values of each layer, `[heads, positions, width]`.
    Device(Vec<[Tensor; 2]>),
}

/// Keys and values of a fixed number of positions.
pub struct Block {
    storage: Storage,
    pool: Arc<Pool>,
}

// SAFETY: `Host` is written only through `head_mut`, whose callers see to it
// that nobody reads what they write.
unsafe impl Sync for Block {}

impl Pool {
    /// `tokens` bounds the positions of all blocks together.
    pub fn new(shape: Shape, format: KvFormat, device: Option<Device>, tokens: usize) -> Arc<Self> {
        let mut pool = Self {
            shape,
            format,
            device,
            limit: 0,
            used: AtomicUsize::new(0),
            spare: Mutex::default(),
        };
        pool.limit = tokens.div_ceil(pool.block_len()).max(1);
        Arc::new(pool)
    }

    /// Positions of a block.
    pub fn block_len(&self) -> usize {
        if self.device.is_some() { DEVICE_BLOCK } else { attention::BLOCK }
    }

    /// Whether a row's keys and values may depend on the rows computed beside
    /// it: so with candle's GPU kernels.
    pub fn is_on_device(&self) -> bool {
        self.device.is_some()
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    pub fn format(&self) -> KvFormat {
        self.format
    }

    /// Bytes of one block on the host.
    pub fn block_bytes(&self) -> usize {
        self.shape.block_bytes(self.format)
    }

    /// A fresh block; `None` if there are as many as there may be.
    pub fn block(self: &Arc<Self>) -> Result<Option<Block>, EngineError> {
        if !self.take() {
            return Ok(None);
        }
        let storage = self.storage();
        if storage.is_err() {
            self.used.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(Some(Block { storage: storage?, pool: Arc::clone(self) }))
    }

    /// A block whose contents lie in a file.
    pub fn mapped(self: &Arc<Self>, map: Arc<Mmap>, offset: usize) -> Option<Block> {
        let inside = map.len().checked_sub(offset).is_some_and(|left| left >= self.block_bytes());
        (inside && offset.is_multiple_of(64) && self.take())
            .then(|| Block { storage: Storage::Mapped { map, offset }, pool: Arc::clone(self) })
    }

    fn take(&self) -> bool {
        let more = |used| (used < self.limit).then_some(used + 1);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn storage(&self) -> Result<Storage, EngineError> {
        if let Some(device) = &self.device {
            let shape = (self.shape.heads, DEVICE_BLOCK, self.shape.width);
            let tensor = || Tensor::zeros(shape, DType::F32, device);
            let layers = (0..self.shape.layers).map(|_| Ok([tensor()?, tensor()?]));
            return Ok(Storage::Device(layers.collect::<Result<_, candle_core::Error>>()?));
        }
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let lines = self.block_bytes().div_ceil(64);
        Ok(Storage::Host(
            spare.unwrap_or_else(|| (0..lines).map(|_| UnsafeCell::new(Line([0; 64]))).collect()),
        ))
    }
}

impl Block {
    /// The part of a layer's head, in the layout of [`attention`].
    pub fn head(&self, layer: usize, head: usize) -> *const u8 {
        let at = (layer * self.pool.shape.heads + head)
            * self.pool.format.head_bytes(self.pool.shape.width);
        self.bytes()[at..].as_ptr()
    }

    /// The same, to be written.
    ///
    /// # Safety
    /// The caller holds the only reference to a block of the host, and nobody
    /// reads the positions that it writes meanwhile.
    pub unsafe fn head_mut(&self, layer: usize, head: usize) -> *mut u8 {
        self.head(layer, head).cast_mut()
    }

    /// All bytes; empty for a block on a GPU.
    pub fn bytes(&self) -> &[u8] {
        match &self.storage {
            // SAFETY: lines are bytes; positions that are being written are
            // only reached through raw pointers.
            Storage::Host(buffer) => unsafe {
                std::slice::from_raw_parts(buffer.as_ptr().cast(), buffer.len() * 64)
            },
            Storage::Mapped { map, offset } => &map[*offset..][..self.pool.block_bytes()],
            Storage::Device(_) => &[],
        }
    }

    /// Keys and values of a layer on a GPU.
    pub fn tensors(&self, layer: usize) -> Option<&[Tensor; 2]> {
        match &self.storage {
            Storage::Device(layers) => layers.get(layer),
            _ => None,
        }
    }

    /// Whether it may never be written.
    pub fn is_frozen(&self) -> bool {
        matches!(self.storage, Storage::Mapped { .. })
    }

    /// A copy that can be written; `None` if the pool is exhausted.
    pub fn copy(&self) -> Result<Option<Self>, EngineError> {
        let Some(block) = self.pool.block()? else { return Ok(None) };
        match (&block.storage, &self.storage) {
            (Storage::Device(new), Storage::Device(old)) => {
                for (new, old) in new.iter().flatten().zip(old.iter().flatten()) {
                    new.slice_set(old, 1, 0)?;
                }
            }
            (Storage::Host(new), _) => {
                let old = self.bytes();
                // SAFETY: the new block is ours alone and at least as long.
                unsafe {
                    let to = new.as_ptr().cast::<u8>().cast_mut();
                    std::ptr::copy_nonoverlapping(old.as_ptr(), to, old.len());
                }
            }
            _ => {}
        }
        Ok(Some(block))
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.pool.used.fetch_sub(1, Ordering::Relaxed);
        if let Storage::Host(buffer) = &mut self.storage {
            let buffer = std::mem::take(buffer);
            self.pool.spare.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}
