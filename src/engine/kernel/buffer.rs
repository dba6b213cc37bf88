//! Memory for packed weights and scratch space: zeroed, aligned to registers, on
//! huge pages where there are such.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Bytes of a cache line, and of a register of the widest level.
pub const LINE: usize = 64;

/// Bytes of a huge page on x86-64 and most ARM systems.
const HUGE: usize = 2 << 20;

/// Bytes on the heap, from the start of a cache line on.
pub struct Buffer {
    start: NonNull<u8>,
    bytes: usize,
    /// As allocated: with room to find a line's or a huge page's start in. The
    /// allocator gives large zeroed blocks without touching them only while it is
    /// asked for a small alignment.
    block: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a buffer owns its memory and lends it by the rules of borrowing.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// # Panics
    /// If so much cannot be addressed; callers size buffers by data that exist.
    pub fn new(bytes: usize) -> Self {
        let align = if bytes >= HUGE { HUGE } else { LINE };
        let layout = bytes.checked_add(align).map(|size| Layout::from_size_align(size, 16));
        let Some(Ok(layout)) = layout else { panic!("a buffer of {bytes} bytes") };
        // SAFETY: the size is not zero.
        let block = unsafe { alloc_zeroed(layout) };
        let Some(block) = NonNull::new(block) else { handle_alloc_error(layout) };
        // SAFETY: less than `align` is added, and the block is that much longer.
        let start = unsafe { block.add(block.align_offset(align)) };
        if align == HUGE {
            advise_huge(start, bytes);
        }
        Self { start, bytes, block, layout }
    }

    pub fn len(&self) -> usize {
        self.bytes
    }

    pub fn as_ptr(&self) -> *const u8 {
        self.start.as_ptr()
    }

    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.start.as_ptr()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with this layout.
        unsafe { dealloc(self.block.as_ptr(), self.layout) }
    }
}

/// Asks for huge pages: one pass over a model reads more pages than the processor
/// remembers the places of. The system may refuse; then pages are small.
#[cfg(target_os = "linux")]
fn advise_huge(start: NonNull<u8>, bytes: usize) {
    // SAFETY: the range is ours, starts at a page, and the advice does not change
    // what it holds.
    unsafe { libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise_huge(_: NonNull<u8>, _: usize) {}
