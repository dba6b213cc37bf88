//! A file mapped into memory, and views of parts of it.

use std::fs::{File, Metadata};
use std::io;
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::time::SystemTime;

use candle_core::quantized::GgmlDType;
use memmap2::Mmap;

/// A whole file in memory. Its pages are read when they are touched, and the
/// system may drop them again.
#[derive(Debug)]
pub struct Mapped {
    map: Mmap,
    file: File,
    found: Stamp,
}

/// What tells that a file was written to.
#[derive(Debug, PartialEq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Mapped {
    pub fn new(file: File) -> io::Result<Self> {
        let found = Stamp::of(&file.metadata()?);
        // SAFETY: the bytes must not change, nor the file become shorter, while
        // they are mapped; nothing can enforce that. Models are installed by
        // renaming a finished file, which leaves the one opened here as it is,
        // and nothing of ours writes into one. A user who overwrites a model in
        // place while it runs is found by `is_unchanged` after it is loaded;
        // later the worst is a wrong number, or a signal for a file cut short.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map, file, found })
    }

    /// Whether the file still is as it was when it was mapped.
    pub fn is_unchanged(&self) -> io::Result<bool> {
        Ok(Stamp::of(&self.file.metadata()?) == self.found)
    }

    /// Gives the memory of these bytes back to the system; they are read again
    /// when they are touched again.
    pub fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        {
            // SAFETY: the map is of a file, shared and never written to, so that
            // dropped pages come back with the same bytes.
            let done = unsafe {
                self.map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    range.start,
                    range.len(),
                )
            };
            // It is advice; a system that does not take it keeps the pages.
            drop(done);
        }
        #[cfg(not(unix))]
        drop(range);
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

/// The bytes of a matrix or vector, where they lie in the file; keeps the file
/// mapped.
#[derive(Debug, Clone)]
pub struct View {
    pub(super) map: Arc<Mapped>,
    pub(super) range: Range<usize>,
    pub(super) kind: GgmlDType,
    #[allow(dead_code, reason = "for `row`")]
    pub(super) rows: usize,
}

impl View {
    pub fn kind(&self) -> GgmlDType {
        self.kind
    }

    /// The blocks of one row.
    #[allow(dead_code, reason = "for the runner that looks embeddings up in the file")]
    pub fn row(&self, row: usize) -> &[u8] {
        let length = self.range.len() / self.rows;
        &self[row * length..(row + 1) * length]
    }

    /// Gives the memory back: for weights that were copied into another form.
    /// The bytes can still be read.
    pub fn release(&self) {
        self.map.release(self.range.clone());
    }
}

impl Deref for View {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.range.clone()]
    }
}
